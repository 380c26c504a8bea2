"""What people may be grouped by (L-13)."""

from __future__ import annotations

import pytest

from connector.errors import Misconfigured
from connector.privacy.segments import Segment, require_segment


@pytest.mark.parametrize(
    "name", ["channel", "queue", "product", "priority", "tag", "tier", "month", " Channel ", "TAG"]
)
def test_l13_what_a_ticket_is_about_may_be_a_segment(name: str) -> None:
    assert require_segment(name) is Segment(name.strip().lower())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        *(
            (name, "gender")
            for name in (
                "gender",
                "Sex",
                "GENDER_IDENTITY",
                "Geschlecht",
                "género",
                "contact.genre",
                "pronouns",
            )
        ),
        *(
            (name, "age")
            for name in (
                "age",
                "Age group",
                "ageGroup",
                "date_of_birth",
                "Geburtsjahr",
                "edad",
                "âge",
                "Alter",
            )
        ),
        *((name, "religion") for name in ("religion", "Religious belief", "faith", "Konfession", "religión")),
        *(
            (name, "ethnicity")
            for name in ("ethnicity", "ethnic-origin", "race", "ethnische_Herkunft", "skin_tone", "etnia")
        ),
        *(
            (name, "nationality")
            for name in ("nationality", "Staatsangehörigkeit", "citizenship", "país", "home_country")
        ),
        *(
            (name, "health")
            for name in ("health", "disability", "Behinderung", "santé", "Krankheit", "diagnosis")
        ),
        *((name, "trade union membership") for name in ("union", "union_member", "Gewerkschaft", "syndicat")),
        *(
            (name, "the place where somebody lives")
            for name in ("postcode", "ZIP", "zipCode", "PLZ", "code postal", "zip-code")
        ),
        *(
            (name, "a name")
            for name in ("name", "firstName", "Vorname", "last name", "prénom", "Nachname", "surname")
        ),
        *((name, "one agent") for name in ("agent", "assignee_id", "Mitarbeiter")),
        *((name, "a person's language") for name in ("language", "Sprache", "locale", "idioma")),
    ],
)
def test_l13_who_people_are_is_no_segment_and_the_refusal_says_why(name: str, reason: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        require_segment(name)
    assert str(refused.value).startswith(f"Figures are not broken down by {reason}:")
    assert "channel, queue, product, priority, tag, tier, month" in str(refused.value)


@pytest.mark.parametrize("name", ["", "shoe_size", "channel_owner_x", "tags; drop", "мова", "favourite"])
def test_l13_anything_unknown_is_refused_too(name: str) -> None:
    with pytest.raises(Misconfigured):
        require_segment(name)
