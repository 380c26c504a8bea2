"""Zendesk around our page, in a real browser: another origin that frames it, and a stand-in for its SDK.

Nothing leaves the browser: requests for our server, for Zendesk and for its SDK are answered in this process.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from werkzeug.test import Client

from tests.fakes.zendesk_office import PUBLIC, ZendeskOffice

ZENDESK = "https://sample.zendesk.com"
EVIL = "https://sample.zendesk.com.evil.example"
SDK_HOST = "static.zdassets.com"
SDK = """
window.ZAFClient = { init() {
  const waiting = new Map();
  let last = 0;
  const handlers = {};
  addEventListener('message', ({ data, origin }) => {
    if (origin !== 'https://sample.zendesk.com') return;
    if (data.event) (handlers[data.event] ?? []).forEach((each) => each(data.value));
    const [resolve, reject] = waiting.get(data.answers) ?? [];
    waiting.delete(data.answers);
    if (resolve) data.failed ? reject(data.failed) : resolve(data.value);
  });
  const ask = (verb, ...given) => new Promise((resolve, reject) => {
    waiting.set(++last, [resolve, reject]);
    parent.postMessage({ id: last, verb, given }, 'https://sample.zendesk.com');
  });
  return {
    get: (name) => ask('get', name),
    invoke: (...given) => ask('invoke', ...given),
    request: (given) => ask('request', given),
    on: (name, handler) => (handlers[name] ??= []).push(handler),
  };
} };
"""
PARENT = """<!doctype html><html lang="en"><title>Zendesk</title>
<style>body { margin: 0; background: BACKGROUND }
iframe { border: 0; width: 100%; height: 300px; display: block }</style>
<iframe name="app" title="Empathy"></iframe>
<form method="post" action="ACTION" target="app"><input name="token" value="TOKEN"></form>
<script>
  const known = KNOWN;
  const frame = document.querySelector('iframe');
  window.heard = [];
  addEventListener('message', async ({ data, source }) => {
    if (!data.verb) return;
    const answer = { answers: data.id };
    const [what, how] = data.given;
    window.heard.push(data);
    const unknown = { errors: { [what]: 'no' } };
    if (data.verb === 'get') answer.value = what in known ? { [what]: known[what] } : unknown;
    if (data.verb === 'invoke' && what === 'resize') frame.style.height = how.height;
    if (data.verb === 'request') {
      const said = await fetch(what.url);
      if (said.ok) answer.value = await said.json(); else answer.failed = { status: said.status };
    }
    source.postMessage(answer, '*');
  });
  window.tell = (event, value) => frame.contentWindow.postMessage({ event, value }, '*');
  document.forms[0].style.display = 'none';
  document.forms[0].submit();
</script>"""


class Window:
    """One browser window on the agent's workspace; `complaints` is what the browser had to complain of."""

    def __init__(self, browser: Any, office: ZendeskOffice, **context: Any) -> None:
        self.office = office
        self.complaints: list[str] = []
        self.sent: list[tuple[str, str, str]] = []
        """(method, path, body) of every request to our server."""
        self.elsewhere: list[str] = []
        self.parent = ZENDESK
        self.known: dict[str, Any] = {"currentUser.locale": "en-GB", "colorScheme": "light"}
        self.action = f"{PUBLIC}/zendesk/sidebar"
        self._ours = office.web.test_client()
        self._zendesk = Client(office.world.app)
        self._context = browser.new_context(**{"viewport": {"width": 320, "height": 900}, **context})
        self._context.route("**/*", self._answer)
        self.page = self._context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.complaints.append(dialog.message), dialog.dismiss()))

    def close(self) -> None:
        self._context.close()

    def open(self, ticket: str | None, *, token: str | None = None, **known: Any) -> Any:
        """Open a ticket; the frame with our page, once it has something to show."""
        if ticket is not None:
            there = self.office.world.account.tickets[int(ticket)]
            self.known |= {
                "ticket.id": there.id,
                "ticket.tags": there.tags,
                "ticket.requester.id": there.requester_id,
            }
        self.known |= known
        self._token = self.office.token() if token is None else token
        self.page.goto(f"{self.parent}/agent")
        self.page.wait_for_load_state("networkidle")
        return self.page.frame("app")

    def shown(self, ticket: str, **known: Any) -> Any:
        """Open a ticket, and wait until its view stands."""
        frame = self.open(ticket, **known)
        frame.wait_for_selector('#view[aria-busy="false"]')
        self.page.wait_for_load_state("networkidle")
        return frame

    def _answer(self, route: Any) -> None:
        request = route.request
        where = urlsplit(request.url)
        if request.url.startswith(f"{PUBLIC}/"):
            self._from_us(route, where)
        elif where.hostname == SDK_HOST:
            route.fulfill(body=SDK, content_type="text/javascript")
        elif where.path.startswith("/api/") and request.url.startswith(f"{ZENDESK}/"):
            self._from_zendesk(route, where)
        elif request.url == f"{self.parent}/agent":
            is_dark = self.known["colorScheme"] == "dark"
            page = PARENT.replace("ACTION", self.action).replace("TOKEN", self._token)
            page = page.replace("KNOWN", json.dumps(self.known))
            page = page.replace("BACKGROUND", "#151a1e" if is_dark else "#fff")
            route.fulfill(body=page, content_type="text/html; charset=utf-8")
        elif where.path == "/favicon.ico":
            route.fulfill(status=204)
        else:
            self.elsewhere.append(request.url)
            route.abort()

    def _from_us(self, route: Any, where: Any) -> None:
        request = route.request
        body = request.post_data or ""
        path = where.path + (f"?{where.query}" if where.query else "")
        self.sent.append((request.method, path, body))
        headers = {
            name: value
            for name, value in request.headers.items()
            if name in ("authorization", "accept-language", "content-type", "origin", "sec-fetch-site")
        }
        said = self._ours.open(path, base_url=PUBLIC, method=request.method, data=body, headers=headers)
        route.fulfill(status=said.status_code, headers=dict(said.headers), body=said.data)
        said.close()

    def _from_zendesk(self, route: Any, where: Any) -> None:
        token = self.office.world.grant.access_token
        said = self._zendesk.get(
            where.path, query_string=where.query, headers={"Authorization": f"Bearer {token}"}
        )
        route.fulfill(status=said.status_code, content_type="application/json", body=said.data)
