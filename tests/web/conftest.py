"""One server for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .browsers import Server, serve_two_accounts


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server of one's own."""
    made = serve_two_accounts(tmp_path)
    yield made
    made.app.store.close()
