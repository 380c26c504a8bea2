"""The lines that `score` reads and writes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.model import ContactPast, ConversationScore, Evidence, Message, MessageScore, Role, Status
from connector.scoring.canned import ReplyMemory
from connector.scoring.lines import conversation_json, message_json, message_line, score_lines

MESSAGE_KEYS = [
    "id",
    "status",
    "reason",
    "reason_text",
    "language",
    "sentiment",
    "frustration",
    "intensity",
    "empathy",
    "band",
    "dimensions",
    "dismissive",
    "canned",
    "evidence",
    "text_used",
    "ruleset",
]


def scored(message: Message) -> MessageScore:
    return MessageScore(
        id=message.id,
        role=message.role,
        status=Status.SCORED,
        reason=None,
        reason_text="The customer is calm.",
        language=message.language or "en",
        sentiment=0.25,
        frustration=0.0,
        intensity=None,
        empathy=None,
        band=None,
        dimensions=None,
        dismissive=None,
        canned=None,
        evidence=(Evidence(0, 1, "thanks", 0.5),),
        ruleset="test-1",
        text_used=message.body,
        sent_at=message.sent_at,
        author_id=message.author_id,
    )


class Recorder:
    """An engine that scores everything alike and remembers what it was asked."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.replying_to: list[str | None] = []
        self.copies: list[float | None] = []

    def score_message(
        self, message: Message, *, replying_to: str | None, memory: ReplyMemory | None
    ) -> MessageScore:
        self.messages.append(message)
        self.replying_to.append(replying_to)
        groups = frozenset({1, 2, 3})
        copied = memory and memory.copies(message.author_id or "", message.id, groups)
        self.copies.append(copied if isinstance(copied, float) else None)
        return scored(message)

    def score_conversation(
        self,
        conversation_id: str,
        messages: Sequence[Message],
        *,
        past: ContactPast | None = None,
        memory: ReplyMemory | None = None,
    ) -> ConversationScore:
        self.messages.extend(messages)
        return ConversationScore(
            id=conversation_id,
            status=Status.NOT_SCORED,
            reason="no_agent_reply",
            reason_text="Nobody has answered yet.",
            language="en",
            sentiment=0.1,
            sentiment_shift=None,
            frustration=None,
            intensity=None,
            empathy=None,
            band="not_scored",
            dimensions=None,
            dismissive=None,
            canned=None,
            needs_attention=True,
            evidence=(Evidence(0, 1, "thanks", 0.5, message_id="m"),),
            ruleset="test-1",
            messages=tuple(scored(message) for message in messages),
        )


class Run:
    """What a run over some lines wrote."""

    def __init__(self, *lines: Any, no_text: bool = False) -> None:
        self.engine = Recorder()
        self.out: list[str] = []
        self.err: list[str] = []
        given = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        self.code = score_lines(
            given, engine=self.engine, no_text=no_text, write=self.out.append, complain=self.err.append
        )

    @property
    def written(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out]

    @property
    def complaints(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.err]


def message(**more: Any) -> dict[str, Any]:
    return {"id": "m1", "role": "customer", "text": "Thanks", **more}


def test_a_message_line_gives_the_keys_of_the_contract_in_their_order() -> None:
    run = Run(message())
    assert list(run.written[0]) == MESSAGE_KEYS
    assert run.written[0]["evidence"] == [{"start": 0, "end": 1, "rule": "thanks", "points": 0.5}]
    assert run.code == 0
    assert run.err == []


def test_a_conversation_line_has_no_text_of_its_own_and_adds_three_keys() -> None:
    run = Run({"id": "c1", "messages": [message(), message(id="m2", role="agent")]})
    written = run.written[0]
    added = {"sentiment_shift", "needs_attention", "messages"}
    assert set(written) == {*MESSAGE_KEYS, *added} - {"text_used"}
    assert written["evidence"][0]["message_id"] == "m"
    assert [list(each) for each in written["messages"]] == [MESSAGE_KEYS, MESSAGE_KEYS]


def test_no_text_leaves_the_text_out_everywhere() -> None:
    run = Run(message(text="secret"), {"id": "c1", "messages": [message(text="secret")]}, no_text=True)
    assert "text_used" not in run.out[0]
    assert "secret" not in "".join(run.out)


def test_what_show_prints_has_no_text() -> None:
    score = scored(Message("m", Role.CUSTOMER, "secret"))
    assert "text_used" not in message_json(score)
    whole = Recorder().score_conversation("c", [Message("m", Role.CUSTOMER, "secret")])
    assert "secret" not in json.dumps(conversation_json(whole, with_text=False))


def test_lines_are_scored_in_order_and_blank_ones_skipped() -> None:
    run = Run(message(id="a"), b"\n", b"  \r\n", message(id="b"), b"")
    assert [each["id"] for each in run.written] == ["a", "b"]
    assert run.code == 0


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"nonsense",
        b"[1]",
        b'"text"',
        b"null",
        b"12",
        b'{"id": "m", "role": "customer", "text": "a"} trailing',
        b'{"id": "m", "role": "customer", "text": "\xff\xfe"}',
        b'{"id": "m", "role": "customer", "text": NaN}',
        b'{"id": "m", "role": "customer", "text": "a", "other": Infinity}',
        b'{"id": "m", "role": "customer", "text": "a", "n": ' + b"9" * 10_000 + b"}",
        b'{"id": ' + b"9" * 4_000 + b'1e400, "role": "customer", "text": "a"}',
        b"[" * 200_000,
        b'{"a":' * 100_000,
        {"role": "customer", "text": "a"},
        {"id": "", "role": "customer", "text": "a"},
        {"id": None, "role": "customer", "text": "a"},
        {"id": True, "role": "customer", "text": "a"},
        {"id": 1.5, "role": "customer", "text": "a"},
        {"id": ["m"], "role": "customer", "text": "a"},
        {"id": "m", "text": "a"},
        {"id": "m", "role": "robot", "text": "a"},
        {"id": "m", "role": ["customer"], "text": "a"},
        {"id": "m", "role": "customer"},
        {"id": "m", "role": "customer", "text": 5},
        {"id": "m", "role": "customer", "html": ["a"]},
        {"id": "m", "role": "agent", "text": "a", "replying_to": 5},
        {"id": "m", "role": "agent", "text": "a", "author_id": {}},
        {"id": "m", "role": "agent", "text": "a", "language": 5},
        {"id": "m", "role": "agent", "text": "a", "sent_at": "yesterday"},
        {"id": "m", "role": "agent", "text": "a", "sent_at": "0001-01-01T00:00:00+14:00"},
        {"id": "m", "role": "agent", "text": "a", "public": "yes"},
        {"id": "c", "messages": "none"},
        {"id": "c", "messages": [5]},
        {"id": "c", "messages": [{"role": "agent", "text": "a"}]},
        {"messages": []},
    ],
    ids=str,
)
def test_a_malformed_line_is_named_and_the_others_are_still_scored(line: Any) -> None:
    run = Run(message(id="before"), b"", line, message(id="after"))
    assert [each["id"] for each in run.written] == ["before", "after"]
    assert [list(each) for each in run.complaints] == [["line", "error"]]
    assert run.complaints[0]["line"] == 3
    assert run.complaints[0]["error"].endswith(".")
    assert run.code == 1


def test_an_error_never_repeats_the_text() -> None:
    run = Run({"id": "m", "role": "secret", "text": "secret"}, b'{"text": "secret')
    assert "secret" not in "".join(run.err)


def test_unknown_keys_are_ignored_and_a_repeated_key_counts_once() -> None:
    run = Run(b'{"id": "a", "id": "b", "role": "agent", "text": "x", "extra": {"deep": [1]}}')
    assert run.written[0]["id"] == "b"


def test_numbers_are_ids_too() -> None:
    run = Run(message(id=12, author_id=34))
    assert run.written[0]["id"] == "12"
    assert run.engine.messages[0].author_id == "34"


def test_half_a_surrogate_pair_comes_in_and_goes_out_as_an_escape() -> None:
    run = Run(b'{"id": "m\\ud83d", "role": "customer", "text": "a\\ude00 \\ud83d\\ude00 \xc3\xa9"}')
    line = run.out[0]
    line.encode("utf-8")
    assert "\\ud83d" in line
    assert "\\ude00" in line
    assert "\U0001f600 é" in line
    assert json.loads(line)["id"] == "m\ud83d"


def test_a_byte_order_mark_before_the_first_line_is_no_error() -> None:
    run = Run(b"\xef\xbb\xbf" + json.dumps(message()).encode())
    assert run.code == 0


def test_html_wins_over_text_and_is_marked_as_such() -> None:
    run = Run(message(html="<p>a</p>"), message(html=None), message(html=""))
    assert [(each.body, each.is_html) for each in run.engine.messages] == [
        ("<p>a</p>", True),
        ("Thanks", False),
        ("Thanks", False),
    ]


def test_a_null_is_like_an_absent_key() -> None:
    run = Run(message(text=None, replying_to=None, author_id=None, language=None, sent_at=None, public=None))
    assert run.code == 0
    assert run.engine.messages == [Message("m1", Role.CUSTOMER, "")]


def test_the_message_answered_reaches_the_engine_as_it_is() -> None:
    run = Run(message(role="agent", replying_to="<p>Help!</p>"), message(role="agent"))
    assert run.engine.replying_to == ["<p>Help!</p>", None]


@pytest.mark.parametrize(
    ("language", "code"), [("en", "en"), ("en-US", "en"), ("DE_at", "de"), ("", None), (" ", None)]
)
def test_a_language_is_its_first_subtag(language: str, code: str | None) -> None:
    run = Run(message(language=language))
    assert run.engine.messages[0].language == code


def test_messages_are_ordered_by_time_where_all_have_one() -> None:
    late, early = (
        message(id="late", sent_at="2026-03-02T09:00:00+02:00"),
        message(id="early", sent_at="2026-03-02T06:59:00Z"),
    )
    run = Run({"id": "c", "messages": [late, early]})
    assert [each.id for each in run.engine.messages] == ["early", "late"]
    assert run.engine.messages[0].sent_at == datetime(2026, 3, 2, 6, 59, tzinfo=UTC)


def test_messages_keep_their_position_where_a_time_is_missing() -> None:
    run = Run({"id": "c", "messages": [message(id="a", sent_at="2026-03-02T09:00:00"), message(id="b")]})
    assert [each.id for each in run.engine.messages] == ["a", "b"]


def test_a_conversation_may_be_empty() -> None:
    run = Run({"id": "c", "messages": []})
    assert run.written[0]["messages"] == []


def test_replies_are_remembered_per_author_even_where_ids_repeat() -> None:
    reply = message(role="agent", author_id="kim")
    run = Run(reply, reply, {**reply, "author_id": "jo"}, message(role="agent"))
    first, second, other, alone = run.engine.copies
    assert (first, other, alone) == (0.0, 0.0, None)
    assert second is not None
    assert second > 0.9


@given(
    line=st.one_of(
        st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
    )
)
@settings(max_examples=200, deadline=None)
def test_no_line_stops_the_run(line: bytes) -> None:
    run = Run(line, message(id="after"))
    assert run.written[-1]["id"] == "after"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["id", "role", "text", "html", "replying_to", "author_id", "language", "messages", "sent_at", "public"]


@given(item=st.dictionaries(st.sampled_from(KEYS), JSON | st.sampled_from(["agent", "customer"]), max_size=8))
@settings(max_examples=300, deadline=None)
def test_no_combination_of_values_stops_the_run(item: dict[str, Any]) -> None:
    run = Run(item, message(id="after"))
    assert run.written[-1]["id"] == "after"
    assert len(run.out) + len(run.err) == 2


@given(
    st.text(), st.none() | st.text(), st.none() | st.floats(-1, 1), st.none() | st.integers(0, 100),
    st.sampled_from([None, True, False]), st.booleans(),
)  # fmt: skip
def test_a_line_written_out_is_what_the_encoder_makes(
    text: str,
    reason: str | None,
    sentiment: float | None,
    empathy: int | None,
    canned: bool | None,
    shown: bool,
) -> None:
    found = (
        None
        if empathy is None
        else (Evidence(0, 4, text, sentiment or 0.0, reason), Evidence(1, 2, "help", -3))
    )
    score = MessageScore(
        text, Role.AGENT, Status.SCORED, reason, text, reason, sentiment, sentiment, empathy, empathy, reason,
        None if canned is None else {"help": 2, "ownership": 0}, sentiment, canned, found, "r", text,
    )  # fmt: skip
    plain = json.dumps(message_json(score, with_text=shown), ensure_ascii=False)
    assert message_line(score, with_text=shown) == plain


def test_an_answer_is_there_before_the_next_line_is_sent() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "connector", "score", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as run:
        assert run.stdin is not None
        assert run.stdout is not None
        for name in ("one", "two"):
            line = {"id": name, "role": "customer", "text": "My order is late."}
            run.stdin.write(json.dumps(line).encode() + b"\n")
            run.stdin.flush()
            assert json.loads(run.stdout.readline())["id"] == name
        run.stdin.close()
        assert run.wait() == 0
