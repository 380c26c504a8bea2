"""The report pages: what a report says, its charts and tables, and the same as CSV or JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from ..errors import Misconfigured
from ..insights.months import Months
from ..insights.registry import REPORTS, SAMPLE, Listed
from ..privacy.spreadsheet import Value, csv_text
from ..readiness import worker_lives
from ..reporting import Shown
from ..signing_in import UserRole
from .access import current_visitor, for_role, the_connector, the_queue
from .security import allow

reports = Blueprint("reports", __name__, url_prefix="/reports")

EXPORT_HEADER = ("part", "row", "figure", "value", "unit", "low", "high", "n", "note")
FORMATS = ("csv", "json")
LOOK_AGAIN_SECONDS = 5


@reports.get("/")
@for_role(UserRole.LEAD)
def every_report() -> str:
    """The reports, by the question each answers, for every account that the visitor may see."""
    visitor = current_visitor()
    names = [each.name for each in the_connector().store.installations() if visitor.may_see(each.name)]
    return render_template("reports.html", reports=REPORTS, names=names)


@reports.get("/<installation>/<report>")
@for_role(UserRole.LEAD)
def one_report(installation: str, report: str) -> str | Response:
    """One report over whole months; over a large account a page that waits until it is made."""
    listed = _listed(report)
    first, last = request.args.get("from") or None, request.args.get("to") or None
    problem = ""
    try:
        shown = _shown(installation, listed, first, last)
    except Misconfigured as wrong:
        problem = str(wrong)
        try:
            shown = _shown(installation, listed, None, None)
        except Misconfigured as missing:
            return render_template("error.html", sentence=str(missing))
    if shown is None:
        page = render_template(
            "report_being_made.html",
            report=listed,
            installation=installation,
            worker_lives=worker_lives(the_connector()),
        )
        return Response(page, 202, {"Refresh": str(LOOK_AGAIN_SECONDS)})
    allow(script_src="'self'", style_src="'self'")
    return render_template(
        "report.html",
        report=shown.content,
        made_at=shown.made_at,
        is_old=shown.is_old,
        installation=installation,
        name=listed.name,
        problem=problem,
        charts=[chart(each) for each in shown.content["series"]],
        may_export=_may_export(installation, shown),
    )


@reports.get("/<installation>/<report>/export.<form>")
@for_role(UserRole.LEAD)
def export(installation: str, report: str, form: str) -> Response | tuple[Response, int]:
    """The report's figures, without any text: `csv` for a spreadsheet, `json` for a program."""
    listed = _listed(report)
    if form not in FORMATS:
        abort(404)
    try:
        shown = _shown(installation, listed, request.args.get("from") or None, request.args.get("to") or None)
    except Misconfigured as wrong:
        return jsonify(detail=str(wrong)), 400
    if shown is None:
        answer = jsonify(detail="This report is being made; ask again in a little while.")
        answer.headers["Retry-After"] = str(LOOK_AGAIN_SECONDS)
        return answer, 202
    if not _may_export(installation, shown):
        return jsonify(
            detail=f"{shown.content['is_blocked']} Acknowledge it on the report's page first."
        ), 403
    if form == "json":
        return jsonify(shown.content)
    answer = Response(csv_text(EXPORT_HEADER, rows(shown.content)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{listed.name}.csv"'
    return answer


@reports.post("/<installation>/<report>/acknowledge")
@for_role(UserRole.ADMIN)
def acknowledge(installation: str, report: str) -> AnyResponse:
    """Note that somebody has read a report's warning, and lift what it blocked."""
    listed = _listed(report)
    the_connector().reporting(installation).acknowledge(listed.name, by=current_visitor().actor)
    return redirect(url_for("reports.one_report", installation=installation, report=listed.name), 303)


def chart(series: Mapping[str, Any]) -> dict[str, Any]:
    """A series as the chart script takes it: the labels of x, and y with its lower and upper line."""
    figures = [figure for _, figure in series["points"]]
    return {
        "title": series["title"],
        "kind": series["kind"],
        "x_label": series["x_label"],
        "unit": figures[0]["unit"] if figures else "",
        "labels": [label for label, _ in series["points"]],
        "values": [figure["value"] for figure in figures],
        "low": [figure["low"] for figure in figures],
        "high": [figure["high"] for figure in figures],
    }


def rows(content: Mapping[str, Any]) -> Iterator[tuple[Value, ...]]:
    """Every figure of a report in one line; on sample data a line that says so comes first."""
    if SAMPLE in content["summary"]:
        yield SAMPLE, *[None] * (len(EXPORT_HEADER) - 1)
    for each in content["figures"]:
        yield "Figures", "", *_figure(each)
    for table in content["tables"]:
        for name, cells in table["rows"]:
            for each in cells:
                yield table["title"], name, *_figure(each)
    for series in content["series"]:
        for label, each in series["points"]:
            yield series["title"], label, *_figure(each)


def rounded(value: float) -> str:
    """A figure with as many digits as are worth reading."""
    return f"{value:z.2f}" if abs(value) < 10 else f"{value:z,.1f}"


def _figure(figure: Mapping[str, Any]) -> tuple[Value, ...]:
    return tuple(figure[name] for name in ("label", "value", "unit", "low", "high", "n", "note"))


def _listed(report: str) -> Listed:
    found = next((each for each in REPORTS if each.name == report), None)
    if found is None:
        abort(404)
    return found


def _shown(installation: str, listed: Listed, first: str | None, last: str | None) -> Shown | None:
    app = the_connector()
    months = Months.parse(first, last, now=app.now())
    shown = app.reporting(installation).shown(listed.name, months.first, months.last)
    if shown is None or shown.is_old:
        the_queue().prepare_reports(installation, listed.name, months.first, months.last)
    return shown


def _may_export(installation: str, shown: Shown) -> bool:
    if not shown.content["is_blocked"]:
        return True
    return the_connector().reporting(installation).is_acknowledged(shown.content["name"])
