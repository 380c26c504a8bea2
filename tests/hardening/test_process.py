"""C-09: memory does not end up in core dumps, other processes or readable files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPORT = """
import ctypes, os, resource, sys
from connector.process import harden
harden(is_brief=sys.argv[1] == "brief")
print(resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
open("made", "w").close()
print(oct(os.stat("made").st_mode & 0o777))
"""


def report(folder: Path, how: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", REPORT, how], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.splitlines()


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_c09_a_process_leaves_no_core_and_is_not_dumpable(tmp_path: Path) -> None:
    assert report(tmp_path, "whole") == ["(0, 0) 0", "0o600"]


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's")
def test_c09_score_leaves_no_core_and_loads_no_ctypes(tmp_path: Path) -> None:
    assert report(tmp_path, "brief") == ["(0, 0) 1", "0o600"]
    program = (
        "import sys; from connector.process import harden; harden(is_brief=True);"
        "print('ctypes' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


COMMANDS = """
import sys
import connector.cli, connector.web
calls = []
connector.cli.harden = connector.web.harden = lambda **how: calls.append(how)
sys.argv = ["empathy-connector", *sys.argv[1:]]
try:
    connector.cli.main()
except SystemExit:
    pass
connector.web.create_app()
print(calls)
"""


@pytest.mark.parametrize(
    ("arguments", "brief"),
    [(["installations"], False), (["--debug", "doctor"], False), (["score", "x"], True)],
)
def test_c09_commands_and_the_server_harden_themselves_first(
    tmp_path: Path, arguments: list[str], brief: bool
) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", COMMANDS, *arguments],
        cwd=tmp_path, capture_output=True, text=True, check=True, env=environment,
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == str([{"is_brief": brief}, {}])


def test_c09_what_a_command_makes_is_for_its_user_alone(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}
    inbox = tmp_path / "in"
    inbox.mkdir()
    line = '{"id": "c", "messages": [{"id": "1", "role": "customer", "text": "I am so angry"}]}\n'
    (inbox / "a.jsonl").write_text(line, encoding="utf-8")
    before = os.umask(0)
    try:
        for arguments in (["connect", "local", "--name", "desk", "--path", "in"], ["sync", "desk"]):
            command = [sys.executable, "-m", "connector", *arguments]
            subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, env=environment)
    finally:
        os.umask(before)
    # scores.jsonl, which holds no words, is for whoever the folder is for
    made = [path for path in tmp_path.rglob("*") if inbox not in (path, path.parent)]
    assert {"connector.db", "master.key"} <= {path.name for path in made}
    assert [path for path in made if path.stat().st_mode & 0o077] == []
