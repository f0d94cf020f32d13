"""Training, models and tables in words; no widgets here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recommender.mood import Mood
from recommender.mood_words import place_of
from web.words import say

if TYPE_CHECKING:
    from music_library.jobs import Job
    from music_library.table_text import Problem

STARTER = "starter"
FROM_COLUMN = "column"
AXES = ("valence", "arousal")


def scale(name: str) -> str:
    """A scale as people write it: `1:9` is 1–9, `-1:1` is −1–1; or that a column of the table says it."""
    if name == FROM_COLUMN:
        return say("mood.training_scale_column")
    low, high = name.split(":")
    return f"{low.replace('-', '−')} – {high}"


def problem_rows(problems: Sequence[Problem]) -> list[dict[str, str]]:
    """Problems of a table as rows to read."""
    return [
        {
            say("mood.training_column_row"): str(problem.row) if problem.row else say("mood.training_whole_table"),
            say("mood.training_column_column"): problem.column,
            say("mood.training_column_value"): problem.value,
            say("mood.training_column_what"): problem.what,
            say("mood.training_column_remedy"): problem.remedy,
        }
        for problem in problems
    ]


def in_use(models: Sequence[Mapping[str, Any]]) -> str:
    """The model in use."""
    row = next(row for row in models if row["in_use"])
    if row["id"] == STARTER:
        return say("mood.training_starter")
    if "n" in row:
        return say("mood.training_model", id=row["id"], n=row["n"])
    return say("mood.training_model_plain", id=row["id"])


def option(row: Mapping[str, Any]) -> str:
    """One model in a list."""
    if row["id"] == STARTER:
        name = say("mood.models_option_starter")
    else:
        name = say("mood.models_option", id=row["id"], n=row["n"], table=row["table"]) if "n" in row else row["id"]
    return say("mood.models_option_in_use", name=name) if row["in_use"] else name


def job_says(job: Job) -> str:
    """How far a training or a change of the model is, or how it ended."""
    summary = job.summary or {}
    if job.kind == "train":
        if not job.is_over:
            return say(f"mood.training_step_{summary.get('step', 'starting')}")
        if job.state == "ended":
            return say("mood.training_ended", id=summary.get("model_id", ""))
        if job.state == "failed":
            return say("mood.training_failed", error=job.error or "")
        return say("mood.training_stopped")
    if not job.is_over:
        return say("mood.changing", done=job.done, total=job.total) if job.total else say("mood.changing_starts")
    if job.state != "ended":
        return say("mood.change_failed", error=job.error or "")
    name = summary.get("model_id", "")
    return say("mood.changed_starter") if name == STARTER else say("mood.changed", id=name)


def note_says(note: Mapping[str, Any] | str) -> str:
    """What is worth knowing of a table or a training; reports of earlier versions hold sentences."""
    return note if isinstance(note, str) else say(f"mood.note_{note['kind']}", n=note.get("n"))


def reason_says(reason: Mapping[str, Any] | str) -> str:
    """Why a model may or may not be put in use."""
    if isinstance(reason, str):
        return reason
    if reason["kind"] == "no_worse":
        return say("mood.verdict_no_worse")
    values = {"axis": axis_name(reason["axis"]), "new": f"{reason['new']:.3f}", "old": f"{reason['old']:.3f}"}
    if reason["kind"] == "worse_than_its_own":
        return say("mood.verdict_worse_than_its_own", **values)
    return say(f"mood.verdict_worse_{reason['of']}", name=reason["name"], **values)


def verdict_says(report: Mapping[str, Any]) -> str:
    """Whether a model may be put in use, and why."""
    verdict = report["comparison"]
    key = "mood.models_may" if verdict["may_promote"] else "mood.models_may_not"
    return say(key, why="; ".join(map(reason_says, verdict["reasons"])))


def axis_name(axis: str) -> str:
    """An axis as the map calls it."""
    return say(f"mood.report_axis_{axis}")


def figure_rows(report: Mapping[str, Any]) -> list[dict[str, str]]:
    """The figures of a report card, those it is measured against in the rows below."""
    figures = report["figures"]
    rows = []
    for axis in AXES:
        rows.append(_figures("this", axis, figures[axis]))
        if report.get("in_use"):
            rows.append(_figures("in_use", axis, report["in_use"][axis]))
        rows += [_figures(kind, axis, figures["baselines"][kind][axis]) for kind in ("three", "constant")]
    return rows


def _figures(kind: str, axis: str, figures: Mapping[str, Any]) -> dict[str, str]:
    name = say(f"mood.report_row_{kind}", axis=axis_name(axis))
    return {say("mood.report_what"): name, **measured(figures, ("r2", "r", "rmse", "ccc", "coverage"))}


def measured(figures: Mapping[str, Any], names: Sequence[str] = ("r2", "r", "rmse", "ccc")) -> dict[str, str]:
    """Figures by their column, each with the interval that it lies in, where one was measured."""
    ends = figures.get("intervals", {})
    cells = {}
    for name in names:
        cell = number(figures[name]) if name in figures else ""
        if cell and name in ends:
            low, high = ends[name]
            cell = say("mood.report_with_interval", figure=cell, low=number(low), high=number(high))
        cells[say(f"mood.report_{name}")] = cell
    return cells


def number(value: float) -> str:
    """A figure to two places; nothing is minus nothing."""
    return f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−")


def group_rows(report: Mapping[str, Any]) -> list[dict[str, str]]:
    """Figures of each artist or group of 30 or more, and of each genre."""
    return [
        {
            say("mood.report_group"): say(f"mood.report_of_{of}", name=name),
            say("mood.report_group_n"): str(each["n"]),
            say("mood.report_axis"): axis_name(axis),
            **measured(each[axis]),
        }
        for of in ("genre", "group")
        for name, each in report["figures"].get(f"by_{of}", {}).items()
        for axis in AXES
    ]


def calibration_points(report: Mapping[str, Any], axis: str) -> list[tuple[float, float]]:
    """Estimated and rated, the mean of each tenth of the tracks."""
    return [(float(point["estimated"]), float(point["rated"])) for point in report["calibration"][axis]]


def calibration_says(points: Sequence[tuple[float, float]], name: str) -> str:
    """The picture for somebody who does not see it."""
    return say("mood.report_calibration_says", axis=name, points="; ".join(_pair(point) for point in points))


@dataclass(frozen=True)
class Curve:
    """R² by number of tracks: of the model, and of tempo, level and mode alone; `lowest` is 0 or below."""

    own: tuple[tuple[int, float], ...]
    three: tuple[tuple[int, float], ...]
    most: int
    lowest: float


def has_curve(report: Mapping[str, Any]) -> bool:
    """Whether there is more than one point: too few artists can only be judged together."""
    return len(report["learning_curve"]) > 1


def curve(report: Mapping[str, Any], axis: str) -> Curve:
    """The learning curve of one axis, to draw."""
    points = report["learning_curve"]
    own = tuple((point["n"], point[axis]) for point in points)
    three = tuple((point["n"], point["three"][axis]) for point in points if "three" in point)
    lowest = min(0.0, *(value for _, value in (*own, *three)))
    return Curve(own, three, max(point["n"] for point in points), lowest)


def curve_says(drawn: Curve, axis: str) -> str:
    """The same for somebody who does not see it."""
    points = "; ".join(f"{n}: {number(value)}" for n, value in drawn.own)
    return say("mood.report_curve_says", axis=axis_name(axis), points=points)


def lowest_says(drawn: Curve) -> str:
    """The number at the foot of the chart."""
    return number(drawn.lowest).rstrip("0").rstrip(".")


def curve_rows(report: Mapping[str, Any]) -> list[dict[str, str]]:
    """R² of the model, and of tempo, level and mode alone, from part of the ratings and from all."""
    rows = []
    for point in report["learning_curve"]:
        row = {say("mood.report_curve_n"): str(point["n"])}
        for axis in AXES:
            row[say("mood.report_curve_r2", axis=axis_name(axis))] = number(point[axis])
            if "three" in point:
                row[say("mood.report_curve_three", axis=axis_name(axis))] = number(point["three"][axis])
        rows.append(row)
    return rows


def worst_rows(report: Mapping[str, Any]) -> list[dict[str, str]]:
    """The tracks that are furthest from their rating."""
    return [
        {
            say("mood.training_column_row"): str(one["row"]),
            say("mood.report_worst_track"): " · ".join(filter(None, (one["track"], one.get("artist")))),
            say("mood.report_worst_rated"): place_says(one["rated"]),
            say("mood.report_worst_estimated"): place_says(one["estimated"]),
        }
        for one in report["worst"]
    ]


def place_says(values: Sequence[float]) -> str:
    """A place as a word and as two numbers; ratings may lie a little beyond the map."""
    valence, arousal = (min(1.0, max(-1.0, value)) for value in values)
    return say("mood.report_place", word=place_of(Mood(valence, arousal)), place=_pair(values))


def _pair(values: Sequence[float]) -> str:
    return ", ".join(f"{value:+.2f}".replace("-", "−") for value in values)
