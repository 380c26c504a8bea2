"""What Hypothesis makes of the fuzz targets: the default suite's share of the fuzzing."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .targets import SEEDS, TARGETS

PIECES = (
    "<p>", "</p>", "<div>", "<!--", "-->", "<![CDATA[", "<blockquote>", "&amp;", "&#", "\n", "\r\n",
    "> ", "-- \n", "--",
    "On Mon, Ann wrote:", "From: ", "Sent from my iPhone", "I am so sorry", "angry", "!",
    "https://a.example/", "@", "\0",
    "\u200b", "\ud83d", "😀", "é", "é", "_____", "\t", " ", "'", "\u2019", "<plaintext>", "<script>",
    "a@b.example", "ß",
)  # fmt: skip
texts = st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=40).map("".join)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
records = st.dictionaries(
    st.sampled_from(
        ["id", "role", "text", "html", "messages", "replying_to", "language", "public", "sent_at",
        "author_id",
         "ticket", "comments", "users", "requester_id", "via", "tags", "updated_at", "body", "results",
         "errors"]
    ),
    values | texts | st.sampled_from(["agent", "customer", "bot", "system", "2026-03-01T09:00:00Z", 7, "7"]),
    max_size=10,
)  # fmt: skip
nested = st.recursive(
    records,
    lambda inner: st.builds(lambda outer, name, rows: {**outer, name: rows}, records,
                            st.sampled_from(["messages", "ticket", "comments", "users", "tickets"]),
                            st.lists(inner, max_size=4) | inner),
    max_leaves=6,
)  # fmt: skip


def as_bytes(value: object) -> bytes:
    return json.dumps(value).encode("utf-8", "surrogatepass")


def flipped(seed: bytes, at: int) -> bytes:
    return seed[:at] + bytes([seed[at] ^ 1]) + seed[at + 1 :]


FED: dict[str, st.SearchStrategy[bytes]] = {
    "cleaning": texts.map(lambda text: b"w" + text.encode("utf-16-le", "surrogatepass")),
    "score": nested.map(as_bytes) | st.lists(nested.map(as_bytes), max_size=3).map(b"\n".join),
    "local_file": st.builds(
        lambda kind, rows: kind + rows, st.sampled_from([b"J", b"L"]), nested.map(as_bytes)
    ),
    "answer": nested.map(as_bytes),
    "sealed": st.sampled_from(SEEDS["sealed"]).flatmap(
        lambda seed: st.integers(0, len(seed) - 1).map(
            lambda at: seed[:at] + bytes([seed[at] ^ 1]) + seed[at + 1 :]
        )
    ),
}


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_no_input_surprises(name: str) -> None:
    target: Callable[[bytes], None] = TARGETS[name]

    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    @given(FED[name] | st.binary(max_size=200))
    def holds(data: bytes) -> None:
        target(data)

    holds()


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_every_seed_is_taken(name: str) -> None:
    for seed in SEEDS[name]:
        TARGETS[name](seed)
