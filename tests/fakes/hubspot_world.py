"""A HubSpot account for the conformance suite: things to put in, trouble to make, and what it saw."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connector.errors import Reauthorize
from connector.fields import all_fields
from connector.model import Role, Token
from connector.providers.base import Provider
from connector.providers.gate import Gate
from connector.providers.http import Http, plain_session

from ..providers.world import NotApplicable, Said
from .clock import Clock
from .hubspot import HubSpotApp
from .hubspot_account import HubSpotAccount
from .hubspot_pool import WsgiPool
from .hubspot_records import ALL_SCOPES, iso
from .hubspot_trouble import Arrived
from .wsgi import WsgiAdapter

TOKEN = "pat-na1-not-a-real-token"
BOT = "B-31"
SYSTEM = "S-hubspot"


class FixedTokens:
    """One token that nothing renews."""

    def __init__(self, token: str) -> None:
        self._token = token

    def current(self) -> str:
        return self._token

    def renew(self, stale: str) -> str:
        raise Reauthorize("The token of this account is dead; connect it again.")

    def held(self) -> Token:
        return Token(self._token)


class HubSpotWorld:
    """Conversations are inbox threads, or with `shape` "emails" e-mails logged on the ticket.

    With `is_doubled` every message of a thread also exists as an e-mail on the ticket, as inbox mail does.
    The burst limit is generous, so that promises about paging need no waiting; the documented one is 110.
    """

    def __init__(
        self,
        *,
        shape: str = "thread",
        is_doubled: bool = False,
        burst: int = 10_000,
        clock: Clock | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.account = HubSpotAccount(clock=self.clock)
        self.app = HubSpotApp(self.account)
        self.app.trouble.burst = burst
        self.account.grant(TOKEN)
        self.taken_scope = "tickets"
        self._shape = shape
        self._is_doubled = is_doubled
        self._agents: list[str] = []
        self._next_user = 100

    @property
    def requests(self) -> list[Arrived]:
        return self.app.requests

    def now(self) -> datetime:
        return self.clock.now()

    def tick(self, seconds: float) -> None:
        self.clock.tick(seconds)

    def provider(self, **options: Any) -> Provider:
        """`options`: `settings`, `field_ids`, `tokens`, `patience` (timedelta)."""
        # Imported here because the account itself can be looked at without the provider.
        from connector.providers import hubspot

        settings: Mapping[str, str] = options.get("settings", {})
        origin = hubspot.origin(settings)
        session = plain_session()
        for prefix in ("https://", "http://"):
            session.mount(prefix, WsgiAdapter(self.app))
        gate = Gate(
            hubspot.RATES,
            read_limits=hubspot.read_limits,
            patience=options.get("patience", timedelta(0)),
            now=self.clock.now,
            sleep=self.clock.tick,
        )
        http = Http(origin, gate=gate, tokens=options.get("tokens", FixedTokens(TOKEN)), session=session)
        return hubspot.HubSpotProvider(
            http,
            settings=settings,
            field_ids=options.get("field_ids", self.field_ids()),
            pool=WsgiPool(self.app),
        )

    def field_ids(self) -> dict[str, str] | None:
        """Our fields as far as the account has them, as a store would remember them; None without any."""
        held = self.account.properties
        names = [
            field.name
            for field in all_fields()
            if (definition := held[_OBJECT_TYPES[field.on]].get(field.name))
            and definition["groupName"] != "ticketinformation"
        ]
        return {name: name for name in names} or None

    def add_contact(
        self, *, name: str = "Sam Sample", email: str | None = None, opted_out: bool = False
    ) -> str:
        first, _, last = name.partition(" ")
        values = {"firstname": first, "lastname": last}
        if email is not None:
            values["email"] = email
        if opted_out:
            values["empathy_opt_out"] = "true"
        return self.account.add("contacts", values)

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
        """Times are properties of the ticket; a rating from 1 to 5 is a submission linked with it."""
        if isinstance(rating, str) or reopens is not None:
            raise NotApplicable("HubSpot knows neither good or bad nor reopened tickets")
        created_at = self.account.objects["tickets"][conversation_id].created_at
        times = {"first_agent_reply_date": first_reply_minutes, "closed_date": resolution_minutes}
        values = {
            name: iso(created_at + timedelta(minutes=minutes))
            for name, minutes in times.items()
            if minutes is not None
        }
        self.account.change("tickets", conversation_id, values)
        if rating is not None:
            group = "HAPPY" if rating >= 4 else "NEUTRAL" if rating == 3 else "UNHAPPY"
            submitted = {"hs_survey_type": "CSAT", "hs_value": str(rating), "hs_response_group": group}
            self._submit(submitted, comment, None, conversation_id)

    def reach_stage(self, contact_id: str, stage: str, at: datetime) -> None:
        values = {"lifecyclestage": stage, f"hs_v2_date_entered_{stage}": iso(at)}
        self.account.change("contacts", contact_id, values)

    def close_deal(self, contact_id: str, *, is_won: bool, amount: float, at: datetime) -> str:
        deal_id = self.account.add(
            "deals",
            {
                "dealstage": "closedwon" if is_won else "closedlost",
                "amount": str(amount),
                "closedate": iso(at),
                "hs_is_closed": "true",
                "hs_is_closed_won": str(is_won).lower(),
            },
        )
        self.account.link("deals", deal_id, "contacts", contact_id)
        return deal_id

    def answer_survey(
        self,
        contact_id: str,
        *,
        recommend: int,
        comment: str | None = None,
        conversation_id: str | None = None,
    ) -> str:
        submitted = {"hs_survey_type": "NPS", "hs_value": str(recommend), "hs_survey_name": "Loyalty"}
        return self._submit(submitted, comment, contact_id, conversation_id)

    def take_surveys(self) -> None:
        grant = self.account.grants[TOKEN]
        grant.scopes = grant.scopes - {"crm.objects.feedback_submissions.read"}

    def _submit(
        self, values: Mapping[str, str], comment: str | None, contact_id: str | None, ticket_id: str | None
    ) -> str:
        submitted = {**values, "hs_submission_timestamp": iso(self.now())}
        if comment is not None:
            submitted["hs_content"] = comment
        record_id = self.account.add("feedback_submissions", submitted)
        for kind, other in (("contacts", contact_id), ("tickets", ticket_id)):
            if other is not None:
                self.account.link("feedback_submissions", record_id, kind, other)
        return record_id

    def add_macro(self, body: str, *, is_html: bool = False, is_active: bool = True) -> str:
        raise NotApplicable("HubSpot has no interface to snippets")

    def add_agent(self, *, name: str = "Alex Agent") -> str:
        """A user with a seat; the id is that of their actor."""
        self._next_user += 1
        first, _, last = name.partition(" ")
        user_id = str(self._next_user)
        actor = self.account.add_owner(
            user_id=user_id, email=f"agent{user_id}@sample.example", first=first, last=last
        )
        self._agents.append(actor)
        return actor

    def add_conversation(
        self,
        said: Sequence[Said],
        *,
        contact_id: str | None = None,
        tags: Sequence[str] = (),
        is_closed: bool = False,
        at: datetime | None = None,
    ) -> str:
        if tags:
            raise NotApplicable("HubSpot tickets have no tags")
        at = at or self.now()
        contact_id = contact_id or self.add_contact()
        ticket_id = self.account.add(
            "tickets", {"subject": "A question", "hs_pipeline": "0", "hs_pipeline_stage": "1"}, at=at
        )
        self.account.link("tickets", ticket_id, "contacts", contact_id)
        if is_closed:
            self.account.change("tickets", ticket_id, _CLOSED, at=at)
        if self._shape == "thread":
            self.account.add_thread(ticket_id=ticket_id, contact_id=contact_id, at=at)
        for place, one in enumerate(said, 1):
            # No two messages of a person have the same millisecond.
            self._say(ticket_id, one, one.at or at - timedelta(milliseconds=len(said) - place))
        return ticket_id

    def add_message(self, conversation_id: str, said: Said) -> str:
        latest = max(
            (held.latest_at for held in self.account.threads.values() if held.ticket_id == conversation_id),
            default=self.now() - _A_MOMENT,
        )
        return self._say(conversation_id, said, said.at or max(self.now(), latest + _A_MOMENT))

    def _say(self, ticket_id: str, said: Said, at: datetime) -> str:
        rich = said.text if said.is_html else html.escape(said.text, quote=False).replace("\n", "<br>")
        plain = html.unescape(re.sub(r"<[^>]+>", " ", said.text)) if said.is_html else said.text
        if self._shape == "emails" and not said.is_public:
            return self._log("notes", ticket_id, {"hs_note_body": rich}, said, at)
        if self._shape == "emails" and said.role in (Role.BOT, Role.SYSTEM):
            raise NotApplicable("E-mails logged on a ticket are from people")
        if self._shape == "emails":
            return self._log("emails", ticket_id, _email(said, plain, rich), said, at)
        thread = next(held for held in self.account.threads.values() if held.ticket_id == ticket_id)
        message_id = self.account.add_thread_message(
            thread,
            actor=self._actor(said, thread.contact_id),
            text=plain,
            rich=rich,
            kind="MESSAGE" if said.is_public else "COMMENT",
            direction="INCOMING" if said.role is Role.CUSTOMER else "OUTGOING",
            at=at,
        )
        if self._is_doubled and said.is_public:
            self._log("emails", ticket_id, _email(said, plain, rich), said, at)
        return message_id

    def _actor(self, said: Said, contact_id: str | None) -> str:
        if said.role is Role.AGENT:
            return said.author_id or (self._agents or [self.add_agent()])[0]
        if said.role is Role.CUSTOMER:
            author = said.author_id or contact_id or ""
            return author if author[1:2] == "-" else f"V-{author}"
        return said.author_id or (BOT if said.role is Role.BOT else SYSTEM)

    def _log(
        self, object_type: str, ticket_id: str, values: Mapping[str, str], said: Said, at: datetime
    ) -> str:
        owner = ""
        if said.role is Role.AGENT:
            actor = said.author_id or (self._agents or [self.add_agent()])[0]
            owner = next(row["id"] for row in self.account.owners.values() if f"A-{row['userId']}" == actor)
        record_id = self.account.add(
            object_type, {"hs_timestamp": iso(at), "hubspot_owner_id": owner, **values}, at=at
        )
        self.account.link("tickets", ticket_id, object_type, record_id)
        for contact_id in self.account.links["tickets", ticket_id, "contacts"]:
            self.account.link("contacts", contact_id, object_type, record_id)
        return record_id

    def place_in(self, conversation_id: str, kind: str, place_id: str) -> None:
        if kind not in ("pipeline", "channel"):
            raise NotApplicable(f"HubSpot tickets have no {kind}")
        name = "hs_pipeline" if kind == "pipeline" else "source_type"
        self.account.change("tickets", conversation_id, {name: place_id})

    def thread_of(self, conversation_id: str) -> str:
        if self._shape != "thread":
            raise NotApplicable("E-mails are logged on the ticket itself")
        return next(held.id for held in self.account.threads.values() if held.ticket_id == conversation_id)

    def touch(self, conversation_id: str) -> None:
        self.account.change("tickets", conversation_id, {"hs_ticket_priority": "HIGH"})

    def delete(self, conversation_id: str) -> None:
        self.account.archive("tickets", conversation_id)

    def delete_contact(self, contact_id: str) -> None:
        self.account.archive("contacts", contact_id)

    def opt_out(self, contact_id: str, *, is_out: bool = True) -> None:
        """Tick the contact's box, or untick it; the conversations themselves do not change."""
        self.account.change("contacts", contact_id, {"empathy_opt_out": "true" if is_out else "false"})

    def close(self, conversation_id: str) -> None:
        self.account.change("tickets", conversation_id, _CLOSED)

    def values_of(self, conversation_id: str) -> Mapping[str, Any]:
        held = self.account.objects["tickets"][conversation_id].values
        return {
            field.name: _canonical(field.type, held[field.name])
            for field in all_fields()
            if field.on == "conversation" and held.get(field.name)
        }

    def other_values_of(self, conversation_id: str) -> Mapping[str, Any]:
        held = self.account.objects["tickets"][conversation_id].values
        ours = {field.name for field in all_fields()} | {"hs_lastmodifieddate"}
        return {name: value for name, value in held.items() if name not in ours}

    def writes_to(self, conversation_id: str) -> int:
        return len({write.request for write in self.account.writes if write.id == conversation_id})

    def make_clash(self) -> None:
        self.account.properties["tickets"]["empathy_score"] = {
            "name": "empathy_score",
            "label": "Our own score",
            "groupName": "ticketinformation",
            "type": "string",
            "fieldType": "text",
            "options": [],
            "hubspotDefined": False,
            "archived": False,
        }

    def kill_token(self) -> None:
        self.account.grants.clear()

    def take_scope(self) -> None:
        self.account.grant(TOKEN, ALL_SCOPES - {self.taken_scope})

    def be_busy(self, *, seconds: float, times: int = 1) -> None:
        self.app.trouble.be_busy(seconds=seconds, times=times)

    def be_down(self, *, times: int = 1) -> None:
        self.app.trouble.be_down(times=times)

    def cut_off(self, *, times: int = 1) -> None:
        self.app.trouble.cut_off(times=times)


_OBJECT_TYPES = {"conversation": "tickets", "contact": "contacts"}
_A_MOMENT = timedelta(milliseconds=1)
_CLOSED = {"hs_pipeline_stage": "4", "hs_is_closed": "true"}


def _email(said: Said, plain: str, rich: str) -> dict[str, str]:
    return {
        "hs_email_subject": "A question",
        "hs_email_text": plain,
        "hs_email_html": rich,
        "hs_email_direction": "INCOMING_EMAIL" if said.role is Role.CUSTOMER else "EMAIL",
        "hs_email_status": "SENT",
    }


def _canonical(kind: str, value: str) -> Any:
    if kind == "integer":
        return int(value)
    if kind == "decimal":
        return float(value)
    if kind == "checkbox":
        return value == "true"
    return value
