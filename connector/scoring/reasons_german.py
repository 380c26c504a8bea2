"""The plain words for why, in German; what is written to the platform stays English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_NOT_SCORED: Final = {
    "Not scored: the language is not one of those that can be read yet.": (
        "Nicht bewertet: Diese Sprache kann noch nicht gelesen werden."
    ),
    "Not scored: no person wrote this.": "Nicht bewertet: Das hat kein Mensch geschrieben.",
    "Not scored: private notes are not read.": "Nicht bewertet: Interne Notizen werden nicht gelesen.",
    "Not scored: no words of its own.": "Nicht bewertet: Es stehen keine eigenen Worte darin.",
    "Not scored: opted out of scoring.": "Nicht bewertet: von der Bewertung ausgenommen.",
    "Not scored: no person on our side has replied yet.": (
        "Nicht bewertet: Auf unserer Seite hat noch niemand geantwortet."
    ),
    "Nothing in the message called for empathy.": "Nichts in der Nachricht verlangte Empathie.",
    "The customer is clearly frustrated.": "Der Kunde ist deutlich verärgert.",
    "The customer has trouble and shows some frustration.": (
        "Der Kunde hat ein Problem und ist etwas verärgert."
    ),
    "The customer is pleased.": "Der Kunde ist zufrieden.",
    "The customer has trouble.": "Der Kunde hat ein Problem.",
    "The customer shows no strong feeling.": "Der Kunde zeigt kein starkes Gefühl.",
    "A person reviewed this score and set it.": "Ein Mensch hat diesen Wert geprüft und gesetzt.",
}
_EARNED: Final = {
    "acknowledges the problem": "erkennt das Problem an",
    "names what this meant for the customer": "benennt, was das für den Kunden bedeutet",
    "expresses regret or warmth": "zeigt Bedauern oder Wärme",
    "shows warmth that fits the situation": "zeigt Wärme, die zur Lage passt",
    "takes the matter on": "nimmt sich der Sache an",
    "takes responsibility": "übernimmt Verantwortung",
    "gives a next step": "nennt einen nächsten Schritt",
    "gives a next step and a time": "nennt einen nächsten Schritt mit Zeitpunkt",
    "asks a question": "stellt eine Frage",
    "asks what is needed to understand": "fragt, was zum Verstehen nötig ist",
    "addresses the customer in person": "spricht den Kunden persönlich an",
    "uses what the customer told": "greift auf, was der Kunde erzählt hat",
}
_LACKING: Final = {
    "does not say what this meant for the customer": "sagt nicht, was das für den Kunden bedeutet",
    "gives no next step with a time": "nennt keinen nächsten Schritt mit Zeitpunkt",
    "shows no regret or warmth": "zeigt weder Bedauern noch Wärme",
    "does not say what we will do": "sagt nicht, was wir tun werden",
    "does not ask further": "fragt nicht nach",
}
_SENTENCES: Final = {
    "The customer is upset, and the reply neither acknowledges it nor offers a next step": (
        "Der Kunde ist verärgert, und die Antwort geht weder darauf ein, noch nennt sie den nächsten Schritt"
    ),
    "The reply answers without acknowledging the situation": "Die Antwort geht nicht auf die Lage ein",
    "Some words may read as dismissive": "Manche Worte können abweisend wirken",
    "The same words were written before, so they count for less": (
        "Dieselben Worte wurden schon einmal geschrieben, deshalb zählen sie weniger"
    ),
    "Stock phrases stand in for the customer's own situation": (
        "Floskeln stehen dort, wo es um die Lage des Kunden gehen sollte"
    ),
}
_OF_SEVERAL: Final = re.compile(r"(\d+) replies; the one to look at first: (.+)", re.S)
_LANGUAGE: Final = re.compile(
    r"Not scored: the language \(([\w-]+)\) is not one of those that can be read yet\."
)


def in_german(reason_text: str) -> str | None:
    """The German for a reason that `reasons` wrote; None where its words are others, or were cut."""
    several = _OF_SEVERAL.fullmatch(reason_text)
    if several:
        first = in_german(several[2])
        return first and f"{several[1]} Antworten; zuerst ansehen: {first}"
    if language := _LANGUAGE.fullmatch(reason_text):
        return f"Nicht bewertet: Diese Sprache ({language[1]}) kann noch nicht gelesen werden."
    if reason_text in _NOT_SCORED:
        return _NOT_SCORED[reason_text]
    if not reason_text.endswith("."):
        return None
    said = [_sentence(part) for part in reason_text[:-1].split(". ")]
    whole = [part for part in said if part is not None]
    return ". ".join(whole) + "." if len(whole) == len(said) else None


def _sentence(part: str) -> str | None:
    if part in _SENTENCES:
        return _SENTENCES[part]
    earned, _, lacking = part.removeprefix("The reply ").partition("; it ")
    if not part.startswith("The reply ") or (lacking and lacking not in _LACKING):
        return None
    said = next(_pairs(earned), None)
    return said and f"Die Antwort {said}" + (f"; sie {_LACKING[lacking]}" if lacking else "")


def _pairs(earned: str) -> Iterator[str]:
    if earned in _EARNED:
        yield _EARNED[earned]
    for first, said in _EARNED.items():
        rest = earned.removeprefix(f"{first} and ")
        if rest != earned and rest in _EARNED:
            comma = "," if "," in said else ""
            yield f"{said}{comma} und {_EARNED[rest]}"
