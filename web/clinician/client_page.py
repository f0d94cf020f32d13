"""One client: what they like and must not hear, their plans and sessions, what is limited and why."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import streamlit as st

from practice.errors import PracticeError
from practice.safety import safety_file
from web.clinician import look, navigation, session_words, state, suggesting
from web.clinician.access import asker
from web.clinician.plan_page import heading
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client
    from practice.safety import AvoidEntry, Limit

MARKS = ("loved", "known_well", "safe", "painful", "rest", "to_find")
FOUND = 12


def client_page() -> None:
    """Show one client's record."""
    actor = asker()
    try:
        client = stores().record.client(actor, navigation.asked_for("client"))
    except PracticeError as error:
        st.title(say("clinician.client_name"), anchor=False)
        look.notice(str(error), key="client")
        return
    st.title(f"{client.code} · {client.sign}", anchor=False)
    look.trouble()
    look.quiet("\n".join(facts(client)), key="client-facts")
    if st.button(say("clinician.today_start"), type="primary"):
        st.session_state[state.WHO] = client.id
        navigation.go_to("start")
    names = ("songs", "plans", "sessions", "limits", "agreements")
    tabs = st.tabs([say(f"clinician.client_tab_{name}") for name in names])
    for name, tab in zip(names, tabs, strict=True):
        with tab:
            PARTS[name](actor, client)


def facts(client: Client) -> list[str]:
    """What holds for this client, in lines."""
    lines = [say("clinician.client_preset", preset=say(f"clinician.preset_{client.preset}"))]
    lines += [limit_says(limit) for limit in client.limits]
    if client.avoid:
        lines.append(say("clinician.client_avoids", n=len(client.avoid)))
    if client.must_be_present:
        lines.append(say("clinician.client_must_be_present"))
    return lines


def limit_says(limit: Limit) -> str:
    """A limit with its numbers, in words."""
    numbers = ", ".join(f"{say(f'clinician.number_{name}')} {value:g}" for name, value in limit.numbers.items())
    return say(f"clinician.limit_{limit.effect}") + (f" ({numbers})" if numbers else "")


def songs_part(actor: Actor, client: Client) -> None:
    """The songs that mean something to them, and what must never play."""
    protection = stores().record.protection(actor, client.id)
    marked: dict[str, frozenset[str]] = {name: getattr(protection.marks, name, frozenset()) for name in MARKS}
    if not any(marked.values()) and not client.avoid:
        st.write(say("clinician.client_songs_empty"))
    add_song(client)
    for name in MARKS:
        if marked[name]:
            st.header(say(f"clinician.mark_{name}"), anchor=False)
            for track in stores().catalogue.tracks_by_id(sorted(marked[name])):
                with st.container(horizontal=True, vertical_alignment="center", key=f"mark-{name}-{track.id}"):
                    st.text(named(track), width="stretch")
                    st.button(
                        say("clinician.take_off"),
                        key=f"unmark-{name}-{track.id}",
                        on_click=unmark,
                        args=(client.id, track.id, name),
                    )
    st.header(say("clinician.avoid_title"), anchor=False)
    for entry in client.avoid:
        with st.container(horizontal=True, vertical_alignment="center", key=f"avoid-{entry.id}"):
            st.text(avoid_says(entry), width="stretch")
            st.button(say("clinician.take_off"), key=f"allow-{entry.id}", on_click=allow, args=(client.id, entry.id))
    with st.form("avoid", border=False, clear_on_submit=True):
        words = st.text_input(say("clinician.avoid_ask"), max_chars=300)
        if st.form_submit_button(say("clinician.avoid_add")) and words.strip():
            do(lambda asked_by: stores().record.avoid(asked_by, client.id, "words", words))
            st.rerun()


def add_song(client: Client) -> None:
    """Find a song of the library and say what it is to them."""
    with st.container(key="card-add-song"):
        words = st.text_input(say("clinician.song_find"), key=f"find-{client.id}")
        if not words.strip():
            return
        found = {track.id: track for track in stores().catalogue.tracks(words=words, limit=FOUND)}
        if not found:
            st.write(say("clinician.music_none_found"))
            return
        chosen = st.selectbox(
            say("clinician.song_choose"), list(found), format_func=lambda track_id: named(found[track_id])
        )
        mark = st.segmented_control(
            say("clinician.song_is"),
            MARKS,
            default="loved",
            required=True,
            format_func=lambda name: say(f"clinician.mark_{name}"),
        )
        with st.container(horizontal=True):
            if st.button(say("clinician.song_add"), type="primary"):
                track = found[chosen]
                title, artist = suggesting.title_of(track), track.artist or ""
                do(
                    lambda asked_by: stores().record.mark_song(
                        asked_by, client.id, track.id, mark, title=title, artist=artist
                    )
                )
                st.rerun()
            if st.button(say("clinician.avoid_song")):
                do(lambda asked_by: stores().record.avoid(asked_by, client.id, "track", chosen))
                st.rerun()


def named(track: Any) -> str:
    """A song as one line."""
    title = suggesting.title_of(track)
    return f"{title} · {track.artist}" if track.artist else title


def avoid_says(entry: AvoidEntry) -> str:
    """An entry of the avoid list in words."""
    value = entry.value
    if entry.kind == "track":
        found = stores().catalogue.tracks_by_id([entry.value])
        value = named(found[0]) if found else say("clinician.avoid_lost")
    return say(f"clinician.avoid_{entry.kind}", value=value, low=entry.low, high=entry.high)


def do(what: Any) -> bool:
    """Do something in the record as whoever asks now; a refusal is shown on the next run."""
    try:
        what(asker())
    except PracticeError as error:
        st.session_state[state.TROUBLE] = str(error)
        return False
    return True


def unmark(client_id: str, track_id: str, mark: str) -> None:
    """Take a mark off a song."""
    do(lambda actor: stores().record.unmark_song(actor, client_id, track_id, mark))


def allow(client_id: str, entry_id: str) -> None:
    """Take an entry off the avoid list."""
    do(lambda actor: stores().record.stop_avoiding(actor, client_id, entry_id))


def plans_part(actor: Actor, client: Client) -> None:
    """Their plans, newest first."""
    plans = stores().record.plans(actor, client.id)
    if not plans:
        st.write(say("clinician.plans_empty"))
    for plan in plans:
        st.page_link(
            navigation.page("plan"), label=heading(plan, f"{plan.created_at:%-d %b}"), query_params={"plan": plan.id}
        )


def sessions_part(actor: Actor, client: Client) -> None:
    """Their sessions, newest first."""
    sessions = stores().record.sessions(actor, client.id)
    if not sessions:
        st.write(say("clinician.sessions_empty"))
    for session in sessions:
        st.text(session_words.line(session))


def limits_part(actor: Actor, client: Client) -> None:  # noqa: ARG001 - every part is given who asks
    """What is limited, named by its effect, each with a reason and a day to look at it again."""
    st.write(say("clinician.limits_means"))
    for limit in client.limits:
        with st.container(horizontal=True, vertical_alignment="center", key=f"limit-{limit.id}"):
            review = say("clinician.limit_review", day=f"{limit.review_on:%-d %B %Y}") if limit.review_on else ""
            st.text("\n".join(part for part in (limit_says(limit), limit.reason, review) if part), width="stretch")
            with st.popover(say("clinician.take_off")):
                reason = st.text_input(say("clinician.limit_why_off"), key=f"why-{limit.id}", max_chars=500)
                if st.button(say("clinician.take_off"), key=f"lift-{limit.id}", disabled=not reason.strip()):
                    do(lambda a, e=limit.effect, r=reason: stores().record.lift_limit(a, client.id, e, reason=r))
                    st.rerun()
    add_limit(client)


def add_limit(client: Client) -> None:
    """Put a limit on."""
    kinds = safety_file().limits
    with st.container(key="card-add-limit"):
        effect = st.selectbox(
            say("clinician.limit_add"),
            list(kinds),
            index=None,
            placeholder=say("clinician.limit_choose"),
            format_func=lambda name: say(f"clinician.limit_{name}"),
        )
        if effect is None:
            return
        numbers: dict[str, float] = {}
        for name, number in kinds[effect].values.items():
            value = st.number_input(
                say(f"clinician.number_{name}"),
                min_value=float(number.low),
                max_value=float(number.high),
                value=None if number.optional and numbers else float(number.default),
                key=f"{effect}-{name}",
            )
            if value is not None:
                numbers[name] = float(value)
        reason = st.text_input(say("clinician.limit_why"), max_chars=500)
        review_on: date | None = st.date_input(say("clinician.limit_review_on"), value=None, format="DD/MM/YYYY")
        if st.button(say("clinician.limit_put_on"), type="primary", disabled=not reason.strip()):
            do(
                lambda actor: stores().record.set_limit(
                    actor, client.id, effect, numbers=numbers, reason=reason, review_on=review_on
                )
            )
            st.rerun()


def agreements_part(actor: Actor, client: Client) -> None:  # noqa: ARG001 - every part is given who asks
    """Who agreed, and what was answered at the first session."""
    lines = [say("clinician.agreed_line", who=say(f"clinician.agreed_{client.agreed_by}"))]
    lines += [
        say(f"clinician.{question}_line", answer=say(f"clinician.answer_{answer}"))
        for question, answer in (("hurt", client.sounds_hurt), ("seizure", client.seizures))
    ]
    st.text("\n".join(lines))
    preset = st.selectbox(
        say("clinician.clients_preset"),
        PRESETS,
        index=PRESETS.index(client.preset),
        format_func=lambda name: say(f"clinician.preset_{name}"),
    )
    if preset != client.preset and st.button(say("clinician.preset_keep"), type="primary"):
        do(lambda asked_by: stores().record.change_client(asked_by, client.id, version=client.version, preset=preset))
        st.rerun()


PRESETS = ("standard", "simple", "calm", "one_switch", "carer")
PARTS = {
    "songs": songs_part,
    "plans": plans_part,
    "sessions": sessions_part,
    "limits": limits_part,
    "agreements": agreements_part,
}
