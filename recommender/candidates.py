"""The tracks that a plan may draw on, as arrays."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from collections.abc import Hashable

KEY_NAMES = tuple(
    f"{tonic} {mode}"
    for mode in ("major", "minor")
    for tonic in ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
)
"""Names of the 24 keys, as hearing spells them; a track's `key` array holds the index, or -1 where no key is known."""

MOST_DRAWN = 0.1
"""On each axis: a song that counts as being on the route is shown no further than 0.14 from it."""


@dataclass(frozen=True, repr=False)
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
    valence_expected: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    """What listeners can be expected to say of it: nearer the middle than `valence`, which is spread as ratings are."""
    arousal_expected: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))
    titles: tuple[str, ...] = ()
    artists: tuple[str, ...] = ()
    albums: tuple[str, ...] = ()
    themes: tuple[frozenset[str], ...] = ()
    vectors: NDArray[np.float32] = field(default_factory=lambda: np.empty((0, 0), np.float32))
    """Compact sound vectors for "more like this", shape (n_tracks, n_dimensions)."""

    def __len__(self) -> int:
        return len(self.ids)

    def __repr__(self) -> str:
        return f"<{len(self)} candidates>"  # a million rows help nobody who reads an error

    def take(self, rows: NDArray[np.intp]) -> Candidates:
        """Some of the tracks, in this order."""
        changed: dict[str, Any] = {}
        for one in fields(self):
            values = getattr(self, one.name)
            if len(values) == len(self):
                changed[one.name] = (
                    tuple(values[row] for row in rows.tolist()) if isinstance(values, tuple) else values[rows]
                )
        return replace(self, **changed)

    @cached_property
    def position_of(self) -> dict[str, int]:
        """Where each track id stands in the arrays."""
        return {track_id: row for row, track_id in enumerate(self.ids.tolist())}

    @cached_property
    def places(self) -> NDArray[np.float64]:
        """Valence and arousal side by side, shape (n_tracks, 2)."""
        return np.column_stack([self.valence, self.arousal]).astype(np.float64)

    @cached_property
    def tracked(self) -> NDArray[np.float64]:
        """Where a plan takes each track to be when it follows a route, shape (n_tracks, 2).

        The squared distance from a place that listeners' ratings will have is least in expectation for the track that
        is expected there, not for the one that is shown there: what is far from the middle by an estimate is nearer to
        it by people's ratings. So a place is drawn towards its expectation, but never by more than `MOST_DRAWN`, so
        that a song on the route is still seen near it.
        """
        expected = np.column_stack([self.known("valence_expected"), self.known("arousal_expected")]).astype(np.float64)
        drawn = np.clip(expected - self.places, -MOST_DRAWN, MOST_DRAWN)
        drawn[~np.isfinite(drawn)] = 0.0
        drawn[self.known("certain_mood")] = 0.0
        return self.places + drawn

    def as_shown(self) -> Candidates:
        """The same, to be followed where they are shown."""
        if not len(self.valence_expected) and not len(self.arousal_expected):
            return self
        nothing = np.empty(0, np.float32)
        return replace(self, valence_expected=nothing, arousal_expected=nothing)

    @cached_property
    def moods(self) -> NDArray[np.float32]:
        """`places` at single precision, for the many pairs of tracks that a search compares."""
        return np.column_stack([self.valence, self.arousal]).astype(np.float32)

    @cached_property
    def octaves(self) -> NDArray[np.float32]:
        """log2 of the tempo, shape (n_tracks,); NaN where there is no clear pulse."""
        with np.errstate(divide="ignore", invalid="ignore"):
            octaves: NDArray[np.float32] = np.log2(np.where(self.tempo_bpm > 0, self.tempo_bpm, np.nan))
        return octaves.astype(np.float32)

    @cached_property
    def kept(self) -> OrderedDict[Hashable, Any]:
        """What planning has worked out for these tracks and may use again (`constraints.field_of` bounds its size)."""
        return OrderedDict()

    def known(self, name: str) -> NDArray[Any]:
        """The array `name`, or one of unknowns (NaN, or False for a claim) where the source has none."""
        values: NDArray[Any] = getattr(self, name)
        if len(values) == len(self):
            return values
        if values.dtype == np.bool_:
            return np.zeros(len(self), np.bool_)
        return np.full(len(self), np.nan, np.float32)


class NearestTracks:
    """Exact nearest tracks to a mood, their own cost included.

    A track's cost at waypoint g is |m - g|² + c, where c (its spread, how little it is liked) does not depend on g.
    With √(c - min c) as a third coordinate the squared distance in space is that cost, up to the constant, so that an
    exact nearest-neighbour search in three dimensions returns the exact best tracks.

    Parameters
    ----------
    places : ndarray of shape (n_tracks, 2)
        Valence and arousal.
    own_cost : ndarray of shape (n_tracks,)
        c, in units of squared distance, finite.
    """

    def __init__(self, places: NDArray[np.float64], own_cost: NDArray[np.float64]) -> None:
        height = np.sqrt(own_cost - own_cost.min(initial=np.inf)) if len(own_cost) else own_cost
        # Splitting at the middle of a box instead of at the median builds five times as fast and answers as fast.
        self._tree = cKDTree(np.column_stack([places, height]), balanced_tree=False, compact_nodes=False)

    def query(self, waypoints: NDArray[np.float64], count: int) -> NDArray[np.intp]:
        """Rows of the `count` cheapest tracks at each waypoint, shape (n_waypoints, min(count, n_tracks))."""
        count = min(count, self._tree.n)
        points = np.column_stack([waypoints, np.zeros(len(waypoints))])
        _, rows = self._tree.query(points, k=np.arange(1, count + 1))
        return np.asarray(rows, dtype=np.intp)
