"""The tracks that one set of rules leaves, with their own costs and their index, worked out once and kept."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.candidates import Candidates, NearestTracks
from recommender.constraints import Rules
from recommender.costs import Weights, spread_cost, to_grid
from recommender.hard_rules import hidden_tracks, low_tracks

KEPT_FIELDS = 6
"""How many sets of rules have their index kept; one takes about 100 MB at a million tracks."""
FEW = 400
"""Up to this many tracks named one by one are put right after the search instead of building a new index."""
LIKED = 0.7
"""Songs liked this much are songs to fall back on."""
MANY = 5_000
"""In a library of this many tracks a few more or less change neither its median length nor its number of artists."""
_PREFERENCES = ("liking", "familiar_first", "rested")
_EXCLUSIONS = ("avoid_tracks", "vetoes")
_SHAPE = (
    "max_low_valence_tracks",
    "max_low_valence_minutes",
    "largest_step",
    "length_tolerance_s",
    "artist_spacing",
    "pins",
    "opening",
    "closing",
    "slots",
)


@dataclass(frozen=True)
class Field:
    """The allowed tracks and what each costs wherever it stands.

    Attributes
    ----------
    allowed : ndarray of shape (n_tracks,)
        Which tracks no hard rule hides.
    low : ndarray of shape (n_tracks,)
        Which tracks count as a low mood.
    own : ndarray of shape (n_tracks,)
        Cost of a track apart from its distance to the route, in cost units.
    hidden : dict
        How many tracks each rule hid.
    rows : ndarray
        What the rows of the index stand for.
    known_well : ndarray
        Rows of allowed tracks that are loved or known well.
    stale : ndarray of shape (n_tracks,), optional
        Tracks of the index that must not be used, or whose cost has changed since it was built.
    apart : ndarray
        Rows of allowed tracks whose cost the index does not know.
    base : Field, optional
        The field that this one differs from by few tracks.
    """

    candidates: Candidates
    weights: Weights
    allowed: NDArray[np.bool_]
    low: NDArray[np.bool_]
    own: NDArray[np.float64]
    hidden: dict[str, int]
    index: NearestTracks
    rows: NDArray[np.intp]
    known_well: NDArray[np.intp]
    stale: NDArray[np.bool_] | None = None
    apart: NDArray[np.intp] | None = None
    n_stale: int = 0
    base: Field | None = None

    @cached_property
    def n_allowed(self) -> int:
        """How many tracks may play."""
        return int(self.allowed.sum())

    @cached_property
    def n_artists(self) -> int:
        """How many artists there are among them; where some are unknown, more than any plan needs."""
        if self.base is not None and self.base.n_allowed >= MANY:
            return self.base.n_artists
        artists = np.unique(self.candidates.artist[self.allowed])
        return len(artists) if len(artists) and artists[0] >= 0 else 1 << 30

    @cached_property
    def median_s(self) -> float:
        """Median length of an allowed track."""
        if self.base is not None and self.base.n_allowed >= MANY:
            return self.base.median_s
        return float(np.median(self.candidates.duration_s[self.allowed]))

    @cached_property
    def lengths_s(self) -> NDArray[np.float64]:
        """Lengths of the allowed songs, one file each, shortest first."""
        if self.base is not None and self.base.n_allowed >= MANY:
            return self.base.lengths_s
        allowed = np.flatnonzero(self.allowed)
        _, first = np.unique(self.candidates.song[allowed], return_index=True)
        return np.sort(self.candidates.duration_s[allowed[first]].astype(float))

    def nearest(self, waypoints: NDArray[np.float64], count: int) -> list[tuple[NDArray[np.intp], NDArray[np.int32]]]:
        """The exact `count` cheapest allowed tracks at each waypoint, cheapest first, with their cost on the grid."""
        places, inverse = np.unique(np.round(waypoints, 9), axis=0, return_inverse=True)
        found = self.index.query(places, count + self.n_stale + 8)
        answers = []
        for place, at in zip(places, found, strict=True):
            here = self.rows[at]
            if self.stale is not None and self.apart is not None:
                here = np.concatenate([here[~self.stale[here]], self.apart])
            cost = self.cost_at(here, place)
            # Ties by id, so that neither the order of the catalogue nor the machine matters.
            order = np.lexsort((self.candidates.ids[here], cost))[:count]
            answers.append((here[order], cost[order]))
        return [answers[at] for at in inverse.reshape(-1)]

    def cost_at(self, rows: NDArray[np.intp], place: NDArray[np.float64]) -> NDArray[np.int32]:
        """Cost of single tracks at a place of the route, on the grid."""
        away = self.candidates.tracked[rows] - place
        return to_grid(self.weights.tracking * (away**2).sum(axis=1) + self.own[rows])


def field_of(candidates: Candidates, rules: Rules, weights: Weights) -> Field:
    """The field of these rules; the part that reads the music alone is kept with `candidates` and used again.

    Rules and likings that name few single tracks do not need an index of their own: their tracks are put right after
    the search, which stays exact.
    """
    apart: list[str] = []
    for names in (_EXCLUSIONS, _PREFERENCES):
        if sum(len(getattr(rules, name)) for name in names) <= FEW:
            apart += names
    shared = replace(rules, only_tracks=None, **{name: type(getattr(rules, name))() for name in apart})
    base = _kept(candidates, shared, weights)
    rest = replace(
        Rules(), only_tracks=rules.only_tracks, **{name: getattr(rules, name) for name in apart if getattr(rules, name)}
    )
    return base if rest == Rules() else _put_right(base, rest)


def _kept(candidates: Candidates, rules: Rules, weights: Weights) -> Field:
    key, kept = (_key_of(rules), weights), candidates.kept
    # Taken out and put back last: equal keys are compared once, which costs most where likings are many.
    found: Field | None = kept.pop(key, None)
    kept[key] = found = found or _build(candidates, rules, weights)
    while len(kept) > KEPT_FIELDS:
        kept.popitem(last=False)
    return found


def _key_of(rules: Rules) -> Hashable:
    values = {entry.name: getattr(rules, entry.name) for entry in fields(Rules) if entry.name not in _SHAPE}
    # In their order: much quicker to compare than a set, and the same likings in another order only build once more.
    values["liking"] = (tuple(rules.liking), tuple(rules.liking.values()))
    return (*values.items(), 0 in (rules.max_low_valence_tracks, rules.max_low_valence_minutes))


def _off_tempo(candidates: Candidates, rules: Rules) -> NDArray[np.float64]:
    """How far each tempo lies outside the preferred ones, from 0 to 1 (half an octave); half where it is unknown."""
    tempo = candidates.tempo_bpm.astype(float)
    slowest, fastest = rules.prefer_min_tempo_bpm or 1e-9, rules.prefer_max_tempo_bpm or np.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        octaves = np.maximum(np.log2(slowest / tempo), np.log2(tempo / fastest))
    away = np.clip(2 * octaves, 0.0, 1.0)
    return np.where(np.isfinite(tempo) & (tempo > 0), away, 0.5)


def _build(candidates: Candidates, rules: Rules, weights: Weights) -> Field:
    hidden = hidden_tracks(candidates, rules)
    allowed = np.ones(len(candidates), np.bool_)
    for mask in hidden.values():
        allowed &= ~mask
    own = weights.tracking * spread_cost(candidates, weights)
    own += weights.liking * 0.5  # unknown liking is neutral
    if rules.instrumental_first:
        own += np.where(candidates.known("instrumental"), 0.0, weights.sung)
    if rules.prefer_min_tempo_bpm is not None or rules.prefer_max_tempo_bpm is not None:
        own += weights.off_tempo * _off_tempo(candidates, rules)
    if rules.low_energy_first:
        own += weights.energy * np.clip((np.nan_to_num(candidates.arousal.astype(float)) + 1) / 2, 0.0, 1.0)
    _prefer(own, candidates, rules, weights)
    rows = np.flatnonzero(allowed)
    return Field(
        candidates,
        weights,
        allowed=allowed,
        low=low_tracks(candidates, rules),
        own=own,
        hidden=_counts(hidden),
        index=NearestTracks(candidates.tracked[rows], own[rows] / weights.tracking),
        rows=rows,
        known_well=_known_well(candidates, rules, allowed),
    )


def _prefer(own: NDArray[np.float64], candidates: Candidates, rules: Rules, weights: Weights) -> None:
    """Add what liking, familiarity and rest cost or spare."""
    liked = {
        at: liking for track, liking in rules.liking.items() if (at := candidates.position_of.get(track)) is not None
    }
    own[list(liked)] += weights.liking * (0.5 - np.array(list(liked.values()), float))
    if rules.familiar_first:
        own += weights.familiar
        own[_rows(candidates, rules.familiar_first)] -= weights.familiar
    own[_rows(candidates, rules.rested)] += weights.rested


def _rows(candidates: Candidates, track_ids: Collection[str]) -> NDArray[np.intp]:
    found = {row for row in map(candidates.position_of.get, track_ids) if row is not None}
    return np.array(sorted(found), np.intp)


def _known_well(candidates: Candidates, rules: Rules, allowed: NDArray[np.bool_]) -> NDArray[np.intp]:
    loved = [track_id for track_id, liking in rules.liking.items() if liking >= LIKED]
    rows = _rows(candidates, {*rules.familiar_first, *loved})
    return rows[allowed[rows]]


def _counts(hidden: dict[str, NDArray[np.bool_]]) -> dict[str, int]:
    return {name: int(mask.sum()) for name, mask in hidden.items() if mask.any()}


def _put_right(base: Field, rules: Rules) -> Field:
    """`base` with the rules that name single tracks."""
    candidates, weights = base.candidates, base.weights
    named_only = replace(rules, familiar_first=frozenset(), rested=frozenset())
    hidden = hidden_tracks(candidates, named_only)
    allowed = base.allowed.copy()
    for mask in hidden.values():
        allowed &= ~mask
    own = base.own.copy()
    _prefer(own, candidates, rules, weights)
    changed = _rows(candidates, {*rules.liking, *rules.familiar_first, *rules.rested})
    known_well = np.union1d(base.known_well[allowed[base.known_well]], _known_well(candidates, rules, allowed))
    field = replace(
        base, allowed=allowed, own=own, hidden=base.hidden | _counts(hidden), known_well=known_well, base=base
    )
    if rules.only_tracks is not None:
        rows = np.flatnonzero(allowed)
        index = NearestTracks(candidates.tracked[rows], own[rows] / weights.tracking)
        return replace(field, index=index, rows=rows, base=None)
    # Other files of avoided songs go as well, so that more can be stale than was named.
    stale = base.allowed & ~allowed
    stale[changed] = True
    return replace(field, stale=stale, apart=changed[allowed[changed]], n_stale=int((stale & base.allowed).sum()))
