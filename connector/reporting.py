"""Reports and imports of one installation, put together from store, engine and keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from .errors import Misconfigured
from .store import Store

if TYPE_CHECKING:
    from .insights.importing import Imported
    from .insights.report import Report
    from .scoring.engine import Engine

EXTRA = (
    "Reports need two more libraries; install them with: pip install 'empathy-connector[insights]' "
    "(from a checkout: .venv/bin/pip install -e '.[insights]')."
)
LONGEST_CHANGE = 120


@dataclass(frozen=True, slots=True)
class Shown:
    """A report as JSON, and when it was made."""

    content: Mapping[str, Any]
    made_at: datetime


class Reporting:
    """The reports of one installation, and what they are made of."""

    def __init__(
        self,
        store: Store,
        name: str,
        *,
        digest: Callable[[str], str],
        find_contact: Callable[[str], str | None],
        engine: Callable[[], Engine],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._name = name
        self._digest = digest
        self._find_contact = find_contact
        self._engine = engine
        self._now = now

    def report(self, report: str, first: str | None, last: str | None) -> Report:
        """A report over whole months, made now. Raises Misconfigured for an unknown one or a wrong period."""
        require_libraries()
        from .insights.months import Months
        from .insights.registry import report_named
        from .insights.stored import StoredMaterial

        listed = report_named(report)
        months = Months.parse(first, last, now=self._now())
        return listed.report(StoredMaterial(self._store, self._name), months)

    def shown(self, report: str, first: str | None, last: str | None) -> Shown:
        """A report for a page: the one made before where it still holds, else made now and kept."""
        from .insights.months import Months

        months = Months.parse(first, last, now=self._now())
        before = self._store.made_report(self._name, report, months.first, months.last)
        if before is not None and before.made_at.date() == self._now().date():
            return Shown(before.content, before.made_at)
        content = self.report(report, months.first, months.last).as_json()
        now = self._now()
        self._store.keep_report(self._name, report, months.first, months.last, content, now=now)
        return Shown(content, now)

    def take(self, kind: str, content: bytes, said: Mapping[str, str], *, dry_run: bool) -> Imported:
        """Import a file. Raises Unsupported for what must not be measured, Misconfigured for a wrong file."""
        from .insights.importing import Importing

        return Importing(
            self._store,
            self._name,
            engine=self._engine(),
            digest=self._digest,
            find_contact=self._find_contact,
            now=self._now,
        ).take(kind, content, said=said, dry_run=dry_run)

    def choose(
        self,
        *,
        automated_from: date | None = None,
        onboarding_days: int | None = None,
        change: tuple[date, str] | None = None,
    ) -> Mapping[str, Any]:
        """Note what no data holds; what is None stays as it was. All that is noted then."""
        content = dict(self._store.report_choices(self._name))
        if automated_from is not None:
            content["automated_from"] = automated_from.isoformat()
        if onboarding_days is not None:
            content["onboarding_days"] = onboarding_days
        if change is not None:
            day, what = change
            if not what.strip() or len(what) > LONGEST_CHANGE:
                raise Misconfigured(f"Say what changed in at most {LONGEST_CHANGE} characters.")
            content["other_changes"] = sorted(
                [*content.get("other_changes", ()), [day.isoformat(), what.strip()]]
            )
        self._store.save_report_choices(self._name, content, now=self._now())
        return content


def require_libraries() -> None:
    """Raises Misconfigured saying how to install what reports need."""
    from importlib.util import find_spec

    if find_spec("scipy") is None or find_spec("statsmodels") is None:
        raise Misconfigured(EXTRA)
