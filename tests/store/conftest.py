"""A database in a folder of its own, with one installation."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.store import Store

from .samples import connect


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/var/connector.db"


@pytest.fixture(scope="session")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed database with one installation, to be copied: migrating takes longer than most tests."""
    path = tmp_path_factory.mktemp("connected") / "connector.db"
    store = Store.open(f"sqlite:///{path}")
    connect(store)
    store.close()
    return path


@pytest.fixture
def store(url: str, connected: Path) -> Iterator[Store]:
    path = Path(url.removeprefix("sqlite:///"))
    path.parent.mkdir(mode=0o700)
    shutil.copy(connected, path)
    store = Store.open(url)
    yield store
    store.close()
