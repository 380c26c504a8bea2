"""A public server over two accounts, and browsers of people in each role."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.bootstrap import Connector
from connector.opening import COMMAND_PATIENCE
from connector.settings import Settings
from connector.signing_in import UserRole, Visitor
from connector.sync import Options
from connector.web import create_app

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PUBLIC = "https://empathy.example.test"
OWN, OTHER = "shop", "elsewhere"
AGENT = "agent-7"
UPSET = "My order {} is three weeks late, nobody answers, and I am furious. This is unacceptable!"
KIND = "I am so sorry that order {} is three weeks late. I have called the depot and will ring you at 4 pm."


@dataclass
class Server:
    """The application over both accounts; its clock is `now`."""

    app: Connector
    web: Flask
    folder: Path

    def browser(self, role: str = "anonymous", *, installation: str | None = OWN) -> Browser:
        """A browser of somebody in that role, signed in unless anonymous."""
        browser = Browser(self)
        if role != "anonymous":
            agent = AGENT if role == "agent" else None
            browser.sign_in(Visitor(UserRole.named(role), installation, agent, f"Kim the {role}"))
        return browser

    def token(self, role: str, installation: str = OWN) -> str:
        """A program's token."""
        return self.app.api_tokens.create(installation, role=role, label="a test", days=1, by="test")[0]


class Browser:
    """Behaves as a browser does: keeps cookies, and says where a form came from."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.client: FlaskClient = server.web.test_client()

    def sign_in(self, visitor: Visitor) -> None:
        """With a link, but past the limit on tries."""
        signing_in = self.server.app.signing_in
        redeemed = signing_in.redeem(signing_in.link_for(visitor).rpartition("/")[2])
        assert redeemed is not None
        name = self.server.web.extensions["session cookie"]
        domain = PUBLIC.removeprefix("https://")
        self.client.set_cookie(name, redeemed[0], domain=domain, secure=True, httponly=True)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, base_url=PUBLIC, **more)

    def post(self, path: str, form: dict[str, str] | None = None, **more: Any) -> TestResponse:
        """As a form of ours posts it; `more` may change that."""
        headers = {"Origin": PUBLIC, "Sec-Fetch-Site": "same-origin", **more.pop("headers", {})}
        data = more.pop("data", {"csrf_token": self.form_token(), **(form or {})})
        return self.client.post(path, base_url=PUBLIC, data=data, headers=headers, **more)

    def form_token(self) -> str:
        """What every form of ours carries."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get("/sign-in/nothing").text)
        assert found
        return found[1]


def serve_two_accounts(folder: Path, base_url: str | None = PUBLIC) -> Server:
    """Both with the same conversation ids, one of them with a dispute."""
    clock = {"now": NOW}
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{folder}/connector.db",
        queue_url=f"sqlite:///{folder}/queue.db",
        master_key_file=folder / "keys/master.key",
        erasure_log=folder / "erasures.log",
        base_url=base_url,
    )
    app = Connector(settings, now=lambda: clock["now"])
    for name in (OWN, OTHER):
        account = folder / name
        account.mkdir()
        (account / "c.jsonl").write_text("".join(json.dumps(each) + "\n" for each in conversations(name)))
        app.connect(name, "local", {"path": str(account)}, None)
        app.sync(name, Options(), patience=COMMAND_PATIENCE)
        app.disputing(name).contest("3", by="Ada", reason="The reply was sent after a call.")
    server = Server(app, create_app(app), folder)
    server.web.extensions["clock"] = clock
    return server


def later(server: Server, **by: float) -> None:
    """Let time pass."""
    clock = server.web.extensions["clock"]
    clock["now"] += timedelta(**by)


def conversations(name: str) -> list[dict[str, Any]]:
    """Five; the first waits for an answer, and is not about the same order in both accounts."""
    made = []
    for number in range(1, 6):
        word = f"{name}-{number}"
        said = [("customer", UPSET, None), ("agent", KIND, AGENT)][: 1 if number == 1 else 2]
        made.append(
            {
                "id": str(number),
                "contact_id": f"contact-{number}",
                "messages": [
                    {
                        "id": f"{number}-{at}",
                        "role": role,
                        "text": text.format(word),
                        "sent_at": (NOW - timedelta(hours=9 - at)).isoformat(),
                        **({"author_id": author} if author else {}),
                    }
                    for at, (role, text, author) in enumerate(said)
                ],
            }
        )
    return made
