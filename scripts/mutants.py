"""Changes code in small ways and counts how many changes the tests notice.

A target is `module=tests`, several test files joined by commas. Without targets, the retention rules and the
vault are looked at. A process is forked for each mutant, so nothing is written and nothing is loaded twice.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.util
import os
import random
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TESTS_OF_POLICY = "tests/privacy/test_policy.py"
TESTS_OF_VAULT = "tests/privacy/test_contact_keys.py,tests/test_vault.py"
TARGETS = (
    f"connector.privacy.policy={TESTS_OF_POLICY}",
    f"connector.privacy.policy_file={TESTS_OF_POLICY}",
    "connector.privacy.guard=tests/privacy/test_guard.py",
    f"connector.privacy.envelope={TESTS_OF_VAULT}",
    f"connector.privacy.keys={TESTS_OF_VAULT}",
    f"connector.privacy.master={TESTS_OF_VAULT}",
    f"connector.privacy.vault={TESTS_OF_VAULT}",
)
SWAPS: dict[type[ast.AST], Any] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
SECONDS = 60
SLOW_TESTS = ("p01", "p04_through", "strictest_is", "reads_back", "ten_thousand", "every_bit")
QUICK = " and ".join(f"not {name}" for name in SLOW_TESTS)
QUIETLY = ("--noconftest", "-W", "ignore::pytest.PytestAssertRewriteWarning")


def changes(node: ast.AST, *, in_function: bool) -> Iterator[ast.AST]:
    """The node, changed in every way we know."""
    yield from _other_operators(node)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield ast.Constant(node.value + 1)
    elif isinstance(node, ast.Constant) and isinstance(node.value, bytes):
        yield ast.Constant(node.value + b"x")
    elif isinstance(node, ast.If | ast.IfExp):
        other = copy.deepcopy(node)
        other.test = ast.UnaryOp(ast.Not(), other.test)
        yield other
    elif isinstance(node, ast.Return) and in_function and _says_something(node.value):
        yield ast.Return(ast.Constant(None))
    elif isinstance(node, ast.Raise | ast.AugAssign) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    ):
        yield ast.Pass()


def _says_something(value: ast.expr | None) -> bool:
    return value is not None and not (isinstance(value, ast.Constant) and value.value is None)


def _other_operators(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            other = copy.deepcopy(node)
            other.ops[at] = SWAPS[type(operator)]()
            yield other
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield copy.deepcopy(node.operand)
    elif isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in SWAPS:
        changed = copy.deepcopy(node)
        changed.op = SWAPS[type(node.op)]()
        yield changed


def mutants(source: str) -> list[tuple[str, ast.Module]]:
    """(where and what, the changed module) for every change of a module, messages and docstrings aside."""
    tree = ast.parse(source)
    made: list[tuple[str, ast.Module]] = []

    def visit(node: ast.AST, path: tuple[tuple[str, int | None], ...], *, in_function: bool) -> None:
        if isinstance(node, ast.JoinedStr | ast.ImportFrom | ast.Import) or _is_aside(node):
            return
        for other in changes(node, in_function=in_function):
            whole = copy.deepcopy(tree)
            _put(whole, path, ast.copy_location(other, node))
            line = getattr(node, "lineno", 0)
            made.append((f"{line}: {ast.unparse(node)[:60]!r} -> {ast.unparse(other)[:60]!r}", whole))
        within = in_function or isinstance(node, ast.FunctionDef)
        for name, value in ast.iter_fields(node):
            if name in {"annotation", "returns", "decorator_list"}:
                continue
            if isinstance(value, ast.AST):
                visit(value, (*path, (name, None)), in_function=within)
            elif isinstance(value, list):
                for at, each in enumerate(value):
                    if isinstance(each, ast.AST):
                        visit(each, (*path, (name, at)), in_function=within)

    visit(tree, (), in_function=False)
    return made


def _is_aside(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "__repr__"


def _put(tree: ast.AST, path: Sequence[tuple[str, int | None]], new: ast.AST) -> None:
    node = tree
    for name, at in path[:-1]:
        value = getattr(node, name)
        node = value if at is None else value[at]
    name, at = path[-1]
    if at is None:
        setattr(node, name, new)
    else:
        getattr(node, name)[at] = new
    ast.fix_missing_locations(tree)


class Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Loads the changed module in the place of the real one."""

    def __init__(self, module: str, tree: ast.Module, path: Path) -> None:
        self.module, self.tree, self.path = module, tree, path

    def find_spec(self, name: str, _path: object, _target: object = None) -> object:
        return importlib.util.spec_from_loader(name, self) if name == self.module else None

    def exec_module(self, module: object) -> None:
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)  # noqa: S102 - that is the point


def is_noticed(module: str, tree: ast.Module, path: Path, tests: Sequence[str]) -> bool:
    """Whether the tests fail, or hang, with the changed module; the quick ones are asked first."""
    return _fails(module, tree, path, [*tests, "-k", QUICK]) or _fails(module, tree, path, tests)


def _fails(module: str, tree: ast.Module, path: Path, tests: Sequence[str]) -> bool:
    child = os.fork()
    if child == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        signal.alarm(SECONDS)
        sys.meta_path.insert(0, Instead(module, tree, path))
        import hypothesis
        import pytest

        hypothesis.settings.register_profile("few", max_examples=25, deadline=None, database=None)
        hypothesis.settings.load_profile("few")
        os._exit(int(pytest.main(["-x", "-p", "no:cacheprovider", *QUIETLY, *tests])))
    return os.waitpid(child, 0)[1] != 0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("targets", nargs="*", default=TARGETS)
    arguments.add_argument("--per-file", type=int, default=0, help="try so many, chosen at random; 0: all")
    asked = arguments.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    import hypothesis  # loaded here once, for all the forks
    import pytest

    assert hypothesis
    assert pytest
    killed = total = 0
    for target in asked.targets:
        module, tests = target.split("=")
        path = ROOT / (module.replace(".", "/") + ".py")
        found = mutants(path.read_text(encoding="utf-8"))
        if asked.per_file and len(found) > asked.per_file:
            found = random.Random(0).sample(found, asked.per_file)  # noqa: S311 - a sample to repeat
        whole = ast.parse(path.read_text(encoding="utf-8"))
        assert not is_noticed(module, whole, path, tests.split(",")), f"{tests} fail without any change"
        started, survivors = time.monotonic(), []
        for what, tree in found:
            if not is_noticed(module, tree, path, tests.split(",")):
                survivors.append(what)
        killed += len(found) - len(survivors)
        total += len(found)
        print(
            f"{module}: {len(found) - len(survivors)} of {len(found)} noticed "
            f"in {time.monotonic() - started:.0f} s",
            flush=True,
        )
        for what in survivors:
            print(f"  not noticed: {path.relative_to(ROOT)}:{what}", flush=True)
    print(f"{killed} of {total} noticed: {100 * killed / max(total, 1):.1f} %")


if __name__ == "__main__":
    main()
