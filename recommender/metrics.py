"""Raw figures of a plan: how near the route, how smooth, how steady."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.candidates import Candidates
from recommender.costs import FIFTHS
from recommender.routes import Course


def measure(candidates: Candidates, order: Sequence[int], course: Course) -> dict[str, float]:
    """Figures of the tracks at `order` (rows) along a course.

    Returns
    -------
    dict
        `tracking_error`: mean distance to the waypoints. `tempo_jump`: mean relative change of tempo, folded over
        octaves, in percent. `key_jump`: mean steps on the circle of fifths. `loudness_jump`: mean change in LU.
        `largest_step` and `largest_step_back` along the route. Unknown tempos, keys and levels are left out; a mean of
        nothing is absent.
    """
    rows = np.asarray(order, np.intp)
    places = candidates.places[rows]
    away = np.hypot(*(places - course.waypoints).T)
    figures = {"tracking_error": float(away.mean()), "length_s": float(candidates.duration_s[rows].sum())}
    if len(rows) < 2:
        return figures
    octaves = np.diff(np.log2(candidates.tempo_bpm[rows].astype(float)))
    octaves = np.abs(octaves - np.rint(octaves))
    key = candidates.key[rows]
    fifths = FIFTHS[key[:-1], key[1:]][(key[:-1] >= 0) & (key[1:] >= 0)]
    level = np.abs(np.diff(candidates.loudness_lufs[rows].astype(float)))
    for name, values in (
        ("tempo_jump", 100 * (2.0 ** octaves[np.isfinite(octaves)] - 1)),
        ("key_jump", fifths),
        ("loudness_jump", level[np.isfinite(level)]),
    ):
        if len(values):
            figures[name] = float(values.mean())
    move = np.diff(places, axis=0)
    figures["largest_step"] = float(np.hypot(*move.T).max())
    figures["largest_step_back"] = float(max(0.0, -(move * course.directions).sum(axis=1).min()))
    return figures


def steps_back_share(places: NDArray[np.float64], directions: NDArray[np.float64], *, more_than: float = 0.03) -> float:
    """Share of transitions that move back along the route by more than `more_than`."""
    back = -(np.diff(places, axis=0) * directions).sum(axis=1)
    return float((back > more_than).mean()) if len(back) else 0.0
