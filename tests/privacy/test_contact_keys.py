"""Texts sealed under their contact's key open in their own place, and nowhere else (C-01 to C-03, C-06)."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import Misconfigured, Unreadable, Unsupported
from connector.model import Sealed, WrappedKey
from connector.privacy import envelope
from connector.privacy.envelope import Box, derive, joined, key_id_of
from connector.privacy.keys import MOST_USES, ContactKey, InstallationKeys, Place, require_key_of
from connector.privacy.master import MasterKey
from connector.privacy.vault import Vault

SECRET = b"\x07" * 32
PLACE = Place("c1", "m1", "text_used", 3)
FIXTURE = Path(__file__).parent / "sealed_by_version_1.json"


def opens(key: ContactKey, sealed: bytes, place: Place) -> bool:
    try:
        key.open(Sealed(sealed), place)
    except Unreadable:
        return False
    return True


def contact_key(installation: str = "shop", owner: str = "7") -> ContactKey:
    keys = InstallationKeys(installation, SECRET)
    return keys.open_contact_key(keys.new_contact_key(owner))


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_any_text_comes_back_as_it_was(text: str) -> None:
    key = contact_key()
    assert key.open(key.seal(text, PLACE), PLACE) == text


def test_a_sealed_text_shows_nothing_and_is_never_the_same_twice() -> None:
    key = contact_key()
    first, second = key.seal("canary", PLACE), key.seal("canary", PLACE)
    assert b"canary" not in first
    assert first != second
    assert first[:12] == second[:12]
    assert first[:4] == b"EC\x01\x01"


def mutations(content: bytes, others: list[bytes], at_least: int) -> Iterator[bytes]:
    """Every single bit flipped, every length cut, then random damage and splices with other texts."""
    for bit in range(len(content) * 8):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << (bit % 8)
        yield bytes(flipped)
    yield from (content[:length] for length in range(len(content)))
    chance = random.Random(20261122)  # noqa: S311 - damage that can be repeated
    made = len(content) * 9
    while made < at_least:
        at, other = chance.randrange(len(content)), chance.choice(others)
        damaged = (
            content[:at] + chance.randbytes(8) + content[at + 8 :],
            content[:at] + other[at:],
            other[:at] + content[at:],
            content + chance.randbytes(1 + at % 16),
        )[made % 4]
        if damaged not in (content, other):
            made += 1
            yield damaged


def test_c03_ten_thousand_mutations_and_swaps_are_all_refused() -> None:
    installations, owners = ("shop", "shop2"), ("1", "11", "conversation:1")
    keys = {(i, o): contact_key(i, o) for i in installations for o in owners}
    places = [
        PLACE,
        replace(PLACE, conversation_id="c"),
        replace(PLACE, conversation_id="c1m", message_id="1"),
        replace(PLACE, message_id="m2"),
        replace(PLACE, part="subject"),
        replace(PLACE, policy_version=4),
        replace(PLACE, purpose="export"),
        replace(PLACE, record_type="note"),
    ]
    sealed = {
        (who, at): keys[who].seal(f"text of {who}", places[at]) for who in keys for at in range(len(places))
    }
    tried = accepted = 0
    for (who, at), content in sealed.items():
        for other_who, other_at in sealed:
            if (other_who, other_at) != (who, at):
                tried += 1
                accepted += opens(keys[other_who], content, places[other_at])
    key, content = keys["shop", "1"], sealed[("shop", "1"), 0]
    for damaged in mutations(content, list(sealed.values()), 10_000 - tried):
        tried += 1
        accepted += opens(key, damaged, PLACE)
    assert tried >= 10_000
    assert accepted == 0


def test_the_place_is_bound_in_full() -> None:
    assert {each.name for each in fields(Place)} == {
        "conversation_id",
        "message_id",
        "part",
        "policy_version",
        "record_type",
        "purpose",
    }
    assert PLACE.parts() == ("message", "c1", "m1", "text_used", "retention", "3")


def test_c02_the_ciphertext_is_what_the_documents_say() -> None:
    key = SECRET
    box = Box(key)
    sealed = box.seal(b"words", ("a", "b"))
    header, commitment, nonce, rest = sealed[:12], sealed[12:44], sealed[44:56], sealed[56:]
    assert header == b"EC\x01\x01" + derive(key, "key id")[:8]
    assert commitment == derive(key, "commitment")
    bound = b"".join(len(part).to_bytes(4, "big") + part for part in (header, b"a", b"b"))
    cipher = AESGCM(derive(key, "cipher"))
    assert cipher.decrypt(nonce, rest, bound) == b"words"
    with pytest.raises(InvalidTag):
        cipher.decrypt(nonce, rest, header + b"ab")
    assert key_id_of(sealed) == box.key_id == header[4:].hex()
    assert box.key_id in repr(box)
    assert joined(b"ab", b"c") != joined(b"a", b"bc")


def test_c02_the_commitment_is_looked_at_before_the_cipher(monkeypatch: pytest.MonkeyPatch) -> None:
    key = contact_key()
    sealed = bytearray(key.seal("words", PLACE))
    sealed[20] ^= 1

    def fail(*_: object) -> bytes:
        raise AssertionError("the cipher was asked")

    monkeypatch.setattr(envelope, "joined", fail)
    with pytest.raises(Unreadable):
        key.open(Sealed(bytes(sealed)), PLACE)


def test_every_contact_has_another_key_and_no_two_are_alike() -> None:
    keys = InstallationKeys("shop", SECRET)
    made = [keys.new_contact_key(owner) for owner in ("1", "2", "1")]
    assert len({each.key_id for each in made}) == 3
    assert len({each.wrapped for each in made}) == 3
    assert all(each.is_new and each.uses == 0 for each in made)
    assert str(made[0].wrapped) not in repr(made[0])


def test_c03_a_contact_key_opens_only_for_its_installation_contact_and_id() -> None:
    keys = InstallationKeys("shop", SECRET)
    mine, other = keys.new_contact_key("1"), keys.new_contact_key("2")
    assert keys.open_contact_key(mine)
    hostile = [
        (keys, replace(mine, owner="2")),
        (keys, replace(mine, key_id=other.key_id)),
        (keys, replace(other, owner="1", key_id=mine.key_id)),
        (InstallationKeys("shop2", SECRET), mine),
        (InstallationKeys("shop", b"\x08" * 32), mine),
    ]
    for which, wrapped in hostile:
        with pytest.raises(Unreadable):
            which.open_contact_key(wrapped)


def test_a_text_that_asks_for_another_key_is_not_tried() -> None:
    keys = InstallationKeys("shop", SECRET)
    mine, other = keys.new_contact_key("1"), keys.new_contact_key("1")
    sealed = keys.open_contact_key(mine).seal("words", PLACE)
    require_key_of(sealed, mine)
    with pytest.raises(Unreadable, match="not its contact's"):
        require_key_of(sealed, other)


def test_c02_uses_are_counted_and_a_worn_key_seals_no_more() -> None:
    keys = InstallationKeys("shop", SECRET)
    wrapped = keys.new_contact_key("1")
    key = keys.open_contact_key(replace(wrapped, uses=MOST_USES - 1))
    sealed = key.seal("the last one", PLACE)
    assert key.uses == MOST_USES == 2**31
    with pytest.raises(Unsupported, match="as many texts as is safe"):
        key.seal("one too many", PLACE)
    assert key.uses == MOST_USES
    assert key.open(sealed, PLACE) == "the last one"


def test_no_contact_key_shows_itself() -> None:
    key = ContactKey("shop", "sam@example.org", b"\x09" * 32)
    assert "sam" not in repr(key)
    assert "\\t" not in repr(key)


def test_c05_after_a_change_of_keys_digests_stay_and_all_else_is_new() -> None:
    old = InstallationKeys("shop", SECRET)
    secret = old.successor()
    new = InstallationKeys("shop", secret)
    assert len(secret) == 64
    assert new.fingerprint(["x"]) == old.fingerprint(["x"])
    assert new.memory_key == old.memory_key
    again = InstallationKeys("shop", new.successor())
    assert again.fingerprint(["x"]) == old.fingerprint(["x"])
    token = old.seal_token("{}")
    with pytest.raises(Unreadable):
        new.open_token(token)
    wrapped = old.new_contact_key("1")
    sealed = old.open_contact_key(wrapped).seal("words", PLACE)
    assert old.wraps(wrapped.wrapped)
    assert not new.wraps(wrapped.wrapped)
    moved = replace(wrapped, wrapped=old.rewrap(wrapped, new))
    assert new.wraps(moved.wrapped)
    assert not old.wraps(moved.wrapped)
    assert new.open_contact_key(moved).open(sealed, PLACE) == "words"
    with pytest.raises(Unreadable):
        old.open_contact_key(moved)
    with pytest.raises(Unreadable):
        old.rewrap(replace(wrapped, owner="2"), new)


def test_c04_a_check_value_tells_master_keys_apart() -> None:
    mine, other = MasterKey(SECRET), MasterKey(b"\x08" * 32)
    assert mine.is_marked_by(mine.mark())
    assert mine.is_marked_by(MasterKey(SECRET).mark())
    assert not other.is_marked_by(mine.mark())
    assert not mine.is_marked_by(b"")
    assert not mine.is_marked_by(mine.wrap("shop", b""))
    assert mine.key_id != other.key_id
    with pytest.raises(Misconfigured, match="31 bytes"):
        MasterKey(b"\x07" * 31)


def test_c05_each_master_key_can_carry_the_other_and_both_are_accepted() -> None:
    old, new = MasterKey(SECRET), MasterKey(b"\x08" * 32)
    assert new.unwrap_master(new.wrap_master(old)).is_marked_by(old.mark())
    with pytest.raises(Unreadable):
        old.unwrap_master(new.wrap_master(old))
    wrapped = Vault(old).new_installation_key("shop")
    both = Vault(new, leaving=old)
    before = both.open_installation("shop", wrapped).fingerprint(["x"])
    assert not both.is_current(wrapped)
    moved = both.rewrap("shop", wrapped)
    assert both.is_current(moved)
    assert Vault(new).open_installation("shop", moved).fingerprint(["x"]) == before
    with pytest.raises(Misconfigured, match="not the one"):
        Vault(old).open_installation("shop", moved)
    with pytest.raises(Misconfigured, match="not the one"):
        both.open_installation("shop", Vault(MasterKey(b"\x09" * 32)).new_installation_key("shop"))
    with pytest.raises(Misconfigured, match="unknown form"):
        both.open_installation("shop", both.wrap_secret("shop", b"short"))


def test_c06_what_version_1_sealed_stays_readable() -> None:
    kept = json.loads(FIXTURE.read_text())
    master = MasterKey(bytes.fromhex(kept["master_key"]))
    assert master.is_marked_by(bytes.fromhex(kept["mark"]))
    for form in ("installation_key", "second_installation_key"):
        keys = Vault(master).open_installation(kept["installation"], bytes.fromhex(kept[form]))
        assert keys.fingerprint(["a", "b"]) == kept["fingerprint"]
    keys = Vault(master).open_installation(kept["installation"], bytes.fromhex(kept["installation_key"]))
    assert keys.open_token(Sealed(bytes.fromhex(kept["token"]))) == kept["token_text"]
    wrapped = WrappedKey(kept["owner"], kept["key_id"], bytes.fromhex(kept["contact_key"]))
    place = Place(*kept["place"])
    assert keys.open_contact_key(wrapped).open(Sealed(bytes.fromhex(kept["text"])), place) == kept["words"]
