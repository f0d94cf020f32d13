"""The peers' rules behind the same call as `plan`, so that figures can stand beside one another.

Greedy is the rule of open playlist makers that walk a path: at each step the unused track nearest to the next waypoint
that is not by the artist just played, until the time is filled. Random is chance. Neither looks ahead.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommender.candidates import Candidates
from recommender.constraints import Rules
from recommender.costs import Weights
from recommender.explain import assemble
from recommender.field import Field, field_of
from recommender.hard_rules import DISLIKED
from recommender.playlist import PlanRequest, Playlist
from recommender.refusals import no_playlist
from recommender.routes import lay_out


def greedy_plan(candidates: Candidates, request: PlanRequest, rules: Rules | None = None) -> Playlist:
    """Take the nearest unused track to each waypoint in turn.

    Raises
    ------
    NoPlaylistError
        If the rules leave nothing.
    """
    rules = rules or Rules()
    # Peers know a point on the plane, not how far it can be trusted nor what to expect, and rank by distance alone.
    candidates = candidates.as_shown()
    field = field_of(candidates, replace(rules, liking=_dislikes(rules)), Weights(spread=0.0, liking=0.0))
    if field.n_allowed == 0:
        raise no_playlist(field, request)
    course = lay_out(request, _count(field, request))
    order: list[int] = []
    songs: set[int] = set()
    for here, _ in field.nearest(course.waypoints, 200):
        fresh = [int(row) for row in here if int(candidates.song[row]) not in songs]
        last = int(candidates.artist[order[-1]]) if order else -1
        other = [row for row in fresh if last < 0 or candidates.artist[row] != last]
        for row in (other or fresh)[:1]:
            order.append(row)
            songs.add(int(candidates.song[row]))
    course = lay_out(request, len(order))
    return assemble(field, request, rules, course, order, bound_percent=None, cost=0.0)


def random_plan(candidates: Candidates, request: PlanRequest, rules: Rules | None = None) -> Playlist:
    """Draw allowed tracks by chance, the request's seed deciding.

    Raises
    ------
    NoPlaylistError
        If the rules leave nothing.
    """
    rules = rules or Rules()
    field = field_of(candidates, rules, Weights())
    if field.n_allowed == 0:
        raise no_playlist(field, request)
    shuffled = np.random.default_rng(request.seed).permutation(np.flatnonzero(field.allowed))
    _, first = np.unique(candidates.song[shuffled], return_index=True)
    order = shuffled[np.sort(first)][: _count(field, request)].tolist()
    return assemble(field, request, rules, lay_out(request, len(order)), order, bound_percent=None, cost=0.0)


def _dislikes(rules: Rules) -> dict[str, float]:
    return {track_id: liking for track_id, liking in rules.liking.items() if liking <= DISLIKED}


def _count(field: Field, request: PlanRequest) -> int:
    return max(1, round(request.minutes * 60 / field.median_s))
