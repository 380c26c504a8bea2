"""What the pages of an account do: decide, choose what is kept, try again, keep people's figures apart."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from connector.keeping import policy_in_force
from connector.model import Parked
from connector.privacy.person_level import Statement
from connector.store import Headway
from connector.store.disputes import CORRECTED, OPEN, UPHELD

from .browsers import AGENT, OTHER, OWN, Server

PAGE = f"/admin/{OWN}"


def words_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def allow_people(server: Server) -> None:
    server.app.people.enable(
        OWN,
        Statement(
            role="owner",
            by="Olga",
            purpose="coaching",
            is_notice_confirmed=True,
            works_council="BV 7",
            works_council_on=date(2026, 1, 5),
            dpia="DPIA 3",
        ),
    )


def test_a_conversation_shows_the_reason_and_none_of_its_words(server: Server) -> None:
    page = words_of(server.browser("lead").get(f"{PAGE}/conversations/2").text)
    stored = server.app.store.conversation(OWN, "2")
    assert stored is not None
    assert stored.scorecard["reason_text"] in page
    for said in ("furious", "depot", "shop-2"):
        assert said not in page


def test_a_score_is_disputed_read_and_corrected_by_a_named_person(server: Server) -> None:
    agent, lead = server.browser("agent"), server.browser("lead")
    answer = agent.post(f"{PAGE}/conversations/2/dispute", {"by": "Ada", "reason": "I called first."})
    assert answer.status_code == 303
    assert "counts in no overview" in words_of(agent.get(f"{PAGE}/conversations/2").text)
    assert "I called first" not in lead.get(f"{PAGE}/disputes").text
    assert "I called first." in lead.post(f"{PAGE}/disputes/2").text
    decision = {"decision": "corrected", "empathy": "85", "by": "Kim", "reason": "The call counts."}
    assert lead.post(f"{PAGE}/disputes/2/decide", decision).status_code == 303
    found = server.app.store.disputes(OWN, "2")
    assert [(each.status, each.raised_by, each.decided_by, each.empathy) for each in found] == [
        (CORRECTED, "Ada", "Kim", 85)
    ]
    assert "85" in words_of(lead.get(f"{PAGE}/conversations/2").text)


def test_reading_the_reasons_is_noted(server: Server) -> None:
    server.browser("lead").post(f"{PAGE}/disputes/3")
    [row] = server.app.store.access_counts(OWN)
    assert (row.role, row.purpose, row.what, row.times) == ("lead", "dispute", "reasons", 1)


def test_a_score_can_be_upheld(server: Server) -> None:
    decision = {"decision": "upheld", "by": "Kim", "reason": "It says what it should."}
    assert server.browser("lead").post(f"{PAGE}/disputes/3/decide", decision).status_code == 303
    assert [each.status for each in server.app.store.disputes(OWN, "3")] == [UPHELD]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"by": "Kim", "reason": "x"}, "Say whether the score stays"),
        ({"decision": "50", "by": "Kim", "reason": "x", "empathy": "50"}, "Say whether the score stays"),
        ({"decision": "upheld", "by": "Kim"}, "Say why, in a sentence"),
        ({"decision": "upheld", "reason": "x"}, "Say who you are"),
        ({"decision": "corrected", "by": "Kim", "reason": "x"}, "needs its new value"),
        ({"decision": "corrected", "by": "Kim", "reason": "x", "empathy": "101"}, "needs its new value"),
        ({"decision": "corrected", "by": "Kim", "reason": "x", "empathy": "१२"}, "needs its new value"),
    ],
)
def test_a_decision_that_lacks_something_says_what(server: Server, form: dict[str, str], said: str) -> None:
    answer = server.browser("lead").post(f"{PAGE}/disputes/3/decide", form)
    assert answer.status_code == 400
    assert said in answer.text
    assert "--" not in words_of(answer.text)
    assert [each.status for each in server.app.store.disputes(OWN, "3")] == [OPEN]


def test_an_agent_sees_only_conversations_with_a_reply_of_theirs(server: Server) -> None:
    agent = server.browser("agent")
    assert agent.get(f"{PAGE}/conversations/2").status_code == 200
    theirs, nobodys = (agent.get(f"{PAGE}/conversations/{each}") for each in ("1", "no-such"))
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.data == nobodys.data
    assert agent.post(f"{PAGE}/conversations/1/dispute", {"reason": "x"}).status_code == 404


def test_an_agent_always_sees_their_own_replies_with_the_reasons(server: Server) -> None:
    assert not server.app.may_show_people(OWN, server.app.now())
    page = words_of(server.browser("agent").get(f"{PAGE}/mine").text)
    assert page.count("The reply") >= 4
    assert "disputed" in page


def test_nobody_else_sees_replies_by_person_while_that_is_off(server: Server) -> None:
    for role in ("lead", "admin", "owner"):
        answer = server.browser(role).post(f"{PAGE}/agents", {"agent": AGENT})
        assert "They are off" in answer.text
        assert "The reply" not in answer.text
    assert server.app.store.access_counts(OWN) == []


def test_while_it_is_on_a_lead_sees_them_and_the_look_is_noted(server: Server) -> None:
    allow_people(server)
    page = server.browser("lead").post(f"{PAGE}/agents", {"agent": AGENT}).text
    assert page.count("The reply") >= 4
    assert "This look is noted" in page
    [row] = server.app.store.access_counts(OWN)
    assert (row.role, row.purpose, row.what) == ("lead", "coaching", "replies of one agent")


def test_what_is_allowed_for_one_account_is_not_for_another(server: Server) -> None:
    allow_people(server)
    owner = server.browser("owner", installation=None)
    assert "They are off" in owner.post(f"/admin/{OTHER}/agents", {"agent": AGENT}).text


def test_retention_is_tried_before_it_is_put_in_force(server: Server) -> None:
    admin = server.browser("admin")
    page = words_of(admin.get(f"{PAGE}/settings/retention?mode=redact&keep=14d").text)
    assert "What this would do" in page
    assert policy_in_force(server.app.store, OWN).version == 0
    form = {"mode": "redact", "keep": "14d"}
    assert admin.post(f"{PAGE}/settings/retention", form).status_code == 303
    stored = server.app.store.policy(OWN)
    assert stored is not None
    assert stored.content == {"mode": "redact", "keep": "14d", "overrides": []}
    assert stored.changed_by == "Kim the admin (admin)"
    assert policy_in_force(server.app.store, OTHER).version == 0


@pytest.mark.parametrize("keep", ["", "soon", "0d", "99999d", "-1d", "30"])
def test_a_time_that_is_none_is_refused(server: Server, keep: str) -> None:
    admin = server.browser("admin")
    answer = admin.post(f"{PAGE}/settings/retention", {"mode": "encrypt", "keep": keep})
    assert answer.status_code == 400
    assert policy_in_force(server.app.store, OWN).version == 0


def test_a_tag_is_left_out_and_let_in_again(server: Server) -> None:
    admin = server.browser("admin")
    assert admin.post(f"{PAGE}/settings/left-out", {"kind": "tag", "id": "quiet"}).status_code == 303
    assert server.app.store.opt_out_labels(OWN) == {"tag:quiet"}
    assert server.app.store.opt_out_labels(OTHER) == frozenset()
    assert "tag:quiet" in admin.get(f"{PAGE}/settings").text
    assert admin.post(f"{PAGE}/settings/left-out", {"remove": "tag:quiet"}).status_code == 303
    assert server.app.store.opt_out_labels(OWN) == frozenset()


def test_an_agent_on_the_list_is_shown_by_no_id(server: Server) -> None:
    admin = server.browser("admin")
    assert admin.post(f"{PAGE}/settings/left-out", {"kind": "agent", "id": AGENT}).status_code == 303
    assert AGENT not in admin.get(f"{PAGE}/settings").text


def test_what_cannot_be_left_out_says_so(server: Server) -> None:
    answer = server.browser("admin").post(f"{PAGE}/settings/left-out", {"kind": "colour", "id": "red"})
    assert answer.status_code == 400
    assert "nothing could be left out by it" in words_of(answer.text)


def test_what_is_parked_is_tried_again_by_a_sync_that_is_asked_for(server: Server) -> None:
    store, now = server.app.store, server.app.now()
    for _ in range(3):
        store.record_page(OWN, records=[], parked=[Parked("77", "Unreadable")], cursor=None, now=now)
    admin = server.browser("admin")
    assert "77" in admin.get(f"{PAGE}/").text
    queue = server.web.extensions["queue"]
    before = queue.count()
    assert admin.post(f"{PAGE}/parked/retry").status_code == 303
    assert [row.attempts for row in store.parked(OWN)] == [0]
    assert queue.count() == before + 1


def test_an_account_that_must_be_connected_again_says_so_kindly(server: Server) -> None:
    server.app.store.set_needs_authorization(OWN, True)
    page = words_of(server.browser("lead").get(f"{PAGE}/").text)
    assert "Nothing is lost" in page
    assert "Needs to be connected again" in page


def test_a_lead_cannot_change_what_an_admin_may(server: Server) -> None:
    page = server.browser("lead").get(f"{PAGE}/").text
    assert "Sync now" not in page
    assert "Settings" not in page


def test_s31_changes_made_on_the_pages_are_in_the_chain_with_who_made_them(server: Server) -> None:
    admin = server.browser("admin")
    for _ in range(2):  # the second time changes nothing
        assert admin.post(f"{PAGE}/settings/retention", {"mode": "redact", "keep": "14d"}).status_code == 303
        assert admin.post(f"{PAGE}/settings/left-out", {"kind": "tag", "id": "quiet"}).status_code == 303
    assert admin.post(f"{PAGE}/settings/left-out", {"remove": "tag:quiet"}).status_code == 303
    entries = [each.entry for each in server.app.erasing.proving.verify(OWN).entries]
    assert [(each["what"], each.get("version"), each.get("added")) for each in entries] == [
        ("policy change", 1, None),
        ("opt-out change", None, 1),
        ("opt-out change", None, None),
    ]
    assert all(each["actor"].startswith("admin-") for each in entries)


def test_a_reading_that_goes_on_says_how_far_it_is_and_about_how_long_it_takes(server: Server) -> None:
    now = server.app.now()
    headway = Headway(begun_at=now - timedelta(hours=1), noted_at=now, seen=2_500, total=10_000)
    server.app.store.note_headway(OWN, headway)
    said = "2,500 conversations read, 25 % of the history; about 3 hours left at this pace."
    assert said in words_of(server.browser("lead").get("/").text)
    for address in ("/admin/", f"{PAGE}/"):
        assert said in words_of(server.browser("lead").get(address).text), address
