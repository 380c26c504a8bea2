"""S-24, S-36: a log line is one JSON object of allowed keys, and no value can forge another."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import Misconfigured
from connector.log import ALLOWED_KEYS, JsonLines, configure_logging, is_ours, quiet_libraries, withheld

HOSTILE = 'a\r\nb\n{"level": "error"}\x1b[2J\x00\x7f\x85\u2028\u2029\u202e\ud800"\\'
SECRET = "heliotrope walrus words"


def formatted(name: str = "connector.sync", msg: object = "a fixed event", **extra: object) -> str:
    record = logging.LogRecord(name, logging.INFO, "file.py", 1, msg, (), None)
    record.__dict__.update(extra)
    return JsonLines().format(record)


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where a server's log goes, with the root logger put back afterwards."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    configure_logging(logging.DEBUG)
    written = io.StringIO()
    handler = root.handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written
    root.handlers[:], root.level = before[0], before[1]


@pytest.mark.parametrize("key", ALLOWED_KEYS)
def test_s24_a_hostile_value_cannot_forge_a_line(key: str) -> None:
    line = formatted(**{key: HOSTILE})
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)[key].startswith("a\r\nb")


@given(st.text(max_size=400), st.sampled_from(ALLOWED_KEYS))
def test_s24_every_value_is_one_printable_line(value: str, key: str) -> None:
    line = formatted(**{key: value})
    assert line.isascii()
    assert line.isprintable()


def test_s24_keys_that_are_not_allowed_are_left_out() -> None:
    line = formatted(text=SECRET, body=SECRET, email=SECRET, count=3)
    assert SECRET not in line
    assert json.loads(line)["count"] == 3


def test_s24_odd_values_are_kept_short() -> None:
    assert len(formatted(error="x" * 10_000)) < 600
    assert json.loads(formatted(count=object()))["count"].startswith("<object")


@pytest.mark.parametrize(
    "name", ["huey", "huey.consumer", "gunicorn.error", "alembic.runtime", "sqlalchemy.engine", "werkzeug",
             "urllib3.connectionpool", "zenpy.lib", "hubspot", "connectorate", "root"]
)  # fmt: skip
def test_s24_what_libraries_say_is_withheld(stream: io.StringIO, name: str) -> None:
    logging.getLogger(name).error("failed at %s", SECRET)
    logging.getLogger(name).error(SECRET)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["event"] for line in lines] == ["library message withheld"] * 2
    assert SECRET not in stream.getvalue()


def test_s24_an_exception_is_logged_by_its_class_alone(stream: io.StringIO) -> None:
    try:
        int(SECRET)
    except ValueError:
        logging.getLogger("connector.jobs").exception("a job failed")
    assert json.loads(stream.getvalue())["error"] == "ValueError"
    assert SECRET not in stream.getvalue()
    assert "Traceback" not in stream.getvalue()


def test_s24_our_own_arguments_are_not_part_of_an_event(stream: io.StringIO) -> None:
    logging.getLogger("connector.sync").warning("cannot read %s", SECRET)
    assert SECRET not in stream.getvalue()


def test_s24_a_command_lets_no_library_speak_on_stderr() -> None:
    quiet_libraries()
    assert logging.lastResort is not None
    said = logging.LogRecord("urllib3.connectionpool", logging.WARNING, "f", 1, SECRET, (), None)
    ours = logging.LogRecord("connector.sync", logging.WARNING, "f", 1, "a sentence", (), None)
    assert not logging.lastResort.filter(said)
    assert logging.lastResort.filter(ours)
    assert not is_ours(said)


def test_s36_a_traceback_names_kinds_and_places_without_messages() -> None:
    try:
        try:
            int(SECRET)
        except ValueError as error:
            raise KeyError(SECRET) from error
    except KeyError as error:
        told = withheld(error)
    assert SECRET not in told
    assert "builtins.ValueError (message withheld)" in told
    assert "builtins.KeyError (message withheld)" in told
    assert "test_logs.py" in told


def test_s36_our_own_sentences_are_told() -> None:
    assert "The folder is missing; make it." in withheld(Misconfigured("The folder is missing; make it."))


def test_s36_a_thread_and_the_interpreter_tell_no_messages(capfd: pytest.CaptureFixture[str]) -> None:
    import subprocess  # a fresh interpreter: here, pytest keeps hooks of its own

    program = (
        "import threading\n"
        "from connector.log import quiet_libraries\n"
        "quiet_libraries()\n"
        "def fail(): raise ValueError('heliotrope ' + 'walrus')\n"
        "class Odd:\n"
        "    def __del__(self): fail()\n"
        "Odd()\n"
        "thread = threading.Thread(target=fail); thread.start(); thread.join()\n"
        "fail()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("builtins.ValueError (message withheld)") == 3
    assert "heliotrope walrus" not in done.stderr
