"""Rules on our own source that no linter has: what must never be written, and what must have a reason."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "connector").rglob("*.py"))
SECRETIVE = re.compile(r"(^|_)(digest|signature|mac|hmac|token|secret|commitment|tag_bytes|check_value)$")
WORDY = re.compile(r"(^|_)(text|body|html|subject|email|password|secret|token|content|words|said)$")


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in SOURCES:
        yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


def names_in(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr


def last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Call):
        return last_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def compared_secrets(tree: ast.AST) -> Iterator[int]:
    """Lines that compare something secret with `==`, whose time tells how much of it was right."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            sides = [node.left, *node.comparators]
            is_secret = any(
                SECRETIVE.search(last_name(side)) or last_name(side) == "hexdigest" for side in sides
            )
            is_constant = any(isinstance(side, ast.Constant) for side in sides)
            if is_secret and not is_constant:
                yield node.lineno


def loose_ends(tree: ast.AST) -> Iterator[int]:
    """Lines that match with `$`, which also matches before a trailing line break."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and last_name(node) in {"match", "fullmatch"}:
            for each in node.args[:1]:
                if isinstance(each, ast.Constant) and str(each.value).endswith("$"):
                    yield node.lineno


def loose_logging(tree: ast.AST) -> Iterator[int]:
    """Log calls whose event is no literal, or that are given something that holds words."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        levels = {"debug", "info", "warning", "error", "exception", "critical", "log"}
        if node.func.attr not in levels or last_name(node.func.value) not in {"log", "logger", "logging"}:
            continue
        event, *arguments = node.args
        values = [*arguments, *(keyword.value for keyword in node.keywords)]
        is_literal = isinstance(event, ast.Constant) and isinstance(event.value, str)
        if not is_literal or any(WORDY.search(name) for value in values for name in names_in(value)):
            yield node.lineno


def told_exceptions(tree: ast.AST) -> Iterator[int]:
    """Places that print a library's exception, or put it into a sentence: those quote what they choke on."""
    for handler in ast.walk(tree):
        if not isinstance(handler, ast.ExceptHandler) or handler.name is None:
            continue
        caught = set(names_in(handler.type)) if handler.type is not None else {"Exception"}
        if not caught & FOREIGN:
            continue
        for node in ast.walk(handler):
            if isinstance(node, ast.FormattedValue) and last_name(node.value) == handler.name:
                yield node.lineno
            is_telling = isinstance(node, ast.Call) and last_name(node) in TELLING
            if is_telling and any(last_name(each) == handler.name for each in node.args):
                yield node.lineno


TELLING = {"str", "repr", "print", "echo", "complain"}
FOREIGN = {"Exception", "BaseException", "ValueError", "KeyError", "TypeError", "SQLAlchemyError",
           "DBAPIError",
           "RequestException", "HTTPError", "ValidationError", "JSONDecodeError", "UnicodeError"}  # fmt: skip

RULES = [
    (compared_secrets, "def f(token, other): return token == other"),
    (compared_secrets, "def f(mac, x): return x.hexdigest() != mac"),
    (loose_ends, "import re\nre.match('a$', x)"),
    (loose_logging, "log.info(f'read {x}')"),
    (loose_logging, "log.info('read', extra={'error': message.body})"),
    (loose_logging, "log.warning('read %s', text)"),
    (told_exceptions, "try:\n    f()\nexcept ValueError as error:\n    raise Odd(f'no: {error}')"),
    (told_exceptions, "try:\n    f()\nexcept Exception as error:\n    print(error)"),
]


@pytest.mark.parametrize(
    ("rule", "wrong"), RULES, ids=[f"{rule.__name__}-{n}" for n, (rule, _) in enumerate(RULES)]
)
def test_each_rule_finds_what_it_is_for(rule, wrong: str) -> None:  # type: ignore[no-untyped-def]
    assert list(rule(ast.parse(wrong)))


NO_SECRETS = {
    "connector/credentials.py": "both tokens are our own, and nobody outside sees how long it takes",
    "connector/privacy/audit.py": "a checksum of a document that its reader holds in full",
    "connector/providers/local/contents.py": "a file's size and time of change",
    "connector/store/api_access.py": "digests of random tokens, which the database looks up",
    "connector/store/hints.py": "digests of verified signatures, which the database looks up",
    "connector/store/setups.py": "keyed digests, which the database looks up",
    "connector/store/visits.py": "keyed digests, which the database looks up",
}


@pytest.mark.parametrize("rule", [compared_secrets, loose_ends, loose_logging, told_exceptions])
def test_no_source_of_ours_breaks_the_rule(rule) -> None:  # type: ignore[no-untyped-def]
    found = [(str(path), line) for path, tree in trees() for line in rule(tree)]
    assert [each for each in found if rule is not compared_secrets or each[0] not in NO_SECRETS] == []


def test_no_pattern_that_must_hold_to_the_end_ends_before_a_line_break() -> None:
    loose = []
    for path, tree in trees():
        text = (ROOT / path).read_text(encoding="utf-8")
        bound = {
            node.targets[0].id: node
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        }
        for name, node in bound.items():
            call = node.value
            if isinstance(call, ast.Call) and last_name(call) == "compile" and call.args:
                pattern = call.args[0]
                ends = isinstance(pattern, ast.Constant) and str(pattern.value).endswith("$")
                is_multiline = any("MULTILINE" in name or name == "M" for name in names_in(call))
                if ends and not is_multiline and re.search(rf"\b{name}\.(match|fullmatch)\(", text):
                    loose.append(f"{path}:{node.lineno}")
    assert loose == []


def test_s22_no_template_switches_escaping_off() -> None:
    templates = [*(ROOT / "connector" / "web" / "templates").rglob("*.html")]
    assert templates
    for path in templates:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\|\s*safe\b|autoescape\s+false|Markup\(", text), path
    for path, tree in trees():
        assert "Markup" not in set(names_in(tree)), path


def test_every_suppression_has_its_reason_or_a_rule_that_speaks_for_itself() -> None:
    """S-34: `# noqa: Sxxx` and `# nosec` need words after them: each is a finding that was looked at."""
    bare = []
    for path in SOURCES:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = re.search(r"#\s*(noqa:[^-(#]*\bS\d{3}\b|nosec\b[\s\w,]*)(.*)", line)
            if found and not re.search(r"[a-z]{3,}", found[2]) and not _explained(path, number):
                bare.append(f"{path.relative_to(ROOT)}:{number}")
    assert bare == []


def _explained(path: Path, number: int) -> bool:
    lines = path.read_text(encoding="utf-8").splitlines()
    return any(
        re.search(r"#.*(noqa: S\d{3}|nosec).*- \w+", line) for line in lines[max(0, number - 6) : number]
    )


KEYS = [
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    r"\bAKIA[0-9A-Z]{16}\b",
    r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
    r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    r"\bpat-(?:na|eu)\d-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
    r"\beyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}",
    r"(?i)\b(?:secret|token|password|api_?key)[\"']?\s*[:=]\s*[\"'][A-Za-z0-9+/_-]{32,}={0,2}[\"']",
    r"(?i)https?://[^/\s:@{}]+:[^/\s:@{}]{3,}@(?!evil)",
]
FAKE = re.compile(
    r"(?i)fake|not-a-real|not_a_real|example|sample|canary|dummy|obviously|test|0{8}|hidden|user:"
)


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is no checkout")
    return [ROOT / name for name in listed.stdout.decode().split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize(
    "leaked",
    [
        "-----BEGIN " + "RSA PRIVATE KEY-----", "AKIA" + "ABCDEFGHIJKLMNOP", "ghp_" + "a1" * 18,
        "pat-na1-" + "0123abcd-0123-0123-0123-0123456789ab", 'token = "' + "Zx9" * 12 + '"',
        "https://ann:" + "s3cr3t@desk.invalid/",
    ],
)  # fmt: skip
def test_the_hunt_for_secrets_would_find_one(leaked: str) -> None:
    assert any(re.search(pattern, leaked) for pattern in KEYS)


def test_no_secret_is_in_the_repository() -> None:
    found = []
    for path in tracked():
        if path.suffix in {".png", ".json", ".lock", ".svg", ".woff2"}:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if (
                len(line) < 2000
                and any(re.search(pattern, line) for pattern in KEYS)
                and not FAKE.search(line)
            ):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == []


IMPORTED_AS = {
    "authlib": "authlib", "flask-wtf": "flask_wtf", "gunicorn": "gunicorn", "hubspot-api-client": "hubspot",
    "mail-parser-reply": "mailparser_reply", "prometheus-client": "prometheus_client",
    "pydantic-settings": "pydantic_settings", "vadersentiment": "vaderSentiment",
}  # fmt: skip


def declared() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [re.split(r"[<>=!\[; ]", each)[0].lower() for each in project["dependencies"]]


def test_there_are_at_most_twenty_dependencies_and_each_is_used() -> None:
    names = declared()
    assert len(names) <= 20
    imported = {
        name.split(".")[0]
        for _, tree in trees()
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and not node.level
            else []
        )
    }
    # a package may be used for its data alone, found by its name
    named = {
        node.value for _, tree in trees() for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }  # fmt: skip
    unused = {name for name in names if IMPORTED_AS.get(name, name) not in imported | named}
    assert unused == set()


def test_s35_every_dependency_is_locked_with_hashes_and_no_registry_is_named() -> None:
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.findall(r"(?m)^([a-z0-9._-]+)==([^ \\;]+)", text)
    locked = {name.replace("_", "-").replace(".", "-") for name, _ in entries}
    assert {name for name in declared() if name not in locked} == set()
    blocks = re.split(r"(?m)^(?=[a-z0-9])", text)[1:]
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert not re.search(r"https?://|index-url|find-links|trusted-host", text)
