"""What may replace a planned track without being a new plan: chosen so that any single exchange keeps every rule."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recommender.constraints import Rules
from recommender.costs import FORBIDDEN, Sound, transition_cost
from recommender.field import Field
from recommender.playlist import Playlist, Pool
from recommender.routes import Course

OPENERS = 3
ALTERNATES = 2
KNOWN_WELL = 5


def with_pool(
    playlist: Playlist,
    field: Field,
    rules: Rules,
    course: Course,
    order: Sequence[int],
    rows: list[NDArray[np.intp]],
    *,
    heard: Sequence[int] = (),
) -> Playlist:
    """`playlist` with its pool: openers, alternates, songs known well, and what a new plan may draw on.

    Every alternate is allowed by every hard rule, is no song of the playlist or of another slot, is no lower in mood
    than the limits still permit, and alone keeps the length, the artist spacing and the largest step wherever the plan
    itself does.
    """
    candidates = field.candidates
    ids = candidates.ids
    taken = {int(candidates.song[row]) for row in (*order, *heard)}
    alternates: list[tuple[str, ...]] = []
    openers = [str(ids[order[0]])]
    for place in range(len(order)):
        if playlist.tracks[place].locked:
            alternates.append(())
            continue
        wanted = ALTERNATES + (OPENERS - 1 if place == 0 else 0)
        beside = [field.candidates.position_of[track_id] for track_id in alternates[-1]] if place else []
        found = _best(field, rules, course, order, place, rows[place], taken, wanted, beside)
        if place == 0:
            # Openers first: the first song is always a choice of three.
            openers += [str(ids[row]) for row in found[: OPENERS - 1]]
            found = found[:ALTERNATES]
        alternates.append(tuple(str(ids[row]) for row in found[:ALTERNATES]))
        taken |= {int(candidates.song[row]) for row in found}
    known = _known_well(field, course, heard)
    replan = dict.fromkeys(
        [*playlist.track_ids(), *openers, *(track_id for slot in alternates for track_id in slot), *known]
    )
    return replace(playlist, pool=Pool(tuple(openers), tuple(alternates), known, tuple(replan)))


def _best(
    field: Field,
    rules: Rules,
    course: Course,
    order: Sequence[int],
    place: int,
    rows: NDArray[np.intp],
    taken: set[int],
    count: int,
    beside: list[int],
) -> list[int]:
    """Rows that could stand at `place` instead, cheapest first; `beside` may stand before it by then."""
    candidates = field.candidates
    here = rows[~is_among(candidates.song[rows], taken)]
    if field.low.any() and not field.low[order[place]]:
        here = here[~field.low[here]]
    length = float(candidates.duration_s[np.asarray(order)].astype(float).sum())
    if rules.max_low_valence_minutes is not None and field.low[order[place]]:
        here = here[candidates.duration_s[here] <= candidates.duration_s[order[place]]]
    spacing = rules.artist_spacing
    near = [order[at] for at in range(max(0, place - spacing + 1), min(len(order), place + spacing)) if at != place]
    artists = [int(candidates.artist[row]) for row in near if candidates.artist[row] >= 0]
    here = here[~is_among(candidates.artist[here], artists)]
    if len(here) == 0:
        return []
    cost = field.cost_at(here, course.waypoints[place]).astype(np.int64)
    pauses = {slot.position for slot in rules.slots}
    sound = Sound.of(candidates, here)
    for first, second, slot in ((place - 1, place, place - 1), (place, place + 1, place)):
        if first < 0 or second >= len(order):
            continue
        other = Sound.of(candidates, np.array([order[first if first != place else second]]))
        pair = (other, sound) if second == place else (sound, other)
        cost += transition_cost(
            *pair,
            course.directions[slot],
            field.weights,
            largest_step=course.largest_step,
            limit_is_firm=False,
            hard_step=rules.largest_step,
            flows=slot + 1 not in pauses,
        ).ravel()
    if rules.largest_step is not None:
        for other_row in beside:
            step = np.hypot(*(candidates.places[here] - candidates.places[other_row]).T)
            cost[step > rules.largest_step] += FORBIDDEN
    # A minute more or less than the track it replaces weighs like a large jump of tempo.
    change = np.abs(candidates.duration_s[here].astype(float) - float(candidates.duration_s[order[place]]))
    cost += np.rint(change * 65536 * 0.005).astype(np.int64)
    wanted_s = length
    keeps = np.abs(length - float(candidates.duration_s[order[place]]) + candidates.duration_s[here] - wanted_s)
    fits = (keeps <= rules.length_tolerance_s) & (cost < FORBIDDEN)
    here, cost = here[fits], cost[fits]
    ranked = np.lexsort((candidates.ids[here], cost))
    found: list[int] = []
    songs: set[int] = set()
    for at in ranked.tolist():
        song = int(candidates.song[here[at]])
        if song not in songs:
            songs.add(song)
            found.append(int(here[at]))
        if len(found) == count:
            break
    return found


def is_among(values: NDArray[np.integer], wanted: Collection[int]) -> NDArray[np.bool_]:
    """Whether each value is one of a few."""
    among: NDArray[np.bool_] = (values[:, None] == np.fromiter(wanted, values.dtype, len(wanted))).any(axis=1)
    return among


def _known_well(field: Field, course: Course, heard: Sequence[int]) -> tuple[str, ...]:
    """Songs known well, the loved and familiar ones, nearest to where the route leads first."""
    candidates = field.candidates
    rows = field.known_well[~field.low[field.known_well]]
    rows = rows[~np.isin(rows, heard)]
    away = np.round(np.hypot(*(candidates.places[rows] - course.waypoints[-1]).T), 6)
    if len(rows) > 1000:
        rows, away = rows[away <= np.partition(away, 100)[100]], away[away <= np.partition(away, 100)[100]]
    order = np.lexsort((candidates.ids[rows], away))[:KNOWN_WELL]
    return tuple(str(track_id) for track_id in candidates.ids[rows[order]])
