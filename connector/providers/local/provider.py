"""A local account: conversations come from the folder's files, scores go into `scores.jsonl` beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import ClassVar

from ...errors import Misconfigured, RetryLater, Unsupported
from ...model import Account, Conversation, Field, Macro, Page, PastConversation, Role, Write, Written
from ...outcomes import FactPage
from ..base import Capabilities, MadeHook, MadeTemplate, OAuth, Wanted
from ..gate import utc_now
from .contents import Contents
from .folder import CONTACTS, DELETED, MACROS, Folder
from .outcomes import TELLS, fact_pages
from .pages import read_pages
from .progress import Progress
from .records import identifier
from .scores import write_scores


class LocalProvider:
    """An account in a folder of JSON Lines; `BEHAVIOR.md` lists what may surprise."""

    name: ClassVar[str] = "local"
    capabilities: ClassVar[Capabilities] = Capabilities(
        history=True,
        deletions=True,
        contact_deletions=True,
        contact_search=True,
        opt_out_list=True,
        labels=("tag", "brand", "queue", "pipeline", "channel"),
        private_notes=True,
        outcomes=TELLS,
        macros=True,
        needs_fields=False,
        write_batch=1000,
    )
    oauth: ClassVar[OAuth | None] = None

    def __init__(self, folder: Path, *, now: Callable[[], datetime] = utc_now) -> None:
        self._folder = Folder(folder, now=now)
        self._contents = Contents(self._folder)
        self._now = now

    def check(self) -> Account:
        """The folder, by its full path. Raises Misconfigured when it is missing or cannot be written to."""
        self._folder.require(writable=True)
        path = self._folder.path.resolve()
        return Account(id=str(path), name=path.name or str(path))

    def pages(self, since: str | None, wanted: Wanted) -> Iterator[Page]:
        """New and changed files: the one changed longest ago first, each in the order of its lines."""
        self._folder.require()
        yield from read_pages(self._folder, self._contents, Progress.from_text(since), wanted)

    def cursor_at(self, instant: datetime) -> str:
        """Reads every file, and leaves out conversations that say they changed before `instant`."""
        return Progress(since=instant.astimezone(UTC)).text()

    def conversation(self, conversation_id: str, wanted: Wanted | None = None) -> Conversation | None:
        """One conversation; for the `file:line` of a parked row, Unreadable while it is no better."""
        self._folder.require()
        if conversation_id in self._contents.deleted():
            return None
        place = self._contents.index().place_of(conversation_id)
        if place is None:
            self._require_mended(conversation_id)
            return None
        found = self._contents.conversation_at(place)
        if found is None or found.id != conversation_id or found.head.is_deleted:
            return None
        return found if wanted is None or wanted(found.head) else None

    def conversation_of(self, thread_id: str) -> str | None:  # noqa: ARG002 - the contract's
        raise Unsupported("Local accounts have no threads: their files name the conversation itself.")

    def history(self, contact_id: str, limit: int) -> Sequence[PastConversation]:
        self._folder.require()
        places = self._contents.index().places_of_contact(contact_id)
        deleted = self._contents.deleted()
        found = (self._contents.conversation_at(place) for place in places)
        past = (
            _past(conversation)
            for conversation in found
            if conversation
            and conversation.head.contact_id == contact_id
            and conversation.id not in deleted
            and not conversation.head.is_deleted
            and not conversation.head.is_opted_out
        )
        return list(islice(past, limit))

    def ensure_fields(self, fields: Sequence[Field]) -> Mapping[str, str]:
        """A folder takes any field of a conversation as it is."""
        return {field.name: field.name for field in fields if field.on == "conversation"}

    def write(self, batch: Sequence[Write]) -> Sequence[Written]:
        """Replaces `scores.jsonl` once. Raises Misconfigured, or RetryLater when the disk is full."""
        self._folder.require(writable=True)
        deleted, index = self._contents.deleted(), self._contents.index()

        def is_here(conversation_id: str) -> bool:
            return conversation_id not in deleted and index.place_of(conversation_id) is not None

        try:
            return write_scores(self._folder.path, batch, is_here=is_here)
        except PermissionError:
            raise Misconfigured(
                f"The folder {self._folder.path} cannot be written to; allow this user to write in it."
            ) from None
        except OSError as error:
            raise RetryLater(
                f"The scores could not be written into {self._folder.path} ({error.strerror}); "
                "make room there and run this again.",
                not_before_at=self._now() + timedelta(seconds=30),
            ) from None

    def write_contacts(self, batch: Sequence[Write]) -> Sequence[Written]:  # noqa: ARG002 (the contract's)
        raise Unsupported("A local account has no contact fields.")

    def deleted(self, since: datetime) -> Iterator[str]:
        """Every id of `deleted.jsonl` when it changed at or after `since`: its lines carry no time."""
        self._folder.require()
        source = self._folder.source(DELETED)
        if source and source.changed_at >= since:
            yield from self._contents.deleted()

    def deleted_contacts(self, since: datetime) -> Iterator[str]:
        """Every contact that `contacts.jsonl` calls deleted, when it changed at or after `since`."""
        self._folder.require()
        source = self._folder.source(CONTACTS)
        if source and source.changed_at >= since:
            yield from self._contents.deleted_contacts()

    def opted_out_contacts(self) -> Iterator[str]:
        self._folder.require()
        yield from self._contents.opted_out()

    def find_contact(self, email: str) -> Sequence[str]:
        self._folder.require()
        return self._contents.contacts_with(email)

    def macros(self) -> Iterator[Macro]:
        """The lines of `macros.jsonl` with a text or HTML (BEHAVIOR 15). Raises Misconfigured for one that is
        no JSON object."""
        for row in self._folder.rows_of(MACROS):
            if row.record is None:
                raise Misconfigured(f"line {row.number} of {MACROS}: {row.error}; mend it and sync again.")
            record = row.record
            html, text = record.get("html"), record.get("text")
            body = html if isinstance(html, str) and html else text
            if isinstance(body, str) and body:
                yield Macro(identifier(record.get("id")) or f"line {row.number}", body, is_html=body is html)

    def outcomes(self, since: str | None) -> Iterator[FactPage]:
        self._folder.require()
        yield from fact_pages(self._folder, since)

    def ensure_hooks(self, address: str) -> Sequence[MadeHook]:  # noqa: ARG002 - the contract's
        raise Unsupported("A local account is a folder: nothing in it can call anybody.")

    def ensure_templates(self) -> Sequence[MadeTemplate]:
        raise Unsupported("A local account has no workflows.")

    def disconnect(self) -> None:
        """There is nothing to revoke."""

    def _require_mended(self, parked_id: str) -> None:
        name, _, number = parked_id.rpartition(":")
        if name and number.isascii() and number.isdigit() and len(number) < 19 and Path(name).name == name:
            self._contents.require_readable(name, int(number))


def _past(conversation: Conversation) -> PastConversation:
    head, first = conversation.head, next(iter(conversation.messages), None)
    return PastConversation(
        id=conversation.id,
        kind=head.channel or "conversation",
        at=head.updated_at or datetime.min.replace(tzinfo=UTC),
        is_inbound=first.role is Role.CUSTOMER if first else None,
    )
