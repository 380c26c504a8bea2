"""`installations`, `check`, `disconnect`: what is connected."""

from __future__ import annotations

import json
from typing import Any

import click

from .. import headway
from ..bootstrap import Connector, connector
from ..model import Installation
from ..opening import COMMAND_PATIENCE
from ..store import Headway
from .words import COMMAND_LINE, as_time


@click.command("installations")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def installations_command(as_json: bool) -> None:
    """List the connected accounts."""
    app = connector()
    installations = app.store.installations()
    headways = {each.name: app.store.headway(each.name) for each in installations}
    rows = [_row(app, each, headways[each.name]) for each in installations]
    if as_json:
        click.echo(json.dumps(rows))
        return
    if not rows:
        click.echo("Nothing is connected yet; empathy-connector connect --help says how.")
    for row in rows:
        state = f"{row['conversations']} conversations"
        if reading := headways[row["name"]]:
            state = headway.in_words(reading, app.now())
        if row["needs_authorization"]:
            state = "needs authorization again"
        click.echo(
            f"{row['name']}: {row['provider']} account {row['account_name']}, {state}, "
            f"synced through {row['synced_through_at'] or 'never'}"
        )


@click.command("check")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check_command(name: str, as_json: bool) -> None:
    """Call an account and say who answers."""
    app = connector()
    installation = app.installation(name)
    account = app.open(installation, patience=COMMAND_PATIENCE).provider.check()
    app.store.set_needs_authorization(name, False)
    if as_json:
        answer = {"id": account.id, "name": account.name}
        click.echo(
            json.dumps(
                {"installation": name, "provider": installation.provider, "ok": True, "account": answer}
            )
        )
    else:
        click.echo(f'"{name}" answers: {installation.provider} account {account.name}.')


@click.command("disconnect")
@click.argument("name")
def disconnect_command(name: str) -> None:
    """Revoke our token and forget an account with all its scores."""
    app = connector()
    installation = app.installation(name)
    app.disconnect(installation, actor=COMMAND_LINE)
    click.echo(
        f'Disconnected "{name}", destroyed its keys and deleted everything kept about it here. '
        f"Fields in the account stay; empathy-connector proof verify {name} shows the proof."
    )


def _row(app: Connector, installation: Installation, reading: Headway | None) -> dict[str, Any]:
    counts = app.store.counts(installation.name)
    return {
        "name": installation.name,
        "provider": installation.provider,
        "account_id": installation.account_id,
        "account_name": installation.account_name,
        "connected_at": as_time(installation.connected_at),
        "has_fields": installation.field_ids is not None or installation.provider == "local",
        "needs_authorization": installation.needs_authorization,
        "not_before_at": as_time(installation.not_before_at),
        "last_sync_at": as_time(installation.last_sync_at),
        "synced_through_at": as_time(installation.synced_through_at),
        "conversations": counts.conversations,
        "owed": counts.owed,
        "parked": counts.parked,
        "reading": _reading(reading),
    }


def _reading(reading: Headway | None) -> dict[str, Any] | None:
    """How far a reading of everything has come; None where none is going on."""
    if reading is None:
        return None
    share, left = headway.share_of(reading), headway.remaining(reading)
    return {
        "seen": reading.seen,
        "share": None if share is None else round(share, 4),
        "remaining_seconds": None if left is None else round(left.total_seconds()),
        "noted_at": as_time(reading.noted_at),
    }
