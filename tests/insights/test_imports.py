"""Files as other programmes export them, good and bad."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.errors import ConnectorError, Misconfigured, Unsupported
from connector.insights.imports.kinds import KINDS, REFUSED, kind_named
from connector.insights.imports.reading import ReadFile, read_file
from connector.insights.imports.themes import is_about_service, themes_of
from connector.insights.imports.values import Unclear, as_count, as_time

NOW = datetime(2026, 5, 1, tzinfo=UTC)


class Judging:
    """Counts what it is given; says good of good words."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def sentiment(self, text: str) -> float | None:
        self.read.append(text)
        return 0.5 if "good" in text else -0.5

    def is_empathetic(self, text: str) -> bool:
        return "sorry" in text


class Digests:
    """Digests one can read in a test."""

    def by_id(self, contact_id: str) -> str:
        return f"id:{contact_id}"

    def by_email(self, address: str) -> str:
        return f"mail:{len(address)}"

    def of_row(self, text: str) -> str:
        return f"row:{text}"


def read(kind: str, text: str, **said: str) -> ReadFile:
    return read_file(kind_named(kind), text.encode(), said=said, judge=Judging(), people=Digests(), now=NOW)


SURVEYMONKEY = """\
Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,Custom Data 1,\
Did our staff understand your needs?,Did you feel valued as a customer?,Anything else you want to tell us?
,,,,,,,,,Response,Response,Open-Ended Response
118,9,03/02/2026 10:00:01 AM,03/02/2026 10:04:07 PM,192.0.2.1,kim@example.invalid,Kim,Doe,,5,4,good people
119,9,03/13/2026 11:00:00 AM,03/13/2026 11:01:00 AM,192.0.2.2,,,,,1,2,
"""
QUALTRICS = """\
StartDate,EndDate,Status,IPAddress,Progress,Finished,RecordedDate,ResponseId,RecipientEmail,ExternalReference,\
Q1,Q2
Start Date,End Date,Response Type,IP Address,Progress,Finished,Recorded Date,Response ID,Recipient Email,\
External Data Reference,"On a scale from 0-10, how likely are you to recommend us?",\
Did you feel valued as a customer?
"{""ImportId"":""startDate""}","{""ImportId"":""endDate""}",,,,,,,,,,
2026-03-01 09:00:00,2026-03-01 09:05:00,0,192.0.2.9,100,1,2026-03-01 09:05:01,R_1,,c-7,9,6
"""


def test_a_surveymonkey_export_is_read_without_a_word_of_mapping() -> None:
    found = read("customer-survey", SURVEYMONKEY)
    assert not found.problems
    first, second = found.facts
    assert first.id == "row:118"
    assert first.at == datetime(2026, 3, 2, 22, 4, 7, tzinfo=UTC)
    assert first.values == {"contact": "mail:19", "understood": 100.0, "valued": 75.0, "sentiment": 0.5}
    assert second.values == {"understood": 0.0, "valued": 25.0}
    assert found.matched["understood"] == "Did our staff understand your needs? (1 to 5)"
    assert {"IP Address", "First Name", "Last Name"} <= set(found.ignored)


def test_a_qualtrics_export_has_three_header_lines() -> None:
    found = read("customer-survey", QUALTRICS)
    (only,) = found.facts
    assert only.at == datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
    assert only.values["contact"] == "id:c-7"
    assert only.values["recommend"] == 9


def test_reviews_of_google_and_yelp_keep_a_rating_and_themes_but_no_words() -> None:
    google = (
        "Review ID,Star rating,Comment,Create time\n"
        "g1,5,good staff who listened to me,2026-02-03T08:00:00Z\n"
        "g2,1,Nobody listened. Rude.,2026-02-04T08:00:00Z\n"
    )
    found = read("review", google)
    assert [each.values["rating"] for each in found.facts] == [100.0, 0.0]
    assert [each.values["themes"] for each in found.facts] == [["listened"], ["ignored", "rude"]]
    assert "listened to me" not in repr(found)
    yelp = 'Date,Rating,Review\n2/14/2026,4 star rating,"good, fast"\n'
    (only,) = read("review", yelp).facts
    assert only.at == datetime(2026, 2, 14, tzinfo=UTC)
    assert only.values["rating"] == 75.0


def test_a_brandwatch_export_begins_with_the_name_of_the_report() -> None:
    text = (
        "Report:,Our brand\nBrand:,Ours\nFrom:,Sun Mar 01 2026\n\n"
        "Date,Url,Page Type,Title,Full Text\n"
        "2026-03-02 10:00:00.0,https://example.invalid/1,twitter,,good support\n"
    )
    (only,) = read("brand-mention", text).facts
    assert only.values == {
        "source": "twitter",
        "sentiment": 0.5,
        "themes": [],
        "is_about_service": True,
    }


def test_a_mention_export_names_its_source() -> None:
    text = "Date;Source;Title;Description\n2026-03-02;blog;Hello;a good one\n"
    (only,) = read("brand-mention", text).facts
    assert only.values["source"] == "blog"
    assert only.values["is_about_service"] is False


def test_culture_amp_and_15five_figures_of_teams_need_five_answers() -> None:
    text = "Date,Department,Question,Favorable %,Responses\n2026-03-31,Support,I feel heard,64%,12\n"
    (only,) = read("employee-survey", text).facts
    assert only.values == {"team": "Support", "question": "I feel heard", "score": 64.0, "responses": 12}
    few = "Date,Group,Question,Score,Responses\n2026-03-31,Ops,I feel heard,4.1,4\n"
    found = read("employee-survey", few)
    assert found.facts == ()
    assert str(found.problems[0]).startswith('Line 2, column "responses": says fewer than 5 people')


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Date,Team,Name,Calm\n2026-03-31,Ops,Kim,5\n2026-03-31,Ops,,4\n", r'"Name" names people \(line 2\)'),
        ("Date,Team,Calm,Note\n2026-03-31,Ops,5,kim@example.invalid\n", "e-mail addresses in line 2"),
        ("Date,Team,Calm,Performance rating\n2026-03-31,Ops,5,3\n", "rates single people"),
        ("Date,Team,Calm,Employee ID\n2026-03-31,Ops,5,E7\n", '"Employee ID" names people'),
    ],
)
def test_surveys_of_people_on_our_side_must_not_name_them(text: str, sentence: str) -> None:
    with pytest.raises(Unsupported, match=sentence) as refusal:
        read("employee-survey", text)
    assert "kim" not in str(refusal.value).casefold()


def test_empty_name_columns_of_an_anonymous_export_do_no_harm() -> None:
    assert read("employee-survey", "Date,Team,Name,Calm\n2026-03-31,Ops,,5\n").facts


@pytest.mark.parametrize("name", [*REFUSED, "candidates", "audio"])
def test_what_must_not_be_measured_is_refused_with_its_reason(name: str) -> None:
    with pytest.raises(Unsupported, match="not taken"):
        kind_named(name)


def test_a_protected_attribute_is_no_field() -> None:
    text = "contact,started_at,sex\nc1,2026-01-01,f\n"
    with pytest.raises(ConnectorError, match="gender is never read"):
        read("subscription", text, sex="gender")


def test_posts_are_judged_where_nobody_flagged_them() -> None:
    text = (
        "Date,Post ID,Impressions,Likes,Shares,Comments,Text\n"
        '2026-03-02,p1,"1,200",10,2,1,We are sorry about the delay\n2026-03-02,p2,100,1,0,0,Buy now\n'
    )
    first, second = read("post", text).facts
    assert first.values == {
        "impressions": 1200,
        "likes": 10,
        "shares": 2,
        "comments": 1,
        "is_empathetic": True,
    }
    assert second.values["is_empathetic"] is False


def test_subscriptions_headcounts_and_referrals() -> None:
    (one,) = read("subscription", "Customer ID,Start Date,End Date,MRR\nc1,2025-01-01,,12.50\n").facts
    assert one.at == datetime(2025, 1, 1, tzinfo=UTC)
    assert one.values == {
        "contact": "id:c1",
        "started_at": "2025-01-01T00:00:00+00:00",
        "monthly_margin": 12.5,
    }
    (two,) = read("headcount", "Month,Team,At start,At end,Leavers\n2026-01,Ops,22,20,3\n").facts
    assert two.values == {"team": "Ops", "at_start": 22, "at_end": 20, "separations": 3}
    (three,) = read("referral", "Date,Contact ID\n2026-01-05,c9\n").facts
    assert three.values == {"contact": "id:c9"}


BROKEN = {
    "customer-survey": (
        "Date,NPS\n2026-03-31,11\n",
        'Line 2, column "NPS": is no whole number from 0 to 10.',
    ),
    "review": ("Date,Rating,Text\n31.02.2026,5,fine\n", 'Line 2, column "Date": is no date that exists.'),
    "brand-mention": (
        "Date,Text\n2026-03-31,\n",
        'Line 2, column "Text": is empty; fill it in, or remove the row.',
    ),
    "employee-survey": ("Date,Team,Calm\n2026-03-31,Ops,often\n", 'column "Calm": is no answer on a scale.'),
    "post": (
        "Date,Impressions,Likes,Shares,Comments,Text\n2026-03-31,-5,1,1,1,a\n",
        'column "Impressions": is no whole number of 0 or more.',
    ),
    "subscription": ("Contact,Start\nc1,soon\n", 'column "Start": is no date; write it like 2026-03-31.'),
    "headcount": (
        "Month,Team,At start,At end,Left\n2026-01,Ops,x,20,3\n",
        'column "At start": is no number.',
    ),
    "referral": ("Date,Contact\n03/04/2026,c1\n", "could be read in two ways (day or month first)"),
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda each: each.name)
def test_a_wrong_file_names_line_column_and_remedy_and_nothing_is_taken(kind: object) -> None:
    name = kind.name  # type: ignore[attr-defined]
    text, sentence = BROKEN[name]
    row = text.splitlines()[1]
    good = row.split(",")
    found = read(name, text)
    assert found.facts == ()
    assert sentence in str(found.problems[0])
    assert good[-1] not in str(found.problems[0]) or len(good[-1]) < 3


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The file is empty"),
        ("Date,Contact\n", None),
        ("when,who\n2026-03-31,c1\n", "no column for at"),
        ("Date,who\n2026-03-31,c1\n", "no column for any of: contact, email"),
        ('Date,Contact\n2026-03-31,"c1\n', "cannot be read as CSV"),
        ("Date,Contact\n2026-03-31,c1,c2\n", "Line 2 has 3 cells, but there are 2 columns"),
        ("Date,Contact\n2027-03-31,c1\n", None),
    ],
)
def test_a_file_that_cannot_be_read_is_answered_with_one_sentence(text: str, sentence: str | None) -> None:
    if sentence is None:
        assert read("referral", text).facts == ()
        return
    with pytest.raises(Misconfigured, match=sentence):
        read("referral", text)


def test_a_column_can_be_named_with_its_scale() -> None:
    text = "Submitted,Q9\n2026-03-31,4\n"
    (only,) = read("customer-survey", text, Q9="valued:1-7").facts
    assert only.values == {"valued": 50.0}
    with pytest.raises(Misconfigured, match='no field "joy"'):
        read("customer-survey", text, Q9="joy")
    with pytest.raises(Misconfigured, match='no column "Q8"'):
        read("customer-survey", text, Q8="valued")
    with pytest.raises(Misconfigured, match="is no scale"):
        read("customer-survey", text, Q9="valued:7")


def test_good_and_bad_count_as_all_and_nothing() -> None:
    text = "Date,Rating,Ticket ID\n2026-03-30,good,7\n2026-03-31,bad,8\n"
    assert [each.values["satisfaction"] for each in read("customer-survey", text).facts] == [100.0, 0.0]


def test_a_row_that_comes_twice_counts_once() -> None:
    text = "Date,Contact,ID\n2026-03-31,c1,r1\n2026-03-31,c1,r1\n"
    assert len(read("referral", text).facts) == 1


@pytest.mark.parametrize(
    ("text", "themes"),
    [
        ("They really understood me and listened.", {"understood", "listened"}),
        ("Nobody listened to us", {"ignored"}),
        ("They didn't even listen", {"ignored"}),
        ("so RUDE, never answered", {"rude", "ignored"}),
        ("not rude at all", set()),
        ("fast delivery", set()),
    ],
)
def test_themes_know_a_denial(text: str, themes: set[str]) -> None:
    assert themes_of(text) == themes


def test_a_price_is_not_a_treatment() -> None:
    assert not is_about_service("Too expensive, and the box was dented.")
    assert is_about_service("The staff helped us at once.")


@pytest.mark.parametrize(
    ("text", "day_first", "day"),
    [
        ("13/02/2026", True, 13),
        ("02/13/2026", False, 13),
        ("13.02.2026", None, 13),
        ("2026-02-13T23:30:00+01:00", None, 13),
    ],
)
def test_dates_are_read_as_their_column_tells(text: str, day_first: bool | None, day: int) -> None:
    found = as_time(text, day_first=day_first)
    assert (found.year, found.month, found.day) == (2026, 2, day)


def test_thousands_may_be_parted() -> None:
    assert as_count("1,234,567") == 1_234_567
    with pytest.raises(Unclear):
        as_count("1.5")


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(KINDS),
    st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "replace")),
)
def test_no_file_whatever_does_more_than_be_refused(kind: object, content: bytes) -> None:
    with suppress(ConnectorError):
        read_file(kind, content, said={}, judge=Judging(), people=Digests(), now=NOW)  # type: ignore[arg-type]
