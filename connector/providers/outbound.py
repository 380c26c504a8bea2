"""Where calls may go: to one origin for each account, at a public address, within sizes and times.

Both clients we have (requests, and hubspot-api-client's pool) stand on urllib3, so that one pool serves them.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError, ReadTimeoutError
from urllib3.util.connection import create_connection

from ..errors import Misconfigured
from ..limits import MEGABYTE, TooLarge

MOST_BYTES: Final = 20 * MEGABYTE
"""Of one answer, after decompression."""
MOST_BULK_BYTES: Final = 64 * MEGABYTE
"""Of one page of an export: a thousand records with their texts."""
MOST_TOKEN_BYTES: Final = MEGABYTE
"""Of an answer that holds a token."""
TOTAL_SECONDS: Final = 120.0
"""For the headers of one answer, and again for its body, however steadily single bytes arrive."""
_CHUNK: Final = 64 * 1024
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Body(Protocol):
    """What we need of a urllib3 response that is still to be read."""

    def read1(self, amt: int, decode_content: bool) -> bytes: ...

    def close(self) -> None: ...


def read_body(body: Body, *, most_bytes: int) -> bytes:
    """All of an answer. Raises TooLarge, and urllib3's errors when it is cut off or takes too long."""
    parts: list[bytes] = []
    size, ends_at = 0, time.monotonic() + TOTAL_SECONDS
    while part := body.read1(_CHUNK, True):
        size += len(part)
        if size > most_bytes:
            body.close()
            raise TooLarge(f"An answer is larger than {most_bytes // MEGABYTE} MB.")
        if time.monotonic() > ends_at:
            body.close()
            raise ReadTimeoutError(None, None, "The answer took too long.")  # type: ignore[arg-type]
        parts.append(part)
    return b"".join(parts)


def is_public(address: Address) -> bool:
    """Whether an address is on the public internet, whatever it is wrapped in."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if address.teredo or address.is_site_local:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def public_addresses(host: str, port: int) -> list[str]:
    """What `host` resolves to. Raises Misconfigured when any of it is not public, OSError when nothing is."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
    for each in addresses:
        if not is_public(ipaddress.ip_address(each)):
            raise Misconfigured(
                f"{host} leads to {each} from here, which is not a public address, so it was not called; "
                "check this machine's name server."
            )
    return addresses


class _InTime(HTTPConnection):
    """Hangs up when the headers of an answer do not come in time, however slowly they trickle."""

    def getresponse(self) -> Any:  # the class urllib3 names is its own
        is_over = threading.Event()
        timer = threading.Timer(TOTAL_SECONDS, _hang_up, (self.sock, is_over))
        timer.daemon = True
        timer.start()
        try:
            answer = super().getresponse()
        finally:
            timer.cancel()
        if is_over.is_set():
            answer.close()
            raise TimeoutError("The headers of the answer took too long.")  # what came of them looks whole
        return answer


class _PublicConnection(_InTime, HTTPSConnection):
    """Resolves once, refuses what is not public, and connects to the very address it looked at."""

    def _new_conn(self) -> socket.socket:
        try:
            addresses = public_addresses(self._dns_host, self.port)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        failure: OSError | None = None
        for address in addresses:
            try:
                return create_connection(
                    (address, self.port),
                    self.timeout,
                    source_address=self.source_address,
                    socket_options=self.socket_options,
                )
            except OSError as error:
                failure = error
        raise NewConnectionError(self, f"no connection ({type(failure).__name__})") from failure


class _PlainConnection(_InTime):
    """To an operator's own origin, over http."""


class _OperatorsConnection(_InTime, HTTPSConnection):
    """To an operator's own origin, over https."""


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _OperatorsPool(HTTPSConnectionPool):
    ConnectionCls = _OperatorsConnection


class OneOrigin(urllib3.PoolManager):
    """Connections to one origin and nowhere else: over https to public addresses only, unless an operator
    gave the origin (`--api-origin`), which may be http, and anywhere."""

    def __init__(self, origin: str, *, is_operators: bool, **options: Any) -> None:
        super().__init__(**options)
        parts = urlsplit(origin)
        self._allowed = (parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme))
        self.pool_classes_by_scheme = (
            {"https": _OperatorsPool, "http": _PlainPool} if is_operators else {"https": _PublicPool}
        )
        if parts.scheme not in self.pool_classes_by_scheme:
            raise Misconfigured(f"{origin} is not an https address; tokens are not sent in the clear.")

    def connection_from_host(
        self,
        host: str | None,
        port: int | None = None,
        scheme: str | None = "http",
        pool_kwargs: Mapping[str, Any] | None = None,
    ) -> HTTPConnectionPool:
        """The pool for our origin. Raises Misconfigured for every other."""
        asked = (scheme, (host or "").strip("[]").lower(), port or _DEFAULT_PORTS.get(scheme or ""))
        if asked != self._allowed:
            raise Misconfigured("A call to another host than this account's was stopped.")
        return super().connection_from_host(host, port, scheme, dict(pool_kwargs) if pool_kwargs else None)


class OriginAdapter(HTTPAdapter):
    """Carries a requests session to one origin and nowhere else."""

    def __init__(self, origin: str, *, is_operators: bool) -> None:
        self._origin = origin
        self._is_operators = is_operators
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        self.poolmanager = OneOrigin(
            self._origin,
            is_operators=self._is_operators,
            num_pools=connections,
            maxsize=maxsize,
            block=block,
            **options,
        )


def _hang_up(sock: socket.socket | None, is_over: threading.Event) -> None:
    is_over.set()
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
