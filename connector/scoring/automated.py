"""Tells messages that no person wrote: auto-replies, bounces, acknowledgements, bots, surveys."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Final

from ..model import Role

_LONGEST: Final = 4_000
"""Longer texts are judged by their beginning."""
_START: Final = r"(?:\A|(?<=\n)|(?<=[.!?:] )|(?<=[.!?]\n))[*_\[(<#=\- ]{0,6}"


@dataclass(frozen=True, slots=True)
class _Rule:
    reason: str
    needs: tuple[str, ...]
    pattern: str
    also: str
    role: str
    personal: str
    """What a person says of themselves, where the rule does not fire beside it; otherwise empty."""
    may_ask: bool
    longest: int

    def fires(self, lowered: str, role: Role) -> bool:
        if self.role and self.role != role:
            return False
        may_ask = self.may_ask and (role is Role.AGENT or self.reason == "bounce")
        if len(lowered) > self.longest or (not may_ask and "?" in lowered):
            return False
        if self.needs and not any(need in lowered for need in self.needs):
            return False
        if not re.search(self.pattern, lowered):
            return False
        if self.also and not re.search(self.also, lowered):
            return False
        return not (self.personal and re.search(self.personal, lowered))


def automated_reason(text: str, *, role: Role, is_automated: bool, may_be: bool = True) -> str | None:
    """A short rule name when nobody wrote this, None for a person's words; metadata counts before text.

    The text is a prepared one: without quotes and markup, with straight quotes. `may_be` is False where the
    caller knows that it has none of the `trigger_words`.
    """
    if role is Role.BOT:
        return "bot"
    if role is Role.SYSTEM:
        return "system"
    if is_automated:
        return "marked_by_platform"
    if not may_be:
        return None
    triggers = _triggers()
    lowered = text[:_LONGEST].lower()
    words = lowered.split()
    rules = dict.fromkeys(rule for word in words if word in triggers for rule in triggers[word])
    return next((rule.reason for rule in rules if rule.fires(lowered, role)), None)


def trigger_words() -> frozenset[str]:
    """What stands between blanks, in lower case, in every text that a program may have written."""
    return frozenset(_triggers())


@cache
def _triggers() -> dict[str, list[_Rule]]:
    """The rules by the words that make them worth a look, with the punctuation that may cling to them."""
    folder = Path(__file__).with_name("lexicons") / "mail"
    table = tomllib.loads((folder / "automated.toml").read_text("utf-8"))
    triggers: dict[str, list[_Rule]] = {}
    for entry in table["rule"]:
        impersonal = entry.get("impersonal", False)
        rule = _Rule(
            reason=entry["reason"],
            needs=tuple(entry.get("needs", ())),
            pattern=entry["pattern"].replace("{start}", _START),
            also=entry.get("also", ""),
            role=entry.get("role", ""),
            personal=table["personal"] if impersonal else "",
            may_ask=not (impersonal or entry.get("no_question", False)),
            longest=entry.get("longest", _LONGEST),
        )
        for trigger in entry["triggers"].split():
            for before, after in product(("", "(", "*", '"'), ("", *".,:;!?)*")):
                triggers.setdefault(before + trigger + after, []).append(rule)
    return triggers
