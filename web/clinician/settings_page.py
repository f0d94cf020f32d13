"""Settings: you, the help text, numbers, colleagues, the back-up, and what Attune is and is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from music_library import model_in_use
from practice.settings import defaults
from recommender.errors import RecommenderError
from web.clinician import dates, look, state
from web.clinician.access import asker, do
from web.components.leaving import leave_for
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor

HELP_TEXT = "help"


def settings_page() -> None:
    """Settings and About, one part at a time."""
    actor = asker()
    st.title(say("clinician.settings_title"), anchor=False)
    look.trouble()
    part = st.segmented_control(
        say("clinician.settings_title"),
        list(PARTS),
        key=state.SETTINGS_PART,
        default="you",
        required=True,
        format_func=lambda name: say(f"clinician.settings_{name}"),
        label_visibility="collapsed",
    )
    PARTS[part or "you"](actor)


def you(actor: Actor) -> None:
    """Who is signed in, and the way out."""
    st.text(say("clinician.settings_signed_in", name=actor.name))
    if st.button(say("clinician.sign_out")):
        leave_for("/sign-out")


def help_text(actor: Actor) -> None:
    """The numbers that clients see under Help; one person writes them, another confirms them."""
    record = stores().record
    st.write(say("clinician.help_means"))
    st.text(record.site_text(HELP_TEXT) or say("clinician.help_usual"))
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
            look.quiet(
                say("clinician.help_checked", name=version.confirmed_by, day=dates.day(version.confirmed_at)),
                key=f"help-{version.version}",
            )
    with st.form("help-text", border=False, clear_on_submit=True):
        text = st.text_area(say("clinician.help_write"), max_chars=5000)
        if st.form_submit_button(say("clinician.keep")) and text.strip():
            do(lambda asked_by: stores().record.write_site_text(asked_by, HELP_TEXT, text))
            st.rerun()


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


def back_up(actor: Actor) -> None:  # noqa: ARG001 - every part is given who asks
    """How a back-up is made."""
    last = stores().record.last_backup()
    if last is None:
        look.notice(say("clinician.back_up_never"), key="back-up")
    else:
        st.text(say("clinician.back_up_last", day=dates.moment(last)))
    st.write(say("clinician.back_up_means"))
    st.code(f"attune backup --home {stores().home} attune-backup.zip", language=None, wrap_lines=True)


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


PARTS = {"you": you, "help": help_text, "numbers": numbers, "back_up": back_up, "about": about}
