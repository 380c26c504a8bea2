"""One session per installation: timeouts, our name, quick retries, and statuses turned into errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3

from .. import __version__
from ..errors import Misconfigured, Reauthorize, RetryLater, Unreachable, Unreadable, Unsupported
from ..limits import TooLarge, TooMany, decode_json
from .base import Tokens
from .gate import Gate
from .outbound import MOST_BYTES, MOST_TOKEN_BYTES, OriginAdapter, read_body

USER_AGENT = f"empathy-connector/{__version__}"
TIMEOUT_SECONDS = (3.05, 30.0)
"""Connect, read."""
QUICK_RETRY_SECONDS = (0.2, 0.8)

_LOST = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    urllib3.exceptions.HTTPError,
)


class BoundedSession(requests.Session):
    """Reads an answer only as far as is safe: a megabyte, unless its caller reads it (`stream`)."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        is_read_by_caller = bool(options.get("stream"))
        answer = super().send(request, **{**options, "stream": True})
        if not is_read_by_caller:
            try:
                take_body(answer, most_bytes=MOST_TOKEN_BYTES)
            except (TooLarge, urllib3.exceptions.HTTPError) as error:
                raise requests.ConnectionError(type(error).__name__, request=request) from None
        return answer

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: no redirect is ever followed."""


def plain_session() -> BoundedSession:
    """A session that goes nowhere before an adapter is mounted, and reads no .netrc (which would replace
    our Authorization header) and no proxy from the environment."""
    session = BoundedSession()
    session.trust_env = False
    session.adapters.clear()
    session.headers["User-Agent"] = USER_AGENT
    return session


def session_to(origin: str, *, is_operators: bool = False) -> BoundedSession:
    """A session to one origin; `is_operators` says that it is the one given with `--api-origin`."""
    session = plain_session()
    adapter = OriginAdapter(origin, is_operators=is_operators)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def take_body(answer: requests.Response, *, most_bytes: int) -> None:
    """Read an answer that was asked for as a stream. Raises TooLarge and urllib3's errors."""
    # requests has no other way to be handed a body that was read within a limit.
    if not answer._content_consumed:  # type: ignore[attr-defined]  # noqa: SLF001
        answer._content = read_body(answer.raw, most_bytes=most_bytes)  # noqa: SLF001
        answer._content_consumed = True  # type: ignore[attr-defined]  # noqa: SLF001


class Http:
    """Calls one origin with one account's token, through its gate.

    Raises RetryLater when the platform is busy or down, Unreachable when no answer came at all,
    Reauthorize when the token is dead, Unsupported for 403, Unreadable for an answer that is not JSON.
    """

    def __init__(
        self,
        origin: str,
        *,
        gate: Gate,
        tokens: Tokens | None = None,
        session: requests.Session | None = None,
    ) -> None:
        self.origin = origin.rstrip("/")
        self.gate = gate
        self.session = session or session_to(self.origin)
        self.tokens = tokens

    def json(self, method: str, path: str, **options: Any) -> Any:
        """The decoded answer to `call`."""
        answer = self.call(method, path, **options)
        return self.decoded(answer, path)

    def decoded(self, answer: requests.Response, path: str) -> Any:
        """The value of a JSON answer. Raises TooLarge, and Unreadable when it is no JSON."""
        where = urlsplit(path).path
        try:
            return decode_json(answer.content)
        except TooMany:
            raise TooLarge(f"{self.origin} answered {where} with too many values.") from None
        except ValueError:
            raise Unreadable(f"{self.origin} answered {where} with something that is not JSON.") from None

    def call(
        self,
        method: str,
        path: str,
        *,
        buckets: tuple[str, ...] = ("account",),
        accept: tuple[int, ...] = (),
        may_repeat: bool = True,
        headers: Mapping[str, str] | None = None,
        most_bytes: int = MOST_BYTES,
        **options: Any,
    ) -> requests.Response:
        """Send one request and return the answer when it is a success or its status is in `accept`.

        `may_repeat` False is for requests that create something: a lost answer is not tried again.
        `options` are those of `requests` (`params`, `json`, `data`). Raises TooLarge for an answer of more
        than `most_bytes`.
        """
        url = self.url(path)
        tries = 0
        renewed = False
        while True:
            token = self.tokens.current() if self.tokens else None
            answer = self._send(method, url, buckets, token, headers, most_bytes, options)
            if answer is not None and answer.status_code == 429:
                continue
            if answer is None or answer.status_code >= 500:
                if not may_repeat or tries == len(QUICK_RETRY_SECONDS):
                    raise self._outage(answer)
                self.gate.pause(QUICK_RETRY_SECONDS[tries])
                tries += 1
                continue
            if answer.status_code == 401 and self.tokens and token and not renewed:
                renewed = True
                self.tokens.renew(token)
                continue
            if answer.ok or answer.status_code in accept:
                return answer
            raise self._refusal(answer, path)

    def url(self, path: str) -> str:
        """The full address of `path`; a full address must be on our own origin (a token never follows
        a link elsewhere). Raises Unreadable."""
        if path.startswith("/"):  # anything else, such as "@elsewhere", would change the host
            return self.origin + path
        ours = urlsplit(self.origin)
        try:
            theirs = urlsplit(path)
        except ValueError:
            theirs = urlsplit("")
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise Unreadable(f"{self.origin} sent a link to another host; it was not followed.")
        return path

    def _send(
        self,
        method: str,
        url: str,
        buckets: tuple[str, ...],
        token: str | None,
        headers: Mapping[str, str] | None,
        most_bytes: int,
        options: Mapping[str, Any],
    ) -> requests.Response | None:
        self.gate.enter(*buckets)
        sent_headers = dict(headers or {})
        if token:
            sent_headers["Authorization"] = f"Bearer {token}"
        try:
            answer = self.session.request(
                method,
                url,
                headers=sent_headers,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
                stream=True,
                **options,
            )
            take_body(answer, most_bytes=most_bytes)
        except TooLarge as error:
            self.gate.leave(answer.status_code, answer.headers)
            raise TooLarge(f"{self.origin} answered {urlsplit(url).path}: {error}") from None
        except _LOST:
            return None
        except requests.RequestException as error:
            raise Misconfigured(
                f"The address {self.origin} cannot be called ({type(error).__name__})."
            ) from None
        self.gate.leave(answer.status_code, answer.headers, b"" if answer.ok else answer.content)
        return answer

    def _outage(self, answer: requests.Response | None) -> RetryLater:
        if answer is None:
            return self.gate.failed(
                f"{self.origin} does not answer; check the address or try again later.",
                unreachable=Unreachable,
            )
        return self.gate.failed(f"{self.origin} is failing (status {answer.status_code}); try again later.")

    def _refusal(self, answer: requests.Response, path: str) -> Exception:
        where = urlsplit(path).path
        if answer.status_code == 401:
            return Reauthorize(f"{self.origin} refuses our token; connect this account again.")
        if answer.status_code == 403:
            return Unsupported(f"{self.origin} does not allow {where}: a scope, role or plan is missing.")
        return Unreadable(f"{self.origin} answered {where} with status {answer.status_code}.")
