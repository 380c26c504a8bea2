"""The fake Zendesk account as the conformance suite sees it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import requests

from connector.errors import Reauthorize
from connector.fields import all_fields
from connector.model import Role, Token
from connector.providers.base import Provider
from connector.providers.gate import Gate
from connector.providers.http import Http, plain_session
from tests.providers.world import NotApplicable, Said, Seen

from .wsgi import WsgiAdapter
from .zendesk import ZendeskApp
from .zendesk_account import SYSTEM_AUTHOR, ZendeskAccount
from .zendesk_limits import Window
from .zendesk_records import FieldDefinition, Ticket, as_html

ORIGIN = "https://sample.zendesk.com"
TYPES = {"choice": "tagger", "datetime": "text"}
"""Our kinds of field that have another name on tickets; contacts' choices are `dropdown`."""
PREFIXES = {"empathy_band": "empathy_", "empathy_sentiment_band": "empathy_sentiment_"}


class OneToken:
    """A token that nothing renews."""

    def __init__(self, access_token: str) -> None:
        self._access_token = access_token

    def current(self) -> str:
        return self._access_token

    def renew(self, stale: str) -> str:
        raise Reauthorize("The token is dead; connect this account again.")

    def held(self) -> Token:
        return Token(self._access_token)


class ZendeskWorld:
    """A `World` over `ZendeskAccount`; what it does not say is reached through `account` and `app`.

    The incremental exports allow 1000 calls a minute here, so that promises about paging need no waiting;
    pass `incremental_per_minute=10` for the documented limit, and `page_rows` for small pages.
    """

    def __init__(self, *, page_rows: int = 1000, incremental_per_minute: int = 1000) -> None:
        self.account = ZendeskAccount()
        self.app = ZendeskApp(self.account)
        self.account.quirks.page_rows = page_rows
        self.account.limits.windows["incremental"] = Window(incremental_per_minute, 60, "incremental-exports")
        self.grant = self.account.tokens.issue(self.account.admin.id, expires_in=None)
        self.requests: list[Seen] = []

    def now(self) -> datetime:
        return self.account.clock.now()

    def tick(self, seconds: float) -> None:
        self.account.clock.tick(seconds)

    def provider(self, **options: Any) -> Provider:
        """`options`: `settings`, `field_ids`, `tokens`, `patience` (timedelta)."""
        # Imported here because the account itself can be looked at without the provider.
        from connector.providers.zendesk import RATES, ZendeskProvider, read_limits

        session = plain_session()
        adapter = WsgiAdapter(self.app, on_send=self._see)
        for prefix in ("https://", "http://"):
            session.mount(prefix, adapter)
        gate = Gate(
            RATES,
            read_limits=read_limits,
            patience=options.get("patience", timedelta(0)),
            now=self.now,
            sleep=self.tick,
        )
        tokens = options.get("tokens", OneToken(self.grant.access_token))
        return ZendeskProvider(
            Http(ORIGIN, gate=gate, tokens=tokens, session=session),
            settings=options.get("settings", self.settings()),
            field_ids=options.get("field_ids", self.field_ids()),
        )

    def settings(self) -> dict[str, str]:
        return {"subdomain": self.account.subdomain, "user_id": str(self.account.admin.id)}

    def field_ids(self) -> dict[str, str] | None:
        """Our fields as far as the account has them, as a store would remember them; None without any."""
        found = {}
        for field in all_fields():
            held = self._held(field.name)
            if held is not None:
                found[field.name] = str(held.id)
        return found or None

    def _held(self, name: str) -> FieldDefinition | None:
        field = next(one for one in all_fields() if one.name == name)
        if field.on == "contact":
            return next((one for one in self.account.user_fields.values() if one.key == name), None)
        kind = TYPES.get(field.type, field.type)
        held = [one for one in self.account.custom_fields() if one.title == field.title]
        return next((one for one in held if one.type == kind), None)

    def _see(self, request: requests.PreparedRequest) -> None:
        path = request.path_url
        self.requests.append(Seen(request.method or "", path, dict(request.headers), self.now()))

    # What people do in the account

    def add_contact(
        self, *, name: str = "Sam Sample", email: str | None = None, opted_out: bool = False
    ) -> str:
        user = self.account.add_user(name, email)
        if opted_out:
            user.fields["empathy_opt_out"] = True
            if self._held("empathy_opt_out") is None:
                self.account.add_user_field("checkbox", "Empathy opt-out", "empathy_opt_out")
        return str(user.id)

    def add_agent(self, *, name: str = "Alex Agent") -> str:
        return str(self.account.add_user(name, None, role="agent", role_type=0).id)

    def add_macro(self, body: str, *, is_html: bool = False, is_active: bool = True) -> str:
        action = (
            {"field": "comment_value_html", "value": body}
            if is_html
            else {"field": "comment_value", "value": ["channel:all", body]}
        )
        macro_id = 7_000 + len(self.account.macros)
        actions = [{"field": "status", "value": "solved"}, action]
        self.account.macros.append({"id": macro_id, "active": is_active, "actions": actions})
        return f"{macro_id}:1"

    def add_conversation(
        self,
        said: Sequence[Said],
        *,
        contact_id: str | None = None,
        tags: Sequence[str] = (),
        is_closed: bool = False,
        at: datetime | None = None,
    ) -> str:
        """A ticket; one with a bot in it is a messaging ticket, whose turns only its conversation log has."""
        contact = contact_id or self.add_contact()
        last = at or self.now()
        first = min([one.at for one in said if one.at] + [last])
        is_messaging = any(one.role is Role.BOT for one in said)
        ticket = self.account.add_ticket(
            int(contact),
            channel="native_messaging" if is_messaging else "email",
            is_messaging=is_messaging,
            at=first,
            tags=tags,
        )
        for one in said:
            self._say(ticket, one, one.at or last)
        ticket.updated_at = ticket.generated_at = last
        if is_closed:
            self.account.close(ticket, last)
        return str(ticket.id)

    def add_message(self, conversation_id: str, said: Said) -> str:
        return self._say(self._ticket(conversation_id), said, said.at or self.now())

    def _say(self, ticket: Ticket, said: Said, at: datetime) -> str:
        author = int(said.author_id) if said.author_id else self._author(ticket, said.role)
        is_turn = ticket.is_messaging and said.is_public and said.role is not Role.SYSTEM
        if is_turn or said.role is Role.BOT:
            kind = {Role.AGENT: "agent", Role.CUSTOMER: "user"}.get(said.role, "bot")
            return self.account.add_turn(ticket, kind, author, said.text, at).id
        plain = html.unescape(re.sub(r"<[^>]*>", " ", said.text)) if said.is_html else said.text
        comment = self.account.add_comment(
            ticket,
            author,
            plain,
            html_text=said.text if said.is_html else as_html(said.text),
            is_public=said.is_public,
            channel="system" if said.role is Role.SYSTEM else None,
            at=at,
        )
        return str(comment.id)

    def _author(self, ticket: Ticket, role: Role) -> int:
        if role is Role.AGENT:
            return self.account.agent.id
        return ticket.requester_id if role is Role.CUSTOMER else SYSTEM_AUTHOR

    def place_in(self, conversation_id: str, kind: str, place_id: str) -> None:
        if kind == "channel":
            self._ticket(conversation_id).channel = place_id
            self.touch(conversation_id)
            return
        if kind not in ("brand", "queue"):
            raise NotApplicable(f"Zendesk tickets have no {kind}")
        self.account.set_place(self._ticket(conversation_id), kind, int(place_id))

    def thread_of(self, conversation_id: str) -> str:
        raise NotApplicable("Zendesk has no threads")

    def touch(self, conversation_id: str) -> None:
        ticket = self._ticket(conversation_id)
        self.account.set_priority(ticket, "low" if ticket.priority == "high" else "high")

    def delete(self, conversation_id: str) -> None:
        self.account.delete(self._ticket(conversation_id))

    def delete_contact(self, contact_id: str) -> None:
        """For good: the user's name and address are gone as well."""
        user = self.account.users[int(contact_id)]
        user.name, user.email, user.is_active = "Permanently Deleted User", None, False
        user.updated_at = self.now()

    def opt_out(self, contact_id: str, *, is_out: bool = True) -> None:
        """Tick the contact's box, or untick it; the conversations themselves do not change."""
        self.account.users[int(contact_id)].fields["empathy_opt_out"] = is_out
        if self._held("empathy_opt_out") is None:
            self.account.add_user_field("checkbox", "Empathy opt-out", "empathy_opt_out")

    def close(self, conversation_id: str) -> None:
        self.account.close(self._ticket(conversation_id))

    def _ticket(self, conversation_id: str) -> Ticket:
        self.app.settle()
        return self.account.tickets[int(conversation_id)]

    def tell_outcome(
        self,
        conversation_id: str,
        *,
        rating: str | int | None = None,
        comment: str | None = None,
        first_reply_minutes: float | None = None,
        resolution_minutes: float | None = None,
        reopens: int | None = None,
    ) -> None:
        ticket = self._ticket(conversation_id)
        if isinstance(rating, int):
            self.account.answer_survey(ticket, rating, comment)
        elif rating:
            ticket.rating = {"score": rating, "id": 1, "comment": comment, "reason": "No reason provided"}
        told = {"reply": first_reply_minutes, "resolution": resolution_minutes, "reopens": reopens}
        ticket.metrics |= {name: value for name, value in told.items() if value is not None}
        if resolution_minutes is not None:
            ticket.metrics["solved_at"] = ticket.created_at + timedelta(minutes=resolution_minutes)
        ticket.updated_at = ticket.generated_at = self.now()

    def reach_stage(self, contact_id: str, stage: str, at: datetime) -> None:
        raise NotApplicable("Zendesk has no lifecycle stages")

    def close_deal(self, contact_id: str, *, is_won: bool, amount: float, at: datetime) -> str:
        raise NotApplicable("Zendesk has no deals")

    def answer_survey(
        self,
        contact_id: str,
        *,
        recommend: int,
        comment: str | None = None,
        conversation_id: str | None = None,
    ) -> str:
        raise NotApplicable("Zendesk has no surveys but those of tickets")

    def take_surveys(self) -> None:
        self.account.quirks.has_surveys = False

    # What stands in the account

    def values_of(self, conversation_id: str) -> Mapping[str, Any]:
        ticket = self._ticket(conversation_id)
        values: dict[str, Any] = {}
        for field in all_fields():
            held = self._held(field.name) if field.on == "conversation" else None
            value = ticket.values.get(held.id) if held else None
            if value is not None:
                values[field.name] = _canonical(field.name, field.type, value)
        return values

    def contact_values_of(self, contact_id: str) -> Mapping[str, Any]:
        """Our fields on a contact, as `values_of` gives them for conversations."""
        self.app.settle()
        held = self.account.users[int(contact_id)].fields
        ours = [field for field in all_fields() if field.on == "contact" and held.get(field.name) is not None]
        return {field.name: _canonical(field.name, field.type, held[field.name]) for field in ours}

    def other_values_of(self, conversation_id: str) -> Mapping[str, Any]:
        ours = [one for one in map(self._held, (field.name for field in all_fields())) if one]
        our_ids = {one.id for one in ours}
        our_tags = {str(option["value"]) for one in ours for option in one.options}
        definitions = [one for one in self.account.custom_fields() if one.id not in our_ids]
        shown = self._ticket(conversation_id).shown(ORIGIN, definitions)
        for moving in ("updated_at", "generated_timestamp"):
            shown.pop(moving)
        shown["tags"] = [tag for tag in shown["tags"] if tag not in our_tags]
        return shown

    def writes_to(self, conversation_id: str) -> int:
        self.app.settle()
        return self.account.writes_to[int(conversation_id)]

    # Trouble

    def make_clash(self) -> None:
        self.account.add_ticket_field("text", "Empathy score")

    def kill_token(self) -> None:
        self.grant.is_dead = True

    def take_scope(self) -> None:
        self.grant.scopes = ("read",)

    def be_busy(self, *, seconds: float, times: int = 1) -> None:
        self.app.be_busy(seconds=seconds, times=times)

    def be_down(self, *, times: int = 1) -> None:
        self.app.trouble.down += times

    def cut_off(self, *, times: int = 1) -> None:
        self.app.trouble.cut_off += times


def _canonical(name: str, kind: str, value: Any) -> Any:
    if kind == "integer":
        return int(value)
    if kind == "decimal":
        return float(value)
    if kind == "choice":
        return str(value).removeprefix(PREFIXES[name])
    return value
