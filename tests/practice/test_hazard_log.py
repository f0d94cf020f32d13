"""Every hazard names controls and a test that exists; nothing claims to be signed."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.without import CONTROLS

ROOT = Path(__file__).parents[2]
LOG = ROOT / "docs/safety/hazard-log.md"


def hazards() -> list[list[str]]:
    rows = [
        line.strip().strip("|").split(" | ") for line in LOG.read_text("utf-8").splitlines() if line.startswith("| H")
    ]
    return [[cell.strip() for cell in row] for row in rows]


def names_of_tests(file: Path) -> set[str]:
    tree = ast.parse(file.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_there_are_at_least_twenty_hazards_with_running_numbers():
    assert [row[0] for row in hazards()] == [f"H{number:02d}" for number in range(1, len(hazards()) + 1)]
    assert len(hazards()) >= 20
    assert all(len(row) == 6 for row in hazards())


@pytest.mark.parametrize("row", hazards(), ids=lambda row: row[0])
def test_a_hazard_has_controls_a_judgement_and_tests_that_exist(row: list[str]):
    _, hazard, controls, judged, tests, left = row
    assert hazard
    assert controls
    assert left
    severity, likelihood, product = map(int, re.fullmatch(r"([123]) × ([123]) = (\d)", judged).groups())
    assert severity * likelihood == product
    named = re.findall(r"`([^`]+)`", tests)
    assert named
    for each in named:
        file, _, name = each.partition("::")
        assert (ROOT / file).is_file(), each
        found = names_of_tests(ROOT / file)
        assert found if name == "*" else name in found, each


def test_hazards_judged_high_are_the_ones_that_the_plan_and_the_report_name():
    high = [row[0] for row in hazards() if int(row[3][-1]) >= 6]
    for name in ("safety-plan.md", "case-report.md"):
        text = (ROOT / "docs/safety" / name).read_text("utf-8")
        assert re.findall(r"H\d\d", text) == high, name
    assert f"Hazards: {len(hazards())} in the" in (ROOT / "docs/safety/case-report.md").read_text("utf-8")


@pytest.mark.parametrize("name", ["safety-plan.md", "case-report.md"])
def test_nothing_claims_to_be_signed(name: str):
    text = (ROOT / "docs/safety" / name).read_text("utf-8")
    assert "**Not signed.**" in text
    assert re.findall(r"^Signed: (.*?)   ", text, re.MULTILINE) == ["not signed"]


def test_the_assessment_answers_what_is_missing():
    text = (ROOT / "docs/dtac.md").read_text("utf-8")
    for heading in ("Clinical safety", "Data protection", "Technical security", "Interoperability", "accessibility"):
        assert heading in text
    assert text.count("**no**") + text.count("**not") >= 4


def fails_without(hazard: str) -> subprocess.CompletedProcess[str]:
    _, file, name = CONTROLS[hazard]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-n", "0", "-p", "tests.without", "-p", "no:cacheprovider",
         "-W", "ignore", f"tests/practice/{file}.py", "-k", name],
        cwd=ROOT, capture_output=True, text=True, timeout=240, env={**os.environ, "ATTUNE_WITHOUT": hazard},
    )  # fmt: skip


@pytest.mark.parametrize(
    "hazard", [pytest.param(one, marks=() if one == "H17" else pytest.mark.soak) for one in sorted(CONTROLS)]
)
def test_the_test_of_a_hazard_fails_when_its_control_is_taken_away(hazard: str):
    _, file, name = CONTROLS[hazard]
    (row,) = (row for row in hazards() if row[0] == hazard)
    assert f"tests/practice/{file}.py::{name}" in row[4]
    ended = fails_without(hazard)
    assert ended.returncode == 1, ended.stdout[-2000:] + ended.stderr[-500:]
    assert " failed" in ended.stdout


def test_the_control_of_every_hazard_is_taken_away_in_the_soak():
    assert sorted(CONTROLS) == [row[0] for row in hazards()]
