"""What the Makefile names is there."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
MODULES = sorted(set(re.findall(r"-m ((?:benchmarks|tests)\.[\w.]+)", MAKEFILE)))


@pytest.mark.parametrize("module", MODULES)
def test_each_script_that_a_target_runs_is_there(module):
    assert importlib.util.find_spec(module) is not None


def test_bench_runs_every_bench():
    benches = set(re.findall(r"^(bench-\w+):", MAKEFILE, re.MULTILINE))
    together = re.search(r"^bench: (.*)$", MAKEFILE, re.MULTILINE)
    assert together is not None
    assert set(together.group(1).split()) == benches


def test_an_older_checkout_is_installed_anew_when_what_is_installed_changes(tmp_path):
    tag = f"py{sys.version_info.major}{sys.version_info.minor}"
    (tmp_path / "requirements").mkdir()
    inputs = [tmp_path / name for name in ("pyproject.toml", f"requirements/{tag}.txt", f"requirements/{tag}-dev.txt")]
    stamps = [tmp_path / ".venv/bin/python", tmp_path / f".venv/.runtime-{tag}", tmp_path / f".venv/.dev-{tag}"]
    stamps[0].parent.mkdir(parents=True)
    for at, file in enumerate([*inputs, *stamps]):
        file.touch()
        os.utime(file, (1_000_000_000 + at, 1_000_000_000 + at))

    def would_do() -> str:
        command = ["make", "-n", "-f", str(ROOT / "Makefile"), f"PYTHON={sys.executable}", "setup-dev"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout

    assert "pip" not in would_do()
    os.utime(inputs[0], (1_100_000_000, 1_100_000_000))  # `git pull` brought another pyproject.toml
    assert "--editable ." in would_do()
