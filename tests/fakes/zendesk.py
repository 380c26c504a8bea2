"""A stand-in for the Zendesk API over a `ZendeskAccount`, as a WSGI app with documented semantics."""

from __future__ import annotations

import itertools
import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException

from .wsgi import LostAnswer
from .zendesk_account import ZendeskAccount
from .zendesk_call import Call, Refused, envelope
from .zendesk_exports import BadRequest
from .zendesk_records import STAFF, User
from .zendesk_routes import ENDPOINTS, URLS
from .zendesk_tokens import Grant, OAuthRefused
from .zendesk_writes import Jobs, RowRefused, described

NOBODY = {"id": None, "name": "Anonymous user", "email": "invalid@example.com", "role": "end-user"}
NEEDS_ADMIN = ("incremental", "ticket_fields", "user_fields", "deleted_tickets")
BUSY_TEXT = "Number of allowed API requests per minute exceeded"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request as it came in; paths hold ids, never tokens."""

    method: str
    path: str
    query: str
    at: datetime
    status: int


@dataclass(slots=True)
class Trouble:
    """Faults for the next requests. `busy` holds (seconds, how the header states them) pairs."""

    busy: list[tuple[float, str]] = field(default_factory=list)
    down: int = 0
    cut_off: int = 0


class ZendeskApp:
    """The WSGI callable. It keeps every arrival, and counts by method and path with ids folded."""

    def __init__(self, account: ZendeskAccount) -> None:
        self.account = account
        self.jobs = Jobs(account)
        self.trouble = Trouble()
        self.arrivals: list[Arrival] = []
        self.counts: Counter[str] = Counter()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environ)
        request.get_data()
        with self.account.lock:
            answer = self._answer(request)
            path = request.path.removesuffix(".json")
            self.counts[f"{request.method} {re.sub(r'/([0-9]+|V3-[0-9a-f]+)(?=/|$)', '/{id}', path)}"] += 1
            self.arrivals.append(
                Arrival(
                    request.method,
                    path,
                    request.query_string.decode("latin-1"),
                    self.account.clock.now(),
                    answer.status_code,
                )
            )
            if self.trouble.cut_off > 0 and answer.status_code < 400:
                self.trouble.cut_off -= 1
                raise LostAnswer
        return answer(environ, start_response)

    def be_busy(self, *, seconds: float, times: int = 1, stated: str = "seconds") -> None:
        """429 for the next `times` requests; the Retry-After states `seconds`, a `date`, or is `missing`."""
        self.trouble.busy.extend(itertools.repeat((seconds, stated), times))

    @property
    def requests(self) -> int:
        return len(self.arrivals)

    def settle(self) -> None:
        """Carry out what is still queued, before the account is looked at."""
        with self.account.lock:
            self.jobs.run()

    def _answer(self, request: Request) -> Response:
        account, now = self.account, self.account.clock.now()
        self.jobs.run()
        path = request.path.removesuffix(".json")
        account.limits.arrive(now, f"{request.method} {path}")
        if self.trouble.down > 0:
            self.trouble.down -= 1
            return Response("Service Unavailable", 503, content_type="text/plain")
        if self.trouble.busy:
            seconds, stated = self.trouble.busy.pop(0)
            account.limits.refuse(now, 0 if stated == "missing" else seconds)
            return self._busy(_retry_after(now, seconds, stated), ["account"])
        environ = {**request.environ, "PATH_INFO": path.encode().decode("latin-1")}
        try:
            endpoint, arguments = URLS.bind_to_environ(environ).match()
        except HTTPException:
            return envelope(404, {"error": "InvalidEndpoint", "description": "Not found"})
        return self._guarded(request, endpoint, arguments, path)

    def _guarded(self, request: Request, endpoint: str, arguments: dict[str, Any], path: str) -> Response:
        if endpoint == "authorize":
            return self.account.tokens.consent.answer(request)
        if endpoint == "exchange":
            try:
                return envelope(200, self.account.tokens.exchange(_body(request)))
            except OAuthRefused as refused:
                return envelope(
                    refused.status, {"error": refused.error, "error_description": "The grant is invalid."}
                )
        buckets = _buckets(request.method, path, arguments)
        if "squeeze" in self.account.limits.windows:
            buckets.append("squeeze")
        wait = self.account.limits.admit(self.account.clock.now(), buckets)
        if wait is not None:
            return self._busy(str(wait), buckets)
        answer = self._authorized(request, endpoint, arguments)
        answer.headers.extend(self.account.limits.headers(self.account.clock.now(), buckets))
        answer.headers["zendesk-ratelimit-inflight-jobs"] = str(self.jobs.inflight())
        return answer

    def _authorized(self, request: Request, endpoint: str, arguments: dict[str, Any]) -> Response:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        grant = self.account.tokens.find(token) if kind == "Bearer" else None
        if grant is None:
            if endpoint == "me" and self.account.quirks.anonymous_me:
                return envelope(200, {"user": NOBODY})
            return envelope(401, {"error": "Couldn't authenticate you"})
        user = self.account.users[grant.user_id]
        refusal = _forbidden(request, endpoint, grant, user)
        if refusal is not None:
            return refusal
        return self._carried_out(
            Call(self.account, self.jobs, request, _origin(request), grant, user), endpoint, arguments
        )

    def _carried_out(self, call: Call, endpoint: str, arguments: dict[str, Any]) -> Response:
        try:
            return ENDPOINTS[endpoint](call, **arguments)
        except Refused as refused:
            return refused.answer
        except BadRequest as bad:
            return envelope(400, {"error": bad.error, "description": bad.description})
        except RowRefused as refused:
            shown: dict[str, Any] = {"error": refused.error, "description": "Record validation errors"}
            if refused.status == 422:
                shown["details"] = described(refused.details)
            return envelope(refused.status, shown)

    def _busy(self, stated: str | None, buckets: list[str]) -> Response:
        answer = Response(BUSY_TEXT, 429, content_type="text/plain")
        answer.headers.extend(self.account.limits.headers(self.account.clock.now(), buckets))
        if stated is not None:
            answer.headers["Retry-After"] = stated
        return answer


def _retry_after(now: datetime, seconds: float, stated: str) -> str | None:
    if stated == "date":  # whole seconds, so the next one
        return format_datetime(now + timedelta(seconds=math.ceil(seconds) + 1), usegmt=True)
    return None if stated == "missing" else str(max(1, math.ceil(seconds)))


def _origin(request: Request) -> str:
    return f"{request.scheme}://{request.host}"


def _body(request: Request) -> dict[str, Any]:
    try:
        asked = json.loads(request.get_data() or b"{}")
    except ValueError:
        return dict(request.form)
    return asked if isinstance(asked, dict) else {}


def _buckets(method: str, path: str, arguments: dict[str, Any]) -> list[str]:
    buckets = ["account"]
    if path.startswith("/api/v2/incremental/"):
        buckets.append("incremental")
    if path == "/api/v2/deleted_tickets":
        buckets.append("deleted_tickets")
    if path.endswith("/conversation_log"):
        buckets.append("conversation_log")
    if method == "PUT" and path.startswith("/api/v2/tickets/"):
        buckets.append("update_tickets")
        if "ticket_id" in arguments:
            buckets.append(f"ticket:{arguments['ticket_id']}")
    if method == "PUT" and path.startswith("/api/v2/users/"):
        buckets.append("update_users")
        if "user_id" in arguments:
            buckets.append(f"user:{arguments['user_id']}")
    return buckets


def _forbidden(request: Request, endpoint: str, grant: Grant, user: User) -> Response | None:
    """The 403 for a token's scopes or its user's role, if any."""
    writes = request.method != "GET"
    if endpoint == "revoke":
        return None
    resource = request.path.removesuffix(".json").split("/")[3]
    needed = "write" if writes else "read"
    if needed not in grant.scopes and f"{resource}:{needed}" not in grant.scopes:
        return envelope(
            403,
            {"error": "Forbidden", "description": f"You are missing the following required scopes: {needed}"},
        )
    admins_only = resource in NEEDS_ADMIN and (writes or resource in ("incremental", "deleted_tickets"))
    if (admins_only and user.role != "admin") or user.role not in STAFF:
        return envelope(
            403, {"error": {"title": "Forbidden", "message": "You do not have access to this page."}}
        )
    return None
