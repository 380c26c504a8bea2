"""`rotate-key`: exchange the master key, or an account's own."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ..bootstrap import connector
from ..errors import Misconfigured
from .words import COMMAND_LINE, counted


@click.command("rotate-key")
@click.option("--new-key-file", help="The file of the new master key; made with mode 600 if it is missing.")
@click.option(
    "--installation", "names", multiple=True, help="Give this account a new key of its own as well."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def rotate_key_command(new_key_file: str | None, names: tuple[str, ...], as_json: bool) -> None:
    """Exchange the master key for a new one; run it again if it was cut short."""
    if new_key_file is None and not names:
        raise click.UsageError("Pass --new-key-file FILE.")
    app = connector()
    for name in names:
        app.installation(name)
    shown = []
    for name in names:
        done = app.rotate_installation_key(name)
        app.erasing.proving.note(name, "key rotation", actor=COMMAND_LINE, rewrapped=done.rewrapped)
        shown.append({"installation": name, "rewrapped": done.rewrapped, "under_old_key": done.under_old_key})
        if not as_json:
            click.echo(
                f"{name}: {counted(done.rewrapped, 'contact key')} wrapped anew, "
                f"{done.under_old_key} rows under the old key."
            )
    if new_key_file is not None:
        file = Path(new_key_file)
        done = app.rotate_master_key(file)
        for each in app.store.installations():
            app.erasing.proving.note(each.name, "master key rotation", actor=COMMAND_LINE)
        shown.append({"installation": None, "rewrapped": done.rewrapped, "under_old_key": done.under_old_key})
        if not as_json:
            click.echo(
                f"Master key exchanged: {counted(done.rewrapped, 'account key')} wrapped anew, "
                f"{done.under_old_key} rows under the old key.\n"
                f"Now set CONNECTOR_MASTER_KEY_FILE={file}, restart what is running, and destroy the old key."
            )
    if as_json:
        click.echo(json.dumps({"rotated": shown}))
    if any(row["under_old_key"] for row in shown):
        raise Misconfigured("Some keys are still under the old one; run the command again.")
