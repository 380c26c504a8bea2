"""Writes down with which words the phrases of each cue begin, and which they cannot do without.

Run after any change of a `match` or a part: python scripts/index_phrases.py [--check]
A cue whose pattern has changed since is tried at every word: right, and slow.
"""

from __future__ import annotations

import json
import re._constants as kind
import re._parser as parser
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path as File
from typing import Any, NamedTuple

sys.path.insert(0, str(File(__file__).resolve().parent.parent))

from connector.scoring.cues import CueSet, read_lexicon
from connector.scoring.phrases import ANY, INSIDE, LEXICONS, NUMBER, index_path, stamp_of

NAMES = ("agent", "customer")
MOST_REPEATS = 3
FEW = 8
"""Characters of a set that are followed one by one."""
DIGITS = ((kind.CATEGORY, kind.CATEGORY_DIGIT), (kind.RANGE, (ord("0"), ord("9"))))
BOUNDARY = "boundary"
GAP = "gap"


class Path(NamedTuple):
    """One way through a pattern so far."""

    first: str | None
    """How its first word begins: exact, with ' (nothing or an apostrophe may follow) or * (anything may)."""
    word: str | None
    """The word being spelled; None in the middle of one whose beginning is unknown."""
    need: str
    """The rarest word passed."""


def cost(spec: str) -> tuple[int, int]:
    """How common a word is likely to be; the shorter the commoner."""
    if spec == ANY:
        return 9, 0
    bare = spec.rstrip("*'")
    if bare == NUMBER or len(bare) < 3:
        return 8, -len(bare)
    function, stock = _common()
    common = 4 if bare in function else 3 if bare in stock else 1
    return common + (spec[-1] == "*" and len(bare) < 4), -len(bare)


@cache
def _common() -> tuple[frozenset[str], frozenset[str]]:
    """The function words of English, and the words of service talk."""
    lines = (LEXICONS / "languages.txt").read_text("utf-8").splitlines()
    function = [word for line in lines if line.startswith("en: ") for word in line[4:].split()]
    return frozenset(function), frozenset(read_lexicon("en", "agent")["stock_words"].split())


def ended(path: Path, mark: str) -> Path:
    """The path after its word has ended."""
    if not path.word:
        return path
    bare, number, _ = path.word.partition(NUMBER)
    spec = (bare or NUMBER) + "*" if number else path.word + mark
    return Path(path.first or spec, None, min(path.need, spec, key=cost))


def step(path: Path, character: str) -> Path | None:
    """The path after one character, BOUNDARY or GAP; None where no phrase can begin so."""
    if character == GAP:
        path = ended(path, "*") if path.word else path
        return Path(path.first or ANY, None, path.need)
    if character == BOUNDARY or character not in INSIDE + NUMBER:
        if path.first is None and not path.word:
            return None
        return ended(path, "")._replace(word="")
    if character.isdigit():
        character = NUMBER
    return path if path.word is None else path._replace(word=path.word + character)


def edge(path: Path) -> Path:
    """The path after a word boundary: its word ends, or one of an unknown beginning ends or begins."""
    return ended(path, "'") if path.word else path._replace(word="")


def characters(items: Iterable[tuple[Any, Any]]) -> list[str]:
    """What one place of a set can be, as steps."""
    found: set[str] = set()
    for what, value in items:
        if what is kind.LITERAL:
            found.add(chr(value) if chr(value) in INSIDE else BOUNDARY)
        elif what is kind.CATEGORY and value is kind.CATEGORY_SPACE:
            found.add(BOUNDARY)
        elif (what, value) in DIGITS:
            found.add(NUMBER)
        else:
            return [GAP]
    return sorted(found) if len(found) <= FEW else [GAP]


def walk(nodes: Iterable[tuple[Any, Any]], paths: set[Path]) -> set[Path]:
    """All paths after a sequence of parsed nodes."""
    for what, value in nodes:
        paths = _after(what, value, paths)
    return paths


def _after(what: Any, value: Any, paths: set[Path]) -> set[Path]:
    if what in (kind.LITERAL, kind.IN):
        return _stepped(paths, characters(value) if what is kind.IN else [chr(value)])
    if what is kind.SUBPATTERN:
        return walk(value[3], paths)
    if what is kind.BRANCH:
        return {path for branch in value[1] for path in walk(branch, paths)}
    if what in (kind.AT, kind.ASSERT, kind.ASSERT_NOT):
        return {edge(path) for path in paths} if value is kind.AT_BOUNDARY else paths
    if what in (kind.MAX_REPEAT, kind.MIN_REPEAT):
        return _repeated(value, paths)
    return _stepped(paths, [GAP])


def _stepped(paths: set[Path], steps: Iterable[str]) -> set[Path]:
    return {after for path in paths for each in steps if (after := step(path, each)) is not None}


def _repeated(value: tuple[int, int, Any], paths: set[Path]) -> set[Path]:
    least, most, body = value
    for _ in range(min(least, MOST_REPEATS)):
        paths = walk(body, paths)
    if most > least:
        more = paths
        for _ in range(min(most - least, MOST_REPEATS)):
            more = walk(body, more)
            if more <= paths:
                return paths
            paths = paths | more
        if most - least > MOST_REPEATS:
            paths = paths | walk(body, _stepped(more, [GAP]))
    return paths


def phrases(source: str) -> list[tuple[str, str]]:
    """(first words, needed words) of the kinds of phrases a pattern matches at the beginning of a word."""
    needs: dict[str, set[str]] = {}
    for path in walk(parser.parse(source), {Path(None, "", ANY)}):
        last = ended(path, "*") if path.word else path
        needs.setdefault(last.first or ANY, set()).add(last.need)
    firsts: dict[str, list[str]] = {}
    for first, needed in needs.items():
        # What needs only its own beginning needs nothing more.
        fewest = (ANY,) if first in needed else _fewest(needed)
        firsts.setdefault(" ".join(fewest), []).append(first)
    return sorted((" ".join(_fewest(begin)), needed) for needed, begin in firsts.items())


def _fewest(specs: Iterable[str]) -> Iterator[str]:
    """The specs without those that another one covers."""
    known = set(specs)
    for spec in sorted(known):
        bare = spec.rstrip("*'")
        shorter = any(bare[:size] + "*" in known for size in range(len(bare)))
        wider = {"": (bare + "'", bare + "*"), "'": (bare + "*",), "*": ()}[spec[len(bare) :]]
        if not shorter and known.isdisjoint(wider):
            yield spec


def index(name: str) -> str:
    """The file for one lexicon, as text."""
    cues = CueSet.load(read_lexicon("en", name)).cues
    table = {cue.name: {"of": stamp_of(cue.source), "phrases": phrases(cue.source)} for cue in cues}
    return json.dumps(table, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    stale = 0
    for name in NAMES:
        path, text = index_path("en", name), index(name)
        if not path.exists() or path.read_text("utf-8") != text:
            stale = 1
            if "--check" in sys.argv:
                print(f"{path.name} is not of these patterns; run python scripts/index_phrases.py")
            else:
                path.write_text(text, "utf-8")
    return stale if "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
