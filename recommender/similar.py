"""More like this: tracks near a track in mood and sound together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.candidates import Candidates
from recommender.constraints import Rules
from recommender.costs import Weights
from recommender.errors import RulesError
from recommender.field import field_of

_SOUND_NAMES = ("pulse_clarity", "mode", "key_clarity", "loudness_lufs")


def more_like(
    candidates: Candidates,
    track_id: str,
    rules: Rules | None = None,
    *,
    count: int = 10,
    weights: Weights | None = None,
) -> tuple[str, ...]:
    """The allowed tracks nearest to a track in mood and sound, nearest first, without other files of the same song.

    Sound is the tracks' sound vectors where the source has them, otherwise tempo, pulse, mode, key clarity and level.

    Raises
    ------
    RulesError
        If there is no such track.
    """
    rules, weights = rules or Rules(), weights or Weights()
    row = candidates.position_of.get(track_id)
    if row is None:
        raise RulesError(f"track {track_id} is not among the tracks. Choose another.", track_id=track_id)
    field = field_of(candidates, rules, weights)
    rows = np.flatnonzero(field.allowed & (candidates.song != candidates.song[row]))
    sound = sound_vectors(candidates)
    apart = ((sound[rows] - sound[row]) ** 2).mean(axis=1)
    cost = field.cost_at(rows, candidates.tracked[row]) / 65536 + weights.sound * 0.25 * apart
    order = np.lexsort((candidates.ids[rows], np.round(cost, 6)))
    chosen: list[str] = []
    songs: set[int] = set()
    for at in order.tolist():
        song = int(candidates.song[rows[at]])
        if song not in songs:
            songs.add(song)
            chosen.append(str(candidates.ids[rows[at]]))
        if len(chosen) == count:
            break
    return tuple(chosen)


def sound_vectors(candidates: Candidates) -> NDArray[np.float64]:
    """Sound of every track, each column with mean 0 and deviation 1, shape (n_tracks, n_dimensions); unknown is 0."""
    if len(candidates.vectors) == len(candidates) and candidates.vectors.ndim == 2:
        columns = candidates.vectors.astype(float)
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            turn = 2 * np.pi * np.log2(candidates.tempo_bpm.astype(float))
        # Tempo goes round in octaves: half and double are the same pulse.
        names = [candidates.known(name).astype(float) for name in _SOUND_NAMES]
        columns = np.column_stack([np.cos(turn), np.sin(turn), *names])
    known = np.isfinite(columns)
    filled = np.where(known, columns, 0.0)
    counts = np.maximum(known.sum(axis=0), 1)
    mean = filled.sum(axis=0) / counts
    spread = np.sqrt((np.where(known, columns - mean, 0.0) ** 2).sum(axis=0) / counts)
    standard: NDArray[np.float64] = np.where(known, (filled - mean) / np.where(spread > 0, spread, 1.0), 0.0)
    return standard
