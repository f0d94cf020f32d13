"""The one synthetic library that planning is measured on; fixed, so that figures compare over time and between rules.

Valence and arousal come from a mixture of four normals (centres ±.3, SD .25, clipped to [-1, 1]), spreads from .15 to
.4, durations log-normal with a median of 3.7 minutes (σ .35), tempo log-normal round 110 BPM (a quarter of an octave),
the 24 keys alike, loudness N(-12, 3) LUFS, artists by Zipf's law, liking unknown for four tracks of five.
"""

from __future__ import annotations

import numpy as np

from recommender.candidates import Candidates
from recommender.mood import Mood


def library(n_tracks: int, *, rng: int = 0) -> Candidates:
    """Draw a library of `n_tracks`."""
    draw = np.random.default_rng(rng)
    centre = draw.choice([-0.3, 0.3], size=(n_tracks, 2))
    mood = np.clip(centre + draw.normal(0, 0.25, (n_tracks, 2)), -1, 1).astype(np.float32)
    spread = draw.uniform(0.15, 0.4, (n_tracks, 2)).astype(np.float32)
    return Candidates(
        ids=np.array([f"t{number:07d}" for number in range(n_tracks)]),
        valence=mood[:, 0],
        arousal=mood[:, 1],
        valence_sd=spread[:, 0],
        arousal_sd=spread[:, 1],
        duration_s=np.exp(draw.normal(np.log(3.7 * 60), 0.35, n_tracks)).astype(np.float32),
        tempo_bpm=(110 * 2.0 ** draw.normal(0, 0.25, n_tracks)).astype(np.float32),
        key=draw.integers(0, 24, n_tracks).astype(np.int8),
        loudness_lufs=draw.normal(-12, 3, n_tracks).astype(np.float32),
        artist=(np.minimum(draw.zipf(1.3, n_tracks), max(n_tracks // 4, 2)) - 1).astype(np.int32),
        song=np.arange(n_tracks, dtype=np.int32),
    )


def likings(candidates: Candidates, *, rng: int = 0) -> dict[str, float]:
    """Liking of one track in five, uniform on [0, 1]."""
    draw = np.random.default_rng(rng)
    known = np.flatnonzero(draw.random(len(candidates)) < 0.2)
    values = draw.random(len(known))
    return {str(candidates.ids[row]): float(value) for row, value in zip(known, values, strict=True)}


def moods(count: int, *, rng: int = 0, least_distance: float = 0.5) -> list[tuple[Mood, Mood]]:
    """Present moods and targets within the bulk of the library, at least `least_distance` apart."""
    draw = np.random.default_rng(rng)
    pairs: list[tuple[Mood, Mood]] = []
    while len(pairs) < count:
        present, target = (Mood(*draw.uniform(-0.6, 0.6, 2).round(3).tolist()) for _ in range(2))
        if present.distance(target) >= least_distance:
            pairs.append((present, target))
    return pairs


def tastes(candidates: Candidates, n_members: int, *, rng: int = 0) -> list[dict[str, float]]:
    """Liking of every track by each member of a group: two who are alike, the others each their own way.

    A track and a member are directions in a space of four dimensions; liking is a half plus half of how well the
    two agree, with noise (SD .1), clipped to [0, 1].
    """
    draw = np.random.default_rng(rng)
    style = draw.normal(0, 1, (len(candidates), 4))
    style /= np.linalg.norm(style, axis=1, keepdims=True)
    taste = draw.normal(0, 1, (n_members, 4))
    taste[1] = taste[0] + draw.normal(0, 0.3, 4)
    taste /= np.linalg.norm(taste, axis=1, keepdims=True)
    liking = np.clip(0.5 + 0.5 * taste @ style.T + draw.normal(0, 0.1, (n_members, len(candidates))), 0, 1)
    ids = candidates.ids.tolist()
    return [dict(zip(ids, row.tolist(), strict=True)) for row in liking]
