"""The help of every command as one text, for the README (`make docs` writes it, a test checks it)."""

from __future__ import annotations

import os

import click

from connector.cli import COMMANDS, cli

WIDTH = 100


def command_help() -> str:
    """The help of the program and of each of its commands, as Markdown."""
    os.environ["COLUMNS"] = str(WIDTH)
    parts = [_help(cli, "empathy-connector")]
    context = click.Context(cli, info_name="empathy-connector")
    for name in COMMANDS:
        command = cli.get_command(context, name)
        if command is None:
            continue
        parts.append(_help(command, f"empathy-connector {name}"))
        if isinstance(command, click.Group):
            children = click.Context(command, info_name=f"empathy-connector {name}")
            for child in command.list_commands(children):
                found = command.get_command(children, child)
                if found is not None:
                    parts.append(_help(found, f"empathy-connector {name} {child}"))
    return "\n\n".join(parts)


def _help(command: click.Command, title: str) -> str:
    context = click.Context(command, info_name=title, max_content_width=WIDTH, terminal_width=WIDTH)
    text = command.get_help(context).rstrip()
    return f"```text\n{text}\n```"
