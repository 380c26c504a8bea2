"""`api-token`: tokens with which programs use the API of one account."""

from __future__ import annotations

import json

import click

from ..api_tokens import MOST_DAYS, ROLES, USUAL_DAYS
from ..bootstrap import connector
from ..errors import Misconfigured
from .words import COMMAND_LINE, as_time


@click.command("api-token")
@click.argument("name")
@click.option(
    "--role", type=click.Choice([role.word for role in ROLES]), help="What it may do; makes a token."
)
@click.option("--label", default="a program", show_default=True, help="What it is for.")
@click.option(
    "--days", default=USUAL_DAYS, show_default=True, help=f"How long it lives, at most {MOST_DAYS}."
)
@click.option("--revoke", metavar="ID", help="End the token of this id.")
@click.option("--list", "is_list", is_flag=True, help="List the tokens (the default).")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def api_token_command(
    name: str,
    *,
    role: str | None,
    label: str,
    days: int,
    revoke: str | None,
    is_list: bool,
    as_json: bool,
) -> None:
    """Make, list or revoke tokens for the API of one account; a token is shown once."""
    app = connector()
    app.installation(name)
    if bool(role) + bool(revoke) + is_list > 1:
        raise Misconfigured("Choose one of --role, --revoke and --list.")
    if role:
        token, added = app.api_tokens.create(name, role=role, label=label, days=days, by=COMMAND_LINE)
        app.erasing.proving.note(name, "token made", actor=COMMAND_LINE, token=added.id)
        if as_json:
            click.echo(json.dumps({"id": added.id, "token": token, "expires_at": as_time(added.expires_at)}))
        else:
            click.echo(token)
            click.echo(
                f"Token {added.id} until {as_time(added.expires_at)}; keep it, it is not shown again.",
                err=True,
            )
    elif revoke:
        if not app.api_tokens.revoke(name, revoke):
            raise Misconfigured(
                f'"{name}" has no token {revoke}; empathy-connector api-token {name} lists them.'
            )
        app.erasing.proving.note(name, "token revoked", actor=COMMAND_LINE, token=revoke)
        click.echo(json.dumps({"id": revoke, "revoked": True}) if as_json else f"Token {revoke} is revoked.")
    else:
        rows = [
            {
                "id": each.id,
                "role": each.role,
                "label": each.label,
                "expires_at": as_time(each.expires_at),
                "last_used_at": as_time(each.last_used_at),
            }
            for each in app.store.api_tokens(name)
        ]
        if as_json:
            click.echo(json.dumps(rows))
        for row in [] if as_json else rows:
            used = f"last used {row['last_used_at']}" if row["last_used_at"] else "never used"
            click.echo("{id}  {role:5}  until {expires_at}  {used}  {label}".format(**row, used=used))
        if not rows and not as_json:
            click.echo("There is no token.")
