"""The demo: the sample conversations, connected as a local account, synced, and summed up in plain words."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from math import ceil
from pathlib import Path
from textwrap import wrap
from typing import Any

from .bootstrap import Connector, connector
from .opening import COMMAND_PATIENCE
from .sample_year import Year, sample_year
from .store.rows import Example
from .sync import Options

NAME = "demo"
CONTACTS = "contacts.jsonl"
YEAR_FILE = "sample-year.jsonl"
BAR_WIDTH = 30
RECENT = timedelta(weeks=4)
EXAMPLES = ("high", "low", "not_applicable")
BANDS = (
    ("high", "high"),
    ("fair", "fair"),
    ("low", "low"),
    ("not_applicable", "not needed"),
    ("not_scored", "not scored"),
)


def main(folder: Path) -> int:
    """Connect a copy of the samples in `folder`, sync, and print the summary; returns the exit code."""
    account = folder / "conversations"
    account.mkdir(parents=True, exist_ok=True)
    app = connector()
    copy_samples(account, app.now())
    year = copy_year(account, app.now())
    app.connect(NAME, "local", {"path": str(account.resolve())}, None)
    keep_year(app, NAME, year)
    run = app.sync(NAME, Options(), patience=COMMAND_PATIENCE)
    if run.error is not None:
        raise run.error
    app.reporting(NAME).settle()
    print(summary(app, account))  # noqa: T201 - this is what the demo is for
    return 0


def copy_samples(account: Path, now: datetime) -> None:
    """Copy the samples once, with dates of the last four weeks."""
    folder = files("connector.providers.local").joinpath("samples")
    samples = {
        each.name: [
            json.loads(line) for line in each.read_text(encoding="utf-8").splitlines() if line.strip()
        ]
        for each in folder.iterdir()
        if each.name.endswith(".jsonl")
    }
    if all((account / name).exists() for name in samples):
        return
    move_dates([row for rows in samples.values() for row in rows if row.get("messages")], now)
    for name, rows in samples.items():
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (account / name).write_text(lines, encoding="utf-8")


def copy_year(account: Path, now: datetime) -> Year:
    """Write the year's conversations and contacts beside the samples, and give all that the year holds."""
    year = sample_year(now)
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in year.conversations)
    (account / YEAR_FILE).write_text(lines, encoding="utf-8")
    contacts = account / CONTACTS
    known = contacts.read_text(encoding="utf-8").splitlines() if contacts.exists() else []
    theirs = {row["id"] for row in year.contacts}
    others = [line for line in known if line.strip() and json.loads(line)["id"] not in theirs]
    added = [json.dumps(row, ensure_ascii=False) for row in year.contacts]
    contacts.write_text("".join(f"{line}\n" for line in (*others, *added)), encoding="utf-8")
    return year


def keep_year(app: Connector, name: str, year: Year) -> None:
    """Keep what reports need beside conversations, as an import does, and say that it is sample data."""
    for kind, facts in year.facts.items():
        app.store.save_facts(name, kind, facts, now=app.now())
    app.reporting(name).choose(automated_from=year.automated_from, is_sample=True)


def move_dates(conversations: Sequence[dict[str, Any]], now: datetime) -> None:
    """Let the conversations begin within the last four weeks, in their own order and at their own pace."""
    begun = [datetime.fromisoformat(each["messages"][0]["sent_at"]) for each in conversations]
    first, last = min(begun), max(begun)
    for each, began in zip(conversations, begun, strict=True):
        begins = now - RECENT + (began - first) * ((RECENT - timedelta(days=2)) / max(last - first, RECENT))
        for said in each["messages"]:
            said["sent_at"] = (begins + (datetime.fromisoformat(said["sent_at"]) - began)).isoformat(
                timespec="seconds"
            )


def summary(app: Connector, account: Path) -> str:
    """How many conversations, the bands, three examples with their reasons, and where to look next."""
    now = app.now()
    overview = app.store.overview(NAME, since=datetime.min.replace(tzinfo=UTC), now=now)
    waiting = app.store.overview(NAME, since=now - RECENT, now=now).attention_count
    examples = app.store.examples(NAME, EXAMPLES)
    here = account.resolve().parent
    command = Path(sys.executable).parent.resolve() / "empathy-connector"
    count = sum(overview.bands.values())
    return "\n".join(
        [
            "",
            f"{count} sample conversations were read and scored; none of their text was kept.",
            "",
            "How much empathy the replies show",
            *bars(overview.bands),
            "",
            attention(waiting),
            "",
            "Three conversations, and why",
            *(line for example in examples for line in in_words(example)),
            "",
            "Where to look next",
            f"  the scores            {here / account.name / 'scores.jsonl'}",
            f"  why, in detail        cd {here} && \\",
            f"                          {command} show {NAME} {examples[0].id if examples else 'ID'}",
            "  the pages             make demo, then http://127.0.0.1:8000/",
            "  your own account      README.md: Install in Zendesk, Install in HubSpot",
        ]
    )


def bars(counts: Mapping[str, int]) -> list[str]:
    """A bar for each band."""
    widest = max(counts.values(), default=0) or 1
    return [
        f"  {word:<11} {counts.get(band, 0):>3}  {'█' * ceil(BAR_WIDTH * counts.get(band, 0) / widest)}"
        for band, word in BANDS
    ]


def attention(count: int) -> str:
    """How many conversations wait for a caring answer."""
    if count == 0:
        return "No conversation has an upset customer without an answer to that."
    subject = "1 conversation needs" if count == 1 else f"{count} conversations need"
    return f"{subject} attention now: the customer is upset, and no reply has answered that yet."


def in_words(example: Example) -> list[str]:
    """One conversation: its id and band, then its reason."""
    score = f", {example.empathy} of 100" if example.empathy is not None else ""
    title = f"  {example.id}: {dict(BANDS)[example.band]}{score}"
    return [title, *wrap(example.reason_text, 96, initial_indent="    ", subsequent_indent="    ")]


if __name__ == "__main__":
    sys.exit(main(Path()))
