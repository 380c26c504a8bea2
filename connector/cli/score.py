"""`score`: score lines of JSON; needs no database and no account."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

import click

from ..errors import Misconfigured


@click.command("score")
@click.argument("file", default="-")
@click.option("--no-text", is_flag=True, help="Leave out the cleaned text.")
@click.option(
    "--engine", "engine_name", type=click.Choice(["default", "ml"]), default="default", show_default=True
)
def score_command(file: str, no_text: bool, engine_name: str) -> int:
    """Score messages or conversations, one JSON object a line, from FILE or standard input."""
    if engine_name == "ml":
        raise Misconfigured("The ml engine is not part of this version; leave out --engine.")
    if file == "-":
        return _score(sys.stdin.buffer, no_text=no_text)
    try:
        with Path(file).open("rb") as lines:
            return _score(lines, no_text=no_text)
    except OSError as error:
        raise Misconfigured(
            f"The file {file} cannot be read: {error.strerror or 'unknown reason'}."
        ) from None


def _score(source: BinaryIO, *, no_text: bool) -> int:
    from ..bootstrap import engine
    from ..scoring.incoming import read_lines
    from ..scoring.lines import score_lines

    out, err = sys.stdout, sys.stderr

    def write(line: str) -> None:
        out.write(line + "\n")
        out.flush()

    def complain(line: str) -> None:
        err.write(line + "\n")

    for stream in (out, err):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")
    return score_lines(read_lines(source), engine=engine(), no_text=no_text, write=write, complain=complain)
