"""The page on which an admin looks at, tries and changes what the score weighs."""

from __future__ import annotations

import re

import pytest

from connector.scoring.rubric import default_rubric
from connector.web.rubric import written

from .browsers import OTHER, OWN, Server
from .test_pages import words_of

PAGE = f"/admin/{OWN}/rubric"
USUAL = written(default_rubric())


def tried(server: Server, **changes: str) -> str:
    query = {**USUAL, **changes}
    return server.browser("admin").get(PAGE, query_string=query).text


def test_it_shows_what_is_in_force_and_when_scores_change(server: Server) -> None:
    page = words_of(server.browser("admin").get(PAGE).text)
    assert "fair from 40, high from 70" in page
    assert "as it comes with the product" in page
    assert "when it next changes" in page
    assert default_rubric().digest() in page


def test_a_try_says_what_would_change_and_changes_nothing(server: Server) -> None:
    page = words_of(tried(server, fair="80", high="90", help="25", interpretation="20"))
    assert "Fair from 80 now 40" in page
    assert "Gives a next step and a time: 25 points at most now 20" in page
    assert re.search(r"4 scored conversations would be: \d high \(now \d\)", page)
    assert server.app.rubrics(OWN).in_force() == default_rubric()


def test_the_numbers_in_force_change_nothing(server: Server) -> None:
    page = tried(server)
    assert "Nothing: these are the numbers in force." in page
    assert "Put this in force" not in page


def test_a_change_has_a_version_an_author_and_an_entry_in_the_chain(server: Server) -> None:
    admin = server.browser("admin")
    for fair, version in (("50", "2"), ("55", "3")):
        assert admin.post(PAGE, {**USUAL, "fair": fair}).status_code == 303
        rubric = server.app.rubrics(OWN).in_force()
        assert (rubric.fair, rubric.version) == (int(fair), version)
    assert "Kim the admin (admin)" in admin.get(PAGE).text
    assert "fair from 55" in words_of(admin.get(f"/admin/{OWN}/settings").text)
    assert server.app.rubrics(OTHER).in_force() == default_rubric()
    entries = [each.entry for each in server.app.erasing.proving.verify(OWN).entries]
    changes = [each for each in entries if each["what"] == "rubric change"]
    assert [each["version"] for each in changes] == ["2", "3"]
    assert all(each["actor"].startswith("admin-") for each in changes), changes
    assert server.app.rubrics(OWN).engine().ruleset != server.app.rubrics(OTHER).engine().ruleset


def test_the_products_own_comes_back_with_a_button(server: Server) -> None:
    admin = server.browser("owner")
    assert "Go back to the rubric" not in admin.get(PAGE).text
    assert admin.post(PAGE, {**USUAL, "fair": "50"}).status_code == 303
    assert "Go back to the rubric" in admin.get(PAGE).text
    assert admin.post(PAGE, {"usual": "yes"}).status_code == 303
    assert server.app.rubrics(OWN).in_force() == default_rubric()


def test_a_usual_mix_fills_the_form_and_is_named_by_its_scores(server: Server) -> None:
    admin = server.browser("admin")
    page = admin.get(f"{PAGE}?preset=retail").text
    values = dict(re.findall(r'name="(\w+)" value="([\d.]+)"', page))
    assert values["help"] == "25"
    assert admin.post(PAGE, values).status_code == 303
    assert "-retail2-" in server.app.rubrics(OWN).engine().ruleset
    assert admin.get(f"{PAGE}?preset=hotel").status_code == 200


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"help": "25"}, "must sum to 100"),
        ({"help": "-5", "interpretation": "50"}, "weights.help must be a number from 0 to 100"),
        ({"help": "nan"}, "weights.help must be a number from 0 to 100"),
        ({"help": "inf"}, "weights.help must be a number from 0 to 100"),
        ({"help": "lots"}, 'A number is needed for "Gives a next step and a time"'),
        ({"fair": "80"}, "bands.fair must be below"),
        ({"fair": "40.5"}, "A whole number is needed"),
        ({"fair": "nan"}, "A whole number is needed"),
        ({"high": "1e3"}, "bands.high must be a number from 0 to 100"),
        ({"attention": "2"}, "attention.frustration must be a number from 0 to 1"),
        ({"canned": ""}, "A number is needed"),
        ({"high": '"><script>'}, "A number is needed"),
    ],
)
def test_numbers_that_cannot_be_are_refused_with_what_was_typed(
    server: Server, changes: dict[str, str], said: str
) -> None:
    admin = server.browser("admin")
    form = {**USUAL, **changes}
    for answer in (admin.post(PAGE, form), admin.get(PAGE, query_string=form)):
        assert answer.status_code == 400
        assert said in words_of(answer.text).replace("&#34;", '"').replace("&#39;", "'")
        assert "<script>" not in answer.text
    assert server.app.rubrics(OWN).in_force() == default_rubric()


def test_a_correction_is_banded_by_the_accounts_own_rubric(server: Server) -> None:
    assert server.browser("admin").post(PAGE, {**USUAL, "fair": "88", "high": "90"}).status_code == 303
    form = {"decision": "corrected", "empathy": "85", "by": "Kim", "reason": "The call counts."}
    assert server.browser("lead").post(f"/admin/{OWN}/disputes/3/decide", form).status_code == 303
    [dispute] = server.app.store.disputes(OWN, "3")
    assert dispute.band == "low"
