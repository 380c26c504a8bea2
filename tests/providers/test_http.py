"""Calls over HTTP: retries, renewal, statuses as errors, and links that lead elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from werkzeug import Request, Response

from connector.errors import Reauthorize, RetryLater, Unreachable, Unreadable, Unsupported
from connector.providers.gate import Gate, Limits, retry_at
from connector.providers.http import Http, plain_session
from tests.fakes.clock import Clock
from tests.fakes.wsgi import LostAnswer, WsgiAdapter

ORIGIN = "https://desk.example"
Answer = Response | type[LostAnswer]


class Script:
    """Answers with what it was given, in order; the last answer repeats."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.seen: list[Request] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.seen.append(Request(environ))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Response):
            return answer(environ, start_response)
        raise answer


class Tokens:
    """Renews to a new token each time, until there is none."""

    def __init__(self, *names: str) -> None:
        self.names = list(names)

    def current(self) -> str:
        return self.names[0]

    def renew(self, stale: str) -> str:
        assert stale == self.names.pop(0)
        if not self.names:
            raise Reauthorize("There is no other token.")
        return self.names[0]


def read_limits(_status: int, headers: Mapping[str, str], _body: bytes, now: datetime) -> Limits:
    wait = headers.get("retry-after")
    return Limits(retry_at(wait, now, default=timedelta(seconds=9)) if wait else None)


def make_http(script: Script, clock: Clock, tokens: Tokens | None = None) -> Http:
    session = plain_session()
    session.mount(ORIGIN, WsgiAdapter(script))
    gate = Gate({}, read_limits=read_limits, now=clock.now, sleep=clock.tick)
    return Http(ORIGIN, gate=gate, tokens=tokens or Tokens("fake-token"), session=session)


def test_a_call_carries_the_token_and_our_name() -> None:
    script = Script(Response("{}"))
    assert make_http(script, Clock()).json("GET", "/things") == {}
    assert script.seen[0].headers["Authorization"] == "Bearer fake-token"
    assert script.seen[0].headers["User-Agent"].startswith("empathy-connector/")


@pytest.mark.parametrize("trouble", [Response(status=500), Response(status=503), LostAnswer])
def test_quick_trouble_is_tried_again_within_two_seconds(trouble: Answer) -> None:
    clock = Clock()
    before = clock.now()
    http = make_http(Script(trouble, trouble, Response("{}")), clock)
    assert http.json("GET", "/things") == {}
    assert http.gate.requests == 3
    assert clock.now() - before <= timedelta(seconds=2)


def test_lasting_trouble_is_for_later() -> None:
    http = make_http(Script(Response(status=502)), Clock())
    with pytest.raises(RetryLater, match="failing"):
        http.call("GET", "/things")
    assert http.gate.requests == 3


def test_no_answer_at_all_says_that_the_address_may_be_wrong() -> None:
    with pytest.raises(Unreachable, match="check the address"):
        make_http(Script(LostAnswer), Clock()).call("GET", "/things")


def test_a_request_that_creates_something_is_not_repeated_blindly() -> None:
    http = make_http(Script(LostAnswer, Response("{}")), Clock())
    with pytest.raises(RetryLater):
        http.call("POST", "/things", may_repeat=False)
    assert http.gate.requests == 1


def test_a_short_wait_is_taken_and_a_long_one_is_for_later() -> None:
    clock = Clock()
    before = clock.now()
    busy = Response(status=429, headers={"Retry-After": "1"})
    assert make_http(Script(busy, Response("{}")), clock).json("GET", "/things") == {}
    assert clock.now() - before >= timedelta(seconds=1)
    http = make_http(Script(Response(status=429, headers={"Retry-After": "40"})), clock)
    with pytest.raises(RetryLater) as later:
        http.call("GET", "/things")
    assert later.value.not_before_at == clock.now() + timedelta(seconds=40)
    assert http.gate.requests == 1


def test_a_dead_token_is_renewed_once() -> None:
    script = Script(Response(status=401), Response("{}"))
    assert make_http(script, Clock(), Tokens("old", "new")).json("GET", "/things") == {}
    assert script.seen[1].headers["Authorization"] == "Bearer new"


def test_a_token_that_stays_dead_asks_for_a_new_connection() -> None:
    http = make_http(Script(Response(status=401)), Clock(), Tokens("old", "new", "newer"))
    with pytest.raises(Reauthorize):
        http.call("GET", "/things")
    assert http.gate.requests == 2


def test_what_is_not_allowed_is_unsupported_and_what_is_not_json_unreadable() -> None:
    with pytest.raises(Unsupported, match="/things"):
        make_http(Script(Response(status=403)), Clock()).call("GET", "/things?email=person@example.com")
    with pytest.raises(Unreadable, match="not JSON"):
        make_http(Script(Response("<html>")), Clock()).json("GET", "/things")


def test_an_error_never_repeats_what_the_platform_said_or_what_was_asked() -> None:
    script = Script(Response("secret words", status=418))
    with pytest.raises(Unreadable) as refused:
        make_http(script, Clock()).call("GET", "/things?email=person@example.com")
    assert "secret" not in str(refused.value)
    assert "person" not in str(refused.value)


def test_an_expected_status_is_handed_over() -> None:
    assert (
        make_http(Script(Response(status=404)), Clock()).call("GET", "/x", accept=(404,)).status_code == 404
    )


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.example/next",
        "http://desk.example/next",
        "https://desk.example:444/next",
        "ftp://desk.example/",
    ],
)
def test_a_token_never_follows_a_link_to_another_host(link: str) -> None:
    script = Script(Response("{}"))
    with pytest.raises(Unreadable, match="another host"):
        make_http(script, Clock()).call("GET", link)
    assert script.seen == []


def test_a_redirect_is_not_followed() -> None:
    script = Script(Response(status=302, headers={"Location": "https://elsewhere.example/"}), Response("{}"))
    make_http(script, Clock()).call("GET", "/things")
    assert len(script.seen) == 1
