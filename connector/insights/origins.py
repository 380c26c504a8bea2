"""Where a report's figures come from: told by the platform, or imported; and what this account lacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..outcomes import IN_WORDS, Told, gap
from ..store import Store
from ..store.facts import OUTCOME
from ..store.looks import OUTCOMES
from ..store.told import DEAL, FEEDBACK, STAGE
from .words import platform_name

ASKS: Mapping[str, tuple[Told, ...]] = {
    "onboarding": (Told.STAGES, Told.FEEDBACK),
    "perceived-empathy": (Told.SATISFACTION, Told.FEEDBACK, Told.TIMES, Told.REOPENS),
    "journey": (Told.STAGES, Told.FORM),
    "automation-impact": (Told.SATISFACTION, Told.TIMES, Told.REOPENS),
    "sales-helpfulness": (Told.FEEDBACK,),
    "recovery-and-advocacy": (Told.DEALS, Told.FEEDBACK),
    "culture-and-ethics": (Told.DEALS, Told.FEEDBACK),
}
"""What reports ask of the platform; the others are made of scores and imports alone."""
_HELD_AS: Mapping[Told, str] = {
    Told.SATISFACTION: OUTCOME,
    Told.TIMES: OUTCOME,
    Told.REOPENS: OUTCOME,
    Told.FORM: OUTCOME,
    Told.STAGES: STAGE,
    Told.DEALS: DEAL,
    Told.FEEDBACK: FEEDBACK,
}
_IMPORTED_AS: Mapping[Told, str] = {
    Told.SATISFACTION: "customer-survey",
    Told.FEEDBACK: "customer-survey",
    Told.STAGES: "subscription",
}


@dataclass(frozen=True, slots=True)
class Origins:
    """Where figures come from, and what is missing, in sentences."""

    sources: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def origins(store: Store, name: str, report: str) -> Origins:
    """The origins of one report's figures, as far as they are no scores of ours."""
    asks = ASKS.get(report, ())
    installation = store.installation(name)
    if not asks or installation is None:
        return Origins()
    counts, missing = store.fact_counts(name), store.told_missing(name)
    asked_at, platform = store.last_look(name, OUTCOMES), platform_name(installation.provider)
    when = "" if asked_at is None else f", asked {asked_at:%Y-%m-%d %H:%M} UTC"
    sources = []
    gaps = []
    for each in asks:
        told, imported = counts.get(_HELD_AS[each], 0), counts.get(_IMPORTED_AS.get(each, ""), 0)
        if each in missing and not imported:
            gaps.append(gap(each, missing[each]))
        parts = [f"told by {platform}{when}"] if told and each not in missing else []
        parts += [f"{imported:,} imported rows ({_IMPORTED_AS[each]})"] if imported else []
        if parts:
            sources.append(f"{IN_WORDS[each].capitalize()}: {'; '.join(parts)}.")
    if asked_at is None:
        gaps.append(
            f"{platform} has not been asked yet what became of conversations: the worker asks once a day, "
            f"and empathy-connector sync {name} --outcomes at once."
        )
    return Origins(tuple(sources), tuple(gaps))


def together(sentences: Sequence[str], more: Sequence[str]) -> tuple[str, ...]:
    """Both, each sentence once."""
    return tuple(dict.fromkeys((*sentences, *more)))
