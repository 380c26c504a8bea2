"""Which tests run when, and what every test starts from."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import connector.store.store
from connector.store.database import Database, open_database
from tests.commands import Run, runner
from tests.databases import Cluster, running_cluster

# a busy machine is no failure; a run that names its seed draws the same examples again
settings.register_profile(
    "ours",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("SEED")),
)
settings.load_profile("ours")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--run-slow", action="store_true", help="run what .ci/run adds to make test")
    parser.addoption("--run-long", action="store_true", help="run the long proofs as well")
    parser.addoption(
        "--database",
        choices=["sqlite", "postgres"],
        default="sqlite",
        help="postgres: wherever a test names a SQLite file, a database of a throwaway cluster is used",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    is_long = config.getoption("--run-long")
    is_slow = is_long or config.getoption("--run-slow")
    is_elsewhere = config.getoption("--database") != "sqlite"
    for item in items:
        if is_elsewhere and item.get_closest_marker("sqlite"):
            item.add_marker(pytest.mark.skip(reason="about SQLite itself"))
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


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of this session."""
    with running_cluster() as cluster:
        if cluster is None:
            pytest.skip("PostgreSQL is not installed (Debian's package is postgresql)")
        yield cluster


@pytest.fixture
def postgres(cluster: Cluster) -> Iterator[Cluster]:
    """The server, whose databases go when the test ends."""
    yield cluster
    cluster.drop_all()


@pytest.fixture(autouse=True)
def chosen_database(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cluster | None]:
    """With `--database postgres` no test opens a SQLite file, whatever it says."""
    if request.config.getoption("--database") == "sqlite":
        yield None
        return
    postgres: Cluster = request.getfixturevalue("postgres")
    opened: list[Database] = []

    def open_there(url: str) -> Database:
        opened.append(open_database(postgres.instead_of(url)))
        return opened[-1]

    monkeypatch.setattr(connector.store.store, "open_database", open_there)
    yield postgres
    for each in opened:
        each.close()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in an empty folder."""
    return runner(tmp_path, monkeypatch, capsys)
