"""The pages inside Zendesk: the view beside a ticket, and the overview in the navigation bar."""

from __future__ import annotations

import logging
import re
from typing import Any, Final

from flask import Blueprint, abort, jsonify, make_response, render_template, request
from werkzeug.wrappers import Response

from ..errors import ConnectorError, Misconfigured
from ..model import Installation
from ..signing_in import UserRole, Visitor
from .access import for_platform, the_connector
from .dashboard import WINDOW, bars
from .security import allow
from .ticket_page import language_of, marks, ticket_context, words_of
from .view_tokens import Pass, issue, read
from .zendesk_identity import Opened, Refused, opened_by, public_keys

log = logging.getLogger(__name__)
zendesk = Blueprint("zendesk", __name__, url_prefix="/zendesk")

SDK: Final = "https://static.zdassets.com/zendesk_app_framework_sdk/2.0/zaf_sdk.min.js"
ANY_ACCOUNT: Final = "https://*.zendesk.com"
LARGEST: Final = 32_000
SAID_BY_SCRIPT: Final = ("failed", "over", "no_zendesk", "dispute_failed")
_TICKET: Final = re.compile(r"[0-9]{1,20}", re.ASCII)


@zendesk.before_app_request
def let_zendesk_frame_what_is_nobodys() -> None:
    """Until a token names the account, any may frame the answer, for it is an explanation or an error."""
    if request.path.startswith("/zendesk/"):
        allow(frame_ancestors=ANY_ACCOUNT)
        request.max_content_length = LARGEST


@zendesk.route("/sidebar", methods=["GET", "POST"])
@for_platform
def sidebar() -> str | Response:
    """The page beside a ticket; which ticket it is, only the browser knows."""
    opened = opened_in_zendesk()
    installation = installation_of(opened)
    if installation is None:
        return told("unconnected")
    now = the_connector().now()
    granted = Pass(installation.name, f"Zendesk user {opened.user_id}", int(now.timestamp()))
    language = language_asked()
    allow(script_src=f"'self' {SDK}", connect_src="'self'", form_action="'none'")
    return render_template(
        "zendesk_sidebar.html",
        words=words_of(language),
        language=language,
        scheme=scheme_asked(),
        sdk=SDK,
        start={
            "token": issue(granted, view_key(installation.name), now),
            "language": language,
            "languages": {
                each: {name: words_of(each)[name] for name in SAID_BY_SCRIPT} for each in ("en", "de")
            },
        },
    )


@zendesk.post("/sidebar/ticket")
@for_platform
def ticket() -> Response:
    """One ticket for the page that was opened: its view, and the token for what is done about it."""
    granted = shown_pass()
    asked = sent()
    conversation_id = asked.get("ticket")
    if not isinstance(conversation_id, str) or not _TICKET.fullmatch(conversation_id):
        abort(400)
    language = language_of(str(asked.get("language")))
    app = the_connector()
    viewing = app.viewing(granted.installation)
    view = viewing.show(conversation_id, language=language)
    read_ids = [reply["id"] for reply in view.get("replies", ()) if reply["passages"]]
    html = render_template(
        "zendesk_ticket.html",
        **ticket_context(view, language),
        notice=f"/notice/{granted.installation}",
    )
    key, now = view_key(granted.installation), app.now()
    return jsonify(
        token=issue(granted, key, now),
        ticket_token=issue(granted.for_ticket(conversation_id), key, now),
        html=html,
        marks=marks(view, viewing.bodies(conversation_id, read_ids)),
    )


@zendesk.post("/sidebar/dispute")
@for_platform
def dispute() -> Response:
    """Somebody contests the score of the ticket that their token is for."""
    granted = shown_pass(for_ticket=True)
    choice = sent().get("choice")
    try:
        review = (
            the_connector()
            .viewing(granted.installation)
            .contest(str(granted.ticket), str(choice), by=granted.person)
        )
    except Misconfigured:
        abort(400)
    return jsonify(review=review)


@zendesk.route("/nav", methods=["GET", "POST"])
@for_platform
def nav() -> str | Response:
    """The overview in the navigation bar; for admins, with a link that signs them in to our own pages."""
    opened = opened_in_zendesk()
    app, installation = the_connector(), installation_of(opened)
    language = language_asked()
    page: dict[str, Any] = {
        "words": words_of(language),
        "language": language,
        "scheme": scheme_asked(),
        "installation": installation,
        "subdomain": opened.subdomain,
    }
    if installation is None:
        return render_template("zendesk_nav.html", **page, is_admin=False)
    is_admin = _is_admin(installation, opened.user_id)
    if not is_admin:
        return render_template("zendesk_nav.html", **page, is_admin=is_admin)
    now = app.now()
    overview = app.store.overview(installation.name, since=now - WINDOW, now=now)
    visitor = Visitor(UserRole.ADMIN, installation.name, name=f"Zendesk user {opened.user_id}")
    return render_template(
        "zendesk_nav.html",
        **page,
        is_admin=True,
        link=app.signing_in.link_for(visitor),
        overview=overview,
        health=next(iter(overview.health), None),
        bars=bars(overview),
    )


def _is_admin(installation: Installation, user_id: str) -> bool | None:
    """Whether Zendesk calls this user an admin; None when it does not say now."""
    try:
        return the_connector().is_zendesk_admin(installation, user_id)
    except ConnectorError as error:
        log.warning("role unknown", extra={"installation": installation.name, "error": type(error).__name__})
        return None


def opened_in_zendesk() -> Opened:
    """Who opened the page, by Zendesk's signed word; anything else is answered with an explanation."""
    app = the_connector()
    if request.method != "POST":
        abort(told("opened", status=401))
    file = app.settings.zendesk_app_key_file
    if file is None:
        abort(told("unready", status=503))
    try:
        opened = opened_by(request.form.get("token", ""), public_keys(file), app.now())
    except Misconfigured:
        log.error("zendesk app key unreadable", extra={"endpoint": request.endpoint})  # noqa: TRY400
        abort(told("unready", status=503))
    except Refused as refused:
        log.warning("zendesk token refused", extra={"error": str(refused)})
        abort(told("refused", status=401))
    allow(frame_ancestors=f"https://{opened.subdomain}.zendesk.com")
    return opened


def installation_of(opened: Opened) -> Installation | None:
    """The connected account that Zendesk spoke for."""
    return next(
        (
            each
            for each in the_connector().store.installations()
            if each.provider == "zendesk" and each.settings.get("subdomain") == opened.subdomain
        ),
        None,
    )


def shown_pass(*, for_ticket: bool = False) -> Pass:
    """What the token in the header allows; 401 without one, or with one for something else."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    granted = read(token, _known_view_key, the_connector().now()) if scheme == "Bearer" else None
    if granted is None or (granted.ticket is not None) is not for_ticket:
        abort(401)
    return granted


def sent() -> dict[str, Any]:
    """What a call brings along; 400 for anything but a JSON object."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        abort(400)
    return body


def view_key(installation: str) -> bytes:
    """What the tokens of an installation's pages are signed with."""
    return the_connector().keys(installation).view_key


def _known_view_key(installation: str) -> bytes | None:
    return view_key(installation) if the_connector().store.installation(installation) else None


def told(what: str, status: int = 200) -> Response:
    """A page that explains why there is nothing else to see."""
    language = language_asked()
    words = words_of(language)
    kind = words["kind"]
    page = render_template(
        "zendesk_told.html",
        words=words,
        language=language,
        scheme=scheme_asked(),
        title=kind.get(f"{what}_title", kind["opened_title"]),
        text=kind[f"{what}_text"],
    )
    return make_response(page, status)


def language_asked() -> str:
    """English or German, as the browser prefers."""
    return request.accept_languages.best_match(["en", "de"]) or "en"


def scheme_asked() -> str | None:
    """Light or dark, as Zendesk says in the address; None leaves it to the system."""
    asked = request.args.get("colorScheme")
    return asked if asked in ("light", "dark") else None
