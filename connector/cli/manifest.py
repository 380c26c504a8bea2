"""`manifest`: build the app package of a marketplace."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import click

from ..packages import IDENTITIES, package_files, public_origin, write_package


@click.command("manifest")
@click.argument("provider", type=click.Choice(list(IDENTITIES)))
@click.option("--base-url", required=True, help="The public address of your server, https://HOST.")
@click.option("--out", required=True, help="The folder for the app; a zip of it is written beside it.")
@click.option("--support-email", help="Whom users write to.  [default: support@HOST]")
def manifest_command(provider: str, base_url: str, out: str, support_email: str | None) -> None:
    """Build the app package for a marketplace."""
    origin = public_origin(base_url)
    files = package_files(provider, origin=origin, support_email=support_email)
    archive = write_package(provider, files, Path(out))
    click.echo(f"Wrote {len(files)} files to {out}, and {archive}.")
    if support_email is None:
        host = urlsplit(origin).hostname
        click.echo(f"The app names support@{host} as its contact; --support-email names another.")
