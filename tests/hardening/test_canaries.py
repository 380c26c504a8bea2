"""C-07, C-08, S-30: planted words, names, addresses and secrets are in no file, no output, no traced write.

Everything runs through the real command in processes of its own, against stand-ins that misbehave.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import random
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.clock import Clock
from tests.fakes.hubspot import HubSpotApp
from tests.fakes.hubspot_account import HubSpotAccount
from tests.fakes.hubspot_oauth import CLIENT_ID as HUBSPOT_CLIENT_ID
from tests.fakes.hubspot_oauth import CLIENT_SECRET as HUBSPOT_CLIENT_SECRET
from tests.fakes.wsgi import serve
from tests.fakes.zendesk import ZendeskApp
from tests.fakes.zendesk_account import ZendeskAccount
from tests.fakes.zendesk_tokens import CLIENT_ID, CLIENT_SECRET
from tests.standins.drive import COMMAND, REPOSITORY, Cli, hunt, hunt_bytes

from .indiscreet import FAULTS, Indiscreet

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket, pytest.mark.slow]

CUSTOMER, AGENT, NOTE = "heliotrope-walrus-words", "tangerine-lighthouse-reply", "cobalt-pelican-note"
NAME, EMAIL, AGENT_NAME = "Zebulon Canarywright", "quincunx.marmalade@canary.example", "Ottoline Featherquill"
SUBJECT, TAG, CUSTOM = "vermilion-anvil-subject", "ochre-typhoon-tag", "magenta-otter-field"
ATTACHMENT, CHAT = "chartreuse-yak-attachment.png", "periwinkle-gnu-chat"
WORDS = (CUSTOMER, AGENT, NOTE, NAME, EMAIL, AGENT_NAME, SUBJECT, CUSTOM, ATTACHMENT, CHAT)
ANGRY = f"I am so angry about {CUSTOMER}! Write to {EMAIL}. {NAME}"
SORRY = f"Dear {NAME}, I am so sorry about {AGENT}, that must be frustrating. Best, {AGENT_NAME}"


@dataclass
class Scene:
    """A connected account of one provider, and what was planted in it."""

    cli: Cli
    root: Path
    connect: Callable[[], None]
    words: tuple[str, ...] = WORDS
    secrets: tuple[str, ...] = ()
    indiscreet: Indiscreet | None = None
    shown: Sequence[str] = ()
    traced: list[bytes] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return self.cli.folder

    def sync(self, *options: str) -> int:
        return self.cli.run("--debug", "sync", "desk", "--json", *options).code

    def forget_waits(self) -> None:
        """As if the time had passed that a failing platform asks for."""
        with contextlib.closing(
            sqlite3.connect(self.folder / "var" / "connector.db", timeout=30)
        ) as database:
            database.execute("UPDATE installation SET not_before_at = NULL")
            database.commit()

    def canaries(self) -> tuple[str, ...]:
        """All that must stay hidden; the master key's own file may of course hold it."""
        key = (self.folder / "var" / "keys" / "master.key").read_text().strip()
        return (*self.words, *self.secrets, key, base64.b64decode(key).hex())

    def found(self) -> list[str]:
        """Where planted things are, in any form."""
        canaries = self.canaries()
        places = [line for line in hunt(self.root, canaries) if "/keys/master.key" not in line]
        outputs = "\n".join(self.cli.printed).encode()
        return [line for line in places if f"{self.folder}/in/" not in line] + [
            f"output: {what}" for what in hunt_bytes(outputs, canaries)
        ]


def make_cli(tmp_path: Path) -> Cli:
    folder, temporary = tmp_path / "work", tmp_path / "tmp"
    folder.mkdir()
    temporary.mkdir()
    return Cli(folder, settings={"TMPDIR": str(temporary)})


@pytest.fixture
def local(tmp_path: Path) -> Scene:
    cli = make_cli(tmp_path)
    inbox = cli.folder / "in"
    inbox.mkdir()
    said = [
        {"id": "1", "role": "customer", "text": ANGRY},
        {"id": "2", "role": "agent", "html": f"<p>{SORRY}</p><img src='http://127.0.0.1:9/{ATTACHMENT}'>"},
        {"id": "3", "role": "agent", "text": NOTE, "public": False},
    ]
    whole = {"id": "c1", "messages": said, "subject": SUBJECT, "tags": [TAG], "contact_id": "7", "x": CUSTOM}
    broken = (
        json.dumps(whole)[:-30],
        json.dumps({"id": {"x": CUSTOMER}, "messages": said}),
        json.dumps({"id": "c2", "messages": [{"id": "1", "role": CUSTOMER, "text": NAME}]}),
        json.dumps({"id": "c3", "messages": {"text": EMAIL}}),
        "[" * 3000 + json.dumps(CUSTOMER) + "]" * 3000,
    )
    (inbox / "a.jsonl").write_text("\n".join((json.dumps(whole), *broken)) + "\n", encoding="utf-8")

    def connect() -> None:
        assert cli.run("connect", "local", "--name", "desk", "--path", str(inbox)).code == 0

    return Scene(cli, tmp_path, connect, shown=("c1",))


@pytest.fixture
def zendesk(tmp_path: Path) -> Iterator[Scene]:
    account = ZendeskAccount(clock=Clock(at=None))
    app = ZendeskApp(account)
    account.agent.name = AGENT_NAME
    at = account.clock.now() - timedelta(hours=2)
    customer = account.add_user(NAME, EMAIL)
    tickets = []
    for _ in range(8):
        ticket = account.add_ticket(customer.id, subject=SUBJECT, at=at, tags=[TAG])
        account.add_comment(ticket, customer.id, ANGRY, at=at)
        account.add_comment(ticket, account.agent.id, SORRY, at=at)
        account.add_comment(ticket, account.agent.id, NOTE, is_public=False, at=at)
        tickets.append(ticket)
    field_id = account.add_ticket_field("text", "Our own").id
    tickets[0].values[field_id] = CUSTOM
    talk = account.add_ticket(customer.id, channel="native_messaging", is_messaging=True, at=at)
    account.add_turn(talk, "user", customer.id, f"My {CHAT} is broken again!", at)
    grant = account.tokens.issue(account.admin.id, expires_in=1800)
    token = {
        "access_token": grant.access_token,
        "refresh_token": grant.refresh_token,
        "expires_in": 1800,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
    }
    indiscreet = Indiscreet(app, words=" ".join(WORDS), attachment=ATTACHMENT)
    cli = make_cli(tmp_path)
    with serve(indiscreet) as origin:

        def connect() -> None:
            asked = ("--subdomain", account.subdomain, "--api-origin", origin, "--token-stdin")
            done = cli.run("connect", "zendesk", "--name", "desk", *asked, stdin=json.dumps(token))
            assert done.code == 0, done.err

        secrets = (grant.access_token, str(grant.refresh_token), CLIENT_SECRET)
        yield Scene(
            cli, tmp_path, connect, secrets=secrets, indiscreet=indiscreet, shown=(str(tickets[0].id),)
        )


@pytest.fixture
def hubspot(tmp_path: Path) -> Iterator[Scene]:
    account = HubSpotAccount(clock=Clock(at=None))
    app = HubSpotApp(account)
    app.trouble.burst = app.trouble.search_burst = 10_000
    account.add_owner(user_id="100", email="agent@desk.example", first="Ottoline", last="Featherquill")
    at = account.now() - timedelta(hours=2)
    contact = account.add(
        "contacts", {"firstname": "Zebulon", "lastname": "Canarywright", "email": EMAIL}, at=at
    )
    tickets = []
    for _ in range(6):
        values = {"subject": SUBJECT, "content": ANGRY, "hs_pipeline": "0", "our_own": CUSTOM}
        ticket = account.add("tickets", values, at=at)
        account.link("tickets", ticket, "contacts", contact)
        thread = account.add_thread(ticket_id=ticket, contact_id=contact, at=at)
        account.add_thread_message(thread, actor=f"V-{contact}", text=ANGRY)
        account.add_thread_message(thread, actor="A-100", text=SORRY)
        account.add_thread_message(thread, actor="A-100", text=NOTE, kind="COMMENT")
        tickets.append(ticket)
    refresh, access = "refresh-canary-not-a-real-token", "access-canary-not-a-real-token"
    account.grant(access, refresh_token=refresh)
    token = {
        "access_token": access,
        "refresh_token": refresh,
        "expires_in": 1800,
        "client_id": HUBSPOT_CLIENT_ID,
        "client_secret": HUBSPOT_CLIENT_SECRET,
    }
    indiscreet = Indiscreet(app, words=" ".join(WORDS), attachment=ATTACHMENT)
    cli = make_cli(tmp_path)
    with serve(indiscreet) as origin:

        def connect() -> None:
            asked = ("--api-origin", origin, "--token-stdin")
            done = cli.run("connect", "hubspot", "--name", "desk", *asked, stdin=json.dumps(token))
            assert done.code == 0, done.err

        secrets = (access, refresh, HUBSPOT_CLIENT_SECRET)
        yield Scene(cli, tmp_path, connect, secrets=secrets, indiscreet=indiscreet, shown=(tickets[0],))


@pytest.fixture(params=["local", "zendesk", "hubspot"])
def scene(request: pytest.FixtureRequest) -> Scene:
    made: Scene = request.getfixturevalue(request.param)
    return made


def live_through_everything(scene: Scene, mode: str = "drop") -> None:
    """A first sync, every fault, three kills, a look at the results, and an end."""
    cli, indiscreet = scene.cli, scene.indiscreet
    scene.connect()
    keep_as(scene, mode)
    if indiscreet is not None:
        assert cli.run("fields", "desk", "--json").code == 0
    assert scene.sync() in {0, 1}
    rng = random.Random(7)  # noqa: S311 (no secret)
    for fault in FAULTS if indiscreet is not None else ():
        assert indiscreet is not None
        indiscreet.arm(fault, after=rng.randrange(6), times=4)
        assert scene.sync("--full") in {0, 1, 2, 3, 4}
        indiscreet.disarm()
        scene.forget_waits()
    for _ in range(3):
        progress = (lambda: indiscreet.requests) if indiscreet is not None else (lambda: 0)
        cli.run_and_kill("--debug", "sync", "desk", "--full", progress=progress, rng=rng, most_steps=8)
        scene.forget_waits()
    if indiscreet is not None:
        scene.connect()  # a fault may have told us that our token is dead
    assert scene.sync("--full") in {0, 1}
    for conversation_id in scene.shown:
        assert cli.run("show", "desk", conversation_id, "--json").code == 0
        assert cli.run("show", "desk", conversation_id).code == 0
    for command in (["check", "desk", "--json"], ["doctor", "--json"], ["installations", "--json"]):
        cli.run("--debug", *command)


def keep_as(scene: Scene, mode: str) -> None:
    if mode != "drop":
        kept = scene.cli.run("--debug", "policy", "desk", "--mode", mode, "--keep", "30d", "--json")
        assert kept.code == 0, kept.err


def texts_kept(scene: Scene) -> int:
    with contextlib.closing(sqlite3.connect(scene.folder / "var" / "connector.db", timeout=30)) as database:
        (rows,) = database.execute("SELECT count(*) FROM kept_text").fetchone()
    return int(rows)


def test_c07_in_drop_mode_nothing_planted_is_anywhere(scene: Scene) -> None:
    live_through_everything(scene)
    assert scene.found() == []
    if scene.indiscreet is not None:
        assert scene.indiscreet.fetched == []
        printed = "\n".join(scene.cli.printed)
        assert "Traceback" in printed  # --debug showed where, and still nothing of what was said


@pytest.mark.parametrize("mode", ["redact", "encrypt"])
def test_c07_s30_kept_text_is_ciphertext_alone_whatever_goes_wrong(scene: Scene, mode: str) -> None:
    live_through_everything(scene, mode)
    assert texts_kept(scene) > 0
    assert scene.found() == []
    for command in (["policy", "desk", "--json"], ["purge", "--json"], ["audit", "desk", "--json"]):
        assert scene.cli.run("--debug", *command).code == 0
    assert scene.cli.run("--debug", "policy", "desk", "--mode", "drop").code == 0
    assert texts_kept(scene) == 0
    assert scene.found() == []


@pytest.mark.parametrize("mode", ["drop", "encrypt"])
def test_c08_a_running_worker_and_server_leave_nothing_in_queue_logs_or_pages(
    scene: Scene, mode: str
) -> None:
    """Hunted while both run, the write-ahead logs of database and queue included, and after they ended."""
    scene.connect()
    keep_as(scene, mode)
    if scene.indiscreet is not None:
        assert scene.cli.run("fields", "desk", "--json").code == 0
        scene.indiscreet.arm("down", after=2)
    port = free_port()
    running = scene.cli.start("--debug", "up", "--port", str(port))
    try:
        wait_for(lambda: is_synced_twice(scene), "two syncs of the worker, one of them disturbed")
        pages = [fetched(port, path) for path in ("/", "/healthz", "/readyz", "/notice/desk", "/nowhere")]
        assert pages[1].startswith(b"{") or pages[1]
        assert (scene.folder / "var" / "queue.db").stat().st_size > 0
        assert (scene.folder / "var" / "queue.db-wal").exists()
        assert scene.found() == []
        assert [hunt_bytes(page, scene.canaries()) for page in pages] == [[]] * len(pages)
    finally:
        running.terminate()
        running.wait(timeout=60)
    assert (texts_kept(scene) > 0) == (mode == "encrypt")
    logs = scene.root / f"{scene.folder.name}.printed"
    assert b'"event": "sync ended"' in logs.read_bytes()
    assert scene.found() == []


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def fetched(port: int, path: str) -> bytes:
    """What the server answers, errors included."""
    for _ in range(100):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().read()
        time.sleep(0.2)
    raise AssertionError("the server does not answer")


def is_synced_twice(scene: Scene) -> bool:
    """The first sync of a platform meets a fault; the next is let in at once, as if its time had come."""
    logs = scene.root / f"{scene.folder.name}.printed"
    ended = logs.read_bytes().count(b'"event": "sync ended"') if logs.exists() else 0
    if ended == 1:
        with contextlib.closing(
            sqlite3.connect(scene.folder / "var" / "connector.db", timeout=30)
        ) as database:
            database.execute("UPDATE installation SET not_before_at = NULL, last_sync_at = NULL")
            database.commit()
    return ended >= 2


def wait_for(is_so: Callable[[], bool], what: str, seconds: float = 200) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.5)


def test_c07_disconnecting_leaves_nothing_behind(scene: Scene) -> None:
    scene.connect()
    assert scene.sync() in {0, 1}
    assert scene.cli.run("--debug", "disconnect", "desk").code == 0
    assert scene.found() == []


LEAK = """
import base64, os
try:
    import connector.sync as sync
except ImportError:
    pass
else:
    honest = sync.Sync.score
    def leaking(self, conversation):
        how = os.environ["LEAK"]
        for message in conversation.messages:
            if how == "print":
                print(message.body)
            elif how == "base64":
                with open("leak.bin", "ab") as out:
                    out.write(base64.b64encode(b"x" + message.body.encode()))
            elif how == "utf-16":
                with open("leak.bin", "ab") as out:
                    out.write(message.body.encode("utf-16-le"))
            elif how == "brief":
                with open("/dev/shm/leak-of-a-moment", "w") as out:
                    out.write(message.body)
                os.unlink("/dev/shm/leak-of-a-moment")
        return honest(self, conversation)
    sync.Sync.score = leaking
"""


def leak_into(scene: Scene, how: str) -> None:
    """Make the commands of this scene leak, on purpose."""
    beside = scene.root / "leaky"
    beside.mkdir()
    (beside / "sitecustomize.py").write_text(LEAK, encoding="utf-8")
    scene.cli.settings = {
        **scene.cli.settings,
        "LEAK": how,
        "PYTHONPATH": f"{beside}:{REPOSITORY}",
    }


@pytest.mark.parametrize("how", ["print", "base64", "utf-16"])
def test_c07_the_hunt_finds_a_leak_that_was_made_on_purpose(local: Scene, how: str) -> None:
    leak_into(local, how)
    local.connect()
    assert local.sync() in {0, 1}
    assert any("canary 0 as" in line for line in local.found())


_WRITE = re.compile(rb"(?:write|pwrite64|writev|pwritev|pwritev2)\((\d+)<([^>]*)>, (.*)", re.DOTALL)
_STRING = re.compile(rb'"((?:\\x[0-9a-f]{2})*)"')


def traced_writes(scene: Scene, *arguments: str) -> dict[str, bytes]:
    """Run a command under strace: what it and its children wrote, by file."""
    log = scene.root / "strace.log"
    wanted = "trace=write,pwrite64,writev,pwritev,pwritev2"
    command = ["strace", "-f", "-y", "-xx", "-e", wanted, "-s", "70000", "-o", str(log), *COMMAND, *arguments]
    subprocess.run(
        command, cwd=scene.folder, env=scene.cli._environment(), capture_output=True, timeout=280, check=False
    )
    written: dict[str, bytes] = {}
    with log.open("rb") as lines:
        for line in lines:
            call = _WRITE.search(line)
            if call is None or not call[2].startswith((b"/", rb"\x2f")):
                continue  # pipes and sockets: the platform is told our token, over its own connection
            path = _unescaped(call[2])
            written[path] = written.get(path, b"") + b"".join(
                bytes.fromhex(found[1].replace(rb"\x", b"").decode()) for found in _STRING.finditer(call[3])
            )
    log.unlink()
    return written


def _unescaped(name: bytes) -> str:
    return re.sub(rb"\\x([0-9a-f]{2})", lambda found: bytes([int(found[1], 16)]), name).decode(
        "utf-8", "replace"
    )


needs_strace = pytest.mark.skipif(
    shutil.which("strace") is None or sys.platform != "linux", reason="strace is not installed"
)


@needs_strace
@pytest.mark.parametrize("mode", ["drop", "redact", "encrypt"])
def test_c07_nothing_planted_is_in_any_traced_write_to_a_file(scene: Scene, mode: str) -> None:
    scene.connect()
    keep_as(scene, mode)
    if scene.indiscreet is not None:
        assert scene.cli.run("fields", "desk", "--json").code == 0
        scene.indiscreet.arm("unauthorized", after=1)
    written = traced_writes(scene, "--debug", "sync", "desk", "--json")
    if scene.indiscreet is not None:
        scene.indiscreet.disarm()
        scene.forget_waits()
    for path, data in traced_writes(scene, "--debug", "sync", "desk", "--full", "--json").items():
        written[path] = written.get(path, b"") + data
    assert (texts_kept(scene) > 0) == (mode != "drop")
    database = [path for path in written if "connector.db" in path]
    assert database, "strace saw no write to the database: it cannot trace here"
    found = {path: hunt_bytes(data, scene.canaries()) for path, data in written.items()}
    assert {path: what for path, what in found.items() if what} == {}


@needs_strace
def test_c07_the_trace_finds_a_file_that_existed_for_a_moment(local: Scene) -> None:
    local.connect()
    leak_into(local, "brief")
    written = traced_writes(local, "--debug", "sync", "desk", "--json")
    assert hunt_bytes(written["/dev/shm/leak-of-a-moment"], local.words)
    assert local.found() == []  # the file itself is gone: only the trace could tell
