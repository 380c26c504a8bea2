"""A PostgreSQL of the tests' own: a cluster for a session, a database wherever a test names a SQLite file."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from connector.store import Store

TEMPLATE = "migrated"
_UNSAFE_AND_FAST = {
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "200",
}


def programs() -> Path | None:
    """Where Debian keeps the newest PostgreSQL's programs; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class Cluster:
    """A running server, reached over a socket in its own folder."""

    def __init__(self, folder: Path, bin_folder: Path) -> None:
        self.folder = folder
        self._bin = bin_folder
        self._databases: dict[Path, str] = {}

    def start(self) -> None:
        # Another collation than SQLite's: an order that only holds byte by byte must not go unnoticed.
        locale = ("--locale-provider=icu", "--icu-locale=en-US", "--encoding=UTF8", "--locale=C.UTF-8")
        self._run("initdb", "--auth=trust", "--username=tests", "--no-sync", *locale, "-D", self._data)
        options = " ".join(f"-c {name}='{value}'" for name, value in _UNSAFE_AND_FAST.items())
        self._control("start", "-o", f"-k {self.folder} {options}")
        self._execute(f'CREATE DATABASE "{TEMPLATE}"')
        Store.open(self.url(TEMPLATE)).close()

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")

    def restart(self) -> None:
        """As a machine that loses its power would: nothing is closed."""
        self._control("restart", "-m", "immediate")

    def url(self, name: str) -> str:
        return f"postgresql://tests@/{name}?host={self.folder}"

    def instead_of(self, url: str) -> str:
        """The address to use in place of a SQLite file's: a database of its own, with all tables."""
        file = url.removeprefix("sqlite:///")
        return url if file in {url, ":memory:"} else self.url_instead_of(Path(file))

    def url_instead_of(self, file: Path) -> str:
        """A database of its own for each SQLite file that a test names, with all tables and no row."""
        file = file.absolute()
        if file not in self._databases:
            name = f"test_{len(self._databases)}_{os.getpid()}"
            self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}"')
            self._databases[file] = name
        return self.url(self._databases[file])

    def empty(self) -> str:
        """A database without any table."""
        name = f"empty_{os.getpid()}_{len(self._databases)}"
        self._databases[Path(name)] = name
        self._execute(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def drop_all(self) -> None:
        """Forget the databases of the test that has ended."""
        for name in self._databases.values():
            self._execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        self._databases.clear()

    def execute(self, statement: str) -> list[tuple[object, ...]]:
        """Run a statement as the server's administrator."""
        place = {"host": str(self.folder), "user": "tests", "dbname": "postgres"}
        with psycopg.connect(**place, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    _execute = execute

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    @property
    def _log(self) -> str:
        return str(self.folder / "log")

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "-w", "-D", self._data, "-l", self._log, *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        become = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [*become, str(self._bin / program), *arguments],
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {(done.stderr or b'').decode()}")


@contextmanager
def running_cluster() -> Iterator[Cluster | None]:
    """A cluster that is gone afterwards; None where PostgreSQL is not installed.

    The server refuses to run as root, so root starts it as Debian's user `postgres`.
    """
    bin_folder = programs()
    if bin_folder is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        cluster = Cluster(folder, bin_folder)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
