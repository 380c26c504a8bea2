"""What every webhook has in common: a delivery, whether it is genuine, and what it tells."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from ..errors import ConnectorError
from ..limits import decode_json

WINDOW = timedelta(seconds=300)
"""How far a delivery's time may lie from ours, before or after (S-03)."""


class NotGenuine(ConnectorError):
    """A delivery was not signed with our secret, or not lately: answer 401."""


class NotUnderstood(ConnectorError):
    """A genuine delivery is no JSON that can be read: answer 400."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request as it came in; `uri` is the public address it was sent to, query included."""

    method: str
    uri: str
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name."""


class Heard(StrEnum):
    """What a delivery tells."""

    CONVERSATION = "conversation"
    """Something about this conversation changed, or it is gone: read it again."""
    THREAD = "thread"
    """Something was said in this thread, or it is gone: read the conversation it belongs to again."""
    SOMETHING = "something"
    """Something changed that only a sync can name."""
    CONTACT_ERASED = "contact_erased"
    """The platform has erased this contact: so must we."""
    THREAD_ERASED = "thread_erased"
    """The platform has erased this thread, and with it part of a conversation."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a delivery tells; ids alone, for the platform is asked for the rest."""

    told: Heard
    id: str = ""
    account_id: str | None = None


def require_signed(given: str, expected: Sequence[bytes]) -> None:
    """Raises NotGenuine unless the header is one of the signatures that the secrets make (S-02).

    The text of the signature is compared, not what it decodes to, so that no other text passes for it.
    """
    try:
        text = given.encode("ascii")
    except UnicodeEncodeError:
        raise NotGenuine("The signature is none.") from None
    matches = [hmac.compare_digest(text, each) for each in expected]
    if not any(matches):
        raise NotGenuine("The signature was not made with our secret.")


def require_lately(sent_at: datetime | None, now: datetime) -> None:
    """Raises NotGenuine for a delivery without a time, or one too far from now in either direction."""
    if sent_at is None or abs(now - sent_at) > WINDOW:
        raise NotGenuine("The delivery was not signed within the last five minutes.")


def content_of(delivery: Delivery) -> Any:
    """The JSON of a delivery. Raises NotUnderstood."""
    try:
        return decode_json(delivery.body.decode("utf-8"))
    except ValueError:
        raise NotUnderstood("The delivery is no JSON that can be read.") from None


def id_of(value: Any) -> str | None:
    """An id, which platforms send as a number or as text; None for anything else."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= 20 else None
