"""What the score of one account weighs and where its bands lie: shown, tried, and put in force."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ..errors import ConnectorError, Misconfigured
from ..scoring.rubric import FACTORS, Rubric, preset_weights
from ..signing_in import UserRole
from .access import current_visitor, for_role, the_connector
from .conversations import in_a_form
from .wording import DIMENSIONS

log = logging.getLogger(__name__)
rubric = Blueprint("rubric", __name__)

PAGE = "/admin/<name:installation>/rubric"
LONGEST_NUMBER = 12
FACTOR_WORDS = {
    "canned": "What is left of a reply that copies an earlier one",
    "similar": "From this share of common word groups on, a reply counts as a copy",
    "stock": "What is left where stock phrases stand in for anything of the customer's own",
    "contradiction": "What is left where kind words come with a refusal or blame and nothing else",
}
PRESETS = {"retail": "Retail", "services": "Services", "software": "Software support"}


@rubric.get(PAGE)
@for_role(UserRole.ADMIN)
def rubric_page(installation: str) -> str | tuple[str, int]:
    """The rubric in force, or what others would change; nothing is changed."""
    rubrics = the_connector().rubrics(installation)
    before = rubrics.in_force()
    if "fair" not in request.args:
        weights = preset_weights().get(request.args.get("preset", ""), before.weights)
        return _page(installation, written(replace(before, weights=weights)))
    try:
        wanted = _wanted(before, request.args)
    except ConnectorError as error:
        return _page(installation, request.args, complaint=in_a_form(error)), 400
    return _page(installation, written(wanted), wanted=wanted)


@rubric.post(PAGE)
@for_role(UserRole.ADMIN)
def change_rubric(installation: str) -> Response | tuple[str, int]:
    """Put other numbers in force, or the product's own again."""
    rubrics, visitor, form = the_connector().rubrics(installation), current_visitor(), request.form
    try:
        wanted = None
        if form.get("usual") != "yes":
            wanted = _wanted(rubrics.in_force(), form).named(rubrics.next_version())
        changed = wanted is None or not wanted.is_same_as(rubrics.in_force())
        if changed and rubrics.change(
            wanted, by=f"{visitor.name} ({visitor.role.word})", actor=visitor.actor
        ):
            log.info("rubric changed", extra={"actor": visitor.actor, "installation": installation})
    except ConnectorError as error:
        return _page(installation, form, complaint=in_a_form(error)), 400
    return redirect(url_for("rubric.rubric_page", installation=installation), 303)


def written(shown: Rubric) -> dict[str, str]:
    """The numbers as the form has them."""
    numbers = {
        **shown.weights,
        **shown.factors,
        "dismissive": shown.dismissive,
        "fair": shown.fair,
        "high": shown.high,
        "attention": shown.attention,
    }
    return {name: f"{number:g}" for name, number in numbers.items()}


def _wanted(before: Rubric, form: Mapping[str, str]) -> Rubric:
    """The rubric that a form asks for, checked as a file is. Raises Misconfigured."""
    weights = {name: _number(form, name) for name in DIMENSIONS}
    asked = replace(
        before,
        preset=next((name for name, each in preset_weights().items() if each == weights), "default"),
        weights=weights,
        factors={name: _number(form, name) for name in FACTORS},
        dismissive=_number(form, "dismissive"),
        attention=_number(form, "attention"),
        fair=_whole(form, "fair"),
        high=_whole(form, "high"),
    )
    return Rubric.load(asked.as_toml())


def _number(form: Mapping[str, str], name: str) -> float:
    text = form.get(name, "").strip().replace(",", ".")
    try:
        return float(text[:LONGEST_NUMBER])
    except ValueError:
        raise Misconfigured(f'A number is needed for "{_said(name)}".') from None


def _whole(form: Mapping[str, str], name: str) -> int:
    number = _number(form, name)
    if not number.is_integer():
        raise Misconfigured(f'A whole number is needed for "{_said(name)}".')
    return int(number)


def _said(name: str) -> str:
    return {**DIMENSIONS, **FACTOR_WORDS}.get(name, name)


def _page(
    installation: str,
    values: Mapping[str, str],
    *,
    wanted: Rubric | None = None,
    complaint: str | None = None,
) -> str:
    app = the_connector()
    rubrics = app.rubrics(installation)
    before = rubrics.in_force()
    is_same = wanted is not None and wanted.is_same_as(before)
    return render_template(
        "rubric.html",
        installation=app.installation(installation),
        rubric=before,
        before=written(before),
        values=values,
        change=rubrics.last_change(),
        ruleset=rubrics.engine().ruleset,
        wanted=wanted,
        is_same=is_same,
        moved=rubrics.moved(wanted) if wanted is not None else None,
        dimensions=DIMENSIONS,
        factors=FACTOR_WORDS,
        presets=PRESETS,
        complaint=complaint,
    )
