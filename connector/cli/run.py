"""`migrate`, `serve`, `worker`, `up`: what runs on a server."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import click

from ..bootstrap import Connector, connector
from ..safety import risks
from ..signing_in import UserRole, Visitor
from . import DONE, complain
from .sign_in import link_to

PORT = click.option("--port", default=8000, show_default=True, help="Port on 127.0.0.1.")
WEB_WORKERS, WEB_THREADS = 2, 4
STOP_SECONDS = 20


@click.command("migrate")
def migrate_command() -> None:
    """Create the database, or bring it up to date."""
    connector().store.installations()
    click.echo("The database is up to date.")


@click.command("serve")
@PORT
def serve_command(port: int) -> None:
    """Serve the web pages on this machine."""
    app = connector()
    for risk in risks(app.settings):
        complain(risk)
    _ = app.store  # a database that cannot be opened is told here, not on every page
    app.retention.purge_overdue()
    app.catch_up()
    _offer_sign_in(app, port)
    arguments = [
        "--bind",
        f"127.0.0.1:{port}",
        f"--workers={WEB_WORKERS}",
        f"--threads={WEB_THREADS}",
        "--worker-class=gthread",
        f"--graceful-timeout={STOP_SECONDS}",
        "--log-level=warning",
        "--no-control-socket",
        "--logger-class=connector.web.server_log.QuietLog",
        "connector.web:create_app()",
    ]
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", *arguments])  # noqa: S606 - our own interpreter


def _offer_sign_in(app: Connector, port: int) -> None:
    """On a terminal of a public server: a link for its owner, who has no other way in at first."""
    if app.settings.base_url and sys.stderr.isatty() and app.locked_because() is None:
        owner = Visitor(UserRole.OWNER, name="owner")
        complain(f"Sign in as owner (once, within ten minutes): {link_to(app, owner, port)}")


@click.command("worker")
def worker_command() -> None:
    """Run the periodic syncs."""
    from ..jobs.worker import run_worker

    run_worker()


@click.command("up")
@PORT
def up_command(port: int) -> int:
    """Serve the pages and run the periodic syncs, until interrupted."""
    _ = connector().store
    me = [sys.executable, "-m", "connector"]
    parts = [
        subprocess.Popen([*me, "worker"]),  # noqa: S603 - our own commands
        subprocess.Popen([*me, "serve", "--port", str(port)]),  # noqa: S603
    ]
    click.echo(f"The pages are at http://127.0.0.1:{port}/ ; stop with Ctrl-C.")

    def stop(*_: object) -> None:
        for part in parts:
            part.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    codes = [part.wait() for part in reversed(parts)]
    stop()
    return next((code for code in codes if code > 0), DONE)
