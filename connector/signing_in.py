"""Signing in to the web pages: one-time links and the sessions they begin. There are no passwords."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from .errors import Misconfigured
from .store import Store
from .store.visits import Visit

LINK_LIVES = timedelta(minutes=10)
IDLE = timedelta(minutes=30)
LONGEST_SESSION = timedelta(hours=12)
NOTED_EVERY = timedelta(minutes=1)
"""How exactly it is known when a session was last used: looking at a page writes no more often than this."""
SIGN_IN_PATH = "/sign-in/"


class UserRole(IntEnum):
    """What somebody may do; each role may do what the ones below it may."""

    ANONYMOUS = 0
    AGENT = 1
    LEAD = 2
    ADMIN = 3
    OWNER = 4

    @property
    def word(self) -> str:
        """The role as it is written in commands and tables."""
        return self.name.lower()

    @classmethod
    def named(cls, word: str) -> UserRole:
        """The role of that name. Raises Misconfigured for any other word, and for anonymous."""
        found = cls.__members__.get(word.upper())
        if not found:
            roles = ", ".join(each.word for each in reversed(cls) if each)
            raise Misconfigured(f'"{word}" is no role; choose one of {roles}.')
        return found


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page: in which role, at which installation (None: at all of them), as which agent."""

    role: UserRole = UserRole.ANONYMOUS
    installation: str | None = None
    agent_id: str | None = None
    """The platform's id of an agent, whose own scores these are."""
    name: str = ""
    """What the person is called in decisions; never logged."""
    actor: str = "anonymous"
    """Stands for the person in the log: a mark of the session, no name."""
    is_signed_in: bool = False

    def may_see(self, installation: str) -> bool:
        """Whether an installation is the visitor's own, or they may see all."""
        return self.role > UserRole.ANONYMOUS and self.installation in {None, installation}


NOBODY = Visitor()


class SigningIn:
    """Links and sessions of one server; what is stored of either is an HMAC under `key`."""

    def __init__(self, store: Store, key: bytes, now: Callable[[], datetime]) -> None:
        self._store = store
        self._key = key
        self._now = now

    def link_for(self, visitor: Visitor) -> str:
        """The path of a link that signs `visitor` in: once, within ten minutes. Raises Misconfigured."""
        if visitor.role is UserRole.ANONYMOUS:
            raise Misconfigured("A link is for a role; choose owner, admin, lead or agent.")
        if visitor.role < UserRole.ADMIN and visitor.installation is None:
            raise Misconfigured(
                f"A link for the role {visitor.role.word} is for one account; name it: --installation NAME."
            )
        if (visitor.role is UserRole.AGENT) != (visitor.agent_id is not None):
            raise Misconfigured("An agent's link needs the agent's id at the platform, and no other does.")
        now, token = self._now(), secrets.token_urlsafe(32)
        visit = Visit(visitor.role.word, visitor.installation, visitor.agent_id, visitor.name)
        self._store.add_link(self._digest("link", token), visit, expires_at=now + LINK_LIVES, now=now)
        return SIGN_IN_PATH + token

    def redeem(self, token: str) -> tuple[str, Visitor] | None:
        """The id of a new session and whose it is; None for a link that is unknown, used or too old.

        The work is the same for each of these.
        """
        now, session_id = self._now(), secrets.token_urlsafe(32)
        link, session = self._digest("link", token), self._digest("session", session_id)
        visit = self._store.use_link(link, session, now=now, idle_since=now - IDLE)
        return None if visit is None else (session_id, _visitor(visit, session))

    def visitor(self, session_id: str) -> Visitor:
        """Whose session it is; NOBODY for one that is unknown, was ended, lay idle or lasted too long."""
        digest, now = self._digest("session", session_id), self._now()
        session = self._store.web_session(digest)
        if session is None:
            return NOBODY
        if now - session.seen_at >= IDLE or now - session.began_at >= LONGEST_SESSION:
            return NOBODY
        if now - session.seen_at >= NOTED_EVERY:
            self._store.note_session_used(digest, now)
        return _visitor(session.visit, digest)

    def sign_out(self, session_id: str) -> None:
        """End the session, on the server."""
        self._store.end_session(self._digest("session", session_id))

    def _digest(self, purpose: str, secret: str) -> bytes:
        content = f"{purpose}:{secret}".encode("utf-8", "surrogatepass")
        return hmac.new(self._key, content, hashlib.sha256).digest()


def _visitor(visit: Visit, session: bytes) -> Visitor:
    role = UserRole.named(visit.role)
    return Visitor(
        role, visit.installation, visit.agent_id, visit.name, f"{role.word}-{session.hex()[:8]}", True
    )
