"""The one table of all comparisons says what the results say, and what README claims leads to a line of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import table

ROOT = Path(__file__).resolve().parents[2]
RESULTS = sorted((ROOT / "benchmarks/results").glob("*.json"))


def test_the_table_is_what_the_results_say():
    text = table.README.read_text("utf-8")
    found = text[text.index(table.BEGIN) : text.index(table.END) + len(table.END)]
    assert found == table.table(), "run `python -m benchmarks.table`"


@pytest.mark.parametrize("file", RESULTS, ids=lambda file: file.stem)
def test_every_result_has_a_line_with_a_figure(file):
    lines = [table.row(line) for line in table.LINES if line.results == file.stem]
    assert lines, "add a line to benchmarks/table.py"
    assert [line for line in lines if table.NOT_YET in line] == []


def test_a_figure_below_its_goal_says_so():
    line = table.Line("one", "two workers", "scanning", lambda _: 1.7, goal=("≥", 1.8))
    assert "| ≥ 1.8 | **no** |" in table.row(line)
    assert "| ≥ 1.6 | yes |" in table.row(table.Line("one", "two", "scanning", lambda _: 1.7, goal=("≥", 1.6)))


@pytest.mark.parametrize("page", [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")], ids=lambda page: page.name)
def test_every_claim_leads_to_its_line(page):
    names = {line.name for line in table.LINES}
    assert len(names) == len(table.LINES)
    headings = {"moving"}
    assert set(re.findall(r"benchmarks/README\.md#([\w-]+)", page.read_text("utf-8"))) <= names | headings


def test_the_readme_links_what_it_claims_of_plans_and_hearing():
    linked = set(re.findall(r"benchmarks/README\.md#([\w-]+)", (ROOT / "README.md").read_text("utf-8")))
    assert {"plan-length", "plan-steps-back", "plan-tempo", "plan-key", "hearing-tempo", "mood-valence"} <= linked
