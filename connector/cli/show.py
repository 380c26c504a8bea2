"""`show`: one conversation's scores and why; never its text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import click

from ..bootstrap import connector
from ..errors import Misconfigured
from ..store.disputes import CORRECTED, OPEN, UPHELD, Dispute
from .words import as_time

STORE_ONLY = ("role", "sent_at", "body_mac", "body_start", "body_end")
"""Kept with a message's score, or with a piece of evidence, for the pages; `score` does not print them."""


@click.command("show")
@click.argument("name")
@click.argument("conversation_id")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_command(name: str, conversation_id: str, as_json: bool) -> None:
    """Show what one conversation scored, and why."""
    app = connector()
    installation = app.installation(name)
    app.keys(name)  # without the master key the installation is locked, its scores included
    stored = app.store.conversation(name, conversation_id)
    if stored is None:
        raise Misconfigured(
            f'"{name}" has no scored conversation {conversation_id}; the id is the one the platform shows.'
        )
    shown = {
        **stored.scorecard,
        "messages": [_as_scored(message) for message in stored.messages],
        "installation": name,
        "provider": installation.provider,
        "conversation_id": conversation_id,
        "scored_at": as_time(stored.scored_at),
        "fields": dict(stored.fields),
        "write": {"status": stored.write_status, "at": as_time(stored.write_at)},
        "review": _review(app.store.disputes(name, conversation_id)),
    }
    click.echo(json.dumps(shown) if as_json else in_words(shown))


def in_words(shown: dict[str, Any]) -> str:
    """A scorecard for people: why first, then the numbers."""
    fields = shown["fields"]
    alarm = ", needs attention" if shown["needs_attention"] else ""
    lines = [
        shown["reason_text"],
        f"  empathy   {_value(shown['empathy'])} ({fields.get('empathy_band')})",
        f"  customer  {_value(shown['sentiment'])} ({fields.get('empathy_sentiment_band')}){alarm}",
        f"  written   {shown['write']['status']}{' ' + shown['write']['at'] if shown['write']['at'] else ''}",
    ]
    if shown["review"]:
        lines.append(f"  review    {shown['review']['reason_text']}")
    for message in shown["messages"]:
        number = message["empathy"] if message["empathy"] is not None else message["sentiment"]
        lines.append(f"  - {message['id']}: {_value(number)}. {message['reason_text']}")
        lines += [
            f"      {piece['points']:+g} {piece['rule']} (characters {piece['start']} to {piece['end']})"
            for piece in message["evidence"] or ()
        ]
    return "\n".join(lines)


def _as_scored(message: Mapping[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in message.items() if key not in STORE_ONLY}
    if shown["evidence"]:
        shown["evidence"] = [
            {key: value for key, value in piece.items() if key not in STORE_ONLY}
            for piece in shown["evidence"]
        ]
    return shown


def _review(disputes: Sequence[Dispute]) -> dict[str, Any] | None:
    """What people decided about this score, without names or their words; None where nobody contested it."""
    if not disputes:
        return None
    last = disputes[-1]
    said = {
        OPEN: "Disputed; it counts in no overview until a person decides.",
        UPHELD: "A person looked at it again and let it stand.",
        CORRECTED: f"A person set it to {last.empathy}.",
    }[last.status]
    if last.status != OPEN and not last.is_latest:
        said = "A person decided about an earlier score; new messages have brought this one."
    return {
        "status": last.status,
        "at": as_time(last.decided_at or last.raised_at),
        "empathy": last.empathy,
        "applies_to_latest_score": last.is_latest,
        "reason_text": said,
    }


def _value(number: float | None) -> str:
    return "-" if number is None else f"{number:g}"
