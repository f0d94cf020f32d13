"""What is installed is what was locked."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHONS = ("py311", "py313")


def pins(file: Path) -> dict[str, str]:
    """Name to version of each pinned requirement."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)(?:\[[^\]]*\])?==(\S+)", file.read_text("utf-8"), re.M))


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("suffix", ["", "-dev"])
def test_every_requirement_is_pinned_by_hash_and_names_no_index(python, suffix):
    text = (ROOT / f"requirements/{python}{suffix}.txt").read_text("utf-8")
    requirements = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert len(requirements) > 50
    for requirement in requirements:
        assert re.match(r"[a-z0-9._-]+(\[.*?\])?==", requirement), requirement[:60]
        assert "--hash=sha256:" in requirement, requirement[:60]
    assert not re.search(r"--(extra-)?index|--find-links|https?://", text)


@pytest.mark.parametrize("python", PYTHONS)
def test_development_moves_no_runtime_pin(python):
    runtime = pins(ROOT / f"requirements/{python}.txt")
    development = pins(ROOT / f"requirements/{python}-dev.txt")
    assert runtime.items() <= development.items()


@pytest.mark.parametrize("python", PYTHONS)
def test_every_declared_dependency_is_locked(python):
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    names = {re.split(r"[<>=\[ ]", requirement)[0].lower() for requirement in declared}
    assert names <= set(pins(ROOT / f"requirements/{python}.txt"))
