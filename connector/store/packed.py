"""Columns whose rows repeat the same few words: kept deflated, about a fifth of their JSON."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from struct import pack, unpack
from typing import Any, Final

from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

NEWEST: Final = 1
"""The list of words that new rows are packed with; a row begins with the number of its own."""
_RAW: Final = -zlib.MAX_WBITS


@cache
def words(version: int) -> bytes:
    """What rows of a version have in common. It never changes: rows can be read with no other."""
    return (Path(__file__).parent / f"packing_{version}.txt").read_bytes()


def as_json(value: object) -> str:
    """As it is packed."""
    return json.dumps(value, separators=(",", ":"))


def packed(value: object) -> bytes:
    """JSON, deflated beside the common words."""
    deflate = zlib.compressobj(wbits=_RAW, zdict=words(NEWEST))
    return bytes([NEWEST]) + deflate.compress(as_json(value).encode()) + deflate.flush()


def unpacked(content: bytes) -> Any:
    """What was packed. Raises zlib.error or ValueError for what was not."""
    if not content or not 1 <= content[0] <= NEWEST:
        raise ValueError("This is no packed row of a version that is known here.")
    inflate = zlib.decompressobj(wbits=_RAW, zdict=words(content[0]))
    return json.loads(inflate.decompress(content[1:]) + inflate.flush())


class Packed(TypeDecorator[Any]):
    """JSON that no query looks into."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> bytes | None:
        return None if value is None else packed(value)

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> Any:
        return None if value is None else unpacked(value)


class Numbers(TypeDecorator[tuple[int, ...]]):
    """Whole numbers of 0 to 2**64 - 1, eight bytes each."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Sequence[int] | None, _dialect: Dialect) -> bytes | None:
        return None if value is None else pack(f"<{len(value)}Q", *value)

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> tuple[int, ...] | None:
        return None if value is None else unpack(f"<{len(value) // 8}Q", value)
