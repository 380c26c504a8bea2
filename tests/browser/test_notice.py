"""The public notice in a real browser, in both languages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.loopback, pytest.mark.enable_socket]


@pytest.mark.parametrize(("language", "other"), [("en", "Deutsch"), ("de", "English")])
@pytest.mark.parametrize("width", [320, 1024])
def test_the_notice_is_readable_and_raises_no_complaint(
    browser: Any, origin: str, tmp_path: Path, width: int, language: str, other: str
) -> None:
    """L-07."""
    complaints: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto(f"{origin}/notice/samples?language={language}")
    assert page.locator("html").get_attribute("lang") == language
    assert page.locator("section").count() == 10
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, "the page scrolls sideways"
    page.screenshot(path=str(tmp_path / "page.png"), full_page=True)
    before = page.locator("h1").inner_text()
    page.get_by_role("link", name=other).click()
    assert page.locator("h1").inner_text() != before
    context.close()
    assert complaints == []
