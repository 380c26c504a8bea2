"""A database in a folder of its own, with one installation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.store import Store

from .samples import connect


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/var/connector.db"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    store = Store.open(url)
    connect(store)
    yield store
    store.close()
