"""Keys and sealed tokens: what is sealed for one purpose opens for that purpose alone."""

from __future__ import annotations

import base64
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from connector.errors import Misconfigured, Unreadable
from connector.model import Sealed
from connector.privacy.vault import InstallationKeys, MasterKey, Vault

TOKEN = '{"access_token": "not-a-real-token"}'
CONTENT = b"\x07" * 32


@pytest.fixture
def vault() -> Vault:
    return Vault(MasterKey(CONTENT))


def test_a_sealed_token_opens_again_and_shows_nothing(vault: Vault) -> None:
    keys = vault.open_installation("shop", vault.new_installation_key("shop"))
    sealed = keys.seal_token(TOKEN)
    assert keys.open_token(sealed) == TOKEN
    assert b"not-a-real-token" not in sealed
    assert keys.seal_token(TOKEN) != sealed


def test_every_bit_matters(vault: Vault) -> None:
    wrapped = vault.new_installation_key("shop")
    keys = vault.open_installation("shop", wrapped)
    sealed = keys.seal_token(TOKEN)
    accepted = 0
    for bit in range(len(sealed) * 8):
        flipped = bytearray(sealed)
        flipped[bit // 8] ^= 1 << (bit % 8)
        accepted += _opens(keys, bytes(flipped))
    for bit in range(len(wrapped) * 8):
        flipped = bytearray(wrapped)
        flipped[bit // 8] ^= 1 << (bit % 8)
        with pytest.raises(Misconfigured):
            vault.open_installation("shop", bytes(flipped))
    assert accepted == 0


def test_random_damage_is_never_accepted(vault: Vault) -> None:
    chance = random.Random(20261122)  # noqa: S311 - damage that can be repeated
    keys = vault.open_installation("shop", vault.new_installation_key("shop"))
    sealed = keys.seal_token(TOKEN)
    accepted = 0
    for _ in range(5000):
        damaged = bytearray(sealed)
        kind = chance.randrange(4)
        if kind == 0:
            del damaged[chance.randrange(len(damaged)) :]
        elif kind == 1:
            damaged += chance.randbytes(chance.randrange(1, 20))
        elif kind == 2:
            at = chance.randrange(len(damaged))
            damaged[at : at + 4] = chance.randbytes(4)
        else:
            a, b = sorted(chance.sample(range(len(damaged)), 2))
            damaged[a], damaged[b] = damaged[b], damaged[a]
        accepted += bytes(damaged) != sealed and _opens(keys, bytes(damaged))
    assert accepted == 0


def test_nothing_opens_for_another_installation_or_purpose(vault: Vault) -> None:
    names = ["a", "b", "ab", "", "a\0b"]
    wrapped = {name: vault.new_installation_key(name) for name in names}
    keys = {name: vault.open_installation(name, wrapped[name]) for name in names}
    sealed = {name: keys[name].seal_token(TOKEN) for name in names}
    for mine in names:
        for theirs in names:
            if mine == theirs:
                continue
            assert not _opens(keys[mine], sealed[theirs])
            with pytest.raises(Misconfigured):
                vault.open_installation(mine, wrapped[theirs])
        assert not _opens(keys[mine], wrapped[mine])


def test_the_same_key_under_another_name_opens_nothing() -> None:
    sealed = InstallationKeys("shop", CONTENT).seal_token(TOKEN)
    assert not _opens(InstallationKeys("shop2", CONTENT), sealed)


def test_another_master_key_is_recognised(vault: Vault) -> None:
    wrapped = vault.new_installation_key("shop")
    other = Vault(MasterKey(b"\x08" * 32))
    with pytest.raises(Misconfigured, match="not the one"):
        other.open_installation("shop", wrapped)


def test_no_key_shows_itself(vault: Vault) -> None:
    keys = InstallationKeys("shop", CONTENT)
    shown = f"{MasterKey(CONTENT)!r} {vault!r} {keys!r} {keys}"
    assert "\\x07" not in shown
    assert base64.b64encode(CONTENT).decode()[:10] not in shown
    with pytest.raises(Unreadable) as refused:
        keys.open_token(Sealed(b"EC" + TOKEN.encode()))
    assert "not-a-real-token" not in str(refused.value)


def test_fingerprints_depend_on_key_content_order_and_boundaries() -> None:
    keys, others = InstallationKeys("shop", CONTENT), InstallationKeys("shop", b"\x09" * 32)
    seen = [
        keys.fingerprint(["ab", "c"]),
        keys.fingerprint(["a", "bc"]),
        keys.fingerprint(["c", "ab"]),
        keys.fingerprint(["abc"]),
        keys.fingerprint(["ab", "c", ""]),
        keys.fingerprint([]),
        others.fingerprint(["ab", "c"]),
        InstallationKeys("shop2", CONTENT).fingerprint(["ab", "c"]),
    ]
    assert len(set(seen)) == len(seen)
    assert keys.fingerprint([b"ab", "c"]) == seen[0]
    assert len(keys.fingerprint(["\ud800"])) == 64
    assert keys.memory_key != others.memory_key


def test_the_key_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    wrapped = Vault(MasterKey.load(path, may_create=True)).new_installation_key("shop")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list(path.parent.iterdir()) == [path]
    again = Vault(MasterKey.load(path, may_create=False))
    assert again.open_installation("shop", wrapped).fingerprint(["x"])


def test_two_processes_that_make_the_key_at_once_end_up_with_one(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: MasterKey.load(path, may_create=True), range(8)))
    wrapped = Vault(keys[0]).new_installation_key("shop")
    prints = {Vault(key).open_installation("shop", wrapped).fingerprint(["x"]) for key in keys}
    assert len(prints) == 1


def test_a_missing_key_is_not_made_anew_once_something_is_connected(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    with pytest.raises(Misconfigured, match=r"missing.*restore"):
        MasterKey.load(path, may_create=False)
    assert not path.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_an_exposed_key_file_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "master.key"
    MasterKey.load(path, may_create=True)
    path.chmod(mode)
    with pytest.raises(Misconfigured, match="chmod 600"):
        MasterKey.load(path, may_create=False)


@pytest.mark.parametrize("content", ["", "not base64!", base64.b64encode(b"short").decode(), "ä" * 44])
def test_a_malformed_key_is_refused_without_showing_it(tmp_path: Path, content: str) -> None:
    path = tmp_path / "master.key"
    path.write_text(content, encoding="utf-8")
    path.chmod(0o600)
    with pytest.raises(Misconfigured, match="does not hold a master key") as refused:
        MasterKey.load(path, may_create=True)
    assert not content or content not in str(refused.value)
    assert path.read_text(encoding="utf-8") == content
    with pytest.raises(Misconfigured, match="CONNECTOR_MASTER_KEY"):
        MasterKey.load(path, content, may_create=True)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    key = MasterKey.load(path, base64.b64encode(CONTENT).decode(), may_create=True)
    assert not path.exists()
    wrapped = Vault(MasterKey(CONTENT)).new_installation_key("shop")
    assert Vault(key).open_installation("shop", wrapped)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Misconfigured, match="cannot be made"):
        MasterKey.load(tmp_path / "file" / "master.key", may_create=True)


def _opens(keys: InstallationKeys, sealed: bytes) -> bool:
    try:
        keys.open_token(Sealed(sealed))
    except Unreadable:
        return False
    return True
