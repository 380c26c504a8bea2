"""Disputes and human corrections of a score: L-09 and R-07."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from connector.bootstrap import Connector
from connector.errors import Busy, Misconfigured
from connector.settings import Settings
from connector.store.disputes import is_disputed
from connector.store.tables import conversation
from tests.commands import Run, one_sentence
from tests.on_disk import contents

REASON = "Kestrel reply came after a long phone call"
UPSET = "My parcel is three weeks late and nobody answers me. I am furious!"
COLD = "As per our policy we cannot help. Calm down."


def row(number: int, *texts: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    roles = ("customer", "agent")
    messages = [
        {
            "id": f"{number}-{at}",
            "role": roles[at % 2],
            "text": text,
            "author_id": ("sam", "alex")[at % 2],
            "sent_at": (now - timedelta(hours=9 - at)).isoformat(),
        }
        for at, text in enumerate(texts)
    ]
    return {"id": str(number), "contact_id": f"contact-{number}", "messages": messages}


@pytest.fixture
def account(run: Run, tmp_path: Path) -> Path:
    folder = tmp_path / "account"
    folder.mkdir()
    for number in range(1, 7):
        put(folder, row(number, UPSET, COLD))
    run("connect", "local", "--name", "shop", "--path", str(folder))
    assert run("sync", "shop").code == 0
    return folder


@pytest.fixture
def app(account: Path, tmp_path: Path) -> Iterator[Connector]:
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{tmp_path}/var/connector.db",
        master_key_file=tmp_path / "var/keys/master.key",
    )
    app = Connector(settings)
    yield app
    app.store.close()


def put(folder: Path, conversation: dict[str, Any]) -> None:
    (folder / f"{conversation['id']}.jsonl").write_text(json.dumps(conversation) + "\n")


def written(folder: Path, conversation_id: str = "1") -> dict[str, Any]:
    rows = [json.loads(line) for line in (folder / "scores.jsonl").read_text().splitlines()]
    return next(each["fields"] for each in rows if each["id"] == conversation_id)


def bands(app: Connector) -> dict[str, int]:
    now = app.now()
    return dict(app.store.overview(None, since=now - timedelta(days=28), now=now).bands)


def contest(run: Run, conversation_id: str = "1") -> None:
    assert run("dispute", "shop", conversation_id, "--by", "Alex", "--reason", REASON).code == 0


def decide(run: Run, *arguments: str) -> None:
    ran = run("dispute", "shop", "1", "--decide", *arguments, "--by", "Kim", "--reason", "Looked again")
    assert ran.code == 0, ran.err


def test_a_disputed_score_counts_in_no_overview_until_it_is_decided(run: Run, app: Connector) -> None:
    """L-09."""
    now = app.now()
    assert bands(app) == {"low": 6}
    before = app.store.overview(None, since=now - timedelta(days=28), now=now)
    contest(run)
    during = app.store.overview(None, since=now - timedelta(days=28), now=now)
    assert bands(app) == {"low": 5}
    assert (before.feeling_now.n, during.feeling_now.n) == (6, 5)
    assert during.attention_count == before.attention_count == 6  # a waiting customer is never hidden
    decide(run, "upheld")
    assert bands(app) == {"low": 6}


def test_a_disputed_score_is_left_out_of_its_contacts_roll_up(run: Run, app: Connector) -> None:
    """L-09."""
    since = app.now() - timedelta(days=90)
    assert len(app.store.contact_conversations("shop", ["contact-1"], since)["contact-1"]) == 1
    contest(run)
    assert app.store.contact_conversations("shop", ["contact-1"], since) == {"contact-1": []}


def test_a_corrected_score_counts_and_is_written_with_a_reason(
    run: Run, app: Connector, account: Path
) -> None:
    """L-09: the corrected value wins."""
    contest(run)
    decide(run, "corrected", "--empathy", "75")
    assert bands(app) == {"low": 5, "high": 1}
    assert written(account)["empathy_band"] == "low"
    assert run("sync", "shop", "--json").json["writes"]["written"] == 1
    fields = written(account)
    assert (fields["empathy_score"], fields["empathy_band"]) == (75, "high")
    assert fields["empathy_reason"] == "A person reviewed this score and set it."
    assert fields["empathy_sentiment"] is not None


def test_a_correction_stays_through_later_syncs_of_the_same_text(
    run: Run, app: Connector, account: Path
) -> None:
    """R-07."""
    contest(run)
    decide(run, "corrected", "--empathy", "75")
    run("sync", "shop")
    for again in ((), ("--full",)):
        assert run("sync", "shop", *again, "--json").json["writes"]["written"] == 0
        assert written(account)["empathy_score"] == 75
    assert bands(app) == {"low": 5, "high": 1}


def test_a_correction_stays_when_only_our_rules_change(
    run: Run, app: Connector, account: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-07: an upgrade scores every conversation again; a person's word about the same text stands."""
    from connector.scoring.engine import default_engine

    contest(run)
    decide(run, "corrected", "--empathy", "75")
    run("sync", "shop")
    for version in ("other-1", "other-2"):
        monkeypatch.setattr(default_engine(), "ruleset", version)
        line = run("sync", "shop", "--full", "--json").json
        assert line["conversations"]["scored"] == 6
        assert written(account)["empathy_score"] == 75
        [found] = app.store.disputes("shop")
        assert found.is_latest
    assert bands(app) == {"low": 5, "high": 1}


def test_a_new_message_brings_a_new_score_and_says_so(run: Run, app: Connector, account: Path) -> None:
    """L-09."""
    contest(run)
    decide(run, "corrected", "--empathy", "75")
    run("sync", "shop")
    put(account, row(1, UPSET, COLD, "Still nothing! I am so angry.", COLD))
    assert run("sync", "shop", "--json").json["writes"]["written"] == 1
    assert written(account)["empathy_band"] == "low"
    assert "new messages have brought" in run("dispute", "shop", "--list").out
    assert "new messages have brought" in run("show", "shop", "1").out
    assert run("show", "shop", "1", "--json").json["review"]["applies_to_latest_score"] is False


def test_a_dispute_stays_open_over_a_new_message_and_is_decided_about_the_new_score(
    run: Run, app: Connector, account: Path
) -> None:
    """L-09."""
    contest(run)
    put(account, row(1, UPSET, COLD, "Still nothing! I am so angry.", COLD))
    run("sync", "shop")
    assert bands(app) == {"low": 5}
    decide(run, "corrected", "--empathy", "41")
    run("sync", "shop")
    assert written(account)["empathy_band"] == "fair"
    assert app.store.disputes("shop")[0].is_latest


def test_a_corrected_score_can_be_disputed_again_and_the_last_word_holds(
    run: Run, app: Connector, account: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-07."""
    from connector.scoring.engine import default_engine

    for score in ("75", "50"):
        contest(run)
        decide(run, "corrected", "--empathy", score)
    monkeypatch.setattr(default_engine(), "ruleset", "another")
    run("sync", "shop", "--full")
    assert written(account)["empathy_score"] == 50


def test_a_decision_about_a_score_that_changed_meanwhile_is_refused(
    run: Run, app: Connector, account: Path
) -> None:
    """L-09: nobody decides about a score they have not seen."""
    contest(run)
    [waiting] = app.store.disputes("shop")
    key = app.store.contact_key("shop", waiting.owner)
    assert key is not None
    stale = replace(waiting, status="upheld", decided_by="Kim", decided_at=app.now())
    put(account, row(1, UPSET, COLD, "Still nothing!"))
    run("sync", "shop")
    with pytest.raises(Busy):
        app.store.decide_dispute("shop", stale, key, {})


def test_the_words_of_a_dispute_are_sealed_and_shown_to_the_decider_only(
    run: Run, app: Connector, tmp_path: Path
) -> None:
    """L-09, C-07: what people write about a score is text like any other."""
    contest(run)
    for command in (
        ("dispute", "shop", "--list"),
        ("dispute", "shop", "--list", "--json"),
        ("show", "shop", "1"),
        ("show", "shop", "1", "--json"),
    ):
        assert "Kestrel" not in run(*command).out
    for file in (tmp_path / "var").rglob("*"):
        if file.is_file():
            assert b"Kestrel" not in contents(file), file
    assert run("dispute", "shop", "1", "--show").code == 2
    assert REASON in run("dispute", "shop", "1", "--show", "--by", "Kim").out
    [looked] = app.store.access_counts("shop")
    assert (looked.role, looked.purpose, looked.times) == ("decider", "dispute", 1)


def test_a_reason_can_be_read_from_input_so_that_no_process_list_shows_it(run: Run, account: Path) -> None:
    assert run("dispute", "shop", "1", "--by", "Alex", "--reason", "-", stdin=REASON).code == 0
    assert REASON in run("dispute", "shop", "1", "--show", "--by", "Kim").out


def test_the_key_of_a_dispute_outlives_the_purge_and_takes_the_words_with_it(
    run: Run, app: Connector
) -> None:
    """C-10: the reason is under the contact's key, so destroying that key destroys it."""
    contest(run)
    assert app.store.purge_keys("shop", limit=100) == ([], None)
    [found] = app.store.disputes("shop")
    words = app.disputing("shop").words(found)
    assert words.reason == REASON
    with app.store._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM contact_key")
    assert app.disputing("shop").words(found).reason is None
    assert "erased" in run("dispute", "shop", "1", "--show", "--by", "Kim").out


def test_show_marks_a_disputed_score_without_a_name(run: Run, account: Path) -> None:
    """L-07, L-09: whoever opens the score sees that it is contested."""
    assert run("show", "shop", "1", "--json").json["review"] is None
    contest(run)
    shown = run("show", "shop", "1", "--json")
    assert shown.json["review"]["status"] == "open"
    assert "Alex" not in shown.out
    decide(run, "upheld")
    assert "let it stand" in run("show", "shop", "1").out


@pytest.mark.parametrize(
    "arguments",
    [
        ("1", "--by", "Alex"),
        ("1", "--reason", "because"),
        ("1", "--by", " ", "--reason", "because"),
        ("1", "--by", "Alex", "--reason", "x" * 4001),
        ("1", "--by", "Alex", "--reason", "because", "--empathy", "50"),
        ("nope", "--by", "Alex", "--reason", "because"),
        ("1", "--decide", "upheld", "--by", "Kim", "--reason", "because"),
        ("1", "--decide", "corrected", "--by", "Kim", "--reason", "because"),
        ("1", "--decide", "corrected", "--empathy", "101", "--by", "Kim", "--reason", "because"),
        ("1", "--decide", "upheld", "--empathy", "50", "--by", "Kim", "--reason", "because"),
        ("1", "--decide", "upheld", "--list"),
        ("1", "--show", "--by", "Kim"),
        (),
    ],
)
def test_what_a_dispute_lacks_is_said_in_a_sentence(
    run: Run, account: Path, arguments: tuple[str, ...]
) -> None:
    ran = run("dispute", "shop", *arguments)
    assert ran.code == 2
    assert one_sentence(ran.err)


def test_a_conversation_that_was_removed_meanwhile_leaves_no_dispute_and_no_key(
    run: Run, app: Connector
) -> None:
    """C-10: a contact who was erased while somebody was typing does not get a new key."""
    contest(run)
    [before] = app.store.disputes("shop")
    key = app.store.contact_key("shop", before.owner)
    assert key is not None
    with app.store._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM conversation WHERE conversation_id = '1'")
        connection.exec_driver_sql("DELETE FROM contact_key")
    with pytest.raises(Misconfigured, match="removed"):
        app.store.raise_dispute("shop", before, replace(key, is_new=True))
    assert app.store.disputes("shop") == []
    assert app.store.contact_key("shop", before.owner) is None


@pytest.mark.sqlite
def test_whether_a_conversation_is_disputed_is_one_step_along_an_index(app: Connector) -> None:
    """With many open disputes the first page would else look through all of them for each conversation."""
    query = select(conversation.c.conversation_id).where(~is_disputed())
    with app.store._database.reading() as connection:
        compiled = query.compile(connection, compile_kwargs={"literal_binds": True})
        plan = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]
    [step] = [each for each in plan if "ix_dispute_status" in each]
    assert "conversation_id=?" in step


def test_a_score_is_disputed_once_at_a_time(run: Run, account: Path) -> None:
    contest(run)
    ran = run("dispute", "shop", "1", "--by", "Sasha", "--reason", "me too")
    assert ran.code == 2
    assert "disputed already" in ran.err
