"""The first page in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.loopback, pytest.mark.enable_socket]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1024])
def test_the_first_page_is_readable_and_raises_no_complaint(
    browser: Any, origin: str, tmp_path: Path, scheme: str, width: int
) -> None:
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto(origin + "/")
    assert page.locator("h1").inner_text() == "Overview"
    assert page.locator("section").count() == 6
    assert page.locator("section h2").first.inner_text() == "Needs attention now"
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, "the page scrolls sideways"
    page.screenshot(path=str(tmp_path / "page.png"), full_page=True)
    context.close()
    assert complaints == []


def test_nothing_is_fetched_from_elsewhere(browser: Any, origin: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(origin + "/")
    context.close()
    assert fetched
    assert all(url.startswith(origin) for url in fetched)
