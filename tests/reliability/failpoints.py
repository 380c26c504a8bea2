"""Names every crossing between the program and what outlives it, so that a test can end the process there.

Nothing of this is in the product: a process of a test's own has its ports wrapped, and no other.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

from connector.store import Store
from tests.fakes.wsgi import WsgiApp

CHANGES = ("INSERT", "UPDATE", "DELETE")
PORTS = tuple(
    name
    for name, method in inspect.getmembers(Store, inspect.isfunction)
    if not name.startswith("_") and re.search(r"\.writing\(|_together\.ask\(", inspect.getsource(method))
)
"""What changes the database."""


@dataclass
class Failpoints:
    """Counts the crossings by name; at the chosen one it calls `strike`, which does not return."""

    strike: Callable[[], None] = lambda: None
    target: str | None = None
    nth: int = 1
    passed: Counter[str] = field(default_factory=Counter)
    _inside: list[str] = field(default_factory=list)
    _has_changed: bool = False

    def at(self, name: str) -> None:
        self.passed[name] += 1
        if name == self.target and self.passed[name] == self.nth:
            self.strike()

    def install(self) -> None:
        """Wrap the store's ports, for as long as this process lives."""
        for name in PORTS:
            setattr(Store, name, self._around(name, getattr(Store, name)))
        event.listen(Engine, "before_cursor_execute", self._look)
        event.listen(Engine, "commit", self._commit)

    def platform(self, app: WsgiApp) -> WsgiApp:
        """The platform, with a crossing before each request and one after it was carried out."""

        def call(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            path = re.sub(r"/[0-9A-Z-]*\d[0-9A-Za-z-]{5,}", "/ID", environ["PATH_INFO"])
            name = f"{environ['REQUEST_METHOD']} {path}"
            self.at(f"before {name}")
            answer = app(environ, start_response)
            self.at(f"after {name}")
            return answer

        return call

    def _around(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            self.at(f"before {name}")
            self._inside.append(name)
            try:
                answer = method(*arguments, **named)
            finally:
                self._inside.pop()
            self.at(f"after {name}")
            return answer

        return call

    def _look(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        self._has_changed = self._has_changed or statement.startswith(CHANGES)

    def _commit(self, _connection: Any) -> None:
        has_changed, self._has_changed = self._has_changed, False
        if has_changed and self._inside:
            self.at(f"before the commit of {self._inside[-1]}")
