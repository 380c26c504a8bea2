"""Tokens with which programs use the API of one account; only a digest of each is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from .errors import Misconfigured
from .signing_in import NOBODY, UserRole, Visitor
from .store import Store
from .store.api_access import ApiToken

ROLES = (UserRole.LEAD, UserRole.ADMIN)
"""A lead's token reads; an admin's also asks for a new score and erases."""
USUAL_DAYS, MOST_DAYS = 90, 366
LONGEST_LABEL = 100
USE_NOTED_EVERY = timedelta(hours=1)
"""So that a busy program causes few writes."""


@dataclass(frozen=True, slots=True)
class ApiTokens:
    """The tokens of one server."""

    store: Store
    now: Callable[[], datetime]

    def create(self, name: str, *, role: str, label: str, days: int, by: str) -> tuple[str, ApiToken]:
        """A new token, which cannot be shown again, and what is kept of it. Raises Misconfigured."""
        chosen = UserRole.named(role)
        if chosen not in ROLES:
            raise Misconfigured("A program's role is lead (it reads) or admin (it also changes and erases).")
        if not label.strip() or len(label) > LONGEST_LABEL:
            raise Misconfigured(f"Say in at most {LONGEST_LABEL} characters what the token is for.")
        if not 1 <= days <= MOST_DAYS:
            raise Misconfigured(f"A token lives between 1 and {MOST_DAYS} days.")
        token, now = f"ec_{secrets.token_urlsafe(32)}", self.now()
        added = ApiToken(
            installation=name,
            id=secrets.token_hex(4),
            role=chosen.word,
            label=label.strip(),
            created_at=now,
            created_by=by,
            expires_at=now + timedelta(days=days),
        )
        self.store.add_api_token(added, _digest(token))
        return token, added

    def visitor(self, token: str) -> Visitor:
        """Who a token stands for; NOBODY for one that is unknown, was revoked or has expired."""
        found = self.store.api_token(_digest(token))
        if found is None or self.now() >= found.expires_at:
            return NOBODY
        if found.last_used_at is None or self.now() - found.last_used_at >= USE_NOTED_EVERY:
            self.store.note_token_used(found.installation, found.id, self.now())
        role = UserRole.named(found.role)
        return Visitor(role, found.installation, name=f"token {found.label}", actor=f"token-{found.id}")

    def revoke(self, name: str, token_id: str) -> bool:
        """End a token at once; False when there is none of that id."""
        return self.store.remove_api_token(name, token_id)


def _digest(token: str) -> bytes:
    # 256 random bits need no slow or keyed hash: nobody can try them all.
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
