"""`people`: whether figures about single people on the team may be shown."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from ..bootstrap import Connector, connector
from ..errors import Misconfigured
from ..privacy.person_level import Statement
from ..store.person_levels import PersonLevel
from .words import COMMAND_LINE, as_time


@click.command("people")
@click.argument("name")
@click.option("--enable", is_flag=True, help="Allow them for twelve months; needs everything below.")
@click.option("--disable", is_flag=True, help="Stop allowing them, at once.")
@click.option(
    "--show", is_flag=True, help="Say whether they are allowed, and under which record (the default)."
)
@click.option("--role", help="Your role; only the owner may enable them.")
@click.option("--by", metavar="NAME", help="Who you are.")
@click.option("--purpose", help="coaching or quality_sampling.")
@click.option("--notice-confirmed", is_flag=True, help="The people concerned have been told.")
@click.option("--works-council", metavar="REFERENCE", help="The agreement with the works council.")
@click.option("--works-council-date", type=click.DateTime(["%Y-%m-%d"]), help="When it was made.")
@click.option("--no-works-council", metavar="REASON", help="Why no such agreement is required.")
@click.option("--dpia", metavar="REFERENCE", help="Where the data protection impact assessment is.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def people_command(
    name: str, *, enable: bool, disable: bool, show: bool, as_json: bool, **given: Any
) -> None:
    """Allow, stop or show figures about single people on the team; they are off by default."""
    if enable + disable + show > 1:
        raise Misconfigured("Choose one of --enable, --disable and --show.")
    app = connector()
    app.installation(name)
    if enable:
        app.people.enable(name, _statement(given))
        app.erasing.proving.note(name, "figures about people allowed", actor=COMMAND_LINE)
    elif disable:
        app.people.disable(name, by=given["by"])
        app.erasing.proving.note(name, "figures about people stopped", actor=COMMAND_LINE)
    shown = _shown(app, name)
    click.echo(json.dumps(shown) if as_json else in_words(shown))


def in_words(shown: dict[str, Any]) -> str:
    """The state of the gate, for people."""
    record = shown["record"]
    if shown["eu_strict"]:
        return "Figures about single people are off in every account: CONNECTOR_EU_STRICT is set."
    if record is None:
        return "Figures about single people are off."
    return (
        f"Figures about single people may be shown for {record['purpose'].replace('_', ' ')} until "
        f"{record['expires_at']}, as {record['accepted_by']} decided on {record['accepted_at']}."
    )


def _statement(given: dict[str, Any]) -> Statement:
    agreed: datetime | None = given["works_council_date"]
    return Statement(
        role=given["role"],
        by=given["by"],
        purpose=given["purpose"],
        is_notice_confirmed=given["notice_confirmed"],
        works_council=given["works_council"],
        works_council_on=agreed.date() if agreed else None,
        works_council_not_required=given["no_works_council"],
        dpia=given["dpia"],
    )


def _shown(app: Connector, name: str) -> dict[str, Any]:
    record = app.people.in_force(name, app.now())
    return {
        "installation": name,
        "may_show_people": record is not None,
        "eu_strict": app.people.is_eu_strict,
        "record": None if record is None else _row(record),
        "history": [_row(each) for each in app.people.records(name)],
    }


def _row(record: PersonLevel) -> dict[str, Any]:
    return {
        "version": record.version,
        **record.content,
        "accepted_by": record.accepted_by,
        "accepted_at": as_time(record.accepted_at),
        "expires_at": as_time(record.expires_at),
        "ended_at": as_time(record.ended_at),
        "ended_by": record.ended_by,
    }
