"""An account in memory whose webhooks reach our server, in any order and however often."""

from __future__ import annotations

import base64
import hmac
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from werkzeug.test import TestResponse

from connector.model import Role
from connector.web import create_app
from tests.fakes.words import own_words
from tests.fakes.zendesk_hooks import event
from tests.places import NAME, OverWorld, Place, place_on
from tests.providers.world import Said

PUBLIC = "https://empathy.example.test"
SECRET = "not-a-secret"
SEEN_AFTER = 400.0
"""Seconds after which every platform shows a change in its lists."""


@dataclass
class Telling:
    """A place, the server over it, and what the platform says to the server."""

    place: Place
    platform: str
    web: Flask
    spoken: list[str] = field(default_factory=list)
    """Conversations that `talk` made."""

    @classmethod
    def on(cls, platform: str, folder: Path) -> Telling:
        place = place_on(platform, folder, extended=False)
        told = {"base_url": PUBLIC, "hubspot_client_secret": SECRET}
        place.app.settings = type(place.app.settings)(**{**place.app.settings.model_dump(), **told})
        place.app.ensure_hooks(NAME) if platform == "zendesk" else None
        return cls(place, platform, _serve(place.app))

    def restart(self) -> None:
        """Every process dies, and new ones begin over the same files; the queue forgets everything."""
        self.place = self.place.again()
        self.web = _serve(self.place.app)

    def talk(self, word: object) -> str:
        """A conversation with a contact of its own."""
        self.spoken.append(self.place.talk(self.place.world.add_contact(), own_words(word)))
        return self.spoken[-1]

    def say(self, conversation_id: str, word: object) -> None:
        self.place.world.tick(1)
        text = f"Still nothing! This is unacceptable, I am so angry. {own_words(word)}"
        self.place.world.add_message(conversation_id, Said(Role.CUSTOMER, text))

    def changed(self, conversation_id: str, *, number: int = 0, kind: str = "comment_added") -> bytes:
        """The body of a delivery that names a conversation."""
        if self.platform == "zendesk":
            told = event(f"ticket.{kind}", int(conversation_id)) | {"id": str(number)}
            return json.dumps(told).encode()
        row = {"portalId": int(self._account_id), "objectId": int(conversation_id), "eventId": number}
        return json.dumps([row | {"subscriptionType": "ticket.propertyChange"}]).encode()

    def erased(self, contact_id: str) -> bytes:
        """The body of a delivery that tells of a contact who was erased for good."""
        if self.platform == "zendesk":
            return json.dumps(event("user.deleted", int(contact_id))).encode()
        row = {"portalId": int(self._account_id), "objectId": int(contact_id)}
        return json.dumps([row | {"subscriptionType": "contact.privacyDeletion"}] * 2).encode()

    def signed(self, body: bytes, *, seconds_ago: float = 0) -> dict[str, str]:
        """The headers with which the platform would send it."""
        at = self.place.app.now().timestamp() - seconds_ago
        if self.platform == "zendesk":
            return self._zendesk_headers(body, at)
        stamp = str(int(at * 1000))
        signed = b"POST" + f"{PUBLIC}{self.path}".encode() + body + stamp.encode()
        signature = base64.b64encode(hmac.digest(SECRET.encode(), signed, "sha256")).decode()
        return {"X-HubSpot-Signature-v3": signature, "X-HubSpot-Request-Timestamp": stamp}

    def deliver(self, body: bytes, headers: dict[str, str] | None = None) -> TestResponse:
        answer: TestResponse = self.web.test_client().post(
            self.path, base_url=PUBLIC, data=body, headers=headers or self.signed(body)
        )
        return answer

    def work(self) -> None:
        """Look at everything that was told."""
        while self.place.app.looking.look(NAME):
            self.place.world.tick(60)

    def hints(self) -> list[tuple[str, str]]:
        return sorted((each.told, each.id) for each in self.place.app.store.hints(NAME, 1000))

    @property
    def path(self) -> str:
        return f"/webhooks/zendesk/{NAME}" if self.platform == "zendesk" else "/webhooks/hubspot"

    @property
    def _account_id(self) -> str:
        return str(self.place.installation.account_id)

    def _zendesk_headers(self, body: bytes, at: float) -> dict[str, str]:
        account = self.place.world.account
        hook = next(each for each in account.webhooks.values() if each.asked["name"].endswith("events"))
        stamp = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        mac = hmac.digest(hook.secret.encode(), stamp.encode() + body, "sha256")
        return {
            "X-Zendesk-Webhook-Signature": base64.b64encode(mac).decode(),
            "X-Zendesk-Webhook-Signature-Timestamp": stamp,
        }


class _NoQueue:
    """The wake-ups go nowhere: whatever is done is found in the database."""

    def look_soon(self, name: str) -> None:
        """Nobody is woken."""

    def count(self) -> int:
        return 0


def _serve(app: OverWorld) -> Flask:
    web = create_app(app)
    web.extensions["queue"] = _NoQueue()
    return web
