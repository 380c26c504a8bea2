"""`fields`: create or adopt the custom fields in an account."""

from __future__ import annotations

import json

import click

from ..bootstrap import COMMAND_PATIENCE, connector
from ..fields import fields_to_create


@click.command("fields")
@click.argument("name")
@click.option("--all", "extended", is_flag=True, help="The extended fields too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def fields_command(name: str, extended: bool, as_json: bool) -> None:
    """Create or adopt the custom fields; doing so accepts the guidelines."""
    app = connector()
    installation = app.installation(name)
    extended = extended or installation.is_extended
    opened = app.open(installation, patience=COMMAND_PATIENCE)
    ids = dict(opened.provider.ensure_fields(fields_to_create(extended=extended)))
    app.store.set_fields(name, ids, is_extended=extended, now=app.now())
    is_told = app.ensure_hooks(name)
    if as_json:
        click.echo(json.dumps({"installation": name, "provider": installation.provider, "fields": ids}))
        return
    click.echo(f'"{name}" has the fields: {", ".join(ids) or "none needed"}.')
    if is_told:
        click.echo("The account tells us of new messages from now on.")
