"""One authorized request to the stand-in, and the shapes of answers."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from werkzeug import Request, Response

from .zendesk_account import ZendeskAccount
from .zendesk_exports import BadRequest
from .zendesk_records import Ticket, User, shown_value
from .zendesk_tokens import Grant
from .zendesk_writes import Jobs

DEEPEST = 10_000


class Refused(Exception):
    """The call ends with this answer."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status)
        self.answer = answer


def envelope(status: int, body: Any) -> Response:
    return Response(json.dumps(body), status, content_type="application/json; charset=utf-8")


def not_found() -> Refused:
    return Refused(envelope(404, {"error": "RecordNotFound", "description": "Not found"}))


@dataclass(frozen=True, slots=True)
class Call:
    """One authorized request and what it works on."""

    account: ZendeskAccount
    jobs: Jobs
    request: Request
    origin: str
    grant: Grant
    user: User

    @property
    def asked(self) -> dict[str, str]:
        return dict(self.request.args)

    def body(self, name: str) -> Any:
        try:
            return json.loads(self.request.get_data())[name]
        except (ValueError, KeyError, TypeError):
            raise BadRequest("BadRequest", f"The body must hold {name}.") from None

    def ids(self) -> list[int]:
        """The ids of a `?ids=`, at most 100."""
        ids = [int(one) for one in self.asked.get("ids", "").split(",") if one.strip().lstrip("-").isdigit()]
        if not ids or len(ids) > 100:
            raise Refused(
                envelope(400, {"errors": [{"code": "BadRequest", "title": "ids must be 1 to 100"}]})
            )
        return ids

    def ticket(self, ticket_id: int) -> Ticket:
        ticket = self.account.tickets.get(ticket_id)
        if ticket is None or ticket.deleted_at:
            raise not_found()
        return ticket

    def shown_user(self, user: User) -> dict[str, Any]:
        account = self.account
        fields = {
            str(one.key): shown_value(one.type, user.fields.get(str(one.key)))
            for one in account.user_fields.values()
        }
        return user.shown(self.origin, {}) | {"user_fields": fields}

    def shown_ticket(self, ticket: Ticket) -> dict[str, Any]:
        return ticket.shown(self.origin, self.account.custom_fields())

    def paged(self, name: str, rows: Sequence[dict[str, Any]], **beside: Any) -> Response:
        """By cursor when `page[size]` is asked for, else by number; 100 rows at most."""
        asked = self.asked
        here = f"{self.origin}{self.request.path}"
        if "page[size]" in asked or "page[after]" in asked:
            size = int(asked.get("page[size]", "100"))
            if not 1 <= size <= 100:
                raise BadRequest("InvalidPaginationParameter", "page[size] must be between 1 and 100.")
            try:
                first = int(base64.urlsafe_b64decode(asked.get("page[after]", "") or "MA==")) if rows else 0
            except ValueError:
                raise BadRequest("InvalidPaginationParameter", "page[after] is not valid.") from None
            more = len(rows) > first + size
            cursor = base64.urlsafe_b64encode(str(first + size).encode()).decode()
            following = urlencode(asked | {"page[size]": str(size), "page[after]": cursor})
            meta = {"has_more": more, "after_cursor": cursor if more else None, "before_cursor": None}
            links = {"next": f"{here}?{following}" if more else None, "prev": None}
            return envelope(
                200, {name: list(rows[first : first + size]), "meta": meta, "links": links} | beside
            )
        page, size = int(asked.get("page", "1")), min(int(asked.get("per_page", "100")), 100)
        if page * size > DEEPEST:
            raise BadRequest("InvalidPaginationDepth", "Offset paging ends at 10000 rows.")
        shown = rows[(page - 1) * size : page * size]
        following = urlencode(asked | {"page": str(page + 1)})
        return envelope(
            200,
            {
                name: list(shown),
                "next_page": f"{here}?{following}" if len(rows) > page * size else None,
                "previous_page": None,
                "count": len(rows),
            }
            | beside,
        )
