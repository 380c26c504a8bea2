"""The set-up of an account, a page for each step; which are taken is in the store, so anybody can go on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from ..errors import ConnectorError
from ..fields import all_fields
from ..installing import NAMES
from ..keeping import policy_in_force
from ..model import Installation
from ..privacy.policy import LONGEST_KEEP, USUAL_KEEP, Mode
from ..privacy.purpose import intended_purpose
from ..setting_up import PAGE_PATIENCE, STEPS, Progress
from ..signing_in import UserRole
from . import setup_look, setup_scope
from .access import current_visitor, for_role, the_connector, the_queue

log = logging.getLogger(__name__)
setup = Blueprint("setup", __name__)

SETUP = "/admin/<name:installation>/setup"
STEP = f"<any({', '.join(STEPS)}):step>"
TITLES = {
    "scope": "What is scored",
    "retention": "What is kept",
    "guidelines": "What it is for",
    "fields": "Fields",
    "preview": "A look first",
    "start": "Start",
}
MODES = (
    (Mode.DROP, "Nothing", "Text is dropped as soon as it is scored. The usual choice, and the safest."),
    (
        Mode.REDACT,
        "Redacted text",
        "Without names, addresses and numbers, as far as they are found; sealed, and deleted in time.",
    ),
    (
        Mode.ENCRYPT,
        "The text as it is",
        "Sealed under a key of each contact, and deleted in time. Only if you have a reason for it.",
    ),
)


@dataclass(frozen=True, slots=True)
class StepShown:
    """One step in the list of them."""

    name: str
    title: str
    state: str
    words: str
    is_open: bool


@setup.get(SETUP)
@for_role(UserRole.ADMIN)
def overview(installation: str) -> str:
    """How far it is, and the way on."""
    progress = _progress(installation)
    shown = _steps(progress)
    return _render(
        "setup_overview.html",
        progress,
        heading="Set up",
        next_step=next((each for each in shown if each.name == progress.next_step), None),
        taken=sum(each.name in progress.done for each in shown),
        platform=NAMES.get(progress.installation.provider, progress.installation.provider),
        is_owner=current_visitor().role >= UserRole.OWNER,
    )


@setup.get(f"{SETUP}/{STEP}")
@for_role(UserRole.ADMIN)
def show(step: str, installation: str) -> str | Response:
    """One step; a look at it changes nothing."""
    return _shown(step, installation)


@setup.post(f"{SETUP}/{STEP}")
@for_role(UserRole.ADMIN)
def take(step: str, installation: str) -> Response | tuple[str | Response, int]:
    """Take a step, and go on to the next one."""
    progress = _progress(installation)
    if step not in progress.steps:
        abort(404)
    if not progress.may_take(step):
        return redirect(url_for("setup.overview", installation=installation), 303)
    try:
        _take(step, progress.installation)
    except ConnectorError as error:
        return _shown(step, installation, problem=str(error)), 400
    if step == "preview":
        return redirect(url_for("setup.show", step=step, installation=installation), 303)
    after = _progress(installation).next_step
    if after is None or step == "start":
        return redirect(url_for("setup.overview", installation=installation), 303)
    return redirect(url_for("setup.show", step=after, installation=installation), 303)


@setup.get("/admin/<name:installation>/disconnect")
@for_role(UserRole.OWNER)
def ask_disconnect(installation: str) -> str:
    """What disconnecting means."""
    return render_template(
        "disconnect.html", installation=the_connector().installation(installation), problem=None
    )


@setup.post("/admin/<name:installation>/disconnect")
@for_role(UserRole.OWNER)
def disconnect(installation: str) -> Response:
    """Revoke our token, and forget the account."""
    app = the_connector()
    if request.form.get("sure") != "yes":
        return redirect(url_for("setup.ask_disconnect", installation=installation), 303)
    app.disconnect(app.installation(installation), actor=_who())
    return redirect(url_for("dashboard.first_page"), 303)


def _take(step: str, installation: Installation) -> None:
    setting_up, name = the_connector().setting_up, installation.name
    if step == "scope":
        asked = setup_scope.asked(the_connector().opting_out(name), request.form)
        changed = setting_up.choose_scope(name, asked, by=_who())
        if any(changed.values()):
            _note(name, "opt-out change", **changed)
    elif step == "retention":
        days = request.form.get("days", "").strip()
        number = int(days) if days.isascii() and days.isdigit() and len(days) < 6 else None
        before = policy_in_force(the_connector().store, name).version
        policy = setting_up.choose_retention(name, request.form.get("mode", ""), number, by=_who())
        if policy.version != before:
            _note(name, "policy change", version=policy.version)
    elif step == "guidelines":
        setting_up.accept_guidelines(name, request.form.get("accepted") == "yes", by=_who())
    elif step == "fields":
        extended = request.form.get("extended") == "yes"
        setting_up.create_fields(installation, extended=extended, by=_who(), patience=PAGE_PATIENCE)
    elif step == "preview":
        the_connector().previewing.ask(name, by=_who())
        the_queue().preview(name)
    else:
        setting_up.start(installation, by=_who())
        _have_changes_told(name)
        the_queue().sync(name)


def _note(name: str, what: str, **facts: int) -> None:
    """Add an event to the chain of proofs, as the command line does."""
    the_connector().erasing.proving.note(name, what, actor=current_visitor().actor, **facts)


def _have_changes_told(name: str) -> None:
    """Make the webhooks where there can be some; without them the periodic syncs find the same, later."""
    try:
        the_connector().ensure_hooks(name)
    except ConnectorError as error:
        log.warning("no webhooks", extra={"installation": name, "error": type(error).__name__})


def _shown(step: str, name: str, *, problem: str | None = None) -> str | Response:
    progress = _progress(name)
    if step not in progress.steps:
        abort(404)
    if not progress.may_take(step):
        return redirect(url_for("setup.overview", installation=name), 303)
    content = CONTENTS[step](progress)
    more = {"heading": TITLES[step], "step": step, "problem": problem}
    rendered = _render(f"setup_{step}.html", progress, **content, **more)
    return setup_look.page(rendered, content) if step == "preview" else rendered


def _retention(progress: Progress) -> dict[str, Any]:
    app, name = the_connector(), progress.installation.name
    policy = policy_in_force(app.store, name)
    days = policy.retention.keep.days or USUAL_KEEP.days
    return {
        "modes": MODES,
        "longest": LONGEST_KEEP.days,
        "chosen": {"mode": policy.retention.mode, "days": days},
        "kept": app.retention.preview(name, policy, app.store.legal_holds(name)).kept,
    }


def _guidelines(_progress: Progress) -> dict[str, Any]:
    return {"purpose": intended_purpose()}


def _fields(_progress: Progress) -> dict[str, Any]:
    return {"fields": all_fields()}


def _start(progress: Progress) -> dict[str, Any]:
    policy = policy_in_force(the_connector().store, progress.installation.name)
    titles = {mode: title for mode, title, _ in MODES}
    kept = f", for {policy.retention.keep.days} days" if policy.retention.keep else ""
    accepted = progress.done["guidelines"]
    made = len(progress.installation.field_ids or {})
    return {
        "is_started": not progress.installation.waits_for_start,
        "retention": f"{titles[policy.retention.mode]} kept{kept}.",
        "accepted": f"Accepted on {accepted.at:%d %b %Y at %H:%M} UTC.",
        "fields": f"{made} of ours are there." if made else "",
    }


CONTENTS: Mapping[str, Callable[[Progress], dict[str, Any]]] = {
    "scope": lambda progress: setup_scope.content(the_connector().opting_out(progress.installation.name)),
    "retention": _retention,
    "guidelines": _guidelines,
    "fields": _fields,
    "preview": lambda progress: setup_look.content(progress.installation.name),
    "start": _start,
}


def _render(template: str, progress: Progress, **content: Any) -> str:
    more = {"step": None, "problem": None, **content}
    return render_template(template, installation=progress.installation, steps=_steps(progress), **more)


def _steps(progress: Progress) -> list[StepShown]:
    shown = []
    for name in progress.steps:
        done = progress.done.get(name)
        state = "done" if done else "now" if name == progress.next_step else "later"
        words = f"done on {done.at:%d %b}" if done else "next" if state == "now" else "to do"
        shown.append(StepShown(name, TITLES[name], state, words, progress.may_take(name)))
    return shown


def _progress(name: str) -> Progress:
    app = the_connector()
    return app.setting_up.progress(app.installation(name))


def _who() -> str:
    """What the person is called in decisions."""
    visitor = current_visitor()
    return visitor.name or visitor.actor
