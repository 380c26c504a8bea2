"""C-14: a chain of proofs in which every edit, deletion, insertion and reordering shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from connector.privacy.proof import Proof, faults, missing, next_proof

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def chain(length: int, name: str = "shop") -> list[Proof]:
    proofs: list[Proof] = []
    for number in range(length):
        entry = {
            "what": "erasure",
            "id": f"e{number}",
            "counts": {"texts": number, "keys": 1},
            "verified": {"rows": 0, "checkpoint_busy": False},
        }
        proofs.append(
            next_proof(name, proofs[-1] if proofs else None, entry, NOW + timedelta(minutes=number))
        )
    return proofs


def leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The ways to every single value of an entry."""
    if isinstance(value, dict):
        return [way for key in value for way in leaves(value[key], (*path, key))]
    return [path]


def changed(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}x"


def with_change(content: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    key, *rest = path
    inner = with_change(content[key], tuple(rest)) if rest else changed(content[key])
    return {**content, key: inner}


def test_an_untouched_chain_is_whole() -> None:
    assert faults([], []) == []
    assert faults(chain(7), chain(7)) == []


def test_every_edit_of_every_single_value_of_every_entry_shows() -> None:
    whole = chain(4)
    for at, proof in enumerate(whole):
        content = proof.as_json()
        ways = leaves(content)
        assert len(ways) == 11
        for way in ways:
            edited = Proof.from_json(with_change(content, way))
            assert faults([*whole[:at], edited, *whole[at + 1 :]], whole), way
            assert faults(whole, [*whole[:at], edited, *whole[at + 1 :]]), way


def test_an_edit_with_its_hash_made_anew_shows_too() -> None:
    whole = chain(3)
    forged = replace(whole[2], entry={**whole[2].entry, "counts": {"texts": 9, "keys": 1}})
    forged = replace(forged, hash=forged.own_hash())
    assert faults([*whole[:2], forged], whole) == ["Entry 3 is not the one that the erasure log has."]


def test_a_chain_forged_from_some_entry_on_shows_against_the_log() -> None:
    whole = chain(5)
    forged = list(whole[:2])
    for proof in whole[2:]:
        forged.append(next_proof("shop", forged[-1], {"what": "nothing"}, datetime.fromisoformat(proof.at)))
    assert faults(forged, forged) == []
    assert len(faults(forged, whole)) == 3


@given(length=st.integers(1, 8), data=st.data())
def test_every_deletion_shows_also_of_the_last_ones(length: int, data: st.DataObject) -> None:
    whole = chain(length)
    gone = data.draw(st.sets(st.integers(0, length - 1), min_size=1))
    left = [proof for at, proof in enumerate(whole) if at not in gone]
    assert faults(left, whole)
    assert faults(whole, left)


@given(length=st.integers(2, 8), data=st.data())
def test_every_swap_and_reordering_shows(length: int, data: st.DataObject) -> None:
    whole = chain(length)
    order = data.draw(st.permutations(range(length)).filter(lambda found: found != sorted(found)))
    moved = [whole[at] for at in order]
    assert faults(moved, whole)
    renumbered = [replace(proof, position=at) for at, proof in enumerate(moved, 1)]
    assert faults(renumbered, whole)
    rehashed = [replace(proof, hash=proof.own_hash()) for proof in renumbered]
    assert faults(rehashed, whole)


def test_an_entry_put_in_or_taken_from_another_installation_shows() -> None:
    whole = chain(3)
    assert faults([*whole, next_proof("shop", whole[-1], {"what": "erasure"}, NOW)], whole)
    assert faults([*whole[:1], whole[0], *whole[1:]], whole)
    assert faults([*whole[:2], chain(3, "other")[2]], whole)


def test_only_the_missing_end_of_an_intact_chain_is_put_back() -> None:
    whole = chain(5)
    assert missing(whole[:3], whole) == whole[3:]
    assert missing([], whole) == whole
    assert missing(whole, whole) == []
    assert missing([whole[0], whole[2]], whole) == []
    forged = replace(whole[1], at="2026-01-01T00:00:00+00:00")
    assert missing([whole[0], forged], whole) == []
