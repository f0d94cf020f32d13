"""The report card of a trained model as one file that opens anywhere: no script, no link, nothing fetched."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from web.clinician import training_words
from web.words import say

_SIZE = 100.0
"""Half of a picture's frame."""


def write_html(report: Mapping[str, Any], folder: Path) -> Path:
    """Write the card as `report.html` beside `report.json`, whole or not at all, and say where it is."""
    path = folder / "report.html"
    part = path.with_name(path.name + ".part")
    part.write_text(as_html(report), encoding="utf-8")
    part.replace(path)
    return path


def as_html(report: Mapping[str, Any]) -> str:
    """The whole page; all that came from a table or a file is escaped, and nothing on it could run."""
    title = say("mood.report_title", id=report["model_id"])
    body = "".join(_parts(report, title))
    policy = f"default-src 'none'; style-src 'sha256-{_hash_of_style()}'"
    return (
        '<!doctype html>\n<html lang="en-GB"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_style()}</style></head><body><main>{body}</main></body></html>\n"
    )


@cache
def _style() -> str:
    return (files("web") / "report_card.css").read_text("utf-8").strip()


def _hash_of_style() -> str:
    return b64encode(hashlib.sha256(_style().encode()).digest()).decode()


def _parts(report: Mapping[str, Any], title: str) -> list[str]:
    may = "verdict may" if report["comparison"]["may_promote"] else "verdict"
    notes = [say("mood.training_note", note=training_words.note_says(note)) for note in report["notes"]]
    groups = training_words.group_rows(report)
    return [
        f"<h1>{escape(title)}</h1>",
        _text(say("mood.report_n", n=report["n"], table=report["table"])),
        f'<p class="{may}">{escape(training_words.verdict_says(report))}</p>',
        *[_text(note, quiet=True) for note in notes],
        _heading("report_figures"),
        _table(training_words.figure_rows(report), "report_figures"),
        _text(say("mood.report_figures_mean"), quiet=True),
        _text(say("mood.report_intervals_mean"), quiet=True),
        _heading("report_groups"),
        _table(groups, "report_groups") if groups else _text(say("mood.report_groups_none")),
        _heading("report_calibration"),
        _text(say("mood.report_calibration_means")),
        f'<div class="pictures">{"".join(_calibration(report, axis) for axis in training_words.AXES)}</div>',
        _heading("report_curve"),
        *_curves(report),
        _table(training_words.curve_rows(report), "report_curve"),
        _heading("report_worst"),
        _text(say("mood.report_worst_means")),
        _table(training_words.worst_rows(report), "report_worst"),
    ]


def _heading(key: str) -> str:
    return f"<h2>{escape(say(f'mood.{key}'))}</h2>"


def _text(sentence: str, *, quiet: bool = False) -> str:
    return f"<p{' class=quiet' if quiet else ''}>{escape(sentence)}</p>"


def _table(rows: Sequence[Mapping[str, str]], title: str) -> str:
    """A table that scrolls by itself, also by keyboard; on a phone each row becomes a small list."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in rows[0])
    body = "".join("<tr>" + "".join(map(_cell, row.values(), row)) + "</tr>" for row in rows)
    label = escape(say(f"mood.{title}"))
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{label}">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(text: str, column: str) -> str:
    is_figure = len(text) < 24 and text.lstrip("−").replace(".", "", 1).split(" ")[0].isdigit()
    return f'<td{" class=figure" if is_figure else ""} data-label="{escape(column)}">{escape(text)}</td>'


def _picture(inside: str, *, across: str, up: str, says: str) -> str:
    return (
        f'<figure><svg width="260" height="268" viewBox="-140 -112 260 268" role="img" aria-label="{escape(says)}">'
        f'<rect class="frame" x="-100" y="-100" width="200" height="200" rx="8"/>{inside}'
        f'<text x="0" y="146" text-anchor="middle">{escape(across)}</text>'
        f'<text text-anchor="middle" transform="translate(-124 0) rotate(-90)">{escape(up)}</text></svg></figure>'
    )


def _calibration(report: Mapping[str, Any], axis: str) -> str:
    """Rated against estimated: a point for each tenth of the tracks, and the line on which estimates are right."""
    points = training_words.calibration_points(report, axis)
    name = training_words.axis_name(axis)
    dots = "".join(f'<circle class="dot" cx="{_at(x)}" cy="{-_at(y)}" r="5"/>' for x, y in points)
    return _picture(
        f'<line class="right" x1="-100" y1="100" x2="100" y2="-100"/>{dots}',
        across=say("mood.report_calibration_across", axis=name),
        up=say("mood.report_calibration_up", axis=name),
        says=training_words.calibration_says(points, name),
    )


def _at(value: float) -> float:
    return round(_SIZE * max(-1.0, min(1.0, value)), 1)


def _curves(report: Mapping[str, Any]) -> list[str]:
    """The learning curves and what they mean, or that there is none."""
    if not training_words.has_curve(report):
        return [_text(say("mood.report_curve_few"))]
    drawn = "".join(_curve(report, axis) for axis in training_words.AXES)
    return [
        _text(f"{say('mood.report_curve_means')} {say('mood.report_curve_dashed')}"),
        f'<div class="pictures">{drawn}</div>',
    ]


def _curve(report: Mapping[str, Any], axis: str) -> str:
    """R² by number of tracks, of the model and of tempo, level and mode alone; 0 at the bottom or below."""
    drawn = training_words.curve(report, axis)

    def place(n: int, value: float) -> tuple[float, float]:
        share = (value - drawn.lowest) / (1.0 - drawn.lowest)
        return round(-_SIZE + 2 * _SIZE * n / drawn.most, 1), round(_SIZE - 2 * _SIZE * min(1.0, share), 1)

    def line(values: Sequence[tuple[int, float]], kind: str) -> str:
        at = [place(n, value) for n, value in values]
        dots = "".join(f'<circle class="dot{kind}" cx="{x}" cy="{y}" r="4"/>' for x, y in at)
        return f'<polyline class="line{kind}" points="{" ".join(f"{x},{y}" for x, y in at)}"/>{dots}'

    ends = (
        f'<text x="-106" y="-92" text-anchor="end">1</text>'
        f'<text x="-106" y="100" text-anchor="end">{training_words.lowest_says(drawn)}</text>'
        f'<text x="-100" y="122" text-anchor="middle">0</text>'
        f'<text x="100" y="122" text-anchor="middle">{drawn.most}</text>'
    )
    name = training_words.axis_name(axis)
    return _picture(
        line(drawn.three, " three") + line(drawn.own, "") + ends,
        across=say("mood.report_curve_n"),
        up=say("mood.report_curve_r2", axis=name),
        says=training_words.curve_says(drawn, axis),
    )
