"""What we show speaks of the wording of replies, never of what somebody is like (L-02)."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from connector.privacy.wording import judgements

ROOT = Path(__file__).parents[2]
PURPOSE = ROOT / "connector" / "privacy" / "intended_purpose.toml"


def catalogs() -> list[Path]:
    """Everything that people read: pages, notices, fields, rubric, documents."""
    shown = [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("manifests/**/*.toml"),
        *ROOT.glob("manifests/**/*.json"),
        *ROOT.glob("connector/**/*.html"),
        *ROOT.glob("connector/**/*.md"),
        *ROOT.glob("connector/**/*.txt"),
        *ROOT.glob("connector/privacy/notices/**/*.*"),
        PURPOSE,
        ROOT / "connector" / "scoring" / "rubric.toml",
    ]
    return sorted({path for path in shown if path.is_file() and "THIRD" not in path.name})


def sources() -> list[Path]:
    """Modules whose strings are shown: reasons, and the words of the commands and pages."""
    return sorted(
        [
            *ROOT.glob("connector/scoring/reasons*.py"),
            *ROOT.glob("connector/scoring/rubric*.py"),
            *ROOT.glob("connector/cli/**/*.py"),
            *ROOT.glob("connector/web/**/*.py"),
            ROOT / "connector" / "fields.py",
            ROOT / "connector" / "demo.py",
        ]
    )


def prohibited_uses() -> list[str]:
    """The sentences that name what the product is not for."""

    def texts(value: object) -> list[str]:
        if isinstance(value, str):
            return [value]
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        return [text for item in items for text in texts(item)]

    table = tomllib.loads(PURPOSE.read_text("utf-8"))
    return [text for key, value in table.items() if "purpose" not in key for text in texts(value)]


@pytest.mark.parametrize("path", catalogs(), ids=lambda path: str(path.relative_to(ROOT)))
def test_l02_no_text_we_ship_judges_a_person(path: Path) -> None:
    found = list(judgements(path.read_text("utf-8"), quoted=prohibited_uses()))
    assert found == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_l02_no_string_we_show_judges_a_person(path: Path) -> None:
    source = path.read_text("utf-8")
    strings = [
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    assert [found for text in strings for found in judgements(text)] == []


def test_l02_the_catalogs_are_all_there() -> None:
    names = {path.name for path in catalogs()} | {path.name for path in sources()}
    assert {"README.md", "privacy.md", "fields.toml", "rubric.toml", "dashboard.html", "reasons.py"} <= names


@pytest.mark.parametrize(
    "words",
    [
        "The agent lacks empathy", "a rude agent", "Rude agents", "Agent is cold",
        "the agents' feelings", "mood of the team members",
        "The agent was annoyed", "top agents", "best-performing agent", "worst performers",
        "our leaderboard", "a gold star",
        "ranking of agents", "agent ranking", "They are burnt out", "an insincere reply", "faked empathy",
        "empathetic employees", "personality", "Diese Rangliste", "mangelnde Empathie", "unhöflicher Kollege",
        "lacks\n  empathy",
    ],
)  # fmt: skip
def test_l02_words_about_a_person_are_found(words: str) -> None:
    assert list(judgements(words))


@pytest.mark.parametrize(
    "words",
    [
        "The reply names the delay but not what it meant for the customer.",
        "The reply shows no regret or warmth.",
        "How customers feel this week", "Empathy was missed here", "an angry customer", "people on our side",
        "The reply is kind.", "empathy score, low to high", "a good reply", "agents see why",
    ],
)  # fmt: skip
def test_l02_words_about_a_reply_are_left_alone(words: str) -> None:
    assert list(judgements(words)) == []


def test_l02_a_marked_line_may_quote_what_we_do_not_say() -> None:
    text = 'We never say "rude agent". <!-- wording: quoted -->\nA rude agent.\n'
    (found,) = judgements(text)
    assert found.line == 2
    assert found.about == "a person's character"
    assert re.search("rude agent", found.words, re.IGNORECASE)


def test_l02_a_quoted_sentence_may_name_what_the_product_is_not_for() -> None:
    assert not list(judgements("It is not for:\nranking people.", quoted=["ranking people."]))
    assert list(judgements("It is not for ranking people, nor a leaderboard.", quoted=["ranking people."]))
