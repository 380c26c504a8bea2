"""S-20 and S-21: where calls may go, and how much of an answer is taken."""

from __future__ import annotations

import gzip
import io
import ipaddress
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import requests
import urllib3
from werkzeug import Response

from connector.errors import Misconfigured, Unreachable, Unreadable
from connector.limits import TooLarge
from connector.opening import door_to, open_platform
from connector.providers import hubspot, outbound
from connector.providers.gate import Gate, Limits
from connector.providers.http import Http, plain_session, session_to
from connector.providers.outbound import OneOrigin, is_public, public_addresses, read_body
from tests.fakes.clock import Clock
from tests.fakes.wsgi import WsgiAdapter, serve

Resolve = Callable[..., list[Any]]


class Network:
    """A resolver and sockets that lead nowhere; it remembers who was asked for and connected to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: str) -> None:
        self.asked: list[str] = []
        self.connected: list[tuple[str, int]] = []
        self._answers = list(answers) or ["93.184.216.34"]
        monkeypatch.setattr(socket, "getaddrinfo", self._resolve)
        monkeypatch.setattr(Gate, "pause", lambda *_: None)
        monkeypatch.setattr(outbound, "create_connection", self._connect)
        monkeypatch.setattr("urllib3.util.connection.create_connection", self._connect)

    def _resolve(self, host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
        self.asked.append(str(host))
        address = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    def _connect(self, address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        self.connected.append(address)
        raise OSError("this network leads nowhere")


class Tokens:
    def current(self) -> str:
        return "fake-token"

    def renew(self, stale: str) -> str:
        raise AssertionError(stale)


def make_http(origin: str, **options: Any) -> Http:
    clock = Clock()
    gate = Gate({}, read_limits=lambda *_: Limits(), now=clock.now, sleep=clock.tick)
    return Http(origin, gate=gate, tokens=Tokens(), session=session_to(origin, **options))


def opened(provider: str, settings: dict[str, str]) -> Any:
    clock = Clock()
    return open_platform(
        door_to(provider, settings),
        tokens=lambda _refresh: Tokens(),
        patience=timedelta(0),
        now=clock.now,
    ).provider


def hostile_subdomains() -> list[str]:
    """More than 200 values that are no subdomain, most of which would change where a call goes."""
    inside = (
        "/", "\\", "@", "#", "?", ":", "%2f", "%40", "%23", "%00", "%0a", "%0d%0a",
        ".", "..", "./", "../",
        "//",
        " ", "\t", "\n", "\r", "\r\n", "\0", "\x0b", "\x1b[31m", "\x7f", "_", "*", "$", "&", "=", "+",
        ",", ";",
        "<", ">", '"', "'", "`", "|", "^", "~", "!", "(", ")", "[", "]", "{", "}",
        "。", "．", "｡", "․", "／", "＠", "＃", "？", "：", "％", "\u200b", "\u200d", "\u2028", "\u2029",
        "\u00ad", "\ufeff", "\u202e", "ａ", "а", "ß", "ı", "ſ", "é", "İ", "\ud800",
    )  # fmt: skip
    values = [f"acme{mark}evil" for mark in inside]
    values += [f"acme{mark}" for mark in inside]
    values += [f"{mark}acme" for mark in inside]
    values += [
        "", "-", "-acme", "acme-", "a" * 64, "a" * 5000, "ACME", "Acme", "xn--80ak6aa92e.com",
        "acme.evil.com/",
        "acme.zendesk.com", "https://acme", "acme@evil.com", "acme:443", "127.0.0.1", "[::1]",
        "xn--acme-zq8b", "xn--",
        "evil.com#", "evil.com?", "evil.com\\", "user:pass@evil", "..", ".", "localhost.",
        "acme.zendesk.com.evil",
    ]  # fmt: skip
    return list(dict.fromkeys(values))


def test_s20_no_hostile_subdomain_becomes_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch)
    values = hostile_subdomains()
    assert len(values) >= 200
    for value in values:
        with pytest.raises(Misconfigured) as refused:
            opened("zendesk", {"subdomain": value})
        assert str(refused.value).startswith("That is not a Zendesk subdomain: give the first part")
    assert network.asked == []
    assert network.connected == []


@pytest.mark.parametrize("subdomain", ["acme", "a", "0", "a-b", "0x7f000001", "a" * 63])
def test_s20_the_sockets_reach_only_the_subdomain(monkeypatch: pytest.MonkeyPatch, subdomain: str) -> None:
    network = Network(monkeypatch)
    with pytest.raises(Unreachable):
        opened("zendesk", {"subdomain": subdomain}).check()
    assert set(network.asked) == {f"{subdomain}.zendesk.com"}
    assert set(network.connected) == {("93.184.216.34", 443)}


def test_s21_hubspot_reaches_only_its_api_with_both_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch)
    with pytest.raises(Unreachable):
        opened("hubspot", {}).check()  # by requests
    with pytest.raises(Unreachable):
        opened("hubspot", {}).conversation("1")  # by the package's own pool
    assert set(network.asked) == {"api.hubapi.com"}
    assert set(network.connected) == {("93.184.216.34", 443)}


PRIVATE = [
    "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",  # noqa: S104
    "169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "fec0::1",
    "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "2002:a00:1::",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2001:0:7f00:1::",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_s21_an_address_that_is_not_public_is_never_connected(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    network = Network(monkeypatch, address)
    for provider, settings in (("zendesk", {"subdomain": "acme"}), ("hubspot", {})):
        with pytest.raises(Misconfigured, match="not a public address"):
            opened(provider, settings).check()
    assert network.connected == []


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "104.16.51.111", "2606:4700::6810:336f", "64:ff9b::6810:336f"]
)
def test_s21_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_s21_one_private_address_among_public_ones_is_enough_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = [(2, 1, 6, "", (each, 443)) for each in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(Misconfigured, match=r"10\.0\.0\.1"):
        public_addresses("acme.zendesk.com", 443)


def test_s21_a_name_that_changes_its_address_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    network = Network(monkeypatch, "93.184.216.34", "127.0.0.1")  # rebinding: public, and then loopback
    pool = OneOrigin("https://acme.zendesk.com", is_operators=False, retries=False)
    with pytest.raises(urllib3.exceptions.NewConnectionError):
        pool.request("GET", "https://acme.zendesk.com/api/v2/users/me")
    assert network.asked == ["acme.zendesk.com"]
    assert network.connected == [("93.184.216.34", 443)]


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/", "http://acme.zendesk.com/", "https://acme.zendesk.com:444/",
        "https://acme.zendesk.com@evil.example/", "https://acme.zendesk.com.evil.example/",
        "https://other.zendesk.com/", "https://127.0.0.1/", "http://169.254.169.254/latest/meta-data/",
        "https://evil.example\\@acme.zendesk.com/", "https://evil.example#acme.zendesk.com",
    ],
)  # fmt: skip
def test_s21_a_session_and_a_pool_go_to_their_one_origin(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    network = Network(monkeypatch)
    pool = OneOrigin("https://acme.zendesk.com", is_operators=False, retries=False)
    with pytest.raises(Misconfigured, match="another host"):
        pool.request("GET", url)
    with pytest.raises((Misconfigured, requests.RequestException)):
        session_to("https://acme.zendesk.com").get(url, timeout=1)
    assert network.asked == []


def test_s21_a_session_without_an_origin_goes_nowhere() -> None:
    with pytest.raises(requests.exceptions.InvalidSchema):
        plain_session().get("https://acme.zendesk.com/", timeout=1)


def test_s21_platforms_are_never_called_in_the_clear() -> None:
    with pytest.raises(Misconfigured, match="https"):
        session_to("http://acme.zendesk.com")


def test_s21_certificates_are_verified_by_both_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = hubspot.provider.pool_manager("https://api.hubapi.com")
    connection = pool.connection_from_host("api.hubapi.com", 443, "https")  # type: ignore[attr-defined]
    assert connection.cert_reqs == "CERT_REQUIRED"
    session = session_to("https://acme.zendesk.com")
    assert session.verify is True
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert (
        session.merge_environment_settings("https://acme.zendesk.com/", {}, None, None, None)["verify"]
        is True
    )
    assert not session.merge_environment_settings("https://acme.zendesk.com/", {}, None, None, None)[
        "proxies"
    ]


LINKS = [
    "@evil.example/next", ".evil.example/next", ":8443/next", "evil.example/next", "",
    "https://evil.example/next", "//evil.example/next", "https://acme.zendesk.com@evil.example/",
    "https://acme.zendesk.com\\@evil.example/", "https://[evil", "javascript:alert(1)", "file:///etc/passwd",
    "https://acme.zendesk.com:444/next", "http://acme.zendesk.com/next", "HTTPS://EVIL.example/",
    " https://evil.example",
]  # fmt: skip


@pytest.mark.parametrize("link", LINKS)
def test_s21_no_link_in_an_answer_takes_the_token_elsewhere(
    monkeypatch: pytest.MonkeyPatch, link: str
) -> None:
    network = Network(monkeypatch)
    http = make_http("https://acme.zendesk.com")
    with pytest.raises((Unreadable, Unreachable)) as refused:
        http.call("GET", link)
    assert set(network.asked) <= {"acme.zendesk.com"}
    assert "evil" not in str(refused.value)


def test_s21_a_hostile_next_page_ends_a_list() -> None:
    seen: list[str] = []

    def answer(environ: dict[str, Any], start: Any) -> Any:
        seen.append(environ["HTTP_HOST"])
        return Response(json.dumps({"comments": [], "next_page": "@evil.example/x?token="}))(environ, start)

    session = plain_session()
    session.mount("https://", WsgiAdapter(answer))
    clock = Clock()
    gate = Gate({}, read_limits=lambda *_: Limits(), now=clock.now, sleep=clock.tick)
    http = Http("https://acme.zendesk.com", gate=gate, tokens=Tokens(), session=session)
    from connector.providers.zendesk.paging import pages

    with pytest.raises(Unreadable, match="another host"):
        list(pages(http, "/api/v2/tickets/1/comments"))
    assert seen == ["acme.zendesk.com"]


def test_s21_redirects_are_followed_by_no_client() -> None:
    seen: list[str] = []

    def answer(environ: dict[str, Any], start: Any) -> Any:
        seen.append(environ["PATH_INFO"])
        return Response("", 302, {"Location": "https://evil.example/"})(environ, start)

    session = plain_session()
    session.mount("https://", WsgiAdapter(answer))
    assert (
        session.get("https://acme.zendesk.com/a", timeout=1).status_code == 302
    )  # redirects allowed by default
    assert seen == ["/a"]


class TestSizesAndTimes:
    def test_a_body_is_read_up_to_its_limit(self) -> None:
        raw = urllib3.HTTPResponse(io.BytesIO(b"x" * 1000), preload_content=False)
        assert read_body(raw, most_bytes=1000) == b"x" * 1000

    def test_a_body_beyond_its_limit_is_not_read_to_its_end(self) -> None:
        source = io.BytesIO(b"x" * 10_000_000)
        with pytest.raises(TooLarge):
            read_body(urllib3.HTTPResponse(source, preload_content=False), most_bytes=1_000_000)
        assert source.closed or source.tell() < 2_000_000

    def test_a_small_answer_that_unpacks_to_a_huge_one_is_refused(self) -> None:
        packed = gzip.compress(b"\0" * 200_000_000, compresslevel=9)
        raw = urllib3.HTTPResponse(
            io.BytesIO(packed), headers={"content-encoding": "gzip"}, preload_content=False
        )
        before = time.monotonic()
        with pytest.raises(TooLarge):
            read_body(raw, most_bytes=1_000_000)
        assert time.monotonic() - before < 10

    def test_the_patience_with_single_bytes_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = iter(range(0, 10_000, 50))
        monkeypatch.setattr("connector.providers.outbound.time.monotonic", lambda: next(clock))

        class Trickle(io.RawIOBase):
            sent = 0

            def read1(self, _amt: int = -1) -> bytes:
                self.sent += 1
                return b"x"

        trickle = Trickle()
        with pytest.raises(urllib3.exceptions.ReadTimeoutError):
            read_body(urllib3.HTTPResponse(trickle, preload_content=False), most_bytes=1_000_000)
        assert trickle.sent < 10

    @pytest.mark.parametrize("path", ["/oauth/tokens"])
    def test_a_token_answer_is_small(self, path: str) -> None:
        session = plain_session()
        session.mount("https://", WsgiAdapter(Response(b"{" + b" " * 3_000_000 + b"}")))
        with pytest.raises(requests.ConnectionError):
            session.post(f"https://acme.zendesk.com{path}", timeout=1)

    def test_an_answer_that_is_too_large_is_named_without_its_query(self) -> None:
        session = plain_session()
        session.mount("https://", WsgiAdapter(Response(b"x" * 2_000_000)))
        clock = Clock()
        gate = Gate({}, read_limits=lambda *_: Limits(), now=clock.now, sleep=clock.tick)
        http = Http("https://acme.zendesk.com", gate=gate, session=session)
        with pytest.raises(TooLarge, match="/api/v2/x") as refused:
            http.call("GET", "/api/v2/x?email=person@example.com", most_bytes=1_000_000)
        assert "person" not in str(refused.value)


@pytest.mark.loopback
@pytest.mark.enable_socket
class TestOperatorsOrigin:
    """`--api-origin` is the one exception: http and loopback, for exactly that scheme, host and port."""

    def test_it_is_reached_over_loopback_by_both_clients(self) -> None:
        with serve(
            Response(json.dumps({"portalId": 1, "results": []}), mimetype="application/json")
        ) as origin:
            assert make_http(origin, is_operators=True).json("GET", "/x")["portalId"] == 1
            pool = OneOrigin(origin, is_operators=True, retries=False)
            assert pool.request("GET", f"{origin}/x").status == 200

    def test_nothing_else_is_reached_beside_it(self) -> None:
        with serve(Response("{}")) as origin, serve(Response("{}")) as other:
            pool = OneOrigin(origin, is_operators=True, retries=False)
            for url in (other, origin.replace("127.0.0.1", "localhost"), origin.replace("http:", "https:")):
                with pytest.raises(Misconfigured, match="another host"):
                    pool.request("GET", f"{url}/x")

    def test_headers_that_trickle_are_hung_up_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(outbound, "TOTAL_SECONDS", 0.5)
        with trickling() as origin:
            before = time.monotonic()
            with pytest.raises(Unreachable):
                make_http(origin, is_operators=True).call("GET", "/x", may_repeat=False)
            assert time.monotonic() - before < 15


@contextmanager
def trickling() -> Iterator[str]:
    """A server that sends one byte of a header every tenth of a second, for ever."""
    server = socket.create_server(("127.0.0.1", 0))
    is_over = threading.Event()

    def work() -> None:
        connection, _ = server.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while not is_over.wait(0.1):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
    finally:
        is_over.set()
        thread.join()
        server.close()
