"""After the session: the facts as they were, and a note whose three boxes are the clinician's alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from practice.errors import PracticeError
from practice.facts import SessionFacts
from web.clinician import dates, look, navigation, session_words
from web.clinician.access import asker, do
from web.components.plain_table import plain_table
from web.components.plan_chart import SongRow, plan_chart
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.notes import Note

BOXES = ("noticed", "meaning", "next_time")
UPSET_BOXES = ("seen", "playing", "place", "helped", "done")
PROMPTS = ("stood_out", "where_known", "line_to_change", "play_it_to")


def after_page() -> None:
    """Write up one session, or the latest that waits for it."""
    actor = asker()
    st.title(say("clinician.after_name"), anchor=False)
    look.trouble()
    record = stores().record
    session_id = navigation.asked_for("session") or next(iter(record.notes_to_sign(actor)), "")
    if not session_id:
        st.write(say("clinician.after_empty"))
        return
    try:
        note = record.note(actor, session_id)
        facts = record.facts(actor, session_id)
        client = record.client(actor, note.client_id)
    except PracticeError as error:
        look.notice(str(error), key="after")
        return
    look.quiet(f"{client.code} · {client.sign}", key=f"after-{look.of_client(client)}")
    with st.container(key="side-by-side"):
        left, right = st.columns([0.45, 0.55], gap="large")
    with left:
        show_facts(actor, facts)
    with right:
        write_note(note)
        write_upset(client.id, facts)


def show_facts(actor: Actor, facts: SessionFacts) -> None:
    """What happened, with nothing added."""
    st.header(say("clinician.after_facts"), anchor=False)
    st.text("\n".join(session_words.fact_lines(facts)))
    if facts.answers:
        plain_table(session_words.answer_rows(facts.answers), key="answers", title=say("clinician.answers_title"))
    change = stores().record.change(actor, facts.session_id)
    if change is not None:
        look.quiet(session_words.change_says(change), key="change")
    if facts.played:
        st.subheader(say("clinician.played_title"), anchor=False)
        rows = [session_words.played_row(played) for played in facts.played]
        plain_table(rows, key="played", title=say("clinician.played_title"), numbers=[say("clinician.played_at")])
    if facts.said:
        st.subheader(say("clinician.said_title"), anchor=False)
    for said in facts.said:
        look.quiet(session_words.said_line(said), key=f"said-{said.at.timestamp()}-{said.kind}")
    if facts.moments:
        st.subheader(say("clinician.moments_title"), anchor=False)
    for moment in facts.moments:
        with st.container(key=f"card-moment-{moment.id}"):
            look.quiet(session_words.moment_line(moment), key=f"moment-{moment.id}")
            if moment.track_id:
                plan_chart([moment_row(moment.track_id, moment.title, moment.position_s)], key=f"moment-{moment.id}")
            words = st.text_input(say("clinician.their_words"), value=moment.their_words, key=f"words-{moment.id}")
            if words != moment.their_words:
                st.button(say("clinician.keep"), key=f"keep-{moment.id}", on_click=keep_words, args=(moment.id, words))
    with st.expander(say("clinician.prompts_title")):
        st.markdown("\n".join(f"- {say(f'clinician.prompt_{name}')}" for name in PROMPTS))
        about_a_song(facts)


def about_a_song(facts: SessionFacts) -> None:
    """What they said about a song that was played goes with it, whether or not a moment of it was marked."""
    titles = {played.track_id: played.title for played in facts.played}
    if not titles:
        return
    with st.form(f"about-{len(facts.moments)}", border=False):
        song = st.selectbox(
            say("clinician.about_song"), list(titles), index=None, format_func=titles.__getitem__,
            placeholder=say("clinician.about_song_hint"),
        )  # fmt: skip
        words = st.text_area(say("clinician.their_words"), max_chars=2000, height=80)
        sent = st.form_submit_button(say("clinician.keep"))
        if sent and look.is_filled(about_song=song, their_words=words) and song:
            do(lambda actor: stores().record.write_about_song(actor, facts.session_id, song, words))
            st.rerun()


def moment_row(track_id: str, title: str, position_s: float | None) -> SongRow:
    """A marked moment as a row that plays fifteen seconds from there."""
    return SongRow(
        id=track_id,
        n=1,
        title=title,
        artist="",
        facts="",
        why="",
        badges=(),
        at=(0.0, 0.0),
        spread=(0.0, 0.0),
        spread_says="",
        from_s=position_s or 0.0,
    )


def keep_words(moment_id: str, words: str) -> None:
    """Keep what the client said about a moment."""
    do(lambda actor: stores().record.write_their_words(actor, moment_id, words))


def write_note(note: Note) -> None:
    """The three boxes while the note is open; what was signed, and what is added to it, afterwards."""
    st.header(say("clinician.note_title"), anchor=False)
    if note.signed_at is not None:
        for box in BOXES:
            st.subheader(say(f"clinician.note_{box}"), anchor=False)
            st.text(getattr(note, box) or say("clinician.note_left_empty"))
        look.quiet(say("clinician.note_signed", name=note.signed_by, day=dates.moment(note.signed_at)), key="signed")
        if not stores().record.note_is_as_signed(asker(), note.session_id):
            look.notice(say("clinician.note_not_as_signed"), key="not-as-signed")
        for addendum in note.addenda:
            look.quiet(
                f"{dates.day(addendum.written_at)} · {addendum.written_by}\n{addendum.text}",
                key=f"addendum-{addendum.written_at.timestamp()}",
            )
        with st.form("addendum", clear_on_submit=True, border=False):
            text = st.text_area(say("clinician.note_add"), max_chars=5000)
            if st.form_submit_button(say("clinician.note_add_keep")) and look.is_filled(note_add=text):
                do(lambda actor: stores().record.add_addendum(actor, note.session_id, text))
                st.rerun()
        return
    look.quiet(say("clinician.note_no_names"), key="no-names")
    with st.form("note", border=False):
        written = {
            box: st.text_area(say(f"clinician.note_{box}"), value=getattr(note, box), max_chars=10_000, height=120)
            for box in BOXES
        }
        with st.container(horizontal=True):
            sign = st.form_submit_button(say("clinician.note_sign"), type="primary")
            keep = st.form_submit_button(say("clinician.note_keep"))
    if not (sign or keep):
        return
    actor = asker()
    record = stores().record
    try:
        kept = record.save_note(actor, note.session_id, version=note.version, **written)
        if sign:
            record.sign_note(actor, note.session_id, version=kept.version)
    except PracticeError as error:
        look.notice(str(error), key="note")
        return
    st.rerun()


def write_upset(client_id: str, facts: SessionFacts) -> None:
    """Something upset them: what was seen, what helped; it proposes an entry on the avoid list."""
    with st.expander(say("clinician.upset_title")):
        titles = {played.track_id: played.title for played in facts.played}
        with st.form("upset", border=False, clear_on_submit=True):
            track_id = st.selectbox(
                say("clinician.upset_song"), list(titles), index=None, format_func=lambda name: titles[name]
            )
            written = {box: st.text_input(say(f"clinician.upset_{box}"), max_chars=1000) for box in UPSET_BOXES}
            avoid = st.checkbox(say("clinician.upset_avoid"))
            sent = st.form_submit_button(say("clinician.keep"))
        if not sent:
            return
        kept = do(
            lambda actor: stores().record.write_upset_form(
                actor, client_id, session_id=facts.session_id, track_id=track_id, **written
            )
        )
        if kept and avoid and track_id:
            do(lambda actor: stores().record.avoid(actor, client_id, "track", track_id, reason=written["seen"]))
        st.rerun()
