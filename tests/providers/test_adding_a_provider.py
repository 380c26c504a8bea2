"""The walk-through of `docs/adding-a-provider.md` leads to a provider that keeps the contract."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from connector.errors import Reauthorize
from connector.model import Role
from connector.providers.base import Provider
from connector.providers.gate import Gate
from connector.providers.http import Http, plain_session
from tests.fakes.clock import Clock
from tests.fakes.wsgi import LostAnswer, WsgiAdapter

from .contract import ProviderContract
from .world import NotApplicable, Said, Seen

PAGE = Path(__file__).parents[2] / "docs" / "adding-a-provider.md"
PACKAGE = "connector.providers.letterbox"
ORIGIN = "https://letterbox.example"
BY = {Role.AGENT: "staff", Role.CUSTOMER: "client", Role.BOT: "robot", Role.SYSTEM: "rule"}
MOST_ROWS = 20


@pytest.fixture(scope="module")
def letterbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """The package, put together from the page."""
    folder = tmp_path_factory.mktemp("letterbox")
    files = re.findall(
        r"`connector/providers/letterbox/(\w+\.py)`:\n\n```python\n(.*?)```", PAGE.read_text(), re.DOTALL
    )
    assert {name for name, _ in files} == {"__init__.py", "limits.py", "mapping.py", "provider.py"}
    for name, code in files:
        (folder / name).write_text(code)
    spec = importlib.util.spec_from_file_location(
        PACKAGE, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)
    yield package
    for name in [each for each in sys.modules if each.startswith(PACKAGE)]:
        del sys.modules[name]


class OneToken:
    def current(self) -> str:
        return "not-a-real-token"

    def renew(self, stale: str) -> str:
        raise Reauthorize("The token is dead; connect this account again.")


class LetterboxWorld:
    """The platform of the page: a feed in the order of changes, and twenty rows in one write."""

    def __init__(self, package: ModuleType) -> None:
        self.requests: list[Seen] = []
        self._package = package
        self._clock = Clock()
        self._letters: dict[str, dict[str, Any]] = {}
        self._fields: dict[str, dict[str, Any]] = {}
        self._writes: dict[str, int] = {}
        self._clients: dict[str, bool] = {}
        self._people = 0
        self._changes = 0
        self._trouble: list[str] = []
        self._closed_until = self.now()
        self._has_token = True
        self._has_scope = True

    def now(self) -> datetime:
        return self._clock.now()

    def tick(self, seconds: float) -> None:
        self._clock.tick(seconds)

    def provider(self, **options: Any) -> Provider:
        session = plain_session()
        session.mount(ORIGIN, WsgiAdapter(self.app))
        rates, read_limits = self._package.RATES, self._package.read_limits
        gate = Gate(rates, read_limits=read_limits, now=self.now, sleep=self.tick)
        http = Http(ORIGIN, gate=gate, tokens=OneToken(), session=session)
        provider: Provider = self._package.LetterboxProvider(http)
        return provider

    # What the account holds

    def add_contact(
        self, *, name: str = "Sam Sample", email: str | None = None, opted_out: bool = False
    ) -> str:
        client_id = self.add_agent(name=name)
        self._clients[client_id] = opted_out
        return client_id

    def add_macro(self, body: str, *, is_html: bool = False, is_active: bool = True) -> str:
        raise NotApplicable("Letterbox keeps no texts for pasting")

    def add_agent(self, *, name: str = "Alex Agent") -> str:
        self._people += 1
        return str(self._people)

    def add_conversation(
        self,
        said: Sequence[Said],
        *,
        contact_id: str | None = None,
        tags: Sequence[str] = (),
        is_closed: bool = False,
        at: datetime | None = None,
    ) -> str:
        letter_id = str(len(self._letters) + 1)
        client_id = contact_id or self.add_contact()
        client = {"id": client_id, "opted_out": self._clients[client_id]}
        letter = {"id": letter_id, "client": client, "closed": is_closed, "deleted": False, "lines": []}
        self._letters[letter_id] = letter
        self._change(letter, at)
        for each in said:
            self._say(letter, each)
        return letter_id

    def add_message(self, conversation_id: str, said: Said) -> str:
        self._change(self._letters[conversation_id])
        return self._say(self._letters[conversation_id], said)

    def touch(self, conversation_id: str) -> None:
        self._change(self._letters[conversation_id])

    def delete(self, conversation_id: str) -> None:
        self._letters[conversation_id]["deleted"] = True
        self._change(self._letters[conversation_id])

    def close(self, conversation_id: str) -> None:
        self._letters[conversation_id]["closed"] = True
        self._change(self._letters[conversation_id])

    def values_of(self, conversation_id: str) -> Mapping[str, Any]:
        fields = self._fields.get(conversation_id, {})
        return {name: value for name, value in fields.items() if value is not None}

    def other_values_of(self, conversation_id: str) -> Mapping[str, Any]:
        letter = self._letters[conversation_id]
        return {name: value for name, value in letter.items() if name not in ("change", "changed")}

    def writes_to(self, conversation_id: str) -> int:
        return self._writes.get(conversation_id, 0)

    # Trouble

    def make_clash(self) -> None:
        raise NotApplicable("a letter takes any field")

    def kill_token(self) -> None:
        self._has_token = False

    def take_scope(self) -> None:
        self._has_scope = False

    def be_busy(self, *, seconds: float, times: int = 1) -> None:
        self._closed_until = self.now() + timedelta(seconds=seconds)

    def be_down(self, *, times: int = 1) -> None:
        self._trouble += ["down"] * times

    def cut_off(self, *, times: int = 1) -> None:
        self._trouble += ["lost"] * times

    # The platform

    def app(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = Request(environ)
        self.requests.append(Seen(request.method, request.full_path, dict(request.headers), self.now()))
        wait = (self._closed_until - self.now()).total_seconds()
        trouble = self._trouble.pop(0) if self._trouble else ""
        if wait > 0:
            response = Response("slow down", 429, {"Retry-After": str(int(wait) + 1)})
        elif trouble == "down":
            response = Response("<h1>Bad gateway</h1>", 502)
        elif not self._has_token:
            response = Response("who are you?", 401)
        else:
            response = self._answer(request)
        if trouble == "lost":
            raise LostAnswer
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if request.path == "/me":
            return _json({"account": 7, "name": "Sample Letters"}) if self._has_scope else Response("", 403)
        if request.path == "/letters":
            return self._feed(request.args["after"], int(request.args["limit"]))
        if request.path == "/fields":
            rows = request.get_json()["rows"]
            if len(rows) > MOST_ROWS:
                return Response("too many rows", 413)
            return _json({"results": [{"id": row["id"], "status": self._write(row)} for row in rows]})
        letter = self._letters.get(request.path.rpartition("/")[2])
        return _json(letter) if letter and not letter["deleted"] else Response("", 404)

    def _feed(self, after: str, limit: int) -> Response:
        letters = sorted(self._letters.values(), key=lambda letter: letter["change"])
        if after.startswith("@"):
            since = datetime.fromisoformat(after[1:])
            found = [each for each in letters if datetime.fromisoformat(each["changed"]) >= since]
        else:
            found = [each for each in letters if each["change"] > int(after)]
        page = found[:limit]
        last = page[-1]["change"] if page else self._changes
        return _json({"letters": page, "last": last, "more": len(found) > limit})

    def _write(self, row: Mapping[str, Any]) -> str:
        letter = self._letters.get(row["id"])
        if letter is None or letter["deleted"]:
            return "missing"
        self._writes[row["id"]] = self.writes_to(row["id"]) + 1
        if letter["closed"]:
            return "closed"
        self._fields.setdefault(row["id"], {}).update(row["fields"])
        self._change(letter)
        return "ok"

    def _change(self, letter: dict[str, Any], at: datetime | None = None) -> None:
        self._changes += 1
        letter.update(change=self._changes, changed=(at or self.now()).isoformat())

    def _say(self, letter: dict[str, Any], said: Said) -> str:
        line_id = f"{letter['id']}-{len(letter['lines']) + 1}"
        author = said.author_id or (letter["client"]["id"] if said.role is Role.CUSTOMER else "staff-1")
        letter["lines"].append(
            {
                "id": line_id,
                "by": BY[said.role],
                "author": author,
                "text": said.text,
                "html": said.is_html,
                "private": not said.is_public,
                "at": (said.at or self.now()).isoformat(),
            }
        )
        return line_id


def _json(value: Any) -> Response:
    return Response(json.dumps(value), content_type="application/json")


class TestLetterboxContract(ProviderContract):
    """The code of the page."""

    @pytest.fixture
    def world(self, letterbox: ModuleType) -> LetterboxWorld:
        return LetterboxWorld(letterbox)


def test_every_file_the_page_names_is_there() -> None:
    root = PAGE.parents[1]
    named = set(re.findall(r"`((?:connector|tests|manifests|docs)/[\w/.]+)`", PAGE.read_text()))
    toy = {name for name in named if "letterbox" in name}
    assert [name for name in sorted(named - toy) if not (root / name).exists()] == []
    assert toy
