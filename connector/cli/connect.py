"""`connect`: call an account and remember it."""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import click

from ..bootstrap import connector, utc_now
from ..errors import Misconfigured, Unreachable, Unreadable
from ..model import Token

NAME = click.option("--name", required=True, help="What you call this account.")
API_ORIGIN = click.option(
    "--api-origin", help="Send every call to this origin instead (for tests and proxies)."
)
TOKEN_STDIN = click.option("--token-stdin", is_flag=True, help="Read the token from standard input.")
OAUTH = click.option("--oauth", is_flag=True, help="Print the address that installs it in the browser.")

MAX_TOKEN_BYTES = 65_536


@click.group("connect")
def connect_command() -> None:
    """Connect an account: the account is called first, and nothing is stored if that fails."""


@connect_command.command("local")
@NAME
@click.option("--path", required=True, help="A folder of conversations, one JSON object a line.")
def local(name: str, path: str) -> None:
    """Connect a folder of JSON Lines conversations."""
    folder = Path(path)
    if not folder.is_dir():
        raise Misconfigured(f"There is no folder {path}; make it, or name another with --path.")
    _connect(name, "local", {"path": str(folder.resolve())}, None)


@connect_command.command("zendesk")
@NAME
@click.option("--subdomain", required=True, help="The part before .zendesk.com.")
@API_ORIGIN
@TOKEN_STDIN
@OAUTH
def zendesk(name: str, subdomain: str, api_origin: str | None, token_stdin: bool, oauth: bool) -> None:
    """Connect a Zendesk account."""
    settings = {"subdomain": subdomain}
    _connect_platform(name, "zendesk", settings, api_origin, token_stdin=token_stdin, oauth=oauth)


@connect_command.command("hubspot")
@NAME
@API_ORIGIN
@TOKEN_STDIN
@OAUTH
def hubspot(name: str, api_origin: str | None, token_stdin: bool, oauth: bool) -> None:
    """Connect a HubSpot account."""
    _connect_platform(name, "hubspot", {}, api_origin, token_stdin=token_stdin, oauth=oauth)


def _connect_platform(
    name: str,
    provider: str,
    settings: dict[str, str],
    api_origin: str | None,
    *,
    token_stdin: bool,
    oauth: bool,
) -> None:
    if token_stdin == oauth:
        raise click.UsageError("Pass either --token-stdin or --oauth.")
    if api_origin is not None:
        settings["api_origin"] = checked_origin(api_origin)
    if oauth:
        _print_address(name, provider, settings)
        return
    _connect(name, provider, settings, read_token(sys.stdin.buffer.read(MAX_TOKEN_BYTES + 1)))


def _connect(name: str, provider: str, settings: dict[str, str], token: Token | None) -> None:
    require_name(name)
    try:
        account = connector().connect(name, provider, settings, token)
    except Unreachable as error:
        raise Misconfigured(str(error)) from None
    except Unreadable as error:
        raise Misconfigured(f"This address does not answer as {provider} does: {error}") from None
    click.echo(f'Connected "{name}" to {provider} account {account.name}.')
    if provider != "local":
        click.echo(f"Next: empathy-connector fields {name}, then empathy-connector sync {name}.")


def _print_address(name: str, provider: str, settings: dict[str, str]) -> None:
    require_name(name)
    app = connector()
    known = app.store.installation(name)
    if known is not None and known.provider != provider:
        raise Misconfigured(f'The name "{name}" belongs to a {known.provider} account; choose another name.')
    click.echo(app.installing.prepare(name, provider, settings))
    click.echo(
        "Open this address in a browser that is signed in to the server as an admin; "
        "empathy-connector sign-in makes a link for that.",
        err=True,
    )


def require_name(name: str) -> None:
    """Raise Misconfigured for a name that no account can have."""
    if not name.strip() or len(name) > 100 or not name.isprintable():
        raise Misconfigured("The name must be 1 to 100 printable characters.")


def checked_origin(text: str) -> str:
    """An origin as scheme, host and port. Raises Misconfigured when it is anything else."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise Misconfigured("--api-origin must be an origin such as https://host or http://127.0.0.1:8080.")
    if parts.username or parts.fragment:
        raise Misconfigured("--api-origin must hold neither a user name nor a fragment.")
    return f"{parts.scheme}://{parts.netloc}"


def read_token(raw: bytes) -> Token:
    """The token on standard input: one JSON object, or one bare token. Raises Misconfigured."""
    if len(raw) > MAX_TOKEN_BYTES:
        raise Misconfigured("What came on standard input is too long to be a token.")
    try:
        text = raw.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise Misconfigured("The token on standard input is not UTF-8 text.") from None
    if not text.startswith("{"):
        if not text or any(mark.isspace() or not mark.isprintable() for mark in text) or not text.isascii():
            raise Misconfigured("Standard input must hold one token, without spaces, or one JSON object.")
        return Token(access_token=text)
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise Misconfigured("The JSON on standard input cannot be read.") from None
    known = {key: given.get(key) for key in ("access_token", "refresh_token", "client_id", "client_secret")}
    if not known["access_token"] or not all(
        value is None or isinstance(value, str) for value in known.values()
    ):
        raise Misconfigured(
            'The JSON on standard input needs "access_token", and its values must be text '
            '("refresh_token", "client_id" and "client_secret" are optional).'
        )
    expires_in = given.get("expires_in")
    if expires_in is not None and (isinstance(expires_in, bool) or not isinstance(expires_in, int | float)):
        raise Misconfigured('"expires_in" on standard input must be a number of seconds.')
    lives = timedelta(seconds=min(max(float(expires_in), 0.0), 10.0**9)) if expires_in is not None else None
    return Token(**known, expires_at=utc_now() + lives if lives is not None else None)
