"""The ethics audit as a document: its hash, its differences from another one, what a person has to answer.

The facts are hashed and hold no "now": the same data and settings give the same hash. What depends on the
moment of asking stands beside them, and so do the answers of the person who reviews it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..errors import Misconfigured

FORMAT: Final = 1

QUESTIONS: Final = (
    "Is every scope that is asked for needed for what you use?",
    "Does the retention in force match what you tell customers and your team?",
    "Have customers and the team been told, in words that they understand?",
    "Where figures about single people are on: does the purpose still hold, and does the works council know?",
    "Were disputes decided in a fair time, by somebody who was not involved?",
    "Do the fairness figures, and the languages that are not scored, leave anybody worse off?",
    "Has any score been used for discipline, pay or dismissal, or to rank people?",
    "What has to change before the next audit, and who sees to it?",
)
"""What no figure can answer."""

NO_FIGURES_ABOUT_PEOPLE: Final = (
    "Figures about single people on the team are off. Feelings are read from typed text, not from biometric "
    "data, so that the rules on emotion recognition (Art. 3(39)) and its prohibition at work (Art. 5(1)(f)) "
    "do not apply, and no figure here monitors or evaluates a person at work (Annex III 4(b))."
)
FIGURES_ABOUT_PEOPLE: Final = (
    "Figures about single people on the team were turned on. Monitoring or evaluating people at work is "
    "high-risk use (Annex III 4(b)); since it profiles people, the exemption of Art. 6(3) is not open. "
    "Workers and their representatives must be told beforehand (Art. 26(7)), a person must oversee it (Art. "
    "26(2)), and logs are kept for at least six months (Art. 26(6)). These duties apply from 2 December 2027."
)
AI_ACT: Final = (
    "Regulation (EU) 2024/1689, as amended by Regulation (EU) 2026/1744. This is our reading of it for the "
    "settings in force, not legal advice; a person has to confirm it."
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact that is not the same; None where it is not there."""

    path: str
    before: Any
    after: Any


def document(facts: Mapping[str, Any], moment: Mapping[str, Any]) -> dict[str, Any]:
    """The audit: the facts and their hash, what holds at this moment, and the questions for a person."""
    return {
        "facts": dict(facts),
        "sha256": digest(facts),
        "at_this_moment": dict(moment),
        "reviewer": {
            "name": "",
            "date": "",
            "answers": [{"question": question, "answer": ""} for question in QUESTIONS],
        },
    }


def digest(facts: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of the facts, in hex."""
    return hashlib.sha256(canonical(facts).encode()).hexdigest()


def canonical(facts: Mapping[str, Any]) -> str:
    """One way of writing it: keys sorted, no spaces, ASCII only."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), allow_nan=False)


def read_document(text: str) -> Mapping[str, Any]:
    """The facts of an audit as `audit --json` printed it.

    Raises Misconfigured for anything else, and for facts that were changed since.
    """
    try:
        found = json.loads(text)
        facts, stated = found["facts"], found["sha256"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise Misconfigured("That file is no audit; give one that audit --json printed.") from None
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise Misconfigured("That audit is of another version of this program; it cannot be compared.")
    if digest(facts) != stated:
        raise Misconfigured("The facts in that file do not have its hash: somebody changed them since.")
    return facts


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Every fact that is not the same in both, by its path."""
    ours, theirs = dict(_flat(before)), dict(_flat(after))
    return [
        Difference(path, ours.get(path), theirs.get(path))
        for path in sorted(ours.keys() | theirs.keys())
        if (path in ours, ours.get(path)) != (path in theirs, theirs.get(path))
    ]


def as_text(audit: Mapping[str, Any]) -> str:
    """The audit for reading and signing: every fact on a line of its own."""
    lines = ["Ethics audit"]
    for name, section in audit["facts"].items():
        if isinstance(section, dict | list):
            lines += ["", _title(name), *_shown(section, "  ")]
    lines += ["", "At this moment", *_shown(audit["at_this_moment"], "  ")]
    lines += ["", "For a person to answer", "  name:", "  date:"]
    for number, row in enumerate(audit["reviewer"]["answers"], 1):
        lines += [f"  {number}. {row['question']}", "     "]
    lines += ["", f"SHA-256 of the facts: {audit['sha256']}"]
    return "\n".join(line.rstrip() for line in lines)


def _shown(value: Any, indent: str) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, Mapping | list) and inner:
                yield f"{indent}{_title(key)}"
                yield from _shown(inner, indent + "  ")
            else:
                yield f"{indent}{_title(key)}: {_plain(inner)}"
    else:
        for row in value:
            if isinstance(row, Mapping):
                yield indent + "- " + ", ".join(f"{key}: {_plain(inner)}" for key, inner in row.items())
            else:
                yield f"{indent}- {_plain(row)}"


def _plain(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping | list) else str(value)


def _title(name: str) -> str:
    return name.replace("_", " ")


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for at, inner in enumerate(value):
            yield from _flat(inner, f"{path}[{at}]")
    else:
        yield path, value
