"""Words of a text's own, so that replies made from one template are not taken for pasted ones."""

from __future__ import annotations

import random
from itertools import product

_NOUNS = [
    one + two
    for one, two in product(("har", "lan", "mea", "cop", "vio", "sad"), ("bow", "tern", "dow", "per"))
]


def own_words(key: object) -> str:
    """A sentence of many words that belongs to `key`: which came first does not matter to the score then."""
    words = random.Random(str(key)).sample(_NOUNS, 20)  # noqa: S311 - reproducible, not secret
    return f"Reference words: {' '.join(words)}."
