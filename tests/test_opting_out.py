"""L-06: tags, brands, queues, pipelines, channels and agents that an account leaves out of scoring."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.errors import Misconfigured
from connector.model import LegalHold, Message, Role, Status
from connector.scoring.engine import default_engine
from connector.store import Store
from connector.store.opt_outs import OptOut
from tests.on_disk import contents

from .commands import Run
from .places import KIND, NAME, UPSET, WORLDS, Place, place_on
from .providers.world import Said


@pytest.fixture(params=WORLDS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return place_on(request.param, tmp_path)


@pytest.fixture(params=["tag", "brand", "queue", "pipeline", "channel"])
def kind(request: pytest.FixtureRequest, place: Place) -> str:
    kind: str = request.param
    if kind not in place.world.provider().capabilities.labels:
        pytest.skip(f"{place.installation.provider} tells no {kind}")
    return kind


def leave_out(place: Place, **asked: str) -> int:
    list_ = place.app.opting_out(NAME)
    return list_.add(list_.labels({kind: [id_] for kind, id_ in asked.items()}), by="Kim").forgotten


def let_in(place: Place, **asked: str) -> None:
    list_ = place.app.opting_out(NAME)
    assert list_.remove(list_.labels({kind: [id_] for kind, id_ in asked.items()})).labels


def talk_in(place: Place, kind: str, id_: str = "71", *, agent: str | None = None) -> str:
    """A conversation that is in this place."""
    said = [Said(Role.CUSTOMER, UPSET.format("42")), Said(Role.AGENT, KIND.format("42"), author_id=agent)]
    contact = place.world.add_contact()
    if kind == "tag":
        return str(place.world.add_conversation(said, contact_id=contact, tags=[id_]))
    made = str(place.world.add_conversation(said, contact_id=contact))
    place.world.place_in(made, kind, id_)
    return made


def is_known(place: Place, conversation_id: str) -> bool:
    return place.app.store.conversation(NAME, conversation_id) is not None


def test_what_is_on_the_list_is_neither_read_nor_scored(place: Place, kind: str) -> None:
    leave_out(place, **{kind: "71"})
    out, in_ = talk_in(place, kind), talk_in(place, kind, "72")
    before = len(place.world.requests)
    run = place.sync()
    assert (run.tally.skipped, run.tally.scored) == (1, 1)
    assert (is_known(place, out), is_known(place, in_)) == (False, True)
    assert place.is_blank(out)
    alone = [f"/tickets/{out}/", f"/tickets/{out}.", f"/{out}/comments", f"associatedTicketId={out}"]
    for seen in place.world.requests[before:]:
        assert not any(path in seen.path for path in alone), seen.path


def test_old_scores_go_at_once_and_fields_with_the_next_sync(place: Place, kind: str) -> None:
    out, in_ = talk_in(place, kind), talk_in(place, kind, "72")
    place.sync()
    assert not place.is_blank(out)
    assert leave_out(place, **{kind: "71"}) == 1
    assert (is_known(place, out), is_known(place, in_)) == (False, True)
    place.sync()
    assert place.is_blank(out)
    assert not place.is_blank(in_)
    assert place.sync(full=True).tally.skipped == 1
    assert place.app.store.how_many_clearings(NAME) == 0


def test_where_a_conversation_was_moved_without_a_word_counts(place: Place, kind: str) -> None:
    if kind == "tag":
        pytest.skip("a tag that is put on comes with a change of its own")
    one = talk_in(place, kind)
    place.sync()
    place.world.tick(60)
    place.world.place_in(one, kind, "72")
    assert place.sync().tally.unchanged == 1
    assert leave_out(place, **{kind: "71"}) == 0
    assert leave_out(place, **{kind: "72"}) == 1


def test_a_conversation_that_moves_onto_the_list_is_forgotten(place: Place, kind: str) -> None:
    if kind == "tag":
        pytest.skip("tests/test_forgetting.py")
    one = talk_in(place, kind)
    place.sync()
    leave_out(place, **{kind: "9"})
    assert is_known(place, one)
    place.world.tick(60)
    place.world.place_in(one, kind, "9")
    assert place.sync().tally.skipped == 1
    assert not is_known(place, one)
    assert place.is_blank(one)


def test_what_is_taken_off_the_list_is_scored_again(place: Place, kind: str) -> None:
    leave_out(place, **{kind: "71"})
    one = talk_in(place, kind)
    place.sync()
    let_in(place, **{kind: "71"})
    assert place.sync(full=True).tally.scored == 1
    assert is_known(place, one)


def test_an_entry_that_comes_while_a_page_is_scored_wins(place: Place, kind: str) -> None:
    """The page was read before; its transaction comes after."""
    one = talk_in(place, kind)
    record_page = Store.record_page

    def opting_out_first(store: Store, *args: Any, **options: Any) -> None:
        if options.get("records"):
            leave_out(place, **{kind: "71"})
        record_page(store, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "record_page", opting_out_first)
        place.sync()
    assert not is_known(place, one)


def test_a_legal_hold_puts_the_forgetting_off_until_it_ends(tmp_path: Path) -> None:
    place = place_on("zendesk", tmp_path)
    one = talk_in(place, "brand")
    place.sync()
    now = place.world.now()
    hold = LegalHold("claim", "brand:71", "Kim", "a claim", now, now + timedelta(hours=3))
    place.app.store.add_policy(NAME, {"mode": "drop"}, changed_by="test", now=now, holds=[hold])
    assert leave_out(place, brand="71") == 0
    place.sync()
    assert is_known(place, one)
    place.sync(after=3 * 3600)
    assert not is_known(place, one)


def test_the_roll_up_of_the_contact_no_longer_counts_what_is_left_out(place: Place) -> None:
    if not place.world.provider().capabilities.contact_fields:
        pytest.skip("a folder has no contact fields")
    kind = place.world.provider().capabilities.labels[-1]
    sam, pat = place.world.add_contact(), place.world.add_contact()
    place.world.place_in(place.talk(sam), kind, "71")
    worse = [Said(Role.CUSTOMER, UPSET.format("42")), Said(Role.AGENT, "Calm down. That is not our fault.")]
    place.world.place_in(str(place.world.add_conversation(worse, contact_id=sam)), kind, "72")
    place.world.place_in(place.talk(pat), kind, "71")
    place.sync()
    before = rolled_up(place, sam)
    assert leave_out(place, **{kind: "71"}) == 2
    assert rolled_up(place, sam) < before
    assert rolled_up(place, pat) is None
    run = place.sync()
    assert run.tally.contact_writes.written == 2
    assert place.app.store.how_many_clearings(NAME) == 0


def rolled_up(place: Place, contact_id: str) -> Any:
    found = place.app.store.about_contact(NAME, contact_id)
    return found.roll_up and found.roll_up["values"]["empathy_contact_score"]


def test_a_contact_can_see_where_their_conversation_stands(tmp_path: Path) -> None:
    place = place_on("zendesk", tmp_path)
    sam = place.world.add_contact()
    place.world.place_in(place.talk(sam), "queue", "7")
    place.sync()
    [about] = place.app.store.about_contact(NAME, sam).conversations
    assert about.labels == ["brand:1", "channel:email", "queue:7"]


# by agent


def talk_with(place: Place, *agents: str) -> str:
    said = [Said(Role.CUSTOMER, UPSET.format("42"))]
    said += [Said(Role.AGENT, KIND.format(agent), author_id=agent) for agent in agents]
    return str(place.world.add_conversation(said, contact_id=place.world.add_contact()))


def test_a_reply_of_an_agent_on_the_list_has_no_score_and_the_customer_still_has(place: Place) -> None:
    out, in_ = place.world.add_agent(name="Ola Out"), place.world.add_agent(name="Ina In")
    leave_out(place, agent=out)
    alone, both = talk_with(place, out), talk_with(place, out, in_)
    place.sync()
    card = place.app.store.conversation(NAME, alone)
    assert card is not None
    assert (card.scorecard["status"], card.scorecard["reason"]) == ("not_scored", "opted_out")
    assert card.scorecard["empathy"] is None
    assert card.scorecard["sentiment"] is not None
    [reply] = [each for each in card.messages if each["role"] == "agent"]
    assert (reply["reason"], reply["evidence"], reply["dimensions"]) == ("opted_out", None, None)
    card = place.app.store.conversation(NAME, both)
    assert card is not None
    reasons = [each["reason"] for each in card.messages if each["role"] == "agent"]
    assert reasons == ["opted_out", None]
    assert card.scorecard["status"] == "scored"
    assert "empathy_score" not in place.world.values_of(alone)
    assert place.world.values_of(alone)["empathy_reason"] == "Not scored: opted out of scoring."
    assert place.world.values_of(both)["empathy_score"] is not None


def test_the_words_of_an_agent_on_the_list_are_never_kept(tmp_path: Path) -> None:
    place = place_on("zendesk", tmp_path, keeps="encrypt")
    out = place.world.add_agent()
    leave_out(place, agent=out)
    one = talk_with(place, out)
    place.sync()
    assert len(place.app.store.kept_texts(NAME, one)) == 1


def test_what_an_agent_wrote_before_is_forgotten_and_comes_back_without_them(place: Place) -> None:
    out, in_ = place.world.add_agent(name="Ola Out"), place.world.add_agent(name="Ina In")
    one, both, other = talk_with(place, out), talk_with(place, in_, out), talk_with(place, in_)
    place.sync()
    assert leave_out(place, agent=out) == 2
    assert [is_known(place, each) for each in (one, both, other)] == [False, False, True]
    assert leave_out(place, agent=out) == 0
    place.sync(full=True)
    assert all(is_known(place, each) for each in (one, both, other))
    assert "empathy_score" not in place.world.values_of(one)
    assert place.world.values_of(both)["empathy_score"] is not None
    assert place.sync(after=7200).tally.scored == 0
    assert is_known(place, one)
    let_in(place, agent=out)
    place.sync(full=True)
    assert place.world.values_of(one)["empathy_score"] is not None


def test_an_agent_who_is_put_on_the_list_while_a_page_is_scored_is_not_scored(place: Place) -> None:
    out = place.world.add_agent()
    one = talk_with(place, out)
    record_page = Store.record_page

    def opting_out_first(store: Store, *args: Any, **options: Any) -> None:
        if options.get("records"):
            leave_out(place, agent=out)
        record_page(store, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "record_page", opting_out_first)
        place.sync()
    assert not is_known(place, one)


def test_an_agents_id_is_nowhere_in_the_database(tmp_path: Path) -> None:
    place = place_on("local", tmp_path)
    list_ = place.app.opting_out(NAME)
    list_.add(list_.labels({"agent": ["kestrel-4711"]}), by="Kim")
    assert [entry.label.partition(":")[0] for entry in list_.entries()] == ["agent"]
    place.app.store.close()
    for file in tmp_path.rglob("*"):
        assert not file.is_file() or b"kestrel-4711" not in contents(file), file


def test_on_hubspot_an_agent_is_meant_with_and_without_the_actors_prefix(tmp_path: Path) -> None:
    list_ = place_on("hubspot", tmp_path).app.opting_out(NAME)
    assert list_.labels({"agent": ["100"]}) == list_.labels({"agent": ["A-100"]})


def test_an_unread_reply_still_answers_the_customer() -> None:
    """What the customer writes after it is a new matter, and is not read together with the old one."""
    said = [
        Message("1", Role.CUSTOMER, "My parcel is lost and I am furious!"),
        Message("2", Role.AGENT, "", is_opted_out=True, author_id="7"),
        Message("3", Role.CUSTOMER, "Thank you, it is here now. Where do I find the invoice?"),
        Message("4", Role.AGENT, "The invoice is in your account, under Orders.", author_id="8"),
    ]
    with_it = default_engine().score_conversation("c", said)
    without = default_engine().score_conversation("c", [said[0], *said[2:]])
    assert with_it.messages[1].reason == "opted_out"
    assert with_it.messages[3].status is Status.NOT_APPLICABLE
    assert without.messages[2].status is Status.SCORED


def test_what_a_platform_does_not_tell_is_refused(tmp_path: Path) -> None:
    list_ = place_on("hubspot", tmp_path).app.opting_out(NAME)
    with pytest.raises(
        Misconfigured, match=r"does not tell the brand.*choose from: agent, pipeline, channel"
    ):
        list_.labels({"brand": ["7"]})
    with pytest.raises(Misconfigured, match="--pipeline is empty"):
        list_.labels({"pipeline": [" "]})


# the command


@pytest.fixture
def account(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "account"
    folder.mkdir()
    (folder / "c.jsonl").write_text(
        '{"id": "1", "brand": "7", "messages": [{"id": "1", "role": "customer", "text": "I am furious!"}]}\n'
    )
    assert run("connect", "local", "--name", NAME, "--path", str(folder)).code == 0
    assert run("sync", NAME).code == 0


@pytest.mark.usefixtures("account")
def test_the_command_adds_shows_and_removes(run: Run) -> None:
    assert run("opt-out", NAME).out == "shop: left out of scoring is nothing.\n"
    added = run("opt-out", NAME, "--brand", "7", "--agent", "kestrel-4711", "--json").json
    assert (added["added"], added["forgotten"], added["fields_to_clear"]) == (2, 1, 1)
    assert [(row["kind"], row["id"]) for row in added["left_out"]] == [("agent", None), ("brand", "7")]
    assert run("sync", NAME, "--full", "--json").json["conversations"]["skipped"] == 1
    shown = run("opt-out", NAME).out
    assert "brand 7" in shown
    assert "1 agent, known by a keyed digest alone" in shown
    assert "kestrel" not in shown
    removed = run("opt-out", NAME, "--agent", "kestrel-4711", "--remove", "--json").json
    assert (removed["removed"], len(removed["left_out"])) == (1, 1)


@pytest.mark.usefixtures("account")
def test_the_command_says_what_it_forgot_and_what_to_remove(run: Run) -> None:
    assert "1 conversation forgotten" in run("opt-out", NAME, "--brand", "7").out
    refused = run("opt-out", NAME, "--remove")
    assert refused.code == 2
    assert "Say what to remove" in refused.err
    assert "scored again" in run("opt-out", NAME, "--brand", "7", "--remove").out


def test_entries_say_since_when_and_by_whom(tmp_path: Path) -> None:
    place = place_on("local", tmp_path)
    leave_out(place, brand="7")
    assert place.app.opting_out(NAME).entries() == [OptOut("brand:7", place.world.now(), "Kim")]
