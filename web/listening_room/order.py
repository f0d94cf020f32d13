"""A new order of the approved songs, when somebody on their own feels otherwise than the plan thought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recommender.errors import RecommenderError

if TYPE_CHECKING:
    from music_library import Catalogue
    from practice.room import RoomState
    from recommender.mood import Mood


def new_order(catalogue: Catalogue, room: RoomState, present: Mood) -> list[str]:
    """The ids of approved songs along a route from `present` to the plan's target; the old order where there is none.

    Nothing outside the approval comes in: the planner sees only the list and what was approved for a new plan.
    """
    from recommender.constraints import Rules
    from recommender.planner import plan
    from recommender.playlist import PlanRequest

    old = [song.id for song in room.songs]
    approved = {*old, *room.replan, *room.openers, *(one for slot in room.alternates for one in slot)}
    request = PlanRequest(present, room.plan_target, minutes=room.minutes)
    try:
        playlist = plan(catalogue.candidates(), request, Rules(only_tracks=frozenset(approved)))
    except RecommenderError:
        return old
    return [track.track_id for track in playlist.tracks] or old
