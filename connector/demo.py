"""The demo: the sample conversations, connected as a local account, synced, and summed up in plain words."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from .bootstrap import COMMAND_PATIENCE, Connector, connector
from .sync import Options

NAME = "demo"
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
    app.connect(NAME, "local", {"path": str(account.resolve())}, None)
    run = app.sync(NAME, Options(), patience=COMMAND_PATIENCE)
    if run.error is not None:
        raise run.error
    print(summary(app, account))  # noqa: T201 - this is what the demo is for
    return 0


def copy_samples(account: Path, now: datetime) -> None:
    """Copy the samples once, their dates moved so that the newest is from yesterday."""
    for sample in files("connector.providers.local").joinpath("samples").iterdir():
        target = account / sample.name
        if not sample.name.endswith(".jsonl") or target.exists():
            continue
        rows = [json.loads(line) for line in sample.read_text(encoding="utf-8").splitlines() if line.strip()]
        sent = [datetime.fromisoformat(each["sent_at"]) for row in rows for each in row.get("messages", [])]
        moved = timedelta(days=(now - max(sent, default=now)).days - 1)
        for row in rows:
            for each in row.get("messages", []):
                each["sent_at"] = (datetime.fromisoformat(each["sent_at"]) + moved).isoformat()
        target.write_text(
            "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
        )


def summary(app: Connector, account: Path) -> str:
    """How many conversations, the bands, three examples with their reasons, and where to look next."""
    overview = app.store.overview(NAME, since=datetime.min.replace(tzinfo=UTC), now=app.now())
    counts = overview.bands
    total = sum(counts.values())
    widest = max(counts.values(), default=1)
    lines = [
        "",
        f"Empathy Connector read {total} sample conversations and kept none of their text.",
        "",
        "Empathy of the replies",
    ]
    for band, word in BANDS:
        count = counts.get(band, 0)
        bar = "█" * round(28 * count / widest)
        lines.append(f"  {word:<11} {count:>3}  {bar}")
    lines += ["", "Three of them, and why"]
    shown = "sample-1"
    for example in app.store.examples(NAME, EXAMPLES):
        shown = example.id
        lines.append(
            f"  {example.id} · {example.band}{f' · {example.empathy}' if example.empathy is not None else ''}"
        )
        lines.append(f"    {example.reason_text}")
    attention = overview.attention_count
    lines += [
        "",
        f"{attention} of them need attention now: the customer is upset and no reply has answered that yet.",
        "",
        "Where to look next",
        f"  scores written back   {account / 'scores.jsonl'}",
        f"  one conversation      cd {account.parent.resolve()} && empathy-connector show {NAME} {shown}",
        "  the pages             make demo, then http://127.0.0.1:8000/",
        "  your own account      README.md, “Install in Zendesk” and “Install in HubSpot”",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(Path()))
