"""One session per installation: timeouts, our name, quick retries, and statuses turned into errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from .. import __version__
from ..errors import Misconfigured, Reauthorize, RetryLater, Unreachable, Unreadable, Unsupported
from .base import Tokens
from .gate import Gate

USER_AGENT = f"empathy-connector/{__version__}"
TIMEOUT_SECONDS = (3.05, 30.0)
"""Connect, read."""
QUICK_RETRY_SECONDS = (0.2, 0.8)

_LOST = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


def plain_session() -> requests.Session:
    """A session that reads no .netrc (which would replace our Authorization header)."""
    session = requests.Session()
    session.trust_env = False
    session.headers["User-Agent"] = USER_AGENT
    return session


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
        self.session = session or plain_session()
        self.tokens = tokens

    def json(self, method: str, path: str, **options: Any) -> Any:
        """The decoded answer to `call`."""
        answer = self.call(method, path, **options)
        try:
            return answer.json()
        except ValueError:
            raise Unreadable(f"{self.origin} answered {path} with something that is not JSON.") from None

    def call(
        self,
        method: str,
        path: str,
        *,
        buckets: tuple[str, ...] = ("account",),
        accept: tuple[int, ...] = (),
        may_repeat: bool = True,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> requests.Response:
        """Send one request and return the answer when it is a success or its status is in `accept`.

        `may_repeat` False is for requests that create something: a lost answer is not tried again.
        `options` are those of `requests` (`params`, `json`, `data`).
        """
        url = self.url(path)
        tries = 0
        renewed = False
        while True:
            token = self.tokens.current() if self.tokens else None
            answer = self._send(method, url, buckets, token, headers, options)
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
        if "://" not in path:
            return self.origin + path
        ours, theirs = urlsplit(self.origin), urlsplit(path)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise Unreadable(
                f"{self.origin} sent a link to another host, {theirs.netloc}; it was not followed."
            )
        return path

    def _send(
        self,
        method: str,
        url: str,
        buckets: tuple[str, ...],
        token: str | None,
        headers: Mapping[str, str] | None,
        options: Mapping[str, Any],
    ) -> requests.Response | None:
        self.gate.enter(*buckets)
        sent_headers = dict(headers or {})
        if token:
            sent_headers["Authorization"] = f"Bearer {token}"
        try:
            answer = self.session.request(
                method, url, headers=sent_headers, timeout=TIMEOUT_SECONDS, allow_redirects=False, **options
            )
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
