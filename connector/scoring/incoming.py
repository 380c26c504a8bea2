"""Reads the lines that `score` is given: JSON objects that are messages or conversations."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from ..limits import LONGEST_LINE, BadNumber, TooDeep, TooMany, decode_json
from ..model import Message, Role

_BLOCK: Final = 64 * 1024
_ROLES: Final[Mapping[Any, Role]] = {role.value: role for role in Role}


class Malformed(Exception):
    """A line that cannot be scored; the message is the sentence for the person at the terminal."""


class Source(Protocol):
    """Where lines come from."""

    def read1(self, size: int, /) -> bytes:
        """At most so many bytes, without waiting for more where there are some; none at the end."""
        ...  # pragma: no cover


def read_lines(stream: Source, *, before_waiting: Callable[[], None] = lambda: None) -> Iterator[bytes]:
    """The lines of a stream; of one that is too long, its beginning, which `read_line` refuses.

    `before_waiting` is called whenever all that has arrived is read.
    """
    begun: list[bytes] = []
    size = 0
    while True:
        before_waiting()
        block = stream.read1(_BLOCK)
        if not block:
            break
        first, newline, more = block.partition(b"\n")
        if size <= LONGEST_LINE:
            begun.append(first)
            size += len(first)
        if newline:
            yield b"".join(begun)
            *whole, last = more.split(b"\n")
            yield from whole
            begun, size = [last], len(last)
    if size:
        yield b"".join(begun)


def read_line(line: bytes) -> dict[str, Any]:
    """The object in a line. Raises Malformed."""
    if len(line) > LONGEST_LINE:
        raise Malformed("This line is longer than 64 MB; split it.")
    try:
        item = decode_json(line.decode("utf-8").strip())
    except UnicodeDecodeError:
        raise Malformed("This line is not UTF-8; save the file as UTF-8.") from None
    except TooDeep:
        raise Malformed("This line is nested too deeply to be read.") from None
    except TooMany:
        raise Malformed("This line holds too many values to be read.") from None
    except BadNumber:
        raise Malformed(
            "This line holds a number that is infinite or has too many digits; write ids as text."
        ) from None
    except ValueError:
        raise Malformed("This line is not valid JSON; write one JSON object a line.") from None
    if not isinstance(item, dict):
        raise Malformed("This line is no JSON object.")
    return item


def messages_of(items: Any) -> list[Message]:
    if not isinstance(items, list):
        raise Malformed('The "messages" of this line are no list.')
    messages: list[Message] = []
    for position, item in enumerate(items, 1):
        where = f"Message {position} of this line"
        if not isinstance(item, dict):
            raise Malformed(f"{where} is no JSON object.")
        messages.append(message_of(item, where))
    # Times order a conversation only when every message has one; the position is the order otherwise.
    times = [message.sent_at for message in messages if message.sent_at is not None]
    if len(times) == len(messages):
        order = sorted(range(len(messages)), key=lambda index: times[index])
        return [messages[index] for index in order]
    return messages


def message_of(item: Mapping[str, Any], where: str) -> Message:
    message_id = id_of(item, where)
    role = item.get("role")
    known = _ROLES.get(role) if isinstance(role, str) else None
    if known is None:
        raise Malformed(f'{where} needs a "role": agent, customer, bot or system.')
    html = text_of(item, "html", where)
    text = text_of(item, "text", where)
    if "text" not in item and "html" not in item:
        raise Malformed(f'{where} has neither "text" nor "html".')
    public = item.get("public")
    if public is not None and not isinstance(public, bool):
        raise Malformed(f'{where} has a "public" that is neither true nor false.')
    language = text_of(item, "language", where)
    return Message(
        id=message_id,
        role=known,
        body=html or text or "",
        is_html=bool(html),
        is_public=public is not False,
        sent_at=_time(item, where),
        author_id=_author(item, where),
        language=re.split("[-_]", language.strip().lower())[0] or None if language else None,
    )


def id_of(item: Mapping[str, Any], where: str) -> str:
    value = item.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return _digits(value, "id", where)
    if isinstance(value, str) and value:
        return value
    raise Malformed(f'{where} has no "id".')


def _author(item: Mapping[str, Any], where: str) -> str | None:
    value = item.get("author_id")
    if isinstance(value, int) and not isinstance(value, bool):
        return _digits(value, "author_id", where)
    if value is None or isinstance(value, str):
        return value or None
    raise Malformed(f'{where} has an "author_id" that is no text.')


def _digits(value: int, key: str, where: str) -> str:
    try:
        return str(value)
    except ValueError:  # more digits than Python writes out
        raise Malformed(f'{where} has an "{key}" that is too long a number.') from None


def text_of(item: Mapping[str, Any], key: str, where: str) -> str | None:
    value = item.get(key)
    if value is None or isinstance(value, str):
        return value
    raise Malformed(f'{where} has a "{key}" that is no text.')


def _time(item: Mapping[str, Any], where: str) -> datetime | None:
    value = item.get("sent_at")
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise Malformed(f'{where} has a "sent_at" that is no time; write it as 2026-03-01T09:00:00Z.')
