"""Installing in the browser: an account's admin is asked at the platform, and comes back with a code.

The pages that begin it only show; what begins is a form, for reading a page changes nothing.
"""

from __future__ import annotations

import logging
import re
import secrets
from urllib.parse import quote, urlencode, urlsplit

from flask import Blueprint, abort, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ..errors import ConnectorError, Misconfigured, Reauthorize, RetryLater
from ..installing import NAMES, Begun, Installed, NotBegunHere, Offer, Way
from ..opening import oauth_of
from ..signing_in import UserRole, Visitor
from .access import current_visitor, for_anybody, for_role, the_connector
from .cookies import is_https, session_id
from .rates import Rates
from .security import allow

log = logging.getLogger(__name__)
install = Blueprint("install", __name__)

TRIES_A_MINUTE = 20
COOKIE_SECONDS = 600
LONGEST_CODE = 2_000
HUBSPOTS_PAGES = re.compile(r"app(?:-[a-z0-9]{2,12})?\.hubspot\.com", re.ASCII)
FRAMED_BY_HUBSPOT = "https://app.hubspot.com https://*.hubspot.com"
AT_THE_PLATFORM = (
    "This did not begin on this page, in this browser, within the last ten minutes, so nothing was connected "
    "and nothing was asked of {platform}. Start again here."
)


@install.record_once
def _count_tries(state: object) -> None:
    state.app.extensions["install rates"] = Rates(TRIES_A_MINUTE)  # type: ignore[attr-defined]


@install.get("/install/<any(zendesk, hubspot):provider>")
@for_role(UserRole.ADMIN)
def ask(provider: str) -> str | tuple[str, int]:
    """What connecting means, with a button; nothing begins by looking."""
    if request.args.get("step"):
        return _told(provider, "HubSpot opened the wrong address; the README says which one to set."), 400
    subdomain, name = _asked(request.args.get("subdomain", "")), request.args.get("name") or None
    try:
        if provider == "zendesk" and not (subdomain or name):
            the_connector().installing.require_ready(provider)
            return _page(provider, offer=None, name=name)
        offer = _offer(provider, subdomain, name)
    except Misconfigured as error:
        return _page(provider, offer=None, name=name, subdomain=subdomain, problem=str(error)), 400
    return _page(provider, offer=offer, name=name, subdomain=subdomain)


@install.post("/install/<any(zendesk, hubspot):provider>")
@for_role(UserRole.ADMIN)
def begin(provider: str) -> Response | tuple[str, int]:
    """Begin, and show the way to the platform.

    It is a page that goes on by itself, for a redirect of a form would have to stay within the policy, and
    nobody knows through which sign-in pages of their own an admin is sent.
    """
    current_app.extensions["install rates"].require()
    subdomain, name = _asked(request.form.get("subdomain", "")), request.form.get("name") or None
    try:
        offer = _offer(provider, subdomain, name)
        browser = secrets.token_urlsafe(32)
        begun = the_connector().installing.begin(offer, browser=_bound(browser))
    except Misconfigured as error:
        return _page(provider, offer=None, name=name, subdomain=subdomain, problem=str(error)), 400
    log.info("installation begun", extra={"provider": provider, "actor": current_visitor().actor})
    return _on_the_way(begun.url, NAMES[provider], browser)


@install.get("/install/<any(zendesk, hubspot):provider>/callback")
@for_role(UserRole.ADMIN)
def callback(provider: str) -> Response | tuple[str, int]:
    """The admin is back: with a code, or because they refused."""
    current_app.extensions["install rates"].require()
    installed = _finished(provider, Way.OURS, _bound(request.cookies.get(_cookie_name(), "")))
    if not isinstance(installed, Installed):
        return installed
    answer = redirect(url_for("setup.overview", installation=installed.name), 303)
    answer.delete_cookie(_cookie_name(), path="/", httponly=True, secure=is_https(current_app))
    return answer


@install.get("/install/hubspot/marketplace")
@for_anybody
def from_marketplace() -> Response | str | tuple[str, int]:
    """HubSpot's own install button, twice: before the admin is asked, and with the code."""
    current_app.extensions["install rates"].require()
    allow(frame_ancestors=FRAMED_BY_HUBSPOT)
    back = _hubspots(request.args.get("returnUrl", ""))
    if request.args.get("step") == "authorize" and back is not None:
        return render_template("install_marketplace.html", back=back, visitor=_visitor())
    browser = request.cookies.get(_cookie_name(Way.MARKETPLACE), "")
    installed = _finished("hubspot", Way.MARKETPLACE, f"marketplace:{browser}")
    if not isinstance(installed, Installed):
        return installed
    if back is not None:
        return redirect(back, 303)
    return redirect(url_for("setup.overview", installation=installed.name), 303)


@install.post("/install/hubspot/marketplace")
@for_role(UserRole.ADMIN)
def begin_from_marketplace() -> Response | tuple[str, int]:
    """Give HubSpot the state that it brings back with the code."""
    current_app.extensions["install rates"].require()
    back = _hubspots(request.form.get("returnUrl", ""))
    if back is None:
        abort(400)
    try:
        offer = _offer("hubspot", "", None)
    except Misconfigured as error:
        return _told("hubspot", str(error)), 400
    browser = secrets.token_urlsafe(32)
    begun = the_connector().installing.begin(offer, browser=f"marketplace:{browser}", way=Way.MARKETPLACE)
    return _on_the_way(_with_state(back, begun), NAMES["hubspot"], browser, Way.MARKETPLACE)


def _finished(provider: str, way: Way, browser: str) -> Installed | tuple[str, int]:
    """The installation that a callback completes, or the page that says why there is none."""
    app, state = the_connector(), request.args.get("state", "")
    try:
        flow = app.installing.answer(provider, state, browser=browser, way=way)
    except NotBegunHere:
        log.warning("installation refused", extra={"provider": provider, "error": "NotBegunHere"})
        return _told(provider, AT_THE_PLATFORM.format(platform=NAMES[provider])), 400
    code = request.args.get("code", "")
    if request.args.get("error") or not code or len(code) > LONGEST_CODE:
        sentence = f"Access was not allowed at {NAMES[provider]}: nothing was connected, nothing changed."
        return _told(provider, sentence, name=flow.name), 200
    if way is Way.OURS and not _may_connect(current_visitor(), flow.name):
        abort(404)
    try:
        installed = app.installing.finish(flow, state, code)
    except RetryLater:
        sentence = f"{NAMES[provider]} did not answer in time, and nothing was connected; try again soon."
        return _told(provider, sentence, name=flow.name), 503
    except (Misconfigured, Reauthorize, ConnectorError) as error:
        log.warning("installation failed", extra={"provider": provider, "error": type(error).__name__})
        return _told(provider, str(error), name=flow.name), 400
    log.info("installed", extra={"provider": provider, "installation": installed.name})
    return installed


def _offer(provider: str, subdomain: str, name: str | None) -> Offer:
    if name is not None and (not name.strip() or len(name) > 100 or not name.isprintable()):
        raise Misconfigured("The name must be 1 to 100 printable characters.")
    offer = the_connector().installing.offer(provider, subdomain=subdomain, name=name)
    if not _may_connect(current_visitor(), offer.name):
        abort(404)
    return offer


def _may_connect(visitor: Visitor, name: str | None) -> bool:
    """Whether the visitor may connect an account of that name: an admin of one account only that again."""
    return visitor.installation is None or visitor.installation == name


def _asked(subdomain: str) -> str:
    """What somebody typed: with the ending that everybody types, or without."""
    return subdomain.strip().lower().removeprefix("https://").rstrip("/").removesuffix(".zendesk.com")


def _visitor() -> Visitor:
    """Who is signed in, on a page that is open to everybody."""
    found = session_id()
    return the_connector().signing_in.visitor(found) if found else Visitor()


def _page(provider: str, *, offer: Offer | None, name: str | None, **more: str) -> str:
    return render_template(
        "install.html",
        provider=provider,
        platform=NAMES[provider],
        offer=offer,
        name=name,
        oauth=oauth_of(provider),
        **more,
    )


def _told(provider: str, sentence: str, *, name: str | None = None) -> str:
    again = url_for("install.ask", provider=provider, name=name)
    return render_template(
        "install_failed.html",
        platform=NAMES[provider],
        sentence=sentence,
        again=again,
    )


def _on_the_way(url: str, platform: str, browser: str, way: Way = Way.OURS) -> Response:
    answer = make_response(render_template("install_going.html", url=url, platform=platform))
    is_framed = way is Way.MARKETPLACE and is_https(current_app)
    answer.set_cookie(
        _cookie_name(way),
        browser,
        max_age=COOKIE_SECONDS,
        path="/",
        httponly=True,
        secure=is_https(current_app),
        samesite="None" if is_framed else "Lax",  # HubSpot comes back inside a frame of its own
    )
    return answer


def _cookie_name(way: Way = Way.OURS) -> str:
    prefix = "__Host-" if is_https(current_app) else ""
    return f"{prefix}connector-install-{way}"


def _bound(browser: str) -> str:
    """What only this browser holds, in the very session that began."""
    return f"{browser}:{session_id() or ''}"


def _hubspots(url: str) -> str | None:
    """An address of HubSpot's own pages; None for every other, which nobody is sent to."""
    try:
        parts = urlsplit(url)
        is_theirs = parts.scheme == "https" and HUBSPOTS_PAGES.fullmatch(parts.netloc)
    except ValueError:
        return None
    return url if is_theirs and url.isascii() and url.isprintable() and len(url) <= 2_000 else None


def _with_state(back: str, begun: Begun) -> str:
    return f"{back}{'&' if '?' in back else '?'}{urlencode({'state': begun.state}, quote_via=quote)}"
