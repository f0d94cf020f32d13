"""Whether the tests would notice: change the rules of safety in every small way, one at a time, and run their tests.

    python -m tests.house.mutation [FILE ...] [--jobs 2] [--lines 120-140] [--out FILE]

Each change is tried in a process group of its own, forked from one that has imported the libraries and none of our
rooms, and killed when it takes too long; the tests must pass without any change first, by the same road. Whoever
survives is printed with what was changed. Types, docstrings and sentences for people are left alone: other tests hold
those.
"""

from __future__ import annotations

import argparse
import ast
import copy
import difflib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import CodeType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HARD_RULES = (
    "tests/recommender/test_hard_rule_edges.py",
    "tests/recommender/test_rules_file.py",
    "tests/recommender/test_hard_rules.py",
)
TESTS = {
    "practice/safety.py": ("tests/practice/test_safety.py",),
    "recommender/constraints.py": HARD_RULES,
    "recommender/hard_rules.py": HARD_RULES,
}
"""The files, and the tests that must notice what is changed in them."""
LIBRARIES = (
    "pytest",
    "hypothesis.extra.numpy",
    "numpy",
    "scipy.spatial",
    "scipy.optimize",
    "sqlalchemy",
    "pydantic",
    "yaml",
)
BAR_PERCENT = 90

OTHER: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr, ast.Pow: ast.Mult, ast.USub: ast.UAdd, ast.Continue: ast.Break,
}  # fmt: skip
OTHER_CALL = {"min": "max", "max": "min", "any": "all", "all": "any", "isfinite": "isnan", "maximum": "minimum"}

Make = Callable[[ast.AST], ast.AST | None]
"""Makes what stands in the place of a node; None where the node is to go."""


@dataclass(frozen=True)
class Change:
    """One small change of a module."""

    line: int
    diff: str
    code: CodeType


def changes(source: str, file: str) -> Iterator[Change]:
    """Every small change of a module's code, in the order of its lines."""
    tree = ast.parse(source)
    silent = left_alone(tree)
    before = ast.unparse(tree).splitlines()
    for path, node in sorted(places(tree), key=lambda place: getattr(place[1], "lineno", 0)):
        if id(node) in silent:
            continue
        for make in ways(node):
            changed = replaced(tree, path, make)
            after = ast.unparse(changed).splitlines()
            diff = difflib.unified_diff(before, after, n=0, lineterm="")
            lines = [line for line in diff if line[:2] not in ("--", "++", "@@")]
            yield Change(getattr(node, "lineno", 0), "\n".join(lines), compile(changed, file, "exec"))


Path_ = tuple[tuple[str, int | None], ...]


def places(node: ast.AST, path: Path_ = ()) -> Iterator[tuple[Path_, ast.AST]]:
    """Every node, and the fields that lead to it."""
    for name, value in ast.iter_fields(node):
        children = enumerate(value) if isinstance(value, list) else [(None, value)]
        for i, child in children:
            if isinstance(child, ast.expr | ast.stmt):
                yield (*path, (name, i)), child
            if isinstance(child, ast.AST):
                yield from places(child, (*path, (name, i)))


def replaced(tree: ast.Module, path: Path_, make: Make) -> ast.Module:
    """A copy of the tree in which one node is another."""
    changed = copy.deepcopy(tree)
    parent: ast.AST = changed
    for name, i in path[:-1]:
        parent = getattr(parent, name) if i is None else getattr(parent, name)[i]
    name, i = path[-1]
    if i is None:
        setattr(parent, name, make(getattr(parent, name)))
    else:
        getattr(parent, name)[i] = make(getattr(parent, name)[i])
    return ast.fix_missing_locations(changed)


def left_alone(tree: ast.Module) -> set[int]:
    """Types, docstrings, decorators, imports, and what an error says to people."""
    roots: list[ast.AST | None] = []
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign() | ast.arg():
                roots.append(node.annotation)
            case ast.FunctionDef():
                roots += [node.returns, *node.decorator_list]
            case ast.ClassDef():
                roots += node.decorator_list
            case ast.Raise():
                roots.append(node.exc)
            case ast.Compare(ops=[ast.Is() | ast.IsNot()]):
                roots += node.comparators
            case ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom():
                roots.append(node)
            case ast.Assign(value=ast.Subscript(value=ast.Name(id="Literal" | "tuple" | "NDArray"))):
                roots.append(node)  # a name for a type
    return {id(inner) for root in roots if root is not None for inner in ast.walk(root)}


def ways(node: ast.AST) -> Iterator[Make]:
    """The small changes of one node."""
    match node:
        case ast.Compare():
            yield from (with_other("ops", i) for i in range(len(node.ops)))
        case ast.BoolOp():
            yield with_other("op")
            yield from (without("values", i) for i in range(len(node.values)))
        case ast.BinOp() | ast.AugAssign() if type(node.op) in OTHER:
            yield with_other("op")
        case ast.UnaryOp(op=ast.USub()):
            yield with_other("op")
        case ast.UnaryOp(op=ast.Not() | ast.Invert()):
            yield lambda one: one.operand
        case ast.Constant(value=bool(value)):
            yield lambda _: ast.Constant(not value)
        case ast.Constant(value=int(number) | float(number)):
            yield lambda _: ast.Constant(number + 1)
        case ast.Constant(value=str(text)) if text:
            yield lambda _: ast.Constant(f"another {text}")
        case ast.Constant(value=None):
            yield lambda _: ast.Constant(0)
        case ast.If() | ast.IfExp() | ast.While():
            yield negated
        case ast.Continue():
            yield lambda _: ast.Break()
        case ast.Dict():
            yield from (without_entry(i) for i in range(len(node.keys)))
        case ast.Set() | ast.Tuple() if len(node.elts) > 1:
            yield from (without("elts", i) for i in range(len(node.elts)))
    if isinstance(node, ast.Call):
        yield from (without("keywords", i) for i in range(len(node.keywords)))
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in OTHER_CALL:
            yield with_call(OTHER_CALL[name])
    if isinstance(node, ast.Return) and node.value is not None:
        yield lambda _: ast.Return(ast.Constant(None))
    if isinstance(node, ast.Expr | ast.AugAssign | ast.Raise):
        yield lambda _: ast.Pass()
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
        yield lambda _: ast.Pass()


def with_other(field: str, i: int | None = None) -> Make:
    """The node with another operator."""

    def make(node: ast.AST) -> ast.AST:
        if i is None:
            setattr(node, field, OTHER[type(getattr(node, field))]())
        else:
            getattr(node, field)[i] = OTHER[type(getattr(node, field)[i])]()
        return node

    return make


def without(field: str, i: int) -> Make:
    """The node without one of its parts."""

    def make(node: ast.AST) -> ast.AST:
        parts = getattr(node, field)
        del parts[i]
        return parts[0] if isinstance(node, ast.BoolOp) and len(parts) == 1 else node

    return make


def without_entry(i: int) -> Make:
    """A dictionary without one of its entries."""

    def make(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Dict)
        del node.keys[i], node.values[i]
        return node

    return make


def with_call(name: str) -> Make:
    """The call of another function."""

    def make(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Call)
        setattr(node.func, "attr" if isinstance(node.func, ast.Attribute) else "id", name)
        return node

    return make


def negated(node: ast.AST) -> ast.AST:
    """The node with its condition turned round."""
    assert isinstance(node, ast.If | ast.IfExp | ast.While)
    node.test = ast.UnaryOp(ast.Not(), node.test)
    return node


class Changed(importlib.abc.MetaPathFinder, importlib.machinery.SourceFileLoader):
    """Gives the changed code to whoever imports the module."""

    def __init__(self, file: str, code: CodeType) -> None:
        super().__init__(file.removesuffix(".py").replace("/", "."), str(ROOT / file))
        self.code = code

    def find_spec(self, fullname: str, path: object, target: object = None) -> importlib.machinery.ModuleSpec | None:
        """This module, and no other."""
        return importlib.util.spec_from_loader(fullname, self) if fullname == self.name else None

    def get_code(self, fullname: str) -> CodeType:
        """The changed code, whatever lies in the file or in a cache."""
        return self.code


def run_tests(file: str, code: CodeType) -> int:
    """In a process of its own: 0 if the tests of `file` pass with `code` in its place."""
    import pytest

    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    sys.meta_path.insert(0, Changed(file, code))
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "HYPOTHESIS_STORAGE_DIRECTORY": f"{folder}/h"}
        options = ["-q", "-x", "-m", "not soak", "--hypothesis-seed=0", f"--basetemp={folder}/t", "--tb=no"]
        options += ["-p", "_hypothesis_pytestplugin", "-p", "pytest_timeout", "-p", "no:cacheprovider", "--timeout=0"]
        return int(pytest.main([*options, *(str(ROOT / test) for test in TESTS[file])]))


def started(file: str, code: CodeType) -> int:
    """The process that runs the tests; its group has the same number."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        os.setsid()
        status = run_tests(file, code)
    finally:
        os._exit(status)  # also where it could not even be imported


def tried(file: str, tries: Sequence[CodeType], *, jobs: int, patience_s: float) -> Iterator[tuple[int, str]]:
    """The number of each try and how it ended: `survived`, `killed` or `timeout`."""
    running: dict[int, tuple[int, float]] = {}
    waiting = list(enumerate(tries))[::-1]
    while waiting or running:
        while waiting and len(running) < jobs:
            number, code = waiting.pop()
            running[started(file, code)] = (number, time.monotonic() + patience_s)
        for child, (number, until) in list(running.items()):
            ended, status = os.waitpid(child, os.WNOHANG)
            if not ended and time.monotonic() > until:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                yield number, "timeout"
            elif ended:
                yield number, "survived" if status == 0 else "killed"
            else:
                continue
            del running[child]
        time.sleep(0.005)


def examined(file: str, *, jobs: int, lines: range | None) -> dict[str, Any]:
    """Try every change of a file, print what survived, and count how they ended."""
    source = (ROOT / file).read_text("utf-8")
    began = time.monotonic()
    unchanged = list(tried(file, [compile(source, file, "exec")], jobs=1, patience_s=600))
    if unchanged != [(0, "survived")]:
        raise SystemExit(f"the tests of {file} do not pass as it stands: nothing can be learned from changing it")
    patience_s = 30 + 10 * (time.monotonic() - began)
    todo = [change for change in changes(source, file) if lines is None or change.line in lines]
    ends = dict(tried(file, [change.code for change in todo], jobs=jobs, patience_s=patience_s))
    counts = {kind: list(ends.values()).count(kind) for kind in ("killed", "timeout", "survived")}
    share = 1 - counts["survived"] / max(1, len(todo))
    print(  # noqa: T201
        f"{file}: {100 * share:.1f} % of {len(todo)} changes noticed ({counts['killed']} killed, "
        f"{counts['timeout']} timeouts, {counts['survived']} survived; {time.monotonic() - began:.0f} s)",
        flush=True,
    )
    survivors = [todo[number] for number, end in sorted(ends.items()) if end == "survived"]
    for change in survivors:
        print(f"survived {file}:{change.line}\n{change.diff}", flush=True)  # noqa: T201
    return counts | {"of": len(todo), "noticed_percent": 100 * share, "survivors": [one.diff for one in survivors]}


def kept(out: Path, found: dict[str, dict[str, Any]]) -> None:
    """Write what was found beside what an earlier run found of other files."""
    before = json.loads(out.read_text("utf-8"))["files"] if out.exists() else {}
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    at = datetime.now(UTC).isoformat(timespec="seconds")
    out.write_text(json.dumps({"files": before | found, "machine": machine, "at": at}, indent=1) + "\n", "utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Examine each file; fail if one lies below the bar."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", default=list(TESTS), help="Any of " + ", ".join(TESTS) + ".")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--lines", help="Only changes of these lines, as 120-140.")
    parser.add_argument("--out", type=Path, help="Keep the figures in this file (JSON).")
    options = parser.parse_args(arguments)
    first, _, last = (options.lines or "").partition("-")
    lines = range(int(first), int(last or first) + 1) if first else None
    os.chdir(ROOT)
    os.environ |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")  # a fork keeps no second thread
    sys.path.insert(0, str(ROOT))
    for library in LIBRARIES:
        importlib.import_module(library)
    found = {}
    for file in options.files:
        found[file] = examined(file, jobs=options.jobs, lines=lines)
        if options.out:
            kept(options.out, found)
    raise SystemExit(0 if all(one["noticed_percent"] >= BAR_PERCENT for one in found.values()) else 1)


if __name__ == "__main__":
    main()
