"""The pages: what they show, and what every answer carries."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from connector.bootstrap import Connector
from connector.opening import COMMAND_PATIENCE
from connector.settings import Settings
from connector.store.rows import Feeling, Misses, SyncHealth
from connector.sync import Options
from connector.web import create_app
from connector.web.dashboard import changed, in_words, state, word_for

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
UPSET = "My order is three weeks late, nobody answers, and I am furious. This is unacceptable!"
HOSTILE = '<script>alert("x")</script>'


@pytest.fixture
def app(tmp_path: Path) -> Connector:
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{tmp_path}/connector.db",
        master_key_file=tmp_path / "keys/master.key",
    )
    return Connector(settings, now=lambda: NOW)


@pytest.fixture
def client(app: Connector) -> FlaskClient:
    return create_app(app).test_client()


@pytest.fixture
def sync(app: Connector, tmp_path: Path) -> Callable[..., None]:
    def sync(*conversations: dict[str, Any]) -> None:
        folder = tmp_path / "account"
        folder.mkdir()
        (folder / "c.jsonl").write_text("".join(json.dumps(each) + "\n" for each in conversations))
        app.connect(HOSTILE, "local", {"path": str(folder)}, None)
        app.sync(HOSTILE, Options(), patience=COMMAND_PATIENCE)

    return sync


def conversation(number: int, *texts: str, **more: Any) -> dict[str, Any]:
    roles = ("customer", "agent")
    messages = [
        {
            "id": str(n),
            "role": roles[n % 2],
            "text": text,
            "sent_at": (NOW - timedelta(hours=9 - n)).isoformat(),
        }
        for n, text in enumerate(texts)
    ]
    return {"id": f"c{number}{HOSTILE}", "messages": messages, **more}


def test_the_first_page_without_any_account_says_what_to_do(client: FlaskClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert "Nothing is connected yet" in page.text


def test_the_first_page_shows_who_needs_attention_and_why(
    client: FlaskClient, sync: Callable[..., None]
) -> None:
    sync(conversation(1, UPSET, tags=["delivery"]))
    page = client.get("/").text
    assert "Needs attention now" in page
    assert "1 conversation has a customer" in page
    assert "c1" in page
    assert "Synced through" in page


def test_no_message_text_is_on_the_page(client: FlaskClient, sync: Callable[..., None]) -> None:
    sync(*[conversation(n, UPSET, "Calm down, that is our policy.") for n in range(6)])
    page = client.get("/").text
    assert "furious" not in page
    assert "Calm down" not in page


def test_hostile_names_and_ids_are_only_text(client: FlaskClient, sync: Callable[..., None]) -> None:
    sync(conversation(1, UPSET, tags=[HOSTILE], channel=HOSTILE))
    page = client.get("/").text
    assert "&lt;script&gt;" in page
    assert "<script" not in page


@pytest.mark.parametrize("path", ["/", "/healthz", "/nowhere", "/static/pages.css"])
def test_every_answer_carries_the_security_headers(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    answer.close()


def test_pages_with_data_are_not_kept_by_caches(client: FlaskClient) -> None:
    assert client.get("/").headers["Cache-Control"] == "no-store"


def test_another_host_name_is_refused(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "attacker.example"}).status_code == 400


def test_an_unknown_page_is_a_plain_404(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "not available" in answer.text


def test_healthz_answers_without_a_database(client: FlaskClient) -> None:
    assert client.get("/healthz").text == "ok\n"


def test_a_failure_shows_no_detail(
    client: FlaskClient, app: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("customer words and a path /srv/secret")

    monkeypatch.setattr(type(app.store), "overview", fail)
    answer = client.get("/")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "customer words" not in answer.text


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (Feeling(None, 0), Feeling(None, 0), "Not enough data"),
        (Feeling(-0.9, 2, 0.1), Feeling(0.1, 90, 0.1), "Not enough data"),
        (Feeling(-0.3, 9, 0.1), Feeling(None, 0), "not enough data from last week"),
        (Feeling(-0.3, 9, 0.1), Feeling(-0.32, 9, 0.1), "no clear change"),
        (Feeling(0.3, 9, 0.9), Feeling(-0.3, 9, 0.9), "no clear change"),
        (Feeling(0.3, 9, 0.3), Feeling(-0.3, 9, 0.3), "positive this week, better"),
        (Feeling(-0.7, 9, 0.1), Feeling(-0.3, 9, 0.1), "very negative this week, worse"),
    ],
)
def test_feelings_are_put_into_words_only_with_enough_data(now: Feeling, before: Feeling, words: str) -> None:
    assert words in in_words(now, before)


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (Misses(2, 4), Misses(1, 90), "Not enough data yet"),
        (Misses(2, 40), Misses(1, 4), "not enough data from the time before"),
        (Misses(12, 32), Misses(9, 30), "No clear change"),
        (Misses(30, 100), Misses(60, 100), "missed less often than before"),
        (Misses(60, 100), Misses(30, 100), "missed more often than before"),
    ],
)
def test_a_change_is_called_one_only_when_it_is_sure(now: Misses, before: Misses, words: str) -> None:
    assert words in changed(now, before)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (-0.6, "very negative"),
        (-0.2, "negative"),
        (0.0, "neutral"),
        (0.21, "positive"),
        (0.61, "very positive"),
    ],
)
def test_a_mean_is_called_by_its_band(value: float, word: str) -> None:
    assert word_for(value) == word


def health(**more: Any) -> SyncHealth:
    row = {
        "installation": "shop",
        "provider": "zendesk",
        "synced_through_at": NOW,
        "last_sync_at": NOW,
        "owed": 0,
        "parked": 0,
        "needs_authorization": False,
        "not_before_at": None,
    }
    return SyncHealth(**{**row, **more})


@pytest.mark.parametrize(
    ("row", "kind", "words"),
    [
        (health(), "good", "in sync"),
        (health(needs_authorization=True), "bad", "connected again"),
        (health(not_before_at=NOW + timedelta(minutes=5)), "wait", "09:05"),
        (health(last_sync_at=None), "wait", "never"),
        (health(last_sync_at=NOW - timedelta(hours=2)), "bad", "worker"),
        (health(parked=2), "wait", "2 could not be read"),
        (health(owed=3), "wait", "3 scores wait"),
    ],
)
def test_the_health_of_a_sync_is_told_as_it_is(row: SyncHealth, kind: str, words: str) -> None:
    found = state(row, NOW)
    assert found[0] == kind
    assert words in found[1]
