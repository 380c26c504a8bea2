"""T4, T8, FU3, CU1, CU3: how people on our side are doing, from anonymous surveys alone.

Items lie on 0..100; an index is their mean. Surveys are told of in whole months and by team, and only where
five people answered and nothing shown can be subtracted from something else to find fewer. No answer is
joined to a conversation, an agent or another answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from statistics import fmean

from ..privacy.anonymity import SURVEY_ANSWERS, WITHHELD
from .material import Material
from .months import Allowed, Months, allowed
from .numbers import cronbach_alpha
from .report import NOT_ENOUGH, Figure, Report, Table, by_month, sentences
from .rows import EmployeeAnswer, TeamFigure

NAME = "team-climate"
TITLE = "Team climate and well-being"
QUESTION = "Do the people who answer customers feel supported and well?"
MEASURES = ("T4", "T8", "FU3")
INDICES = {
    "Collaboration": ("collaboration", "communication", "mutual_understanding"),
    "Support by managers": ("manager_support", "leaders_listen"),
    "Work environment": ("environment", "open_communication"),
    "Well-being": ("cheerful", "calm", "active", "rested", "interested"),
}


def report(material: Material, period: Months) -> Report:
    """The report over the anonymous answers of these months."""
    answers = material.employee_answers(period)
    kept = by_teams(answers, period)
    # Not everybody answers every item: whom an index could single out is judged by those it is made of.
    told = {
        name: by_teams([each for each in answers if of_one(name, each) is not None], period)
        for name in INDICES
    }
    wholes = [index(name, told[name].total) for name in INDICES]
    return Report(
        NAME,
        TITLE,
        QUESTION,
        period,
        summary=sentences(in_words(wholes)),
        figures=(
            *wholes,
            consistency(kept),
        ),
        tables=(
            by_team(told, sorted({each.team for each in answers})),
            *as_given(material.team_figures(period)),
        ),
        series=tuple(
            by_month(
                f"{name} by month",
                period,
                told[name].total,
                at=lambda each: each.at,
                figure=partial(index, name),
            )
            for name in INDICES
        ),
        cautions=sentences(
            "Answers are anonymous and stay so: groups under five are never shown, nor could be found.",
            "Use it to change conditions, never to find out who answered what.",
            kept.note,
        ),
        missing=()
        if answers
        else ("No anonymous survey is here. Import one: import employee-survey FILE --into NAME.",),
    )


def by_teams(answers: Iterable[EmployeeAnswer], period: Months) -> Allowed[EmployeeAnswer]:
    """Which of the answers may be used, in all and by team."""
    return allowed(
        answers,
        period,
        at=lambda each: each.at,
        person=lambda each: each.id,
        groups=lambda each: (("team", each.team),),
        threshold=SURVEY_ANSWERS,
    )


def of_one(name: str, answer: EmployeeAnswer) -> float | None:
    """One person's index; None where they answered none of its items."""
    given = [answer.items[item] for item in INDICES[name] if item in answer.items]
    return fmean(given) if given else None


def index(name: str, answers: Sequence[EmployeeAnswer]) -> Figure:
    """An index over some people, withheld under five of them."""
    values = [value for each in answers if (value := of_one(name, each)) is not None]
    return Figure.mean(name, values, unit="points", enough=SURVEY_ANSWERS.people)


def consistency(kept: Allowed[EmployeeAnswer]) -> Figure:
    """How well the items of collaboration go together, over complete answers."""
    items = INDICES["Collaboration"]
    complete = kept.told(
        kept.total,
        lambda each: [each.items[item] for item in items] if set(items) <= set(each.items) else None,
    )
    alpha = cronbach_alpha(complete)
    return Figure.plain("Cronbach's alpha of collaboration", alpha, len(complete), enough=10)


def by_team(told: Mapping[str, Allowed[EmployeeAnswer]], teams: Sequence[str]) -> Table:
    """Every index by team; a team that is too small is named, with no figure."""
    rows = []
    for team in teams:
        cells = []
        for name, kept in told.items():
            answers = kept.of("team", team)
            withheld = Figure.missing(name, 0, WITHHELD, unit="points")
            cells.append(index(name, answers) if answers else withheld)
        rows.append((team, tuple(cells)))
    return Table("By team", ("Team", *INDICES), tuple(rows))


def as_given(figures: Sequence[TeamFigure]) -> tuple[Table, ...]:
    """Figures of whole teams that a survey programme gave, on its own scale; none under five answers."""
    rows = tuple(
        (
            f"{each.at:%Y-%m}, {each.team}: {each.question}",
            (Figure.plain("As given", each.score, each.responses, enough=SURVEY_ANSWERS.people),),
        )
        for each in figures
    )
    title = "Figures of teams, as the survey programme gave them"
    return (Table(title, ("Team and question", "As given"), rows),) if rows else ()


def in_words(wholes: Sequence[Figure]) -> str:
    """The lowest of the indices in one sentence."""
    known = [(figure.value, figure.label, figure.n) for figure in wholes if figure.value is not None]
    if not known:
        return NOT_ENOUGH
    value, label, n = min(known)
    return f"Of what our people were asked, {label.lower()} is lowest: {value:.0f} of 100, over {n} answers."
