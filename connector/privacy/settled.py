"""Which late changes of rows may be followed, so that no two states given out differ by few people (L-05).

A row's *path* is every version that was given out, in order. Rows whose paths have the same shape (changed in
the same batches, in the same places, back to the same earlier versions) are *companions*. Changes are let in
a whole batch at a time, and only in groups of companions that hold enough people and leave enough behind.

Why that is enough: take any two states that were given out, however far apart. Whether a row differs between
them, and in which place it lies in each, follows from the shape of its path. So what differs within one place
is made of whole groups of companions, each with enough people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Version:
    """A row as it was given out at one time; `mark` None while it was not there."""

    batch: int
    mark: str | None
    place: str = ""
    """Every group a figure could be about that the row lies in."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A row that was given out: whose it is, and its versions, oldest first."""

    person: str = field(repr=False)
    path: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Live:
    """A row as it is now."""

    person: str = field(repr=False)
    mark: str
    place: str = ""


Shape: TypeAlias = tuple[tuple[int, int, str], ...]
Change: TypeAlias = tuple[int, str]


def admitted(settled: Mapping[str, Settled], live: Mapping[str, Live], *, least: int) -> frozenset[str]:
    """The ids whose change since they were given out may be followed; the others stay as they are.

    An id of `live` alone is a row that came late, one of `settled` alone a row that is gone.
    """
    companions: dict[Shape, set[str]] = defaultdict(set)
    groups: dict[Shape, dict[Change, set[str]]] = defaultdict(lambda: defaultdict(set))
    for id_, row in settled.items():
        if len(row.path) > 1:
            companions[_shape(row.path)].add(id_)
    for id_ in settled.keys() | live.keys():
        path = settled[id_].path if id_ in settled else ()
        now = live.get(id_)
        mark, place = (now.mark, now.place) if now else (None, "")
        if (path[-1].mark if path else None) != mark:
            groups[_shape(path)][_like(path, mark), place].add(id_)
    allowed: set[str] = set()
    for shape, changes in groups.items():
        wanted = [ids for ids in changes.values() if _people(ids, settled, live) >= least]
        follow = {id_ for ids in wanted for id_ in ids}
        behind = companions[shape] - follow
        if not behind or _people(behind, settled, live) >= least:
            allowed |= follow
    return frozenset(allowed)


def _shape(path: tuple[Version, ...]) -> Shape:
    """A path without what was said: when it changed, where it lay, which earlier version it is like."""
    return tuple((each.batch, _like(path[:at], each.mark), each.place) for at, each in enumerate(path))


def _like(path: tuple[Version, ...], mark: str | None) -> int:
    """The first version that said the same; -1 for not being there, and the path's length for a new one."""
    if mark is None:
        return -1
    return next((at for at, each in enumerate(path) if each.mark == mark), len(path))


def _people(ids: Iterable[str], settled: Mapping[str, Settled], live: Mapping[str, Live]) -> int:
    return len({(settled[id_] if id_ in settled else live[id_]).person for id_ in ids})
