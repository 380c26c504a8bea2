"""The web pages: a Flask application made of ready objects."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask

from ..bootstrap import Connector, connector
from ..process import harden
from ..safety import require_no_debugger


def create_app(app: Connector | None = None) -> Flask:
    """The web application over `app`, or over what the environment configures."""
    from .dashboard import dashboard
    from .health import health
    from .locked import lock
    from .notice import notice
    from .security import protect

    if app is None:
        harden()  # a server's own process: the command line's hardening ended where this program began
    assembled = app or connector()
    require_no_debugger(assembled.settings)
    web = Flask(__name__)
    web.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost", "[::1]"]
    if assembled.settings.base_url and (host := urlsplit(assembled.settings.base_url).hostname):
        web.config["TRUSTED_HOSTS"].append(host)
    web.extensions["connector"] = assembled
    web.register_blueprint(dashboard)
    web.register_blueprint(health)
    web.register_blueprint(notice)
    protect(web)
    lock(web, assembled)
    assembled.retention.purge_overdue()
    return web
