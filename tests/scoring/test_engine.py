"""The engine gates what it does not score, keeps its contract, and is fast and small enough to start."""

from __future__ import annotations

import subprocess
import sys

import pytest

from connector.model import Message, Role, Status
from connector.scoring.engine import Engine, default_engine
from connector.scoring.rubric import DIMENSIONS
from tests.timing import least_seconds

GERMAN = "Ich warte seit drei Wochen auf meine Bestellung und niemand antwortet auf meine Nachrichten."


def _score(role: Role, text: str, **rest: object):
    return default_engine().score_message(Message("m", role, text, **rest))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("role", "text", "rest", "reason"),
    [
        (Role.BOT, "How can I help you?", {}, "automated"),
        (Role.SYSTEM, "Ticket closed.", {}, "automated"),
        (Role.AGENT, "I am out of the office.", {"is_automated": True}, "automated"),
        (Role.AGENT, "Careful with this one.", {"is_public": False}, "private"),
        (Role.AGENT, "<div> </div>", {"is_html": True}, "empty"),
        (Role.CUSTOMER, GERMAN, {}, "language"),
        (Role.AGENT, GERMAN, {}, "language"),
        (Role.CUSTOMER, "I am waiting.", {"language": "fr"}, "language"),
    ],
)
def test_what_is_not_scored_says_why(role: Role, text: str, rest: dict[str, object], reason: str) -> None:
    score = _score(role, text, **rest)
    assert score.status is Status.NOT_SCORED
    assert score.reason == reason
    assert score.reason_text.startswith("Not scored")
    assert score.sentiment is None
    assert score.empathy is None
    assert score.dimensions is None


def test_a_stated_language_skips_the_gate() -> None:
    assert _score(Role.CUSTOMER, "Order 4411", language="en-GB").status is Status.SCORED


def test_an_agent_message_has_all_dimensions_and_no_feeling() -> None:
    score = default_engine().score_message(
        Message("r", Role.AGENT, "I'm sorry your order is late."), replying_to="My order is very late!"
    )
    assert score.dimensions is not None
    assert tuple(score.dimensions) == DIMENSIONS
    assert set(score.dimensions.values()) <= {0, 1, 2}
    assert (score.sentiment, score.frustration, score.intensity) == (None, None, None)
    assert score.canned is False


def test_the_answered_message_may_be_html() -> None:
    score = default_engine().score_message(
        Message("r", Role.AGENT, "Please send us a photo of it."),
        replying_to="<p>The vase is <b>broken</b> again and I am furious!</p>",
    )
    assert score.status is Status.SCORED


def test_two_engines_agree() -> None:
    message = Message("m", Role.CUSTOMER, "I have been waiting for three weeks!")
    assert Engine().score_message(message) == default_engine().score_message(message)


def test_a_very_long_text_is_read_quickly() -> None:
    text = ("My order is late and nobody answers me, this is terrible. " * 1800)[:100_000]
    _score(Role.CUSTOMER, "warm up")
    assert least_seconds(lambda: _score(Role.CUSTOMER, text), enough=0.5) < 0.5
    score = _score(Role.CUSTOMER, text)
    assert score.frustration is not None
    assert score.frustration >= 0.6


def test_scoring_loads_no_web_database_or_http_client() -> None:
    code = (
        "import sys; from connector.scoring.engine import default_engine; "
        "from connector.model import Message, Role; "
        "default_engine().score_message(Message('m', Role.CUSTOMER, 'My order is late.')); "
        "heavy = {'flask', 'sqlalchemy', 'requests', 'numpy', 'sklearn', 'huey'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
