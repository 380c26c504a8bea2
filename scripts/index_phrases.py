"""Writes down, for each cue, the pieces of its pattern and between which words a match of each can begin.

Run after any change of a `match` or a part: python scripts/index_phrases.py [LANGUAGE] [--check]
A cue whose pattern has changed since is tried at every word: right, and slow.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from itertools import groupby
from typing import TypeAlias

from pattern_pieces import alternatives, opening_choice
from phrase_paths import LANGUAGE, Path, ended, walked

from connector.scoring.cues import CueSet
from connector.scoring.lexicon_files import read_lexicon
from connector.scoring.phrases import ANY, index_path, stamp_of

NAMES = ("agent", "customer")
DEEPEST = 3
Row: TypeAlias = tuple[str, str, str, str]


def phrases(source: str) -> list[Row]:
    """(first words, second words, ends of the word before, needed words) of what a pattern matches.

    A phrase begins at the beginning of a word.
    """
    whole, opening = walked(source)
    first = _by_first(whole, lambda path: path.need or ANY)
    second = _by_first(opening, lambda path: path.second or ANY)
    before = _by_first(opening, lambda path: path.before)
    rows: dict[tuple[str, str, str], list[str]] = {}
    for word, needed in first.items():
        # What needs only its own beginning needs nothing more.
        needs = {ANY} if word in needed or needed <= second[word] else needed
        key = (_spelled(second[word]), " ".join(sorted(before[word])), _spelled(needs))
        if ANY in before[word]:
            key = (key[0], ANY, key[2])
        rows.setdefault(key, []).append(word)
    return sorted((_spelled(words), *key) for key, words in rows.items())


def _by_first(paths: Iterable[Path], what: Callable[[Path], str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in paths:
        last = ended(path, "*") if path.word else path
        found.setdefault(last.first or ANY, set()).add(what(last))
    return found


def _spelled(specs: Iterable[str]) -> str:
    """The specs without those that another one covers."""
    known = set(specs)
    if ANY in known:
        return ANY
    kept = []
    for spec in sorted(known):
        bare = spec.rstrip("*'")
        shorter = any(bare[:size] + "*" in known for size in range(len(bare)))
        wider = {"": (bare + "'", bare + "*"), "'": (bare + "*",), "*": ()}[spec[len(bare) :]]
        if not shorter and known.isdisjoint(wider):
            kept.append(spec)
    return " ".join(kept)


def pieces(source: str, depth: int = 0) -> list[tuple[str, list[Row]]]:
    """(pattern, phrases) of parts that, tried in this order, match what the whole would."""
    found: list[tuple[str, list[Row]]] = []
    for choice in alternatives(source):
        opened = opening_choice(choice) if depth < DEEPEST else None
        if opened is None:
            found.append((choice, phrases(choice)))
            continue
        head, choices, tail = opened
        # What may stand before is choice enough.
        deeper = DEEPEST if choices[0].startswith("(?<") else depth + 1
        parts = [(each, pieces(head + each + tail, deeper)) for each in choices]
        for _, group in groupby(parts, key=_asks):
            alike = list(group)
            if len(alike) == 1:
                found += alike[0][1]
            else:
                together = head + "(?:" + "|".join(each for each, _ in alike) + ")" + tail
                found.append((together, phrases(together)))
    return found


def _asks(part: tuple[str, list[tuple[str, list[Row]]]]) -> object:
    """What two choices must share to stay together: everything but their first words."""
    if part[0].startswith("(?<"):
        return part[0]
    return [row[1:] for _, rows in part[1] for row in rows]


def index(name: str) -> str:
    """The file for one lexicon, as text."""
    cues = CueSet.load(read_lexicon(LANGUAGE, name)).cues
    table = {cue.name: {"of": stamp_of(cue.source), "pieces": pieces(cue.source)} for cue in cues}
    return json.dumps(table, ensure_ascii=False, indent=1) + "\n"


def main() -> int:
    stale = 0
    for name in NAMES:
        path, text = index_path(LANGUAGE, name), index(name)
        if not path.exists() or path.read_text("utf-8") != text:
            stale = 1
            if "--check" in sys.argv:
                print(f"{path.name} is not of these patterns; run python scripts/index_phrases.py")
            else:
                path.write_text(text, "utf-8")
    return stale if "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
