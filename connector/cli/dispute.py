"""`dispute`: contest a score, and decide what is contested."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from ..bootstrap import Connector, connector
from ..errors import Misconfigured
from ..store.disputes import OPEN, Dispute
from .words import as_time


@click.command("dispute")
@click.argument("name")
@click.argument("conversation_id", required=False)
@click.option("--by", metavar="WHO", help="Who you are.")
@click.option("--reason", metavar="TEXT", help="Why; - reads it from standard input. It is kept encrypted.")
@click.option("--decide", type=click.Choice(["upheld", "corrected"]), help="Close the open dispute.")
@click.option("--empathy", type=int, metavar="N", help="The corrected score, 0 to 100.")
@click.option("--list", "is_list", is_flag=True, help="List the disputes, without anybody's reasons.")
@click.option("--show", is_flag=True, help="Show the reasons to the person who decides; the look is logged.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def dispute_command(  # noqa: PLR0913 - one option for each thing a dispute needs
    name: str,
    *,
    conversation_id: str | None,
    by: str | None,
    reason: str | None,
    decide: str | None,
    empathy: int | None,
    is_list: bool,
    show: bool,
    as_json: bool,
) -> None:
    """Contest a score, or decide about one; until then it counts in no overview."""
    app = connector()
    if bool(is_list) + bool(show) + bool(decide) > 1:
        raise Misconfigured("Choose one of --list, --show and --decide.")
    if is_list:
        _list(app, name, conversation_id, as_json=as_json)
        return
    if conversation_id is None:
        raise Misconfigured("Name the conversation: empathy-connector dispute NAME CONVERSATION_ID.")
    if show:
        _show(app, name, conversation_id, by, as_json=as_json)
        return
    said = sys.stdin.read() if reason == "-" else reason
    disputing = app.disputing(name)
    if decide is None:
        if empathy is not None:
            raise Misconfigured("Only a decision sets a score; add --decide corrected.")
        found = disputing.contest(conversation_id, by=by, reason=said)
        told = f"The score of {conversation_id} is disputed, and counts in no overview until that is decided."
    else:
        found = disputing.decide(conversation_id, decide, empathy=empathy, by=by, reason=said)
        set_to = f"is now {found.empathy} ({found.band}); the next sync writes it"
        told = f"The score of {conversation_id} {'stays as it is' if found.empathy is None else set_to}."
    click.echo(json.dumps(_row(found)) if as_json else told)


def _list(app: Connector, name: str, conversation_id: str | None, *, as_json: bool) -> None:
    app.installation(name)
    rows = [_row(each) for each in app.store.disputes(name, conversation_id)]
    if as_json:
        click.echo(json.dumps(rows))
        return
    if not rows:
        click.echo("No score is disputed.")
    for row in rows:
        click.echo(in_words(row))


def _show(app: Connector, name: str, conversation_id: str, by: str | None, *, as_json: bool) -> None:
    if not by or not by.strip():
        raise Misconfigured("Say who looks at the reasons: --by NAME.")
    disputing = app.disputing(name)
    found = app.store.disputes(name, conversation_id)
    if not found:
        raise Misconfigured(f"Nobody disputes the score of conversation {conversation_id}.")
    app.store.note_access(
        name, role="decider", purpose="dispute", what="reasons", now=app.now(), count=len(found)
    )
    for each in found:
        words = disputing.words(each)
        row = {**_row(each), "reason": words.reason, "decision": words.decision}
        if as_json:
            click.echo(json.dumps(row))
            continue
        click.echo(in_words(row))
        click.echo(f"  why disputed: {words.reason or 'erased with the contact'}")
        if each.decided_at is not None:
            click.echo(f"  why decided so: {words.decision or 'erased with the contact'}")


def in_words(row: dict[str, Any]) -> str:
    """One dispute in a line."""
    begun = f"{row['conversation_id']}: {row['status']}, raised by {row['raised_by']} on {row['raised_at']}"
    if row["status"] == OPEN:
        return f"{begun}."
    score = "" if row["empathy"] is None else f", score {row['empathy']} ({row['band']})"
    since = "" if row["applies_to_latest_score"] else "; new messages have brought a new score since"
    return f"{begun}, decided by {row['decided_by']} on {row['decided_at']}{score}{since}."


def _row(found: Dispute) -> dict[str, Any]:
    return {
        "conversation_id": found.conversation_id,
        "dispute": found.id,
        "status": found.status,
        "raised_by": found.raised_by,
        "raised_at": as_time(found.raised_at),
        "decided_by": found.decided_by,
        "decided_at": as_time(found.decided_at),
        "empathy": found.empathy,
        "band": found.band,
        "applies_to_latest_score": found.is_latest,
    }
