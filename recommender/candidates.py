"""The tracks that a plan may draw on, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

KEY_NAMES = tuple(
    f"{tonic} {mode}"
    for mode in ("major", "minor")
    for tonic in ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
)
"""Names of the 24 keys; a track's `key` array holds the index, or -1 where no key is known."""


@dataclass(frozen=True)
class Candidates:
    """Column arrays, one entry a track, all of the same length.

    Unknown is NaN (floats) or -1 (`key`), never a made-up number. Only `ids` to `song` are always there; the others are
    needed by some rules and may be empty arrays (of length 0) where a source does not know them.
    """

    ids: NDArray[np.str_]
    valence: NDArray[np.float32]
    """Mood on the one scale, in [-1, 1]; a person's correction or tag where there is one."""
    arousal: NDArray[np.float32]
    valence_sd: NDArray[np.float32]
    arousal_sd: NDArray[np.float32]
    duration_s: NDArray[np.float32]
    tempo_bpm: NDArray[np.float32]
    key: NDArray[np.int8]
    loudness_lufs: NDArray[np.float32]
    artist: NDArray[np.int32]
    """Same number, same artist; -1 where the artist is unknown (then no two tracks share it)."""
    song: NDArray[np.int32]
    """Same number, same song, also under another file."""
    # What single rules read:
    tempo_alternative_bpm: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    tempo_odds: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    """Probability of `tempo_bpm` against its alternative, in [0, 1]."""
    pulse_clarity: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    tempo_drift: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    """Largest relative departure of the local tempo from `tempo_bpm`."""
    key_clarity: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    mode: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    largest_rise_db: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    outside_training: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    certain_mood: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    """Whether the mood was said by a person (correction), so that limits read it as certain."""
    instrumental: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    """True only where it is known; unknown counts as sung."""
    words_checked: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))
    titles: tuple[str, ...] = ()
    artists: tuple[str, ...] = ()
    albums: tuple[str, ...] = ()
    themes: tuple[frozenset[str], ...] = ()
    vectors: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))
    """Compact sound vectors for "more like this", shape (n_tracks, n_dimensions)."""

    def __len__(self) -> int:
        return len(self.ids)
