"""Who the users are: learned from sideloads, asked for in batches where those leave somebody out."""

from __future__ import annotations

from collections.abc import Iterable

from ..http import Http
from .address import needs_admin
from .mapping import Record, opted_out, person_id
from .paging import decoded

_BATCH = 100
_MOST_REMEMBERED = 50_000


class Directory:
    """Roles, opt-outs and names by user id. Someone whom Zendesk no longer knows is remembered as nobody."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._roles: dict[str, str | None] = {}
        self._opted_out: set[str] = set()
        self._names: dict[str, str] = {}

    def learn(self, users: Iterable[Record]) -> None:
        for user in users:
            user_id = person_id(user.get("id"))
            if user_id is None:
                continue
            self._remember(user_id, str(user.get("role") or ""))
            if isinstance(name := user.get("name"), str) and name.strip():
                self._names[user_id] = name
            if opted_out(user):
                self._opted_out.add(user_id)
            else:
                self._opted_out.discard(user_id)

    def fetch(self, user_ids: Iterable[str | None]) -> None:
        """Learn who of these is still unknown, a hundred to a request."""
        missing = sorted({user_id for user_id in user_ids if user_id} - self._roles.keys(), key=int)
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            with needs_admin("read users"):
                answer = self._http.call(
                    "GET", "/api/v2/users/show_many", params={"ids": ",".join(batch)}, accept=(404,)
                )
            found = decoded(answer, "/api/v2/users/show_many").get("users") or () if answer.ok else ()
            for user_id in batch:
                self._remember(user_id, None)
            self.learn(found)

    def knows(self, user_ids: Iterable[str | None]) -> bool:
        return all(user_id in self._roles for user_id in user_ids if user_id)

    def role(self, user_id: str) -> str | None:
        return self._roles.get(user_id)

    def names(self, user_ids: Iterable[str | None]) -> tuple[str, ...]:
        """What those of these whom we know are called, each once."""
        known = (self._names[user_id] for user_id in user_ids if user_id in self._names)
        return tuple(dict.fromkeys(known))

    def is_opted_out(self, user_id: str | None) -> bool:
        return user_id in self._opted_out

    def _remember(self, user_id: str, role: str | None) -> None:
        if len(self._roles) >= _MOST_REMEMBERED and user_id not in self._roles:
            self._roles.clear()
            self._opted_out.clear()
            self._names.clear()
        self._roles[user_id] = role
