"""What a track costs at a place of the route, and what one track after another costs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.candidates import Candidates

GRID = 65536
"""Costs are whole numbers of 1/65536, so that sums are exact in any order and ties are the same on every machine."""
FORBIDDEN = 1 << 28
"""Above any sum of real costs; three of them still fit 32 bits."""
STEP_BACK = 0.03
"""Moving back along the route by less than this is not noticed."""


@dataclass(frozen=True)
class Weights:
    """How much each term counts; all are defaults without direct evidence, chosen on synthetic libraries."""

    tracking: float = 12.0
    """Per squared distance from the route."""
    spread: float = 0.05
    """λ: part of a track's variance that counts like squared distance."""
    liking: float = 0.5
    """From the least to the most liked: a loved song may stand 0.14 off the route before an unknown one is chosen."""
    tempo: float = 1.1
    """Per octave; tempos are folded, so that half and double cost nothing."""
    key: float = 0.035
    """Per step on the circle of fifths; a minor key stands with its relative major."""
    loudness: float = 0.035
    """Per LU."""
    step: float = 10.0
    """Per unit of mood beyond the largest step, where that had to give way."""
    step_back: float = 10.0
    familiar: float = 0.25
    """For a track that is not known well, where such tracks should come first."""
    sung: float = 0.25
    off_tempo: float = 0.2
    """For a tempo half an octave and more outside the preferred ones; half of it where no tempo is known."""
    energy: float = 0.2
    """From the least to the most energy, where low energy is preferred."""
    rested: float = 2.0
    keep: float = 1.5
    """In favour of a track that the plan being changed already holds."""
    sound: float = 1.0
    """Per squared distance between sound vectors, for "more like this"."""


def to_grid(cost: NDArray[np.floating]) -> NDArray[np.int32]:
    """Costs as whole numbers of the grid."""
    on_grid: NDArray[np.int32] = np.rint(np.minimum(cost, FORBIDDEN / GRID) * GRID).astype(np.int32)
    return on_grid


def spread_cost(candidates: Candidates, weights: Weights) -> NDArray[np.float64]:
    """λ · tr S in units of squared distance; zero where a person said the mood."""
    variance = candidates.valence_sd.astype(float) ** 2 + candidates.arousal_sd.astype(float) ** 2
    variance[candidates.known("certain_mood")] = 0.0
    # A spread nobody knows is no better than the widest one that could be.
    return weights.spread * np.where(np.isfinite(variance), variance, 2.0)


def circle_of_fifths() -> NDArray[np.int32]:
    """Steps on the circle of fifths between the keys of `KEY_NAMES`, shape (25, 25); the last is unknown."""
    tonic = np.concatenate([np.arange(12), (np.arange(12) + 3) % 12])  # a minor key stands with its relative major
    place = tonic * 7 % 12
    apart = np.abs(place[:, None] - place[None, :])
    table = np.zeros((25, 25), np.int32)
    table[:24, :24] = np.minimum(apart, 12 - apart)
    return table


FIFTHS = circle_of_fifths()


@dataclass(frozen=True)
class Sound:
    """What transitions read of the tracks of one slot."""

    place: NDArray[np.float32]
    octave: NDArray[np.float32]
    """log2 of the tempo; NaN where there is no clear pulse."""
    key: NDArray[np.int8]
    loudness: NDArray[np.float32]

    @classmethod
    def of(cls, candidates: Candidates, rows: NDArray[np.intp]) -> Sound:
        """Read the tracks at `rows`."""
        return cls(
            candidates.moods.take(rows, axis=0),
            candidates.octaves.take(rows),
            candidates.key.take(rows),
            candidates.loudness_lufs.take(rows),
        )


def flow_cost(before: Sound, after: Sound, weights: Weights) -> NDArray[np.float32]:
    """Tempo, key and loudness of every transition, shape (n_before, n_after); an unknown costs nothing."""
    octaves: NDArray[np.float32] = before.octave[:, None] - after.octave[None, :]
    octaves -= np.rint(octaves)
    np.abs(octaves, out=octaves)
    octaves *= np.float32(weights.tempo)
    loudness = before.loudness[:, None] - after.loudness[None, :]
    np.abs(loudness, out=loudness)
    loudness *= np.float32(weights.loudness)
    if np.isnan(before.octave).any() or np.isnan(after.octave).any():
        np.nan_to_num(octaves, copy=False, nan=0.0)
    if np.isnan(before.loudness).any() or np.isnan(after.loudness).any():
        np.nan_to_num(loudness, copy=False, nan=0.0)
    fifths = (FIFTHS * np.float32(weights.key)).astype(np.float32)
    octaves += loudness
    octaves += fifths[before.key].take(after.key, axis=1)
    return octaves


def steps(before: NDArray[np.float32], after: NDArray[np.float32]) -> NDArray[np.float32]:
    """Distance on the plane between every two tracks, shape (n_before, n_after)."""
    squared: NDArray[np.float32] = before[:, 0, None] - after[None, :, 0]
    squared *= squared
    arousal = before[:, 1, None] - after[None, :, 1]
    arousal *= arousal
    squared += arousal
    np.sqrt(squared, out=squared)
    return squared


def steps_back(
    before: NDArray[np.float32], after: NDArray[np.float32], direction: NDArray[np.float64]
) -> NDArray[np.float32]:
    """How far each transition moves against `direction`, shape (n_before, n_after); negative moves forward."""
    heading = direction.astype(np.float32)
    gone = before[:, 0] * heading[0] + before[:, 1] * heading[1]
    reached = after[:, 0] * heading[0] + after[:, 1] * heading[1]
    back: NDArray[np.float32] = gone[:, None] - reached[None, :]
    return back


def transition_cost(
    before: Sound,
    after: Sound,
    direction: NDArray[np.float64],
    weights: Weights,
    *,
    largest_step: float,
    limit_is_firm: bool,
    hard_step: float | None = None,
    flows: bool = True,
) -> NDArray[np.int32]:
    """Cost of every transition between two slots, on the grid, shape (n_before, n_after).

    Parameters
    ----------
    largest_step : float
        Steps beyond it, and steps back, are forbidden where `limit_is_firm` and costly otherwise.
    hard_step : float, optional
        A limit that a person set: always forbidden beyond.
    flows : bool
        Whether the two tracks are heard one after the other; with talk or silence between them tempo, key and loudness
        do not matter.
    """
    shape = (len(before.key), len(after.key))
    cost = flow_cost(before, after, weights) if flows else np.zeros(shape, np.float32)
    far = steps(before.place, after.place)
    back = steps_back(before.place, after.place, direction)
    too_far, too_far_back = far > np.float32(largest_step + 1e-6), back > np.float32(STEP_BACK)
    if limit_is_firm:
        forbidden = too_far
        forbidden |= too_far_back
    else:
        cost += np.where(too_far, weights.step * (far - np.float32(largest_step)), np.float32(0))
        cost += np.where(too_far_back, weights.step_back * (back - np.float32(STEP_BACK)), np.float32(0))
        forbidden = np.zeros(shape, np.bool_)
    if hard_step is not None:
        forbidden |= far > np.float32(hard_step + 1e-6)
    cost *= np.float32(GRID)
    on_grid = np.rint(cost, out=cost).astype(np.int32)
    on_grid[forbidden] = FORBIDDEN
    return on_grid
