"""Where a library has music: how many tracks lie near each place of the plane, before anybody asks for a plan."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import convolve

from recommender.explain import NEAR

FINE = 80
"""Squares a side that tracks are counted in: one is 0.025 wide."""
CELLS = 40
"""Squares a side that are answered for."""


def songs_near(places: NDArray[np.floating], *, near: float = NEAR) -> NDArray[np.int64]:
    """How many tracks lie within `near` of the middle of each square of the plane.

    Parameters
    ----------
    places : ndarray of shape (n_tracks, 2)
        Valence and arousal in [-1, 1]; rows that hold NaN count nowhere.
    near : float
        How far a track may stand from the route and still be near it.

    Returns
    -------
    ndarray of shape (CELLS, CELLS)
        By valence, then arousal, both from -1 up. Tracks are counted in squares of 0.025, so that one at the very edge
        of `near` may count or not.
    """
    known = places[np.isfinite(places).all(axis=1)]
    counts, _, _ = np.histogram2d(known[:, 0], known[:, 1], bins=FINE, range=[[-1, 1], [-1, 1]])
    width = 2 / FINE
    # The middle of a coarse square is a corner of four fine ones: their middles lie half a square off it.
    half = int(np.ceil(near / width))
    off = (np.arange(-half, half) + 0.5) * width
    disk = (off[:, None] ** 2 + off[None, :] ** 2 <= near**2).astype(float)
    each = FINE // CELLS
    around = np.pad(counts, half)
    corners = convolve(around, disk, mode="constant")
    # An even window is laid from just left of its place: a corner belongs to the square before it.
    middles = half + each // 2 + each * np.arange(CELLS) - 1
    found: NDArray[np.int64] = np.rint(corners[np.ix_(middles, middles)]).astype(np.int64)
    return found
