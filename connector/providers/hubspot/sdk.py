"""hubspot-api-client on dated paths, through our gate: its requests, and nobody else's."""

from __future__ import annotations

import io
from collections.abc import Mapping
from functools import cached_property
from types import ModuleType
from typing import Any, Protocol, cast
from urllib.parse import urlencode, urlsplit

import urllib3
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from ...errors import RetryLater, Unreachable, Unreadable
from ...limits import TooLarge, TooMany, decode_json
from ..http import QUICK_RETRY_SECONDS, TIMEOUT_SECONDS, USER_AGENT, Http
from ..outbound import MOST_BYTES, OneOrigin, read_body
from .paths import VERSION, dated, is_search, may_repeat
from .refusals import WAITS, Lost, refusal


class Pool(Protocol):
    """What we need of a urllib3.PoolManager."""

    def request(self, method: str, url: str, **options: Any) -> urllib3.BaseHTTPResponse: ...


def pool_manager(origin: str, *, is_operators: bool = False) -> Pool:
    """Kept-alive connections to one origin, with timeouts; retries are ours."""
    timeout = urllib3.Timeout(connect=TIMEOUT_SECONDS[0], read=TIMEOUT_SECONDS[1])
    roots = DEFAULT_CA_BUNDLE_PATH  # the same roots as for our other calls
    pools = OneOrigin(
        origin,
        is_operators=is_operators,
        num_pools=2,
        maxsize=4,
        timeout=timeout,
        retries=False,
        ca_certs=roots,
        cert_reqs="CERT_REQUIRED",
    )
    return cast("Pool", pools)


class GatedPool:
    """Stands where the package keeps its urllib3 pool: counts, waits, renews the token, retries quickly.

    Returns successes only. Raises what `Http` raises, `Refused` for other refusals and `Lost` when the
    answer to a request that creates something did not come.
    """

    def __init__(self, pool: Pool, *, http: Http) -> None:
        self._pool = pool
        self._http = http

    def request(
        self,
        method: str,
        url: str,
        *,
        body: str | None = None,
        fields: Any = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> urllib3.BaseHTTPResponse:
        """Send it and return the answer, already read."""
        path = urlsplit(url).path
        if VERSION not in path.split("/"):
            raise ValueError(f"{path} is not a dated path")
        if fields:
            url = f"{url}?{urlencode(fields)}"
        sent = {**(headers or {}), "User-Agent": USER_AGENT}
        buckets = ("search",) if is_search(path) else ("account",)
        tokens, tries, renewed = self._http.tokens, 0, False
        while True:
            token = tokens.current() if tokens else None
            if token:
                sent["Authorization"] = f"Bearer {token}"
            answer = self._send(method, url, buckets, body, sent)
            if answer is None or answer.status >= 500:
                self._pause_or_give_up(answer, tries, may_repeat=may_repeat(method, path))
                tries += 1
            elif answer.status == 401 and tokens and token and not renewed:
                renewed = True
                tokens.renew(token)
            elif answer.status < 300:
                return answer
            elif answer.status not in WAITS:  # for those the gate knows until when
                raise refusal(answer.status, answer.data, path)

    def _pause_or_give_up(
        self, answer: urllib3.BaseHTTPResponse | None, tries: int, *, may_repeat: bool
    ) -> None:
        if not may_repeat:
            raise Lost
        if tries == len(QUICK_RETRY_SECONDS):
            raise self.outage(answer.status if answer is not None else 0)
        self._http.gate.pause(QUICK_RETRY_SECONDS[tries])

    def outage(self, status: int = 0) -> RetryLater:
        """The exception for an answer that did not come, or was a 5xx."""
        origin, gate = self._http.origin, self._http.gate
        if not status:
            return gate.failed(f"{origin} does not answer; try again later.", unreachable=Unreachable)
        return gate.failed(f"{origin} is failing (status {status}); try again later.")

    def _send(
        self, method: str, url: str, buckets: tuple[str, ...], body: str | None, headers: Mapping[str, str]
    ) -> urllib3.BaseHTTPResponse | None:
        gate = self._http.gate
        gate.enter(*buckets)
        timeout = urllib3.Timeout(connect=TIMEOUT_SECONDS[0], read=TIMEOUT_SECONDS[1])
        try:
            answer = self._pool.request(
                method,
                url,
                body=body,
                headers=dict(headers),
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )
            answer = _whole(answer)
        except TooLarge as error:
            gate.leave(answer.status, answer.headers)
            raise TooLarge(f"{self._http.origin} answered {urlsplit(url).path}: {error}") from None
        except (urllib3.exceptions.HTTPError, OSError):
            return None
        gate.leave(answer.status, answer.headers, b"" if answer.status < 400 else answer.data)
        return answer


class Sdk:
    """The package's client, its apis made once and kept (BEHAVIOR.md 4)."""

    def __init__(self, origin: str, pool: GatedPool) -> None:
        self._origin = origin
        self._pool = pool
        self._apis: dict[tuple[str, str], Any] = {}

    @cached_property
    def crm(self) -> Any:
        """`client.crm`; its calls return decoded JSON objects."""
        from hubspot.client import Client  # here, because it takes 0.2 s and 20 MB to import

        return Client.create(api_factory=self._api).crm

    def _api(self, package: ModuleType, name: str, _config: Mapping[str, Any]) -> Any:
        key = (package.__name__, name)
        if key not in self._apis:
            self._apis[key] = self._made(package, name)
        return self._apis[key]

    def _made(self, package: ModuleType, name: str) -> Any:
        configuration = package.Configuration()
        configuration.host = self._origin
        client = package.ApiClient(configuration=configuration)
        client.rest_client.pool_manager = self._pool
        send = client.call_api

        def call_api(path: str, *args: Any, **options: Any) -> dict[str, Any]:
            # The models drop fields they do not know, and reading through them logs bodies at DEBUG.
            options |= {"_preload_content": False, "_request_timeout": TIMEOUT_SECONDS}
            answer = send(dated(path), *args, **options)
            return read(answer.data, dated(path))

        client.call_api = call_api
        return getattr(package, name)(api_client=client)


def _whole(answer: urllib3.BaseHTTPResponse) -> urllib3.BaseHTTPResponse:
    """The same answer, read to its end. Raises TooLarge and urllib3's errors."""
    data = read_body(answer, most_bytes=MOST_BYTES)
    answer.release_conn()
    return urllib3.HTTPResponse(
        io.BytesIO(data), headers=answer.headers, status=answer.status, decode_content=False
    )


def read(body: bytes, path: str) -> dict[str, Any]:
    """A successful answer's JSON object. Raises TooLarge and Unreadable."""
    try:
        answer = decode_json(body) if body else {}
    except TooMany:
        raise TooLarge(f"HubSpot answered {path} with too many values.") from None
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Unreadable(f"HubSpot answered {path} with something that is not a JSON object.")
    return answer
