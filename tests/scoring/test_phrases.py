"""The index of phrases rules cues out by their words, and never one that would have matched."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.scoring.cues import Cue, CueSet
from connector.scoring.grammar import grammar
from connector.scoring.incoming import read_lines
from connector.scoring.lexicon_files import read_lexicon
from connector.scoring.phrases import NO_INDEX, PhraseWords, pieces_of, read_index

from . import test_behaviour_customers, test_behaviour_replies

ROOT = Path(__file__).parents[2]
LEXICONS = ("agent", "customer")
all_words = grammar("en").all_words
WRITTEN = [
    line.lower()
    for module in (test_behaviour_customers, test_behaviour_replies)
    for line in Path(module.__file__).read_text("utf-8").splitlines()
]
INDEXED = {name: CueSet.load(read_lexicon("en", name), read_index("en", name)) for name in LEXICONS}
EVERYWHERE = {name: CueSet.load(read_lexicon("en", name), NO_INDEX) for name in LEXICONS}


def _pattern_pieces() -> ModuleType:
    spec = spec_from_file_location("pattern_pieces", ROOT / "scripts" / "pattern_pieces.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _both(name: str, lower: str) -> tuple[list[tuple[Cue, int, int]], list[tuple[Cue, int, int]]]:
    words = all_words(lower)
    return INDEXED[name].find(lower, words), EVERYWHERE[name].find(lower, words)


@pytest.mark.parametrize("name", LEXICONS)
def test_no_phrase_is_lost_to_the_index_in_what_was_written_for_the_tests(name: str) -> None:
    found = 0
    for line in WRITTEN:
        indexed_ones, all_ones = _both(name, line)
        assert indexed_ones == all_ones
        found += len(all_ones)
    assert found > 100


VOCABULARY = sorted(
    {
        word
        for name in LEXICONS
        for cue in INDEXED[name].cues
        for word in all_words(re.sub(r"\\[a-z]", " ", cue.source))
        if len(word) > 1
    }
    | {"i", "a", "10", "3", "don't", "it's", "'refund'"}
)


@settings(max_examples=40)
@given(st.lists(st.sampled_from(VOCABULARY), max_size=12), st.sampled_from([" ", " ", ", ", "'s ", "-"]))
def test_no_phrase_is_lost_in_any_order_of_the_words_of_the_patterns(words: list[str], between: str) -> None:
    for name in LEXICONS:
        indexed_ones, all_ones = _both(name, between.join(words))
        assert indexed_ones == all_ones


def test_the_index_is_of_these_patterns() -> None:
    run = subprocess.run(
        [sys.executable, "scripts/index_phrases.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_a_cue_with_another_pattern_than_the_index_knows_is_tried_everywhere() -> None:
    raw = {"cue": [{"name": "late", "family": "trouble", "match": r"\blate\b"}]}
    stale = {"late": {"of": "0" * 12, "pieces": [["never", [["never", "*", "*", "*"]]]]}}
    lower = "it is late"
    assert [row[1:] for row in CueSet.load(raw, stale).find(lower, all_words(lower))] == [(6, 10)]
    assert pieces_of(stale, "late", "x") == (("x", (("*", "*", "*", "*"),)),)


@pytest.mark.parametrize(
    ("kind", "words", "places"),
    [
        (("can can't", "*", "*", "refund*"), ["can", "refunding"], [0]),
        (("can can't", "*", "*", "refund*"), ["can"], []),
        (("can can't", "*", "*", "refund*"), ["can't", "'refund"], [0]),
        (("#*", "day'", "*", "*"), ["3", "day's"], [0]),
        (("#*", "day'", "*", "*"), ["3rd", "days"], []),
        (("#*", "day'", "*", "*"), ["3", "long", "day"], []),
        (("try*", "*", "please 've", "*"), ["please", "try", "we've", "trying", "try"], [1, 3]),
        (("try*", "*", "please", "*"), ["try", "please"], []),
        (("try*", "*", "*", "*"), ["it", "try"], [1]),
    ],
)
def test_a_phrase_may_begin_only_between_its_neighbours_and_with_what_it_needs(
    kind: tuple[str, str, str, str], words: list[str], places: list[int]
) -> None:
    assert PhraseWords([kind]).openings(words, asks=False) == [(place, 1) for place in places]


def test_a_phrase_that_ends_in_a_question_mark_needs_one() -> None:
    words = PhraseWords([("why", "*", "*", "?"), ("why", "*", "*", "*")])
    assert words.openings(["why"], asks=False) == [(0, 2)]
    assert words.openings(["why"], asks=True) == [(0, 3)]


def test_the_memory_of_words_is_bounded() -> None:
    words = PhraseWords([("late", "*", "*", "*")])
    for number in range(30_000):
        words.openings([f"w{number}"], asks=False)
    assert len(words) <= 20_000
    assert words.openings(["late"], asks=False) == [(0, 1)]


@pytest.mark.parametrize(
    ("source", "parts"),
    [
        (r"\b(?:a|b(?:c|d))e|f", [r"\bae", r"\bb(?:c|d)e", "f"]),
        (r"(?:a|b)?c|[(|]d|\(e", ["(?:a|b)?c", "[(|]d", r"\(e"]),
        (r"(?<=x\s)(?:(?<!y)a|b)", [r"(?<=x\s)(?<!y)a", r"(?<=x\s)b"]),
    ],
)
def test_a_pattern_comes_apart_where_it_begins_with_a_choice(source: str, parts: list[str]) -> None:
    pattern_pieces = _pattern_pieces()
    found = []
    for choice in pattern_pieces.alternatives(source):
        opened = pattern_pieces.opening_choice(choice)
        found += [opened[0] + each + opened[2] for each in opened[1]] if opened else [choice]
    assert found == parts


@pytest.mark.data
def test_no_phrase_is_lost_in_labelled_conversations(empathy_data: Path) -> None:
    for path in sorted(empathy_data.glob("support_*.jsonl")):
        with path.open("rb") as stream:
            for line in read_lines(stream):
                lower = str(json.loads(line).get("text", "")).lower()
                for name in LEXICONS:
                    indexed_ones, all_ones = _both(name, lower)
                    assert indexed_ones == all_ones
