"""Keys are exchanged whole, whatever kills the process that does it (C-04, C-05)."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector.errors import Misconfigured, Unreadable
from connector.model import Installation, KeptText, Sealed, Status, WrappedKey
from connector.privacy.keys import Place
from connector.privacy.vault import InstallationKeys, MasterKey, Vault
from connector.rotation import rotate_installation_key, rotate_master_key, vault_for
from connector.store import Record, Store
from connector.store.rows import Judging

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOKEN = '{"access_token": "not-a-real-token"}'
ROOT = Path(__file__).parent.parent


@dataclass
class Safe:
    """A database with accounts, tokens and contact keys, and the file of its master key."""

    folder: Path
    store: Store
    key: MasterKey

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder}/safe.db"

    @property
    def key_file(self) -> Path:
        return self.folder / "old.key"

    def vault(self, key: MasterKey | None = None) -> Vault:
        return vault_for(self.store, key or self.key)

    def keys(self, name: str = "shop", key: MasterKey | None = None) -> InstallationKeys:
        return self.vault(key).open_installation(name, self.store.wrapped_key(name))


def make_safe(folder: Path, *names: str) -> Safe:
    store = Store.open(f"sqlite:///{folder}/safe.db")
    safe = Safe(folder, store, MasterKey.load(folder / "old.key", may_create=True))
    for name in names:
        wrapped = safe.vault().new_installation_key(name)
        token = safe.vault().open_installation(name, wrapped).seal_token(TOKEN)
        installation = Installation(name, "local", "1", "Shop", {}, connected_at=NOW)
        store.save_installation(installation, sealed_token=token, wrapped_key=wrapped)
    return safe


@pytest.fixture
def safe(tmp_path: Path) -> Safe:
    return make_safe(tmp_path, "a", "b", "shop")


def put_texts(safe: Safe, count: int) -> None:
    """One conversation with one kept text for each of so many contacts."""
    keys = safe.keys()
    for start in range(0, count, 1000):
        records, labels = [], {}
        for number in range(start, min(start + 1000, count)):
            wrapped = keys.new_contact_key(f"p{number:06}")
            key = keys.open_contact_key(wrapped)
            text = key.seal(f"words {number}", place(number))
            kept = KeptText("m", "text_used", wrapped.owner, "encrypt", text, NOW, NOW.replace(year=2036), 0)
            labels[f"c{number}"] = frozenset({f"contact:{wrapped.owner}"})
            records.append(
                Record(
                    conversation_id=f"c{number}",
                    contact_id=wrapped.owner,
                    updated_at=NOW,
                    fingerprint="f",
                    status=Status.SCORED,
                    scorecard={"band": "fair"},
                    messages=[{"id": "m"}],
                    fields={},
                    ruleset="r",
                    scored_at=NOW,
                    kept=(kept,),
                    key=replace(wrapped, uses=key.uses),
                )
            )
        judging = Judging(0, lambda record: record.due_at, labels)
        safe.store.record_page("shop", records=records, cursor=None, now=NOW, judging=judging)


def place(number: int) -> Place:
    return Place(f"c{number}", "m", "text_used", 0)


def all_keys(store: Store) -> list[WrappedKey]:
    found: list[WrappedKey] = []
    while page := store.contact_keys("shop", found[-1].owner if found else "", limit=5000):
        found += page
    return found


def readable(safe: Safe, key: MasterKey, count: int) -> int:
    keys = safe.keys(key=key)
    found = 0
    for number, wrapped in enumerate(all_keys(safe.store)):
        [text] = safe.store.kept_texts("shop", f"c{number}") if count <= 5000 or number % 97 == 0 else [None]
        opened = keys.open_contact_key(wrapped)
        found += text is None or opened.open(text.sealed, place(number)) == f"words {number}"
    return found


def kill_at_random(safe: Safe, *arguments: str, kills: int, longest: float) -> int:
    """Start the exchange again and again, and kill it so often; gives how often that was on the way."""
    chance = random.Random(kills)  # noqa: S311 - moments that can be repeated
    cut_short = 0
    for _ in range(kills):
        command = [sys.executable, "-m", "tests.rotating", safe.url, str(safe.key_file), *arguments]
        quiet = subprocess.DEVNULL  # once it is finished, the old key is refused in many words
        child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=quiet, text=True)
        assert child.stdout is not None
        assert child.stdout.readline() == "begun\n"
        time.sleep(chance.uniform(0, longest))
        child.kill()
        cut_short += child.wait() == -signal.SIGKILL
        child.stdout.close()
    print(f"{cut_short} of {kills} kills met an exchange of keys on its way")  # noqa: T201 - the measured figure
    return cut_short


def test_c05_a_new_master_key_opens_everything_and_the_old_one_nothing(safe: Safe) -> None:
    put_texts(safe, 3)
    before = safe.keys().fingerprint(["x"])
    new = MasterKey(b"\x08" * 32)
    done = rotate_master_key(safe.store, safe.key, new)
    assert (done.rewrapped, done.under_old_key) == (3, 0)
    assert safe.keys(key=new).fingerprint(["x"]) == before
    assert readable(safe, new, 3) == 3
    for name in ("a", "b", "shop"):
        sealed = safe.store.token(name)
        assert sealed is not None
        assert safe.keys(name, new).open_token(sealed) == TOKEN
    with pytest.raises(Misconfigured, match="not the one that this database is under"):
        safe.vault()
    with pytest.raises(Misconfigured, match="not the one"):
        Vault(safe.key).open_installation("shop", safe.store.wrapped_key("shop"))


@pytest.mark.sqlite
def test_c05_nothing_of_the_exchange_is_left_behind(safe: Safe) -> None:
    new = MasterKey(b"\x08" * 32)
    rotate_master_key(safe.store, safe.key, new)
    mark = safe.store.master_mark()
    assert mark is not None
    assert (mark.next_mark, mark.next_under_old, mark.old_under_next) == (None, None, None)
    assert safe.store.truncate_log(patience=1)
    old_id = bytes.fromhex(safe.key.key_id)
    assert old_id not in (safe.folder / "safe.db").read_bytes()


def test_c05_exchanging_again_for_the_same_key_changes_nothing(safe: Safe) -> None:
    new = MasterKey(b"\x08" * 32)
    rotate_master_key(safe.store, safe.key, new)
    before = safe.store.installation_secrets()
    done = rotate_master_key(safe.store, new, new)
    assert (done.rewrapped, done.under_old_key) == (0, 0)
    assert safe.store.installation_secrets() == before


def cut_short_after(safe: Safe, new: MasterKey, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exchange that dies once so many installations' keys are wrapped anew."""
    real, done = safe.store.rewrap_secret, []

    def rewrap(*arguments: object) -> None:
        if len(done) == count:
            raise KeyboardInterrupt
        done.append(arguments)
        real(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(safe.store, "rewrap_secret", rewrap)
        with pytest.raises(KeyboardInterrupt):
            rotate_master_key(safe.store, safe.key, new)


@pytest.mark.parametrize("resumed_with_the_new_key", [False, True])
def test_c05_while_it_runs_either_key_opens_everything_and_either_can_finish_it(
    safe: Safe, resumed_with_the_new_key: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = MasterKey(b"\x08" * 32)
    cut_short_after(safe, new, 1, monkeypatch)
    wrapped = [each.wrapped for each in safe.store.installation_secrets()]
    assert [new.has_wrapped(each) for each in wrapped] == [True, False, False]
    for key in (safe.key, new):
        for name in ("a", "b", "shop"):
            assert safe.keys(name, key).fingerprint(["x"])
        assert safe.vault(key).is_current(safe.vault(key).new_installation_key("late"))
    assert new.has_wrapped(safe.vault().new_installation_key("late"))
    current = new if resumed_with_the_new_key else safe.key
    done = rotate_master_key(safe.store, current, new)
    assert (done.rewrapped, done.under_old_key) == (2, 0)
    with pytest.raises(Misconfigured):
        safe.vault()


def test_c05_an_exchange_that_was_begun_must_be_finished_first(
    safe: Safe, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_short_after(safe, MasterKey(b"\x08" * 32), 1, monkeypatch)
    with pytest.raises(Misconfigured, match="same --new-key-file as before"):
        rotate_master_key(safe.store, safe.key, MasterKey(b"\x09" * 32))


def test_c04_another_key_is_refused_before_anything_is_opened(safe: Safe) -> None:
    other = MasterKey(b"\x09" * 32)
    for attempt in (
        lambda: safe.vault(other),
        lambda: rotate_master_key(safe.store, other, MasterKey(b"\x08" * 32)),
        lambda: rotate_master_key(safe.store, other, safe.key),
    ):
        with pytest.raises(Misconfigured, match="not the one"):
            attempt()
    assert safe.keys()


def test_c04_while_nothing_is_connected_another_key_may_become_the_first(tmp_path: Path) -> None:
    safe = make_safe(tmp_path)
    assert safe.vault()
    other = MasterKey(b"\x09" * 32)
    assert safe.vault(other)
    mark = safe.store.master_mark()
    assert mark is not None
    assert other.is_marked_by(mark.mark)


def test_c05_an_account_gets_a_new_key_and_keeps_texts_token_and_fingerprints(safe: Safe) -> None:
    put_texts(safe, 5)
    old, before = safe.keys(), safe.store.wrapped_key("shop")
    done = rotate_installation_key(safe.store, "shop", safe.vault())
    assert (done.rewrapped, done.under_old_key) == (5, 0)
    assert safe.store.wrapped_key("shop") != before
    assert safe.store.next_wrapped_key("shop") is None
    new = safe.keys()
    assert new.fingerprint(["x"]) == old.fingerprint(["x"])
    assert not any(old.wraps(key.wrapped) for key in all_keys(safe.store))
    assert readable(safe, safe.key, 5) == 5
    sealed = safe.store.token("shop")
    assert sealed is not None
    assert new.open_token(sealed) == TOKEN
    assert rotate_installation_key(safe.store, "shop", safe.vault()).rewrapped == 5
    assert readable(safe, safe.key, 5) == 5


def test_c05_a_new_account_key_that_was_not_finished_is_used_again_and_wrapped_with_the_rest(
    safe: Safe, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_texts(safe, 5)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(safe.store, "finish_next_key", die)
        with pytest.raises(KeyboardInterrupt):
            rotate_installation_key(safe.store, "shop", safe.vault())
    assert safe.store.next_wrapped_key("shop") is not None
    new = MasterKey(b"\x08" * 32)
    assert rotate_master_key(safe.store, safe.key, new).rewrapped == 4
    done = rotate_installation_key(safe.store, "shop", safe.vault(new))
    assert (done.rewrapped, done.under_old_key) == (0, 0)
    assert readable(safe, new, 5) == 5


def test_a_key_that_was_destroyed_meanwhile_stays_destroyed(safe: Safe) -> None:
    put_texts(safe, 2)
    keys = all_keys(safe.store)
    safe.store.record_page("shop", records=[], gone=["c0"], cursor=None, now=NOW)
    safe.store.purge_keys("shop", limit=10)
    safe.store.rewrap_contact_keys("shop", keys)
    assert [key.owner for key in all_keys(safe.store)] == ["p000001"]


def test_an_account_without_a_token_gets_a_new_key_too(tmp_path: Path) -> None:
    safe = make_safe(tmp_path)
    wrapped = safe.vault().new_installation_key("shop")
    installation = Installation("shop", "local", "1", "Shop", {}, connected_at=NOW)
    safe.store.save_installation(installation, sealed_token=None, wrapped_key=wrapped)
    assert rotate_installation_key(safe.store, "shop", safe.vault()).under_old_key == 0
    assert safe.store.token("shop") is None


def test_a_damaged_token_is_not_lost_to_a_half_done_exchange(safe: Safe) -> None:
    with safe.store.token_exclusively("shop") as locked:
        locked.save(Sealed(b"damaged"))
    with pytest.raises(Unreadable, match="damaged"):
        rotate_installation_key(safe.store, "shop", safe.vault())
    assert safe.keys()


@pytest.mark.slow
def test_c05_keys_exchanged_under_three_kills_are_all_there_and_none_under_the_old(tmp_path: Path) -> None:
    exchange_under_kills(tmp_path, texts=3000, kills=3, longest=0.3)


@pytest.mark.long
def test_c05_a_hundred_thousand_keys_under_fifty_kills(tmp_path: Path) -> None:
    exchange_under_kills(tmp_path, texts=100_000, kills=50, longest=1.0)


def exchange_under_kills(folder: Path, *, texts: int, kills: int, longest: float) -> None:
    safe = make_safe(folder, *[f"account {number}" for number in range(50)], "shop")
    put_texts(safe, texts)
    before, old = safe.store.wrapped_key("shop"), safe.keys()
    assert kill_at_random(safe, "installation", kills=kills, longest=longest) > 0
    while safe.store.next_wrapped_key("shop") is not None:
        rotate_installation_key(safe.store, "shop", safe.vault())
    started = time.monotonic()
    if safe.store.wrapped_key("shop") == before:
        rotate_installation_key(safe.store, "shop", safe.vault())
    print(f"{texts} contact keys in {time.monotonic() - started:.1f} s")  # noqa: T201 - the measured figure
    assert not any(old.wraps(key.wrapped) for key in all_keys(safe.store))
    new_file = folder / "new.key"
    assert kill_at_random(safe, "master", str(new_file), kills=kills, longest=min(longest, 0.2)) > 0
    new = MasterKey.load(new_file, may_create=True)
    mark = safe.store.master_mark()
    assert mark is not None
    if not new.is_marked_by(mark.mark):
        rotate_master_key(safe.store, safe.key, new)
    assert all(new.has_wrapped(each.wrapped) for each in safe.store.installation_secrets())
    assert readable(safe, new, texts) == texts
    with pytest.raises(Misconfigured):
        safe.vault()
