"""Whole stories: from a desk to begin with, through news, trouble and deaths, to the oracle."""

from __future__ import annotations

import pickle
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from connector.fields import fields_to_create
from connector.model import ConversationScore, Token
from connector.store.hints import Hook
from connector.sync import Sync
from tests.fakes.zendesk_world import ZendeskWorld
from tests.places import NAME

from .failpoints import Failpoints
from .story import PUBLIC, SEEN_AFTER, Story
from .truth import Truth

TICKETS = 5


def begin(folder: Path) -> bytes:
    """A connected desk in `folder`, synced once; the pickle of its world and truth."""
    world = ZendeskWorld(incremental_per_minute=1000)
    story = Story(world, Truth(), folder, random.Random("begin"))  # noqa: S311 - reproducible, not secret
    app = story.app()
    place = {"subdomain": world.account.subdomain}
    app.connect(NAME, "zendesk", place, Token(world.grant.access_token))
    ids = app.open(app.installation(NAME), patience=timedelta(0)).provider.ensure_fields(
        fields_to_create(extended=False)
    )
    app.store.set_fields(NAME, ids, is_extended=False, now=world.now())
    made = world.provider().ensure_hooks(f"{PUBLIC}/webhooks/zendesk/{NAME}")
    keys = app.keys(NAME)
    hooks = [Hook(each.purpose, each.id, PUBLIC, keys.seal_hook_secret(each.secret)) for each in made]
    app.store.save_hooks(NAME, hooks, now=world.now())
    for _ in range(TICKETS):
        story.talk()
    story.told.clear()
    story.settle()
    assert story.found == [], story.found
    return pickle.dumps((_without_jobs(world), story.truth))


def _without_jobs(world: ZendeskWorld) -> ZendeskWorld:
    world.app.jobs.jobs.clear()
    return world


@dataclass(frozen=True)
class Template:
    """A desk to begin from, again and again."""

    folder: Path
    left: bytes

    def story(self, folder: Path, seed: int) -> Story:
        shutil.copytree(self.folder, folder)
        world, truth = pickle.loads(self.left)  # noqa: S301 - our own
        return Story(world, truth, folder, random.Random(seed))  # noqa: S311 - reproducible, not secret


def stumbling(story_of: Callable[[], Story | None]) -> Callable[..., ConversationScore]:
    """`Sync.score`, which stumbles over what the story says."""
    score = Sync.score

    def stumble(self: Sync, conversation: Any) -> ConversationScore:
        story = story_of()
        if story is not None and conversation.id in story.truth.stumbles:
            raise ZeroDivisionError
        return score(self, conversation)

    return stumble


TURNS = 2


def tell(template: Template, folder: Path, seed: int, strike: tuple[str, int] | None = None) -> Story:
    """A whole story: news, trouble, and a process that dies at the nth passing of a failpoint, if any.

    Without a strike the same happens up to where it would have been: `passed` tells what could be struck.
    """
    story = template.story(folder, seed)
    with _Stumbling(story):
        dies_in = story.rng.randrange(TURNS)
        stands_still = story.rng.random() < 0.3
        for turn in range(TURNS):
            story.make_news()
            story.make_trouble()
            target, nth = strike if strike and turn == dies_in else (None, 1)
            failpoints = Failpoints(target=target, nth=nth)
            is_alive = story.in_a_process(lambda told, app: told.work(app), failpoints)
            if turn == dies_in:
                story.passed, story.was_struck = failpoints.passed, not is_alive
            story.look_at_claims()
        if stands_still:
            story.settle()
            story.say(story.rng.choice(story.truth.living))
            story.world.tick(SEEN_AFTER)
            story.stand_still()
        story.settle()
    shutil.rmtree(folder)
    return story


class _Stumbling:
    def __init__(self, story: Story) -> None:
        self._story = story
        self._score = Sync.score

    def __enter__(self) -> None:
        Sync.score = stumbling(lambda: self._story)  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        Sync.score = self._score  # type: ignore[method-assign]
