"""Looking back over sessions: their own answers, with what chance alone would do beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from web.clinician import dates, look, session_words
from web.clinician.client_agreements import PURPOSES
from web.components.plain_table import plain_table
from web.components.printing import print_button
from web.components.run_chart import RunPoint, run_chart
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client
    from practice.review import SongBefore

SESSIONS_NEEDED = "sessions_for_a_chart"
MOST_SONGS = 12
"""Songs in the table: more would not fit on the printed page, and say less and less."""
MOST_WORDS = 10


def review_part(actor: Actor, client: Client) -> None:
    """The run chart from three sessions on, a sentence from six on, never a cause."""
    record = stores().record
    if not any(record.review(actor, client.id, name).enough_for_a_chart for name in session_words.ITEMS):
        too_few(len(record.review(actor, client.id, "valence").changes))
        return
    with st.container(horizontal=True, vertical_alignment="bottom", key="no-print-review"):
        item = st.segmented_control(
            say("clinician.review_line"),
            session_words.ITEMS,
            default="valence",
            required=True,
            format_func=lambda name: say(f"clinician.item_{name}"),
            width="stretch",
        )
        printing = st.container()
    review = record.review(actor, client.id, item or "valence")
    if not review.enough_for_a_chart:
        too_few(len(review.changes))
        return
    with printing:
        print_button(say("clinician.review_print"))
    title = say("clinician.review_title", item=say(f"clinician.item_{review.item}"))
    st.header(title, anchor=False)
    points = [RunPoint(dates.short_day(change.at), change.before, change.after) for change in review.changes]
    run_chart(points, key=f"run-{client.id}-{review.item}", title=title, band=review.band)
    if review.mean is not None:
        st.write(session_words.mean_says(review.mean))
    look.quiet(say("clinician.review_honest"), key="honest")
    with st.container(key="review-columns"):
        left, right = st.columns([0.58, 0.42], gap="large")
    with left:
        songs(review.songs)
    with right:
        words_given(actor, client)
        goals_and_agreements(actor, client)


def too_few(n: int) -> None:
    """How many sessions make a picture, and how many there are."""
    st.write(say("clinician.review_empty", needed=round(stores().record.setting(SESSIONS_NEEDED)), n=n))


def songs(played: tuple[SongBefore, ...]) -> None:
    """Songs and how the sessions in which they played turned out; few sessions are grey."""
    if not played:
        return
    st.subheader(say("clinician.review_songs"), anchor=False)
    shown = played[:MOST_SONGS]
    plain_table(
        [song_row(song) for song in shown],
        key="review-songs",
        title=say("clinician.review_songs"),
        grey=[place for place, song in enumerate(shown) if song.is_grey],
        numbers=[say(f"clinician.review_{name}") for name in ("n", "rises", "falls")],
    )
    if any(song.is_grey for song in shown):
        look.quiet(say("clinician.review_grey"), key="grey")


def song_row(song: SongBefore) -> dict[str, object]:
    """A song and how the sessions in which it played turned out."""
    return {
        say("clinician.music_columns_title"): f"{song.title} · {song.artist}" if song.artist else song.title,
        say("clinician.review_n"): song.sessions,
        say("clinician.review_rises"): song.rises,
        say("clinician.review_falls"): song.falls,
    }


def words_given(actor: Actor, client: Client) -> None:
    """What they said about the music, latest first."""
    found = []
    for session in stores().record.sessions(actor, client.id):
        facts = stores().record.facts(actor, session.id)
        found += [(dates.short_day(one.at), one.text) for one in facts.said if one.kind == "words" and one.text.strip()]
        found += [(dates.short_day(one.at), one.their_words) for one in facts.moments if one.their_words.strip()]
    if found:
        st.subheader(say("clinician.review_words"), anchor=False)
        st.text("\n".join(f"{day}  “{words}”" for day, words in found[:MOST_WORDS]))


def goals_and_agreements(actor: Actor, client: Client) -> None:
    """What therapy is for, what was agreed, and how long the record is kept."""
    record = stores().record
    goals = [goal for goal in record.goals(actor, client.id) if goal.outcome is None]
    if goals:
        st.subheader(say("clinician.client_tab_goals"), anchor=False)
        st.text("\n".join(goal.text for goal in goals))
    st.subheader(say("clinician.client_tab_agreements"), anchor=False)
    lines = [say("clinician.agreed_line", who=say(f"clinician.agreed_{client.agreed_by}"))]
    lines += [
        say(
            "clinician.use_line",
            what=say(f"clinician.use_{purpose}"),
            answer=say(f"clinician.answer_{'yes' if record.agrees(actor, client.id, purpose) else 'no'}"),
        )
        for purpose in PURPOSES
    ]
    kept = record.kept_until(actor, client.id)
    lines.append(
        say("clinician.keep_line", month=dates.month(kept[0]), basis=kept[1]) if kept else say("clinician.keep_unset")
    )
    st.text("\n".join(lines))
