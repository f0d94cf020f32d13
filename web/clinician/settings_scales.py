"""Rating scales: those that there are, each with its licence, and bringing one that the clinic may use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from practice.errors import PracticeError
from practice.scales import shipped_scales
from web.clinician import look
from web.clinician.access import asker
from web.components.plain_table import plain_table
from web.components.upload import upload
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.scales import Scale

LARGEST_FILE = 100_000
"""Bytes; the longest scale that ships has under 3,000."""


def scales_part(actor: Actor) -> None:
    """Every scale, for everyone; bringing one, for an administrator."""
    st.write(say("clinician.scales_means"))
    rows = [scale_row(scale) for scale in stores().record.scales()]
    plain_table(rows, key="scales", title=say("clinician.settings_scales"))
    if "administrator" not in actor.roles:
        look.quiet(say("clinician.scales_administrator"), key="administrator")
        return
    st.header(say("clinician.scales_bring"), anchor=False)
    st.write(say("clinician.scales_licence"))
    file = upload(say("clinician.scales_file"), endings=("yaml", "yml"), key="scale")
    if file is not None and st.button(say("clinician.scales_take_in"), type="primary"):
        take_in(file.name, file.getvalue())


def take_in(name: str, data: bytes) -> None:
    """Read the file and keep its scale; what is wrong is said with its line."""
    if len(data) > LARGEST_FILE:
        look.notice(say("clinician.scales_too_large", name=name), key="scale-wrong")
        return
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        look.notice(say("clinician.scales_not_utf8", name=name, line=line), key="scale-wrong")
        return
    try:
        scale = stores().record.bring_scale(asker(), text, source=name)
    except PracticeError as error:
        look.notice(str(error), key="scale-wrong")
        return
    look.notice(say("clinician.scales_kept", title=scale.title, version=scale.version), key="scale-kept")


def scale_row(scale: Scale) -> dict[str, str]:
    """One scale, as a row of the table."""
    origin = "shipped" if scale.id in shipped_scales() else "own"
    return {
        say("clinician.scales_name"): scale.title,
        say("clinician.scales_version"): str(scale.version),
        say("clinician.scales_from"): say(f"clinician.scales_{origin}"),
        say("clinician.scales_by"): say(f"clinician.scales_by_{scale.by}"),
        say("clinician.scales_terms"): scale.licence,
    }
