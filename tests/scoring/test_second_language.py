"""Another language is added by a folder of lexicons and two models; no line of code changes."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

import connector
from connector.scoring import customer_model, empathy_model
from connector.scoring.customer_model import CustomerModel, Linear
from connector.scoring.empathy_model import EmpathyModel
from connector.scoring.seen import EXTRAS as CUSTOMER_EXTRAS
from connector.scoring.sentences import EXTRAS as REPLY_EXTRAS

SAMPLE = Path(__file__).parent / "second_language"
COMPLAINT = "Ich warte seit drei Wochen auf meine Lieferung und bin sehr enttäuscht."
GERMAN = [
    {"id": "1", "role": "customer", "text": COMPLAINT},
    {"id": "2", "role": "customer", "text": "Danke, das war wirklich super und die Lieferung ist sehr gut."},
    {"id": "3", "role": "customer", "text": "Die Lieferung ist nicht gut und überfällig ist sie auch."},
    {
        "id": "4",
        "role": "agent",
        "text": "Es tut mir sehr leid, dass Ihre Lieferung noch nicht da ist.",
        "replying_to": COMPLAINT,
    },
]  # fmt: skip
OTHERS = [
    {"id": "5", "role": "customer", "text": "My order is late and I am really disappointed."},
    {"id": "6", "role": "customer", "text": "Estoy muy decepcionado porque mi pedido no ha llegado todavía."},
    {
        "id": "7",
        "role": "agent",
        "text": "I am so sorry that your order is late, I will ring you at nine.",
        "replying_to": "My order is late and I am really disappointed.",
    },
]


def _models(folder: Path) -> None:
    """Two models by hand: what is felt is what the words of feeling say."""
    cues = ("waiting_long", "overdue")
    names = (*cues, *CUSTOMER_EXTRAS)
    feeling = Linear(0.0, tuple(1.0 if name == "support" else 0.0 for name in names))
    trouble = Linear(0.1, tuple(0.5 if name in cues else 0.0 for name in names))
    none = Linear(0.0, (0.0,) * len(names))
    outputs = dict(zip(customer_model.OUTPUTS, (none, none, feeling, trouble, trouble), strict=True))
    (folder / "customer.json").write_text(json.dumps(CustomerModel.of({}, outputs, names).to_json()))
    names = ("apology", *REPLY_EXTRAS)
    replies = {name: Linear(0.0, (0.0,) * len(names)) for name in empathy_model.OUTPUTS}
    thresholds: dict[str, Sequence[float]] = dict.fromkeys(empathy_model.OUTPUTS, (1.0, 2.0))
    thresholds["fit"] = (0.0, 1.0)
    (folder / "empathy.json").write_text(
        json.dumps(EmpathyModel.of({}, replies, names, thresholds).to_json())
    )


Score = Callable[[Sequence[dict[str, Any]]], dict[str, Any]]


@pytest.fixture(scope="module")
def score(tmp_path_factory: pytest.TempPathFactory) -> Score:
    """Scores by a copy of the product that has the sample of German beside English."""
    root = tmp_path_factory.mktemp("copy")
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(connector.__file__).parent, root / "connector", ignore=skipped)
    scoring = root / "connector" / "scoring"
    shutil.copytree(SAMPLE, scoring / "lexicons" / "de")
    (scoring / "models" / "de").mkdir()
    _models(scoring / "models" / "de")
    return lambda items: _scored(root, items)


def _scored(folder: Path, items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, "-m", "connector", "score", "-"],
        cwd=folder,
        input="\n".join(map(json.dumps, items)),
        capture_output=True,
        text=True,
        check=True,
    )
    return {row["id"]: row for row in map(json.loads, run.stdout.splitlines())}


def test_german_is_scored_once_it_has_a_folder_and_models(score: Score) -> None:
    found = score(GERMAN)
    assert [found[key]["language"] for key in "1234"] == ["de"] * 4
    assert found["1"]["sentiment"] < -0.3
    assert found["1"]["frustration"] > found["2"]["frustration"]
    assert found["2"]["sentiment"] > 0.3
    assert found["3"]["sentiment"] < 0
    assert found["4"]["status"] == "scored"
    assert found["4"]["dimensions"]["emotional_reaction"] == 1


def test_its_evidence_stands_on_its_own_words(score: Score) -> None:
    found = score(GERMAN)
    spans = [(each["rule"], each["start"], each["end"]) for each in found["3"]["evidence"]]
    at = GERMAN[2]["text"].index("überfällig")
    assert spans == [("waiting:overdue", at, at + len("überfällig"))]


def test_a_reply_is_read_in_the_light_of_all_that_was_written_in_german(score: Score) -> None:
    messages = [*GERMAN[:1], {**GERMAN[2], "text": "Sie ist überfällig und niemand schreibt mir."}, GERMAN[3]]
    card = score([{"id": "talk", "messages": messages}])["talk"]
    assert (card["status"], card["language"]) == ("scored", "de")
    assert card["sentiment"] < 0


def test_the_other_languages_are_as_they_were(score: Score) -> None:
    with_german, without = score(OTHERS), _scored(Path(connector.__file__).parents[1], OTHERS)
    for key, row in without.items():
        assert {**with_german[key], "ruleset": ""} == {**row, "ruleset": ""}
    assert without["6"]["reason"] == "language"


def test_without_its_folder_german_is_not_scored() -> None:
    found = _scored(Path(connector.__file__).parents[1], GERMAN)
    assert {row["reason"] for row in found.values()} == {"language"}
