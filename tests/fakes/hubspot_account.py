"""What a HubSpot account holds: records, links between them, threads, property definitions and tokens."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from .clock import Clock
from .consent import Consent
from .hubspot_properties import Refused, default_definitions, stored_value
from .hubspot_records import (
    ALL_SCOPES,
    OBJECT_TYPES,
    Grant,
    PropertyWrite,
    Record,
    Thread,
    iso,
    modified_name,
)

CLIENT_ID = "client-of-a-test"
_APP = json.loads(
    (Path(__file__).parents[2] / "manifests/hubspot/src/app/app-hsmeta.json").read_text(encoding="utf-8")
)["config"]["auth"]
REQUIRED_SCOPES = tuple(_APP["requiredScopes"])
DECLARED_SCOPES = (*REQUIRED_SCOPES, *_APP["optionalScopes"])
"""What our own app package declares: HubSpot refuses to install with other scopes."""


class HubSpotAccount:
    """A portal that can be filled and watched; without a clock of its own it lives on the real one."""

    def __init__(self, *, portal_id: str = "4242001", clock: Clock | None = None) -> None:
        self.portal_id = portal_id
        self.clock = clock or Clock(None)
        self.objects: dict[str, dict[str, Record]] = {name: {} for name in OBJECT_TYPES}
        self.links: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        self.threads: dict[str, Thread] = {}
        self.originals: dict[tuple[str, str], tuple[str, str]] = {}
        self.actors: dict[str, dict[str, Any]] = {
            "S-hubspot": {"id": "S-hubspot", "name": "HubSpot", "type": "SYSTEM"},
            "B-31": {"id": "B-31", "name": "Welcome bot", "type": "BOT"},
            "L-71": {"id": "L-71", "name": "Customer agent", "type": "LLM"},
            "I-991": {"id": "I-991", "name": "Shop import", "type": "INTEGRATOR"},
        }
        self.owners: dict[str, dict[str, Any]] = {}
        self.properties = default_definitions()
        self.groups: dict[str, dict[str, dict[str, Any]]] = {
            "tickets": {"ticketinformation": _group("ticketinformation", "Ticket information")},
            "contacts": {"contactinformation": _group("contactinformation", "Contact information")},
        }
        self.grants: dict[str, Grant] = {}
        self.consent = Consent(
            self.clock, CLIENT_ID, DECLARED_SCOPES, required=REQUIRED_SCOPES, takes_challenge=False
        )
        self.told_portal_id: str | None = None
        """Another account than the token's that the token answer names."""
        self.dead_refresh_tokens: set[str] = set()
        self.is_uninstalled = False
        self.rotates = False
        """Each renewal kills both old tokens; HubSpot documents neither that it does nor that it does not."""
        self.refreshes = 0
        self.refused_refreshes = 0
        self.writes: list[PropertyWrite] = []
        self.index_lag = timedelta(0)
        self.ruled_out: set[str] = set()
        """Tickets that a rule of the admin's refuses every write to (400)."""
        self._next_id = 7_000_000_000

    def now(self) -> datetime:
        return self.clock.now()

    def new_id(self, *, step: int = 1) -> str:
        self._next_id += step
        return str(self._next_id)

    def grant(self, token: str, scopes: Iterable[str] = ALL_SCOPES, **more: Any) -> str:
        """Let an access token in; returns it."""
        self.grants[token] = Grant(frozenset(scopes), **more)
        return token

    def add(
        self,
        object_type: str,
        values: Mapping[str, str],
        *,
        at: datetime | None = None,
        record_id: str | None = None,
    ) -> str:
        """A new record, created and last changed at `at`."""
        at = at or self.now()
        record = Record(record_id or self.new_id(), object_type, dict(values), at, at)
        record.values |= {
            "hs_object_id": record.id,
            "createdate": iso(at),
            modified_name(object_type): iso(at),
        }
        record.versions.append((at, dict(record.values)))
        self.objects[object_type][record.id] = record
        return record.id

    def change(
        self, object_type: str, record_id: str, values: Mapping[str, str], *, at: datetime | None = None
    ) -> None:
        """Set values and the last-modified time, without any check."""
        record = self.objects[object_type][record_id]
        at = at or self.now()
        record.values |= dict(values)
        record.updated_at = at
        record.values[modified_name(object_type)] = iso(at)
        record.versions.append((at, dict(record.values)))

    def archive(self, object_type: str, record_id: str) -> None:
        self.objects[object_type][record_id].archived_at = self.now()

    def link(self, from_type: str, from_id: str, to_type: str, to_id: str) -> None:
        """Associate two records, both ways."""
        for key, other in (((from_type, from_id, to_type), to_id), ((to_type, to_id, from_type), from_id)):
            if other not in self.links[key]:
                self.links[key].append(other)

    def living(self, object_type: str, record_id: str) -> Record | None:
        record = self.objects[object_type].get(record_id)
        return record if record and record.archived_at is None else None

    def write(self, object_type: str, record_id: str, values: Mapping[str, Any], *, request: int) -> Record:
        """A checked write of the API; every write bumps the last-modified time. Raises Refused."""
        record = self.living(object_type, record_id)
        if record is None:
            raise Refused("OBJECT_NOT_FOUND", "resource not found", record_id=record_id, status=404)
        if record_id in self.ruled_out:
            raise Refused(
                "VALIDATION_ERROR",
                "Some required properties were not set.",
                code="CONDITIONAL_REQUIRED_PROPERTY",
                record_id=record_id,
            )
        definitions = self.properties[object_type]
        stored = {
            name: stored_value(definitions, name, value, record_id=record_id)
            for name, value in values.items()
        }
        now = self.now()
        for name, value in stored.items():
            changed = record.values.get(name, "") != value
            self.writes.append(PropertyWrite(now, object_type, record_id, name, value, changed, request))
        self.change(object_type, record_id, stored)
        return record

    def effective_changes(self, record_id: str, name: str) -> int:
        """How many writes changed this value."""
        return sum(write.changed for write in self.writes if write.id == record_id and write.name == name)

    def add_owner(self, *, user_id: str, email: str, first: str, last: str) -> str:
        """An owner and the agent actor of the same user; returns the actor id."""
        owner_id = self.new_id()
        self.owners[owner_id] = {
            "id": owner_id,
            "userId": int(user_id),
            "email": email,
            "firstName": first,
            "lastName": last,
            "teams": [],
            "archived": False,
        }
        actor = f"A-{user_id}"
        self.actors[actor] = {"id": actor, "name": f"{first} {last}", "email": email, "type": "AGENT"}
        return actor

    def add_thread(
        self, *, ticket_id: str | None, contact_id: str | None = None, at: datetime | None = None
    ) -> Thread:
        at = at or self.now()
        thread = Thread(self.new_id(), at, at, ticket_id, contact_id)
        self.threads[thread.id] = thread
        return thread

    def add_thread_message(
        self,
        thread: Thread,
        *,
        actor: str,
        text: str,
        rich: str | None = None,
        kind: str = "MESSAGE",
        direction: str | None = None,
        at: datetime | None = None,
        full: str | None = None,
        cut: str = "NOT_TRUNCATED",
        client: str = "HUBSPOT",
    ) -> str:
        """A message; `full` is the original content when the listed text is cut off."""
        at = at or self.now()
        record_id = f"{self.new_id()}-{len(thread.messages)}"
        message: dict[str, Any] = {
            "id": record_id,
            "conversationsThreadId": thread.id,
            "type": kind,
            "createdAt": iso(at),
            "updatedAt": iso(at),
            "createdBy": actor,
            "client": {"clientType": client},
            "senders": [{"actorId": actor, "senderField": "FROM"}],
            "recipients": [],
            "archived": False,
        }
        if kind in ("MESSAGE", "COMMENT", "WELCOME_MESSAGE"):
            message |= {"text": text, "richText": rich if rich is not None else text, "attachments": []}
        if kind == "MESSAGE":
            message |= {
                "direction": direction or ("INCOMING" if actor[:2] in ("V-", "E-") else "OUTGOING"),
                "truncationStatus": cut,
                "status": {"statusType": "RECEIVED" if actor[:2] in ("V-", "E-") else "SENT"},
                "subject": "",
                "channelId": "1002",
                "channelAccountId": "9001",
            }
        thread.messages.append(message)
        thread.messages.sort(key=lambda held: held["createdAt"])
        thread.latest_at = max(thread.latest_at, at)
        if full is not None:
            self.originals[thread.id, record_id] = (full, full)
        return record_id


def _group(name: str, label: str) -> dict[str, Any]:
    return {"name": name, "label": label, "displayOrder": -1, "archived": False}
