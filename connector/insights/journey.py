"""J1, J3, J4: how customers feel at each stage of their journey, and where they drop off.

A conversation belongs to the stage its customer was in at that moment, so somebody who moves on during a
conversation is counted where they were. Conversion from one stage to the next is n(next) / n(this), over
customers who reached it in the period.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from .material import Material
from .months import Allowed, Months, allowed
from .report import NOT_ENOUGH, Figure, Report, Series, Table, sentences
from .rows import Interaction, StageEntry

NAME = "journey"
TITLE = "Feelings along the customer journey"
QUESTION = "At which stage do customers feel worst, and where do they drop off?"
MEASURES = ("J1", "J3", "J4")
USUAL_ORDER = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
)
"""HubSpot's lifecycle; stages of your own follow in the order in which they are usually reached."""
TOPICS = 3
NO_STAGES = "No stages are known. HubSpot gives lifecycle stages; on Zendesk forms stand for them."


def report(material: Material, period: Months) -> Report:
    """The report over the conversations of these months, and the stages reached in them."""
    entries = material.stage_entries()
    history = Stages(entries)
    placed = allowed(
        material.interactions(period),
        period,
        at=lambda each: each.at,
        person=lambda each: each.contact or each.id,
        groups=lambda each: (("stage", stage),) if (stage := history.at(each)) else (),
    )
    reached = allowed(
        first_arrivals(entries),
        period,
        at=lambda each: each.at,
        person=lambda each: each.contact,
        groups=lambda each: (("stage", each.stage),),
    )
    order = in_order(entries, placed.values("stage"))
    feelings = [(stage, felt(placed, stage)) for stage in order]
    return Report(
        NAME,
        TITLE,
        QUESTION,
        period,
        summary=sentences(in_words(feelings)),
        tables=(stage_table(order, placed), conversions(order, reached)),
        series=(Series("Mean sentiment by stage", "Stage", tuple(feelings), kind="bars"),),
        cautions=sentences(
            "Who reaches a later stage is not like who drops out before; a difference is no effect.",
            "A customer who entered the earlier stage before these months is not in its count, "
            "so a conversion can exceed 100 %.",
            placed.note,
        ),
        missing=() if order else (NO_STAGES,),
    )


class Stages:
    """Who was at which stage when."""

    def __init__(self, entries: Iterable[StageEntry]) -> None:
        history: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for each in entries:
            history[each.contact].append((each.at, each.stage))
        self._history = {contact: sorted(steps) for contact, steps in history.items()}

    def at(self, talk: Interaction) -> str | None:
        """The stage of a conversation: the platform's own word, else where its customer was by then, else
        the form it was asked with."""
        if talk.stage is not None:
            return talk.stage
        steps = self._history.get(talk.contact or "", [])
        passed = bisect_right(steps, talk.at, key=lambda step: step[0])
        return steps[passed - 1][1] if passed else talk.form


def first_arrivals(entries: Iterable[StageEntry]) -> list[StageEntry]:
    """Each customer's first arrival at each stage: nobody reaches it in two months."""
    found: dict[tuple[str, str], StageEntry] = {}
    for each in sorted(entries, key=lambda entry: entry.at):
        found.setdefault((each.contact, each.stage), each)
    return list(found.values())


def in_order(entries: Iterable[StageEntry], also: Iterable[str]) -> list[str]:
    """Every stage, in the order of the journey."""
    places: dict[str, list[int]] = defaultdict(list)
    seen: Counter[str] = Counter()
    for each in sorted(entries, key=lambda entry: entry.at):
        places[each.stage].append(seen[each.contact])
        seen[each.contact] += 1
    usual = {stage: at for at, stage in enumerate(USUAL_ORDER)}
    found = {*places, *also}

    def place(stage: str) -> tuple[int, float, str]:
        held = sorted(places.get(stage, [0]))
        return usual.get(stage, len(usual)), held[len(held) // 2], stage

    return sorted(found, key=place)


def felt(placed: Allowed[Interaction], stage: str) -> Figure:
    """How customers felt at a stage."""
    return Figure.mean("Mean sentiment", placed.told(placed.of("stage", stage), lambda each: each.sentiment))


def stage_table(order: Sequence[str], placed: Allowed[Interaction]) -> Table:
    """The feelings of each stage, and what they were about."""
    rows = []
    for stage in order:
        talks = placed.of("stage", stage)
        strong = sum(1 for each in talks if (each.intensity or 0) >= 4)
        rows.append(
            (
                f"{stage}{topics(talks)}",
                (
                    felt(placed, stage),
                    Figure.share("Strong feelings", strong, len(talks)),
                    Figure.share(
                        "Needing attention", sum(each.needs_attention for each in talks), len(talks)
                    ),
                ),
            )
        )
    columns = ("Stage", "Mean sentiment", "Strong feelings", "Needing attention")
    return Table("Feelings by stage", columns, tuple(rows))


def topics(talks: Sequence[Interaction]) -> str:
    """The tags most often found on conversations that ended badly, if five customers share them."""
    people: Mapping[str, set[str]] = defaultdict(set)
    for talk in talks:
        if talk.sentiment is not None and talk.sentiment <= -0.2:
            for tag in talk.tags:
                people[tag].add(talk.contact or talk.id)
    often = sorted((tag for tag in people if len(people[tag]) >= 5), key=lambda tag: (-len(people[tag]), tag))
    return f" ({', '.join(often[:TOPICS])})" if often else ""


def conversions(order: Sequence[str], reached: Allowed[StageEntry]) -> Table:
    """How many customers reached each stage, and the share of them that reached the next."""
    counts = {stage: len({each.contact for each in reached.of("stage", stage)}) for stage in order}
    rows = []
    for at, stage in enumerate(order):
        following = order[at + 1] if at + 1 < len(order) else None
        here = counts[stage]
        value = 100 * counts[following] / here if following and here else None
        why = "Nobody reached it in these months." if not here else NOT_ENOUGH
        rows.append(
            (
                stage,
                (
                    Figure.plain("Customers", float(here), here),
                    Figure.plain(
                        "Of these to the next", value, here, unit="%", note=why if value is None else ""
                    ),
                ),
            )
        )
    return Table("Drop-off", ("Stage", "Customers", "On to the next stage"), tuple(rows))


def in_words(feelings: Sequence[tuple[str, Figure]]) -> str:
    """The lowest point in one sentence."""
    known = [(figure.value, stage, figure.n) for stage, figure in feelings if figure.value is not None]
    if len(known) < 2:
        return NOT_ENOUGH
    value, stage, n = min(known)
    return f'Customers felt worst at the stage "{stage}" ({value:+.2f} over {n} conversations).'
