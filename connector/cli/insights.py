"""`insights` and `import`: reports, and the files they are made of."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ..bootstrap import Connector, connector
from ..errors import ConnectorError, Misconfigured
from ..opening import COMMAND_PATIENCE
from . import DONE, WRONG
from .words import counted

PROBLEMS_SHOWN = 20


@click.command("insights")
@click.argument("report", required=False)
@click.argument("name", required=False)
@click.option("--list", "is_listing", is_flag=True, help="Name the reports and the questions they answer.")
@click.option("--from", "first", metavar="MONTH", help="The first month, such as 2026-01.")
@click.option("--to", "last", metavar="MONTH", help="The last month; finished months only.")
@click.option(
    "--automated-from", type=click.DateTime(["%Y-%m-%d"]), help="Note the day machines began to answer."
)
@click.option(
    "--onboarding-days", type=click.IntRange(1, 365), help="Note how long a customer counts as new."
)
@click.option(
    "--changed", metavar="DATE=WHAT", help="Note what else changed, to be listed beside comparisons."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def insights_command(
    report: str | None, name: str | None, *, is_listing: bool, as_json: bool, **given: Any
) -> None:
    """Answer a question about one account: REPORT NAME, over whole months (the last twelve by default)."""
    if is_listing:
        _list_reports(as_json=as_json)
        return
    if not report or not name:
        raise Misconfigured(
            "Say which report and which account: insights REPORT NAME; --list names the reports."
        )
    app = connector()
    reporting = app.reporting(name)
    if reporting.waits_for():
        _ask_what_became(app, name)
    if given["automated_from"] or given["onboarding_days"] or given["changed"]:
        automated: datetime | None = given["automated_from"]
        reporting.choose(
            automated_from=automated.date() if automated else None,
            onboarding_days=given["onboarding_days"],
            change=_change(given["changed"]) if given["changed"] else None,
        )
    found = reporting.report(report, given["first"], given["last"])
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False))
        return
    from ..insights.words import as_text

    click.echo(as_text(found))


def _ask_what_became(app: Connector, name: str) -> None:
    installation, following_up = app.installation(name), app.following_up(name)
    if following_up.is_due(installation):
        with suppress(ConnectorError):  # the report says what it waits for
            following_up.ask(installation, patience=COMMAND_PATIENCE)


@click.command("import")
@click.argument("kind", required=False)
@click.argument("file", required=False)
@click.option("--list", "is_listing", is_flag=True, help="Name the kinds of files and their fields.")
@click.option("--into", "name", metavar="NAME", help="The account it belongs to.")
@click.option(
    "--map",
    "said",
    metavar="COLUMN=FIELD",
    multiple=True,
    help="Name a column's field; answers take FIELD:1-5.",
)
@click.option("--dry-run", is_flag=True, help="Read and check the file; keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_command(
    kind: str | None,
    file: str | None,
    *,
    is_listing: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Take in a file of surveys, reviews, posts and the like: all of it, or nothing and why."""
    if is_listing:
        _list_kinds(as_json=as_json)
        return DONE
    if kind:
        from ..insights.imports.kinds import kind_named

        kind_named(kind)  # what must not be measured is refused before anything is opened
    if not kind or not file or not given["name"]:
        raise Misconfigured(
            "Say what to import into which account: import KIND FILE --into NAME; --list names the kinds."
        )
    reporting = connector().reporting(given["name"])
    taken = reporting.take(kind, _read(file), _said(given["said"]), dry_run=given["dry_run"])
    read = taken.file
    if as_json:
        content = {
            "kind": kind,
            "rows": read.rows,
            "added": taken.added,
            "replaced": 0 if given["dry_run"] else len(read.facts) - taken.added,
            "columns": dict(read.matched),
            "ignored_columns": list(read.ignored),
            "problems": [
                {"line": each.line, "column": each.column, "problem": each.sentence} for each in read.problems
            ],
            "is_dry_run": given["dry_run"],
        }
        click.echo(json.dumps(content, ensure_ascii=False))
    else:
        for field, column in read.matched.items():
            click.echo(f"{field}: {column}")
        if read.ignored:
            click.echo(f"Not read: {', '.join(read.ignored)}.")
    if read.problems:
        for problem in read.problems[:PROBLEMS_SHOWN]:
            click.echo(str(problem), err=True)
        more = len(read.problems) - PROBLEMS_SHOWN
        click.echo(
            f"Nothing was imported.{f' There are {more} more problems.' if more > 0 else ''}", err=True
        )
        return WRONG
    if not as_json:
        done = "would be taken in" if given["dry_run"] else "taken in"
        click.echo(f"{counted(len(read.facts), 'row')} {done}.")
    return DONE


def _list_reports(*, as_json: bool) -> None:
    from ..insights.registry import REPORTS

    if as_json:
        rows = [
            {
                "name": each.name,
                "title": each.title,
                "question": each.question,
                "measures": list(each.measures),
            }
            for each in REPORTS
        ]
        click.echo(json.dumps(rows))
        return
    widest = max(len(each.name) for each in REPORTS)
    for each in REPORTS:
        click.echo(f"{each.name:<{widest}}  {each.question}")


def _list_kinds(*, as_json: bool) -> None:
    from ..insights.imports.kinds import KINDS, REFUSED

    if as_json:
        rows = [
            {
                "kind": kind.name,
                "meaning": kind.meaning,
                "fields": [{"name": each.name, "required": each.is_required} for each in kind.columns],
            }
            for kind in KINDS
        ]
        click.echo(json.dumps({"kinds": rows, "refused": REFUSED}))
        return
    for kind in KINDS:
        fields = ", ".join(f"{each.name}{'*' if each.is_required else ''}" for each in kind.columns)
        click.echo(f"{kind.name}: {kind.meaning}\n    {fields}")
    click.echo(f"Fields with * are required. Refused, each with its reason: {', '.join(REFUSED)}.")


def _read(file: str) -> bytes:
    try:
        return Path(file).read_bytes()
    except OSError:
        raise Misconfigured(
            f"The file {file} cannot be read; check its name and that you may read it."
        ) from None


def _said(pairs: tuple[str, ...]) -> dict[str, str]:
    said = {}
    for pair in pairs:
        header, mark, field = pair.rpartition("=")
        if not mark or not header or not field:
            raise Misconfigured(f'--map {pair} is not understood; write it like --map "COLUMN=FIELD".')
        said[header] = field
    return said


def _change(text: str) -> tuple[Any, str]:
    from datetime import date

    day, mark, what = text.partition("=")
    try:
        return date.fromisoformat(day), what if mark else ""
    except ValueError:
        raise Misconfigured(
            '--changed takes a day and what changed, such as "2026-03-02=New opening hours".'
        ) from None
