"""Zendesk's background jobs: how each row of a bulk update ended; the verdicts are pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ...model import Outcome, Written
from ..gate import Gate
from .mapping import Record

_PAUSES = (0.3, 0.7, 1.0, 1.5, *(2.0,) * 13)
"""Seconds between looks at running jobs: about half a minute in all."""
_OVER = frozenset({"completed", "failed", "killed"})
_TRANSIENT = re.compile(r"conflict|locked|timeout|timed out|too ?many|unavailable|internal|rate ?limit")
_GONE = re.compile(r"recordnotfound|not ?found|\bdeleted\b|scrubbed")
_CODE = re.compile(r"[A-Za-z_]{1,60}", re.ASCII)


class Jobs:
    """Follows jobs to their end, several to a request."""

    def __init__(self, client: Any, gate: Gate) -> None:
        self._client = client
        self._gate = gate
        self._can_list = True

    def follow(self, job_ids: Sequence[str]) -> dict[str, list[Record]]:
        """Job -> the results of its rows. Jobs that vanish or outlast our patience are left out."""
        running, ended = list(job_ids), dict[str, list[Record]]()
        for pause in _PAUSES:
            if not running:
                break
            self._gate.pause(pause)
            seen = self._looked_at(running)
            for job_id, job in seen.items():
                if job.get("status") in _OVER:
                    ended[job_id] = [row for row in job.get("results") or () if isinstance(row, Mapping)]
            running = [job_id for job_id in running if job_id in seen and job_id not in ended]
        return ended

    def _looked_at(self, job_ids: Sequence[str]) -> dict[str, Record]:
        from zenpy.lib.exception import APIException

        if len(job_ids) > 1 and self._can_list:
            try:
                listed = self._client.job_status(ids=list(job_ids))["job_statuses"]
                return {str(job.id): job.to_dict() for job in listed}
            except (APIException, KeyError, TypeError):
                self._can_list = False
        found = {}
        for job_id in job_ids:
            try:
                found[job_id] = self._client.job_status(id=job_id).to_dict()
            except (APIException, AttributeError):
                continue  # vanished: Zendesk forgets jobs after an hour or a hundred
        return found


def verdict(row_id: str, result: Record, *, status: int | None = None) -> Written | None:
    """How a row ended by its result in a job, or by the body of a refusal; None when that is not known."""
    error = result.get("error") or ""
    if result.get("success") is True or (result.get("status") == "Updated" and not error):
        return Written(row_id, Outcome.WRITTEN)
    code = error.get("title", "") if isinstance(error, Mapping) else str(error)
    words = json.dumps([error, result.get("details"), result.get("errors")], default=str).lower()
    if status == 409 or _TRANSIENT.search(code.lower()):
        return None
    if "closed" in words:
        return Written(row_id, Outcome.LOCKED, "closed")
    if status == 404 or _GONE.search(words):
        return Written(row_id, Outcome.GONE, "not found")
    # Only the code: descriptions may quote values.
    return Written(row_id, Outcome.REJECTED, code if _CODE.fullmatch(code) else "refused")
