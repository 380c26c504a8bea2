"""Who an engagement's owner is among the users, so that one agent has one id everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from ...errors import Misconfigured
from .crm import next_after
from .mapping import full_name
from .sdk import Sdk

_LIMIT = 100


class Owners:
    """Owner id -> actor id; read once, when the first owner has to be named.

    `names` are those of the users among them, by actor id, as far as they were read.
    """

    def __init__(self, sdk: Sdk) -> None:
        self._sdk = sdk
        self.names: dict[str, str] = {}

    def actor(self, owner_id: str) -> str:
        """`A-{user id}`, as in threads; `O-{owner id}` for an owner who is no user any more."""
        return self._actors.get(owner_id, f"O-{owner_id}")

    @cached_property
    def _actors(self) -> Mapping[str, str]:
        actors: dict[str, str] = {}
        after: str | None = None
        while True:
            options = {"limit": _LIMIT, "after": after} if after else {"limit": _LIMIT}
            try:
                answer = self._sdk.crm.owners.owners_api.get_page(**options)
            except Misconfigured:
                return actors  # the scope is missing; replies can be read without names
            for row in answer.get("results") or []:
                if row.get("userId"):
                    actor = actors[str(row["id"])] = f"A-{row['userId']}"
                    if name := full_name(row.get("firstName"), row.get("lastName")):
                        self.names[actor] = name
            before, after = after, next_after(answer)
            if not after or after == before:
                return actors
