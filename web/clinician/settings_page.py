"""Settings, one part at a time: loudness, help text, people, keeping, numbers, back-up, look, safety, and About."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import streamlit as st

from music_library import model_in_use
from practice.safety import allowance_percent, safety_file
from practice.settings import defaults
from recommender.errors import RecommenderError
from web.clinician import dates, look, state
from web.clinician.access import asker, do
from web.clinician.settings_back_up import back_up_part
from web.clinician.settings_keeping import keeping_part
from web.clinician.settings_people import people_part
from web.clinician.settings_scales import scales_part
from web.components.look_choice import look_choice
from web.components.plain_table import plain_table
from web.listening_room.help import usual_lines
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.safety import Loudness

HELP_TEXT = "help"
HAZARDS = (
    "wrong_client", "wrong_estimate", "words", "avoid_list", "loudness", "stop", "alone", "change", "upset", "records",
)  # fmt: skip
"""Those of the hazard log that a clinician can do something about."""


def settings_page() -> None:
    """Settings and About, one part at a time."""
    actor = asker()
    st.title(say("clinician.settings_title"), anchor=False)
    look.trouble()
    wanted = st.query_params.pop("part", None)
    if wanted in PARTS:
        st.session_state[state.SETTINGS_PART] = wanted
    part = st.segmented_control(
        say("clinician.settings_title"),
        list(PARTS),
        key=state.SETTINGS_PART,
        default="loudness",
        required=True,
        format_func=lambda name: say(f"clinician.settings_{name}"),
        label_visibility="collapsed",
    )
    PARTS[part or "loudness"](actor)


def help_text(actor: Actor) -> None:
    """The numbers that clients see under Help; one person writes them, another confirms them."""
    record = stores().record
    st.write(say("clinician.help_means"))
    own = record.site_text(HELP_TEXT)
    if own is None:
        look.quiet(say("clinician.help_usual"), key="help-usual")
    with st.container(key="card-help-now"):
        st.header(say("clinician.help_now"), anchor=False)
        st.text(own if own is not None else "\n".join(usual_lines(record)))
    for version in record.site_text_history(actor, HELP_TEXT)[:3]:
        if version.confirmed_by is None or version.confirmed_at is None:
            with st.container(key=f"card-help-{version.version}"):
                st.text(version.text)
                look.quiet(
                    say("clinician.help_waits", name=version.written_by, day=dates.day(version.written_at)),
                    key=f"help-{version.version}",
                )
                st.button(
                    say("clinician.help_confirm"), key=f"confirm-{version.version}", on_click=confirm,
                    args=(version.version,),
                )  # fmt: skip
        else:
            if is_old(version.confirmed_at):
                look.notice(say("clinician.help_check_again"), key="help-old")
            look.quiet(
                say("clinician.help_checked", name=version.confirmed_by, day=dates.day(version.confirmed_at)),
                key=f"help-{version.version}",
            )
    with st.form("help-text", border=False, clear_on_submit=True):
        text = st.text_area(say("clinician.help_write"), max_chars=5000)
        if st.form_submit_button(say("clinician.keep")) and look.is_filled(help_write=text):
            do(lambda asked_by: stores().record.write_site_text(asked_by, HELP_TEXT, text))
            st.rerun()


def is_old(confirmed_at: datetime) -> bool:
    """Whether the help text is due to be checked again."""
    months = stores().record.setting("help_text_months")
    return datetime.now(UTC) - confirmed_at > timedelta(days=30.5 * months)


def loudness(actor: Actor) -> None:  # noqa: ARG001 - every part is given who asks
    """How loud the player starts and how loud it may become; it bounds Attune, not the tablet."""
    st.write(say("clinician.loudness_means"))
    file = safety_file()
    rows = [loudness_row(name, values) for name, values in file.loudness.items()]
    plain_table(rows, key="loudness", title=say("clinician.settings_loudness"))
    st.write(say("clinician.loudness_quiet_how"))
    st.header(say("clinician.loudness_ear_title"), anchor=False)
    st.write(say("clinician.loudness_ear"))
    left, middle, right = st.columns(3)
    level = left.number_input(say("clinician.loudness_level"), min_value=40.0, max_value=110.0, value=None, step=1.0)
    minutes = middle.number_input(say("clinician.loudness_minutes"), min_value=1, max_value=60, value=24)
    children = right.checkbox(say("clinician.loudness_children"))
    if level is not None:
        share = allowance_percent([(minutes / 60, level)], children=children)
        st.text(say("clinician.loudness_share", percent=f"{share:.1f}", minutes=minutes, level=f"{level:g}"))


def loudness_row(name: str, values: Loudness) -> dict[str, str]:
    """One way of starting, as a row of the table."""
    return {
        say("clinician.loudness_way"): say(f"clinician.loudness_{name}"),
        say("clinician.loudness_start"): f"−{abs(values.start_db):g} dB",
        say("clinician.loudness_limit"): f"−{abs(values.limit_db):g} dB",
        say("clinician.loudness_fade_in"): f"{values.fade_in_s:g} s",
        say("clinician.loudness_cross_fade"): f"{values.cross_fade_s:g} s",
    }


def how_it_looks(actor: Actor) -> None:  # noqa: ARG001 - every part is given who asks
    """Light, dark, or as this computer has it; kept on this device only."""
    st.write(say("clinician.look_means"))
    look_choice()


def safety(actor: Actor) -> None:  # noqa: ARG001 - every part is given who asks
    """What could go wrong and what stands against it, and how to report a problem."""
    st.write(say("clinician.safety_means"))
    st.header(say("clinician.safety_report_title"), anchor=False)
    st.write(say("clinician.safety_report"))
    st.header(say("clinician.safety_hazards_title"), anchor=False)
    st.write(say("clinician.safety_hazards"))
    for name in HAZARDS:
        with st.expander(say(f"clinician.hazard_{name}")):
            st.write(say(f"clinician.hazard_{name}_against"))
    st.header(say("clinician.safety_limits_title"), anchor=False)
    st.write(say("clinician.about_purpose"))


def confirm(version: int) -> None:
    """Confirm the help text as the second person."""
    do(lambda actor: stores().record.confirm_site_text(actor, HELP_TEXT, version))


def numbers(actor: Actor) -> None:  # noqa: ARG001 - every part is given who asks
    """Every number that a site may change, within its range; administrators change them."""
    st.write(say("clinician.numbers_means"))
    known = defaults()
    name = st.selectbox(
        say("clinician.numbers_which"), list(known), format_func=lambda key: known[key].meaning, index=None
    )
    if name is None:
        return
    number = known[name]
    now = stores().record.setting(name)
    value = st.number_input(
        f"{say('clinician.numbers_value')} ({number.unit})",
        min_value=float(number.low),
        max_value=float(number.high),
        value=float(now),
        key=f"setting-{name}",
    )
    look.quiet(say("clinician.numbers_source", source=number.source, usual=f"{number.value:g}"), key="source")
    if value != now:
        st.button(say("clinician.keep"), type="primary", on_click=set_number, args=(name, value))


def set_number(name: str, value: float) -> None:
    """Set a number for the whole site."""
    do(lambda actor: stores().record.set_setting(actor, name, value))


def about(actor: Actor) -> None:  # noqa: ARG001 - every part is given who asks
    """The intended purpose, the model, and what neither can know."""
    st.write(say("clinician.about_purpose"))
    st.header(say("clinician.about_cannot_title"), anchor=False)
    st.write(say("clinician.about_cannot"))
    st.header(say("clinician.about_evidence_title"), anchor=False)
    st.write(say("clinician.about_evidence"))
    st.header(say("clinician.about_scope_title"), anchor=False)
    st.write(say("clinician.about_scope"))
    st.header(say("clinician.about_model_title"), anchor=False)
    try:
        model = model_in_use(stores().home)
    except RecommenderError as error:
        look.notice(str(error), key="model")
        return
    st.text("\n".join(model_lines(model.model_id, model.card)))


def model_lines(model_id: str, card: Mapping[str, Any]) -> list[str]:
    """What is known of a model: its name, how much it was trained on, and what its training warned of."""
    lines = [say("clinician.about_model_id", id=model_id)]
    if card.get("n_tracks"):
        lines.append(say("clinician.about_model_tracks", n=card["n_tracks"]))
    lines += [
        say("clinician.about_model_set", name=one["name"], n=one["recordings"])
        for one in card.get("sets", ())
        if "name" in one and "recordings" in one
    ]
    return lines + [str(warning) for warning in card.get("warnings", ())]


PARTS = {
    "loudness": loudness,
    "help": help_text,
    "people": people_part,
    "keeping": keeping_part,
    "numbers": numbers,
    "scales": scales_part,
    "back_up": back_up_part,
    "look": how_it_looks,
    "safety": safety,
    "about": about,
}
