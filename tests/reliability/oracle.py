"""The common oracle: when all is quiet, our rows and the platform's fields say the same as the truth does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import select

from connector.bootstrap import engine
from connector.model import Conversation
from connector.scoring.rollup import field_values
from connector.store import Store
from connector.store.tables import conversation, score
from tests.places import NAME, Place

SAID_AT = "empathy_scored_at"


def complaints(place: Place, living: Collection[str], *, gone: Collection[str] = ()) -> list[str]:
    """What is wrong, conversation by conversation; nothing while all is as it must be."""
    found = [*_of_rows(place.app.store, NAME, living)]
    for id_ in living:
        said = place.world.provider().conversation(id_)
        assert isinstance(said, Conversation)
        wanted, shown = values_for(said), _without_blanks(place.world.values_of(id_))
        if wanted != {name: shown.get(name) for name in wanted}:
            found.append(f"{id_} shows {shown} and should show {wanted}")
    still = (id_ for id_ in gone if place.app.store.conversation(NAME, id_) is not None)
    found += [f"{id_} is gone there and still here" for id_ in still]
    if place.app.store.hints(NAME, 10):
        found.append("hints are left")
    return found


def values_for(said: Conversation) -> dict[str, Any]:
    """Our first fields, scored from scratch; without the time of scoring."""
    card = engine().score_conversation(said.id, said.messages)
    values = _without_blanks(field_values(card, scored_at=said.messages[-1].sent_at))  # type: ignore[arg-type]
    names = ("empathy_band", "empathy_score", "empathy_sentiment_band", "empathy_reason")
    return {name: values[name] for name in names if name in values}


def _of_rows(store: Store, name: str, living: Collection[str]) -> Iterator[str]:
    """Every living conversation has one current row, scored once for each change, and nothing is owed."""
    yield from counted_twice(store)
    counts = store.counts(name)
    if counts.owed:
        yield f"{counts.owed} are owed"
    visible = {row.id for row in store.parked(name)}
    for id_ in set(living) - visible:
        if store.conversation(name, id_) is None:
            yield f"{id_} was lost"
    if counts.conversations + counts.parked != len(living):
        yield f"{counts.conversations} are counted, and {counts.parked} parked, of {len(living)}"
    if store._database.engine.dialect.name == "sqlite":
        with store._database.reading() as connection:
            said = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
        if said != "ok":
            yield f"the database says {said}"


def counted_twice(store: Store) -> Iterator[str]:
    """Scores that were kept twice for the same words under the same rules."""
    with store._database.reading() as connection:
        query = select(score.c.installation_id, score.c.conversation_id, score.c.fingerprint, score.c.version)
        rows = connection.execute(query.order_by(*query.selected_columns[:2], score.c.version)).all()
        current = dict(
            connection.execute(select(conversation.c.conversation_id, conversation.c.version)).all()
        )
    for whose, times in Counter(row[:3] for row in rows).items():
        if times > 1:  # what was said only grows, so no fingerprint comes back
            yield f"{whose[1]} was scored twice for the same words"
    newest = {row.conversation_id: row.version for row in rows}
    if newest != current:
        yield "a current score is not the latest one"


def _without_blanks(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", False)}
