"""Every hazard names controls and a test that exists; nothing claims to be signed."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

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
