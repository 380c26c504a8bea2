"""One HubSpot account, as the contract asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import ClassVar

from ...errors import ConnectorError, Misconfigured, Unsupported
from ...fields import OPT_OUT
from ...model import Account, Conversation, Field, Macro, Page, PastConversation, Write, Written
from ...outcomes import FactPage
from ..base import Capabilities, MadeHook, MadeTemplate, OAuth, Wanted
from ..http import Http
from .contacts import Contacts
from .crm import BATCH_LIMIT, Crm
from .cursor import INDEX_LAG, Cursor, read_cursor
from .histories import history_of
from .oauth import API, OAUTH, is_from_an_app, revoke_token
from .outcomes import TELLS, Outcomes
from .owners import Owners
from .paths import ACCOUNT, UNINSTALL
from .properties import Properties
from .refusals import NoSuchPath, Refused
from .sdk import GatedPool, Pool, Sdk, pool_manager
from .threads import Threads, ask
from .tickets import Tickets
from .writes import Writes


def origin(settings: Mapping[str, str]) -> str:
    """Where an account is called."""
    return (settings.get("api_origin") or API).rstrip("/")


class HubSpotProvider:
    """Tickets with their threads, mails, notes and calls as conversations."""

    name: ClassVar[str] = "hubspot"
    capabilities: ClassVar[Capabilities] = Capabilities(
        history=True,
        deletions=True,
        contact_deletions=True,
        contact_search=True,
        opt_out_list=True,
        labels=("pipeline", "channel"),
        agent_prefix="A-",
        threads=True,
        private_notes=True,
        contact_fields=True,
        outcomes=TELLS,
        write_batch=BATCH_LIMIT,
        index_lag=INDEX_LAG,
    )
    oauth: ClassVar[OAuth | None] = OAUTH

    def __init__(
        self,
        http: Http,
        *,
        settings: Mapping[str, str],
        field_ids: Mapping[str, str] | None,
        pool: Pool | None = None,
    ) -> None:
        self._http = http
        pool = pool or pool_manager(http.origin, is_operators=bool(settings.get("api_origin")))
        gated = GatedPool(pool, http=http)
        sdk = Sdk(http.origin, gated)
        self._crm = Crm(sdk)
        self._threads = Threads(http)
        self._tickets = Tickets(
            self._crm, self._threads, Owners(sdk), is_opt_out_known=OPT_OUT in (field_ids or {})
        )
        self._contacts = Contacts(self._crm, is_opt_out_known=OPT_OUT in (field_ids or {}))
        self._properties = Properties(sdk, gated)
        self._writes = Writes(self._crm, field_ids)

    def check(self) -> Account:
        """The account's portal, and that everything we read can be read: four more cheap requests."""
        portal = ask(self._http, ACCOUNT)
        portal_id = str(portal.get("portalId") or "")
        if not portal_id:
            raise Misconfigured(f"{self._http.origin} does not answer like HubSpot; check the address.")
        self._crm.probe("tickets")
        for kind in ("contacts", "emails"):
            with suppress(NoSuchPath, Refused):  # it has none; a scope that is missing is another thing
                self._crm.probe(kind)
        self._threads.probe()
        return Account(id=portal_id, name=f"HubSpot account {portal_id}")

    def pages(self, since: str | None, wanted: Wanted) -> Iterator[Page]:
        """Changed tickets by rising id, then one page with the cursor that ends the window."""
        window = read_cursor(since).started(self._http.gate.now())
        yield from self._tickets.pages(window, wanted)

    def cursor_at(self, instant: datetime) -> str:
        """A window from that instant on."""
        return Cursor(begin=instant).text()

    def conversation(self, conversation_id: str, wanted: Wanted | None = None) -> Conversation | None:
        """One ticket, whole."""
        return self._tickets.conversation(conversation_id, wanted)

    def conversation_of(self, thread_id: str) -> str | None:
        """A thread's ticket, asked of the thread itself: no index, so nothing to wait for."""
        return self._threads.ticket_of(thread_id)

    def history(self, contact_id: str, limit: int) -> Sequence[PastConversation]:
        """A contact's earlier tickets, mails, calls and notes."""
        return history_of(self._crm, contact_id, limit)

    def ensure_fields(self, fields: Sequence[Field]) -> Mapping[str, str]:
        """Our properties on tickets and contacts."""
        field_ids = self._properties.ensure(fields)
        self._writes.field_ids = {**self._writes.field_ids, **field_ids}
        return field_ids

    def write(self, batch: Sequence[Write]) -> Sequence[Written]:
        """Set our properties on tickets."""
        return self._writes.write("tickets", batch)

    def write_contacts(self, batch: Sequence[Write]) -> Sequence[Written]:
        """Set our properties on contacts."""
        return self._writes.write("contacts", batch)

    def deleted(self, since: datetime) -> Iterator[str]:
        """Tickets archived at or after `since`."""
        return self._tickets.deleted(since)

    def macros(self) -> Iterator[Macro]:
        raise Unsupported("HubSpot has no interface to the snippets and templates that agents paste.")

    def deleted_contacts(self, since: datetime) -> Iterator[str]:
        """Contacts archived at or after `since`, not those deleted for good (BEHAVIOR.md 18)."""
        return self._contacts.deleted(since)

    def opted_out_contacts(self) -> Iterator[str]:
        return self._contacts.opted_out()

    def find_contact(self, email: str) -> Sequence[str]:
        return self._contacts.with_email(email)

    def outcomes(self, since: str | None) -> Iterator[FactPage]:
        return Outcomes(self._crm, now=self._http.gate.now).pages(since)

    def ensure_hooks(self, address: str) -> Sequence[MadeHook]:  # noqa: ARG002 - the contract's
        raise Unsupported("HubSpot's webhooks are part of the app, and need not be made in each account.")

    def ensure_templates(self) -> Sequence[MadeTemplate]:
        raise Unsupported("HubSpot's workflows are made by hand.")

    def disconnect(self) -> None:
        """Uninstall our app, and revoke its token; a pasted token is revoked where it was made."""
        with suppress(ConnectorError):
            if self._http.tokens is None or not is_from_an_app(self._http.tokens.held()):
                return
            with suppress(ConnectorError):
                self._http.call("DELETE", UNINSTALL)
            token = self._http.tokens.held()  # asked for anew: uninstalling may have renewed the pair
            self._http.gate.enter("account")
            revoke_token(token, origin=self._http.origin, session=self._http.session)
