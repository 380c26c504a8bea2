"""`notice`: what people are told about the scoring of an account."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from ..bootstrap import connector
from ..privacy.purpose import LANGUAGES


@click.command("notice")
@click.argument("name")
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def notice_command(name: str, language: str, as_json: bool) -> None:
    """Print the public notice, with short texts for automatic replies and for the team."""
    found = connector().notice(name, language)
    click.echo(json.dumps(asdict(found), ensure_ascii=False) if as_json else found.as_text())
