"""The public notice: from the live settings, in two languages, exact, and about nobody (L-07, L-17)."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import connector
from connector.bootstrap import Connector
from connector.model import LegalHold
from connector.privacy.notice import Facts, notice
from connector.privacy.policy import Mode, Override, Policy, Retention
from connector.privacy.purpose import LANGUAGES, intended_purpose
from connector.settings import Settings
from connector.web import create_app
from tests.commands import Run

ROOT = Path(__file__).parent.parent
NOTICES = Path(connector.__file__).parent / "privacy/notices"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PLAIN = Facts(
    installation="shop",
    provider="zendesk",
    policy=Policy(),
    has_holds=False,
    languages=("en",),
    fields=("Empathy score", "Empathy band"),
    has_contact_fields=False,
    ruleset="rules-7",
    fair=40,
    high=70,
)


def text(language: str = "en", **changes: Any) -> str:
    return notice(replace(PLAIN, **changes), language).as_text()


@pytest.fixture
def app(run: Run, tmp_path: Path) -> Iterator[Connector]:
    folder = tmp_path / "account"
    folder.mkdir()
    said = [{"id": "m-kestrel", "role": "customer", "text": "Kestrel!", "author_id": "heron"}]
    (folder / "c.jsonl").write_text(json.dumps({"id": "c-kestrel", "messages": said}) + "\n")
    run("connect", "local", "--name", "shop", "--path", str(folder))
    run("sync", "shop")
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{tmp_path}/var/connector.db",
        master_key_file=tmp_path / "var/keys/master.key",
        base_url="https://scores.example",
        notice_contact="privacy@shop.example",
        notice_legal_basis="our legitimate interest in careful answers",
    )
    app = Connector(settings)
    yield app
    app.store.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_names_every_thing_that_people_have_to_be_told(language: str) -> None:
    """L-07: what, how, what for, how long, who, rights, contact, and that nothing is decided by itself."""
    ids = [section.id for section in notice(PLAIN, language).sections]
    assert ids == [
        "about",
        "logic",
        "purpose",
        "retention",
        "recipients",
        "decisions",
        "rights",
        "contact",
        "auto_reply",
        "staff",
    ]
    for section in notice(PLAIN, language).sections:
        assert section.heading
        assert section.paragraphs or section.points
        assert not any("{" in said for said in (*section.paragraphs, *section.points))


CHANGES: dict[str, dict[str, Any]] = {
    "redact": {"policy": Policy(Retention(Mode.REDACT, timedelta(days=30)))},
    "encrypt": {"policy": Policy(Retention(Mode.ENCRYPT, timedelta(days=90)))},
    "another time": {"policy": Policy(Retention(Mode.ENCRYPT, timedelta(hours=36)))},
    "an override": {"policy": Policy(overrides=(Override("tag:legal", Retention()),))},
    "a legal hold": {"has_holds": True},
    "a language more": {"languages": ("de", "en")},
    "more fields": {"fields": ("Empathy score", "Empathy band", "Empathy canned")},
    "contact fields": {"has_contact_fields": True},
    "other rules": {"ruleset": "rules-8"},
    "another band": {"high": 80},
    "people": {"people_purpose": "coaching", "people_until": NOW},
    "a contact point": {"contact": "privacy@shop.example"},
    "a legal basis": {"legal_basis": "consent"},
    "an address": {"url": "https://scores.example/notice/shop"},
    "another platform": {"provider": "hubspot"},
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_setting_that_matters_changes_the_notice(language: str) -> None:
    """L-07: it is made from the settings in force, each of which shows."""
    seen = {text(language)} | {text(language, **change) for change in CHANGES.values()}
    assert len(seen) == 1 + len(CHANGES)


@pytest.mark.parametrize(
    ("language", "keep", "said"),
    [
        ("en", timedelta(days=30), "for 30 days"),
        ("en", timedelta(days=1), "for 1 day,"),
        ("en", timedelta(hours=36), "for 36 hours"),
        ("en", timedelta(minutes=10), "for 1 hour,"),
        ("de", timedelta(days=30), "30 Tage lang"),
        ("de", timedelta(hours=1), "1 Stunde lang"),
    ],
)
def test_the_time_in_force_is_said_in_whole_units(language: str, keep: timedelta, said: str) -> None:
    assert said in text(language, policy=Policy(Retention(Mode.ENCRYPT, keep)))


def test_no_label_of_a_rule_is_told(app: Connector) -> None:
    """A rule may name a customer by a property; that there is one is all that the public learns."""
    policy = Policy(overrides=(Override("contact.email:sam@sample.example", Retention()),))
    assert "sam@" not in text(policy=policy)
    assert "stricter rule" in text(policy=policy)


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_languages_say_the_same_things(language: str) -> None:
    """L-07: no sentence, and no blank to fill, is in one language only."""

    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: shape(each) for key, each in value.items()}
        if isinstance(value, list):
            return [shape(each) for each in value]
        return sorted(re.findall(r"\{(\w+)\}", value))

    def read(code: str) -> Any:
        return shape(tomllib.loads((NOTICES / f"{code}.toml").read_text(encoding="utf-8")))

    assert read(language) == read("en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_makes_no_claim_about_what_anybody_on_the_team_is_like(language: str) -> None:
    """L-02: it speaks of wording; the feelings and the person appear where it says they are not judged."""
    claims = (
        "the agent is",
        "the agent feels",
        "lacks empathy",
        "empathetic people",
        "guarantee",
        "anonymous",
    )
    for said in text(language).split(". "):
        assert not any(claim in said.lower() for claim in claims), said
    assert "!" not in text(language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_intended_purpose_is_in_the_notice_word_for_word(language: str) -> None:
    """L-17."""
    purpose = intended_purpose(language)
    for said in (purpose.statement, purpose.not_for, *purpose.prohibited):
        assert said in text(language)


def test_the_intended_purpose_is_in_the_readme_word_for_word() -> None:
    """L-17: and nowhere else is another one stated."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert intended_purpose().as_markdown() in readme
    assert readme.count("## Intended purpose") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_and_the_command_say_the_same(run: Run, app: Connector, language: str) -> None:
    """L-07."""
    page = create_app(app).test_client().get(f"/notice/shop?language={language}")
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    found = app.notice("shop", language)
    for section in found.sections:
        for said in (section.heading, *section.paragraphs, *section.points):
            assert said.replace("'", "&#39;") in page.text
    ran = run("notice", "shop", "--language", language)
    assert ran.code == 0
    assert found.sections[0].paragraphs[0] in ran.out
    shown = run("notice", "shop", "--language", language, "--json").json
    assert [each["id"] for each in shown["sections"]] == [each.id for each in found.sections]


def test_the_page_follows_the_settings_as_they_change(app: Connector) -> None:
    """L-07: generated when it is asked for."""
    client = create_app(app).test_client()
    assert "are not kept" in client.get("/notice/shop").text
    app.store.add_policy(
        "shop",
        Policy(Retention(Mode.ENCRYPT, timedelta(days=14))).as_json(),
        changed_by="Kim",
        now=NOW,
        holds=[LegalHold("h", "everything", "Kim", "a claim", NOW, NOW + timedelta(days=36500))],
    )
    page = client.get("/notice/shop").text
    assert "encrypted for 14 days" in page
    assert "legal hold" in page
    assert "Kim" not in page
    assert "a claim" not in page
    assert "privacy@shop.example" in page
    assert "https://scores.example/notice/shop" in page


def test_the_browsers_language_is_followed_until_one_is_chosen(app: Connector) -> None:
    client = create_app(app).test_client()
    german = client.get("/notice/shop", headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}).text
    assert '<html lang="de">' in german
    assert '<html lang="en">' in client.get("/notice/shop", headers={"Accept-Language": "fr"}).text
    chosen = client.get("/notice/shop?language=en", headers={"Accept-Language": "de"})
    assert '<html lang="en">' in chosen.text
    assert '<html lang="en">' in client.get("/notice/shop?language=<script>").text


def test_an_unknown_account_has_no_notice(app: Connector) -> None:
    """And says nothing of which there are."""
    answer = create_app(app).test_client().get("/notice/nope")
    assert answer.status_code == 404
    assert "shop" not in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_holds_no_secret_no_person_and_no_text(
    app: Connector, tmp_path: Path, language: str
) -> None:
    """L-07: the page is public."""
    app.people.records("shop")
    page = create_app(app).test_client().get(f"/notice/shop?language={language}").text
    shown = page + json.dumps(asdict(app.notice("shop", language)))
    for hidden in ("Kestrel", "kestrel", "heron", str(tmp_path), "sqlite", "master.key"):
        assert hidden not in shown


def test_hostile_names_are_only_text_on_the_notice(app: Connector, tmp_path: Path) -> None:
    """S-22."""
    hostile = '<script>alert("x")</script>'
    other = tmp_path / "other"
    other.mkdir()
    app.connect(hostile, "local", {"path": str(other)}, None)
    page = create_app(app).test_client().get("/notice/%3Cscript%3Ealert(%22x%22)%3C%2Fscript%3E")
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text
