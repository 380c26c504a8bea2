"""Measures what sentence encoders that come inside packages would add to the default engine.

Two ways are tried. "Inside": the encoder moves the model's view of support talk, and every rule comes after
it. "Over": a regression weighs the vectors and all that the default says, and has the last word.
Run: EMPATHY_DATA=DIR python scripts/eval_encoders.py   (with the extras `dev` and `train`; half an hour)
"""

from __future__ import annotations

import resource
import time
from collections.abc import Sequence

import eval_data
from encoders import ENCODERS, INSTALL, Encode, shipped_file

from connector.scoring.look import Look
from connector.scoring.sentiment import read_customer
from connector.scoring.text import prepare


def speed(texts: Sequence[str], encode: Encode | None = None) -> float:
    """Messages a second, one at a time as `score` reads them: cleaned, read, and encoded if asked."""
    started = time.perf_counter()
    for text in texts:
        look = Look(prepare(text).text)
        read_customer(look)
        if encode:
            encode([look.text or "."])
    return len(texts) / (time.perf_counter() - started)


def memory() -> float:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    eval_data.folder()
    installed = [each for each in ENCODERS if shipped_file(each.package, each.weights)]
    for each in ENCODERS:
        if each not in installed:
            print(f"{each.name} is skipped: {each.package} is not installed.")
    if not installed:
        print(f"Nothing to measure. All of them: {INSTALL}")
        return
    texts = [row["text"] for row in eval_data.rows("support_customer_messages.jsonl")]
    speed(texts)  # the first reading fills what is kept of single words
    costs = [("default", speed(texts), 0.0)]
    ready: list[tuple[str, Encode]] = []
    for each in installed:
        before = memory()
        encode = each.load()
        costs.append((each.name, speed(texts, encode), memory() - before))
        ready.append((each.name, encode))
    from encoder_customers import Read, labelled, line, measure_support
    from encoder_others import measure_elsewhere
    from encoder_replies import measure_replies

    print("\n| engine | messages a second | memory added, MB |\n|---|---|---|")
    for name, rate, added in costs:
        line(name, f"{rate:,.0f}", f"{added:.0f}")
    data = labelled()
    print(f"\n**Customer messages (n = {len(texts):,}, cross-validated)**\n")
    line("engine", "sentiment, Pearson", "to the default", 'frustration, AUC of "clear"', "to the default")
    print("|---" * 5 + "|")
    data.show("default", *data.nested.unseen[:, :2].T)
    data.show("default, its support model alone", *data.nested.unseen[:, 4:6].T)
    ways: dict[str, Read] = {"default": read_customer}
    for name, encode in ready:
        ways |= measure_support(data, name, encode)
    measure_replies(ready, data.nested.models)
    print("\n**Sets that no head was trained on**\n")
    line("engine", "satisfaction, Spearman", "ground truth, Pearson", "names", "nationality", "cases missed")
    print("|---" * 6 + "|")
    for name, read in ways.items():
        measure_elsewhere(name, read)


if __name__ == "__main__":
    main()
