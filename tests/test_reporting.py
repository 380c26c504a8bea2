"""Imports and reports from the command line, over the local account."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.on_disk import contents

pytest.importorskip("scipy", reason="the extra [insights] is not installed")

from .commands import Run

REVIEWS = "Date,Rating,Review\n" + "".join(
    f'2026-0{month}-1{at},{5 - at % 2},"Wonderful service, I love how the staff listened to me!"\n'
    for month in (1, 2)
    for at in range(6)
)


@pytest.fixture
def account(run: Run, tmp_path: Path) -> Run:
    folder = tmp_path / "account"
    folder.mkdir()
    talk = {
        "id": "t1",
        "contact_id": "c1",
        "channel": "email",
        "messages": [
            {
                "id": "1",
                "role": "customer",
                "text": "I am upset, my order is lost.",
                "sent_at": "2026-01-05T10:00:00Z",
            },
            {"id": "2", "role": "bot", "text": "We got it.", "sent_at": "2026-01-05T10:01:00Z"},
            {
                "id": "3",
                "role": "agent",
                "text": "I am sorry your order is lost.",
                "sent_at": "2026-01-05T11:00:00Z",
            },
        ],
    }
    (folder / "talks.jsonl").write_text(json.dumps(talk) + "\n")
    assert run("connect", "local", "--name", "shop", "--path", str(folder)).code == 0
    assert run("sync", "shop").code == 0
    return run


def test_a_file_is_imported_once_and_reported(account: Run, tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text(REVIEWS)
    tried = account("import", "review", str(file), "--into", "shop", "--dry-run", "--json")
    assert tried.code == 0
    assert (tried.json["rows"], tried.json["added"]) == (12, 0)
    taken = account("import", "review", str(file), "--into", "shop", "--json")
    assert taken.json["added"] == 12
    again = account("import", "review", str(file), "--into", "shop", "--json")
    assert (again.json["added"], again.json["replaced"]) == (0, 12)
    told = account("insights", "brand-and-reviews", "shop", "--from", "2026-01", "--to", "2026-02", "--json")
    assert told.code == 0
    net = told.json["figures"][0]
    assert net["n"] == 12
    assert net["value"] == 100
    text = account("insights", "brand-and-reviews", "shop", "--from", "2026-01", "--to", "2026-02").out
    assert "Of how they were treated, 12 public texts say more good than bad" in text


def test_the_words_of_a_file_are_nowhere_afterwards(account: Run, tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text('Date,Rating,Review\n2026-01-05,5,"Zebrafinch service, very helpful."\n')
    assert account("import", "review", str(file), "--into", "shop").code == 0
    file.unlink()
    for each in tmp_path.rglob("*"):
        assert not each.is_file() or b"ebrafinch" not in contents(each)


def test_a_wrong_file_is_named_line_by_line_and_nothing_is_kept(account: Run, tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text(REVIEWS + "soon,5,fine\n")
    refused = account("import", "review", str(file), "--into", "shop")
    assert refused.code == 2
    assert refused.err.startswith('Line 14, column "Date": is no date; write it like 2026-03-31.')
    told = account("insights", "brand-and-reviews", "shop", "--from", "2026-01", "--to", "2026-02", "--json")
    assert told.json["missing"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("import", "voice", "a.wav", "--into", "shop"), "Recordings of voices are not taken"),
        (("import", "review", "missing.csv", "--into", "shop"), "cannot be read; check its name"),
        (("import", "review"), "import KIND FILE --into NAME"),
        (("insights", "leaderboard", "shop"), 'There is no report "leaderboard"'),
        (("insights", "journey", "nobody"), 'There is no installation named "nobody"'),
        (("insights", "journey", "shop", "--from", "spring"), "is not a month"),
        (("insights", "journey"), "insights REPORT NAME"),
    ],
)
def test_bad_input_gets_one_sentence(account: Run, arguments: tuple[str, ...], sentence: str) -> None:
    ran = account(*arguments)
    assert ran.code == 2
    assert sentence in ran.err
    assert len(ran.err.strip().splitlines()) == 1


def test_reports_and_kinds_are_listed(run: Run) -> None:
    assert len(run("insights", "--list", "--json").json) == 12
    assert "onboarding" in run("insights", "--list").out
    assert {each["kind"] for each in run("import", "--list", "--json").json["kinds"]} >= {"review", "post"}
    assert "Refused" in run("import", "--list").out


def test_who_answered_and_how_often_the_customer_wrote_is_kept(account: Run) -> None:
    told = account("insights", "automation-impact", "shop", "--from", "2026-01", "--to", "2026-01", "--json")
    assert told.code == 0
    assert "when machines began" in " ".join(told.json["missing"])
    noted = account(
        "insights",
        "automation-impact",
        "shop",
        "--automated-from",
        "2026-01-10",
        "--changed",
        "2026-01-02=Prices",
        "--json",
    )
    assert "2026-01-02: Prices" in noted.json["cautions"]
    assert "when machines began" not in " ".join(noted.json["missing"])


def test_erasing_a_contact_erases_what_was_imported_about_them(account: Run, tmp_path: Path) -> None:
    file = tmp_path / "subscriptions.csv"
    file.write_text("Contact,Start\nc1,2025-01-01\nc2,2025-01-01\n")
    assert account("import", "subscription", str(file), "--into", "shop").code == 0
    erased = account("subject", "erase", "shop", "--contact", "c1", "--json")
    assert erased.code == 0
    assert erased.json["contacts"][0]["counts"]["imported rows"] == 1
