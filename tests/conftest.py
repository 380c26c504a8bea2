"""Which tests run when, and what every test starts from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.commands import Run, runner


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-slow", action="store_true", help="run what .ci/run adds to make test")
    parser.addoption("--run-long", action="store_true", help="run the long proofs as well")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    is_long = config.getoption("--run-long")
    is_slow = is_long or config.getoption("--run-slow")
    for item in items:
        if item.get_closest_marker("long") and not is_long:
            item.add_marker(pytest.mark.skip(reason="a long proof: make test-long"))
        elif (item.get_closest_marker("slow") or item.get_closest_marker("browser")) and not is_slow:
            item.add_marker(pytest.mark.skip(reason="slow: part of .ci/run"))


@pytest.fixture(scope="session")
def empathy_data() -> Path:
    """The folder of labelled conversations."""
    folder = os.environ.get("EMPATHY_DATA")
    if not folder:
        pytest.skip("EMPATHY_DATA is not set: it names the folder of labelled conversations")
    return Path(folder)


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine reaches a test."""
    for name in list(os.environ):
        if name.startswith("CONNECTOR_"):
            monkeypatch.delenv(name)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in an empty folder."""
    return runner(tmp_path, monkeypatch, capsys)
