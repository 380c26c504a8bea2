"""A database in a folder of its own, with one installation."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.store import Store
from tests.databases import Cluster

from .samples import connect


@pytest.fixture
def url(tmp_path: Path, chosen_database: Cluster | None) -> str:
    url = f"sqlite:///{tmp_path}/var/connector.db"
    return url if chosen_database is None else chosen_database.instead_of(url)


@pytest.fixture
def empty_url(url: str, chosen_database: Cluster | None) -> str:
    """A database without any table."""
    return url if chosen_database is None else chosen_database.empty()


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
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        path.parent.mkdir(mode=0o700)
        shutil.copy(connected, path)
    store = Store.open(url)
    if store.installation("shop") is None:
        connect(store)
    yield store
    store.close()
