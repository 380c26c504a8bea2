"""`scores.jsonl`, where a local account's scores go: a row a conversation, replaced as a whole."""

from __future__ import annotations

import json
import os
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from ...model import Outcome, Write, Written

FILE_NAME = "scores.jsonl"
_SCORED_AT = "empathy_scored_at"
_LEFTOVER_SECONDS = 600


def write_scores(folder: Path, batch: Sequence[Write], *, is_here: Callable[[str], bool]) -> list[Written]:
    """Put the batch's values into the file, beside everything else in it; one outcome for each row.

    Rows of conversations that are gone, or have no value left, leave the file. It changes only when a value
    does. Raises OSError.
    """
    wanted = {row.id: row for row in batch if is_here(row.id)}
    gone = {row.id for row in batch} - wanted.keys()
    outcomes = dict.fromkeys(gone, Outcome.GONE) | dict.fromkeys(wanted, Outcome.WRITTEN)
    path = folder / FILE_NAME
    found: set[str] = set()
    drops_rows = False
    for conversation_id, row, _ in _rows(path):
        drops_rows |= conversation_id in gone
        if conversation_id in wanted:
            found.add(conversation_id)
            if _has(row, wanted[conversation_id]):
                outcomes[conversation_id] = Outcome.UNCHANGED
    # Blank fields of a conversation that has no row are what is there already.
    outcomes |= {
        id_: Outcome.UNCHANGED for id_, row in wanted.items() if id_ not in found and _is_blank(row.values)
    }
    if drops_rows or Outcome.WRITTEN in outcomes.values():
        _replace(path, _merged(path, wanted, gone, found))
    return [Written(row.id, outcomes[row.id]) for row in batch]


def _merged(path: Path, wanted: Mapping[str, Write], gone: set[str], found: set[str]) -> Iterator[bytes]:
    """The file's rows in their order, ours renewed, the new ones at the end."""
    done: set[str] = set()
    for conversation_id, row, line in _rows(path):
        if conversation_id in wanted and conversation_id not in done:
            done.add(conversation_id)
            write = wanted[conversation_id]
            if not _is_blank({**_fields(row), **write.values}):
                yield line if _has(row, write) else _line(conversation_id, row, write)
        elif conversation_id not in wanted and conversation_id not in gone:
            yield line
    new = (write for write in wanted.values() if write.id not in found and not _is_blank(write.values))
    yield from (_line(write.id, {}, write) for write in new)


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any], bytes]]:
    """(id, row, line) of each line; a line that is no row of ours has an empty id and is kept as it is."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for line in file:
            if not line.strip():
                continue
            whole = line if line.endswith(b"\n") else line + b"\n"
            try:
                row = json.loads(whole)
            except (ValueError, RecursionError):
                row = None
            is_ours = isinstance(row, dict) and isinstance(row.get("id"), str)
            yield (row["id"], row, whole) if is_ours else ("", {}, whole)


def _fields(row: Mapping[str, Any]) -> Mapping[str, Any]:
    fields = row.get("fields")
    return fields if isinstance(fields, dict) else {}


def _is_blank(fields: Mapping[str, Any]) -> bool:
    return all(value is None for value in fields.values())


def _has(row: Mapping[str, Any], write: Write) -> bool:
    fields = _fields(row)
    return all(fields.get(name) == value for name, value in write.values.items() if name != _SCORED_AT)


def _line(conversation_id: str, row: Mapping[str, Any], write: Write) -> bytes:
    merged = {**row, "id": conversation_id, "fields": {**_fields(row), **write.values}}
    return json.dumps(merged, ensure_ascii=True).encode("ascii") + b"\n"


def _replace(path: Path, lines: Iterator[bytes]) -> None:
    folder = path.parent
    _remove_leftovers(folder)
    handle, temporary = tempfile.mkstemp(prefix=".scores-", suffix=".tmp", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            # Who may read the folder may read the scores, and nobody else.
            os.fchmod(file.fileno(), stat.S_IMODE(folder.stat().st_mode) & 0o666)
            file.writelines(lines)
            _persist(file)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _persist_folder(folder)


def _persist(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def _persist_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_leftovers(folder: Path) -> None:
    """Temporary files that a crash left behind; they hold scores only."""
    for path in folder.glob(".scores-*.tmp"):
        if time.time() - path.stat().st_mtime > _LEFTOVER_SECONDS:
            path.unlink(missing_ok=True)
