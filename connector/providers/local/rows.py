"""The rows of one file, read as a stream: JSON Lines, or one JSON document of limited size."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from ...limits import LONGEST_LINE, TooDeep, TooMany, decode_json

Record = Mapping[str, Any]

LONGEST_ROW = LONGEST_LINE
"""Bytes of one line, or of one file that is a single JSON document."""
_BOM = b"\xef\xbb\xbf"
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a file has been read: bytes, lines, and a checksum of those bytes."""

    position: int = 0
    line: int = 0
    checksum: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file, or what is wrong with it; `repr` never shows the record."""

    number: int
    """The line, or the place in a JSON document, from 1."""
    start: int
    """Where `row_at` finds it again: a byte offset, or the place in a JSON document."""
    record: Record | None = field(repr=False)
    error: str = ""


class Rows:
    """One pass over a file; `mark` is how far the rows handed out so far reach."""

    def __init__(self, path: Path, mark: Mark = Mark()) -> None:
        self.mark = mark
        self._path = path

    def __iter__(self) -> Iterator[Row]:
        if is_document(self._path):
            yield from self._document()
        else:
            yield from self._lines()

    def _lines(self) -> Iterator[Row]:
        with self._path.open("rb") as file:
            file.seek(self.mark.position)
            while line := file.readline(LONGEST_ROW + 1):
                start, number = self.mark.position, self.mark.line + 1
                is_whole = line.endswith(b"\n")
                if len(line) > LONGEST_ROW and not is_whole:
                    self.mark = _skip_line(file, self.mark, line)
                    yield Row(number, start, None, "the line is longer than 64 MB")
                    continue
                row = _line_row(line, number, start)
                # BEHAVIOR 4: a last line that is still being written is read again once it is whole.
                if is_whole or row is None or row.record is not None:
                    self.mark = Mark(start + len(line), number, zlib.crc32(line, self.mark.checksum))
                if row is not None:
                    yield row

    def _document(self) -> Iterator[Row]:
        size = self._path.stat().st_size
        if size > LONGEST_ROW:
            yield Row(1, 1, None, "the JSON document is larger than 64 MB: put one record on a line")
            self.mark = Mark(size, 0, prefix_checksum(self._path, size))
            return
        content = self._path.read_bytes()
        # A document is marked as a whole: resuming in its middle begins it again.
        whole = Mark(len(content), 0, zlib.crc32(content))
        if self.mark == whole:
            return
        for number, (record, error) in enumerate(_items(content), 1):
            yield Row(number, number, record, error)
        self.mark = whole


def row_at(path: Path, start: int) -> Row | None:
    """The row that begins at `start`; None when the file ends before it."""
    if is_document(path):
        return next((row for row in Rows(path) if row.start == start), None)
    return next(iter(Rows(path, Mark(position=start))), None)


def is_document(path: Path) -> bool:
    """Whether the file is one JSON document rather than a record a line."""
    with path.open("rb") as file:
        first = b""
        while not first.strip():
            line = file.readline(LONGEST_ROW + 1)
            if not line:
                return False
            first = line.removeprefix(_BOM)
    record, error = parse(first)
    if error:
        return path.suffix == ".json"
    return isinstance(record, list) or (isinstance(record, dict) and isinstance(record.get("tickets"), list))


def parse(line: bytes) -> tuple[Any, str]:
    """The JSON value of a line and "", or None and what is wrong with it; never an excerpt."""
    try:
        return decode_json(line.decode("utf-8"), is_lenient=True), ""
    except UnicodeDecodeError:
        return None, "not UTF-8"
    except TooDeep:
        return None, "nested too deeply"
    except TooMany:
        return None, "too many values"
    except ValueError:
        return None, "not valid JSON"


def prefix_checksum(path: Path, length: int) -> int:
    """The checksum of the first `length` bytes."""
    checksum = 0
    with path.open("rb") as file:
        while length > 0 and (chunk := file.read(min(_CHUNK, length))):
            checksum = zlib.crc32(chunk, checksum)
            length -= len(chunk)
    return checksum


def _line_row(line: bytes, number: int, start: int) -> Row | None:
    if start == 0:
        line = line.removeprefix(_BOM)
    if not line.strip():
        return None
    return Row(number, start, *_as_record(*parse(line)))


def _items(content: bytes) -> list[tuple[Record | None, str]]:
    document, error = parse(content.removeprefix(_BOM))
    if error:
        return [(None, f"the document is {error}")]
    if isinstance(document, dict) and isinstance(document.get("tickets"), list):
        users = document.get("users")
        return [
            ({"ticket": item, "users": users}, "") if isinstance(item, dict) else _as_record(item, "")
            for item in document["tickets"]
        ]
    return [_as_record(item, "") for item in (document if isinstance(document, list) else [document])]


def _as_record(value: Any, error: str) -> tuple[Record | None, str]:
    if error or isinstance(value, dict):
        return value, error
    return None, "not a JSON object"


def _skip_line(file: BinaryIO, mark: Mark, piece: bytes) -> Mark:
    position, checksum = mark.position, mark.checksum
    while piece:
        position += len(piece)
        checksum = zlib.crc32(piece, checksum)
        piece = b"" if piece.endswith(b"\n") else file.readline(_CHUNK)
    return Mark(position, mark.line + 1, checksum)
