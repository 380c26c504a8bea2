"""Many small writes in one transaction: to reach the disk takes longer than all the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from ..errors import Busy

Asked = TypeVar("Asked")
Done = TypeVar("Done")


@dataclass(slots=True)
class _Waiting(Generic[Asked, Done]):
    asked: Asked
    is_over: bool = False
    done: Done | None = None
    error: Exception | None = None


class Together(Generic[Asked, Done]):
    """Whoever comes while `work` is being done waits, and is served with all others who wait, in one go.

    Where a go fails, each of it is tried alone, so that nobody fails for another's sake; but where the
    database is busy, all are told so at once.
    """

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Done]]) -> None:
        self._work = work
        self._waiting: list[_Waiting[Asked, Done]] = []
        self._taking, self._turn = Lock(), Lock()

    def ask(self, asked: Asked) -> Done:
        """What `work` gives for this; raises what it raises for this alone."""
        mine: _Waiting[Asked, Done] = _Waiting(asked)
        with self._taking:
            self._waiting.append(mine)
        with self._turn:
            if not mine.is_over:
                self._serve_all()
        if mine.error is not None:
            raise mine.error
        return mine.done  # type: ignore[return-value]  # it is over, and well

    def _serve_all(self) -> None:
        with self._taking:
            here, self._waiting = self._waiting, []
        try:
            done = self._work([each.asked for each in here])
        except Busy as error:  # nobody's fault, and each alone would wait as long again
            for each in here:
                each.error, each.is_over = error, True
            return
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            if len(here) == 1:
                here[0].error, here[0].is_over = error, True
                return
            for each in here:
                self._serve_alone(each)
            return
        for each, result in zip(here, done, strict=True):
            each.done, each.is_over = result, True

    def _serve_alone(self, each: _Waiting[Asked, Done]) -> None:
        try:
            [each.done] = self._work([each.asked])
        except Exception as error:  # noqa: BLE001 - handed to whoever asked
            each.error = error
        each.is_over = True
