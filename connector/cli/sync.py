"""`sync`: pull, score and write back, now."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from math import ceil
from typing import TYPE_CHECKING, Any

import click

from ..bootstrap import Connector, connector
from ..errors import ConnectorError, Misconfigured, RetryLater
from ..opening import COMMAND_PATIENCE
from ..running import Run
from . import AUTHORIZE, DONE, LATER, PARTLY, WRONG, complain, exit_code, show_traceback
from .words import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..model import Page
    from ..sync import Options
    from ..tally import Tally

Progress = Callable[["Tally", "Page"], None]


@click.command("sync")
@click.argument("names", nargs=-1)
@click.option("--full", is_flag=True, help="Read everything again.")
@click.option("--since", help="Only what changed from this date or time on (UTC); the cursor stays.")
@click.option("--dry-run", is_flag=True, help="Score, but change nothing anywhere.")
@click.option(
    "--outcomes", is_flag=True, help="Then ask what became of conversations, as the worker does once a day."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each account.")
def sync_command(
    names: tuple[str, ...], *, full: bool, since: str | None, dry_run: bool, outcomes: bool, as_json: bool
) -> int:
    """Pull what changed, score it, and write the scores back."""
    from ..sync import Options

    options = Options(full=full, since=parse_instant(since) if since else None, dry_run=dry_run)
    app = connector()
    chosen = [app.installation(name) for name in names] or app.store.installations()
    if not chosen:
        raise Misconfigured("Nothing is connected yet; empathy-connector connect --help says how.")
    if outcomes and dry_run:
        raise Misconfigured(
            "--outcomes keeps what it is told, and --dry-run keeps nothing; give one of them."
        )
    codes = [_sync_one(app, each.name, options, as_json=as_json, asks=outcomes) for each in chosen]
    return next((code for code in (AUTHORIZE, LATER, WRONG, PARTLY) if code in codes), DONE)


def parse_instant(text: str) -> datetime:
    """An ISO date or time as aware UTC. Raises Misconfigured."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Misconfigured(f'--since "{text}" is not a date or time such as 2026-11-01.') from None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def _sync_one(app: Connector, name: str, options: Options, *, as_json: bool, asks: bool) -> int:
    with _bar(name) as progress:
        run = app.sync(name, options, patience=COMMAND_PATIENCE, progress=progress)
    if asks and run.error is None:
        run = _asked_too(app, run)
    if as_json:
        click.echo(json.dumps(as_object(run, app.now())))
    else:
        click.echo(in_words(run, dry_run=options.dry_run))
    if run.is_waiting_for_fields and run.tally.writes.owed:
        complain(
            f"Scores wait to be written: run empathy-connector fields {name} to create the fields they go to."
        )
    if run.error is not None:
        if click.get_current_context().find_root().params.get("debug"):
            show_traceback(run.error)
        complain(f"{name}: {run.error}")
        return exit_code(run.error)
    return PARTLY if run.tally.parked or run.tally.writes.rejected else DONE


def _asked_too(app: Connector, run: Run) -> Run:
    """The run, with the requests for what became of conversations and the error that ended them."""
    name = run.installation.name
    try:
        asked = app.following_up(name).ask(app.installation(name), patience=COMMAND_PATIENCE)
    except ConnectorError as error:
        return replace(run, error=error)
    return replace(run, requests=run.requests + asked.requests)


def as_object(run: Run, now: datetime) -> dict[str, Any]:
    """What `sync --json` prints for one installation."""
    line: dict[str, Any] = {
        "installation": run.installation.name,
        "provider": run.installation.provider,
        **run.tally.as_json(),
        "requests": run.requests,
        "seconds": round(run.seconds, 3),
    }
    if isinstance(run.error, RetryLater):
        line["retry_after_seconds"] = max(0, ceil((run.error.not_before_at - now).total_seconds()))
    if run.error is not None:
        line["error"] = str(run.error)
    return line


def in_words(run: Run, *, dry_run: bool) -> str:
    """What `sync` prints for one installation."""
    tally, writes = run.tally, run.tally.writes
    parts = [
        f"{run.installation.name}: {counted(tally.seen, 'conversation')} seen",
        f"{tally.scored:,} scored",
        f"{tally.unchanged:,} unchanged",
    ]
    parts += [
        f"{number:,} {word}"
        for number, word in ((tally.skipped, "skipped"), (tally.parked, "parked"))
        if number
    ]
    words = ("written", "locked", "gone", "rejected", "owed")
    outcomes = [f"{getattr(writes, word):,} {word}" for word in words if getattr(writes, word)]
    tail = (
        "nothing was changed (dry run)" if dry_run else f"fields: {', '.join(outcomes) or 'nothing to write'}"
    )
    return f"{', '.join(parts)}; {tail}; {counted(run.requests, 'request')} in {run.seconds:.1f} s."


@contextmanager
def _bar(name: str) -> Iterator[Progress]:
    if not sys.stderr.isatty():
        yield lambda _tally, _page: None
        return
    with click.progressbar(length=1, label=name, file=sys.stderr, show_pos=True) as bar:

        def show(tally: Tally, page: Page) -> None:
            bar.length = max(page.total or 0, tally.seen, 1)
            bar.update(tally.seen - bar.pos)

        yield show
