"""The calls to one account, counted by all processes together; every installation has its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .providers.gate import Rate
from .store import Store
from .store.budgets import Block, Used

HALF = 0.5
ROOM_FOR_LIVE_WORK = 0.2
"""Of the account's calls, history that is read for the first time leaves so much to what happens now."""


@dataclass(slots=True)
class _Held:
    block: Block
    made: int
    last_at: datetime
    per: timedelta

    def has_more(self, now: datetime) -> bool:
        return self.made < self.block.calls and now <= self.block.use_before_at


class SharedBudget:
    """Takes calls from the store in blocks and hands them out one by one.

    `share` is how much of what the account has is ours; the rates it is asked about are half of that.
    """

    def __init__(self, store: Store, name: str, *, share: float = HALF, is_backfill: bool = False) -> None:
        self._store = store
        self._name = name
        self._own = share / HALF
        self._share = self._own * (1 - ROOM_FOR_LIVE_WORK if is_backfill else 1)
        self._held: dict[str, _Held] = {}
        self._learned: dict[str, Rate | None] = {}

    def opens_at(self, bucket: str, rate: Rate, now: datetime) -> datetime:
        """When the next call may be made: `now` when one is in hand."""
        held = self._held.get(bucket)
        if held is not None and held.has_more(now):
            return now
        if bucket not in self._learned:
            known = self._store.learned_rate(self._name, bucket)
            self._learned[bucket] = Rate(*known) if known else None
        ours = self._share_of(bucket, self._learned[bucket] or rate)
        taken = self._store.take_calls(
            self._name,
            bucket,
            calls=ours.calls,
            per=ours.per,
            now=now,
            used=Used(held.block.id, held.made, held.last_at) if held else None,
        )
        if isinstance(taken, datetime):
            return taken
        self._held[bucket] = _Held(taken, 0, now, ours.per)
        return now

    def spend(self, bucket: str, now: datetime) -> None:
        """Count a call."""
        if held := self._held.get(bucket):
            held.made += 1
            held.last_at = now

    def give_back(self) -> None:
        """Let other processes make the calls that were taken and not made; what was made still counts."""
        held, self._held = self._held, {}
        for bucket, each in held.items():
            used = Used(each.block.id, each.made, each.last_at)
            self._store.give_calls_back(self._name, bucket, used, per=each.per)

    def learn(self, bucket: str, rate: Rate) -> None:
        """Tell the other processes, too, which begin with what is documented for every account."""
        if self._learned.get(bucket) != rate:
            self._learned[bucket] = rate
            self._store.learn_rate(self._name, bucket, rate.calls, rate.per)

    def _share_of(self, bucket: str, rate: Rate) -> Rate:
        """Whole calls; a shorter window makes up for what rounding takes off them."""
        exact = rate.calls * (self._share if bucket == "account" else self._own)
        calls = max(1, int(exact))
        return Rate(calls, rate.per * min(1, calls / exact))
