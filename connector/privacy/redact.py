"""Puts placeholders where a text says who somebody is; this is not anonymisation.

What has a form is found by its form and its check digits, names are those of the ticket's own people,
and everything else stays: a street, a diagnosis, a story can still tell who somebody is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from .identifiers import Kind, Span, birth_dates, emails, ip_addresses, national_ids, web_addresses
from .numbers import cards, ibans, telephones
from .people import named_people

__all__ = ["Kind", "Redacted", "Span", "redact"]


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text with `<email>`, `<phone>` ... in it; `repr` shows the counts alone."""

    text: str = field(repr=False)
    counts: Mapping[str, int]
    """How many of each kind were replaced."""
    spans: tuple[Span, ...] = field(repr=False)
    """What was replaced, in order: code points of the text as it was, end exclusive."""


def redact(text: str, names: Collection[str] = ()) -> Redacted:
    """The text without what identifies people. `names` are the display names of the ticket's own people."""
    spans = tuple(_apart(_found(text, names)))
    parts: list[str] = []
    reached = 0
    for span in spans:
        parts += (text[reached : span.start], f"<{span.kind}>")
        reached = span.end
    parts.append(text[reached:])
    return Redacted("".join(parts), Counter(span.kind.value for span in spans), spans)


def _found(text: str, names: Collection[str]) -> Iterator[Span]:
    """Everything found, what is surest first: the first to claim a place keeps it."""
    harmless = []
    for address, is_personal in web_addresses(text):
        if is_personal:
            yield address
        else:
            harmless.append(address)
    yield from emails(text)
    yield from ibans(text)
    # The number in a shop's link is an order's, whatever it looks like.
    taken = [(address.start, address.end) for address in harmless]
    for find in (birth_dates, national_ids, cards, ip_addresses, telephones):
        yield from _outside(find(text), taken)
    yield from named_people(text, names)


def _outside(spans: Iterable[Span], taken: list[tuple[int, int]]) -> Iterator[Span]:
    pending = iter(taken)
    current = next(pending, None)
    for span in sorted(spans, key=lambda one: one.start):
        while current is not None and current[1] <= span.start:
            current = next(pending, None)
        if current is None or span.end <= current[0]:
            yield span


def _apart(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans in order, none over another: the earlier in rank wins, and of the rest the longer."""
    kept: dict[int, Span] = {}
    covered: set[int] = set()
    for span in spans:
        if covered.isdisjoint(range(span.start, span.end)):
            covered.update(range(span.start, span.end))
            kept[span.start] = span
    return (kept[start] for start in sorted(kept))
