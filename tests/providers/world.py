"""What the conformance suite asks of a fake account: things to put in, trouble to make, and what it saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from connector.model import Role
from connector.providers.base import Provider


@dataclass(frozen=True, slots=True)
class Said:
    """A message to put into the fake account."""

    role: Role
    text: str
    is_html: bool = False
    is_public: bool = True
    at: datetime | None = None
    """None: now, by the world's own clock."""
    author_id: str | None = None
    """None: the conversation's contact, the first agent, or the platform's usual bot or system author."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that reached the fake platform."""

    method: str
    path: str
    """Path and query string."""
    headers: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None


class World(Protocol):
    """A fake account with knobs. Ids are strings; times are aware UTC on the world's own clock.

    A knob a platform does not have (a folder has no token) raises `NotApplicable`, and the promise is skipped
    with that reason.
    """

    requests: list[Seen]

    def now(self) -> datetime: ...

    def tick(self, seconds: float) -> None:
        """Move the world's clock; providers made by `provider()` live on the same clock."""

    def provider(self, **options: Any) -> Provider:
        """A new provider for this account, as a fresh process would build it (gate patience 0)."""

    def add_contact(
        self, *, name: str = "Sam Sample", email: str | None = None, opted_out: bool = False
    ) -> str: ...

    def add_agent(self, *, name: str = "Alex Agent") -> str: ...

    def add_macro(self, body: str, *, is_html: bool = False, is_active: bool = True) -> str:
        """Keep a text for agents to paste; its id as the provider tells it."""

    def add_conversation(
        self,
        said: Sequence[Said],
        *,
        contact_id: str | None = None,
        tags: Sequence[str] = (),
        is_closed: bool = False,
        at: datetime | None = None,
    ) -> str:
        """A conversation last changed at `at`; None: now."""

    def add_message(self, conversation_id: str, said: Said) -> str: ...

    def place_in(self, conversation_id: str, kind: str, place_id: str) -> None:
        """Move the conversation into this `brand`, `queue`, `pipeline` or `channel`, which changes it."""

    def thread_of(self, conversation_id: str) -> str:
        """A thread that the conversation is said in. Raises NotApplicable where it has none."""

    def touch(self, conversation_id: str) -> None:
        """Change something that is not a message (somebody sets a priority)."""

    def delete(self, conversation_id: str) -> None: ...

    def delete_contact(self, contact_id: str) -> None: ...

    def opt_out(self, contact_id: str, *, is_out: bool = True) -> None:
        """Set or lift the contact's opt-out; the conversations themselves do not change."""

    def tell_outcome(
        self,
        conversation_id: str,
        *,
        rating: str | int | None = None,
        comment: str | None = None,
        first_reply_minutes: float | None = None,
        resolution_minutes: float | None = None,
        reopens: int | None = None,
    ) -> None:
        """What became of the conversation; a rating is `good`, `bad`, or from 1 to 5."""

    def reach_stage(self, contact_id: str, stage: str, at: datetime) -> None: ...

    def close_deal(self, contact_id: str, *, is_won: bool, amount: float, at: datetime) -> str: ...

    def answer_survey(
        self,
        contact_id: str,
        *,
        recommend: int,
        comment: str | None = None,
        conversation_id: str | None = None,
    ) -> str: ...

    def take_surveys(self) -> None:
        """The account's plan or our token has no surveys any more."""

    def close(self, conversation_id: str) -> None: ...

    def values_of(self, conversation_id: str) -> Mapping[str, Any]:
        """Our fields as they stand on the platform: our names, canonical values, blanks left out."""

    def other_values_of(self, conversation_id: str) -> Mapping[str, Any]:
        """Everything on the conversation that is not ours, to show that a write touched nothing else."""

    def writes_to(self, conversation_id: str) -> int:
        """How many write requests have changed or repeated this conversation's fields."""

    def make_clash(self) -> None:
        """Put a field of our name but another type into the account."""

    def kill_token(self) -> None: ...

    def take_scope(self) -> None: ...

    def be_busy(self, *, seconds: float, times: int = 1) -> None:
        """Answer the next `times` requests with 429 and a Retry-After of `seconds`."""

    def be_down(self, *, times: int = 1) -> None:
        """Answer the next `times` requests with a 5xx."""

    def cut_off(self, *, times: int = 1) -> None:
        """Carry out the next `times` requests but lose the answers."""


class NotApplicable(Exception):
    """This platform has no such thing."""
