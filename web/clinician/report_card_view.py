"""The report card of a trained model on a page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from music_library.report_card import as_html
from web.clinician import look, training_words
from web.components.calibration import calibration
from web.words import say


def show_report_card(report: Mapping[str, Any]) -> None:
    """Figures beside what they are measured against, calibration, learning curve, and what to listen to."""
    look.quiet(say("mood.report_n", n=report["n"], table=report["table"]), key="report-n")
    for n, note in enumerate(report["notes"]):
        look.quiet(say("mood.training_note", note=note), key=f"report-note-{n}")
    st.header(say("mood.report_figures"), anchor=False)
    st.dataframe(training_words.figure_rows(report), hide_index=True)
    st.header(say("mood.report_groups"), anchor=False)
    groups = training_words.group_rows(report)
    if groups:
        st.dataframe(groups, hide_index=True)
    else:
        st.write(say("mood.report_groups_none"))
    st.header(say("mood.report_calibration"), anchor=False)
    st.write(say("mood.report_calibration_means"))
    with st.container(horizontal=True):
        for axis in training_words.AXES:
            points = training_words.calibration_points(report, axis)
            name = say(f"mood.report_axis_{axis}")
            calibration(
                points,
                key=f"calibration-{axis}",
                across=say("mood.report_calibration_across", axis=name),
                up=say("mood.report_calibration_up", axis=name),
                alt=training_words.calibration_says(points, name),
            )
    st.header(say("mood.report_curve"), anchor=False)
    st.dataframe(training_words.curve_rows(report), hide_index=True)
    st.header(say("mood.report_worst"), anchor=False)
    st.dataframe(training_words.worst_rows(report), hide_index=True)
    st.download_button(
        say("mood.report_save"),
        data=as_html(report),
        file_name=f"report-{report['model_id']}.html",
        mime="text/html",
        on_click="ignore",
    )
