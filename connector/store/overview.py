"""What a dashboard shows first, in a few queries that indexes answer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Column, ColumnElement, Connection, Label, Select, and_, case, func, or_, select

from ..model import Status
from .disputes import is_disputed
from .headways import headways_in
from .part import Part, number_of
from .rows import Attention, Feeling, Missed, Misses, Overview, SyncHealth
from .tables import conversation, conversation_tag, installation, outbox, parked

WEEK = timedelta(days=7)
LABELS = 10
"""Tags and channels listed at most."""

_IS_MISSED = or_(conversation.c.needs_attention.is_(True), conversation.c.band == "low")
_CALLS_FOR_EMPATHY = or_(
    conversation.c.needs_attention.is_(True),
    conversation.c.band.not_in([str(Status.NOT_APPLICABLE), str(Status.NOT_SCORED)]),
)


class Overviews(Part):
    """Queries over many conversations at once."""

    def health(self, name: str | None = None) -> list[SyncHealth]:
        """How the sync of one installation, or of each, is doing."""
        with self._database.reading() as connection:
            return [each for _, each in _health(connection, name)]

    def overview(
        self,
        name: str | None = None,
        *,
        since: datetime,
        now: datetime,
        before: datetime | None = None,
        limit: int = 20,
        at_least: int = 1,
    ) -> Overview:
        """The state of one installation, or of all: what to do now, the feelings, the misses, the sync.

        Who waits is shown of what changed since `since` and is not closed. `bands` and `misses` count what
        changed since `since`, `misses_before` what changed from `before` to then, and `missed_by_*` names a
        tag or channel with `at_least` so many of them. Feelings compare the seven days before `now` with the
        seven before those, by the customer's latest message. What somebody disputes is left out of all
        these, but not of the list of those who wait.
        """
        with self._database.reading() as connection:
            health = _health(connection, name)
            numbers = [number for number, _ in health]
            names = {number: each.installation for number, each in health}
            ours = conversation.c.installation_id.in_(numbers)
            counted = and_(ours, ~is_disputed())
            recent = and_(counted, conversation.c.updated_at >= since)
            earlier = and_(
                counted, conversation.c.updated_at >= (before or since), conversation.c.updated_at < since
            )
            return Overview(
                attention=_attention(connection, names, since, limit),
                attention_count=connection.scalar(select(func.count()).where(ours, *_waits(since))) or 0,
                feeling_now=_feeling(connection, counted, now - WEEK, now),
                feeling_before=_feeling(connection, counted, now - 2 * WEEK, now - WEEK),
                bands=_bands(connection, recent),
                misses=_misses(connection, recent),
                misses_before=_misses(connection, earlier) if before else Misses(0, 0),
                missed_by_tag=_missed(connection, _by_tag(recent), at_least),
                missed_by_channel=_missed(connection, _by_channel(recent), at_least),
                health=[each for _, each in health],
            )


def _health(connection: Connection, name: str | None) -> list[tuple[int, SyncHealth]]:
    query = select(installation).order_by(installation.c.name)
    if name is not None:
        query = query.where(installation.c.id == number_of(connection, name))
    rows = connection.execute(query).all()
    headways = headways_in(connection, [row.id for row in rows])
    owed = _per_installation(connection, outbox.c.installation_id, outbox.c.is_owed.is_(True))
    waiting = _per_installation(connection, parked.c.installation_id)
    return [
        (
            row.id,
            SyncHealth(
                installation=row.name,
                provider=row.provider,
                synced_through_at=row.synced_through_at,
                last_sync_at=row.last_sync_at,
                owed=owed.get(row.id, 0),
                parked=waiting.get(row.id, 0),
                needs_authorization=row.needs_authorization,
                not_before_at=row.not_before_at,
                waits_for_start=row.waits_for_start,
                headway=headways.get(row.id),
            ),
        )
        for row in rows
    ]


def _per_installation(
    connection: Connection, key: Column[int], *conditions: ColumnElement[bool]
) -> dict[int, int]:
    # Joined from the installation's side, so that each count is a walk along an index it leads.
    counted = (
        select(func.count()).where(key == installation.c.id, *conditions).correlate(installation)
    ).scalar_subquery()
    return dict(connection.execute(select(installation.c.id, counted)).all())


def _waits(since: datetime) -> tuple[ColumnElement[bool], ...]:
    # What is closed cannot be answered any more, and an account's first run reads years.
    return (
        conversation.c.needs_attention.is_(True),
        conversation.c.is_closed.is_(False),
        conversation.c.updated_at >= since,
    )


def _attention(
    connection: Connection, names: dict[int, str], since: datetime, limit: int
) -> Sequence[Attention]:
    found = []
    for number, name in names.items():
        query = (
            select(conversation.c.conversation_id, conversation.c.reason_text, conversation.c.updated_at)
            .where(conversation.c.installation_id == number, *_waits(since))
            .order_by(conversation.c.updated_at.desc())
            .limit(limit)
        )
        found += [Attention(name, *row) for row in connection.execute(query)]
    return sorted(found, key=lambda each: each.updated_at, reverse=True)[:limit]


def _feeling(connection: Connection, ours: ColumnElement[bool], start: datetime, end: datetime) -> Feeling:
    felt = conversation.c.sentiment
    query = select(func.avg(felt), func.avg(felt * felt), func.count(felt)).where(
        ours, conversation.c.felt_at > start, conversation.c.felt_at <= end
    )
    mean, of_squares, n = connection.execute(query).one()
    if n < 2:
        return Feeling(mean, n)
    return Feeling(mean, n, math.sqrt(max(0.0, of_squares - mean**2) * n / (n - 1)))


def _bands(connection: Connection, recent: ColumnElement[bool]) -> dict[str, int]:
    query = select(conversation.c.band, func.count()).where(recent).group_by(conversation.c.band)
    return dict(connection.execute(query).all())


def _misses(connection: Connection, ours: ColumnElement[bool]) -> Misses:
    missed = func.coalesce(func.sum(case((_IS_MISSED, 1), else_=0)), 0)
    return Misses(*connection.execute(select(missed, func.count()).where(ours, _CALLS_FOR_EMPATHY)).one())


def _by_channel(recent: ColumnElement[bool]) -> Select[str, int, int]:
    label = conversation.c.channel
    return _counting(label).where(recent, label.is_not(None), _CALLS_FOR_EMPATHY)


def _by_tag(recent: ColumnElement[bool]) -> Select[str, int, int]:
    same = and_(
        conversation_tag.c.installation_id == conversation.c.installation_id,
        conversation_tag.c.conversation_id == conversation.c.conversation_id,
    )
    counting = _counting(conversation_tag.c.tag)
    return counting.select_from(conversation).join(conversation_tag, same).where(recent, _CALLS_FOR_EMPATHY)


def _counting(label: Column[str]) -> Select[str, int, int]:
    missed: Label[int] = func.sum(case((_IS_MISSED, 1), else_=0)).label("missed")
    n = func.count().label("n")
    return select(label, missed, n).group_by(label).order_by(missed.desc(), n, label).limit(LABELS)


def _missed(connection: Connection, query: Select[str, int, int], at_least: int) -> list[Missed]:
    often = query.having(func.count() >= at_least)
    return [Missed(label, missed, n) for label, missed, n in connection.execute(often) if missed]
