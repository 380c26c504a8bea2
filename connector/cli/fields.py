"""`fields`: create or adopt the custom fields in an account."""

from __future__ import annotations

import json

import click

from ..bootstrap import connector
from ..errors import ConnectorError
from ..opening import COMMAND_PATIENCE
from . import complain
from .words import COMMAND_LINE


@click.command("fields")
@click.argument("name")
@click.option("--all", "extended", is_flag=True, help="The extended fields too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def fields_command(name: str, extended: bool, as_json: bool) -> None:
    """Create or adopt the custom fields; doing so accepts the guidelines."""
    app = connector()
    installation = app.installation(name)
    ids = app.setting_up.create_fields(
        installation, extended=extended, by=COMMAND_LINE, patience=COMMAND_PATIENCE
    )
    try:
        is_told = app.ensure_hooks(name)
    except ConnectorError as error:  # the fields are there; without webhooks the periodic syncs find the same
        complain(f"The fields are there, but the account does not tell us of new messages: {error}")
        is_told = False
    if as_json:
        click.echo(json.dumps({"installation": name, "provider": installation.provider, "fields": ids}))
        return
    click.echo(f'"{name}" has the fields: {", ".join(ids) or "none needed"}.')
    if is_told:
        click.echo("The account tells us of new messages from now on.")
