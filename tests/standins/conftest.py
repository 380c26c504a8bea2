"""Stand-ins over loopback, and a fresh command line to drive against them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import Cluster
from tests.fakes.clock import Clock
from tests.fakes.wsgi import serve
from tests.fakes.zendesk import ZendeskApp
from tests.fakes.zendesk_account import ZendeskAccount

from .drive import Cli


@pytest.fixture
def cli(tmp_path: Path, chosen_database: Cluster | None) -> Cli:
    folder = tmp_path / "work"
    folder.mkdir()
    if chosen_database is None:
        return Cli(folder)
    return Cli(folder, {"CONNECTOR_DATABASE_URL": chosen_database.url_instead_of(folder / "connector.db")})


@pytest.fixture
def zendesk() -> ZendeskApp:
    """An empty fake account on the real clock."""
    return ZendeskApp(ZendeskAccount(clock=Clock(at=None)))


@pytest.fixture
def zendesk_origin(zendesk: ZendeskApp) -> Iterator[str]:
    with serve(zendesk) as origin:
        yield origin
