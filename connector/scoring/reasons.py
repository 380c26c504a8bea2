"""Plain words for why: kind, about the text of the reply, never the customer's words."""

from __future__ import annotations

from collections.abc import Mapping

LONGEST = 255

NOT_SCORED = {
    "language": "Not scored: the language is not one of those that can be read yet.",
    "automated": "Not scored: no person wrote this.",
    "private": "Not scored: private notes are not read.",
    "empty": "Not scored: no words of its own.",
    "opted_out": "Not scored: opted out of scoring.",
    "no_agent_reply": "Not scored: no person on our side has replied yet.",
    "no_opportunity": "Nothing in the message called for empathy.",
}
_EARNED = {
    "interpretation": ("acknowledges the problem", "names what this meant for the customer"),
    "emotional_reaction": ("expresses regret or warmth", "shows warmth that fits the situation"),
    "ownership": ("takes the matter on", "takes responsibility"),
    "help": ("gives a next step", "gives a next step and a time"),
    "exploration": ("asks a question", "asks what is needed to understand"),
    "personalisation": ("addresses the customer in person", "uses what the customer told"),
}
_LACKING = {
    "interpretation": "does not say what this meant for the customer",
    "help": "gives no next step with a time",
    "emotional_reaction": "shows no regret or warmth",
    "ownership": "does not say what we will do",
    "exploration": "does not ask further",
}


def not_scored(reason: str, *, language: str | None = None) -> str:
    """Why there is no score; names the language where it is known."""
    if reason == "language" and language:
        return f"Not scored: the language ({language}) is not one of those that can be read yet."
    return NOT_SCORED[reason]


def of_reply(
    dimensions: Mapping[str, int], *, dismissive: float, canned: bool, missed: bool, stock: bool
) -> str:
    """Why a reply has its score: what it does best, what is missing, what costs points."""
    strong = [name for name in _EARNED if dimensions[name] == 2]
    weak = [name for name in _EARNED if dimensions[name] == 1]
    earned = [_EARNED[name][1] for name in strong][:2] or [_EARNED[name][0] for name in weak][:1]
    lacking = next((text for name, text in _LACKING.items() if dimensions[name] == 0), None)
    if lacking is None and dimensions["interpretation"] < 2:
        lacking = _LACKING["interpretation"]
    parts = []
    if missed:
        parts.append("The customer is upset, and the reply neither acknowledges it nor offers a next step")
    elif earned:
        sentence = "The reply " + " and ".join(earned)
        parts.append(f"{sentence}; it {lacking}" if lacking else sentence)
    else:
        parts.append("The reply answers without acknowledging the situation")
    if dismissive >= 0.5:
        parts.append("Some words may read as dismissive")
    if canned:
        parts.append("The same words were written before, so they count for less")
    elif stock:
        parts.append("Stock phrases stand in for the customer's own situation")
    return shortened(". ".join(parts) + ".")


def of_customer(sentiment: float, frustration: float) -> str:
    """How a customer message reads."""
    if frustration >= 0.6:
        return "The customer is clearly frustrated."
    if frustration >= 0.3:
        return "The customer has trouble and shows some frustration."
    if sentiment >= 0.25:
        return "The customer is pleased."
    if sentiment <= -0.2:
        return "The customer has trouble."
    return "The customer shows no strong feeling."


def shortened(text: str) -> str:
    """At most 255 characters, cut at a word."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rsplit(" ", 1)[0] + "…"
