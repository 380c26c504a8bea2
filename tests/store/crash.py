"""A process that kills itself in the middle of a transaction: `crash URL page|open STATEMENT`."""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from sqlalchemy import Engine, event

from connector.store import Store

from .samples import put, record


def kill_before(words: str) -> None:
    def kill() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if words == "COMMIT":
        writes = []

        def remember(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            writes.append(statement.startswith(("INSERT", "CREATE")))

        event.listen(Engine, "before_cursor_execute", remember)
        event.listen(Engine, "commit", lambda _connection: kill() if any(writes) else None)
        return

    def look(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if words in statement:
            kill()

    event.listen(Engine, "before_cursor_execute", look)


def main(url: str, script: str, words: str) -> None:
    if script == "page":
        store = Store.open(url)
        kill_before(words)
        put(store, record("1"), record("2"), cursor="lost")
    else:
        kill_before(words)
        Store.open(url)


if __name__ == "__main__":
    main(*sys.argv[1:])
