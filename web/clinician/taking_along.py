"""A list to take along: printed, or as a playlist file for a player that can find the same files."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from music_library.playlist_files import FORMATS, playlist_content
from practice.errors import PracticeError
from web.clinician.access import session_token
from web.components.printing import print_button
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from practice.plan_copies import Plan


def take_along(plan: Plan, code: str) -> None:
    """Print the list, or save it as a playlist file."""
    with st.container(horizontal=True, key="no-print-along"):
        print_button(say("clinician.plan_print"), is_primary=False)
        with st.popover(say("clinician.plan_files")):
            st.write(say("clinician.plan_files_mean"))
            token = session_token()
            for ending in FORMATS:
                st.download_button(
                    say("clinician.plan_file", ending=ending.upper()),
                    data=partial(content, token, plan.id, ending),
                    file_name=f"{code or 'list'}.{ending}",
                    mime="application/octet-stream",
                    on_click="ignore",
                    key=f"file-{ending}",
                )


def content(token: str, plan_id: str, ending: str) -> bytes:
    """The file for whoever is signed in with `token` at the moment of the press; nothing for anybody else.

    It runs outside the page, where nothing of the page can be asked.
    """
    record = stores().record
    actor = record.who(token)
    if actor is None:
        return b""
    try:
        plan = record.plan(actor, plan_id)
    except PracticeError:
        return b""
    tracks = {track.id: track for track in stores().catalogue.tracks_by_id([one.song.id for one in plan.places])}
    rows = [
        {
            "path": tracks[one.song.id].path,
            "title": one.song.title,
            "artist": one.song.artist,
            "duration_s": one.song.duration_s,
        }
        for one in plan.places
        if one.song.id in tracks
    ]
    return playlist_content(ending, rows)
