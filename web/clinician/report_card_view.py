"""The report card of a trained model on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from web.clinician import look, training_words
from web.components.calibration import calibration
from web.components.definitions import key_of
from web.components.learning_curve import learning_curve
from web.components.plain_table import plain_table
from web.components.plan_chart import HEARING, SongRow, plan_chart
from web.report_card import as_html
from web.serving import stores
from web.words import say


def show_report_card(report: Mapping[str, Any]) -> None:
    """Figures beside what they are measured against, calibration, learning curve, and what to listen to."""
    look.quiet(say("mood.report_n", n=report["n"], table=report["table"]), key="report-n")
    for n, note in enumerate(report["notes"]):
        look.quiet(say("mood.training_note", note=training_words.note_says(note)), key=f"report-note-{n}")
    st.header(say("mood.report_figures"), anchor=False)
    plain_table(training_words.figure_rows(report), key="figures", title=say("mood.report_figures"))
    look.quiet(say("mood.report_figures_mean"), key="figures-mean")
    look.quiet(say("mood.report_intervals_mean"), key="intervals-mean")
    st.header(say("mood.report_groups"), anchor=False)
    groups = training_words.group_rows(report)
    if groups:
        plain_table(groups, key="groups", title=say("mood.report_groups"))
    else:
        st.write(say("mood.report_groups_none"))
    st.header(say("mood.report_calibration"), anchor=False)
    st.write(say("mood.report_calibration_means"))
    with st.container(horizontal=True):
        for axis in training_words.AXES:
            points = training_words.calibration_points(report, axis)
            name = training_words.axis_name(axis)
            calibration(
                points,
                key=f"calibration-{axis}",
                across=say("mood.report_calibration_across", axis=name),
                up=say("mood.report_calibration_up", axis=name),
                alt=training_words.calibration_says(points, name),
            )
    st.header(say("mood.report_curve"), anchor=False)
    if training_words.has_curve(report):
        st.write(f"{say('mood.report_curve_means')} {say('mood.report_curve_dashed')}")
        with st.container(horizontal=True):
            for axis in training_words.AXES:
                show_curve(report, axis)
    else:
        st.write(say("mood.report_curve_few"))
    plain_table(training_words.curve_rows(report), key="curve", title=say("mood.report_curve"))
    st.header(say("mood.report_worst"), anchor=False)
    st.write(say("mood.report_worst_means"))
    worst(report)
    st.download_button(
        say("mood.report_save"),
        data=as_html(report),
        file_name=f"report-{report['model_id']}.html",
        mime="text/html",
        on_click="ignore",
    )


def show_curve(report: Mapping[str, Any], axis: str) -> None:
    """The learning curve of one axis."""
    drawn = training_words.curve(report, axis)
    learning_curve(
        drawn.own,
        drawn.three,
        key=f"curve-{axis}",
        most=drawn.most,
        lowest=drawn.lowest,
        foot=training_words.lowest_says(drawn),
        across=say("mood.report_curve_n"),
        up=say("mood.report_curve_r2", axis=training_words.axis_name(axis)),
        alt=training_words.curve_says(drawn, axis),
    )


def worst(report: Mapping[str, Any]) -> None:
    """The tracks furthest from their rating: those of the library can be heard here."""
    wanted = [one["id"] for one in report["worst"] if one.get("id")]
    known = {track.id for track in stores().catalogue.tracks_by_id(wanted)}
    heard = [one for one in report["worst"] if one.get("id") in known]
    if heard:
        rows = [row_of(n, one) for n, one in enumerate(heard, 1)]
        plan_chart(rows, key=f"worst-{key_of(report['model_id'])}", actions=HEARING)
    if len(heard) < len(report["worst"]):
        rest = [one for one in report["worst"] if one.get("id") not in known]
        plain_table(training_words.worst_rows({"worst": rest}), key="worst-rest", title=say("mood.report_worst"))


def row_of(n: int, one: Mapping[str, Any]) -> SongRow:
    """A track that can be heard, with its rating beside the estimate."""
    rated, estimated = training_words.place_says(one["rated"]), training_words.place_says(one["estimated"])
    return SongRow(
        id=one["id"], n=n, title=one["track"], artist=one.get("artist") or "",
        facts=say("mood.report_worst_facts", row=one["row"], rated=rated, estimated=estimated),
        why="", badges=(), at=(0.0, 0.0), spread=(0.0, 0.0), spread_says="",
    )  # fmt: skip
