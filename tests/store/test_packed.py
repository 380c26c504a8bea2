"""What is kept packed comes back as it was, and old rows are packed without loss."""

from __future__ import annotations

import json
import sqlite3
import zlib
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from connector.model import Message, Role
from connector.scoring.engine import default_engine
from connector.scoring.lines import conversation_json
from connector.store import Store, migrate
from connector.store.database import open_database
from connector.store.packed import NEWEST, Numbers, as_json, packed, unpacked, words
from connector.store.tables import message, outbox, reply, score
from tests.standins.drive import hunt

from .samples import put, record

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
DIGEST_OF_WORDS = {1: "094b08ddf7a3c138"}


@given(JSON)
def test_whatever_is_packed_comes_back(value: object) -> None:
    assert unpacked(packed(value)) == value


@given(st.lists(st.integers(0, 2**64 - 1)))
def test_whole_numbers_come_back(values: list[int]) -> None:
    kind = Numbers()
    stored = kind.process_bind_param(values, None)  # type: ignore[arg-type]
    assert stored is not None
    assert len(stored) == 8 * len(values)
    assert kind.process_result_value(stored, None) == tuple(values)  # type: ignore[arg-type]


def test_the_words_that_rows_were_packed_with_never_change() -> None:
    assert {
        version: sha256(words(version)).hexdigest()[:16] for version in range(1, NEWEST + 1)
    } == DIGEST_OF_WORDS


def test_what_is_no_packed_row_is_refused() -> None:
    for content in (b"", bytes([NEWEST]) + b"no deflated row", bytes([NEWEST + 1]) + packed({})[1:]):
        with pytest.raises((zlib.error, ValueError)):
            unpacked(content)


def test_a_score_takes_less_than_a_third_of_its_json() -> None:
    card = default_engine().score_conversation(
        "1",
        [
            Message("c", Role.CUSTOMER, "This is the third time my parcel is lost. I am tired of waiting."),
            Message(
                "a", Role.AGENT, "I am sorry: a third lost parcel is maddening. I will call the depot at 9."
            ),
        ],
    )
    plain = as_json(conversation_json(card, with_text=False))
    assert len(packed(json.loads(plain))) < len(plain) / 3


OLD_ROWS = (
    "INSERT INTO score VALUES (1, ?, 1, 'f', 'r', '2026-11-20 12:00:00', ?)",
    "INSERT INTO message VALUES (1, ?, 0, ?)",
    "INSERT INTO outbox VALUES (1, ?, 'f', ?, 'd', 0, NULL, NULL, NULL, NULL, NULL, 0)",
    "INSERT INTO reply VALUES (1, ?, 'm', 'a', ?, '2026-11-20 12:00:00', 0)",
)


@pytest.mark.sqlite
def test_rows_of_the_revision_before_are_packed_and_none_is_lost(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/c.db")
    ids = [f"{each:05}" for each in range(2_500)]
    with database.migrating() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
        config.attributes["connection"] = connection
        command.upgrade(config, "0013")
        for statement in OLD_ROWS[:3]:
            rows = [(id_, as_json({"id": id_, "language": "en", "status": "not_scored"})) for id_ in ids]
            connection.exec_driver_sql(statement, rows)
        connection.exec_driver_sql(OLD_ROWS[3], [(id_, as_json([int(id_), 2**63])) for id_ in ids])
    migrate.migrate(database)
    with database.reading() as connection:
        for table, column in ((score, "scorecard"), (message, "score"), (outbox, "values")):
            query = select(table.c.conversation_id, table.c[column])
            assert {id_: row["id"] for id_, row in connection.execute(query)} == dict(
                zip(ids, ids, strict=True)
            )
        hashes = connection.execute(select(reply.c.conversation_id, reply.c.hashes))
        assert {each.conversation_id: each.hashes for each in hashes} == {
            id_: (int(id_), 2**63) for id_ in ids
        }
        told = connection.execute(select(message.c.language, message.c.is_scored).distinct())
        assert [tuple(row) for row in told] == [("en", False)]
    database.close()


@pytest.mark.sqlite
def test_a_hunt_for_planted_words_looks_into_packed_rows(store: Store, tmp_path: Path) -> None:
    put(store, record("7", card={"reason_text": "a-canary-in-a-packed-row"}))
    [path] = tmp_path.rglob("connector.db")
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE conversation SET reason_text = ''")
    assert path.with_name("connector.db-wal").stat().st_size > 0
    assert "canary 0 as utf-8" in " ".join(hunt(path.parent, ["a-canary-in-a-packed-row"]))
    store.close()
    assert any("canary 0" in each for each in hunt(tmp_path, ["a-canary-in-a-packed-row"]))
    with closing(sqlite3.connect(next(tmp_path.rglob("connector.db")))) as database, database:
        database.execute("UPDATE conversation SET reason_text = ''")
    with closing(sqlite3.connect(next(tmp_path.rglob("connector.db")))) as database:
        database.execute("VACUUM")
    assert any("canary 0" in each for each in hunt(tmp_path, ["a-canary-in-a-packed-row"]))
