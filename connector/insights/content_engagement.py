"""T2, MK1: whether posts that show empathy are engaged with more.

The rate is (likes + shares + comments) / impressions of all posts of a kind together, the difference with
Newcombe's interval. It is about posts; there is nothing here about a person.
"""

from __future__ import annotations

from collections.abc import Iterable

from .material import Material
from .months import Months
from .numbers import difference_of_shares
from .report import NOT_ENOUGH, Figure, Report, Table, by_month, sentences
from .rows import Post

NAME = "content-engagement"
TITLE = "Engagement with empathy-focused content"
QUESTION = "Do people engage more with posts that show empathy?"
MEASURES = ("T2", "MK1")
POSTS = 5
"""Fewer posts of a kind than this are not compared."""


def report(material: Material, period: Months) -> Report:
    """The report over the posts of these months."""
    posts = material.posts(period)
    counted = [each for each in posts if is_countable(each)]
    kind = [each for each in counted if each.is_empathetic]
    other = [each for each in counted if not each.is_empathetic]
    enough = min(len(kind), len(other)) >= POSTS
    difference = Figure.of(
        "Difference (empathy-focused less others)",
        difference_of_shares(totals(other), totals(kind)) if enough else None,
        unit="points",
        factor=100,
        note=""
        if enough
        else f"{POSTS} posts of each kind are needed; there are {len(kind)} and {len(other)}.",
    )
    return Report(
        NAME,
        TITLE,
        QUESTION,
        period,
        summary=sentences(in_words(difference)),
        figures=(difference,),
        tables=(
            Table(
                "Engagement rate",
                ("Posts", "Rate", "Posts counted"),
                tuple(
                    (
                        name,
                        (
                            rate(name, those),
                            Figure.plain("Posts counted", float(len(those)), len(those), enough=0),
                        ),
                    )
                    for name, those in (("empathy-focused", kind), ("others", other))
                ),
            ),
        ),
        series=(
            by_month(
                "Engagement with empathy-focused posts",
                period,
                kind,
                at=lambda each: each.at,
                figure=lambda those: rate("Rate", those, enough=1),
            ),
        ),
        cautions=sentences(
            "What a post is about, when it appeared and who was shown it all move engagement; "
            "the difference is an association.",
            f"{len(posts) - len(counted)} posts are left out: no impressions, or fewer than reactions."
            if len(posts) > len(counted)
            else None,
            "Use it to write helpful posts, not to exploit feelings; nothing here can address people.",
        ),
        missing=() if posts else ("No posts are here. Import them: import post FILE --into NAME.",),
    )


def is_countable(post: Post) -> bool:
    """Whether a rate can be made of it."""
    return 0 < post.impressions >= reactions(post)


def reactions(post: Post) -> int:
    """Likes, shares and comments together."""
    return post.likes + post.shares + post.comments


def totals(posts: Iterable[Post]) -> tuple[int, int]:
    """(reactions, impressions) of all of them."""
    pairs = [(reactions(each), each.impressions) for each in posts]
    return sum(done for done, _ in pairs), sum(seen for _, seen in pairs)


def rate(label: str, posts: list[Post], *, enough: int = POSTS) -> Figure:
    """The engagement rate of some posts, in percent of their impressions."""
    if len(posts) < enough or not posts:
        return Figure.missing(label, len(posts), NOT_ENOUGH, unit="%")
    return Figure.share(label, *totals(posts), note=f"of the impressions of {len(posts)} posts")


def in_words(difference: Figure) -> str:
    """The difference in one sentence."""
    if difference.value is None or difference.low is None or difference.high is None:
        return difference.note or NOT_ENOUGH
    if difference.low > 0:
        return (
            f"Posts that show empathy are associated with more engagement (by {difference.value:.1f} points)."
        )
    if difference.high < 0:
        return (
            f"Posts that show empathy are associated with less engagement ({-difference.value:.1f} points)."
        )
    return "No clear difference in engagement shows between the two kinds of posts."
