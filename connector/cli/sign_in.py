"""`sign-in`: a link that signs somebody in to the web pages, once."""

from __future__ import annotations

import click

from ..bootstrap import Connector, connector
from ..signing_in import LINK_LIVES, UserRole, Visitor

ROLES = [role.word for role in reversed(UserRole) if role]


@click.command("sign-in")
@click.option(
    "--role", type=click.Choice(ROLES), default="owner", show_default=True, help="What they may do."
)
@click.option(
    "--installation", metavar="NAME", help="The only account they may see; needed for lead and agent."
)
@click.option("--agent", metavar="ID", help="The agent's id at the platform; needed for agent.")
@click.option("--by", metavar="NAME", default="", help="What decisions call them; else their role.")
@click.option(
    "--port", default=8000, show_default=True, help="Of the server, when CONNECTOR_BASE_URL is not set."
)
def sign_in_command(role: str, installation: str | None, agent: str | None, by: str, port: int) -> None:
    """Print a link that signs somebody in: once, within ten minutes."""
    visitor = Visitor(UserRole.named(role), installation, agent, by.strip() or role)
    app = connector()
    click.echo(link_to(app, visitor, port))
    click.echo(
        f"Good for one sign-in within {LINK_LIVES.total_seconds() / 60:.0f} minutes, as {role}; "
        "give it to nobody else.",
        err=True,
    )


def link_to(app: Connector, visitor: Visitor, port: int) -> str:
    """The whole address of a new link. Raises Misconfigured when it cannot be made."""
    base = (app.settings.base_url or f"http://127.0.0.1:{port}").rstrip("/")
    return base + app.signing_in.link_for(visitor)
