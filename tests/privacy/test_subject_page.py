"""L-10: the page for the person concerned says what the JSON says, and runs nothing."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.privacy.subject_page import page_of
from tests.commands import Run

HOSTILE = "</dd><script>alert(1)</script><img src=x onerror=alert(1)>\"'&\u2028"
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just(HOSTILE)
CONTENTS = st.dictionaries(
    st.text(max_size=8),
    st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner)),
)


def leaves(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each)
    elif isinstance(value, bool):
        yield "yes" if value else "no"
    elif value is not None:
        yield str(value)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(CONTENTS)
def test_every_value_is_on_the_page_and_none_is_markup(content: dict[str, Any]) -> None:
    page = page_of(content)
    assert "<script" not in page
    assert "<img" not in page
    shown = html.unescape(page)
    for leaf in leaves(content):
        assert html.unescape(html.escape(leaf)) in shown


def test_the_page_says_that_it_may_run_and_fetch_nothing() -> None:
    page = page_of({"installation": "shop"})
    assert "default-src 'none'" in page
    assert not re.search(r"(?i)<(script|link|iframe|form|a)\b|javascript:|https?://", page)


def test_the_command_prints_the_same_data_both_ways(run: Run, tmp_path: Any) -> None:
    folder = tmp_path / "account"
    folder.mkdir()
    said = '[{"id": "1", "role": "customer", "text": "I am furious about <b>this</b> & that!"}]'
    (folder / "c.jsonl").write_text(
        f'{{"id": "9", "contact_id": "sam", "tags": ["<i>"], "messages": {said}}}\n'
    )
    assert run("connect", "local", "--name", "shop", "--path", str(folder)).code == 0
    assert run("policy", "shop", "--mode", "encrypt", "--keep", "3d").code == 0
    assert run("sync", "shop").code == 0
    content = run("subject", "export", "shop", "--contact", "sam", "--json").json
    page = html.unescape(run("subject", "export", "shop", "--contact", "sam", "--html").out)
    content.pop("made_at")
    missing = [leaf for leaf in leaves(content) if leaf not in page]
    assert missing == []
    assert "I am furious about" in page
    both = run("subject", "export", "shop", "--contact", "sam", "--html", "--json")
    assert (both.code, "Choose --html or --json" in both.err) == (2, True)
