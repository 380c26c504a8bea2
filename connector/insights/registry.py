"""Every report by its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from types import ModuleType

from ..errors import Misconfigured
from . import (
    automation_impact,
    brand_and_reviews,
    churn_by_empathy,
    content_engagement,
    culture_and_ethics,
    intensity_and_engagement,
    journey,
    onboarding,
    perceived_empathy,
    recovery_and_advocacy,
    sales_helpfulness,
    team_climate,
)
from .material import Material
from .months import Months
from .origins import together
from .report import Report

SAMPLE = "Sample data, invented for this demo: no customer, employee or review behind these figures is real."


@dataclass(frozen=True, slots=True)
class Listed:
    """One report that can be asked for."""

    name: str
    title: str
    question: str
    measures: tuple[str, ...]
    """The identifiers of the measures it answers."""
    report: Callable[[Material, Months], Report]

    @classmethod
    def of(cls, module: ModuleType) -> Listed:
        """What a report's module says of itself."""
        report = partial(_with_origins, module.report)
        return cls(module.NAME, module.TITLE, module.QUESTION, module.MEASURES, report)

    def made(self, material: Material, months: Months) -> Report:
        """The report, which says so where it stands on sample data."""
        report = self.report(material, months)
        return replace(report, summary=(*report.summary, SAMPLE)) if material.choices.is_sample else report


def _with_origins(make: Callable[[Material, Months], Report], material: Material, months: Months) -> Report:
    """The report, with where its figures come from and what the account does not give."""
    report = make(material, months)
    told = material.origins(report.name)
    return replace(report, sources=told.sources, missing=together(report.missing, told.missing))


REPORTS = tuple(
    Listed.of(module)
    for module in (
        onboarding,
        perceived_empathy,
        intensity_and_engagement,
        journey,
        churn_by_empathy,
        automation_impact,
        sales_helpfulness,
        brand_and_reviews,
        content_engagement,
        team_climate,
        recovery_and_advocacy,
        culture_and_ethics,
    )
)


def report_named(name: str) -> Listed:
    """The report of that name. Raises Misconfigured naming those there are."""
    for each in REPORTS:
        if each.name == name:
            return each
    names = ", ".join(each.name for each in REPORTS)
    raise Misconfigured(f'There is no report "{name}"; choose one of: {names}.')
