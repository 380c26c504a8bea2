"""Who may use which route: every one says so with a decorator of this module, or nothing starts.

The order of the answers: a visitor who is not signed in gets 401, an installation that is not theirs is 404
as if there were none of that name, and a role that is too low gets 403.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, request

from ..bootstrap import Connector
from ..errors import Misconfigured
from ..jobs.queue import JobQueue
from ..signing_in import NOBODY, UserRole, Visitor
from .cookies import session_id

log = logging.getLogger(__name__)
View = TypeVar("View", bound=Callable[..., Any])

LOOPBACK = frozenset({"127.0.0.1", "::1"})
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
LONGEST_TOKEN = 200
LARGEST_CALL = 64_000
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Via")
SCOPE = "installation"
"""A route with an argument of this name belongs to one installation."""


class Way(StrEnum):
    """How a route knows its caller."""

    ANYBODY = "anybody"
    SESSION = "session"
    PLATFORM = "platform"
    TOKEN = "token"  # noqa: S105 - the name of a way in


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may use a route."""

    way: Way
    role: UserRole = UserRole.ANONYMOUS


def for_anybody(view: View) -> View:
    """A public route: it shows nothing that needs a sign-in."""
    return _declared(view, Rule(Way.ANYBODY))


def for_role(role: UserRole) -> Callable[[View], View]:
    """A route for signed-in people of this role or a higher one; what changes something is a POST form."""
    return lambda view: _declared(view, Rule(Way.SESSION, role))


def for_token(role: UserRole) -> Callable[[View], View]:
    """A route for programs that show a token of this role or a higher one; cookies mean nothing there."""
    return lambda view: _declared(view, Rule(Way.TOKEN, role))


def for_platform(view: View) -> View:
    """A route that a platform calls: the view itself verifies the signature before anything else."""
    return _declared(view, Rule(Way.PLATFORM))


def _declared(view: View, rule: Rule) -> View:
    view.access = rule  # type: ignore[attr-defined]
    return view


def rule_of(view: Callable[..., Any] | None) -> Rule | None:
    """What a view declares; None for one that declares nothing."""
    return getattr(view, "access", None)


def current_visitor() -> Visitor:
    """Who is looking: role, installation, agent and actor."""
    return cast("Visitor", g.get("visitor", NOBODY))


def the_connector() -> Connector:
    """The application behind the pages."""
    return cast("Connector", current_app.extensions["connector"])


def the_queue() -> JobQueue:
    """The queue of jobs."""
    return cast("JobQueue", current_app.extensions["queue"])


def guard(web: Flask) -> None:
    """Let nobody use a route but those it declares. Raises Misconfigured for a route that declares nothing.

    To be called once all routes are there; one that is added later answers 403.
    """
    for_anybody(web.view_functions["static"])
    for rule in web.url_map.iter_rules():
        if rule_of(web.view_functions[rule.endpoint]) is None:
            raise Misconfigured(f"The route {rule.rule} does not say who may use it; see web/access.py.")

    @web.before_request
    def admit() -> None:
        view = web.view_functions.get(request.endpoint or "")
        if view is None:
            return  # no such page: the answer is 404 for everybody
        rule = rule_of(view)
        if rule is None:
            abort(403)
        if rule.way is Way.SESSION:
            g.visitor = _visitor()
            _require(rule.role)
        elif rule.way is Way.TOKEN:
            if (request.content_length or 0) > LARGEST_CALL:
                abort(413)
            g.visitor = _program()
            _require(rule.role)


def _visitor() -> Visitor:
    app = the_connector()
    if found := session_id():
        visitor = app.signing_in.visitor(found)
        if visitor.role:
            return visitor
    if is_open(app):
        return Visitor(UserRole.ADMIN, name="somebody at this machine", actor="this machine")
    return NOBODY


def _program() -> Visitor:
    shown = request.headers.get("Authorization", "")
    scheme, _, token = shown.partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= LONGEST_TOKEN:
        return NOBODY
    visitor = the_connector().api_tokens.visitor(token)
    if not visitor.role:
        log.warning("unknown token", extra={"endpoint": request.endpoint})
        current_app.extensions["token rates"].require()
    return visitor


def _require(role: UserRole) -> None:
    visitor = current_visitor()
    if not visitor.role:
        abort(401)
    scope = (request.view_args or {}).get(SCOPE)
    if scope is not None:
        require_scope(scope)
    if visitor.role < role:
        log.warning("role denied", extra={"actor": visitor.actor, "endpoint": request.endpoint})
        abort(403)


def require_scope(installation: str) -> None:
    """Answer 404, as for a name that does not exist, unless the visitor may see the installation."""
    if (
        not current_visitor().may_see(installation)
        or the_connector().store.installation(installation) is None
    ):
        abort(404)


def is_open(app: Connector) -> bool:
    """Whether the pages need no sign-in: a server for this machine alone, with nothing but local accounts.

    The request must come from this machine, too, and through no proxy.
    """
    return (
        is_for_this_machine(app.settings.base_url)
        and is_from_this_machine()
        and all(each.provider == "local" for each in app.store.installations())
    )


def is_for_this_machine(base_url: str | None) -> bool:
    """Whether a public address is none."""
    return base_url is None or urlsplit(base_url).hostname in LOOPBACK_NAMES


def is_from_this_machine() -> bool:
    """Whether the request was made on this machine, as far as it shows: no proxy passed it on."""
    return request.remote_addr in LOOPBACK and not any(name in request.headers for name in FORWARDED)
