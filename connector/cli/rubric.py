"""`rubric`: what the empathy score weighs, and where its bands lie, for one account."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..bootstrap import connector
from ..errors import Misconfigured
from .words import COMMAND_LINE, as_time, whoever

if TYPE_CHECKING:
    from ..rubrics import Moved
    from ..scoring.rubric import Rubric

LARGEST_FILE = 100_000
PRESET = click.option("--preset", metavar="NAME", help="Take the weights of this preset of the file.")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("rubric")
def rubric_command() -> None:
    """Show, check or change what the score weighs, and where its bands lie."""


@rubric_command.command("show")
@click.argument("name", required=False)
@AS_JSON
def show(name: str | None, as_json: bool) -> None:
    """Print the rubric of account NAME as a file to edit; without NAME, the one of the product."""
    from ..scoring.rubric import default_rubric, rubric_text

    if name is None:
        text = rubric_text()
        click.echo(json.dumps(as_object(default_rubric())) if as_json else text, nl=as_json)
        return
    rubrics = connector().rubrics(name)
    rubric, change = rubrics.in_force(), rubrics.last_change()
    if as_json:
        who = {"changed_by": change.changed_by, "changed_at": as_time(change.changed_at)} if change else {}
        click.echo(json.dumps({"installation": name, **as_object(rubric), **who}))
        return
    is_own = change is not None and change.content is not None
    click.echo(rubric.as_toml() if is_own else rubric_text(), nl=False)
    if change is not None:
        click.echo(f"Put in force by {change.changed_by}, {as_time(change.changed_at)}.", err=True)


@rubric_command.command("check")
@click.argument("file")
@PRESET
@AS_JSON
def check(file: str, preset: str | None, as_json: bool) -> None:
    """Say whether FILE is a rubric; nothing is changed."""
    rubric = read(file, preset)
    click.echo(json.dumps(as_object(rubric)) if as_json else in_words(rubric))


@rubric_command.command("set")
@click.argument("file", required=False)
@click.option("--into", "name", metavar="NAME", help="The account it is for.")
@PRESET
@click.option("--usual", "is_usual", is_flag=True, help="Go back to the rubric that comes with the product.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@AS_JSON
def set_(
    file: str | None,
    *,
    name: str | None,
    preset: str | None,
    is_usual: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Put the rubric of FILE in force for an account; scores that are there stay as they were made."""
    from ..scoring.rubric import default_rubric

    if name is None or bool(file) == is_usual or (is_usual and preset):
        raise Misconfigured("Say which rubric for which account: rubric set FILE --into NAME, or --usual.")
    rubrics = connector().rubrics(name)
    rubric = default_rubric() if file is None else read(file, preset)
    rubrics.require_own_version(rubric)
    moved = rubrics.moved(rubric)
    is_changed = False
    if not dry_run:
        is_changed = rubrics.change(None if is_usual else rubric, by=whoever(), actor=COMMAND_LINE)
    if as_json:
        bands = {"bands_now": dict(moved.now), "bands_then": dict(moved.then)}
        shown = {"installation": name, "changed": is_changed, "dry_run": dry_run}
        click.echo(json.dumps({**shown, **as_object(rubric), **bands}))
        return
    click.echo(in_words(rubric))
    click.echo(in_words_moved(moved))
    if dry_run:
        click.echo("Nothing was changed (dry run).")
    elif is_changed:
        click.echo(
            f"It is in force for {name}: a conversation is scored by it when it next changes, "
            f"and all of them with empathy-connector sync {name} --full."
        )
    else:
        click.echo("It was in force already.")


def read(file: str, preset: str | None) -> Rubric:
    """The rubric of a file. Raises Misconfigured, naming what is wrong and where."""
    from ..scoring.rubric import Rubric

    try:
        raw = Path(file).read_bytes()
        if len(raw) > LARGEST_FILE:
            raise Misconfigured(f"The file {file} is too long to be a rubric.")
        return Rubric.load(raw.decode("utf-8"), preset=preset)
    except OSError as error:
        raise Misconfigured(
            f"The file {file} cannot be read: {error.strerror or 'unknown reason'}."
        ) from None
    except UnicodeDecodeError:
        raise Misconfigured(
            f"The file {file} is not text in UTF-8; empathy-connector rubric show prints one."
        ) from None


def as_object(rubric: Rubric) -> dict[str, Any]:
    """A rubric for JSON."""
    from ..scoring.engine import Engine

    return {
        "version": rubric.version,
        "preset": rubric.preset,
        "ruleset": Engine(rubric).ruleset,
        "weights": dict(rubric.weights),
        "dismissive": rubric.dismissive,
        "fair_from": rubric.fair,
        "high_from": rubric.high,
        "scale": {"points": rubric.middle[0], "score": rubric.middle[1]},
        "factors": dict(rubric.factors),
        "attention_from": rubric.attention,
    }


def in_words(rubric: Rubric) -> str:
    """A rubric for people."""
    weights = ", ".join(f"{name} {weight:g}" for name, weight in rubric.weights.items())
    return (
        f"Version {rubric.version} ({rubric.preset}): {weights}; "
        f"dismissive words cost {rubric.dismissive:g}.\n"
        f"Low below {rubric.fair}, fair from {rubric.fair}, high from {rubric.high}; "
        f"a customer needs attention from a frustration of {rubric.attention:g}."
    )


def in_words_moved(moved: Moved) -> str:
    """What the thresholds would make of the scores there are, for people."""
    if not moved.scored:
        return "Nothing is scored yet, so there is nothing to compare."
    parts = ", ".join(f"{then:,} {band} (now {moved.now[band]:,})" for band, then in moved.then.items())
    return f"By its thresholds alone, the scores there are would be {parts}."
