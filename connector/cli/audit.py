"""`audit`: what an account is used for and how, for a person to review."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from ..bootstrap import connector
from ..errors import Misconfigured
from ..privacy.audit import as_text, differences, read_document


@click.command("audit")
@click.argument("name")
@click.option("--compare", metavar="FILE", help="Show what changed since an audit that --json printed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def audit_command(name: str, *, compare: str | None, as_json: bool) -> None:
    """Audit one account: scopes, retention, reads, disputes, fairness, and questions for a person."""
    app = connector()
    found = app.auditing(name).document(app.now())
    if compare is None:
        click.echo(json.dumps(found, indent=1, ensure_ascii=False) if as_json else as_text(found))
        return
    changes = differences(read_document(_read(compare)), found["facts"])
    if as_json:
        click.echo(json.dumps({"sha256": found["sha256"], "differences": [asdict(each) for each in changes]}))
        return
    if not changes:
        click.echo("Nothing differs.")
    for each in changes:
        click.echo(f"{each.path}: {json.dumps(each.before)} -> {json.dumps(each.after)}")


def _read(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(f"The file {file} cannot be read as an audit.") from None
