"""What the Makefile names is there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

MAKEFILE = (Path(__file__).resolve().parent.parent.parent / "Makefile").read_text("utf-8")
MODULES = sorted(set(re.findall(r"-m ((?:benchmarks|tests)\.[\w.]+)", MAKEFILE)))


@pytest.mark.parametrize("module", MODULES)
def test_each_script_that_a_target_runs_is_there(module):
    assert importlib.util.find_spec(module) is not None


def test_bench_runs_every_bench():
    benches = set(re.findall(r"^(bench-\w+):", MAKEFILE, re.MULTILINE))
    together = re.search(r"^bench: (.*)$", MAKEFILE, re.MULTILINE)
    assert together is not None
    assert set(together.group(1).split()) == benches
