"""Changing a kept plan by hand: it becomes a playlist again, is changed, and is stored as the next version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recommender import PlanRequest, Playlist, Rules
from recommender.editing import arrange, move, remove, swap

if TYPE_CHECKING:
    from practice.plans import Plan
    from recommender import Candidates


def request_of(plan: Plan) -> PlanRequest:
    """What the plan was asked for."""
    route: Any = plan.route
    return PlanRequest(plan.present, plan.target, plan.minutes, route, plan.waypoints, plan.seed)


def playlist_of(plan: Plan, candidates: Candidates, rules: Rules) -> Playlist:
    """The stored plan as a playlist that can be changed, with the pool that these rules leave it.

    Raises
    ------
    NoPlaylistError
        If the plan breaks what must hold for this client by now.
    RulesError
        If one of its tracks is no longer in the library.
    """
    empty = Playlist(request_of(plan), (), 0.0, None)
    return arrange(empty, [place.song.id for place in plan.places], candidates, rules)


def with_locks(rules: Rules, locks: Mapping[int, str]) -> Rules:
    """The rules, with the songs that the clinician has locked held in their places."""
    return replace(rules, pins={**rules.pins, **locks})


def edited(plan: Plan, candidates: Candidates, rules: Rules, action: str, position: int) -> Playlist:
    """The playlist after one press on a row.

    Raises
    ------
    NoPlaylistError, RulesError
        If that cannot be done; the sentence says why.
    """
    now = playlist_of(plan, candidates, rules)
    if action == "up":
        return move(now, position, position - 1, candidates, rules)
    if action == "down":
        return move(now, position, position + 1, candidates, rules)
    if action == "swap":
        return swap(now, position, candidates, rules)
    if action == "never":
        return remove(now, position, candidates, rules)
    raise ValueError(f"{action!r} is no change of a plan")


def unlocked_by(action: str, position: int, locks: Mapping[int, str]) -> dict[int, str]:
    """The locks that stay after a press: a song that is moved, swapped or taken out is no longer held."""
    gone = {position}
    if action == "up":
        gone.add(position - 1)
    if action == "down":
        gone.add(position + 1)
    return {place: track_id for place, track_id in locks.items() if place not in gone}
