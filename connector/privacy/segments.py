"""What people may be grouped by; who they are is not among it (L-13)."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Final

from ..errors import Misconfigured


class Segment(StrEnum):
    """Everything that figures may be broken down by."""

    CHANNEL = "channel"
    QUEUE = "queue"
    PRODUCT = "product"
    PRIORITY = "priority"
    TAG = "tag"
    TIER = "tier"
    MONTH = "month"


# Attribute -> beginnings of words that ask for it, folded to plain lower-case letters.
_PROTECTED: Final = {
    "gender": ("gender sex geschlecht genre genero sesso sexo pronoun salutation anrede geslacht plec title"),
    "age": (
        "age ages aged alter birth dob geburt naissance nacimiento nascita geboorte edad eta leeftijd wiek"
    ),
    "religion": (
        "religi faith glaube konfession creed church denomination kirche islam muslim christian jew"
    ),
    "ethnicity": (
        "ethni ethnic race racial skin rasse hautfarbe etnia etnic origin herkunft ancestry caste colo"
    ),
    "nationality": (
        "nationalit citizen staatsang staatsburger nacional nazionalit country land passport migra pais pays"
    ),
    "health": (
        "health disab handicap illness disease diagnos medical gesundheit behinder krank "
        "sante salud salute sick pregnan schwanger"
    ),
    "trade union membership": (
        "union gewerkschaft syndic sindicat sindacat works_council betriebsrat vakbond"
    ),
    "sexual orientation": ("orientation lgbt queer gay"),
    "political opinion": ("politic party partei"),
    "family status": ("marital married family famil kinder children parent"),
    "the place where somebody lives": (
        "post postal postcode postleitzahl plz zip address adresse codepostal codigo cap "
        "region city stadt street neighbo"
    ),
    "a name": (
        "name names vorname nachname surname first last full_name prenom nom nombre apellido "
        "nome cognome naam imie requester contact customer_id email mail phone user"
    ),
    "a person's language": (
        "language sprache langue idioma lingua locale dialect accent akzent mother_tongue"
    ),
    "one agent": ("agent assignee owner employee staff person mitarbeiter"),
}


def require_segment(name: str) -> Segment:
    """The segment of that name. Raises Misconfigured with what is wrong with it, and what there is."""
    folded = _folded(name)
    if folded in frozenset(Segment):
        return Segment(folded)
    allowed = ", ".join(Segment)
    if protected := protected_attribute(name):
        raise Misconfigured(
            f"Figures are not broken down by {protected}: groups made of who people are invite unequal "
            f"treatment; choose from {allowed}."
        )
    raise Misconfigured(
        f"Figures can be broken down by {allowed} only; anything else could stand for people."
    )


def protected_attribute(name: str) -> str | None:
    """Which attribute that people are protected by a name asks for; None for a harmless one."""
    folded = _folded(name)
    return next((what for what, words in _PROTECTED.items() if _asks_for(folded, words.split())), None)


def _folded(name: str) -> str:
    """Lower-case ASCII words with underscores, from `ZIP-Code`, `zipCode`, `código postal`."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", unicodedata.normalize("NFKD", name.strip()))
    plain = "".join(c for c in parted.casefold().replace("ß", "ss") if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def _asks_for(folded: str, beginnings: list[str]) -> bool:
    words = folded.split("_")
    for beginning in beginnings:
        if "_" in beginning:
            if beginning.strip("_") in folded:
                return True
        elif len(beginning) <= 4:
            if beginning in words:
                return True
        elif any(word.startswith(beginning) for word in words) or beginning in folded.replace("_", ""):
            return True
    return False
