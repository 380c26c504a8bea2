"""`opt-out`: tags, brands, queues, pipelines, channels and agents that are left out of scoring."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from ..bootstrap import connector
from ..errors import Misconfigured
from .words import COMMAND_LINE, as_time, counted, whoever

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..store.opt_outs import OptOut

KINDS = ("tag", "brand", "queue", "pipeline", "channel", "agent")


@click.command("opt-out")
@click.argument("name")
@click.option("--tag", multiple=True, help="Conversations with this tag.")
@click.option("--brand", multiple=True, metavar="ID", help="Conversations of this brand.")
@click.option("--queue", multiple=True, metavar="ID", help="Conversations of this queue (Zendesk: group).")
@click.option("--pipeline", multiple=True, metavar="ID", help="Conversations of this pipeline.")
@click.option("--channel", multiple=True, metavar="NAME", help="Conversations on this channel, such as chat.")
@click.option(
    "--agent", multiple=True, metavar="ID", help="Replies of this agent, by the platform's user id."
)
@click.option("--remove", is_flag=True, help="Score them again, from their next change on.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def opt_out_command(name: str, *, remove: bool, as_json: bool, **asked: Sequence[str]) -> None:
    """Show or change what is left out of scoring; what was scored of it is forgotten at once."""
    app = connector()
    list_ = app.opting_out(name)
    labels = list_.labels({kind: asked[kind] for kind in KINDS})
    if remove and not labels:
        raise Misconfigured("Say what to remove: --tag, --brand, --queue, --pipeline, --channel or --agent.")
    shown: dict[str, Any] = {"installation": name, "added": 0, "removed": 0, "forgotten": 0}
    if remove:
        shown["removed"] = len(list_.remove(labels).labels)
    elif labels:
        change = list_.add(labels, by=whoever())
        shown |= {"added": len(change.labels), "forgotten": change.forgotten}
    if shown["added"] or shown["removed"]:
        changed = {key: shown[key] for key in ("added", "removed", "forgotten")}
        app.erasing.proving.note(name, "opt-out change", actor=COMMAND_LINE, **changed)
    shown |= {"fields_to_clear": app.store.how_many_clearings(name), "left_out": as_rows(list_.entries())}
    click.echo(json.dumps(shown) if as_json else in_words(shown))


def as_rows(entries: Sequence[OptOut]) -> list[dict[str, Any]]:
    """The list for JSON; an agent is a keyed digest and stands there without it."""
    rows = []
    for entry in entries:
        kind, _, id_ = entry.label.partition(":")
        shown = None if kind == "agent" else id_
        rows.append({"kind": kind, "id": shown, "since": as_time(entry.added_at), "by": entry.added_by})
    return rows


def in_words(shown: dict[str, Any]) -> str:
    """The list, and what became of it, for people."""
    rows, lines = shown["left_out"], []
    if shown["forgotten"]:
        lines.append(
            f"{counted(shown['forgotten'], 'conversation')} forgotten; their fields there are blanked "
            f"by the next empathy-connector sync {shown['installation']}."
        )
    if shown["removed"]:
        lines.append("They are scored again from their next change on, or with sync --full.")
    lines += [f"  {row['kind']} {row['id']}" for row in rows if row["kind"] != "agent"]
    if agents := sum(row["kind"] == "agent" for row in rows):
        lines.append(f"  {counted(agents, 'agent')}, known by a keyed digest alone")
    return "\n".join(
        [f"{shown['installation']}: left out of scoring {'is' if rows else 'is nothing.'}", *lines]
    )
