"""Follows all ways through a pattern: with which words a match can begin, and what it cannot do without."""

from __future__ import annotations

import re._constants as kind
import re._parser as parser
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path as File
from typing import Any, NamedTuple

sys.path.insert(0, str(File(__file__).resolve().parent.parent))

from connector.scoring.grammar import grammar
from connector.scoring.lexicon_files import ENGLISH, LEXICONS, read_lexicon
from connector.scoring.phrases import ANY, ASKED, NUMBER

LANGUAGE = next((word for word in sys.argv[1:] if not word.startswith("-")), ENGLISH)
INSIDE = grammar(LANGUAGE).inside
MOST_REPEATS = 3
FEW = 8
"""Characters of a set that are followed one by one."""
DIGITS = ((kind.CATEGORY, kind.CATEGORY_DIGIT), (kind.RANGE, (ord("0"), ord("9"))))
BOUNDARY = "boundary"
GAP = "gap"


class Path(NamedTuple):
    """One way through a pattern so far; of words only what begins them may be known.

    A word is exact, or ends with ' (nothing or an apostrophe may follow) or with * (anything may).
    """

    before: str
    """How the word before the phrase ends."""
    first: str | None
    second: str | None
    word: str | None
    """The word being spelled; None in the middle of one whose beginning is unknown."""
    need: str | None
    """The rarest word passed; None where only the first two words matter."""

    @property
    def is_new(self) -> bool:
        return self.first is None and self.word == ""

    @property
    def is_settled(self) -> bool:
        return self.need is None and self.second is not None


def cost(spec: str) -> tuple[int, int]:
    """How common a word is likely to be; the shorter the commoner."""
    if spec in (ANY, ASKED):
        return (9, 0) if spec == ANY else (0, 0)
    bare = spec.rstrip("*'")
    if bare == NUMBER or len(bare) < 3:
        return 8, -len(bare)
    function, stock = _common()
    common = 4 if bare in function else 3 if bare in stock else 1
    return common + (spec[-1] == "*" and len(bare) < 4), -len(bare)


@cache
def _common() -> tuple[frozenset[str], frozenset[str]]:
    """The function words of the language, and the words of service talk."""
    lines = (LEXICONS / "languages.txt").read_text("utf-8").splitlines()
    mark = f"{LANGUAGE}: "
    function = [word for line in lines if line.startswith(mark) for word in line.removeprefix(mark).split()]
    return frozenset(function), frozenset(read_lexicon(LANGUAGE, "agent")["stock_words"].split())


def ended(path: Path, mark: str) -> Path:
    """The path after its word has ended."""
    if not path.word:
        return path
    bare, number, _ = path.word.partition(NUMBER)
    spec = (bare or NUMBER) + "*" if number else path.word + mark
    second = path.second if path.first is None else path.second or spec
    need = path.need and min(path.need, spec, key=cost)
    return Path(path.before, path.first or spec, second, None, need)


def step(path: Path, character: str) -> Path | None:
    """The path after one character, BOUNDARY or GAP; None where no phrase can begin so."""
    if path.is_settled:
        return path
    if character == GAP:
        path = ended(path, "*") if path.word else path
        return path._replace(first=path.first or ANY, second=path.second or ANY, word=None)
    if character == BOUNDARY or character not in INSIDE + NUMBER:
        if path.first is None and not path.word:
            return None
        path = ended(path, "")._replace(word="")
        return path._replace(need=ASKED) if character == ASKED and path.need else path
    if character.isdigit():
        character = NUMBER
    if path.word is None:
        return path._replace(second=path.second or ANY)
    return path._replace(word=path.word + character)


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
        return _at(what, value, paths)
    if what in (kind.MAX_REPEAT, kind.MIN_REPEAT):
        return _repeated(value, paths)
    return _stepped(paths, [GAP])


def _at(what: Any, value: Any, paths: set[Path]) -> set[Path]:
    """All paths after what takes no room: an edge of a word, a look around."""
    if value is kind.AT_BOUNDARY:
        return {edge(path) for path in paths}
    if what is kind.ASSERT and value[0] < 0:
        ending = _ending(value[1])
        return {path._replace(before=ending) if path.is_new else path for path in paths}
    return paths


def _ending(nodes: Iterable[tuple[Any, Any]]) -> str:
    """How the word ends that a look behind asks for; it is the last whole one before the phrase."""
    last = ending = ""
    for what, value in nodes:
        letter = chr(value) if what is kind.LITERAL else ""
        if letter and letter in INSIDE and not letter.isdigit():
            ending += letter
        elif letter or what is kind.AT or (what is kind.IN and characters(value) == [BOUNDARY]):
            last, ending = ending or last, ""
        else:
            return ANY
    return ANY if ending else last or ANY


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


def walked(source: str) -> tuple[set[Path], set[Path]]:
    """The paths through a whole pattern with what they need, and as far as the second word without."""
    parsed = parser.parse(source)
    return (
        walk(parsed, {Path(ANY, None, ANY, "", ANY)}),
        walk(parsed, {Path(ANY, None, None, "", None)}),
    )
