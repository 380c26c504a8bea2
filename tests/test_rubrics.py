"""A rubric per account: checked, put in force, named by every score made with it, and never for another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connector.bootstrap import connector
from connector.cli import WRONG
from connector.scoring.rubric import Rubric, default_rubric, rubric_text

from .commands import Run, one_sentence

NAME, OTHER = "shop", "elsewhere"
SAID = [
    {"id": "1", "role": "customer", "text": "My parcel is three weeks late, I am furious!"},
    {"id": "2", "role": "agent", "author_id": "7", "text": "I am so sorry that your parcel is late."},
]


@pytest.fixture
def accounts(run: Run, tmp_path: Path) -> Path:
    for name in (NAME, OTHER):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "c.jsonl").write_text(json.dumps({"id": "1", "contact_id": "sam", "messages": SAID}) + "\n")
        assert run("connect", "local", "--name", name, "--path", str(folder)).code == 0
        assert run("sync", name).code == 0
    return tmp_path


def rubric_file(folder: Path, *changes: tuple[str, str]) -> str:
    text = rubric_text()
    for old, new in (('version = "1"', 'version = "ours"'), *changes):
        assert old in text
        text = text.replace(old, new, 1)
    (folder / "ours.toml").write_text(text)
    return str(folder / "ours.toml")


HARSH = (("fair = 40", "fair = 90"), ("high = 70", "high = 95"))


def ruleset_of(run: Run, name: str) -> str:
    return str(run("show", name, "1", "--json").json["ruleset"])


def test_a_rubric_is_in_force_for_its_account_alone_and_named_by_what_it_scores(
    run: Run, accounts: Path
) -> None:
    before = ruleset_of(run, NAME)
    done = run("rubric", "set", rubric_file(accounts, *HARSH), "--into", NAME, "--json")
    assert done.code == 0
    assert done.json["changed"]
    assert ruleset_of(run, NAME) == before, "what is scored stays as it was made"
    for name in (NAME, OTHER):
        assert run("sync", name, "--full").code == 0
    assert ruleset_of(run, NAME) == done.json["ruleset"]
    assert "defaultours" in done.json["ruleset"]
    assert run("show", NAME, "1", "--json").json["band"] == "low"
    assert ruleset_of(run, OTHER) == before
    assert "below 90" in run("notice", NAME).out


def test_a_changed_conversation_is_scored_by_the_new_rubric_without_being_asked_for(
    run: Run, accounts: Path
) -> None:
    ruleset = run("rubric", "set", rubric_file(accounts, *HARSH), "--into", NAME, "--json").json["ruleset"]
    more = [*SAID, {"id": "3", "role": "customer", "text": "Still nothing. I am so angry."}]
    (accounts / NAME / "c.jsonl").write_text(
        json.dumps({"id": "1", "contact_id": "sam", "messages": more}) + "\n"
    )
    assert run("sync", NAME).code == 0
    assert ruleset_of(run, NAME) == ruleset


def test_a_change_is_noted_with_its_actor_and_what_changes_nothing_is_not(run: Run, accounts: Path) -> None:
    file = rubric_file(accounts, *HARSH)
    for _ in range(2):
        assert run("rubric", "set", file, "--into", NAME).code == 0
    assert run("rubric", "set", file, "--into", NAME, "--dry-run").code == 0
    assert run("rubric", "set", "--usual", "--into", OTHER).code == 0
    entries = [each["entry"] for each in run("proof", "verify", NAME, "--json").json["entries"]]
    assert entries == [
        {
            "what": "rubric change",
            "actor": "command line",
            "version": "ours",
            "digest": Rubric.load(Path(file).read_text()).digest(),
        }
    ]
    assert run("proof", "verify", OTHER, "--json").json["entries"] == []
    shown = run("rubric", "show", NAME)
    assert "Put in force by" in shown.err
    assert Rubric.load(shown.out).digest() == Rubric.load(Path(file).read_text()).digest()


def test_the_products_own_rubric_comes_back(run: Run, accounts: Path) -> None:
    assert run("rubric", "set", rubric_file(accounts, *HARSH), "--into", NAME).code == 0
    assert run("rubric", "set", "--usual", "--into", NAME).code == 0
    assert run("rubric", "show", NAME).out == rubric_text()
    assert connector().rubrics(NAME).engine().ruleset == ruleset_of(run, NAME)


def test_a_version_stands_for_one_set_of_numbers(run: Run, accounts: Path) -> None:
    assert run("rubric", "set", rubric_file(accounts, *HARSH), "--into", NAME).code == 0
    again = run("rubric", "set", rubric_file(accounts, ("fair = 40", "fair = 41")), "--into", NAME)
    assert again.code == WRONG
    assert 'already stands for other numbers here; give the rubric another one, such as version = "2"' in (
        again.err
    )
    assert run("rubric", "set", rubric_file(accounts, ("fair = 40", "fair = 41")), "--into", OTHER).code == 0


def test_a_dry_run_says_how_the_bands_would_move(run: Run, accounts: Path) -> None:
    tried = run("rubric", "set", rubric_file(accounts, *HARSH), "--into", NAME, "--dry-run", "--json").json
    assert sum(tried["bands_now"].values()) == 1
    assert tried["bands_then"] == {"high": 0, "fair": 0, "low": 1}
    assert not tried["changed"]
    assert run("rubric", "show", NAME).out == rubric_text()


def test_a_preset_of_the_file_gives_the_weights(run: Run, accounts: Path) -> None:
    file = rubric_file(accounts)
    done = run("rubric", "set", file, "--preset", "retail", "--into", NAME, "--json").json
    assert done["weights"]["help"] == 25
    assert "retailours" in done["ruleset"]
    assert Rubric.load(run("rubric", "show", NAME).out).preset == "retail"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("help = 20", "help = 120", "weights.help must be a number from 0 to 100"),
        ("help = 20", "help = nan", "weights.help must be a number from 0 to 100"),
        ("help = 20", "kindness = 20", "unknown key 'weights.kindness'"),
        ("dismissive = 30", "rude = 30", "unknown key 'penalties.rude'; known there: dismissive"),
        ("[scale]", "[scales]", "unknown key 'scales'"),
        ("fair = 40", "fair = 40.5", "bands.fair must be a whole number"),
        ("personalisation = 15\nexploration", "personalisation = 16\nexploration", "presets.retail must sum"),
        ('version = "1"', 'version = "a-b"', "version must be a short name"),
        ("[weights]", "[weights", "at line"),
    ],
)
@pytest.mark.parametrize("command", ["check", "set"])
def test_a_wrong_file_is_refused_in_a_sentence_that_says_where(
    run: Run, tmp_path: Path, command: str, old: str, new: str, told: str
) -> None:
    file = tmp_path / "wrong.toml"
    assert old in rubric_text()
    file.write_text(rubric_text().replace(old, new, 1))
    (tmp_path / "empty").mkdir()
    assert run("connect", "local", "--name", NAME, "--path", str(tmp_path / "empty")).code == 0
    into = ["--into", NAME] if command == "set" else []
    ran = run("rubric", command, str(file), *into)
    assert (ran.code, ran.out) == (WRONG, "")
    assert told in ran.err
    assert one_sentence(ran.err)


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "no-such.toml"),
        ("check", "binary.toml"),
        ("check", "deep.toml"),
        ("check", "long.toml"),
        ("show", "nobody"),
        ("set", "good.toml"),
        ("set", "--into", "nobody"),
        ("set", "good.toml", "--usual", "--into", "nobody"),
        ("set", "good.toml", "--into", "nobody"),
        ("set", "--usual", "--preset", "retail", "--into", "nobody"),
        ("set", "good.toml", "--preset", "hotel", "--into", "nobody"),
    ],
)
def test_what_cannot_be_is_told_in_one_sentence(run: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "deep.toml").write_text("version = " + "[" * 5_000)
    (tmp_path / "long.toml").write_text("# " + "x" * 100_000)
    (tmp_path / "good.toml").write_text(rubric_text())
    ran = run("rubric", *arguments)
    assert (ran.code, ran.out) == (WRONG, "")
    assert one_sentence(ran.err), ran.err


def test_check_says_what_a_file_means_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(rubric_text())
    ran = run("rubric", "check", "good.toml")
    assert ran.code == 0
    assert "interpretation 25" in ran.out
    assert "fair from 40, high from 70" in ran.out
    assert not (tmp_path / "var").exists()


def test_a_rubric_written_as_a_file_reads_as_the_same() -> None:
    for preset in (None, "retail"):
        rubric = Rubric.load(rubric_text(), preset=preset)
        assert Rubric.load(rubric.as_toml()) == rubric
    odd = Rubric.load(rubric_text().replace("canned = 0.5", "canned = 0.123456789"))
    assert Rubric.load(odd.as_toml()) == odd
    assert odd != default_rubric()
