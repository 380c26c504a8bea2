"""`templates`: workflow templates in an account, inactive until an admin switches them on."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from ..bootstrap import connector
from ..errors import Misconfigured, Unsupported
from ..opening import COMMAND_PATIENCE


@click.command("templates")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def templates_command(name: str, as_json: bool) -> None:
    """Make workflow templates in the account, inactive: read them there, then switch on what you want."""
    app = connector()
    provider = app.open(app.installation(name), patience=COMMAND_PATIENCE).provider
    try:
        made = provider.ensure_templates()
    except Unsupported as error:
        raise Misconfigured(f"{error} docs/workflows.md has the recipes.") from None
    if as_json:
        click.echo(json.dumps([asdict(each) for each in made]))
        return
    for each in made:
        state = (
            "made, inactive"
            if each.is_new
            else "there already, " + ("active" if each.is_active else "inactive")
        )
        click.echo(f"{each.kind} {each.title!r}: {state}")
