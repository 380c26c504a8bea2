"""Reports and imports of one installation, put together from store, engine and keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from .errors import Misconfigured
from .store import Store
from .store.looks import OUTCOMES

if TYPE_CHECKING:
    from .insights.importing import Imported
    from .insights.report import Report
    from .insights.stored import StoredMaterial
    from .scoring.engine import Engine

EXTRA = (
    "Reports need two more libraries; install them with: pip install 'empathy-connector[insights]' "
    "(from a checkout: .venv/bin/pip install -e '.[insights]')."
)
LONGEST_CHANGE = 120
ACKNOWLEDGED_FOR = timedelta(days=90)
GOOD_FOR = timedelta(hours=36)
"""The worker makes reports anew every day."""


AT_ONCE = 3000
"""Over so many conversations, and rows of other kinds, a page makes a report itself; over more a job does."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A report as JSON, and when it was made."""

    content: Mapping[str, Any]
    made_at: datetime
    is_old: bool = False
    """It is to be made anew."""


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

        listed = report_named(report)
        months = Months.parse(first, last, now=self._now())
        self._require_read()
        self.settle()
        return listed.made(self._material(), months)

    def settle(self) -> int:
        """Settle the months that ended, and follow the late changes that may be followed; how many months
        of a kind changed. Nothing settles before the account was read once."""
        from .insights.settling import Settling

        if not self._is_read():
            return 0
        changed = Settling(self._store, self._name, self._now).settle()
        if changed:
            self._store.forget_reports(self._name)
        return changed

    def settle_a_little(self) -> None:
        """Settle where that takes no time; a large account is left to the daily job."""
        if not self._store.holds_more_than(self._name, AT_ONCE):
            self.settle()

    def _is_read(self) -> bool:
        return not self.waits_for()

    def _require_read(self) -> None:
        if waits_for := self.waits_for():
            raise Misconfigured(waits_for)

    def waits_for(self) -> str:
        """What must come before a month can settle; a sentence, or nothing."""
        installation = self._store.installation(self._name)
        if installation is None or self._store.first_felt_at(self._name) is None:
            return ""
        if installation.last_sync_at is None:
            return f"{self._name} is being read for the first time; its reports begin when that is done."
        if installation.synced_through_at and self._store.last_look(self._name, OUTCOMES) is None:
            return (
                f"{self._name} has not been asked yet what became of its conversations, and reports begin "
                f"after that: the worker asks within a day, empathy-connector sync {self._name} --outcomes "
                "at once."
            )
        return ""

    def _material(self) -> StoredMaterial:
        from .insights.settling import Given
        from .insights.stored import StoredMaterial

        return StoredMaterial(self._store, self._name, Given(self._store, self._name))

    def shown(self, report: str, first: str | None, last: str | None) -> Shown | None:
        """A report for a page: made lately, or made now of little; None where `prepare` must come first.

        Over a large account an old one is shown until it is made anew. A page settles nothing.
        """
        from .insights.months import Months
        from .insights.registry import report_named

        months = Months.parse(first, last, now=self._now())
        before = self._store.made_report(self._name, report, months.first, months.last)
        if before is not None and self._now() - before.made_at < GOOD_FOR:
            return Shown(before.content, before.made_at)
        require_libraries()
        self._require_read()
        is_settled = (self._store.settled_through(self._name) or "") >= months.last
        if is_settled and not self._store.holds_more_than(self._name, AT_ONCE):
            made = report_named(report).made(self._material(), months)
            return Shown(made.as_json(), self._now())
        return Shown(before.content, before.made_at, is_old=True) if before is not None else None

    def prepare(self, first: str | None = None, last: str | None = None, *, begin_with: str = "") -> int:
        """Make and keep every report over some months (else the last twelve) for the pages; how many."""
        require_libraries()
        from .insights.months import Months
        from .insights.registry import REPORTS

        months = Months.parse(first, last, now=self._now())
        self._require_read()
        self.settle()
        material = self._material()
        for listed in sorted(REPORTS, key=lambda each: each.name != begin_with):
            content = listed.made(material, months).as_json()
            self._store.keep_report(
                self._name, listed.name, months.first, months.last, content, now=self._now()
            )
        return len(REPORTS)

    def prepare_when_needed(self, report: str, first: str | None, last: str | None) -> None:
        """Make the reports over some months, unless another job has made them meanwhile."""
        shown = self.shown(report, first, last)
        if shown is None or shown.is_old:
            self.prepare(first, last, begin_with=report)

    def acknowledge(self, report: str, *, by: str) -> None:
        """Note that somebody has read a report's warning."""
        content = dict(self._store.report_choices(self._name))
        read = {"by": by, "at": self._now().isoformat()}
        content["acknowledged"] = {**content.get("acknowledged", {}), report: read}
        self._store.save_report_choices(self._name, content, now=self._now())

    def is_acknowledged(self, report: str) -> bool:
        """Whether somebody has read the report's warning, in the last 90 days."""
        read = self._store.report_choices(self._name).get("acknowledged", {}).get(report)
        return bool(read) and self._now() - datetime.fromisoformat(read["at"]) < ACKNOWLEDGED_FOR

    def take(self, kind: str, content: bytes, said: Mapping[str, str], *, dry_run: bool) -> Imported:
        """Import a file. Raises Unsupported for what must not be measured, Misconfigured for a wrong file."""
        from .insights.importing import Importing

        taken = Importing(
            self._store,
            self._name,
            engine=self._engine(),
            digest=self._digest,
            find_contact=self._find_contact,
            now=self._now,
        ).take(kind, content, said=said, dry_run=dry_run)
        if taken.added or not (dry_run or taken.file.problems):
            self.settle()
        return taken

    def choose(
        self,
        *,
        automated_from: date | None = None,
        onboarding_days: int | None = None,
        change: tuple[date, str] | None = None,
        is_sample: bool = False,
    ) -> Mapping[str, Any]:
        """Note what no data holds; what is None stays as it was. All that is noted then."""
        content = dict(self._store.report_choices(self._name))
        if automated_from is not None:
            content["automated_from"] = automated_from.isoformat()
        if onboarding_days is not None:
            content["onboarding_days"] = onboarding_days
        if is_sample:
            content["is_sample"] = True
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
