"""The figures for a monitoring system: how far behind, what is owed or parked, who must be authorized again.

Labels hold the installation's name, and no other name or id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from .bootstrap import Connector
from .readiness import Queue, checks
from .store.rows import SyncHealth


def figures(app: Connector, queue: Queue) -> tuple[bytes, str]:
    """The figures as they are now, and the content type of their format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Figures(app, queue))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class Figures(Collector):
    """Asks the database when it is asked; nothing is counted in this process."""

    def __init__(self, app: Connector, queue: Queue) -> None:
        self._app = app
        self._queue = queue

    def collect(self) -> Iterable[Metric]:
        """All figures; without the database only whether it is there."""
        found = checks(self._app, self._queue)
        yield _by("connector_ready", "1 when it is there.", "check", found.items())
        if found["queue"]:
            waiting = GaugeMetricFamily("connector_queue_jobs", "Jobs that wait in the queue.")
            waiting.add_metric([], self._queue.count())
            yield waiting
        if found["database"]:
            yield from self._of_installations()

    def _of_installations(self) -> Iterator[Metric]:
        rows, now = self._app.store.health(), self._app.now()
        seen_at = self._app.store.worker_seen_at()
        if seen_at is not None:
            age = GaugeMetricFamily(
                "connector_worker_silent_seconds", "Since the worker's last sign of life."
            )
            age.add_metric([], (now - seen_at).total_seconds())
            yield age
        lag = "Since the instant through which all is read, scored and written back; absent before the first."
        yield _gauge("connector_sync_lag_seconds", lag, [
            (row, _since(row.synced_through_at, now)) for row in rows if row.synced_through_at is not None
        ])  # fmt: skip
        run = "Since the end of the last sync; absent before the first."
        yield _gauge("connector_last_sync_seconds", run, [
            (row, _since(row.last_sync_at, now)) for row in rows if row.last_sync_at is not None
        ])  # fmt: skip
        yield _gauge(
            "connector_owed_writes", "Scores that wait to be written.", [(row, row.owed) for row in rows]
        )
        yield _gauge(
            "connector_parked_conversations", "Could not be read.", [(row, row.parked) for row in rows]
        )
        needed = "1 when somebody must connect the account again."
        yield _gauge(
            "connector_needs_authorization", needed, [(row, row.needs_authorization) for row in rows]
        )


def _since(instant: datetime | None, now: datetime) -> float:
    return (now - instant).total_seconds() if instant else 0.0


def _gauge(name: str, help_: str, rows: Iterable[tuple[SyncHealth, float]]) -> Metric:
    return _by(name, help_, "installation", [(row.installation, value) for row, value in rows])


def _by(name: str, help_: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(name, help_, labels=[label])
    for key, value in values:
        family.add_metric([key], float(value))
    return family
