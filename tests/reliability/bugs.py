"""Faults that a program like this one is easily written with; each is put in for a test alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import pytest

import connector.store.pages
from connector.forgetting import Forgetting
from connector.hearing import Looking, _asked_by
from connector.model import Outcome, Written
from connector.providers.gate import Gate
from connector.store import Owed, Store
from connector.sync import Sync
from connector.writing_back import WritingBack

Seed = Callable[[pytest.MonkeyPatch], None]


def the_cursor_moves_before_the_page_is_stored(patch: pytest.MonkeyPatch) -> None:
    record_page = Store.record_page

    def naive(self: Store, name: str, *, cursor: str | None, now: datetime, **page: Any) -> None:
        if cursor is not None:
            record_page(self, name, records=[], cursor=cursor, now=now)
        record_page(self, name, cursor=None, now=now, **page)

    patch.setattr(Store, "record_page", naive)


def what_is_owed_is_noted_in_a_transaction_of_its_own(patch: pytest.MonkeyPatch) -> None:
    owe, record_page = connector.store.pages.owe, Store.record_page
    waiting: list[tuple[Any, ...]] = []
    patch.setattr(connector.store.pages, "owe", lambda _connection, *what: waiting.append(what))

    def naive(self: Store, name: str, **page: Any) -> None:
        waiting.clear()
        record_page(self, name, **page)
        with self._database.writing() as connection:
            for what in waiting:
                owe(connection, *what)

    patch.setattr(Store, "record_page", naive)


def a_write_is_noted_as_done_before_it_is_sent(patch: pytest.MonkeyPatch) -> None:
    def naive(self: WritingBack, batch: Sequence[Owed]) -> None:
        from connector.model import Write

        self.settle(batch, [Written(row.conversation_id, Outcome.WRITTEN) for row in batch])
        self.provider.write([Write(row.conversation_id, row.values) for row in batch])

    patch.setattr(WritingBack, "_write", naive)


def a_row_without_an_outcome_counts_as_written(patch: pytest.MonkeyPatch) -> None:
    settle = WritingBack.settle

    def naive(self: WritingBack, batch: Sequence[Owed], written: Sequence[Written]) -> None:
        told = {each.id: each for each in written}
        rows = [row.conversation_id for row in batch]
        settle(self, batch, [told.get(id_, Written(id_, Outcome.WRITTEN)) for id_ in rows])

    patch.setattr(WritingBack, "settle", naive)


def the_same_words_are_scored_again(patch: pytest.MonkeyPatch) -> None:
    def naive(self: Sync, conversations: Sequence[Any]) -> list[tuple[Any, str]]:
        return [(each, self.fingerprint(each)) for each in conversations]

    patch.setattr(Sync, "select", naive)


def the_fingerprint_takes_in_the_time_of_change(patch: pytest.MonkeyPatch) -> None:
    fingerprint = Sync.fingerprint

    def naive(self: Sync, conversation: Any, ruleset: str | None = None) -> str:
        return fingerprint(
            self, conversation, f"{ruleset or self.engine.ruleset}{conversation.head.updated_at}"
        )

    patch.setattr(Sync, "fingerprint", naive)


def what_cannot_be_scored_is_left_out(patch: pytest.MonkeyPatch) -> None:
    record_page = Store.record_page

    def naive(self: Store, name: str, *, parked: Sequence[Any], **page: Any) -> None:
        record_page(self, name, parked=[], **page)

    patch.setattr(Store, "record_page", naive)


def hints_are_dropped_before_they_are_looked_at(patch: pytest.MonkeyPatch) -> None:
    look = Looking.look

    def naive(self: Looking, name: str) -> bool:
        hints = self._store.hints(name, 500)
        self._store.drop_hints(name, hints)
        for _, options in _asked_by(hints):
            self._sync(name, options)
        return look(self, name)

    patch.setattr(Looking, "look", naive)


def a_deletion_is_not_believed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Forgetting, "spared", lambda _self, _ids: [])


def whoever_lost_the_account_may_still_write(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Store, "held_by", lambda self, _name, _holder: self)


def a_retry_after_is_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Gate, "block", lambda _self, _until: None)


def synced_through_moves_while_writes_are_owed(patch: pytest.MonkeyPatch) -> None:
    note_sync = Store.note_sync

    def naive(self: Store, name: str, *, finished_at: datetime, synced_through_at: datetime | None) -> None:
        note_sync(self, name, finished_at=finished_at, synced_through_at=synced_through_at or finished_at)

    patch.setattr(Store, "note_sync", naive)


def totals_are_counted_up_instead_of_asked_for(patch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    record_page, counts = Store.record_page, Store.counts

    def naive(self: Store, name: str, *, records: Sequence[Any], **page: Any) -> None:
        record_page(self, name, records=records, **page)
        with self._database.writing() as connection:
            connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS total (n INTEGER)")
            connection.exec_driver_sql("INSERT INTO total VALUES (?)", (len(records),))

    def counted(self: Store, name: str) -> Any:
        with self._database.writing() as connection:
            connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS total (n INTEGER)")
            total = connection.exec_driver_sql("SELECT coalesce(sum(n), 0) FROM total").scalar_one()
        return replace(counts(self, name), conversations=5 + total)

    patch.setattr(Store, "record_page", naive)
    patch.setattr(Store, "counts", counted)


BUGS: tuple[Seed, ...] = (
    the_cursor_moves_before_the_page_is_stored,
    what_is_owed_is_noted_in_a_transaction_of_its_own,
    a_write_is_noted_as_done_before_it_is_sent,
    a_row_without_an_outcome_counts_as_written,
    the_same_words_are_scored_again,
    the_fingerprint_takes_in_the_time_of_change,
    what_cannot_be_scored_is_left_out,
    hints_are_dropped_before_they_are_looked_at,
    a_deletion_is_not_believed,
    whoever_lost_the_account_may_still_write,
    a_retry_after_is_ignored,
    synced_through_moves_while_writes_are_owed,
    totals_are_counted_up_instead_of_asked_for,
)
