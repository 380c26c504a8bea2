"""Writing our fields: bulk updates, their jobs, and a look at what became of rows nobody tells about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ...errors import RetryLater
from ...limits import decode_json
from ...model import Outcome, Write, Written
from ..http import Http
from .address import needs_admin
from .jobs import Jobs, verdict
from .mapping import Record
from .paging import decoded
from .readings import Readings
from .values import has_values, is_same, ticket_values, user_values

BATCH = 100
_IN_FLIGHT = 10
"""Jobs at once; the account allows 30, to everybody together."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as it is sent."""

    id: str
    values: Any


class Target(Protocol):
    """What is written to: tickets or users."""

    def row(self, write: Write) -> Row: ...
    def ready(self, rows: Sequence[Row]) -> list[Row]: ...
    def record(self, row: Row) -> Any: ...
    def api(self, client: Any) -> Any: ...
    def reread(self, row_ids: Sequence[str]) -> Mapping[str, Record]: ...
    def holds(self, record: Record, row: Row) -> bool: ...


class Tickets:
    """Our ticket fields. Never a comment, tags or `safe_update`: only our fields change (BEHAVIOR 8)."""

    def __init__(self, http: Http, field_ids: Mapping[str, str], readings: Readings) -> None:
        self._http = http
        self._field_ids = field_ids
        self._readings = readings

    def row(self, write: Write) -> Row:
        return Row(write.id, ticket_values(write.values, self._field_ids))

    def ready(self, rows: Sequence[Row]) -> list[Row]:
        """Without chats that moved since they were read: our write would hide their turns (BEHAVIOR 23)."""
        guarded = [row.id for row in rows if self._readings.is_guarded(row.id)]
        moved: set[str] = set()
        for start in range(0, len(guarded), BATCH):
            shown = self.reread(guarded[start : start + BATCH])
            moved |= {ticket_id for ticket_id, ticket in shown.items() if self._readings.has_moved(ticket)}
        ready = [row for row in rows if row.id not in moved]
        for row in ready:
            self._readings.release(row.id)
        return ready

    def record(self, row: Row) -> Any:
        from zenpy.lib.api_objects import Ticket

        return Ticket(id=int(row.id), custom_fields=row.values)

    def api(self, client: Any) -> Any:
        return client.tickets

    def reread(self, row_ids: Sequence[str]) -> Mapping[str, Record]:
        return _shown(self._http, "tickets", row_ids)

    def holds(self, record: Record, row: Row) -> bool:
        return has_values(record, row.values)


class Users:
    """Our user fields."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def row(self, write: Write) -> Row:
        return Row(write.id, user_values(write.values))

    def ready(self, rows: Sequence[Row]) -> list[Row]:
        return list(rows)

    def record(self, row: Row) -> Any:
        from zenpy.lib.api_objects import User

        return User(id=int(row.id), user_fields=row.values)

    def api(self, client: Any) -> Any:
        return client.users

    def reread(self, row_ids: Sequence[str]) -> Mapping[str, Record]:
        return _shown(self._http, "users", row_ids)

    def holds(self, record: Record, row: Row) -> bool:
        found = record.get("user_fields") or {}
        return all(is_same(value, found.get(key)) for key, value in row.values.items())


class Writing:
    """Sends rows, at most a hundred to a request, and finds out how each one ended."""

    def __init__(self, client: Callable[[], Any], http: Http) -> None:
        self._client = client
        self._http = http

    def write(self, target: Target, batch: Sequence[Write]) -> list[Written]:
        """One outcome for each row whose end is known, in the order of `batch`.

        Raises RetryLater only when nothing is known yet: outcomes at hand are never thrown away.
        """
        rows = [target.row(write) for write in batch]
        known = {row.id: Written(row.id, Outcome.UNCHANGED) for row in rows if not row.values}
        to_send = list({row.id: row for row in rows if row.values}.values())
        try:
            with needs_admin("update tickets and users"):
                for start in range(0, len(to_send), BATCH * _IN_FLIGHT):
                    self._send(target, to_send[start : start + BATCH * _IN_FLIGHT], known)
        except RetryLater:
            if not known:
                raise
        return [known[write.id] for write in batch if write.id in known]

    def _send(self, target: Target, rows: Sequence[Row], known: dict[str, Written]) -> None:
        client = self._client()
        rows = target.ready(rows)
        chunks = [rows[start : start + BATCH] for start in range(0, len(rows), BATCH)]
        jobs: dict[str, Sequence[Row]] = {}
        delayed: RetryLater | None = None
        for chunk in chunks:
            try:
                job_id = self._submit(client, target, chunk, known)
            except RetryLater as later:
                delayed = later  # follow what was submitted before
                break
            if job_id:
                jobs[job_id] = chunk
        self._settle(target, self._unfinished(client, jobs, known), known)
        if delayed:
            raise delayed

    def _submit(
        self, client: Any, target: Target, chunk: Sequence[Row], known: dict[str, Written]
    ) -> str | None:
        """The job that does a chunk; None when Zendesk refused it whole and it was sent row by row."""
        from zenpy.lib.exception import APIException

        try:
            job = target.api(client).update([target.record(row) for row in chunk])
            return str(job.id)
        except APIException:
            for row in chunk:
                outcome = self._alone(client, target, row)
                if outcome:
                    known[row.id] = outcome
            return None

    def _alone(self, client: Any, target: Target, row: Row) -> Written | None:
        from zenpy.lib.exception import APIException, ZenpyException

        try:
            target.api(client).update(target.record(row))
        except APIException as error:
            return verdict(row.id, _body(error.response), status=error.response.status_code)
        except (ZenpyException, KeyError):
            return None  # accepted, but the answer is none that zenpy knows
        return Written(row.id, Outcome.WRITTEN)

    def _unfinished(
        self, client: Any, jobs: Mapping[str, Sequence[Row]], known: dict[str, Written]
    ) -> list[Row]:
        """Follow jobs, and return the rows they say nothing certain about: `completed` is not success."""
        ended = Jobs(client, self._http.gate).follow(list(jobs))
        unknown = []
        for job_id, chunk in jobs.items():
            results = _by_row(ended.get(job_id, ()), chunk)
            for row in chunk:
                outcome = verdict(row.id, results[row.id]) if row.id in results else None
                if outcome:
                    known[row.id] = outcome
                else:
                    unknown.append(row)
        return unknown

    def _settle(self, target: Target, rows: Sequence[Row], known: dict[str, Written]) -> None:
        """Look at rows whose end is unknown; what does not hold our values stays out, and so stays owed."""
        for start in range(0, len(rows), BATCH):
            chunk = rows[start : start + BATCH]
            found = target.reread([row.id for row in chunk])
            for row in chunk:
                record = found.get(row.id)
                if record is None:
                    continue
                if target.holds(record, row):
                    known[row.id] = Written(row.id, Outcome.WRITTEN)
                elif record.get("status") == "closed":
                    known[row.id] = Written(row.id, Outcome.LOCKED, "closed")


def _by_row(results: Sequence[Record], chunk: Sequence[Row]) -> dict[str, Record]:
    """Results by the id of their row. A refusal that names none is told by its place among all the others;
    a success that names none is not believed, but looked at."""
    found = {str(result["id"]): result for result in results if result.get("id") is not None}
    if len(results) == len(chunk):
        for row, result in zip(chunk, results, strict=True):
            if result.get("id") is None and result.get("success") is False:
                found.setdefault(row.id, result)
    return found


def _shown(http: Http, kind: str, row_ids: Sequence[str]) -> dict[str, Record]:
    path = f"/api/v2/{kind}/show_many"
    answer = http.call("GET", path, params={"ids": ",".join(row_ids)}, accept=(404,))
    return {str(record["id"]): record for record in decoded(answer, path).get(kind) or ()}


def _body(answer: Any) -> Record:
    try:
        body = decode_json(answer.content)
    except ValueError:
        return {}
    return body if isinstance(body, Mapping) else {}
