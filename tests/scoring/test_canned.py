"""A pasted reply is recognised from keyed hashes, and costs empathy but no dimension."""

from __future__ import annotations

from connector.model import Message, Role
from connector.scoring.canned import REMEMBERED, TEAM_REMEMBERED, RunMemory, macro_groups, word_groups
from connector.scoring.engine import default_engine

REPLY = (
    "I'm sorry you waited two weeks for the vase. I have ordered a new one and it will arrive by Friday. "
    "I will write to you on Thursday to confirm that it has been sent."
)
CUSTOMER = "The vase is broken and I have been waiting two weeks. I am really upset."
KEY = b"key"


def _score(memory: RunMemory, identity: str, text: str = REPLY, author: str | None = "ann"):
    return default_engine().score_message(
        Message(identity, Role.AGENT, text, author_id=author), replying_to=CUSTOMER, memory=memory
    )


def test_the_second_copy_lowers_empathy_and_keeps_the_dimensions() -> None:
    memory = RunMemory(KEY)
    first, second = _score(memory, "1"), _score(memory, "2")
    assert first.empathy is not None
    assert second.empathy is not None
    assert second.empathy < first.empathy
    assert second.dimensions == first.dimensions
    assert (first.canned, second.canned) == (False, True)
    assert "written before" in second.reason_text


def test_the_same_message_scored_twice_is_no_copy_of_itself() -> None:
    memory = RunMemory(KEY)
    assert _score(memory, "1") == _score(memory, "1")


def test_a_copy_stays_a_copy_when_it_is_scored_again() -> None:
    memory = RunMemory(KEY)
    _score(memory, "1")
    assert _score(memory, "2") == _score(memory, "2")
    assert _score(memory, "1").canned is False


def test_replies_without_an_author_are_judged_alone() -> None:
    memory = RunMemory(KEY)
    _score(memory, "1", author=None)
    assert _score(memory, "2", author=None).canned is False


def test_another_author_starts_afresh() -> None:
    memory = RunMemory(KEY)
    _score(memory, "1")
    assert _score(memory, "2", author="bob").canned is False


def test_what_three_colleagues_wrote_is_the_teams_and_a_copy_for_everybody() -> None:
    memory = RunMemory(KEY)
    assert [_score(memory, str(at), author=f"colleague {at}").canned for at in range(3)] == [False] * 3
    bobs = _score(memory, "3", author="bob")
    assert bobs.canned is True
    assert "written before" in bobs.reason_text
    assert _score(memory, "3", author="bob") == bobs
    assert _score(memory, "1", author="colleague 1").canned is False


def test_one_colleague_who_pastes_again_and_again_makes_a_text_the_teams() -> None:
    memory = RunMemory(KEY)
    for at in range(50):
        _score(memory, str(at))
    assert _score(memory, "50", author="bob").canned is True


def test_a_text_that_three_colleagues_share_in_part_is_nobodys() -> None:
    memory = RunMemory(KEY)
    for at in range(3):
        memory.copies(f"colleague {at}", str(at), frozenset(range(10 * at, 10 * at + 10)))
    assert memory.copies("bob", "3", frozenset({0, 1, 2, 10, 11, 12, 20, 21, 22})) < 0.5


def test_a_macro_is_a_copy_when_it_is_first_sent_and_filled_in() -> None:
    memory = RunMemory(KEY)
    text = "Dear {}, I'm sorry that order {} is late. I have asked the depot and will write again on Monday."
    memory.load_macros(macro_groups(text.format("{{ticket.requester.name}}", "{{ticket.id}}"), KEY))
    assert _score(memory, "1", text.format("Maria", 4411)).canned is True
    assert _score(memory, "2").canned is False


def test_a_macro_with_as_many_words_of_ones_own_is_no_copy() -> None:
    memory = RunMemory(KEY)
    memory.load_macros(macro_groups("Please restart the device and try once more after ten minutes.", KEY))
    mixed = f"{REPLY} Please restart the device and try once more after ten minutes."
    assert _score(memory, "1", mixed).canned is False


def test_a_text_that_everybody_sends_is_known_when_its_first_senders_are_forgotten() -> None:
    memory = RunMemory(KEY)
    for at in range(60):
        memory.copies(f"colleague {at}", str(at), frozenset({7}))
    for at in range(TEAM_REMEMBERED - 20):
        memory.copies(f"somebody {at}", str(at), frozenset({100 + at}))
    assert memory.copies("bob", "new", frozenset({7})) == 1.0


def test_the_team_forgets_the_oldest_too() -> None:
    memory = RunMemory(KEY)
    for at in range(3):
        memory.copies(f"colleague {at}", str(at), frozenset({7}))
    for at in range(TEAM_REMEMBERED):
        memory.copies(f"somebody {at}", str(at), frozenset({100 + at}))
    assert memory.copies("bob", "new", frozenset({7})) == 0.0


def test_a_template_with_other_names_and_numbers_is_still_the_same() -> None:
    memory = RunMemory(KEY)
    text = "Hi {}, I'm sorry that order {} is late. I have asked the depot and will write again on Monday."
    _score(memory, "1", text.format("Maria", 4411))
    assert _score(memory, "2", text.format("Ahmed", 9987)).canned is True


def test_the_name_behind_a_greeting_of_another_language_changes_nothing() -> None:
    rest = " we have sent the parcel again and it is free of charge."
    assert word_groups("Guten Tag Anna," + rest, KEY) == word_groups("Guten Tag Jens," + rest, KEY)
    assert word_groups("Anna," + rest, KEY) != word_groups("Jens," + rest, KEY)


def test_a_short_courtesy_is_never_a_copy() -> None:
    memory = RunMemory(KEY)
    _score(memory, "1", "Thank you very much!")
    assert _score(memory, "2", "Thank you very much!").canned is False


def test_what_is_exported_can_be_loaded_and_is_only_numbers() -> None:
    memory = RunMemory(KEY)
    first = _score(memory, "1")
    rows = list(memory.export())
    assert [row[:2] for row in rows] == [("ann", "1")]
    assert all(isinstance(number, int) and 0 <= number < 2**56 for number in rows[0][2])
    later = RunMemory(KEY)
    later.load(rows)
    assert _score(later, "1") == first
    assert _score(later, "2").canned is True


def test_the_key_changes_every_hash() -> None:
    assert not word_groups(REPLY, b"one") & word_groups(REPLY, b"two")


def test_the_memory_forgets_the_oldest() -> None:
    memory = RunMemory(KEY)
    for number in range(REMEMBERED + 5):
        memory.copies("ann", str(number), frozenset({number}))
    assert len(list(memory.export())) == REMEMBERED
    assert memory.copies("ann", "new", frozenset({0})) == 0.0
