"""The queue's tasks: by name, each for one installation, and what is asked for every minute."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from huey import Huey, crontab

from ..bootstrap import Connector, utc_now
from .work import (
    due_for_following_up,
    due_now,
    follow_up_one,
    look_at_one,
    make_all_reports,
    make_reports_asked_for,
    preview_one,
    sync_as_asked,
    sync_when_needed,
)

PURGE_AT_MINUTES = "*/30"
"""Twice an hour, so that nothing outlives its time by an hour."""
REPORTS_AT_HOUR = "2"
RETRIES, RETRY_SECONDS = 10, 30
"""How often a sync that somebody asked for is tried while another one holds the account."""


def wake_for_all(app: Connector, tasks: Mapping[str, Any]) -> None:
    """Ask for everything that is due or was asked for, whatever the queue has forgotten."""
    for name in due_now(app):
        tasks["sync_installation"](name)
    for name in app.store.installations_with_hints():
        tasks["look"](name)
    for name in app.store.previews_asked():
        tasks["preview"](name)
    for name in due_for_following_up(app):
        tasks["follow_up"](name)


def define_tasks(queue: Huey, app: Connector) -> dict[str, Any]:
    """The tasks, bound to this application."""
    goes_on_at: dict[str, datetime] = {}
    looks_again_at: dict[str, datetime] = {}
    tasks: dict[str, Any] = {}

    @queue.task(name="sync_installation")  # type: ignore[untyped-decorator]  # Huey has no types
    def sync_installation(name: str) -> None:
        wait, now = sync_when_needed(app, name), utc_now()
        if wait is not None and goes_on_at.get(name, now) <= now:
            goes_on_at[name] = now + wait
            sync_installation.schedule((name,), delay=wait.total_seconds())

    @queue.task(name="look")  # type: ignore[untyped-decorator]
    def look(name: str) -> None:
        again_after, now = look_at_one(app, name), utc_now()
        if again_after and looks_again_at.get(name, now) <= now:  # one look to come is enough
            looks_again_at[name] = now + again_after
            look.schedule((name,), delay=again_after.total_seconds())

    @queue.task(name="preview")  # type: ignore[untyped-decorator]
    def preview(name: str) -> None:
        preview_one(app, name)

    @queue.task(name="sync_now", retries=RETRIES, retry_delay=RETRY_SECONDS)  # type: ignore[untyped-decorator]
    def sync_now(name: str, conversation_id: str | None = None) -> None:
        sync_as_asked(app, name, conversation_id)

    @queue.periodic_task(crontab(minute="*"), name="tick")  # type: ignore[untyped-decorator]
    def tick() -> None:
        wake_for_all(app, tasks)

    @queue.periodic_task(crontab(minute=PURGE_AT_MINUTES), name="purge")  # type: ignore[untyped-decorator]
    def purge() -> None:
        app.retention.purge_overdue()
        app.previewing.forget()

    tasks |= report_tasks(queue, app) | {
        "sync_installation": sync_installation,
        "look": look,
        "preview": preview,
        "sync_now": sync_now,
        "tick": tick,
        "purge": purge,
    }
    return tasks


def report_tasks(queue: Huey, app: Connector) -> dict[str, Any]:
    """The tasks that make reports, and ask the platforms for what reports are made of."""

    @queue.periodic_task(crontab(hour=REPORTS_AT_HOUR, minute="15"), name="make_reports")  # type: ignore[untyped-decorator]
    def make_reports() -> None:
        make_all_reports(app)

    @queue.task(name="prepare_reports")  # type: ignore[untyped-decorator]
    def prepare_reports(name: str, report: str, first: str, last: str) -> None:
        make_reports_asked_for(app, name, report, first, last)

    @queue.task(name="follow_up")  # type: ignore[untyped-decorator]
    def follow_up(name: str) -> None:
        follow_up_one(app, name)

    return {"make_reports": make_reports, "prepare_reports": prepare_reports, "follow_up": follow_up}
