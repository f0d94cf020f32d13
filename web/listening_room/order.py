"""A new order of the approved songs, when somebody on their own feels otherwise than the plan thought."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from recommender.errors import RecommenderError

if TYPE_CHECKING:
    from practice import Record
    from practice.room import RoomState
    from recommender.candidates import Candidates
    from recommender.mood import Mood


def new_order(candidates: Candidates, record: Record, room_token: str, room: RoomState, present: Mood) -> list[str]:
    """The ids of approved songs along the plan's route from `present` on; the old order where there is none.

    Nothing outside the approval comes in: the planner sees only the list and what was approved for a new plan. It obeys
    what the client's plans obey, keeps the plan's holds, pace and wind-down, and hears the songs as this client does
    where they agreed to that, as the first plan did.

    Raises
    ------
    RoomClosedError
        If the room has closed meanwhile.
    """
    from recommender.personal import as_heard_by, likings
    from recommender.planner import plan

    old = [song.id for song in room.songs]
    approved = {*old, *room.replan, *room.openers, *(one for slot in room.alternates for one in slot)}
    rules, listener = record.room_planning(room_token, candidates)
    rows = [at for one in sorted(approved) if (at := candidates.position_of.get(one)) is not None]
    songs = candidates.take(np.array(rows, np.intp))
    if listener is not None:
        rules = replace(rules, liking={**likings(songs, listener), **rules.liking})
        songs = as_heard_by(songs, listener)
    # Whoever was to stay where they were, and is elsewhere now, is led there.
    route = "iso" if room.request.route == "stay" else room.request.route
    try:
        playlist = plan(songs, replace(room.request, present=present, route=route), rules)
    except RecommenderError:
        return old
    return [track.track_id for track in playlist.tracks] or old
