"""What a public text says of how somebody was treated."""

from __future__ import annotations

import re

_NOT = r"(?:not|never|no one|nobody|none|hardly|n't|without)"
_GAP = r"(?:\s+\w+){0,3}\s+"
_HEARD = r"(?:listen(?:ed|s|ing)?|heard\s+(?:me|us)|paid\s+attention|took\s+(?:the\s+|their\s+)?time)"
_UNDERSTOOD = (
    r"(?:underst(?:ood|ands?|anding)|empath\w+|compassionate|caring|cared|felt\s+(?:seen|valued)|thoughtful)"
)
_RULES = {
    "listened": re.compile(rf"\b{_HEARD}\b", re.IGNORECASE),
    "understood": re.compile(rf"\b{_UNDERSTOOD}\b", re.IGNORECASE),
    "rude": re.compile(
        r"\b(?:rude(?:ly|ness)?|arrogant|condescending|dismissive|unfriendly|disrespect\w*|yelled|hung\s+up|snapped)\b",
        re.IGNORECASE,
    ),
    "ignored": re.compile(
        r"\b(?:ignor(?:ed|es|ing)|no\s+(?:reply|response|answer)|never\s+(?:replied|answered|responded|called)|"
        r"brushed\s+(?:me|us)\s+off|fobbed\s+off)\b",
        re.IGNORECASE,
    ),
}
_DENIED = re.compile(rf"{_NOT}{_GAP}\Z|{_NOT}\s+\Z", re.IGNORECASE)
_SERVICE = re.compile(
    r"\b(?:service|support|staff|team|agents?|employees?|help(?:ed|ful|desk)?|reps?|representatives?|"
    r"customer\s+care|treated|reception\w*|manager|call(?:ed)?|chat|repl(?:y|ied)|answer(?:ed)?)\b",
    re.IGNORECASE,
)
_LOOK_BACK = 40


def themes_of(text: str) -> frozenset[str]:
    """Of understood, listened, rude, ignored: those the text speaks of; "did not listen" is ignored."""
    found: set[str] = set()
    for theme, rule in _RULES.items():
        for match in rule.finditer(text):
            before = text[max(0, match.start() - _LOOK_BACK) : match.start()]
            if not _DENIED.search(before.replace("’", "'")):
                found.add(theme)
            elif theme in ("listened", "understood"):
                found.add("ignored")
    return frozenset(found)


def is_about_service(text: str) -> bool:
    """Whether it speaks of people and how they treated somebody, not of a thing or a price."""
    return bool(_SERVICE.search(text)) or bool(themes_of(text))
