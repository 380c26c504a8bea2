"""`doctor`: finds common faults and says what to do about each."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import click

from ..bootstrap import Connector, connector
from ..errors import ConnectorError
from ..following_up import gaps_of
from ..model import Installation
from ..safety import risks
from . import DONE, PARTLY
from .words import as_time, counted


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    ok: bool
    message: str


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor_command(as_json: bool) -> int:
    """Look for common faults and say what to do."""
    findings = list(examine(connector()))
    is_well = all(finding.ok for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": is_well, "checks": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            click.echo(f"{'ok   ' if finding.ok else 'FAULT'} {finding.name}: {finding.message}")
    return DONE if is_well else PARTLY


def examine(app: Connector) -> Iterator[Finding]:
    """Look at the database, the key and every installation; nothing is called and nothing changed."""
    try:
        installations = app.store.installations()
    except ConnectorError as error:
        yield Finding("database", False, str(error))
        return
    yield Finding("database", True, f"open and up to date, {counted(len(installations), 'installation')}")
    try:
        if installations:
            for each in installations:
                app.keys(each.name)
            yield Finding("master key", True, "opens every installation")
        else:
            yield Finding("master key", True, "is made when the first account is connected")
    except ConnectorError as error:
        yield Finding("master key", False, str(error))
    for risk in risks(app.settings):
        yield Finding("settings", False, risk)
    if because := app.store.halted_because():
        yield Finding("purge", False, because)
    yield _examine_erasures(app)
    yield from _examine_twins(installations)
    for each in installations:
        yield from _examine_installation(app, each)


def _examine_twins(installations: Sequence[Installation]) -> Iterator[Finding]:
    first: dict[tuple[str, str], str] = {}
    for each in installations:
        known = first.setdefault((each.provider, each.account_id), each.name)
        if known != each.name:
            yield Finding(
                each.name,
                False,
                f'it is the same account as "{known}", so each reply is scored and written twice; '
                "run empathy-connector disconnect for one of them",
            )


def _examine_erasures(app: Connector) -> Finding:
    try:
        unreadable = app.erasing.log.read().unreadable
    except ConnectorError as error:
        return Finding("erasure log", False, str(error))
    if unreadable:
        lines = ", ".join(map(str, unreadable[:10]))
        return Finding("erasure log", False, f"lines that are none of ours and were passed over: {lines}")
    return Finding("erasure log", True, "every line can be read")


def _examine_installation(app: Connector, installation: Installation) -> Iterator[Finding]:
    name = installation.name
    counts = app.store.counts(name)
    if installation.needs_authorization:
        yield Finding(name, False, "its token is refused; connect it again with the same name")
    if installation.field_ids is None and installation.provider != "local":
        yield Finding(name, False, f"its fields are missing; run empathy-connector fields {name}")
    if installation.last_sync_at is None:
        yield Finding(name, False, f"it was never synced; run empathy-connector sync {name}")
    if counts.parked:
        yield Finding(
            name,
            False,
            f"{counted(counts.parked, 'conversation')} could not be read and are parked; "
            f"empathy-connector sync {name} --full tries them again",
        )
    if installation.not_before_at and installation.not_before_at > app.now():
        yield Finding(
            name, True, f"the platform asked us to wait until {as_time(installation.not_before_at)}"
        )
    if counts.owed and installation.field_ids is not None:
        yield Finding(name, True, f"{counted(counts.owed, 'score')} wait to be written by the next sync")
    if refusal := app.store.macros_refused(name):
        message = (
            f"replies made of new macros count as written by hand, for they could not be read: {refusal}"
        )
        yield Finding(name, True, message)
    for gap in gaps_of(app.store.told_missing(name)):
        yield Finding(name, True, f"{gap[0].lower()}{gap[1:]}")
    through = as_time(installation.synced_through_at)
    yield Finding(
        name, True, f"{counted(counts.conversations, 'conversation')}, synced through {through or 'never'}"
    )
