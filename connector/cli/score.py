"""`score`: score lines of JSON; needs no database and no account."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import click

from ..errors import Misconfigured

if TYPE_CHECKING:
    from ..scoring.incoming import Source

_ALLOCATIONS: Final = 20_000
NO_ML: Final = (
    "The ml engine was left out: with the sentence encoders that come in packages, sentiment misses its bar "
    "as long as the rules hold, and a message takes many times as long. "
    "The figures are in docs/scoring.md under 'A sentence encoder'; leave out --engine."
)


@click.command("score")
@click.argument("file", default="-")
@click.option("--no-text", is_flag=True, help="Leave out the cleaned text.")
@click.option(
    "--engine", "engine_name", type=click.Choice(["default", "ml"]), default="default", show_default=True
)
def score_command(file: str, no_text: bool, engine_name: str) -> int:
    """Score messages or conversations, one JSON object a line, from FILE or standard input."""
    if engine_name == "ml":
        raise Misconfigured(NO_ML)
    if file == "-":
        return _score(cast("Source", sys.stdin.buffer), no_text=no_text)
    try:
        with Path(file).open("rb") as lines:
            return _score(lines, no_text=no_text)
    except OSError as error:
        raise Misconfigured(
            f"The file {file} cannot be read: {error.strerror or 'unknown reason'}."
        ) from None


def _score(source: Source, *, no_text: bool) -> int:
    from ..bootstrap import engine
    from ..scoring.incoming import read_lines
    from ..scoring.lines import score_lines

    out, err = sys.stdout, sys.stderr
    scored: list[str] = []

    def write(line: str) -> None:
        scored.append(line)
        scored.append("\n")

    def show() -> None:
        out.write("".join(scored))
        out.flush()
        scored.clear()

    def complain(line: str) -> None:
        err.write(line + "\n")

    for stream in (out, err):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    scorer = engine()
    # What is loaded stays, and a score leaves next to no cycles behind that would have to be looked for.
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS)
    lines = read_lines(source, before_waiting=show)
    try:
        return score_lines(lines, engine=scorer, no_text=no_text, write=write, complain=complain)
    finally:
        show()
