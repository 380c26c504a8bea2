"""`subject`, `proof`: what is kept about a contact, its erasure, and the proof of that."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from ..bootstrap import Connector, connector
from ..errors import Misconfigured, Unsupported
from ..opening import COMMAND_PATIENCE
from . import DONE, PARTLY, complain
from .words import COMMAND_LINE, counted

if TYPE_CHECKING:
    from ..erasing import Erased

CONTACT = click.option("--contact", help="The contact's id at the platform.")
EMAIL = click.option(
    "--email", help="Their e-mail address, looked up at the platform; - reads it from stdin."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group("subject")
def subject_command() -> None:
    """Answer a contact who asks what is kept about them, or wants it erased."""


@subject_command.command("export")
@click.argument("name")
@CONTACT
@EMAIL
@click.option("--html", "as_html", is_flag=True, help="Print a page to read instead, for the person.")
@AS_JSON
def export(name: str, contact: str | None, email: str | None, as_html: bool, as_json: bool) -> None:
    """Print everything that is kept about a contact, as JSON."""
    if as_html and as_json:
        raise click.UsageError("Choose --html or --json.")
    app = connector()
    subjects = app.subjects(name)
    contacts = [subjects.export(each) for each in _contacts(app, name, contact, email)]
    app.store.note_access(
        name, role="admin", purpose="access request", what="contact", now=app.now(), count=len(contacts)
    )
    app.erasing.proving.note(name, "export", actor=COMMAND_LINE, contacts=len(contacts))
    content = {**subjects.circumstances(), "contacts": contacts}
    if as_html:
        from ..privacy.subject_page import page_of

        click.echo(page_of(content), nl=False)
    else:
        click.echo(json.dumps(content, indent=None if as_json else 2, ensure_ascii=as_json))


@subject_command.command("erase")
@click.argument("name")
@CONTACT
@EMAIL
@AS_JSON
def erase(name: str, contact: str | None, email: str | None, as_json: bool) -> int:
    """Erase everything that is kept about a contact, and take in nothing of them again."""
    from ..privacy.erasure import Because

    app = connector()
    installation = app.installation(name)
    app.erasing.catch_up(installation)
    done = [
        app.erasing.erase(installation, each, because=Because.REQUEST, actor=COMMAND_LINE)
        for each in _contacts(app, name, contact, email)
    ]
    to_clear = app.store.how_many_clearings(name)
    if as_json:
        rows = [_as_object(each) for each in done]
        click.echo(json.dumps({"installation": name, "contacts": rows, "fields_to_clear": to_clear}))
    else:
        for each in done:
            click.echo(_in_words(each))
        if to_clear:
            click.echo(
                f"The fields of {counted(to_clear, 'record')} in the account are blanked by the next "
                f"empathy-connector sync {name}."
            )
    return DONE if all(each.is_done and not each.verified["checkpoint_busy"] for each in done) else PARTLY


@subject_command.command("readmit")
@click.argument("name")
@CONTACT
@EMAIL
@AS_JSON
def readmit(name: str, contact: str | None, email: str | None, as_json: bool) -> None:
    """Let an erased contact's conversations be scored again."""
    app = connector()
    installation = app.installation(name)
    lifted = {
        each: app.erasing.readmit(installation, each, actor=COMMAND_LINE)
        for each in _contacts(app, name, contact, email)
    }
    if as_json:
        rows = [{"contact_id": each, "readmitted": was} for each, was in lifted.items()]
        click.echo(json.dumps({"installation": name, "contacts": rows}))
        return
    for each, was in lifted.items():
        click.echo(f"Contact {each} {'is read again from now on' if was else 'was not left out'}.")


@click.group("proof")
def proof_command() -> None:
    """Show that what was erased is gone."""


@proof_command.command("verify")
@click.argument("name")
@AS_JSON
def verify(name: str, as_json: bool) -> int:
    """Check that the proofs of erasure are whole; a disconnected account keeps its own."""
    app = connector()
    verdict = app.erasing.proving.verify(name)
    if not verdict.entries and not verdict.faults and app.store.installation(name) is None:
        raise Misconfigured(f'There is no installation named "{name}", and nothing of that name was erased.')
    log = app.erasing.log.read()
    if as_json:
        content = {
            "installation": name,
            "ok": verdict.is_whole,
            "entries": [each.as_json() for each in verdict.entries],
            "faults": list(verdict.faults),
            "unreadable_log_lines": list(log.unreadable),
        }
        click.echo(json.dumps(content))
    else:
        for each in verdict.entries:
            click.echo(f"{each.position}  {each.at}  {each.entry.get('what')}  {each.hash[:16]}")
        for fault in verdict.faults:
            complain(fault)
        state = "whole" if verdict.is_whole else "BROKEN"
        click.echo(f"{counted(len(verdict.entries), 'entry', 'entries')}, {state}.")
    if log.unreadable:
        lines = ", ".join(map(str, log.unreadable[:10]))
        complain(f"Lines of {app.settings.erasure_log} that are none of ours and were passed over: {lines}.")
    return DONE if verdict.is_whole else PARTLY


def _contacts(app: Connector, name: str, contact: str | None, email: str | None) -> list[str]:
    """The ids that are meant. Raises Misconfigured when nobody has that address."""
    if (contact is None) == (email is None):
        raise click.UsageError("Pass either --contact or --email.")
    if contact is not None:
        if not contact.strip():
            raise click.UsageError("--contact is empty.")
        return [contact]
    address = (sys.stdin.readline() if email == "-" else email or "").strip()
    if "@" not in address:
        raise click.UsageError("--email is not an e-mail address.")
    provider = app.open(app.installation(name), patience=COMMAND_PATIENCE).provider
    try:
        found = list(provider.find_contact(address))
    except Unsupported as error:
        raise Misconfigured(f"{str(error).removesuffix('.')}; pass --contact instead.") from None
    if not found:
        raise Misconfigured(
            f'No contact of "{name}" has that address now; if they were deleted there, pass --contact.'
        )
    return found


def _as_object(erased: Erased) -> dict[str, Any]:
    return {
        "contact_id": erased.contact_id,
        "pseudonym": erased.pseudonym,
        "erased": erased.is_done,
        "counts": dict(erased.counts),
        "verified": dict(erased.verified),
        "proof": erased.position,
        "held_by": list(erased.held_by),
    }


def _in_words(erased: Erased) -> str:
    if erased.held_by:
        return (
            f"Contact {erased.contact_id} is under legal hold ({', '.join(erased.held_by)}): nothing new "
            "is read of them, and they are erased when the hold ends."
        )
    conversations = erased.counts.get("conversations", 0)
    return (
        f"Contact {erased.contact_id} is erased: {counted(conversations, 'conversation')}, "
        f"{counted(erased.counts.get('texts', 0), 'kept text')}; proof number {erased.position}."
    )
