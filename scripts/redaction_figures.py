"""How much redaction finds, and how much it takes by mistake, on the labelled texts of the tests."""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from connector.privacy.redact import Kind, Span, redact

TEXTS = Path(__file__).parents[1] / "tests" / "privacy" / "redaction_texts.txt"
_MARK = re.compile(r"\[\[(\w+)\|(.*?)\]\](?!\])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with what has to go from it."""

    text: str
    names: tuple[str, ...]
    spans: tuple[Span, ...]
    section: str


@dataclass(slots=True)
class Figures:
    """What came out."""

    wanted: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    words: int = 0
    texts: int = 0
    orders_masked: int = 0
    misses: list[str] = field(default_factory=list)

    def recall(self, kinds: Sequence[str]) -> float:
        """The share of what had to go that went whole, under its own kind."""
        return sum(self.found[kind] for kind in kinds) / sum(self.wanted[kind] for kind in kinds)

    @property
    def false_per_thousand_words(self) -> float:
        return 1000 * self.false.total() / self.words


def labelled_texts(path: Path = TEXTS) -> Iterator[Labelled]:
    """The texts of the file, in order; a line of comment names the section that follows it."""
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or re.match(r"#( |$)", line):
            section = line.strip("# ") or section
            continue
        names, rest = re.match(r"(?:\{(.*?)\} )?(.*)", line).groups()
        marked = rest.replace("\\n", "\n")
        spans, text, reached = [], "", 0
        for mark in _MARK.finditer(marked):
            text += marked[reached : mark.start()]
            spans.append(Span(len(text), len(text) + len(mark[2]), Kind(mark[1])))
            text += mark[2]
            reached = mark.end()
        text += marked[reached:]
        yield Labelled(text, tuple((names or "").split("; ")) if names else (), tuple(spans), section)


def figures_of(texts: Sequence[Labelled]) -> Figures:
    """Recall and false hits over these texts."""
    figures = Figures()
    for each in texts:
        hits = redact(each.text, each.names).spans
        figures.texts += 1
        figures.words += len(each.text.split())
        for span in each.spans:
            figures.wanted[span.kind] += 1
            if any(hit.kind is span.kind and _covers(hit, span, each.text) for hit in hits):
                figures.found[span.kind] += 1
            else:
                figures.misses.append(f"missed {span.kind}: {each.text}")
        for hit in hits:
            if not any(hit.start < span.end and span.start < hit.end for span in each.spans):
                figures.false[hit.kind] += 1
                figures.orders_masked += each.section.startswith("orders")
                figures.misses.append(f"false {hit.kind}: {each.text} -> {each.text[hit.start : hit.end]}")
    return figures


def masked_conversations(folder: Path) -> Figures:
    """False hits on conversations whose addresses and numbers were masked before; needs EMPATHY_DATA."""
    figures = Figures()
    for line in (folder / "support_conversations.jsonl").read_text(encoding="utf-8").splitlines():
        for message in json.loads(line)["messages"]:
            figures.texts += 1
            figures.words += len(message["text"].split())
            figures.false.update(redact(message["text"]).counts)
    return figures


def _covers(hit: Span, span: Span, text: str) -> bool:
    """Whether every letter and digit of the span is within the hit."""
    return all(hit.start <= at < hit.end for at in range(span.start, span.end) if text[at].isalnum())


def main() -> None:
    figures = figures_of(list(labelled_texts()))
    forms = [kind for kind in figures.wanted if kind != Kind.NAME]
    print(f"{figures.texts} labelled texts, {figures.words} words, {figures.wanted.total()} marked places\n")
    print(f"{'kind':<15}{'marked':>8}{'found':>8}{'recall':>9}{'false':>8}")
    for kind in Kind:
        wanted, found = figures.wanted[kind], figures.found[kind]
        print(f"{kind:<15}{wanted:>8}{found:>8}{found / wanted:>9.1%}{figures.false[kind]:>8}")
    print(f"\nrecall of what has a form: {figures.recall(forms):.1%}")
    print(f"recall of names: {figures.recall([Kind.NAME]):.1%}")
    print(f"false hits per 1,000 words: {figures.false_per_thousand_words:.2f}")
    print(f"order numbers masked: {figures.orders_masked}")
    if "-v" in sys.argv:
        print("\n" + "\n".join(figures.misses))
    if folder := os.environ.get("EMPATHY_DATA"):
        masked = masked_conversations(Path(folder))
        print(
            f"\n{masked.texts} masked public messages, {masked.words} words: false hits "
            f"{dict(masked.false)}, {masked.false_per_thousand_words:.2f} per 1,000 words"
        )


if __name__ == "__main__":
    main()
