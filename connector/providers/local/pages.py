"""The folder's changes as pages, each with the cursor that is safe after it."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import Unreadable
from ...model import Conversation, Page, Parked
from ..base import Wanted
from .contents import Contents, read
from .folder import CONTACTS, DELETED, Folder, Source
from .progress import Progress
from .records import identifier
from .rows import Mark, Record, Row, Rows

PAGE_ROWS = 200
PAGE_CHARACTERS = 8_000_000


def read_pages(folder: Folder, contents: Contents, progress: Progress, wanted: Wanted) -> Iterator[Page]:
    """Every conversation of the files that changed since `progress`.

    The last page, which may be empty, carries the cursor of a finished run.
    """
    special = [source for name in (CONTACTS, DELETED) if (source := folder.source(name))]
    files = sorted(folder.conversation_files(), key=lambda source: (source.mtime_ns, source.name))
    progress.forget_all_but([*special, *files])
    unread = [source for source in (*special, *files) if not progress.is_read(source)]
    if not unread:
        progress.since = None
        yield Page((), progress.text(), total=0)
        return
    if any(source not in special for source in unread):
        contents.index()
    marks = {source.name: _mark_of(progress, source) for source in unread}
    total = sum(contents.count(source, position=marks[source.name].position) for source in unread)
    draft = _Draft(contents, progress, wanted, total)
    for source in unread:
        rows = Rows(source.path, marks[source.name])
        try:
            for row in rows:
                draft.take(row, source)
                if draft.is_full():
                    progress.read_to(source, rows.mark)
                    yield draft.page()
                    draft = _Draft(contents, progress, wanted, total)
        except OSError as error:
            draft.parked.append(Parked(source.label, f"Unreadable: {error.strerror or 'cannot be read'}"))
            continue
        progress.finish(source, rows.mark)
    progress.since = None
    yield draft.page()


class _Draft:
    """A page being filled."""

    def __init__(self, contents: Contents, progress: Progress, wanted: Wanted, total: int) -> None:
        self.parked: list[Parked] = []
        self._conversations: list[Conversation] = []
        self._gone: list[str] = []
        self._rows = 0
        self._characters = 0
        self._contents = contents
        self._progress = progress
        self._wanted = wanted
        self._total = total
        self._opted_out = contents.opted_out()
        self._deleted = contents.deleted()

    def take(self, row: Row, source: Source) -> None:
        """Put a row where it belongs: among the conversations, the gone or the parked, or nowhere."""
        self._rows += 1
        try:
            self._sort_in(row, _record_of(row), source)
        except Unreadable as error:
            self.parked.append(Parked(f"{source.label}:{row.number}", f"Unreadable: {error}"))

    def is_full(self) -> bool:
        return self._rows >= PAGE_ROWS or self._characters >= PAGE_CHARACTERS

    def page(self) -> Page:
        return Page(
            conversations=tuple(self._conversations),
            cursor=self._progress.text(),
            gone=tuple(self._gone),
            parked=tuple(self.parked),
            total=self._total,
        )

    def _sort_in(self, row: Row, record: Record, source: Source) -> None:
        if source.name in (CONTACTS, DELETED):
            found = identifier(record.get("id"))
            if found is None:
                raise Unreadable("no usable id")
            if source.name == DELETED:
                self._gone.append(found)
            return
        conversation = read(record, opted_out=self._opted_out, changed_at=source.changed_at)
        head, since = conversation.head, self._progress.since
        if self._contents.is_duplicate(source, row.number):
            raise Unreadable("its id stands on an earlier line of the account too")
        is_before = since is not None and head.updated_at is not None and head.updated_at < since
        if head.id not in self._deleted and not is_before and self._wanted(head):
            self._conversations.append(self._contents.with_contact(conversation))
            self._characters += sum(len(message.body) for message in conversation.messages)


def _record_of(row: Row) -> Record:
    if row.record is None:
        raise Unreadable(row.error)
    return row.record


def _mark_of(progress: Progress, source: Source) -> Mark:
    try:
        return progress.mark_of(source)
    except OSError:
        return Mark()
