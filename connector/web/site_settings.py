"""The settings of one account: what is kept of texts, how scores are made, who is left out."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ..errors import ConnectorError
from ..keeping import policy_in_force
from ..privacy.policy import USUAL_KEEP, Mode, Policy, Retention, keep_text
from ..privacy.policy_file import parse_keep, require_effective
from ..signing_in import UserRole
from .access import current_visitor, for_role, the_connector
from .conversations import in_a_form
from .wording import DIMENSIONS

site_settings = Blueprint("settings", __name__)

LEFT_OUT_BY = ("tag", "brand", "queue", "pipeline", "channel", "agent")
MEANINGS = {
    Mode.DROP: "Text is read, scored in memory and dropped. Nothing of it is kept.",
    Mode.REDACT: (
        "Text is kept for a time, sealed, without names, addresses and numbers that identify people."
    ),
    Mode.ENCRYPT: "Text is kept for a time, sealed, as it was scored.",
}


@site_settings.get("/admin/<name:installation>/settings")
@for_role(UserRole.ADMIN)
def settings_page(installation: str) -> str:
    """What is in force."""
    return _page(installation)


@site_settings.get("/admin/<name:installation>/settings/retention")
@for_role(UserRole.ADMIN)
def try_retention(installation: str) -> str | tuple[str, int]:
    """What another choice would do to what is kept now; nothing is changed."""
    before = policy_in_force(the_connector().store, installation)
    try:
        wanted = _wanted(before, request.args.get("mode", ""), request.args.get("keep", ""))
    except ConnectorError as error:
        return _page(installation, complaint=in_a_form(error)), 400
    app = the_connector()
    preview = app.retention.preview(installation, wanted, app.store.legal_holds(installation))
    return _page(installation, wanted=wanted, preview=preview)


@site_settings.post("/admin/<name:installation>/settings/retention")
@for_role(UserRole.ADMIN)
def change_retention(installation: str) -> Response | tuple[str, int]:
    """Put the choice in force; what it no longer allows is deleted at once."""
    app, visitor = the_connector(), current_visitor()
    before = policy_in_force(app.store, installation)
    try:
        wanted = _wanted(before, request.form.get("mode", ""), request.form.get("keep", ""))
        if wanted != before:
            app.retention.change(
                installation, wanted, None, changed_by=f"{visitor.name} ({visitor.role.word})"
            )
            version = policy_in_force(app.store, installation).version
            app.erasing.proving.note(installation, "policy change", actor=visitor.actor, version=version)
    except ConnectorError as error:
        return _page(installation, complaint=in_a_form(error)), 400
    return redirect(url_for("settings.settings_page", installation=installation), 303)


@site_settings.post("/admin/<name:installation>/settings/left-out")
@for_role(UserRole.ADMIN)
def change_left_out(installation: str) -> Response | tuple[str, int]:
    """Put something on the list of what is left out of scoring, or take it off."""
    app, form, visitor = the_connector(), request.form, current_visitor()
    try:
        opting_out = app.opting_out(installation)
        if label := form.get("remove"):
            facts = {"removed": len(opting_out.remove([label]).labels)}
        else:
            labels = opting_out.labels({form.get("kind", ""): [form.get("id", "")]})
            change = opting_out.add(labels, by=f"{visitor.name} ({visitor.role.word})")
            facts = {"added": len(change.labels), "forgotten": change.forgotten}
        if any(facts.values()):
            app.erasing.proving.note(installation, "opt-out change", actor=visitor.actor, **facts)
    except ConnectorError as error:
        return _page(installation, complaint=in_a_form(error)), 400
    return redirect(url_for("settings.settings_page", installation=installation) + "#out", 303)


def _wanted(before: Policy, mode: str, keep: str) -> Policy:
    """The policy that a form asks for. Raises Misconfigured."""
    chosen = Mode(mode) if mode in set(Mode) else before.retention.mode
    retention = (
        Retention() if chosen is Mode.DROP else Retention(chosen, parse_keep(keep.strip(), "The time"))
    )
    wanted = replace(before, retention=retention)
    require_effective(wanted)
    return wanted


def _page(
    installation: str,
    *,
    wanted: Policy | None = None,
    preview: object = None,
    complaint: str | None = None,
) -> str:
    app = the_connector()
    policy = policy_in_force(app.store, installation)
    stored = app.store.policy(installation)
    chosen = wanted or policy
    engine = app.rubrics(installation).engine()
    return render_template(
        "settings.html",
        installation=app.installation(installation),
        policy=policy,
        changed=stored,
        wanted=wanted,
        preview=preview,
        mode=str(chosen.retention.mode),
        keep=keep_text(chosen.retention.keep or USUAL_KEEP),
        in_force=keep_text(policy.retention.keep) if policy.retention.keep else None,
        holds=app.store.legal_holds(installation),
        meanings=MEANINGS,
        complaint=complaint,
        rubric=engine.rubric,
        dimensions=DIMENSIONS,
        ruleset=engine.ruleset,
        record=app.people.in_force(installation, app.now()),
        left_out=app.store.opt_outs(installation),
        kinds=LEFT_OUT_BY,
        clearings=app.store.how_many_clearings(installation),
        override_rows=[
            (
                each.on,
                str(each.retention.mode),
                keep_text(each.retention.keep) if each.retention.keep else "",
            )
            for each in policy.overrides
        ],
    )
