"""What became of conversations: asked once a day on all three platforms, and merged."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.cli.doctor import examine
from connector.errors import RetryLater
from connector.following_up import outcome_values
from connector.insights.months import Months
from connector.insights.rows import Handler
from connector.insights.stored import StoredMaterial
from connector.jobs.work import due_for_following_up, follow_up_one
from connector.macros import learn_macros_when_due
from connector.model import ConversationScore, Macro, Role
from connector.outcomes import ConversationFacts, Told, handler_of
from connector.privacy.erasure import Because
from connector.scoring.canned import word_groups
from connector.store.facts import OUTCOME, StoredFact
from connector.store.told import LeftOut, ToldPage
from connector.sync import Options
from tests.on_disk import contents

from .live_rows import LiveRows
from .places import NAME, WORLDS, Place, place_on
from .providers.world import Said

SECRET_WORDS = "thunderous marmalade, I am so unhappy and angry"


@pytest.fixture(params=WORLDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return place_on(request.param, tmp_path)


@pytest.fixture
def local(tmp_path: Path) -> Place:
    return place_on("local", tmp_path)


def ask(place: Place) -> int:
    place.world.tick(600)
    following_up = place.app.following_up(NAME)
    return following_up.ask(place.installation, patience=timedelta(0)).changed


def told(place: Place, conversation_id: str) -> dict[str, Any]:
    facts = {each.id: each for each in place.app.store.facts(NAME, OUTCOME)}
    return dict(facts[conversation_id].values) if conversation_id in facts else {}


def has_stages(place: Place) -> bool:
    return Told.STAGES in place.world.provider().capabilities.outcomes


def test_what_became_of_a_conversation_is_in_the_reports_material(place: Place) -> None:
    one = place.talk(place.world.add_contact())
    place.world.tell_outcome(one, rating=4, first_reply_minutes=12, resolution_minutes=90)
    place.sync()
    ask(place)
    month = f"{place.world.now():%Y-%m}"
    [talk] = StoredMaterial(place.app.store, NAME, LiveRows(place.app.store, NAME)).interactions(
        Months(month, month)
    )
    assert (talk.satisfaction, talk.is_two_point) == (0.75, False)
    assert talk.first_reply_minutes == pytest.approx(12)
    assert talk.resolution_minutes == pytest.approx(90)


def test_asking_again_changes_nothing_and_keeps_the_reports_that_were_made(place: Place) -> None:
    one = place.talk(place.world.add_contact())
    place.world.tell_outcome(one, first_reply_minutes=12)
    place.sync()
    ask(place)
    store = place.app.store
    store.keep_report(NAME, "journey", "2026-01", "2026-02", {"a": 1}, now=place.world.now())
    assert ask(place) == 0
    assert store.made_report(NAME, "journey", "2026-01", "2026-02") is not None
    place.world.tell_outcome(one, first_reply_minutes=14)
    place.sync()
    ask(place)
    assert told(place, one)["first_reply_minutes"] == pytest.approx(14)
    assert store.made_report(NAME, "journey", "2026-01", "2026-02") is None


def test_no_word_of_a_comment_is_on_the_disk_and_its_feeling_is_kept(place: Place) -> None:
    one = place.talk(place.world.add_contact())
    place.world.tell_outcome(one, rating=2, comment=SECRET_WORDS)
    place.sync()
    ask(place)
    month = f"{place.world.now():%Y-%m}"
    [answer] = StoredMaterial(place.app.store, NAME, LiveRows(place.app.store, NAME)).customer_answers(
        Months(month, month)
    )
    assert answer.conversation_id == one
    assert answer.comment_sentiment is not None
    assert answer.comment_sentiment < 0
    for file in (place.folder / "var").rglob("*"):
        assert not file.is_file() or b"marmalade" not in contents(file)


def test_an_erased_contacts_facts_go_with_them_and_are_not_taken_in_again(place: Place) -> None:
    sam, pat = place.world.add_contact(), place.world.add_contact()
    ours, other = place.talk(sam), place.talk(pat)
    for each in (ours, other):
        place.world.tell_outcome(each, rating=5, first_reply_minutes=3)
    if has_stages(place):
        for contact in (sam, pat):
            place.world.reach_stage(contact, "customer", place.world.now())
            place.world.close_deal(contact, is_won=True, amount=5, at=place.world.now())
            place.world.answer_survey(contact, recommend=9)
    place.sync()
    ask(place)
    assert told(place, ours)
    place.app.erasing.erase(place.installation, sam, because=Because.REQUEST, actor="test")
    place.app.store.tell_again(NAME)
    ask(place)
    left = [
        each
        for kind in ("outcome", "deal", "stage", "feedback")
        for each in place.app.store.facts(NAME, kind)
    ]
    assert left
    assert {each.contact_id for each in left} == {pat}
    assert told(place, ours) == {}


def test_nothing_is_kept_of_those_who_opted_out_nor_of_their_conversations(place: Place) -> None:
    out, sam = place.world.add_contact(opted_out=True), place.world.add_contact()
    silent, heard = place.talk(out), place.talk(sam)
    for each in (silent, heard):
        place.world.tell_outcome(each, first_reply_minutes=3)
    if has_stages(place):
        place.world.reach_stage(out, "customer", place.world.now())
        place.world.close_deal(out, is_won=True, amount=5, at=place.world.now())
        place.world.answer_survey(out, recommend=1, comment=SECRET_WORDS)
    place.sync()
    ask(place)
    assert told(place, heard)
    assert told(place, silent) == {}
    kinds = ("deal", "stage", "feedback")
    assert [each for kind in kinds for each in place.app.store.facts(NAME, kind)] == []


def test_a_deleted_conversation_takes_its_facts_along(place: Place) -> None:
    one, other = place.talk(place.world.add_contact()), place.talk(place.world.add_contact())
    for each in (one, other):
        place.world.tell_outcome(each, rating=1, comment="Too late.", first_reply_minutes=3)
    place.sync()
    ask(place)
    assert told(place, one)
    place.world.delete(one)
    place.sync(after=90_000)
    assert told(place, one) == {}
    assert told(place, other)
    about = {each.values.get("conversation") for each in place.app.store.facts(NAME, "feedback")}
    assert about == {other}


def test_platforms_are_asked_by_the_worker_once_a_day_and_never_by_a_sync(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    if place.installation.provider == "local":
        pytest.skip("a folder is asked with every sync: it costs no request")
    monkeypatch.setattr("connector.jobs.work.utc_now", place.world.now)
    place.talk(place.world.add_contact())
    assert due_for_following_up(place.app) == []  # nothing was read yet
    place.sync()
    outcome_paths = ("metric_sets", "survey_responses", "deals", "feedback_submissions")
    assert not [each.path for each in place.world.requests if any(p in each.path for p in outcome_paths)]
    assert due_for_following_up(place.app) == [NAME]
    follow_up_one(place.app, NAME)
    assert due_for_following_up(place.app) == []
    before = len(place.world.requests)
    follow_up_one(place.app, NAME)
    assert len(place.world.requests) == before
    place.world.tick(24 * 3600)
    place.sync()
    before = len(place.world.requests)
    follow_up_one(place.app, NAME)
    assert 0 < len(place.world.requests) - before <= 8


def test_trouble_in_the_middle_is_asked_about_again_and_nothing_is_lost(place: Place) -> None:
    if place.installation.provider == "local":
        pytest.skip("a folder is never busy")
    one = place.talk(place.world.add_contact())
    place.world.tell_outcome(one, first_reply_minutes=3)
    place.sync()
    place.world.be_busy(seconds=30)
    following_up = place.app.following_up(NAME)
    with pytest.raises(RetryLater):
        following_up.ask(place.installation, patience=timedelta(0))
    assert following_up.is_due(place.installation)
    place.world.tick(31)
    ask(place)
    assert told(place, one)


def test_what_the_account_lacks_is_said_by_doctor_and_in_the_report_that_asks_for_it(place: Place) -> None:
    pytest.importorskip("scipy", reason="the extra [insights] is not installed")
    place.talk(place.world.add_contact())
    if place.installation.provider != "local":
        place.world.take_surveys()
    place.sync()
    ask(place)
    said = " ".join(each.message for each in examine(place.app) if each.ok)
    report = place.app.reporting(NAME).report("recovery-and-advocacy", None, None)
    if place.installation.provider == "local":
        assert "gives no" not in said + " ".join(report.missing)
        return
    assert "this account gives no answers to surveys: " in said
    assert any(each.startswith("This account gives no answers to surveys: ") for each in report.missing)
    journey = place.app.reporting(NAME).report("journey", None, None)
    assert not any("answers to surveys" in each for each in journey.missing)


def test_a_report_says_where_its_figures_come_from(local: Place) -> None:
    pytest.importorskip("scipy", reason="the extra [insights] is not installed")
    sam = local.world.add_contact()
    one = local.talk(sam)
    local.world.tell_outcome(one, rating="good")
    local.sync()
    report = local.app.reporting(NAME).report("automation-impact", None, None)
    [source] = [each for each in report.sources if each.startswith("Satisfaction")]
    assert "told by the folder, asked " in source
    file = f"Date,Ticket,CSAT\n{local.world.now():%Y-%m-%d},{one},2\n"
    local.app.reporting(NAME).take(
        "customer-survey", file.encode(), {"CSAT": "satisfaction:1-5"}, dry_run=False
    )
    report = local.app.reporting(NAME).report("automation-impact", None, None)
    assert any("1 imported rows (customer-survey)" in each for each in report.sources)
    month = f"{local.world.now():%Y-%m}"
    [talk] = StoredMaterial(local.app.store, NAME, LiveRows(local.app.store, NAME)).interactions(
        Months(month, month)
    )
    assert (talk.satisfaction, talk.is_two_point) == (0.25, False)  # the import holds it, so it counts
    assert told(local, one)["satisfaction"] == 100  # and took nothing away


def test_facts_from_several_looks_are_merged_and_only_what_is_told_is_replaced(local: Place) -> None:
    one = local.talk(local.world.add_contact())
    local.sync()
    at, store = local.world.now(), local.app.store
    nobody = LeftOut(lambda id_: id_)

    def take(*facts: ConversationFacts) -> int:
        rows = [StoredFact(each.id, each.at, None, outcome_values(each)) for each in facts]
        return store.keep_told(NAME, ToldPage({OUTCOME: rows}, {}, "c"), nobody, now=at)

    times = ConversationFacts(one, at, frozenset({Told.TIMES}), first_reply_minutes=4, solved_at=at)
    rating = ConversationFacts(one, at, frozenset({Told.SATISFACTION}), satisfaction=50)
    assert take(times, rating) == 1
    held = {"first_reply_minutes": 4, "solved_at": at.isoformat(), "satisfaction": 50, "is_two_point": False}
    assert told(local, one) == held
    assert take(times) == 0
    opened_again = ConversationFacts(one, at, frozenset({Told.TIMES}), first_reply_minutes=4)
    assert take(opened_again) == 1
    assert told(local, one) == {name: value for name, value in held.items() if name != "solved_at"}
    assert take(ConversationFacts("nobody-knows-it", at, frozenset({Told.REOPENS}), reopens=3)) == 0
    assert told(local, "nobody-knows-it") == {}


def test_a_deal_that_is_open_again_is_no_closed_deal_any_more(tmp_path: Path) -> None:
    place = place_on("hubspot", tmp_path)
    sam = place.world.add_contact()
    deal = place.world.close_deal(sam, is_won=True, amount=5, at=place.world.now())
    place.sync()
    ask(place)
    assert [each.id for each in place.app.store.facts(NAME, "deal")] == [deal]
    place.world.account.change("deals", deal, {"hs_is_closed": "false", "hs_is_closed_won": "false"})
    ask(place)
    assert place.app.store.facts(NAME, "deal") == []


def test_a_handler_that_nobody_knows_is_called_unknown(tmp_path: Path) -> None:
    assert [handler_of(word) for word in ("bot", "Human", "copilot", "", None)] == [
        *("bot", "human", "unknown", None, None)
    ]
    place = place_on("zendesk", tmp_path)
    sam = place.world.add_contact()
    kinds = {place.talk(sam): kind for kind in ("agent", "ai_agent", "voice_twin")}
    for id_, kind in kinds.items():
        place.world.account.tickets[int(id_)].support_type = kind
    place.sync()
    ask(place)
    handlers = {kinds[id_]: told(place, id_).get("handler") for id_ in kinds}
    assert handlers == {"agent": None, "ai_agent": "bot", "voice_twin": "unknown"}
    month = f"{place.world.now():%Y-%m}"
    talks = StoredMaterial(place.app.store, NAME, LiveRows(place.app.store, NAME)).interactions(
        Months(month, month)
    )
    assert {kinds[each.id]: each.handler for each in talks} == {
        "agent": Handler.HUMAN,
        "ai_agent": Handler.BOT,
        "voice_twin": Handler.UNKNOWN,
    }


def test_zendesk_names_the_form_and_the_old_rating_counts_two_points(tmp_path: Path) -> None:
    place = place_on("zendesk", tmp_path)
    one = place.talk(place.world.add_contact())
    place.world.account.tickets[int(one)].form_id = 2
    place.world.tell_outcome(one, rating="bad", comment=SECRET_WORDS, reopens=1)
    place.sync()
    ask(place)
    found = told(place, one)
    assert (found["form"], found["satisfaction"], found["is_two_point"]) == ("Returns", 0, True)
    assert found["reopens"] == 1


def test_a_full_sync_has_everything_told_again(local: Place) -> None:
    one = local.talk(local.world.add_contact())
    local.world.tell_outcome(one, rating=3)
    local.sync()
    with local.app.store._database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM fact")
    local.sync()
    assert told(local, one) == {}
    local.sync(full=True)
    assert told(local, one)["satisfaction"] == 50


def test_a_conversation_that_only_customers_wrote_in_has_facts_too(local: Place) -> None:
    one = local.world.add_conversation([Said(Role.CUSTOMER, "Hello?")])
    local.world.tell_outcome(one, reopens=2)
    local.sync()
    assert told(local, one) == {"reopens": 2}


class Counting:
    """A provider that counts how often it is asked for the texts kept for pasting."""

    def __init__(self, provider: Any) -> None:
        self.capabilities = provider.capabilities
        self.times = 0
        self.is_busy = False

    def macros(self) -> Iterator[Macro]:
        self.times += 1
        if self.is_busy:
            raise RetryLater("Call later.", not_before_at=datetime(2030, 1, 1, tzinfo=UTC))
        yield Macro("1", MACRO)


MACRO = "Hello {{name}}, thank you for waiting. We are looking into the thunderous marmalade for you."


def test_a_text_kept_for_pasting_is_known_by_hashes_alone(place: Place) -> None:
    if not place.app.open(place.installation, patience=timedelta(0)).provider.capabilities.macros:
        pytest.skip("this platform has no interface to such texts")
    place.world.add_macro(MACRO)
    place.talk(place.world.add_contact())
    place.sync()
    ask(place)
    store, key = place.app.store, place.app.keys(NAME).memory_key
    assert word_groups(MACRO.replace("{{name}}", "Maria"), key) <= store.macro_groups(NAME)
    for file in (place.folder / "var").rglob("*"):
        assert not file.is_file() or b"marmalade" not in contents(file)


def test_a_first_reading_knows_the_texts_kept_for_pasting(place: Place) -> None:
    if not place.app.open(place.installation, patience=timedelta(0)).provider.capabilities.macros:
        pytest.skip("this platform has no interface to such texts")
    place.world.add_macro(MACRO)
    said = [Said(Role.CUSTOMER, SECRET_WORDS), Said(Role.AGENT, MACRO.replace("{{name}}", "Maria"))]
    place.world.add_conversation(said, contact_id=place.world.add_contact())
    cards: list[ConversationScore] = []
    place.world.tick(3600)
    run = place.app.sync(NAME, Options(), patience=timedelta(0), listen=cards.append)
    assert run.error is None
    assert [card.canned for card in cards] == [True]


def test_a_first_reading_that_is_resumed_reads_the_texts_kept_for_pasting_once_a_day(tmp_path: Path) -> None:
    place = place_on("zendesk", tmp_path)
    store, key = place.app.store, b"k" * 32
    provider = Counting(place.world.provider())
    for hours in (0, 1, 22, 2):
        place.world.tick(3600 * hours)
        learn_macros_when_due(NAME, provider, store, key, place.world.now)  # type: ignore[arg-type]
    assert provider.times == 2


def test_a_first_reading_goes_on_without_the_texts_kept_for_pasting_and_asks_again(tmp_path: Path) -> None:
    place = place_on("zendesk", tmp_path)
    store, key = place.app.store, b"k" * 32
    provider = Counting(place.world.provider())
    for provider.is_busy in (True, False):
        learn_macros_when_due(NAME, provider, store, key, place.world.now)  # type: ignore[arg-type]
    assert provider.times == 2
    assert store.macro_groups(NAME)


def test_macros_that_zendesk_refuses_keep_what_was_known(tmp_path: Path) -> None:
    place = place_on("zendesk", tmp_path)
    place.world.add_macro(MACRO)
    place.talk(place.world.add_contact())
    place.sync()
    ask(place)
    known = place.app.store.macro_groups(NAME)
    assert known
    place.world.account.quirks.has_macros = False  # type: ignore[attr-defined]
    ask(place)
    assert place.app.store.macro_groups(NAME) == known
    assert any("new macros count as written by hand" in each.message for each in examine(place.app))
    place.world.account.quirks.has_macros = True  # type: ignore[attr-defined]
    place.world.account.macros[0]["active"] = False  # type: ignore[attr-defined]
    ask(place)
    assert place.app.store.macro_groups(NAME) == frozenset()
    assert not any("macros" in each.message for each in examine(place.app))


def test_a_line_of_macros_that_is_no_json_is_told_with_its_place_until_it_is_mended(local: Place) -> None:
    local.world.add_macro(MACRO)
    local.talk(local.world.add_contact())
    local.sync()
    ask(local)
    known = local.app.store.macro_groups(NAME)
    assert known
    macros = local.world.folder / "macros.jsonl"  # type: ignore[attr-defined]
    whole = macros.read_text("utf-8")
    macros.write_text(whole + '{"id": "b", "text": "thunderous\n', "utf-8")
    ask(local)
    assert local.app.store.macro_groups(NAME) == known
    (told_of,) = [each.message for each in examine(local.app) if "macros" in each.message]
    assert "line 2 of macros.jsonl" in told_of
    assert "thunderous" not in told_of
    macros.write_text(whole, "utf-8")
    ask(local)
    assert not any("macros" in each.message for each in examine(local.app))
