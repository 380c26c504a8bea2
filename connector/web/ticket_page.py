"""The view of a ticket as a page shows it: words of one language, and the numbers of its drawings."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from ..scoring.rollup import sentiment_band
from ..viewing import CHOICES

LANGUAGES: Final = ("en", "de")
STATES: Final = ("language", "no_agent_reply", "automated")
"""Reasons for having no score that have an explanation of their own."""
MOST_POINTS: Final = 12
_WIDTH, _HEIGHT, _EDGE = 240, 64, 8


@cache
def words_of(language: str) -> Mapping[str, Any]:
    """Everything the view says in a language; English where there is none."""
    file = Path(__file__).parent / "words" / f"{language if language in LANGUAGES else 'en'}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


def language_of(locale: str | None) -> str:
    """The language that a locale such as `de-AT` asks for, as far as we speak it."""
    asked = (locale or "").lower().replace("_", "-").partition("-")[0]
    return asked if asked in LANGUAGES else "en"


def ticket_context(view: Mapping[str, Any], language: str) -> dict[str, Any]:
    """What the template of a ticket shows."""
    words = words_of(language)
    state = view["state"]
    told: dict[str, Any] = {"view": view, "words": words, "language": language, "explained": None}
    if state != "scored":
        reason = view.get("reason")
        told["explained"] = words["states"][reason if state == "not_scored" and reason in STATES else state]
    if "course" not in view:
        return told
    replies = [each for each in view["replies"] if each["state"] == "scored"]
    return told | {
        "ring": view["empathy"],
        "course": _course([each["sentiment"] for each in view["course"]], words),
        "review": _review(view["review"], words),
        "choices": [(key, words["choices"][key]) for key in CHOICES],
        "latest": replies[:1],
        "older": replies[1:],
    }


def marks(view: Mapping[str, Any], bodies: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """By message: what tells whether its body is unchanged, and where its passages stand in it."""
    return {
        reply["id"]: {
            **bodies[reply["id"]],
            "passages": [[each["body_start"], each["body_end"]] for each in reply["passages"]],
        }
        for reply in view.get("replies", ())
        if reply["passages"] and reply["id"] in bodies
    }


def _course(sentiments: Sequence[float], words: Mapping[str, Any]) -> dict[str, Any]:
    """The customer's feeling from message to message, as a line and as a sentence."""
    feelings = [words["feelings"][sentiment_band(each)] for each in sentiments]
    if not feelings:
        return {"sentence": words["course_none"], "points": []}
    name = "course" if len(feelings) > 1 else "course_one"
    sentence = words[name].format(n=len(feelings), first=feelings[0], last=feelings[-1])
    latest = sentiments[-MOST_POINTS:]
    step = (_WIDTH - 2 * _EDGE) / max(1, len(latest) - 1)
    points = [
        (round(_EDGE + at * step, 1), round(_HEIGHT / 2 - each * (_HEIGHT / 2 - _EDGE), 1))
        for at, each in enumerate(latest)
    ]
    return {"sentence": sentence, "points": points if len(points) > 1 else []}


def _review(review: Mapping[str, Any] | None, words: Mapping[str, Any]) -> str | None:
    if review is None:
        return None
    if review["status"] != "open" and not review["applies_to_latest_score"]:
        return str(words["review"]["earlier"])
    return str(words["review"][review["status"]].format(empathy=review["empathy"]))
