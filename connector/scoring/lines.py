"""The line format of `score`: reads messages and conversations as JSON, writes their scores as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any, Final, Protocol

from ..model import ContactPast, ConversationScore, Evidence, Message, MessageScore
from .canned import ReplyMemory, RunMemory
from .incoming import Malformed, id_of, message_of, messages_of, read_line, text_of

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class LineEngine(Protocol):
    """What scores the lines."""

    def score_message(
        self, message: Message, *, replying_to: str | None, memory: ReplyMemory | None
    ) -> MessageScore:
        """Score one message in the light of the text (or HTML) it answers."""
        ...  # pragma: no cover

    def score_conversation(
        self,
        conversation_id: str,
        messages: Sequence[Message],
        *,
        past: ContactPast | None = None,
        memory: ReplyMemory | None = None,
    ) -> ConversationScore:
        """Score the messages of a conversation, oldest first, and roll them up."""
        ...  # pragma: no cover


class _LineMemory:
    """The run's memory as one line sees it: ids are told apart by line, for exports repeat them."""

    __slots__ = ("_line", "_memory")

    def __init__(self, memory: RunMemory, line: int) -> None:
        self._memory = memory
        self._line = line

    @property
    def key(self) -> bytes:
        return self._memory.key

    def copies(self, author_id: str, message_id: str, groups: frozenset[int]) -> float:
        return self._memory.copies(author_id, f"{self._line}:{message_id}", groups)


def score_lines(
    lines: Iterable[bytes],
    *,
    engine: LineEngine,
    no_text: bool,
    write: Callable[[str], None],
    complain: Callable[[str], None],
) -> int:
    """Score each line in order; `write` and `complain` take one line of JSON without its line break.

    Returns the exit code: 1 when a line was malformed, else 0.
    """
    memory = RunMemory()
    exit_code = 0
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            item = read_line(line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line)
            scored = _score(item, engine, _LineMemory(memory, number), with_text=not no_text)
        except Malformed as error:
            complain(_encode({"line": number, "error": str(error)}))
            exit_code = 1
        else:
            write(scored)
    return exit_code


def message_json(score: MessageScore, *, with_text: bool = False) -> dict[str, Any]:
    """The message object of the `score` command, its keys in their fixed order."""
    shown: dict[str, Any] = {
        "id": score.id,
        "status": score.status,
        "reason": score.reason,
        "reason_text": score.reason_text,
        "language": score.language,
        "sentiment": score.sentiment,
        "frustration": score.frustration,
        "intensity": score.intensity,
        "empathy": score.empathy,
        "band": score.band,
        "dimensions": None if score.dimensions is None else dict(score.dimensions),
        "dismissive": score.dismissive,
        "canned": score.canned,
        "evidence": None if score.evidence is None else [_evidence_json(each) for each in score.evidence],
    }
    if with_text:
        shown["text_used"] = score.text_used
    shown["ruleset"] = score.ruleset
    return shown


def conversation_json(score: ConversationScore, *, with_text: bool) -> dict[str, Any]:
    """The conversation object of the `score` command; `with_text` shows the messages' cleaned text."""
    return {
        "id": score.id,
        "status": score.status,
        "reason": score.reason,
        "reason_text": score.reason_text,
        "language": score.language,
        "sentiment": score.sentiment,
        "sentiment_shift": score.sentiment_shift,
        "frustration": score.frustration,
        "intensity": score.intensity,
        "empathy": score.empathy,
        "band": score.band,
        "dimensions": None if score.dimensions is None else dict(score.dimensions),
        "dismissive": score.dismissive,
        "canned": score.canned,
        "needs_attention": score.needs_attention,
        "evidence": [_evidence_json(each) for each in score.evidence],
        "ruleset": score.ruleset,
        "messages": [message_json(each, with_text=with_text) for each in score.messages],
    }


def note_places(shown: Mapping[str, Any], score: MessageScore) -> None:
    """Add to a shown message where its evidence stands in the platform's own body, for the store."""
    for row, evidence in zip(shown["evidence"] or (), score.evidence or (), strict=True):
        row["body_start"], row["body_end"] = evidence.body_start, evidence.body_end


def _evidence_json(evidence: Evidence) -> dict[str, Any]:
    shown: dict[str, Any] = {} if evidence.message_id is None else {"message_id": evidence.message_id}
    shown["start"] = evidence.start
    shown["end"] = evidence.end
    shown["rule"] = evidence.rule
    shown["points"] = evidence.points
    return shown


def message_line(score: MessageScore, *, with_text: bool) -> str:
    """`message_json` as JSON; written out because the general encoder takes three times as long."""
    text = f'"text_used": {_shown(score.text_used)}, ' if with_text else ""
    dimensions = evidence = "null"
    if score.dimensions is not None:
        levels = [f'"{name}": {level}' for name, level in score.dimensions.items()]
        dimensions = f"{{{', '.join(levels)}}}"
    if score.evidence is not None:
        evidence = f"[{', '.join(map(_evidence_text, score.evidence))}]"
    return (
        f'{{"id": {_shown(score.id)}, "status": "{score.status.value}", "reason": {_shown(score.reason)}, '
        f'"reason_text": {_shown(score.reason_text)}, "language": {_shown(score.language)}, '
        f'"sentiment": {_number(score.sentiment)}, "frustration": {_number(score.frustration)}, '
        f'"intensity": {_number(score.intensity)}, "empathy": {_number(score.empathy)}, '
        f'"band": {_shown(score.band)}, "dimensions": {dimensions}, '
        f'"dismissive": {_number(score.dismissive)}, "canned": {_TRUTH[score.canned]}, '
        f'"evidence": {evidence}, {text}"ruleset": {_shown(score.ruleset)}}}'
    )


_TRUTH: Final = {None: "null", True: "true", False: "false"}


def _shown(text: str | None) -> str:
    return "null" if text is None else encode_basestring(text)


def _number(value: float | None) -> str:
    return "null" if value is None else repr(value)


def _evidence_text(evidence: Evidence) -> str:
    message = "" if evidence.message_id is None else f'"message_id": {_shown(evidence.message_id)}, '
    return (
        f'{{{message}"start": {evidence.start}, "end": {evidence.end}, '
        f'"rule": {_shown(evidence.rule)}, "points": {evidence.points!r}}}'
    )


def _score(item: Mapping[str, Any], engine: LineEngine, memory: _LineMemory, *, with_text: bool) -> str:
    if "messages" in item:
        conversation_id = id_of(item, "This line")
        messages = messages_of(item["messages"])
        whole = engine.score_conversation(conversation_id, messages, memory=memory)
        return _encode(conversation_json(whole, with_text=with_text))
    message = message_of(item, "This line")
    score = engine.score_message(
        message,
        replying_to=text_of(item, "replying_to", "This line"),
        memory=None if message.author_id is None else memory,
    )
    return _escaped(message_line(score, with_text=with_text))


_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False)


def _encode(item: Mapping[str, Any]) -> str:
    return _escaped(_ENCODER.encode(item))


def _escaped(line: str) -> str:
    if line.isascii():
        return line
    # UTF-8 has no form for half a surrogate pair; JSON's escape has.
    return _SURROGATE.sub(lambda found: f"\\u{ord(found.group()):04x}", line)
