"""S-08, S-27 and their kin: what is too large, deep or odd is refused with a sentence, never with a crash."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug import Response

from connector import limits
from connector.errors import Unreadable
from connector.limits import BadNumber, TooDeep, TooMany, decode_json
from connector.model import Role
from connector.providers import outbound
from connector.providers.gate import Gate, Limits
from connector.providers.http import Http, plain_session
from connector.providers.hubspot.sdk import read as read_hubspot
from connector.providers.local import LocalProvider
from connector.providers.zendesk.paging import decoded
from connector.scoring.incoming import Malformed, read_line, read_lines
from tests.fakes.clock import Clock
from tests.fakes.hubspot_world import HubSpotWorld
from tests.fakes.wsgi import WsgiAdapter
from tests.fakes.zendesk_world import ZendeskWorld
from tests.providers.world import Said

HOSTILE: list[tuple[bytes, type[Exception]]] = [
    (b"[" * 65 + b"]" * 65, TooDeep),
    (b'{"a":' * 65 + b"1" + b"}" * 65, TooDeep),
    (b"[" * 100_000 + b"]" * 100_000, TooDeep),
    (b'{"a":' * 200_000, TooDeep),
    (b'{"id": ' + b"9" * 21 + b"}", BadNumber),
    (b'{"id": -' + b"9" * 21 + b"}", BadNumber),
    (b'{"id": ' + b"9" * 5000 + b"}", BadNumber),
    (b'{"x": NaN}', BadNumber),
    (b'{"x": Infinity}', BadNumber),
    (b'{"x": -Infinity}', BadNumber),
    (b'{"x": 1e400}', BadNumber),
    (b'{"x": -1e99999999}', BadNumber),
    (b"[" + b"1," * limits.MOST_VALUES + b"1,1]", TooMany),
    (b"[" + b"[]," * (limits.MOST_VALUES // 2) + b"[]]", TooMany),
    (b"{", ValueError),
    (b"", ValueError),
    (b"\xff\xfe\x00", ValueError),
    (b'{"a": "\xff"}', ValueError),
]


@pytest.mark.parametrize(("document", "kind"), HOSTILE, ids=[str(n) for n in range(len(HOSTILE))])
def test_s08_hostile_json_is_a_value_error_of_its_kind(document: bytes, kind: type[Exception]) -> None:
    with pytest.raises(kind) as refused:
        decode_json(document)
    assert isinstance(refused.value, ValueError)


def test_s08_what_platforms_really_send_is_read() -> None:
    deep: Any = "end"
    for _ in range(limits.MOST_DEPTH):
        deep = [deep]
    for value in (deep, {"id": 10**20 - 1, "x": -(10**20) + 1, "f": 1.5, "t": ",[{" * 10}, [], None, "x"):
        assert decode_json(json.dumps(value)) == value
    text = json.dumps({"body": '\\",[{' * limits.MOST_VALUES})
    assert len(decode_json(text)["body"]) == 5 * limits.MOST_VALUES  # marks inside a text are no values


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.integers(-(10**20) + 1, 10**20 - 1)
        | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=30,
    )
)
def test_s08_every_ordinary_value_survives(value: Any) -> None:
    assert decode_json(json.dumps(value)) == value


@given(st.binary(max_size=300))
def test_s08_any_bytes_are_a_value_or_a_value_error(document: bytes) -> None:
    try:
        decode_json(document)
    except ValueError:
        return


@pytest.mark.parametrize(("document", "_kind"), HOSTILE, ids=[str(n) for n in range(len(HOSTILE))])
def test_s08_a_hostile_answer_of_a_platform_is_an_error_of_ours(document: bytes, _kind: object) -> None:
    session = plain_session()
    session.mount("https://", WsgiAdapter(Response(document)))
    clock = Clock()
    gate = Gate({}, read_limits=lambda *_: Limits(), now=clock.now, sleep=clock.tick)
    http = Http("https://acme.zendesk.com", gate=gate, session=session)
    for reading in (
        lambda: http.json("GET", "/x"),
        lambda: decoded(http.call("GET", "/x"), "/x"),
        lambda: read_hubspot(document or b"[]", "/x"),
    ):
        with pytest.raises(Unreadable) as refused:
            reading()
        assert len(str(refused.value)) < 200


@pytest.mark.parametrize(("document", "_kind"), HOSTILE[:14], ids=[str(n) for n in range(14)])
def test_s08_a_hostile_line_of_score_is_malformed_with_a_sentence(document: bytes, _kind: object) -> None:
    with pytest.raises(Malformed) as refused:
        read_line(document)
    assert str(refused.value).endswith(".")


def test_s08_a_line_that_is_too_long_is_refused_without_being_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.scoring.incoming.LONGEST_LINE", 1000)
    monkeypatch.setattr("connector.scoring.incoming._BLOCK", 100)
    good = b'{"id": "1", "role": "customer", "text": "hi"}\n'
    lines = list(read_lines(io.BytesIO(good + b"x" * 5500 + b"\n" + good + b"y" * 1001)))
    assert lines[0] == lines[2] == good.strip()
    assert all(1000 < len(line) <= 1100 for line in (lines[1], lines[3]))
    assert read_line(lines[2])["id"] == "1"
    for line in (lines[1], lines[3]):
        with pytest.raises(Malformed, match="longer than 64 MB"):
            read_line(line)


ROWS = [
    b"[" * 5000 + b"]" * 5000,
    b'{"id": "x", "messages": ' + b"[" * 70 + b"]" * 70 + b"}",
    b'{"id": ' + b"9" * 400 + b', "messages": []}',
    b'{"id": NaN, "messages": []}',
    b'{"id": 1e999, "messages": []}',
    b'{"id": "x", "messages": 1e999}',
    b'{"id": "\\ud800", "messages": []}',
    b"\xff\xfe{}",
    b"\0" * 100,
]


def test_s27_hostile_rows_of_a_local_file_are_parked_and_the_others_read(tmp_path: Path) -> None:
    good = b'{"id": "good", "messages": [{"id": "1", "role": "customer", "text": "hi"}]}'
    (tmp_path / "a.jsonl").write_bytes(b"\n".join([*ROWS, good]) + b"\n")
    (tmp_path / "b.json").write_bytes(b"[" * 90_000)
    pages = list(LocalProvider(tmp_path).pages(None, lambda _: True))
    parked = {each.id for page in pages for each in page.parked}
    assert [each.id for page in pages for each in page.conversations] == ["good"]
    assert parked == {*(f"a.jsonl:{n}" for n in range(1, len(ROWS) + 1)), "b.json:1"}


class TestSmallerPages:
    """An answer of a platform that is too large is asked for again in smaller pages."""

    @pytest.mark.parametrize("world", [ZendeskWorld, HubSpotWorld], ids=["zendesk", "hubspot"])
    def test_nothing_is_missed_when_pages_have_to_shrink(
        self, world: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account = world()
        wanted = {
            account.add_conversation([Said(Role.CUSTOMER, "word " * 400), Said(Role.AGENT, "sorry " * 400)])
            for _ in range(24)
        }
        account.tick(600)
        monkeypatch.setattr("connector.providers.http.MOST_BYTES", 40_000)
        monkeypatch.setattr(outbound, "MOST_BYTES", 40_000)
        monkeypatch.setattr("connector.providers.hubspot.sdk.MOST_BYTES", 40_000)
        monkeypatch.setattr("connector.providers.zendesk.export.MOST_BULK_BYTES", 40_000)
        monkeypatch.setattr("connector.providers.zendesk.ledger.MOST_BULK_BYTES", 40_000)
        provider = account.provider(patience=timedelta(hours=1))
        pages = list(provider.pages(None, lambda _: True))
        assert {each.id for page in pages for each in page.conversations} == wanted
        assert all(len(each.messages) == 2 for page in pages for each in page.conversations)
        assert not [each for page in pages for each in page.parked]
