"""The tracks that one set of rules leaves, with their own costs and their index, worked out once and kept."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.candidates import Candidates, NearestTracks
from recommender.constraints import Rules
from recommender.costs import Weights, spread_cost, to_grid
from recommender.hard_rules import PER_TRACK, hidden_tracks, low_tracks

KEPT_FIELDS = 6
"""How many sets of rules have their index kept; one takes about 100 MB at a million tracks."""
FEW = 400
"""Up to this many tracks named one by one are put right after the search instead of building a new index."""
_BY_TRACK = (
    "only_tracks",
    "avoid_tracks",
    "vetoes",
    "liking",
    "familiar_first",
    "rested",
)
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
    """

    candidates: Candidates
    weights: Weights
    allowed: NDArray[np.bool_]
    low: NDArray[np.bool_]
    own: NDArray[np.float64]
    hidden: dict[str, int]
    index: NearestTracks
    rows: NDArray[np.intp]
    """What the rows of the index stand for."""
    apart: NDArray[np.intp]
    """Allowed tracks whose cost the index does not know."""
    n_stale: int
    """How many tracks of the index must not be used, or stand in `apart`."""
    stale: NDArray[np.bool_] | None

    @cached_property
    def n_allowed(self) -> int:
        """How many tracks may play."""
        return int(self.allowed.sum())

    @cached_property
    def n_artists(self) -> int:
        """How many artists there are among them; where some are unknown, more than any plan needs."""
        artists = np.unique(self.candidates.artist[self.allowed])
        return len(artists) if len(artists) and artists[0] >= 0 else 1 << 30

    @cached_property
    def median_s(self) -> float:
        """Median length of an allowed track."""
        return float(np.median(self.candidates.duration_s[self.allowed]))

    def nearest(self, waypoints: NDArray[np.float64], count: int) -> list[tuple[NDArray[np.intp], NDArray[np.int32]]]:
        """The exact `count` cheapest allowed tracks at each waypoint, cheapest first, with their cost on the grid."""
        places, inverse = np.unique(np.round(waypoints, 9), axis=0, return_inverse=True)
        found = self.index.query(places, count + self.n_stale + 8)
        inverse = inverse.reshape(-1)
        answers = []
        for place, rows in zip(places, found, strict=True):
            here = self.rows[rows]
            if self.stale is not None:
                here = here[~self.stale[here]]
                here = np.concatenate([here, self.apart])
            cost = self.cost_at(here, place)
            # Ties by id, so that neither the order of the catalogue nor the machine matters.
            order = np.lexsort((self.candidates.ids[here], cost))[:count]
            answers.append((here[order], cost[order]))
        return [answers[at] for at in inverse]

    def cost_at(self, rows: NDArray[np.intp], place: NDArray[np.float64]) -> NDArray[np.int32]:
        """Cost of single tracks at a place of the route, on the grid."""
        away = self.candidates.places[rows] - place
        return to_grid(self.weights.tracking * (away**2).sum(axis=1) + self.own[rows])


def field_of(candidates: Candidates, rules: Rules, weights: Weights) -> Field:
    """The field of these rules; the part that reads the music alone is kept with `candidates` and used again.

    Rules and likings that name few single tracks do not need an index of their own: their tracks are put right after
    the search, which stays exact.
    """
    named = _named_tracks(candidates, rules)
    few = rules.only_tracks is None and len(named) <= FEW
    key = (_key_of(rules, whole=not few), weights)
    kept = candidates.kept
    if key in kept:
        kept.move_to_end(key)
        base: Field = kept[key]
    else:
        base = _build(candidates, _without_named(rules) if few else rules, weights)
        kept[key] = base
        while len(kept) > KEPT_FIELDS:
            kept.popitem(last=False)
    if not few or len(named) == 0:
        return base
    return _put_right(base, rules, named)


def _key_of(rules: Rules, *, whole: bool) -> Hashable:
    skipped = set(_SHAPE) | (set() if whole else set(_BY_TRACK))
    parts: list[Hashable] = []
    for entry in fields(Rules):
        if entry.name in skipped:
            continue
        value = getattr(rules, entry.name)
        if isinstance(value, frozenset):
            value = tuple(sorted(value))
        elif entry.name == "liking":
            value = tuple(sorted(value.items()))
        parts.append((entry.name, value))
    parts.append(0 in (rules.max_low_valence_tracks, rules.max_low_valence_minutes))
    return tuple(parts)


def _without_named(rules: Rules) -> Rules:
    nothing: frozenset[str] = frozenset()
    return replace(
        rules, avoid_tracks=nothing, vetoes=nothing, liking={}, familiar_first=nothing, rested=nothing, only_tracks=None
    )


def _named_tracks(candidates: Candidates, rules: Rules) -> NDArray[np.intp]:
    named = [*rules.avoid_tracks, *rules.vetoes, *rules.liking, *rules.familiar_first, *rules.rested]
    rows = {row for row in map(candidates.position_of.get, named) if row is not None}
    return np.array(sorted(rows), np.intp)


def _build(candidates: Candidates, rules: Rules, weights: Weights) -> Field:
    hidden = hidden_tracks(candidates, rules)
    allowed = np.ones(len(candidates), np.bool_)
    for mask in hidden.values():
        allowed &= ~mask
    own = own_cost(candidates, rules, weights)
    rows = np.flatnonzero(allowed)
    index = NearestTracks(candidates.places[rows], own[rows] / weights.tracking)
    counts = {name: int(mask.sum()) for name, mask in hidden.items() if mask.any()}
    low = low_tracks(candidates, rules)
    none = np.empty(0, np.intp)
    return Field(candidates, weights, allowed, low, own, counts, index, rows, none, 0, None)


def own_cost(candidates: Candidates, rules: Rules, weights: Weights) -> NDArray[np.float64]:
    """What a track costs wherever it stands: its spread, liking, familiarity, rest, sung words; shape (n_tracks,)."""
    cost = weights.tracking * spread_cost(candidates, weights)
    cost += weights.liking * 0.5  # unknown liking is neutral
    for track_id, liking in rules.liking.items():
        row = candidates.position_of.get(track_id)
        if row is not None:
            cost[row] += weights.liking * (0.5 - liking)
    if rules.familiar_first:
        cost += weights.familiar
        for row in map(candidates.position_of.get, rules.familiar_first):
            if row is not None:
                cost[row] -= weights.familiar
    for row in map(candidates.position_of.get, rules.rested):
        if row is not None:
            cost[row] += weights.rested
    if rules.instrumental_first:
        cost += np.where(candidates.known("instrumental"), 0.0, weights.sung)
    return cost


def _put_right(base: Field, rules: Rules, named: NDArray[np.intp]) -> Field:
    candidates, weights = base.candidates, base.weights
    by_track = {name: mask for name, mask in hidden_tracks(candidates, _only_named(rules)).items() if name in PER_TRACK}
    allowed = base.allowed.copy()
    for mask in by_track.values():
        allowed &= ~mask
    own = own_cost(candidates, rules, weights)
    # Other files of avoided songs go as well, so what is stale can be more than what was named.
    stale = base.allowed & ~allowed
    stale[named] = True
    counts = dict(base.hidden) | {name: int(mask.sum()) for name, mask in by_track.items() if mask.any()}
    apart = named[allowed[named]]
    return Field(
        candidates, weights, allowed, base.low, own, counts, base.index, base.rows, apart,
        int((stale & base.allowed).sum()), stale,
    )  # fmt: skip


def _only_named(rules: Rules) -> Rules:
    return Rules(avoid_tracks=rules.avoid_tracks, vetoes=rules.vetoes, liking=rules.liking)
