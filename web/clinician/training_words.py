"""Training, models and tables in words; no widgets here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from web.words import say

if TYPE_CHECKING:
    from music_library.jobs import Job
    from music_library.tag_table import Problem

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
        name = say("mood.models_option", id=row["id"], n=row["n"]) if "n" in row else row["id"]
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


def figure_rows(report: Mapping[str, Any]) -> list[dict[str, str]]:
    """The figures of a report card, those it is measured against in the rows below."""
    figures = report["figures"]
    rows = []
    for axis in AXES:
        low, high = figures[axis]["r2_interval"]
        rows.append(_figures("this", axis, figures[axis]) | {say("mood.report_interval"): f"{low:.2f} to {high:.2f}"})
        if report.get("in_use"):
            rows.append(_figures("in_use", axis, report["in_use"][axis]))
        rows += [_figures(kind, axis, figures["baselines"][kind][axis]) for kind in ("three", "constant")]
    return rows


def _figures(kind: str, axis: str, figures: Mapping[str, float]) -> dict[str, str]:
    name = say(f"mood.report_row_{kind}", axis=say(f"mood.report_axis_{axis}"))
    columns = {
        say(f"mood.report_{key}"): f"{figures[key]:.3f}" if key in figures else ""
        for key in ("r2", "r", "rmse", "ccc", "coverage")
    }
    return {say("mood.report_what"): name, **columns, say("mood.report_interval"): ""}


def group_rows(report: Mapping[str, Any]) -> list[dict[str, str]]:
    """Errors by group of 30 or more."""
    return [
        {say("mood.report_group"): group, say("mood.report_group_n"): str(each["n"])}
        | {
            say("mood.report_group_rmse", axis=say(f"mood.report_axis_{axis}")): f"{each[axis]['rmse']:.3f}"
            for axis in AXES
        }
        for group, each in report["figures"]["by_group"].items()
    ]


def calibration_points(report: Mapping[str, Any], axis: str) -> list[tuple[float, float]]:
    """Estimated and rated, the mean of each tenth of the tracks."""
    return [(float(point["estimated"]), float(point["rated"])) for point in report["calibration"][axis]]


def calibration_says(points: Sequence[tuple[float, float]], name: str) -> str:
    """The picture for somebody who does not see it."""
    return say("mood.report_calibration_says", axis=name, points="; ".join(_pair(point) for point in points))


def curve_rows(report: Mapping[str, Any]) -> list[dict[str, str]]:
    """How good the model is from part of the ratings, and from all."""
    return [
        {say("mood.report_curve_n"): str(point["n"])}
        | {say("mood.report_curve_r2", axis=say(f"mood.report_axis_{axis}")): f"{point[axis]:.3f}" for axis in AXES}
        for point in report["learning_curve"]
    ]


def worst_rows(report: Mapping[str, Any]) -> list[dict[str, str]]:
    """The tracks that are furthest from their rating."""
    return [
        {
            say("mood.training_column_row"): str(one["row"]),
            say("mood.report_worst_track"): one["track"],
            say("mood.report_worst_rated"): _pair(one["rated"]),
            say("mood.report_worst_estimated"): _pair(one["estimated"]),
        }
        for one in report["worst"]
    ]


def _pair(values: Sequence[float]) -> str:
    return ", ".join(f"{value:+.2f}".replace("-", "−") for value in values)
