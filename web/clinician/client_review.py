"""Looking back over sessions: their own answers, with what chance alone would do beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from web.clinician import dates, look, session_words
from web.components.printing import print_button
from web.components.run_chart import RunPoint, run_chart
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice import Actor
    from practice.clients import Client
    from practice.review import SongBefore

SESSIONS_NEEDED = "sessions_for_a_chart"


def review_part(actor: Actor, client: Client) -> None:
    """The run chart from three sessions on, a sentence from six on, never a cause."""
    record = stores().record
    item = st.segmented_control(
        say("clinician.review_line"),
        session_words.ITEMS,
        default="valence",
        required=True,
        format_func=lambda name: say(f"clinician.item_{name}"),
    )
    review = record.review(actor, client.id, item or "valence")
    if not review.enough_for_a_chart:
        needed = round(record.setting(SESSIONS_NEEDED))
        st.write(say("clinician.review_empty", needed=needed, n=len(review.changes)))
        return
    title = say("clinician.review_title", item=say(f"clinician.item_{review.item}"), code=client.code)
    st.header(title, anchor=False)
    points = [RunPoint(dates.short_day(change.at), change.before, change.after) for change in review.changes]
    run_chart(points, key=f"run-{client.id}-{review.item}", title=title, band=review.band)
    if review.mean is not None:
        st.write(session_words.mean_says(review.mean))
    look.quiet(say("clinician.review_honest"), key="honest")
    if review.songs:
        st.header(say("clinician.review_songs"), anchor=False)
        st.dataframe([song_row(song) for song in review.songs], hide_index=True)
    goals = [goal for goal in record.goals(actor, client.id) if goal.outcome is None]
    if goals:
        st.header(say("clinician.client_tab_goals"), anchor=False)
        st.text("\n".join(goal.text for goal in goals))
    kept = record.kept_until(actor, client.id)
    if kept:
        look.quiet(say("clinician.keep_line", month=f"{kept[0]:%B %Y}", basis=kept[1]), key="kept")
    print_button(say("clinician.review_print"))


def song_row(song: SongBefore) -> dict[str, object]:
    """A song and how the sessions in which it played turned out; few sessions are said to be few."""
    return {
        say("clinician.music_columns_title"): song.title,
        say("clinician.music_columns_artist"): song.artist,
        say("clinician.review_n"): song.sessions,
        say("clinician.review_rises"): song.rises,
        say("clinician.review_falls"): song.falls,
        say("clinician.review_few"): say("clinician.review_too_few") if song.is_grey else "",
    }
