"""Updates of tickets and users: one by one, or as a job whose rows end differently."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from .zendesk_account import ZendeskAccount
from .zendesk_records import FieldDefinition, Ticket, stamp

CLOSED = "Status: closed prevents ticket update"
MOST_JOBS = 30
JOB_RUNS = timedelta(seconds=20)
"""After this long a job is finished, whether anybody asked or not."""
JOB_KEPT = timedelta(hours=1)


class RowRefused(Exception):
    """A row cannot be written: (status, error name, details by field)."""

    def __init__(self, status: int, error: str, details: dict[str, str]) -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.details = details


@dataclass(slots=True)
class Job:
    id: str
    kind: str
    rows: list[Callable[[], int]]
    ids: list[int]
    made_at: datetime
    fate: str = "completed"
    polls: int = 0
    results: list[dict[str, Any]] | None = None

    def shown(self, origin: str, *, status: str) -> dict[str, Any]:
        done = status == "completed"
        return {
            "id": self.id,
            "job_type": self.kind,
            "url": f"{origin}/api/v2/job_statuses/{self.id}.json",
            "total": len(self.rows),
            "progress": len(self.rows) if done else (None if status == "queued" else len(self.rows) // 2),
            "status": status,
            "message": f"Completed at {stamp(self.made_at)}" if done else None,
            "results": self.results if done else None,
        }


@dataclass(slots=True)
class Jobs:
    """The account's job queue. A job's rows are carried out with the next request, polled or not."""

    account: ZendeskAccount
    jobs: dict[str, Job] = field(default_factory=dict)
    most_rows: int = 0
    """The largest batch that was sent."""

    def add(self, kind: str, rows: list[Callable[[], int]], ids: list[int]) -> Job:
        fates = self.account.quirks.job_fates
        serial = len(self.jobs) + 1
        job = Job(f"V3-{serial:032x}", kind, rows, ids, self.account.clock.now())
        job.fate = fates.pop(0) if fates else "completed"
        self.jobs[job.id] = job
        self.most_rows = max(self.most_rows, len(rows))
        return job

    def inflight(self) -> int:
        return sum(1 for job in self.jobs.values() if self._status(job) in ("queued", "working"))

    def run(self) -> None:
        """Carry out what is queued."""
        for job in self.jobs.values():
            if job.results is None:
                job.results = self._results(job) if job.fate == "completed" else []

    def poll(self, job_id: str) -> tuple[Job, str] | None:
        """A job and its status; None when it is unknown or too old to be remembered."""
        job = self.jobs.get(job_id)
        if job is None or self.account.clock.now() - job.made_at > JOB_KEPT:
            return None
        job.polls += 1
        return job, self._status(job)

    def _status(self, job: Job) -> str:
        is_over = job.polls >= self.account.quirks.polls_to_finish
        if is_over or self.account.clock.now() - job.made_at >= JOB_RUNS:
            return job.fate
        return "working" if job.polls else "queued"

    def _results(self, job: Job) -> list[dict[str, Any]]:
        results = []
        for row, row_id in zip(job.rows, job.ids, strict=True):
            try:
                row()
                results.append({"id": row_id, "action": "update", "success": True, "status": "Updated"})
            except RowRefused as refused:
                text = "; ".join(refused.details.values())
                as_text = self.account.quirks.row_details == "text"
                results.append(
                    {
                        "id": row_id,
                        "action": "update",
                        "success": False,
                        "error": refused.error,
                        "details": text if as_text else described(refused.details),
                    }
                )
        self.account.rng.shuffle(results)
        return results


def described(details: dict[str, str]) -> dict[str, list[dict[str, str]]]:
    return {name: [{"description": text}] for name, text in details.items()}


def update_ticket(account: ZendeskAccount, ticket_id: int, asked: dict[str, Any], *, by: int) -> Ticket:
    """Apply one update of a ticket. Raises RowRefused; nothing is applied then."""
    account.writes_to[ticket_id] += 1
    ticket = account.tickets.get(ticket_id)
    if ticket is None or ticket.deleted_at:
        raise RowRefused(404, "RecordNotFound", {"base": "Not found"})
    if ticket.status == "closed":
        raise RowRefused(422, "RecordInvalid", {"status": CLOSED})
    if asked.get("safe_update") is not None and asked.get("updated_stamp") != stamp(ticket.updated_at):
        raise RowRefused(409, "UpdateConflict", {"base": "The ticket was updated by somebody else"})
    values: dict[int, Any] = {}
    for row in asked.get("custom_fields", []):
        definition = account.ticket_fields.get(int(row["id"]))
        if definition is not None and not definition.is_system:  # unknown ids are ignored
            values[definition.id] = _accepted(definition, row["value"])
    account.set_values(ticket, values, by=by)
    if "tags" in asked:
        ticket.tags = list(asked["tags"])  # replaces all, as documented: nobody should send it
    if "comment" in asked:
        comment = asked["comment"]
        account.add_comment(ticket, by, str(comment.get("body", "")), is_public=comment.get("public", True))
    return ticket


def update_user(account: ZendeskAccount, user_id: int, asked: dict[str, Any]) -> int:
    """Apply one update of a user's fields. Raises RowRefused."""
    user = account.users.get(user_id)
    if user is None or not user.is_active:
        raise RowRefused(404, "RecordNotFound", {"base": "Not found"})
    by_key = {field.key: field for field in account.user_fields.values()}
    values = {
        key: _accepted(by_key[key], value)
        for key, value in asked.get("user_fields", {}).items()
        if key in by_key
    }
    user.fields.update(values)
    user.updated_at = account.clock.now()
    return user_id


def _accepted(field: FieldDefinition, value: Any) -> Any:
    """The value as the field keeps it. Raises RowRefused for one it cannot hold."""
    if value is None or value == "":
        return None
    refused = RowRefused(422, "RecordInvalid", {str(field.id): f"{field.title}: is invalid"})
    if field.type == "checkbox":
        return value in (True, "true", "1", 1)
    if field.type in ("tagger", "dropdown"):
        if value not in [option["value"] for option in field.options]:
            raise refused
        return value
    if field.type in ("integer", "decimal"):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise refused from None
        whole = number == number.to_integral_value()
        if not math.isfinite(number) or isinstance(value, bool) or (field.type == "integer" and not whole):
            raise refused
        return str(int(number)) if field.type == "integer" else str(value)
    if not isinstance(value, str) or len(value) > 65_536:
        raise refused
    return value
