"""Explains one account to the people concerned, from the settings in force."""

from __future__ import annotations

from datetime import datetime

from .fields import fields_to_create
from .keeping import policy_in_force
from .model import Installation
from .people import People
from .privacy.notice import Facts
from .privacy.policy import held_labels
from .scoring.engine import Engine
from .scoring.lexicon_files import supported
from .settings import Settings
from .store import Store


def facts_of(
    installation: Installation,
    store: Store,
    people: People,
    settings: Settings,
    *,
    engine: Engine,
    now: datetime,
) -> Facts:
    """What the public notice says of an account at that instant."""
    name, rubric = installation.name, engine.rubric
    record = people.in_force(name, now)
    in_use = fields_to_create(extended=installation.is_extended)
    base = settings.base_url.rstrip("/") if settings.base_url else None
    return Facts(
        installation=name,
        provider=installation.provider,
        policy=policy_in_force(store, name),
        has_holds=bool(held_labels(store.legal_holds(name), now)),
        languages=tuple(sorted(supported())),
        fields=tuple(
            field.title for field in in_use if field.on == "conversation" and field.type != "datetime"
        ),
        has_contact_fields=installation.is_extended and installation.provider != "local",
        ruleset=engine.ruleset,
        fair=rubric.fair,
        high=rubric.high,
        people_purpose=str(record.content["purpose"]) if record else None,
        people_until=record.expires_at if record else None,
        contact=settings.notice_contact,
        legal_basis=settings.notice_legal_basis,
        url=f"{base}/notice/{name}" if base else None,
    )
