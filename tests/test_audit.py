"""The ethics audit: complete, the same for the same data, and different for a changed setting."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.bootstrap import Connector
from connector.opening import oauth_of
from connector.privacy.audit import canonical, differences, digest, document, read_document
from connector.privacy.policy import Mode, Policy, Retention
from connector.privacy.purpose import intended_purpose
from connector.settings import Settings
from connector.store import Record, Reply
from connector.store.audits import ScoredReply
from connector.suppression import suppression
from tests.commands import Run, one_sentence
from tests.store.samples import record

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def app(run: Run, tmp_path: Path) -> Iterator[Connector]:
    folder = tmp_path / "account"
    folder.mkdir()
    texts = {
        "1": "I am furious, my kestrel parcel is late again!",
        "2": "Das Paket ist leider immer noch nicht bei mir angekommen, und ich warte schon seit Wochen.",
    }
    rows = [
        {"id": id_, "messages": [{"id": "1", "role": "customer", "text": text}]}
        for id_, text in texts.items()
    ]
    (folder / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    run("connect", "local", "--name", "shop", "--path", str(folder))
    assert run("sync", "shop").code == 0
    app = Connector(settings_for(tmp_path))
    yield app
    app.store.close()


def settings_for(tmp_path: Path, **more: Any) -> Settings:
    return Settings(
        _env_file=None,
        database_url=f"sqlite:///{tmp_path}/var/connector.db",
        master_key_file=tmp_path / "var/keys/master.key",
        erasure_log=tmp_path / "var/erasures.log",
        **more,
    )


def facts(app: Connector) -> dict[str, Any]:
    return app.auditing("shop").facts()


def test_the_same_data_give_the_same_hash_whenever_it_is_asked_for(app: Connector) -> None:
    auditing = app.auditing("shop")
    first = auditing.document(NOW)
    later = auditing.document(NOW + timedelta(days=400))
    assert first["sha256"] == later["sha256"]
    assert first["facts"] == later["facts"]
    assert first["at_this_moment"] != later["at_this_moment"]
    assert first["sha256"] == digest(json.loads(json.dumps(first))["facts"])


def test_the_command_prints_what_can_be_hashed_again(run: Run, app: Connector) -> None:
    shown = run("audit", "shop", "--json").json
    assert shown["sha256"] == digest(shown["facts"]) == app.auditing("shop").document(NOW)["sha256"]
    text = run("audit", "shop").out
    assert shown["sha256"] in text
    for name in shown["facts"]:
        if name != "format":
            assert name.replace("_", " ") in text


def test_the_order_of_keys_does_not_matter_and_every_value_does() -> None:
    one = {"a": 1, "b": {"c": [1, 2], "d": None}}
    other = {"b": {"d": None, "c": [1, 2]}, "a": 1}
    assert canonical(one) == canonical(other)
    assert digest(one) != digest({**one, "a": 2})
    assert digest(one) != digest({**one, "b": {"c": [2, 1], "d": None}})


CHANGES: dict[str, tuple[str, ...]] = {
    "policy": ("policy", "shop", "--mode", "encrypt", "--keep", "9d"),
    "dispute": ("dispute", "shop", "1", "--by", "Alex", "--reason", "no"),
    "people": (
        *("people", "shop", "--enable", "--role", "owner", "--by", "Kim", "--purpose", "coaching"),
        *("--notice-confirmed", "--no-works-council", "four people", "--dpia", "D-1"),
    ),
    "fields": ("fields", "shop", "--all"),
}


@pytest.mark.parametrize("changed", CHANGES)
def test_a_changed_setting_shows_as_a_difference(
    run: Run, app: Connector, tmp_path: Path, changed: str
) -> None:
    before = run("audit", "shop", "--json")
    (tmp_path / "before.json").write_text(before.out)
    assert run("audit", "shop", "--compare", "before.json").out == "Nothing differs.\n"
    assert run(*CHANGES[changed]).code == 0
    compared = run("audit", "shop", "--compare", "before.json", "--json").json
    assert compared["sha256"] != before.json["sha256"]
    assert compared["differences"]
    told = run("audit", "shop", "--compare", "before.json").out
    for each in compared["differences"]:
        assert each["path"] in told


@pytest.mark.parametrize(
    "name", ["CONNECTOR_EU_STRICT", "CONNECTOR_NOTICE_CONTACT", "CONNECTOR_NOTICE_LEGAL_BASIS"]
)
def test_a_changed_setting_of_the_environment_shows_too(
    run: Run, app: Connector, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = run("audit", "shop", "--json").json
    monkeypatch.setenv(name, "true")
    after = run("audit", "shop", "--json").json
    [difference] = differences(before["facts"], after["facts"])
    assert difference.path.startswith("settings.")


def test_the_contact_point_itself_is_not_in_the_audit(app: Connector, tmp_path: Path) -> None:
    named = Connector(settings_for(tmp_path, notice_contact="privacy@shop.example"))
    assert "privacy@" not in json.dumps(facts(named))
    named.store.close()


def test_a_comparison_refuses_what_is_no_audit_or_was_changed(
    run: Run, app: Connector, tmp_path: Path
) -> None:
    shown = run("audit", "shop", "--json").json
    shown["facts"]["disputes"]["open"] = 7
    bad = {
        "changed.json": json.dumps(shown),
        "other.json": "[]",
        "text.json": "kestrel",
        "old.json": json.dumps({"facts": {"format": 0}, "sha256": digest({"format": 0})}),
    }
    for name, content in bad.items():
        (tmp_path / name).write_text(content)
        ran = run("audit", "shop", "--compare", name)
        assert ran.code == 2, name
        assert one_sentence(ran.err)
        assert "kestrel" not in ran.err
    assert run("audit", "shop", "--compare", "missing.json").code == 2
    assert run("audit", "nope").code == 2


def test_what_the_reviewer_fills_in_does_not_change_the_hash(app: Connector) -> None:
    found = app.auditing("shop").document(NOW)
    assert all(row["answer"] == "" for row in found["reviewer"]["answers"])
    found["reviewer"] |= {"name": "Lee", "date": "2026-03-03"}
    found["reviewer"]["answers"][0]["answer"] = "Yes."
    assert read_document(json.dumps(found)) == found["facts"]


def test_differences_are_named_by_their_path() -> None:
    before = {"a": {"b": [1, {"c": 2}]}, "gone": True, "same": "x", "empty": []}
    after = {"a": {"b": [1, {"c": 3}]}, "new": None, "same": "x", "empty": [1]}
    assert [(each.path, each.before, each.after) for each in differences(before, after)] == [
        ("a.b[1].c", 2, 3),
        ("empty", [], None),
        ("empty[0]", None, 1),
        ("gone", True, None),
        ("new", None, None),
    ]


def test_the_audit_names_the_policy_in_force_and_every_one_before_it(app: Connector) -> None:
    for days in (30, 7):
        policy = Policy(Retention(Mode.ENCRYPT, timedelta(days=days)))
        app.retention.change("shop", policy, None, changed_by="Kim")
    found = facts(app)["policy"]
    assert found["in_force"]["version"] == 2
    assert found["in_force"]["keep"] == "7d"
    assert [each["content"]["keep"] for each in found["history"]] == ["30d", "7d"]


def test_a_legal_hold_is_counted_without_whom_it_is_about(app: Connector) -> None:
    from connector.model import LegalHold

    hold = LegalHold("h1", "contact:sam@kestrel", "Kim", "a claim", NOW, NOW + timedelta(days=9))
    app.retention.change("shop", Policy(), [hold], changed_by="Kim")
    [found] = facts(app)["policy"]["legal_holds"]
    assert found["covers"] == "contact"
    assert "kestrel" not in json.dumps(facts(app))
    moment = app.auditing("shop").document(NOW)["at_this_moment"]
    assert moment["legal_holds_in_force"] == 1


def test_kept_texts_past_due_are_counted_at_the_moment_of_asking(run: Run, app: Connector) -> None:
    assert run("policy", "shop", "--mode", "encrypt", "--keep", "9d").code == 0
    account = Path("account")
    said = {"id": "3", "messages": [{"id": "1", "role": "customer", "text": "Where is my kestrel?"}]}
    (account / "d.jsonl").write_text(json.dumps(said) + "\n")
    assert run("sync", "shop").code == 0
    [kept] = facts(app)["retention"]["kept"]
    assert (kept["mode"], kept["texts"]) == ("encrypt", 1)
    auditing, now = app.auditing("shop"), app.now()
    assert auditing.document(now)["at_this_moment"]["texts_past_due"] == 0
    assert auditing.document(now + timedelta(days=10))["at_this_moment"]["texts_past_due"] == 1


def test_the_proofs_are_verified_and_a_changed_entry_shows(app: Connector) -> None:
    app.erasing.proving.add("shop", {"what": "purge", "counts": {"texts": 3}})
    found = facts(app)["retention"]
    assert found["proof"]["is_whole"] is True
    assert (found["proof"]["entries"], found["purges"]) == (1, 1)
    assert found["last_purge_at"] is not None
    with app.store._database.writing() as connection:
        connection.exec_driver_sql("""UPDATE proof SET entry = '{"what": "purge", "counts": {}}'""")
    assert facts(app)["retention"]["proof"]["is_whole"] is False


def test_reads_are_counted_by_role_and_purpose(app: Connector) -> None:
    """L-14."""
    for _ in range(2):
        app.store.note_access("shop", role="owner", purpose="export", what="contact", now=NOW, count=3)
    [found] = facts(app)["accesses"]
    assert (found["role"], found["purpose"], found["times"], found["records"]) == ("owner", "export", 2, 6)


def test_disputes_are_counted_with_the_median_time_to_a_decision(
    app: Connector, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = app.now()
    for days, id_ in ((2, "1"), (6, "2")):
        monkeypatch.setattr(app, "now", lambda: now)
        app.disputing("shop").contest(id_, by="Alex", reason="no")
        monkeypatch.setattr(app, "now", lambda days=days: now + timedelta(days=days))
        app.disputing("shop").decide(id_, "upheld", empathy=None, by="Kim", reason="yes")
    monkeypatch.setattr(app, "now", lambda: now + timedelta(days=30))
    app.disputing("shop").contest("1", by="Alex", reason="no")
    assert facts(app)["disputes"] == {
        "open": 1,
        "upheld": 2,
        "corrected": 0,
        "median_days_to_a_decision": 4.0,
    }


def test_languages_are_counted_with_the_share_that_has_no_score(app: Connector) -> None:
    """L-12: an unsupported language is no low score, and it shows how much of the work that leaves out."""
    assert facts(app)["languages"] == [
        {"language": "de", "messages": 1, "not_scored": 1, "share_not_scored": 1.0},
        {"language": "en", "messages": 1, "not_scored": 0, "share_not_scored": 0.0},
    ]


def replies(people: int, each: int, *, channel: str = "email", month: int = 1) -> list[ScoredReply]:
    return [
        ScoredReply(f"author-{person}", datetime(2026, month, 1 + number % 28, tzinfo=UTC), channel, 50)
        for person in range(people)
        for number in range(each)
    ]


def test_figures_that_would_point_at_somebody_are_counted_as_suppressed() -> None:
    """L-05: by the rule of the reports, over whole months."""
    assert suppression([])["cells"] == 0
    few = suppression([*replies(3, 20), *replies(1, 1, month=2)])
    assert (few["months"], few["cells"], few["suppressed"]) == (1, 2, 2)
    enough = suppression([*replies(10, 5), *replies(1, 1, month=2)])
    assert (enough["cells"], enough["suppressed"]) == (2, 0)
    mixed = suppression([*replies(10, 5), *replies(2, 5, channel="chat"), *replies(1, 1, month=2)])
    assert (mixed["cells"], mixed["suppressed"]) == (3, 2)


def test_the_replies_behind_a_disputed_score_are_in_no_group(app: Connector) -> None:
    """L-09."""

    def scored(id_: str) -> Record:
        return replace(record(id_), replies=(Reply("m2", "author", (1,)),))

    app.store.record_page("shop", records=[scored("a"), scored("b")], cursor=None, now=NOW)
    assert len(list(app.store.scored_replies("shop"))) == 2
    app.disputing("shop").contest("a", by="Alex", reason="no")
    assert len(list(app.store.scored_replies("shop"))) == 1


def test_the_fairness_figures_of_the_engine_in_use_are_in_the_audit(app: Connector) -> None:
    """L-12."""
    from connector.privacy.fairness import fairness_table
    from connector.scoring.engine import default_engine

    found = {(row["measure"], row["group"]): row for row in facts(app)["fairness"]}
    table = fairness_table(default_engine())
    assert len(found) == len(table) > 0
    for row in table:
        shown = found[row.measure, row.group]
        assert (shown["pairs"], shown["worst_change"], shown["holds"]) == (row.n, row.worst_change, row.holds)


@pytest.mark.parametrize("provider", ["zendesk", "hubspot"])
def test_every_scope_that_is_asked_for_has_a_use_that_the_audit_names(provider: str) -> None:
    """L-01: nothing is asked for in case it is needed; what is optional and unused says so."""
    oauth = oauth_of(provider)
    assert oauth is not None
    assert set(oauth.scopes) <= oauth.uses.keys()
    assert oauth.uses.keys() <= {*oauth.scopes, *oauth.optional_scopes}
    assert oauth_of("local") is None


def test_the_audit_of_a_platform_account_lists_its_scopes(app: Connector) -> None:
    found = app.store.installation("shop")
    assert found is not None
    app.store.save_installation(replace(found, provider="hubspot"), sealed_token=None, wrapped_key=b"")
    scopes = {row["scope"]: row for row in facts(app)["scopes"]}
    assert scopes["tickets"]["used_for"].startswith("reads tickets")
    assert scopes["crm.objects.feedback_submissions.read"]["used_for"].startswith("reads answers to surveys")


def test_the_reading_of_the_law_follows_the_gate(run: Run, app: Connector, tmp_path: Path) -> None:
    """L-04, L-16."""
    assert "are off" in facts(app)["ai_act"]["reading"]
    assert run(*CHANGES["people"]).code == 0
    assert "high-risk" in facts(app)["ai_act"]["reading"]
    [record_] = facts(app)["person_level"]
    assert record_["works_council_not_required"] == "four people"
    strict = Connector(settings_for(tmp_path, eu_strict=True))
    assert "are off" in facts(strict)["ai_act"]["reading"]
    strict.store.close()


def test_the_intended_purpose_is_in_the_audit_word_for_word(app: Connector) -> None:
    """L-17."""
    found = facts(app)["intended_purpose"]
    assert found["statement"] == intended_purpose().statement
    assert tuple(found["prohibited"]) == intended_purpose().prohibited


def test_no_text_of_people_is_in_the_audit(run: Run, app: Connector) -> None:
    """C-07: neither of messages, nor of disputes."""
    run("dispute", "shop", "1", "--by", "Alex", "--reason", "heron words")
    for form in ((), ("--json",)):
        shown = run("audit", "shop", *form).out
        assert "kestrel" not in shown
        assert "heron" not in shown


def test_asking_for_an_audit_changes_nothing(run: Run, app: Connector) -> None:
    before = run("audit", "shop", "--json").json["sha256"]
    assert run("audit", "shop", "--json").json["sha256"] == before


def test_a_document_has_a_question_for_each_thing_no_figure_answers() -> None:
    found = document({"format": 1}, {})
    assert len(found["reviewer"]["answers"]) == 8
    assert found["reviewer"]["name"] == ""
