"""Tokens: one renewal at a time, saved before use, and no hot loop after a refusal."""

from __future__ import annotations

import fcntl
import json
import multiprocessing
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.credentials import REFUSED_FOR, StaticTokens, StoredTokens, as_json
from connector.errors import Reauthorize, RetryLater, Unreadable
from connector.model import Installation, Sealed, Token
from connector.privacy.vault import InstallationKeys
from connector.providers.base import RefreshToken
from connector.store import Store
from connector.store.holds import LockedToken
from tests.rows import held_in
from tests.standins.drive import hunt_bytes

START = datetime(2026, 11, 1, 12, tzinfo=UTC)
KEYS = InstallationKeys("shop", b"\x01" * 32)
PAIR = Token("access-0", "refresh-0", START + timedelta(minutes=30), "client", "no-secret")


@dataclass
class Clock:
    at: datetime = START

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Platform:
    """Rotates: each renewal kills the old pair."""

    number: int = 0
    calls: list[str | None] = field(default_factory=list)
    fails_with: Exception | None = None
    now: Clock = field(default_factory=Clock)

    def refresh(self, token: Token) -> Token:
        self.calls.append(token.refresh_token)
        if self.fails_with:
            raise self.fails_with
        if token.refresh_token != f"refresh-{self.number}":
            raise Reauthorize("The platform refuses this refresh token.")
        self.number += 1
        return replace(
            token,
            access_token=f"access-{self.number}",
            refresh_token=f"refresh-{self.number}",
            expires_at=self.now() + timedelta(minutes=30),
        )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path}/c.db")
    save(store, PAIR)
    yield store
    store.close()


def save(store: Store, token: Token, *, at: datetime = START) -> None:
    store.save_installation(
        Installation("shop", "zendesk", "1", "Shop", {}, START),
        sealed_token=KEYS.seal_token(as_json(token, issued_at=at)),
        wrapped_key=b"wrapped",
    )


def tokens(store: Store, platform: Platform, refresh: RefreshToken | None = None) -> StoredTokens:
    return StoredTokens(store, "shop", KEYS, refresh=refresh or platform.refresh, now=platform.now)


def test_a_young_token_is_used_as_it_is(store: Store) -> None:
    platform = Platform()
    assert tokens(store, platform).current() == "access-0"
    assert platform.calls == []


@pytest.mark.parametrize(("minutes", "renewed"), [(23, False), (25, True), (31, True)])
def test_a_token_is_renewed_when_a_fifth_of_its_life_is_left(
    store: Store, minutes: int, renewed: bool
) -> None:
    platform = Platform()
    platform.now.at += timedelta(minutes=minutes)
    assert tokens(store, platform).current() == ("access-1" if renewed else "access-0")


def test_a_token_that_lives_for_a_minute_is_not_renewed_at_every_call(store: Store) -> None:
    platform = Platform()
    save(store, replace(PAIR, expires_at=START + timedelta(seconds=60)))
    platform.now.at += timedelta(seconds=10)
    assert tokens(store, platform).current() == "access-0"
    platform.now.at += timedelta(seconds=25)
    assert tokens(store, platform).current() == "access-1"


def test_a_token_without_an_end_is_never_renewed_early(store: Store) -> None:
    platform = Platform()
    save(store, replace(PAIR, expires_at=None))
    platform.now.at += timedelta(days=400)
    assert tokens(store, platform).current() == "access-0"


def test_the_new_pair_is_on_the_disk_before_it_is_used(store: Store) -> None:
    platform = Platform()
    fresh = tokens(store, platform).renew("access-0")
    sealed = store.token("shop")
    assert sealed is not None
    saved = json.loads(KEYS.open_token(sealed))
    assert (fresh, saved["access_token"], saved["refresh_token"]) == ("access-1", "access-1", "refresh-1")
    assert saved["client_secret"] == "no-secret"


def test_a_pair_that_somebody_else_renewed_is_taken_over(store: Store) -> None:
    platform = Platform()
    ours, theirs = tokens(store, platform), tokens(store, platform)
    assert ours.current() == theirs.current() == "access-0"
    assert theirs.renew("access-0") == "access-1"
    assert ours.renew("access-0") == "access-1"
    assert ours.current() == "access-1"
    assert len(platform.calls) == 1


def test_threads_renew_once(store: Store) -> None:
    platform = Platform()

    def slow(token: Token) -> Token:
        time.sleep(0.1)
        return platform.refresh(token)

    shared = tokens(store, platform, slow)
    seen: list[str] = []
    threads = [threading.Thread(target=lambda: seen.append(shared.renew("access-0"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["access-1"] * 6
    assert len(platform.calls) == 1


def test_the_database_stays_writable_while_the_renewal_is_out(store: Store) -> None:
    platform = Platform()

    def refresh(token: Token) -> Token:
        store.set_not_before("shop", START)
        return platform.refresh(token)

    assert tokens(store, platform, refresh).renew("access-0") == "access-1"


def test_a_bare_token_cannot_be_renewed_and_says_so(store: Store) -> None:
    platform = Platform()
    save(store, Token("bare"))
    with pytest.raises(Reauthorize, match="connect the account again"):
        tokens(store, platform).renew("bare")
    assert platform.calls == []
    installation = store.installation("shop")
    assert installation is not None
    assert installation.needs_authorization


def test_r11_after_a_refusal_the_platform_is_left_in_peace_for_a_while(store: Store) -> None:
    platform = Platform(fails_with=Reauthorize("The grant was revoked."))
    ours = tokens(store, platform)
    with pytest.raises(Reauthorize, match="revoked"):
        ours.renew("access-0")
    for call in (ours.current, lambda: ours.renew("access-0"), tokens(store, platform).current):
        with pytest.raises(Reauthorize, match="was refused at 12:00 UTC"):
            call()
    assert len(platform.calls) == 1

    platform.now.at += REFUSED_FOR
    with pytest.raises(Reauthorize, match="revoked"):
        ours.renew("access-0")
    assert len(platform.calls) == 2


def test_connecting_again_ends_the_wait_at_once(store: Store) -> None:
    platform = Platform(fails_with=Reauthorize("The grant was revoked."))
    ours = tokens(store, platform)
    with pytest.raises(Reauthorize):
        ours.renew("access-0")
    save(store, replace(PAIR, access_token="access-9"))
    assert ours.current() == "access-9"


def test_a_renewal_that_works_again_clears_the_mark(store: Store) -> None:
    platform = Platform(fails_with=Reauthorize("Not now."))
    ours = tokens(store, platform)
    with pytest.raises(Reauthorize):
        ours.renew("access-0")
    platform.now.at += REFUSED_FOR
    platform.fails_with = None
    assert ours.renew("access-0") == "access-1"
    installation = store.installation("shop")
    assert installation is not None
    assert not installation.needs_authorization


def test_an_outage_leaves_a_living_token_in_use_and_is_passed_on_for_a_dead_one(store: Store) -> None:
    platform = Platform()
    platform.now.at += timedelta(minutes=26)
    platform.fails_with = RetryLater("Down.", not_before_at=platform.now() + timedelta(minutes=1))
    ours = tokens(store, platform)
    assert [ours.current() for _ in range(3)] == ["access-0"] * 3
    assert len(platform.calls) == 1
    platform.now.at += timedelta(minutes=10)
    with pytest.raises(RetryLater):
        ours.current()
    installation = store.installation("shop")
    assert installation is not None
    assert not installation.needs_authorization


def test_a_failed_renewal_lets_go_of_the_lock(store: Store) -> None:
    platform = Platform(fails_with=RetryLater("Down.", not_before_at=START))
    with pytest.raises(RetryLater):
        tokens(store, platform).renew("access-0")
    platform.fails_with = None
    assert tokens(store, platform).renew("access-0") == "access-1"


def test_a_damaged_or_missing_token_asks_for_a_new_connection(store: Store) -> None:
    with store.token_exclusively("shop") as locked:
        locked.save(Sealed(b"damaged"))
    with pytest.raises(Reauthorize, match="damaged"):
        tokens(store, Platform()).current()
    store.remove_installation("shop")
    store.save_installation(
        Installation("shop", "zendesk", "1", "Shop", {}, START), sealed_token=None, wrapped_key=b"w"
    )
    with pytest.raises(Reauthorize, match="no token"):
        tokens(store, Platform()).current()


def test_no_token_shows_itself(store: Store) -> None:
    platform = Platform()
    static = StaticTokens(PAIR, refresh=platform.refresh)
    assert "access-0" not in f"{static!r} {tokens(store, platform)!r} {PAIR!r}"


def test_s33_the_tokens_of_a_copied_database_are_ciphertext_and_open_under_no_other_key(
    store: Store,
) -> None:
    tokens(store, Platform()).renew("access-0")
    secrets = ("access-0", "access-1", "refresh-0", "refresh-1", "no-secret")
    assert not hunt_bytes(held_in(store), secrets)
    sealed = store.token("shop")
    assert sealed
    assert KEYS.open_token(sealed)
    for other in (InstallationKeys("shop", b"\x02" * 32), InstallationKeys("other", b"\x01" * 32)):
        with pytest.raises(Unreadable):
            other.open_token(sealed)


def test_connect_keeps_the_pair_that_a_renewal_gave_it() -> None:
    platform = Platform()
    static = StaticTokens(PAIR, refresh=platform.refresh, now=platform.now)
    assert static.current() == "access-0"
    assert static.renew("access-0") == "access-1"
    assert static.renew("access-0") == "access-1"
    assert json.loads(static.as_json())["refresh_token"] == "refresh-1"
    assert len(platform.calls) == 1
    with pytest.raises(Reauthorize):
        StaticTokens(Token("bare"), refresh=platform.refresh).renew("bare")


class SharedPlatform:
    """A rotating platform that many processes call: a token dies after `uses` calls, or with a renewal."""

    def __init__(self, path: Path, uses: int) -> None:
        self.path = path
        self.uses = uses

    def change(self, name: str, presented: str | None) -> dict[str, Any]:
        with self.path.open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            state: dict[str, Any] = json.load(file)
            state["ok"] = getattr(self, f"_{name}")(state, presented)
            file.seek(0)
            file.truncate()
            json.dump(state, file)
            return state

    def _call(self, state: dict[str, Any], presented: str | None) -> bool:
        if presented != f"access-{state['number']}" or state["left"] == 0:
            return False
        state["left"] -= 1
        state["expiries"] += state["left"] == 0
        return True

    def _renew(self, state: dict[str, Any], presented: str | None) -> bool:
        if presented != f"refresh-{state['number']}":
            state["refused"] += 1
            return False
        state["number"] += 1
        state["left"] = self.uses
        state["renewals"] += 1
        return True

    def refresh(self, token: Token) -> Token:
        time.sleep(0.01)  # others come along meanwhile
        state = self.change("renew", token.refresh_token)
        if not state["ok"]:
            raise Reauthorize("The platform refuses this refresh token.")
        number = state["number"]
        return replace(token, access_token=f"access-{number}", refresh_token=f"refresh-{number}")


def call_many_times(url: str, platform: SharedPlatform, times: int) -> None:
    store = Store.open(url)
    ours = StoredTokens(store, "shop", KEYS, refresh=platform.refresh, now=lambda: START)
    for _ in range(times):
        token = ours.current()
        while not platform.change("call", token)["ok"]:
            token = ours.renew(token)
    store.close()


def test_r10_eight_processes_renew_once_for_each_expiry(store: Store, tmp_path: Path) -> None:
    url = store._database.engine.url.render_as_string(hide_password=False)
    platform = SharedPlatform(tmp_path / "platform.json", uses=10)
    platform.path.write_text(
        json.dumps({"number": 0, "left": 10, "expiries": 0, "renewals": 0, "refused": 0, "calls": 0})
    )
    fork = multiprocessing.get_context("forkserver")
    fork.set_forkserver_preload([__name__])
    workers = [fork.Process(target=call_many_times, args=(url, platform, 26)) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 8
    state = json.loads(platform.path.read_text())
    assert state["refused"] == 0
    assert state["renewals"] == state["expiries"] == 8 * 26 // 10


def test_without_the_lock_these_tests_would_fail(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    together = threading.Barrier(2)

    @contextmanager
    def unlocked(self: Store, name: str) -> Iterator[LockedToken]:
        sealed = self.token(name)
        together.wait(10)
        yield LockedToken(sealed, lambda _: None)

    monkeypatch.setattr(Store, "token_exclusively", unlocked)
    platform = Platform()
    refused: list[Reauthorize] = []

    def renew() -> None:
        try:
            tokens(store, platform).renew("access-0")
        except Reauthorize as error:
            refused.append(error)

    threads = [threading.Thread(target=renew) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(platform.calls) == 2
    assert len(refused) == 1
