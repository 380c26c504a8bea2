"""The sample conversations of the demo: enough of them, varied, readable, and marked as samples."""

import json
from collections import Counter
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from connector.model import Conversation, Role
from connector.providers.local import LocalProvider

from .contract import read

SAMPLES = Path(str(files("connector.providers.local"))) / "samples"


@pytest.fixture(scope="module")
def conversations() -> list[Conversation]:
    reading = read(LocalProvider(SAMPLES))
    assert reading.parked == []
    return reading.conversations


def said_by(conversations: list[Conversation], role: Role) -> list[str]:
    return [m.body for each in conversations for m in each.messages if m.role is role]


def test_there_are_enough_conversations_agents_and_topics(conversations: list[Conversation]) -> None:
    agents = {m.author_id for each in conversations for m in each.messages if m.role is Role.AGENT}
    topics = Counter(tag for each in conversations for tag in each.head.tags)
    channels = {each.head.channel for each in conversations}
    assert len(conversations) >= 44
    assert len(agents) >= 8
    assert len(topics) >= 20
    assert channels >= {"email", "chat"}


def test_they_are_marked_as_samples(conversations: list[Conversation]) -> None:
    assert [each.id for each in conversations if not each.id.startswith("sample-")] == []
    assert "invented" in (SAMPLES / "README.md").read_text()


def test_every_message_has_an_author_and_a_time_within_a_few_weeks(
    conversations: list[Conversation],
) -> None:
    messages = [m for each in conversations for m in each.messages]
    times = [m.sent_at for m in messages if m.sent_at]
    assert len(times) == len(messages)
    assert all(m.author_id for m in messages)
    assert timedelta(weeks=4) < max(times) - min(times) < timedelta(weeks=8)


def test_every_file_ends_on_the_same_day_so_that_the_demo_can_move_them_together() -> None:
    newest = set()
    for path in SAMPLES.glob("*.jsonl"):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        sent = [datetime.fromisoformat(m["sent_at"]) for row in rows for m in row.get("messages", [])]
        newest |= {max(sent).date()} if sent else set()
    assert len(newest) == 1


def test_the_shapes_of_real_life_are_there(conversations: list[Conversation]) -> None:
    messages = [m for each in conversations for m in each.messages]
    contacts = Counter(each.head.contact_id for each in conversations)
    assert Counter(text[:120] for text in said_by(conversations, Role.AGENT)).most_common(1)[0][1] >= 5
    assert said_by(conversations, Role.BOT)
    assert said_by(conversations, Role.SYSTEM)
    assert any(m.is_html for m in messages)
    assert any(not m.is_public for m in messages)
    assert any("automatic reply" in text for text in said_by(conversations, Role.CUSTOMER))
    assert any("\n> " in text or "<blockquote" in text for text in said_by(conversations, Role.AGENT))
    assert max(contacts.values()) >= 2
    assert {2, 3, 4, 5} <= {len(each.messages) for each in conversations}
    for word in ("enttäuscht", "désolée", "molesta", "frustrante"):
        assert any(word in m.body for m in messages)


def test_one_contact_and_one_conversation_opted_out(conversations: list[Conversation]) -> None:
    out = [each for each in conversations if each.head.is_opted_out]
    assert len(out) == 2
    assert sum("empathy_opt_out" in each.head.tags for each in out) == 1
    assert read(LocalProvider(SAMPLES), wanted=lambda head: not head.is_opted_out).ids == {
        each.id for each in conversations if each not in out
    }
