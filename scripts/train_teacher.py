"""A teacher that labels replies nobody has labelled, so that the model of words learns from them too.

It reads how words are spelled, and so knows something of words that no labelled reply has; the model that
ships counts whole words, and learns from its answers which of those say the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge

SEED = 7
PENALTY = 1.5
COUNTED_WEIGHT = 0.12  # how much a counted feature counts beside the pieces of words


def answers(texts: Sequence[str], counted: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """What a teacher says of the texts that have no label, within the range of the labels.

    `labels` are those of the first texts; `counted` has the counted features of all, one row each.
    """
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=4, sublinear_tf=True)
    spread = counted.std(axis=0) + 0.05
    scaled = sp.csr_matrix((counted - counted.mean(axis=0)) / spread * COUNTED_WEIGHT)
    columns = sp.hstack([pieces.fit_transform(texts), scaled]).tocsr()
    model = Ridge(alpha=PENALTY, solver="lsqr", random_state=SEED).fit(columns[: len(labels)], labels)
    return np.asarray(np.clip(model.predict(columns[len(labels) :]), labels.min(), labels.max()))
