"""A headless Chromium (Debian's) and a server of our pages."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.bootstrap import Connector
from connector.demo import copy_samples
from connector.opening import COMMAND_PATIENCE
from connector.settings import Settings
from connector.sync import Options
from connector.web import create_app
from tests.fakes.wsgi import serve

playwright = pytest.importorskip("playwright.sync_api", reason="the browser extra is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (Debian's package is called chromium)")
    with warnings.catch_warnings(), playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server over the sample conversations."""
    folder: Path = tmp_path_factory.mktemp("pages")
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{folder}/connector.db",
        master_key_file=folder / "keys/master.key",
    )
    app = Connector(settings)
    account = folder / "account"
    account.mkdir()
    copy_samples(account, app.now())
    app.connect("samples", "local", {"path": str(account)}, None)
    app.sync("samples", Options(), patience=COMMAND_PATIENCE)
    with serve(create_app(app)) as address:
        yield address
