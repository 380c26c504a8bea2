"""What may be kept, and for how long: the strictest rule counts, and time only ever shortens (P-01, P-04)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import Misconfigured
from connector.model import Head, KeptRecord, LegalHold
from connector.privacy.policy import (
    EVERYTHING,
    Mode,
    Override,
    Policy,
    Retention,
    due,
    due_at,
    held_labels,
    is_held,
    keep_text,
    labels_of,
)
from connector.privacy.policy_file import parse_holds, parse_keep, parse_policy, require_effective

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
LABELS = ["tag:legal", "tag:vip", "brand:7", "pipeline:0", "contact.country:DE"]

modes = st.sampled_from(list(Mode))
lengths = st.integers(1, 400).map(lambda hours: timedelta(hours=hours))
instants = st.integers(-500, 500).map(lambda hours: NOW + timedelta(hours=hours))
labels = st.frozensets(st.sampled_from(LABELS))
retentions = st.builds(Retention, modes, lengths)
overrides = st.lists(st.builds(Override, st.sampled_from(LABELS), retentions), max_size=5).map(tuple)
policies = st.builds(Policy, retentions, overrides)
records = st.builds(
    KeptRecord,
    st.sampled_from(["redact", "encrypt"]),
    instants,
    instants.map(lambda at: at + 20 * DAY),
    labels,
)
holds = st.lists(
    st.builds(
        lambda on, begins, length: LegalHold("h", on, "owner", "reason", begins, begins + length),
        st.sampled_from([*LABELS, EVERYTHING]),
        instants,
        lengths,
    ),
    max_size=3,
)


@given(records, policies, instants, lengths)
def test_p01_without_holds_what_is_due_stays_due(
    record: KeptRecord, policy: Policy, now: datetime, later: timedelta
) -> None:
    assert not due(record, policy, [], now) or due(record, policy, [], now + later)


@given(records, policies, holds, instants, st.randoms())
def test_p01_the_order_of_rules_and_holds_does_not_matter(
    record: KeptRecord, policy: Policy, held: list[LegalHold], now: datetime, random: Any
) -> None:
    shuffled, holds_shuffled = list(policy.overrides), list(held)
    random.shuffle(shuffled)
    random.shuffle(holds_shuffled)
    other = replace(policy, overrides=tuple(shuffled))
    assert due_at(record, other) == due_at(record, policy)
    assert due(record, other, holds_shuffled, now) == due(record, policy, held, now)


@given(records, policies, st.sampled_from(LABELS), retentions)
def test_p01_one_more_rule_never_keeps_longer(
    record: KeptRecord, policy: Policy, label: str, retention: Retention
) -> None:
    stricter = replace(policy, overrides=(*policy.overrides, Override(label, retention)))
    assert due_at(record, stricter) <= due_at(record, policy)


@given(records, policies, retentions)
def test_p01_a_stricter_base_never_keeps_longer(
    record: KeptRecord, policy: Policy, retention: Retention
) -> None:
    stricter = replace(policy, retention=policy.retention.strictest(retention))
    assert due_at(record, stricter) <= due_at(record, policy)


@given(records, policies, holds, holds, instants)
def test_p01_one_more_hold_never_deletes(
    record: KeptRecord, policy: Policy, held: list[LegalHold], more: list[LegalHold], now: datetime
) -> None:
    assert not due(record, policy, [*held, *more], now) or due(record, policy, held, now)


@given(records, st.lists(policies, min_size=1, max_size=5))
def test_p04_through_any_changes_of_policy_a_promise_only_ever_shortens(
    record: KeptRecord, changes: list[Policy]
) -> None:
    for policy in changes:
        promised = due_at(record, policy)
        assert promised <= record.due_at
        record = replace(record, due_at=promised)


@given(retentions, retentions, retentions)
def test_strictest_is_the_same_however_rules_are_combined(a: Retention, b: Retention, c: Retention) -> None:
    assert a.strictest(b) == b.strictest(a)
    assert a.strictest(b).strictest(c) == a.strictest(b.strictest(c))
    assert a.strictest(a) == a


def test_a_text_goes_at_the_very_instant_and_not_before() -> None:
    record = KeptRecord("encrypt", NOW, NOW + 30 * DAY)
    policy = Policy(Retention(Mode.ENCRYPT, 7 * DAY))
    assert due_at(record, policy) == NOW + 7 * DAY
    assert not due(record, policy, [], NOW + 7 * DAY - timedelta(microseconds=1))
    assert due(record, policy, [], NOW + 7 * DAY)


def test_a_longer_time_does_not_extend_what_was_promised() -> None:
    record = KeptRecord("encrypt", NOW, NOW + 3 * DAY)
    assert due_at(record, Policy(Retention(Mode.ENCRYPT, 90 * DAY))) == NOW + 3 * DAY


@pytest.mark.parametrize(
    ("kept_as", "mode", "goes_at"),
    [
        ("encrypt", Mode.ENCRYPT, NOW + DAY),
        ("redact", Mode.ENCRYPT, NOW + DAY),
        ("redact", Mode.REDACT, NOW + DAY),
        ("encrypt", Mode.REDACT, NOW),
        ("encrypt", Mode.DROP, NOW),
        ("redact", Mode.DROP, NOW),
    ],
)
def test_a_text_in_a_form_that_is_no_longer_allowed_is_due_at_once(
    kept_as: str, mode: Mode, goes_at: datetime
) -> None:
    assert due_at(KeptRecord(kept_as, NOW, NOW + 9 * DAY), Policy(Retention(mode, DAY))) == goes_at


def test_the_strictest_of_all_rules_that_apply_counts() -> None:
    policy = Policy(
        Retention(Mode.ENCRYPT, 30 * DAY),
        (
            Override("tag:vip", Retention(Mode.REDACT, 20 * DAY)),
            Override("brand:7", Retention(Mode.ENCRYPT, 5 * DAY)),
            Override("tag:legal", Retention()),
        ),
    )
    assert policy.for_labels(()) == Retention(Mode.ENCRYPT, 30 * DAY)
    assert policy.for_labels({"brand:7"}) == Retention(Mode.ENCRYPT, 5 * DAY)
    assert policy.for_labels({"tag:vip", "brand:7"}) == Retention(Mode.REDACT, 5 * DAY)
    assert policy.for_labels({"tag:vip", "tag:legal"}) == Retention()
    assert policy.for_labels({"brand:8"}) == Retention(Mode.ENCRYPT, 30 * DAY)


def test_without_a_policy_nothing_is_kept() -> None:
    assert Policy().for_labels(LABELS) == Retention(Mode.DROP, timedelta(0))
    assert Policy().version == 0
    assert Retention(Mode.DROP, DAY).keep == timedelta(0)


def test_modes_allow_themselves_and_what_is_stricter() -> None:
    allowed = [(a, b) for a, b in itertools.product(Mode, Mode) if Retention(a, DAY).allows(b)]
    assert allowed == [
        (Mode.DROP, Mode.DROP),
        (Mode.REDACT, Mode.DROP),
        (Mode.REDACT, Mode.REDACT),
        (Mode.ENCRYPT, Mode.DROP),
        (Mode.ENCRYPT, Mode.REDACT),
        (Mode.ENCRYPT, Mode.ENCRYPT),
    ]


def test_a_hold_holds_what_it_names_from_its_beginning_until_its_end() -> None:
    hold = LegalHold("h1", "contact:7", "Dana", "claim", NOW, NOW + DAY)
    mine, other = {"contact:7", "tag:a"}, {"contact:77"}
    assert is_held(mine, [hold], NOW)
    assert is_held(mine, [hold], NOW + DAY - timedelta(seconds=1))
    assert not is_held(mine, [hold], NOW + DAY)
    assert not is_held(mine, [hold], NOW - timedelta(seconds=1))
    assert not is_held(other, [hold], NOW)
    assert is_held(other, [replace(hold, on=EVERYTHING)], NOW)
    assert held_labels([hold], NOW) == {"contact:7"}
    assert held_labels([hold], NOW + DAY) == frozenset()


def test_a_conversation_is_labelled_by_what_rules_and_holds_can_name() -> None:
    head = Head(
        "5", contact_id="7", tags=frozenset({"vip"}), attributes={"brand": "9", "contact.country": "DE"}
    )
    assert labels_of(head) == {"conversation:5", "contact:7", "tag:vip", "brand:9", "contact.country:DE"}
    assert labels_of(Head("5")) == {"conversation:5"}


@given(policies)
def test_a_policy_reads_back_as_it_was_written(policy: Policy) -> None:
    assert parse_policy(policy.as_json(), version=policy.version) == policy


def test_a_mode_without_a_time_keeps_for_thirty_days() -> None:
    assert parse_policy({"mode": "encrypt"}).retention == Retention(Mode.ENCRYPT, 30 * DAY)
    assert parse_policy({}) == Policy()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ([], "must be a JSON object"),
        ({"mode": "forever"}, "mode must be drop, redact or encrypt"),
        ({"mode": ["drop"]}, "mode must be"),
        ({"mode": "drop", "keep": "1d"}, "drop keeps nothing"),
        ({"mode": "encrypt", "keep": 30}, "The policy: keep must be"),
        ({"mode": "encrypt", "keep": "30"}, "such as 30d"),
        ({"mode": "encrypt", "keep": "0d"}, "more than nothing and at most 3650d"),
        ({"mode": "encrypt", "keep": "3651d"}, "at most 3650d"),
        ({"mode": "encrypt", "kept": "1d"}, "'kept' is unknown"),
        ({"overrides": {}}, "overrides must be a JSON list"),
        ({"overrides": [1]}, r"overrides\[0\] must be a JSON object"),
        (
            {"overrides": [{"on": "tag:a", "mode": "drop"}, {"on": "tag:", "mode": "drop"}]},
            r"overrides\[1\]: on",
        ),
        ({"overrides": [{"on": "everything", "mode": "drop"}]}, "on must be tag:NAME"),
        ({"overrides": [{"on": "contact:7", "mode": "drop"}]}, "on must be tag:NAME"),
        ({"overrides": [{"on": 7, "mode": "drop"}]}, "on must be tag:NAME"),
        ({"overrides": [{"on": "tag:a"}]}, "mode is missing"),
        ({"overrides": [{"on": "tag:a", "mode": "drop", "x": 1}]}, "'x' is unknown"),
    ],
)
def test_a_policy_that_cannot_be_read_is_refused_by_the_entry_at_fault(content: object, told: str) -> None:
    with pytest.raises(Misconfigured, match=told):
        parse_policy(content)


def test_an_override_that_would_do_nothing_is_refused() -> None:
    base = {"mode": "encrypt", "keep": "7d"}
    require_effective(parse_policy({**base, "overrides": [{"on": "tag:a", "mode": "encrypt", "keep": "6d"}]}))
    require_effective(parse_policy({**base, "overrides": [{"on": "tag:a", "mode": "redact", "keep": "9d"}]}))
    for lax in ({"mode": "encrypt", "keep": "7d"}, {"mode": "encrypt", "keep": "8d"}):
        with pytest.raises(Misconfigured, match=r"overrides\[0\] on tag:a is no stricter"):
            require_effective(parse_policy({**base, "overrides": [{"on": "tag:a", **lax}]}))


HOLD = {"id": "h1", "on": "tag:a", "owner": "Dana", "reason": "claim", "ends_at": "2026-04-01"}


def test_holds_are_read_and_begin_now_unless_they_say_otherwise() -> None:
    assert parse_holds({}, NOW) is None
    assert parse_holds({"holds": []}, NOW) == ()
    [hold] = parse_holds({"holds": [HOLD]}, NOW) or ()
    assert hold == LegalHold("h1", "tag:a", "Dana", "claim", NOW, datetime(2026, 4, 1, tzinfo=UTC))
    [hold] = parse_holds({"holds": [{**HOLD, "begins_at": "2026-01-01T02:00:00+02:00"}]}, NOW) or ()
    assert hold.begins_at == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"id": ""}, r"holds\[0\]: id is missing"),
        ({"owner": 3}, "owner is missing"),
        ({"reason": " "}, "reason is missing"),
        ({"on": "person:3"}, "on must be everything, contact:ID"),
        ({"on": "contact:"}, "on must be everything"),
        ({"ends_at": "soon"}, "ends_at must be a date"),
        ({"begins_at": 5}, "begins_at must be a date"),
        ({"ends_at": "2026-03-02T09:00:00"}, "ends_at must be later"),
        ({"until": "x"}, "'until' is unknown"),
    ],
)
def test_a_hold_that_cannot_be_read_is_refused(changes: dict[str, object], told: str) -> None:
    with pytest.raises(Misconfigured, match=told):
        parse_holds({"holds": [{**HOLD, **changes}]}, NOW)


@pytest.mark.parametrize("on", ["everything", "contact:7", "conversation:1", "brand:2", "contact.country:DE"])
def test_a_hold_may_name_everything_or_one_thing(on: str) -> None:
    assert parse_holds({"holds": [{**HOLD, "on": on}]}, NOW)


def test_two_holds_need_two_ids() -> None:
    with pytest.raises(Misconfigured, match="same id"):
        parse_holds({"holds": [HOLD, HOLD]}, NOW)


@pytest.mark.parametrize(
    ("text", "length", "shown"),
    [
        ("30d", 30 * DAY, "30d"),
        ("12h", DAY / 2, "12h"),
        ("2w", 14 * DAY, "14d"),
        ("90m", timedelta(minutes=90), "90m"),
        ("1s", timedelta(seconds=1), "1s"),
        ("3650d", 3650 * DAY, "3650d"),
        ("24h", DAY, "1d"),
    ],
)
def test_lengths_of_time_are_read_and_shown(text: str, length: timedelta, shown: str) -> None:
    assert parse_keep(text) == length
    assert keep_text(length) == shown


@pytest.mark.parametrize(
    "text", ["", "d", "30", "-1d", "1.5d", "30 d", "30d\n", "٣d", "1y", "9999999999d", None, 30]
)
def test_what_is_no_length_of_time_is_refused(text: object) -> None:
    with pytest.raises(Misconfigured, match="--keep must be"):
        parse_keep(text)
