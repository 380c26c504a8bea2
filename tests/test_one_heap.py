"""T-08: the worker's memory does not grow with the number of its threads that once read a large page."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

EIGHT_THREADS_IN_TURN = """
import os, sys, threading
from pathlib import Path
from connector.process import share_one_heap

def megabytes():
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

def read_page_and_stay(at):
    may_read[at].wait()
    page = ["%d" % number + "x" * 700 for number in range(20_000)]
    del page
    has_read[at].set()
    threading.Event().wait()

if sys.argv[1] == "one heap":
    share_one_heap()
may_read = [threading.Event() for _ in range(8)]
has_read = [threading.Event() for _ in range(8)]
for at in range(8):
    threading.Thread(target=read_page_and_stay, args=(at,), daemon=True).start()
taken = []
for at in range(8):
    may_read[at].set()
    has_read[at].wait()
    taken.append(megabytes())
print(taken[-1] - taken[0])
"""


def grown_mb(how: str) -> float:
    program = [sys.executable, "-c", EIGHT_THREADS_IN_TURN, how]
    return float(subprocess.run(program, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="heaps of threads are the GNU C library's")
def test_t08_eight_threads_that_read_in_turn_take_the_memory_of_one() -> None:
    assert grown_mb("one heap") < 5
    assert grown_mb("a heap each") > 30, "without it they no longer do: share_one_heap is not needed"
