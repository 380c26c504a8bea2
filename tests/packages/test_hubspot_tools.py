"""HubSpot's own tools read the project and render the cards. They need Node and its package registry."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

NODE = Path(__file__).parent / "node"

pytestmark = pytest.mark.slow


def installed(name: str, folder: Path) -> Path:
    """A copy of the tools of that name with their libraries, or the test is skipped with the reason."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("node and npm are not installed")
    shutil.copytree(NODE / name, folder / name)
    # the bundler's optional libraries are a development server, and native twins of what runs as WebAssembly
    how = ["install", "--omit=optional"] if name == "bundling" else ["ci"]
    done = subprocess.run(
        ["npm", *how, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=folder / name,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"npm cannot install the libraries of {name}: {done.stderr.strip()[:300]}")
    return folder / name


def node(folder: Path, *arguments: str, package: Path) -> str:
    done = subprocess.run(
        ["node", *arguments],
        cwd=folder,
        env={**os.environ, "PACKAGE": str(package)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def passed(folder: Path, name: str, package: Path) -> int:
    """How many tests of that file passed; all of them did."""
    said = node(folder, "--test", "--test-reporter=tap", name, package=package)
    counts = dict(re.findall(r"^# (pass|fail|skipped) (\d+)$", said, re.M))
    assert counts["fail"] == counts["skipped"] == "0", said
    return int(counts["pass"])


@pytest.fixture(scope="module")
def parsing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed("parsing", tmp_path_factory.mktemp("node"))


@pytest.fixture(scope="module")
def cards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Apart from the parsing library, which brings another version of React."""
    return installed("cards", tmp_path_factory.mktemp("node"))


@pytest.fixture(scope="module")
def bundling(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed("bundling", tmp_path_factory.mktemp("node"))


def test_the_parsing_library_reads_every_component_and_skips_none(
    parsing: Path, hubspot_folder: Path
) -> None:
    found = json.loads(node(parsing, "parse.mjs", str(hubspot_folder), package=hubspot_folder))
    assert found["knownVersion"] is True
    assert found["skipped"] == []
    assert found["uidErrors"] == []
    assert sorted(found["types"].values()) == [
        "APPLICATION", "CARD", "CARD", "CARD", "SETTINGS", "WEBHOOKS", "WORKFLOW_ACTION",
    ]  # fmt: skip
    for path in hubspot_folder.rglob("*-hsmeta.json"):
        assert json.loads(path.read_text()).keys() <= set(found["allowedKeys"]), path


def test_the_parsing_library_notices_a_component_in_the_wrong_folder(
    parsing: Path, hubspot_folder: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "app"
    shutil.copytree(hubspot_folder, wrong)
    (wrong / "src/app/cards/deep").mkdir()
    (wrong / "src/app/cards/contact-hsmeta.json").rename(wrong / "src/app/cards/deep/contact-hsmeta.json")
    assert json.loads(node(parsing, "parse.mjs", str(wrong), package=wrong))["skipped"]


def test_the_cards_render_in_every_state(cards: Path, hubspot_folder: Path) -> None:
    assert passed(cards, "cards.test.mjs", hubspot_folder) >= 32


def test_the_cards_run_as_hubspots_bundler_builds_them(bundling: Path, hubspot_folder: Path) -> None:
    assert passed(bundling, "bundle.test.mjs", hubspot_folder) == 3


def test_the_cards_use_components_and_properties_that_hubspot_knows(
    cards: Path, hubspot_folder: Path
) -> None:
    shutil.copytree(hubspot_folder / "src/app", cards / "app", dirs_exist_ok=True)
    node(cards, "node_modules/typescript/bin/tsc", "-p", ".", package=hubspot_folder)
