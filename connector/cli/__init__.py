"""The command line: one sentence for every error, and an exit code that says what to do next."""

from __future__ import annotations

import os
import sys
from importlib import import_module

import click

from .. import __version__
from ..errors import Busy, ConnectorError, Reauthorize, RetryLater
from ..process import harden

DONE, PARTLY, WRONG, LATER, AUTHORIZE = 0, 1, 2, 3, 4

COMMANDS = {
    "connect": "connect",
    "installations": "installations",
    "check": "installations",
    "disconnect": "installations",
    "fields": "fields",
    "sync": "sync",
    "score": "score",
    "show": "show",
    "policy": "policy",
    "purge": "policy",
    "rubric": "rubric",
    "opt-out": "opt_out",
    "rotate-key": "keys",
    "dispute": "dispute",
    "people": "people",
    "notice": "notice",
    "audit": "audit",
    "manifest": "manifest",
    "subject": "subject",
    "proof": "subject",
    "sign-in": "sign_in",
    "api-token": "api_token",
    "insights": "insights",
    "import": "insights",
    "templates": "templates",
    "doctor": "doctor",
    "migrate": "run",
    "serve": "run",
    "worker": "run",
    "up": "run",
}
"""Command -> the module of this package that holds it: a command loads no more than its own."""


class Commands(click.Group):
    """Loads a command's module when it is called."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command = getattr(import_module(f"{__name__}.{COMMANDS[name]}"), f"{name.replace('-', '_')}_command")
        return command if isinstance(command, click.Command) else None


@click.command(cls=Commands)
@click.version_option(__version__, prog_name="empathy-connector")
@click.option("--debug", is_flag=True, help="Show a traceback when something goes wrong.")
def cli(debug: bool) -> None:
    """Score the empathy of support replies and the feelings of customers, and say why."""


def exit_code(error: Exception) -> int:
    """The exit code that tells a program what to do about `error`."""
    if isinstance(error, Reauthorize):
        return AUTHORIZE
    if isinstance(error, RetryLater | Busy):
        return LATER
    return WRONG


def complain(sentence: str) -> None:
    """Say one sentence on stderr."""
    click.echo(sentence, err=True)


def show_traceback(error: BaseException) -> None:
    """Where it happened and what kind it is (`--debug`); messages of libraries may quote people's words."""
    from ..log import withheld

    click.echo(withheld(error), err=True, nl=False)


def main() -> None:
    """Run the command line and exit."""
    is_debugging = "--debug" in sys.argv[1:2]
    harden(is_brief="score" in sys.argv[1:3])
    try:
        code = cli(standalone_mode=False)
    except click.exceptions.Exit as leaving:
        code = leaving.exit_code
    except click.Abort:
        complain("Stopped.")
        code = 130
    except click.ClickException as error:
        error.show()
        code = WRONG
    except BrokenPipeError:
        # the reader went away; nothing more can be said on stdout, not even by the interpreter's own flush
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = DONE
    except ConnectorError as error:
        if is_debugging:
            show_traceback(error)
        complain(str(error))
        code = exit_code(error)
    except Exception as error:  # noqa: BLE001 - the last line of defence shows a sentence, not a traceback
        if is_debugging:
            show_traceback(error)
        complain(
            f"Something unexpected went wrong ({type(error).__name__}); run again with --debug to see where."
        )
        code = WRONG
    sys.exit(code if isinstance(code, int) else DONE)
