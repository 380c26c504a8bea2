"""`policy`, `purge`: how long message text is kept, and its deletion."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..bootstrap import Connector, connector
from ..errors import Misconfigured
from . import DONE, PARTLY, complain
from .words import COMMAND_LINE, as_time, counted, whoever

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..model import LegalHold
    from ..privacy.policy import Policy
    from ..retention import Preview, PurgeRun

LARGEST_FILE = 1_000_000


@click.command("policy")
@click.argument("name")
@click.option(
    "--mode", type=click.Choice(["drop", "redact", "encrypt"]), help="What is kept of message text."
)
@click.option("--keep", help="How long, such as 30d, 12h or 2w.")
@click.option("--file", "file", help="Read the policy from this JSON file: mode, keep, overrides, holds.")
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def policy_command(
    name: str, mode: str | None, keep: str | None, file: str | None, dry_run: bool, as_json: bool
) -> int:
    """Show or change how long message text is kept."""
    from ..keeping import policy_in_force

    app = connector()
    app.installation(name)
    app.keys(name)  # without the master key no text could be kept, nor read again
    before, holds_before = policy_in_force(app.store, name), app.store.legal_holds(name)
    policy, holds = wanted(before, mode, keep, file, app.now())
    is_change = policy.as_json() != before.as_json() or (holds is not None and list(holds) != holds_before)
    preview = app.retention.preview(name, policy, holds_before if holds is None else holds)
    run: PurgeRun | None = None
    if is_change and not dry_run:
        if not as_json:
            click.echo(_in_words_before(name, preview))
        run = app.retention.change(name, policy, holds, changed_by=whoever())
        policy = replace(policy, version=before.version + 1)
        app.erasing.proving.note(name, "policy change", actor=COMMAND_LINE, version=policy.version)
    shown = as_object(app, name, policy, holds_before if holds is None or dry_run else holds, preview)
    shown |= {"dry_run": dry_run, "changed": run is not None, "would_change": is_change and dry_run}
    if run is not None:
        shown["deleted"] = run.texts
    click.echo(json.dumps(shown) if as_json else in_words(shown, run=run))
    return _code(run)


@click.command("purge")
@click.option("--confirm", is_flag=True, help="Go on although the clock was moved, or much is due at once.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def purge_command(confirm: bool, as_json: bool) -> int:
    """Delete the kept text that is due now."""
    app = connector()
    run = app.retention.purge(confirmed=confirm)
    if as_json:
        shown = {
            "deleted": run.texts,
            "keys_destroyed": sum(len(each.keys) for each in run.installations),
            "installations": [
                {"installation": each.installation, "deleted": each.texts, "keys_destroyed": len(each.keys)}
                for each in run.installations
            ],
            "log_truncated": run.is_log_truncated,
            "halted_because": run.halted_because,
            "seconds": round(run.seconds, 3),
        }
        click.echo(json.dumps(shown))
    elif run.halted_because is None:
        click.echo(f"Deleted {counted(run.texts, 'text')} in {run.seconds:.1f} s.")
    if run.halted_because is not None:
        complain(f"Nothing was deleted. {run.halted_because}")
    return _code(run)


def wanted(
    before: Policy, mode: str | None, keep: str | None, file: str | None, now: datetime
) -> tuple[Policy, Sequence[LegalHold] | None]:
    """The policy that the options ask for, and its holds where they say something about them."""
    from ..privacy.policy import USUAL_KEEP, Mode, Retention
    from ..privacy.policy_file import parse_holds, parse_keep, parse_policy, require_effective

    if file is not None:
        if mode is not None or keep is not None:
            raise Misconfigured("The file says it all; leave out --mode and --keep, or --file.")
        content = _read(file)
        policy = parse_policy(content)
        require_effective(policy)
        return replace(policy, version=before.version), parse_holds(content, now)
    if mode is None and keep is None:
        return before, None
    chosen = Mode(mode) if mode is not None else before.retention.mode
    if chosen is Mode.DROP:
        if keep is not None:
            raise Misconfigured(
                "The mode drop keeps nothing, so --keep has no meaning; choose another --mode."
            )
        return replace(before, retention=Retention()), None
    length = parse_keep(keep) if keep is not None else before.retention.keep or USUAL_KEEP
    return replace(before, retention=Retention(chosen, length)), None


def as_object(
    app: Connector, name: str, policy: Policy, holds: Sequence[LegalHold], preview: Preview
) -> dict[str, Any]:
    """What `policy --json` prints."""
    stored = app.store.policy(name)
    content = policy.as_json()
    return {
        "installation": name,
        "version": policy.version,
        "mode": content["mode"],
        "keep": content.get("keep"),
        "overrides": content["overrides"],
        "holds": [
            {
                "id": hold.id,
                "on": hold.on,
                "owner": hold.owner,
                "reason": hold.reason,
                "begins_at": as_time(hold.begins_at),
                "ends_at": as_time(hold.ends_at),
            }
            for hold in holds
        ],
        "changed_at": as_time(stored.changed_at) if stored else None,
        "changed_by": stored.changed_by if stored else None,
        "kept": preview.kept,
        "would_delete": preview.deleted,
        "would_shorten": preview.sooner,
    }


def in_words(shown: dict[str, Any], *, run: PurgeRun | None) -> str:
    """What `policy` prints for people."""
    modes = {
        "drop": "text is dropped as soon as it is scored; nothing is kept",
        "redact": f"text is kept for {shown['keep']}, sealed, without what identifies people",
        "encrypt": f"text is kept for {shown['keep']}, sealed",
    }
    lines = [f"{shown['installation']}: {modes[shown['mode']]}."]
    lines += [f"  {row['on']}: {row['mode']} {row.get('keep', '')}".rstrip() for row in shown["overrides"]]
    lines += [
        f"  held until {hold['ends_at']}: {hold['on']} ({hold['owner']}: {hold['reason']})"
        for hold in shown["holds"]
    ]
    if shown["would_change"]:
        lines.append(
            f"This would delete {shown['would_delete']:,} of {counted(shown['kept'], 'text')} and shorten "
            f"the time of {shown['would_shorten']:,}. Nothing was changed (dry run)."
        )
    elif run is not None:
        lines.append(f"This is version {shown['version']}; {counted(run.texts, 'text')} deleted.")
    else:
        lines.append(f"{counted(shown['kept'], 'text')} kept now.")
    return "\n".join(lines)


def _in_words_before(name: str, preview: Preview) -> str:
    return f"{name}: deletes {preview.deleted:,} of {counted(preview.kept, 'text')} now."


def _code(run: PurgeRun | None) -> int:
    if run is None:
        return DONE
    if not run.is_log_truncated:
        complain(
            "What was deleted may still stand in the database's log, because another program reads the "
            "database; run `empathy-connector purge` again in a while."
        )
    return DONE if run.is_log_truncated and run.halted_because is None else PARTLY


def _read(file: str) -> object:
    try:
        raw = Path(file).read_bytes()
        if len(raw) > LARGEST_FILE:
            raise Misconfigured(f"The file {file} is too long to be a policy.")
        content: object = json.loads(raw)
    except OSError as error:
        raise Misconfigured(
            f"The file {file} cannot be read: {error.strerror or 'unknown reason'}."
        ) from None
    except (ValueError, RecursionError):
        raise Misconfigured(f"The file {file} is not JSON; a policy looks like {EXAMPLE}.") from None
    return content


EXAMPLE = '{"mode": "encrypt", "keep": "30d"}'
