"""Whether the tests would notice: change the safety rules in every small way, one at a time, and run their tests.

    python -m tests.house.mutation [FILE ...] [--jobs 2]

Each change is tried in a process of its own, forked from one that knows every library already, so that it costs the
tests and nothing else; that the tests pass without any change is looked at first. What survives is printed with its
line. Sentences for people, types and docstrings are left alone: other tests hold them.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.machinery
import importlib.util
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
TESTS = {
    "practice/safety.py": ("tests/practice/test_safety.py",),
    "recommender/constraints.py": (
        "tests/recommender/test_hard_rule_edges.py",
        "tests/recommender/test_hard_rules.py",
        "tests/recommender/test_contract.py",
        "tests/recommender/test_rules_file.py",
        "tests/recommender/test_tempo_match.py",
        "tests/recommender/test_planner.py",
    ),
    "recommender/hard_rules.py": (
        "tests/recommender/test_hard_rule_edges.py",
        "tests/recommender/test_hard_rules.py",
    ),
}
BAR = 0.9
PATIENCE_S = 300.0
"""A change after which tests do not end is noticed, too."""
LIBRARIES = ("numpy", "scipy.optimize", "scipy.spatial", "sqlalchemy", "pydantic", "yaml", "hypothesis.extra.numpy")

_COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
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
}
_CALCULATED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.Pow: ast.Mult,
}


@dataclass(frozen=True)
class Change:
    """One small change of a module."""

    line: int
    what: str
    tree: ast.Module


def changes(source: str) -> Iterator[Change]:
    """Every small change of a module's code, in the order of its lines."""
    tree = ast.parse(source)
    places = [place for place, node in enumerate(ast.walk(tree)) if isinstance(node, ast.expr | ast.stmt)]
    silent = _left_alone(tree)
    found = []
    for place in places:
        node = _at(tree, place)
        if id(node) in silent:
            continue
        for what, change in _ways(node):
            changed = copy.deepcopy(tree)
            target = _at(changed, place)
            change(target)
            found.append(Change(node.lineno, what, ast.fix_missing_locations(changed)))
    yield from sorted(found, key=lambda change: change.line)


def _at(tree: ast.AST, place: int) -> ast.expr | ast.stmt:
    node = next(node for i, node in enumerate(ast.walk(tree)) if i == place)
    assert isinstance(node, ast.expr | ast.stmt)
    return node


def _left_alone(tree: ast.Module) -> set[int]:
    """Types, docstrings, decorators, what is said to people in errors, and names that only mypy reads."""
    roots: list[ast.AST | None] = []
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign() | ast.arg():
                roots.append(node.annotation)
            case ast.FunctionDef():
                roots += [node.returns, *node.decorator_list]
            case ast.ClassDef():
                roots += [*node.decorator_list, *(keyword.value for keyword in node.keywords)]
            case ast.Raise():
                roots.append(node.exc)
            case ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom() | ast.JoinedStr():
                roots.append(node)
            case ast.Subscript(value=ast.Name(id="Literal")) | ast.Assign(targets=[ast.Name(id="model_config")]):
                roots.append(node)
    return {id(inner) for root in roots if root is not None for inner in ast.walk(root)}


def _ways(node: ast.expr | ast.stmt) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            other = _COMPARED[type(operator)]
            yield f"{type(operator).__name__} becomes {other.__name__}", _set_item("ops", i, other)
    elif isinstance(node, ast.BoolOp):
        other_bool = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{type(node.op).__name__} becomes {other_bool.__name__}", _set("op", other_bool)
    elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _CALCULATED:
        other_operator = _CALCULATED[type(node.op)]
        yield f"{type(node.op).__name__} becomes {other_operator.__name__}", _set("op", other_operator)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield f"{type(node.op).__name__} is taken away", _set("op", ast.UAdd if isinstance(node.op, ast.USub) else _Is)
    elif isinstance(node, ast.Constant):
        yield from _other_constants(node)
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        yield "the condition is turned round", _negate
    elif isinstance(node, ast.Return) and node.value is not None:
        yield "nothing is returned", _set("value", lambda: ast.Constant(None))
    elif isinstance(node, ast.Continue):
        yield "continue becomes break", _become_break
    elif isinstance(node, ast.Expr | ast.AugAssign | ast.Raise):
        yield "the statement is taken away", _take_away
    elif isinstance(node, ast.comprehension):
        return


def _other_constants(node: ast.Constant) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    value = node.value
    if isinstance(value, bool):
        yield f"{value} becomes {not value}", _set("value", lambda: not value)
    elif isinstance(value, int | float):
        yield f"{value} becomes {value + 1}", _set("value", lambda: value + 1)
    elif isinstance(value, str) and value:
        yield f"{value!r} becomes another word", _set("value", lambda: f"another {value}")


def _set(name: str, make: Callable[[], object]) -> Callable[[ast.AST], None]:
    return lambda target: setattr(target, name, make())


def _set_item(name: str, i: int, make: Callable[[], ast.AST]) -> Callable[[ast.AST], None]:
    return lambda target: getattr(target, name).__setitem__(i, make())


class _Is(ast.Not):
    """Marks a `not` that `_drop_marked` takes out."""


def _negate(target: ast.AST) -> None:
    assert isinstance(target, ast.If | ast.IfExp | ast.While)
    target.test = ast.UnaryOp(ast.Not(), target.test)


def _become_break(target: ast.AST) -> None:
    target.__class__ = ast.Break


def _take_away(target: ast.AST) -> None:
    target.__class__ = ast.Pass


class _DropMarked(ast.NodeTransformer):
    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:  # as ast names it
        self.generic_visit(node)
        return node.operand if isinstance(node.op, _Is) else node


class Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives the changed module to whoever imports it."""

    def __init__(self, name: str, file: Path, tree: ast.Module) -> None:
        self.name, self.file = name, file
        self.code = compile(tree, str(file), "exec")

    def find_spec(self, name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        """The changed module, for its own name only."""
        return importlib.util.spec_from_loader(name, self, origin=str(self.file)) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed code."""
        module.__file__ = str(self.file)
        exec(self.code, module.__dict__)  # noqa: S102  # our own code, with one thing changed


def run_tests(file: str, tree: ast.Module, tests: Sequence[str]) -> int:
    """In a forked process: run the tests on the changed module; never returns."""
    import pytest

    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    os.setpgid(0, 0)
    with tempfile.TemporaryDirectory() as folder:
        name = file.removesuffix(".py").replace("/", ".")
        whole = ast.fix_missing_locations(_DropMarked().visit(tree))
        # Everything that knows the module is imported again, with the change in it.
        rooms = ("features", "recommender", "music_library", "practice", "tests")
        for known in [one for one in sys.modules if one.partition(".")[0] in rooms and one != "tests"]:
            del sys.modules[known]
        sys.meta_path.insert(0, Changed(name, ROOT / file, whole))
        # Plugins by name: those that would be found are imported already, and could not be prepared for assertions.
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        options = ["-q", "-x", "-p", "pytest_timeout", "-p", "_hypothesis_pytestplugin", "-p", "no:cacheprovider"]
        code = int(
            pytest.main([*options, f"--basetemp={folder}/t", "--timeout=0", *(str(ROOT / test) for test in tests)])
        )
    os._exit(code)


def _fork(file: str, tree: ast.Module) -> int:
    child = os.fork()
    if child == 0:
        try:
            run_tests(file, tree, TESTS[file])
        finally:
            os._exit(1)  # it could not even be imported
    return child


def _exit_code(file: str, tree: ast.Module) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(_fork(file, tree), 0)[1])


def try_out(file: str, *, jobs: int, sample: int | None = None) -> tuple[int, list[Change]]:
    """How many changes were tried, and those that no test noticed."""
    todo = list(changes((ROOT / file).read_text("utf-8")))
    if sample is not None:
        todo = random.Random(0).sample(todo, min(sample, len(todo)))
    if _exit_code(file, ast.parse((ROOT / file).read_text("utf-8"))) != 0:
        raise SystemExit(f"the tests of {file} do not pass as it stands: nothing can be learned from changing it")
    survivors: list[Change] = []
    running: dict[int, tuple[Change, float]] = {}
    total = len(todo)
    while todo or running:
        while todo and len(running) < jobs:
            change = todo.pop(0)
            child = _fork(file, change.tree)
            running[child] = (change, time.monotonic())
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended:
            change, _ = running.pop(ended)
            if os.waitstatus_to_exitcode(status) == 0:
                survivors.append(change)
        for child, (_, started) in list(running.items()):
            if time.monotonic() - started > PATIENCE_S:
                os.kill(child, signal.SIGKILL)
        time.sleep(0.01)
    return total, survivors


def main(arguments: Sequence[str] | None = None) -> None:
    """Try every change of each file, print what survived, and fail below the bar."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", default=list(TESTS))
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--sample", type=int, help="Try so many, drawn by lot, instead of all.")
    options = parser.parse_args(arguments)
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    for library in ("pytest", "hypothesis", *LIBRARIES):
        importlib.import_module(library)
    is_enough = True
    for file in options.files:
        if file not in TESTS:
            raise SystemExit(f"{file} is not one of {', '.join(TESTS)}")
        total, survivors = try_out(file, jobs=options.jobs, sample=options.sample)
        noticed = total - len(survivors)
        print(f"{file}: {noticed} of {total} changes noticed, {100 * noticed / total:.1f} %", flush=True)  # noqa: T201
        for change in survivors:
            print(f"  {file}:{change.line}: {change.what}", flush=True)  # noqa: T201
        is_enough &= noticed >= BAR * total
    raise SystemExit(0 if is_enough else 1)


if __name__ == "__main__":
    main()
