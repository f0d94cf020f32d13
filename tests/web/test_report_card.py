"""The report card as a file: it says what the JSON says, and what came from a table stays text."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.web.homes import HOSTILE
from tests.web.report_cards import a_report
from web.clinician import training_words
from web.report_card import as_html, write_html
from web.words import say


def cells(page: str) -> list[list[str]]:
    """The cells of every row of every table."""
    return [
        [unescape(cell) for cell in re.findall(r"<td(?: class=figure)? data-label=\"[^\"]+\">(.*?)</td>", row, re.S)]
        for row in page.split("<tr>")
    ]


def test_it_is_written_whole_beside_the_json(tmp_path):
    path = write_html(a_report(), tmp_path)
    assert path.read_text("utf-8") == as_html(a_report())
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_every_figure_of_the_json_stands_on_it_with_its_interval():
    report = a_report()
    rows = {row[0]: row for row in cells(as_html(report)) if row}
    for axis, name in (("valence", "Feels good"), ("arousal", "Energy")):
        for row, figures in (
            (f"{name}: this model", report["figures"][axis]),
            (f"{name}: the model in use then", report["in_use"][axis]),
        ):
            said = [cell.replace("−", "-") for cell in rows[row][1:]]
            for cell, key in zip(said, ("r2", "r", "rmse", "ccc"), strict=False):
                low, high = figures["intervals"][key]
                assert cell == f"{figures[key]:.2f} ({low:.2f} to {high:.2f})"
            assert said[4] == f"{figures['coverage']:.2f}"
        for kind, row in (("constant", "always the mean"), ("three", "tempo, level and mode alone")):
            assert rows[f"{name}: {row}"][1:5] == [
                f"{report['figures']['baselines'][kind][axis][key]:.2f}" for key in ("r2", "r", "rmse", "ccc")
            ]
    curve = {
        row[0]: row for row in cells(as_html(report)) if len(row) == 5 and row[0].isdigit() and row[0] in "80 150 220"
    }
    assert curve["150"] == ["150", "0.20", "0.05", "0.30", "−0.02"]


def test_every_figure_is_explained_beside_the_table_that_holds_it():
    page = unescape(as_html(a_report()))
    explained = say("mood.report_figures_mean")
    assert page.index("<table>") < page.index(explained) < page.index(say("mood.report_groups"))
    for name in ("r2", "r", "rmse", "ccc", "coverage"):
        assert f"{say(f'mood.report_{name}')}: " in explained


def test_no_name_from_a_table_becomes_more_than_text():
    page = as_html(a_report())
    assert page.count("<script") == page.count("<img") == page.count("<iframe") == page.count("<a ") == 0
    assert page.count("<style>") == page.count("<meta http-equiv") == 1
    assert "default-src 'none'" in page
    text = [cell for row in cells(page) for cell in row]
    for name in HOSTILE:
        assert f"genre: {name}" in text
        assert f"{name} · {name}" in text


@pytest.mark.parametrize("key", ["may", "may_not"])
def test_the_verdict_comes_first_and_says_why(key):
    may = {"may_promote": True, "reasons": [{"kind": "no_worse"}]}
    report = a_report() if key == "may_not" else a_report(comparison=may)
    page = as_html(report)
    assert training_words.verdict_says(report) in unescape(page)
    assert page.index("verdict") < page.index("<table>")


def test_a_report_of_an_earlier_version_is_still_shown():
    """Before there were intervals, notes and reasons were sentences, and genres were not told apart."""
    report = a_report(notes=["only 90 rated tracks"], comparison={"may_promote": False, "reasons": ["valence of b"]})
    for axis in ("valence", "arousal"):
        report["figures"][axis] = {k: v for k, v in report["figures"][axis].items() if k != "intervals"}
        report["in_use"][axis] = {k: v for k, v in report["in_use"][axis].items() if k != "intervals"}
    report["figures"] = {k: v for k, v in report["figures"].items() if k != "by_genre"} | {"by_group": {}}
    report["learning_curve"] = [{k: v for k, v in one.items() if k != "three"} for one in report["learning_curve"]]
    report["worst"] = [{k: v for k, v in one.items() if k not in ("id", "artist")} for one in report["worst"]]
    page = as_html(report)
    assert "only 90 rated tracks" in page
    assert "valence of b" in page
    assert "No genre and no artist or group has 30 tracks." in page
