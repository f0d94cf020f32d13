"""What the import contracts cannot say."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("features", "recommender", "music_library", "practice", "web")
DOORS = {"app", "cli", "settings", "tests", "benchmarks"}


def imported_names(file: Path) -> set[str]:
    """The first word of everything that a module imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_imports_a_door(room):
    for file in (ROOT / room).rglob("*.py"):
        assert not imported_names(file) & DOORS, file


def test_the_clinicians_pages_load_no_audio_and_no_estimators():
    modules = [
        ".".join(file.relative_to(ROOT).with_suffix("").parts)
        for file in sorted((ROOT / "web").rglob("*.py"))
        if file.name != "__init__.py"
    ]
    assert modules
    heavy = ("librosa", "numba", "soundfile", "av", "sklearn")
    code = (
        f"import importlib, sys\nfor name in {modules!r}: importlib.import_module(name)\nfrom recommender import plan\n"
    )
    code += f"found = [name for name in {heavy!r} if name in sys.modules]\nprint(found)\nsys.exit(bool(found))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout + answer.stderr
