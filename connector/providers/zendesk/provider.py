"""One Zendesk account, as the contract of `providers/base.py` wants it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urlsplit

from ...errors import ConnectorError, Misconfigured, Reauthorize, Unreadable, Unsupported
from ...fields import OPT_OUT
from ...model import Account, Conversation, Field, Macro, Page, PastConversation, Write, Written
from ...outcomes import FactPage
from ..base import Capabilities, MadeHook, MadeTemplate, OAuth, Wanted
from ..http import Http
from . import fields as field_setup
from . import mapping, sdk
from .address import needs_admin
from .changes import Ours
from .conversations import Gathering
from .hooks import ensure_hooks, remove_hooks
from .limits import DELETED
from .macros import macros
from .oauth import OAUTH
from .outcomes import TELLS, Outcomes
from .paging import decoded, pages
from .people import Directory
from .place import Place
from .readings import Readings
from .sweep import Sweep
from .templates import ensure_templates
from .values import option_tags
from .writes import BATCH, Target, Tickets, Users, Writing

_MOST_HISTORY = 100

log = logging.getLogger(__name__)


class ZendeskProvider:
    """Reads tickets with their messages, and writes our fields back."""

    name: ClassVar[str] = "zendesk"
    capabilities: ClassVar[Capabilities] = Capabilities(
        history=True,
        deletions=True,
        contact_deletions=True,
        contact_search=True,
        opt_out_list=True,
        labels=("tag", "brand", "queue", "channel"),
        webhooks=True,
        templates=True,
        macros=True,
        private_notes=True,
        contact_fields=True,
        outcomes=TELLS,
        write_batch=BATCH,
        index_lag=timedelta(seconds=60),
    )
    oauth: ClassVar[OAuth | None] = OAUTH

    def __init__(
        self, http: Http, *, settings: Mapping[str, str], field_ids: Mapping[str, str] | None
    ) -> None:
        self._http = http
        self._subdomain = settings["subdomain"]
        self._user_id = settings.get("user_id")
        self._field_ids = dict(field_ids) if field_ids is not None else None
        self._directory = Directory(http)
        self._readings = Readings(http.gate.now())
        self._gathering = Gathering(http, self._directory, self._readings)

    @cached_property
    def _client(self) -> Any:
        return sdk.client(self._http, subdomain=self._subdomain)

    def check(self) -> Account:
        """Who the token speaks for: without a valid one Zendesk answers 200, and nobody (BEHAVIOR 14)."""
        tokens = self._http.tokens
        asked_with = tokens.current() if tokens else ""
        user = self._me()
        if mapping.person_id(user.get("id")) is None and tokens:
            tokens.renew(asked_with)  # an expired token is nobody's as well, without any 401
            user = self._me()
        if mapping.person_id(user.get("id")) is None:
            raise Reauthorize(f"{self._http.origin} does not know our token; connect this account again.")
        if user.get("role") not in (None, "admin"):
            raise Misconfigured(
                "This token belongs to somebody who is not an admin of this Zendesk account, and only admins "
                "may export tickets: connect it with an admin's token."
            )
        self._require_own(user)
        scopes = self._scopes()
        return Account(
            id=self._subdomain,
            name=f"{self._subdomain}.zendesk.com",
            user_id=str(user["id"]),
            scopes=scopes,
        )

    def is_admin(self, user_id: str) -> bool:
        """Whether a user of this account is one of its admins now."""
        self._directory.fetch([user_id])
        return self._directory.role(user_id) == "admin"

    def _me(self) -> mapping.Record:
        path = "/api/v2/users/me"
        try:
            with needs_admin("say who it belongs to"):
                user = decoded(self._http.call("GET", path), path).get("user")
        except Unreadable:
            raise Misconfigured(
                f"There is no Zendesk account at {self._http.origin}; check the subdomain."
            ) from None
        return user if isinstance(user, Mapping) else {}

    def _require_own(self, user: mapping.Record) -> None:
        """Zendesk names its account by address alone, and each record has one."""
        host = urlsplit(str(user.get("url") or "")).hostname or ""
        if host.endswith(".zendesk.com") and host != f"{self._subdomain}.zendesk.com":
            raise Misconfigured(
                f"This token belongs to another Zendesk account than {self._subdomain}.zendesk.com; "
                "check the subdomain."
            )

    def _scopes(self) -> tuple[str, ...]:
        """What the token may do, as far as Zendesk says; none named means everything."""
        answer = self._http.call("GET", "/api/v2/oauth/tokens/current", accept=(400, 403, 404, 422))
        token = decoded(answer, "/api/v2/oauth/tokens/current").get("token") if answer.ok else None
        named = token.get("scopes") if isinstance(token, Mapping) else None
        scopes = tuple(named.split() if isinstance(named, str) else map(str, named or ()))
        for needed, also in (("read", "tickets:read"), ("write", "tickets:write")):
            if scopes and not {needed, also} & set(scopes):
                raise Misconfigured(
                    f"This token lacks the scope {needed}: make one with the scopes read and write, "
                    "and connect the account again."
                )
        return scopes

    def pages(self, since: str | None, wanted: Wanted) -> Iterator[Page]:
        place = Place.read(since)
        if place is None:
            log.warning("The stored cursor cannot be read; everything is read again.")
            place = Place()
        sweep = Sweep(
            self._http,
            place=place,
            wanted=wanted,
            ours=Ours(self._user_id, frozenset((self._field_ids or {}).values()), option_tags()),
            directory=self._directory,
            gathering=self._gathering,
        )
        return sweep.pages()

    def cursor_at(self, instant: datetime) -> str:
        return Place.at(instant).text()

    def conversation(self, conversation_id: str, wanted: Wanted | None = None) -> Conversation | None:
        if not conversation_id.isdecimal():
            return None
        path = f"/api/v2/tickets/{conversation_id}"
        answer = self._http.call("GET", path, params={"include": "users"}, accept=(404,))
        body = decoded(answer, path)
        ticket = body.get("ticket") if answer.ok else None
        if not ticket or mapping.is_deleted(ticket):
            return None
        self._directory.learn(body.get("users") or ())
        return self._gathering.asked(ticket, wanted)

    def conversation_of(self, thread_id: str) -> str | None:  # noqa: ARG002 - the contract's
        raise Unsupported("Zendesk's webhooks name the conversation itself.")

    def history(self, contact_id: str, limit: int) -> Sequence[PastConversation]:
        path = f"/api/v2/users/{contact_id}/tickets/requested"
        # Offset pages: cursor pages silently ignore the order.
        params = {"sort_by": "created_at", "sort_order": "desc", "per_page": min(limit, _MOST_HISTORY)}
        answer = self._http.call("GET", path, params=params, accept=(404,))
        tickets = decoded(answer, path).get("tickets") or () if answer.ok else ()
        known = [past for past in map(mapping.past, tickets) if past]
        return tuple(sorted(known, key=lambda past: past.at, reverse=True)[:limit])

    def ensure_fields(self, fields: Sequence[Field]) -> Mapping[str, str]:
        self._field_ids = field_setup.ensure_fields(self._client, fields)
        return self._field_ids

    def write(self, batch: Sequence[Write]) -> Sequence[Written]:
        if self._field_ids is None:
            raise Misconfigured("This account has no empathy fields yet; run `fields` first.")
        return self._written(Tickets(self._http, self._field_ids, self._readings), batch)

    def write_contacts(self, batch: Sequence[Write]) -> Sequence[Written]:
        return self._written(Users(self._http), batch)

    def _written(self, target: Target, batch: Sequence[Write]) -> Sequence[Written]:
        return Writing(lambda: self._client, self._http).write(target, batch)

    def deleted(self, since: datetime) -> Iterator[str]:
        with needs_admin("list deleted tickets"):
            for page in pages(self._http, "/api/v2/deleted_tickets", buckets=DELETED):
                for ticket in page.get("deleted_tickets") or ():
                    at = mapping.instant(ticket.get("deleted_at"))
                    if at is None or at >= since:
                        yield str(ticket["id"])

    def deleted_contacts(self, since: datetime) -> Iterator[str]:
        """Deleted users, those who can still be restored included (BEHAVIOR 24)."""
        with needs_admin("list deleted users"):
            for page in pages(self._http, "/api/v2/deleted_users"):
                for user in page.get("deleted_users") or ():
                    at = mapping.instant(user.get("updated_at"))
                    user_id = mapping.person_id(user.get("id"))
                    if user_id is not None and (at is None or at >= since):
                        yield user_id

    def opted_out_contacts(self) -> Iterator[str]:
        """Users whose opt-out field is ticked (BEHAVIOR 25)."""
        for user in self._users_found(f"{OPT_OUT}:true"):
            user_id = mapping.person_id(user.get("id"))
            if user_id is not None and mapping.opted_out(user):
                yield user_id

    def find_contact(self, email: str) -> Sequence[str]:
        """The users found whose own address it is: a search for an address finds similar ones too."""
        wanted = email.casefold()
        quoted = email.replace('"', "")
        return [
            user_id
            for user in self._users_found(f'email:"{quoted}"')
            if (user_id := mapping.person_id(user.get("id"))) is not None
            and str(user.get("email") or "").casefold() == wanted
        ]

    def _users_found(self, query: str) -> Iterator[mapping.Record]:
        with needs_admin("search users"):
            for page in pages(self._http, "/api/v2/users/search", params={"query": query}, by_offset=True):
                yield from page.get("users") or ()

    def outcomes(self, since: str | None) -> Iterator[FactPage]:
        return Outcomes(self._http).pages(since)

    def macros(self) -> Iterator[Macro]:
        return macros(self._http)

    def ensure_hooks(self, address: str) -> Sequence[MadeHook]:
        return ensure_hooks(self._http, address)

    def ensure_templates(self) -> Sequence[MadeTemplate]:
        return ensure_templates(self._http, self._field_ids or {})

    def disconnect(self) -> None:
        with suppress(ConnectorError):  # nothing is heard any more in any case: the secrets die here
            remove_hooks(self._http)
        try:
            self._http.call("DELETE", "/api/v2/oauth/tokens/current", accept=(404,))
        except (Reauthorize, Unsupported, Unreadable):
            log.info("Zendesk did not revoke the token; it is dead already, or may not revoke itself.")
