"""What is fuzzed: each takes any bytes, and fails only when the product would.

Hypothesis drives them in the default tests, atheris (`tests/fuzz/run.py`) for as long as one likes.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from connector.errors import ConnectorError, Misconfigured, Unreadable
from connector.limits import decode_json
from connector.model import Sealed, WrappedKey
from connector.privacy.envelope import Box, derive
from connector.privacy.keys import InstallationKeys, Place
from connector.privacy.master import MasterKey
from connector.providers.hubspot.refusals import refusal
from connector.providers.local.contents import read
from connector.providers.local.rows import Rows
from connector.scoring.engine import default_engine
from connector.scoring.lines import score_lines
from connector.scoring.text import LONGEST, prepare

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_KEY = derive(b"obviously fake key", "fuzzing")
_BOX = Box(_KEY)
_KEYS = InstallationKeys("desk", _KEY)
_MASTER = MasterKey(_KEY)
_SCRATCH = Path(tempfile.mkdtemp(prefix="fuzz-"))


def cleaning(data: bytes) -> None:
    """Any text, as HTML and as it stands: cleaned to at most the longest, offsets inside the body."""
    text = _text(data)
    for is_html in (False, True):
        prepared = prepare(text, is_html=is_html)
        assert len(prepared.text) <= LONGEST
        span = prepared.body_span(0, min(8, len(prepared.text)))
        assert span is None or 0 <= span[0] <= span[1] <= len(text)


def _text(data: bytes) -> str:
    """Any text, half characters included."""
    if data[:1] == b"w":
        return data[1 : len(data) // 2 * 2 - 1].decode("utf-16-le", "surrogatepass")
    return data[1:].decode("latin-1" if data[:1] == b"l" else "utf-8", "replace")


def score(data: bytes) -> None:
    """Any lines: one line of JSON for each that is not blank, on one side or the other."""
    written: list[str] = []
    refused: list[str] = []
    lines = data.splitlines(keepends=True)
    code = score_lines(
        lines, engine=default_engine(), no_text=False, write=written.append, complain=refused.append
    )
    assert code == int(bool(refused))
    assert len(written) + len(refused) == sum(bool(line.strip()) for line in lines)
    for line in (*written, *refused):
        assert "\n" not in line
        line.encode("utf-8")
        json.loads(line)


def local_file(data: bytes) -> None:
    """Any file in a local account's folder: each row is read, or parked with a reason."""
    name = "rows.json" if data[:1] == b"J" else "rows.jsonl"
    path = _SCRATCH / name
    path.write_bytes(data[1:])
    for row in Rows(path):
        if row.record is None:
            assert row.error
            continue
        with contextlib.suppress(Unreadable):
            conversation = read(row.record, opted_out=(), changed_at=NOW)
            conversation.id.encode("utf-8")
            assert len({message.id for message in conversation.messages}) == len(conversation.messages)


def answer(data: bytes) -> None:
    """Any body of an answer: a value or a ValueError; and as a refusal, an error of ours."""
    with contextlib.suppress(ValueError):
        decode_json(data)
    assert isinstance(refusal(403, data, "/crm"), ConnectorError)


def sealed(data: bytes) -> None:
    """Any bytes in the place of sealed ones: refused, never accepted, never a surprise."""
    place = Place("c", "m", "body", 1)
    wrapped = WrappedKey("contact", _BOX.key_id, data)
    attempts: tuple[Callable[[], object], ...] = (
        lambda: _BOX.open(data, ("anything",)),
        lambda: _KEYS.open_token(Sealed(data)),
        lambda: _KEYS.open_contact_key(wrapped),
        lambda: _MASTER.unwrap("desk", data),
        lambda: _MASTER.unwrap_master(data),
        lambda: _KEYS.open_contact_key(_KEYS.new_contact_key("x")).open(Sealed(data), place),
    )
    for attempt in attempts:
        try:
            attempt()
        except (Unreadable, Misconfigured):
            continue
        raise AssertionError("forged bytes were accepted")
    assert not _MASTER.is_marked_by(data)


TARGETS: Mapping[str, Callable[[bytes], None]] = {
    target.__name__: target for target in (cleaning, score, local_file, answer, sealed)
}

SEEDS: Mapping[str, tuple[bytes, ...]] = {
    "cleaning": (
        b"aHello,\n\nI am so sorry.\n\nOn Mon, 2 Mar 2026 at 09:00, Ann <a@b.example> wrote:\n> Hi\n",
        b"a<div>Hi<br><blockquote type=cite>old</blockquote><p>-- <br>Ann</p></div>",
        b"a<!--<![CDATA[<plaintext><script>x</script>&amp;&#x41;&#1114112;\xf0\x9f\x98\x80",
        b"a> > > quoted\n> more\n\nSent from my iPhone\n--\nAnn\nhttps://a.example/?q=1",
    ),
    "score": (
        b'{"id":"m","role":"agent","text":"I am sorry","replying_to":"I am angry"}\n',
        b'{"id":"c","messages":[{"id":"1","role":"customer","html":"<p>Hi</p>","sent_at":"2026-03-01T09:00:00Z"}]}',
    ),
    "local_file": (
        b'L{"id":"c","messages":[{"id":"1","role":"customer","text":"Hi"}]}\n',
        b'J{"tickets":[{"id":1,"requester_id":2,"comments":[{"id":3,"author_id":2,"body":"Hi"}]}],"users":[]}',
        b'L{"id":1,"requester_id":2,"description":"Hi","via":{"channel":"email"}}\n',
    ),
    "answer": (
        b'{"results":[{"id":"1","properties":{"hs_email_html":"<p>Hi</p>"}}],"paging":{"next":{"after":"2"}}}',
        b'{"category":"MISSING_SCOPES","errors":[{"context":{"requiredScopes":["tickets"]}}]}',
    ),
    "sealed": (
        _BOX.seal(b"text", ("other",)),
        bytes(_KEYS.seal_token("{}"))[:-1],
        _MASTER.wrap("other", _KEY),
        _MASTER.mark()[:30],
    ),
}
