"""The web pages: a Flask application made of ready objects."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask

from ..bootstrap import Connector, connector
from ..jobs.queue import JobQueue
from ..process import harden
from ..safety import require_no_debugger
from ..signing_in import UserRole

WRONG_TOKENS_A_MINUTE = 30


def create_app(app: Connector | None = None) -> Flask:
    """The web application over `app`, or over what the environment configures."""
    from .access import current_visitor, guard
    from .accounts import accounts
    from .api import api
    from .conversations import conversations
    from .cookies import use_cookies
    from .dashboard import dashboard
    from .disputes import disputes
    from .forms import protect_forms
    from .health import health
    from .hubspot_card import hubspot_card
    from .install import install
    from .locked import lock
    from .names import NameConverter
    from .notice import notice
    from .rates import Rates
    from .reports import reports, rounded
    from .rubric import rubric
    from .security import protect
    from .setup import setup
    from .sign_in import sign_in
    from .site_settings import site_settings
    from .tokens import tokens
    from .webhooks import actions, webhooks
    from .wording import band_word, moment
    from .zendesk import zendesk

    if app is None:
        harden()  # a server's own process: the command line's hardening ended where this program began
    assembled = app or connector()
    require_no_debugger(assembled.settings)
    web = Flask(__name__)
    web.config["TRUSTED_HOSTS"] = ["127.0.0.1", "localhost", "[::1]"]
    if assembled.settings.base_url and (host := urlsplit(assembled.settings.base_url).hostname):
        web.config["TRUSTED_HOSTS"].append(host)
    web.extensions["connector"] = assembled
    web.extensions["queue"] = JobQueue(assembled)
    web.extensions["token rates"] = Rates(WRONG_TOKENS_A_MINUTE)
    use_cookies(web)
    web.add_template_filter(rounded, "figure")
    web.url_map.converters["name"] = NameConverter
    for routes in (
        accounts,
        api,
        conversations,
        dashboard,
        disputes,
        health,
        hubspot_card,
        install,
        notice,
        reports,
        rubric,
        setup,
        sign_in,
        site_settings,
        tokens,
        webhooks,
        actions,
        zendesk,
    ):
        web.register_blueprint(routes)
    protect(web)
    lock(web, assembled)
    guard(web)
    protect_forms(web)
    web.context_processor(lambda: {"visitor": current_visitor(), "UserRole": UserRole})
    web.jinja_env.filters["moment"] = moment
    web.jinja_env.globals["band_word"] = band_word
    assembled.retention.purge_overdue()
    return web
