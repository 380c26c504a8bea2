"""A report as plain text, for a terminal or a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .report import Figure, Report

_PLATFORMS = {"zendesk": "Zendesk", "hubspot": "HubSpot", "local": "the folder"}


def platform_name(provider: str) -> str:
    """A provider as people call it."""
    return _PLATFORMS.get(provider, provider)


def as_text(report: Report) -> str:
    """What it says first, then what it counted, then how that can mislead."""
    return "\n".join(_lines(report))


def shown(figure: Figure) -> str:
    """A figure with its interval and the rows it stands on; the reason where it is not given."""
    if figure.value is None:
        return f"- ({figure.note})" if figure.note else "-"
    unit = f" {figure.unit}" if figure.unit else ""
    digits = 2 if abs(figure.value) < 10 else 1
    number = f"{figure.value:z.{digits}f}{unit}"
    if figure.low is not None and figure.high is not None:
        number += f" ({figure.low:z.{digits}f} to {figure.high:z.{digits}f})"
    return f"{number}, n = {figure.n:,}"


def _lines(report: Report) -> Iterator[str]:
    yield f"{report.title}, {report.period.first} to {report.period.last}"
    yield report.question
    yield ""
    yield from report.summary
    if report.is_blocked:
        yield f"Attention: {report.is_blocked}"
    yield from _section("", ((each.label, shown(each)) for each in report.figures))
    for table in report.tables:
        if len(table.columns) == 2:
            yield from _section(table.title, ((name, shown(cells[0])) for name, cells in table.rows))
            continue
        rows = (
            (f"{name}, {cell.label.lower()}", shown(cell)) for name, cells in table.rows for cell in cells
        )
        yield from _section(table.title, rows)
    for series in report.series:
        rows = ((name, shown(figure)) for name, figure in series.points if figure.value is not None)
        yield from _section(series.title, rows)
    for title, sentences in (
        ("How this can mislead", report.cautions),
        ("What is missing", report.missing),
        ("Where figures come from", report.sources),
    ):
        if sentences:
            yield from ("", title, *(f"  {each}" for each in sentences))


def _section(title: str, rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    held = list(rows)
    if not held:
        return
    yield ""
    if title:
        yield title
    widest = min(60, max(len(name) for name, _ in held))
    yield from (f"  {name:<{widest}}  {value}" for name, value in held)
