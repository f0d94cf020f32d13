"""From the present mood to the target: where each track of a playlist should stand."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from recommender.mood import Mood
from recommender.playlist import PlanRequest, Reason

USUAL_STEP = 0.35
"""From one track to the next, on the valence-arousal plane."""
WIDEST_STEP = 0.6
"""Steps up to this are taken and said; a route that needs more is too far."""
ALREADY_THERE = 0.25
"""Moods closer than this are one: there is nowhere to lead."""
QUIET = -0.5
"""The energy that a session winds down to."""
HOLD_SHARE = 0.2
"""Part of the time that an iso route spends at the present mood, and again at the target."""


@dataclass(frozen=True)
class Course:
    """A route laid out for a number of tracks.

    Attributes
    ----------
    waypoints : ndarray of shape (n_tracks, 2)
        Valence and arousal that each track should have.
    directions : ndarray of shape (n_tracks - 1, 2)
        Unit vector of the route from each track to the next; zero where the route leads nowhere.
    largest_step : float
        How far one track may stand from the one before it.
    n_start, n_target : int
        Tracks held at the present mood and at the target.
    n_quiet : int
        Tracks at the end that wind down.
    needed_step : float
        The step that the distance and the number of tracks force.
    """

    waypoints: NDArray[np.float64]
    directions: NDArray[np.float64]
    largest_step: float
    n_start: int = 0
    n_target: int = 0
    needed_step: float = 0.0
    n_quiet: int = 0


def lay_out(request: PlanRequest, n_tracks: int) -> Course:
    """Lay the route of `request` out for `n_tracks` tracks.

    An iso route first matches the present mood (20 % of the tracks, at least one, two from seven tracks on), moves on
    in equal steps, and holds the target as long. `direct` stands at the target from the first track on, `stay` at the
    present mood; `drawn` follows its waypoints at an even pace. Any of them may wind down at the end: from
    where it leads to, in equal steps, to low energy.
    """
    n_quiet = min(math.floor(request.wind_down * n_tracks + 0.5), n_tracks - 1)
    course = _route(request, n_tracks - n_quiet)
    return _wound_down(course, n_quiet) if n_quiet > 0 else course


def _route(request: PlanRequest, n_tracks: int) -> Course:
    present, target = np.array(request.present, float), np.array(request.target, float)
    if request.route == "stay":
        return _standing(present, n_tracks)
    if request.route == "direct" or n_tracks == 1 or is_already_there(request):
        return _standing(target, n_tracks)
    corners = corners_of(request)
    n_start, n_target = holds(request, n_tracks)
    n_legs = n_tracks - n_start - n_target + 1
    share = np.clip((np.arange(n_tracks) - (n_start - 1)) / n_legs, 0.0, 1.0) ** request.pace
    waypoints = along(corners, share)
    needed = length_of(corners) * float(np.diff(share).max())
    middle = (share[:-1] + share[1:]) / 2
    return Course(waypoints, headings(corners, middle), max(USUAL_STEP, needed), n_start, n_target, needed)


def _wound_down(course: Course, n_quiet: int) -> Course:
    last = course.waypoints[-1]
    drop = max(float(last[1]) - QUIET, 0.0)
    step = drop / n_quiet
    end = last - np.outer(np.arange(1, n_quiet + 1), [0.0, step])
    direction = np.tile([0.0, -1.0 if drop else 0.0], (n_quiet, 1))
    return replace(
        course,
        waypoints=np.vstack([course.waypoints, end]),
        directions=np.vstack([course.directions, direction]),
        largest_step=max(course.largest_step, step),
        needed_step=max(course.needed_step, step),
        n_quiet=n_quiet,
    )


def _standing(place: NDArray[np.float64], n_tracks: int) -> Course:
    return Course(np.tile(place, (n_tracks, 1)), np.zeros((max(n_tracks - 1, 0), 2)), USUAL_STEP)


def is_already_there(request: PlanRequest) -> bool:
    """Whether present and target are so close that a route between them would lead nowhere."""
    return request.route == "iso" and request.present.distance(request.target) < ALREADY_THERE


def holds(request: PlanRequest, n_tracks: int) -> tuple[int, int]:
    """How many tracks stand at the present mood and how many at the target."""
    if n_tracks < 3:
        return 1, 1
    usual = 1
    if request.route == "iso" and n_tracks >= 7:
        usual = max(2, math.floor(HOLD_SHARE * n_tracks + 0.5))
    most = n_tracks - 1
    start, target = (
        usual if part is None else max(1, min(math.floor(part * n_tracks + 0.5), most // 2))
        for part in (request.hold_present, request.hold_target)
    )
    return start, target


def still_ahead(request: PlanRequest, share: float) -> tuple[Mood, ...]:
    """The points of a drawn route that lie beyond `share` of its length."""
    corners = corners_of(request)
    reached = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    return tuple(
        point for point, at in zip(request.waypoints, reached[1:-1], strict=False) if at > share * reached[-1] + 1e-9
    )


def corners_of(request: PlanRequest) -> NDArray[np.float64]:
    """The corners of the route, shape (n_corners, 2)."""
    between = request.waypoints if request.route == "drawn" else ()
    return np.array([request.present, *between, request.target], float)


def length_of(corners: NDArray[np.float64]) -> float:
    """Length of a polyline on the plane."""
    return float(np.hypot(*np.diff(corners, axis=0).T).sum())


def along(corners: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points of a polyline at `share` of its length, shape (n, 2)."""
    reached = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(corners, axis=0).T))])
    if reached[-1] == 0:
        return np.tile(corners[0], (len(share), 1))
    at = share * reached[-1]
    return np.column_stack([np.interp(at, reached, corners[:, axis]) for axis in (0, 1)])


def headings(corners: NDArray[np.float64], share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit vectors in which a polyline leads at `share` of its length, shape (n, 2)."""
    legs = np.diff(corners, axis=0)
    lengths = np.hypot(*legs.T)
    legs, lengths = legs[lengths > 0], lengths[lengths > 0]
    if len(legs) == 0:
        return np.zeros((len(share), 2))
    ends = np.cumsum(lengths)
    leg = np.minimum(np.searchsorted(ends, share * ends[-1], side="left"), len(legs) - 1)
    heading: NDArray[np.float64] = (legs / lengths[:, None])[leg]
    return heading


def warnings_for(request: PlanRequest, course: Course, *, median_s: float, n_allowed: int) -> tuple[Reason, ...]:
    """What a person should know about the route itself, before any track is chosen.

    `already_there` where nothing lies between the moods; `bigger_steps` where the length forces steps above the usual;
    `too_far` where even the widest step does not reach, or there is room for fewer than three tracks: with what would
    help, in this order: `longer_minutes` (None too where fewer tracks are allowed than that many steps want),
    `nearer_valence` and `nearer_arousal`, `direct`.
    """
    if is_already_there(request):
        return (Reason("already_there", {"distance": request.present.distance(request.target)}),)
    if request.route not in ("iso", "drawn"):
        return ()
    n_tracks = len(course.waypoints) - course.n_quiet
    distance = length_of(corners_of(request))
    if distance < ALREADY_THERE:
        return ()
    if course.needed_step > WIDEST_STEP or n_tracks < 3:
        return (_too_far(request, course, distance, n_tracks, median_s, n_allowed),)
    if course.needed_step > USUAL_STEP:
        return (Reason("bigger_steps", {"step": course.needed_step, "usual": USUAL_STEP, "minutes": request.minutes}),)
    return ()


def _too_far(
    request: PlanRequest, course: Course, distance: float, n_tracks: int, median_s: float, n_allowed: int
) -> Reason:
    enough = next(n for n in range(3, 1000) if distance / (n - sum(holds(request, n)) + 1) <= WIDEST_STEP)
    longer = next(
        (
            minutes
            for minutes in (8, 12, 24, 36, 45, 60)
            if enough <= n_allowed and minutes > request.minutes and minutes * 60 >= enough * median_s
        ),
        None,
    )
    legs = max(n_tracks - course.n_start - course.n_target + 1, 1)
    nearer: Mood | None = None
    if n_tracks >= 3:
        nearer = Mood(*along(corners_of(request), np.array([WIDEST_STEP * legs / distance]))[0].tolist())
    return Reason(
        "too_far",
        {
            "distance": distance,
            "minutes": request.minutes,
            "tracks": n_tracks,
            "longer_minutes": longer,
            "nearer_valence": nearer.valence if nearer else None,
            "nearer_arousal": nearer.arousal if nearer else None,
            "direct": request.route != "direct",
        },
    )
