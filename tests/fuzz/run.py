"""Fuzz one target with atheris: `python -m tests.fuzz.run TARGET --seconds 60 [--found FOLDER]`.

Needs the extra `fuzz`. A crash ends the run with libFuzzer's report, and leaves the input in FOLDER.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["connector", "mailparser_reply", "html", "json"]):
    from tests.fuzz.targets import SEEDS, TARGETS


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("target", choices=sorted(TARGETS))
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--found", default=tempfile.gettempdir())
    given = options.parse_args()
    corpus = Path(tempfile.mkdtemp(prefix=f"corpus-{given.target}-"))
    for number, seed in enumerate(SEEDS[given.target]):
        (corpus / str(number)).write_bytes(seed)
    limits = ("-timeout=10", "-rss_limit_mb=1500", "-max_len=20000", "-print_final_stats=1", "-verbosity=0")
    arguments = [sys.argv[0], f"-max_total_time={given.seconds}", *limits]
    atheris.Setup(
        [*arguments, f"-artifact_prefix={given.found}/{given.target}-", str(corpus)], TARGETS[given.target]
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
