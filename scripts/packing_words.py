"""Writes the words that stored scores have in common, from scores of talk written for this project.

Run: PYTHONPATH=. python scripts/packing_words.py DATABASE > connector/store/packing_N.txt
DATABASE is one that `scripts/bench_backfill.py --tickets 4000 --folder DIR` made. A list that rows were
packed with must never change: take the next number, and name it in connector/store/packed.py.
"""

from __future__ import annotations

import random
import re
import sys
import zlib

from sqlalchemy import Table, select

from connector.store.database import open_database
from connector.store.packed import as_json
from connector.store.tables import message, outbox, score

ROOM = ((score, "scorecard", 2_600), (outbox, "values", 600), (message, "score", 3_200))
"""How many bytes each kind of row gets; the most frequent stands last, where it is cheapest to point at."""
TELLING = 0.27
"""A row is taken where what is there already leaves it larger than this share."""
SEED = 3


def rows_of(path: str, table: Table, column: str) -> list[str]:
    """The rows as JSON, without numbers that belong to one conversation alone."""
    with open_database(f"sqlite:///{path}").reading() as connection:
        found = connection.scalars(select(table.c[column])).all()
    return [re.sub(r"[0-9a-f]{30,}|\d{7,}", "", as_json(row)) for row in found]


def common(rows: list[str], room: int) -> bytes:
    """The rows that tell most that the others do not."""
    words = b""
    for row in random.Random(SEED).sample(rows, min(len(rows), 1_500)):  # noqa: S311 - the same every time
        plain = row.encode()
        deflate = zlib.compressobj(9, wbits=-15, zdict=words) if words else zlib.compressobj(9, wbits=-15)
        if len(deflate.compress(plain) + deflate.flush()) > TELLING * len(plain):
            words = plain + words
        if len(words) > room:
            break
    return words[:room]


if __name__ == "__main__":
    sys.stdout.buffer.write(b"".join(common(rows_of(sys.argv[1], *each[:2]), each[2]) for each in ROOM))
