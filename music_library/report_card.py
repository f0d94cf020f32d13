"""The report card of a trained model as a page that opens anywhere: figures, picture, and what to listen to."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

_STYLE = (
    "body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "td,th{padding:.2em .8em;text-align:left}"
)
_FIGURES = (("r2", "R²"), ("r", "r"), ("rmse", "RMSE"), ("ccc", "CCC"), ("coverage", "coverage"))


def read_report(home: Path, model: str) -> dict[str, Any] | None:
    """The report card of a model that was trained in this home; None where there is none, or it is no JSON object."""
    if Path(model).name != model:
        return None
    try:
        report = json.loads((home / "models" / model / "report.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return report if isinstance(report, dict) else None


def as_html(report: Mapping[str, Any]) -> str:
    """The page; everything that came from a file is escaped."""
    figures = report["figures"]
    rows = []
    for axis in ("valence", "arousal"):
        low, high = figures[axis]["r2_interval"]
        rows.append([f"{axis}: this model, on artists left out", *_row(figures[axis]), f"{low:.2f} to {high:.2f}"])
        for kind, name in (("constant", "always the mean"), ("three", "tempo, level and mode alone")):
            rows.append([f"{axis}: {name}", *_row(figures["baselines"][kind][axis]), ""])
        if report.get("in_use"):
            rows.append([f"{axis}: the model in use", *_row(report["in_use"][axis]), ""])
    verdict = report["comparison"]
    parts = [
        f"<h1>Report card of {escape(report['model_id'])}</h1>",
        f"<p>Trained on {report['n']} rated tracks of {escape(report['table'])}. Every figure is on tracks by artists "
        "that the model had not heard, on ratings centred and scaled.</p>",
        *[f"<p>Note: {escape(note)}.</p>" for note in report["notes"]],
        f"<p><b>{'It may be put in use.' if verdict['may_promote'] else 'It should not be put in use.'}</b> "
        f"{escape('; '.join(verdict['reasons']))}</p>",
        _table(["", *(name for _, name in _FIGURES), "R², 95 %"], rows),
        "<h2>By group of 30 or more</h2>",
        _table(
            ["group", "n", "RMSE valence", "RMSE arousal"],
            [
                [group, str(each["n"]), f"{each['valence']['rmse']:.3f}", f"{each['arousal']['rmse']:.3f}"]
                for group, each in figures["by_group"].items()
            ],
        ),
        "<h2>Estimated and rated</h2>",
        "<p>Each point is a tenth of the tracks; on the line, estimates are right on average.</p>",
        *[_calibration(axis, report["calibration"][axis]) for axis in ("valence", "arousal")],
        "<h2>Would more ratings help?</h2>",
        _table(
            ["tracks", "R² valence", "R² arousal"],
            [[str(p["n"]), f"{p['valence']:.3f}", f"{p['arousal']:.3f}"] for p in report["learning_curve"]],
        ),
        "<h2>Listen to these: furthest from their rating</h2>",
        _table(
            ["row", "track", "rated", "estimated"],
            [[str(w["row"]), w["track"], _pair(w["rated"]), _pair(w["estimated"])] for w in report["worst"]],
        ),
    ]
    title = f"Report card of {escape(report['model_id'])}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        + "".join(parts)
    )


def _row(figures: Mapping[str, float]) -> list[str]:
    return [f"{figures[key]:.3f}" if key in figures else "" for key, _ in _FIGURES]


def _pair(values: Sequence[float]) -> str:
    return ", ".join(f"{value:+.2f}" for value in values)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th scope=col>{escape(cell)}" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}" for cell in row) for row in rows)
    return f"<table><tr>{head}{body}</table>"


def _calibration(axis: str, points: Sequence[Mapping[str, float]]) -> str:
    def place(value: float) -> float:
        return round(100 + 90 * max(-1.0, min(1.0, value)), 1)

    dots = "".join(
        f'<circle cx="{place(p["estimated"])}" cy="{200 - place(p["rated"])}" r="4" fill="#0B5FA5"/>' for p in points
    )
    return (
        f'<svg width="220" height="220" viewBox="0 0 200 200" role="img" aria-label="{axis}: rated against estimated">'
        '<rect x="10" y="10" width="180" height="180" fill="none" stroke="#1B1B1B"/>'
        f'<line x1="10" y1="190" x2="190" y2="10" stroke="#5F6368"/>{dots}</svg>'
    )
