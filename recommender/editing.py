"""Changing a plan: exchange, move, lock, longer, shorter, and a new plan for the rest of a session.

Every change gives a new playlist with its own reasons, warnings and pool, held to the same hard rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from recommender.candidates import Candidates
from recommender.constraints import Rules
from recommender.costs import GRID, Sound, Weights, transition_cost
from recommender.errors import NoPlaylistError, RulesError
from recommender.explain import assemble
from recommender.field import Field, field_of
from recommender.hard_rules import hidden_tracks
from recommender.mood import Mood
from recommender.planner import CHOICES, plan
from recommender.playlist import Playlist
from recommender.pool import with_pool
from recommender.routes import Course, lay_out, still_ahead


def swap(
    playlist: Playlist,
    position: int,
    candidates: Candidates,
    rules: Rules | None = None,
    *,
    track_id: str | None = None,
) -> Playlist:
    """Put another track at `position` (0 is first): `track_id`, or the first alternate of the pool.

    Raises
    ------
    NoPlaylistError
        If the track breaks a hard rule (`values["rule"]` names it), or nothing else can stand there.
    RulesError
        If there is no such position or track.
    """
    rules = rules or Rules()
    order = list(playlist.track_ids())
    _require_position(position, order)
    if track_id is None:
        spare = playlist.pool.alternates[position] if position < len(playlist.pool.alternates) else ()
        if not spare:
            raise NoPlaylistError(
                f"nothing else can stand at place {position + 1} under these rules. Keep the song, choose one "
                "yourself, or relax a rule.",
                reason="no_alternate",
                position=position,
            )
        track_id = spare[0]
    order[position] = track_id
    # A lock on this place goes with the song that it held.
    kept_pins = {place: pinned for place, pinned in rules.pins.items() if place != position}
    return arrange(playlist, order, candidates, replace(rules, pins=kept_pins))


def move(playlist: Playlist, position: int, to: int, candidates: Candidates, rules: Rules | None = None) -> Playlist:
    """Move the track at `position` to place `to`; the others close up."""
    order = list(playlist.track_ids())
    _require_position(position, order)
    _require_position(to, order)
    order.insert(to, order.pop(position))
    return arrange(playlist, order, candidates, rules)


def remove(playlist: Playlist, position: int, candidates: Candidates, rules: Rules | None = None) -> Playlist:
    """Take the track at `position` out and plan anew without it, keeping the others where they can stay."""
    rules = rules or Rules()
    order = playlist.track_ids()
    _require_position(position, order)
    without = replace(
        rules,
        avoid_tracks=rules.avoid_tracks | {order[position]},
        pins={place: track_id for place, track_id in rules.pins.items() if track_id != order[position]},
        opening=None if rules.opening == order[position] else rules.opening,
        closing=None if rules.closing == order[position] else rules.closing,
    )
    return plan(candidates, playlist.request, without, keep=order)


def with_length(playlist: Playlist, minutes: float, candidates: Candidates, rules: Rules | None = None) -> Playlist:
    """Make a plan longer or shorter, keeping its tracks where they can stay."""
    rules = rules or Rules()
    request = replace(playlist.request, minutes=minutes)
    return plan(candidates, request, rules, keep=playlist.track_ids())


def replan(
    playlist: Playlist,
    candidates: Candidates,
    rules: Rules | None = None,
    *,
    present: Mood,
    heard: Sequence[str],
    minutes: float,
    alone: bool,
) -> Playlist:
    """Plan the rest of a session anew from where the person is now.

    Parameters
    ----------
    playlist : Playlist
        The plan that is being played.
    present : Mood
        The new rating.
    heard : sequence of str
        Tracks that have been played, in order, the one that is playing included.
    minutes : float
        Time that is left.
    alone : bool
        Whether nobody can approve other songs now: then only the plan and its pool may be drawn on.

    Raises
    ------
    NoPlaylistError
        If the rules leave nothing for the time that is left: the old plan goes on.
    """
    rules = rules or Rules()
    only = rules.only_tracks
    if alone:
        approved = playlist.pool.track_ids() | set(playlist.track_ids())
        only = approved if only is None else only & approved
    passed = len(heard)
    rest = replace(
        rules,
        only_tracks=only,
        pins={at - passed: track_id for at, track_id in rules.pins.items() if at >= passed and track_id not in heard},
        opening=None,
        closing=None if rules.closing in heard else rules.closing,
        slots=tuple(replace(slot, position=slot.position - passed) for slot in rules.slots if slot.position > passed),
    )
    led_to = playlist.request.target_track
    request = replace(
        playlist.request,
        present=present,
        minutes=minutes,
        waypoints=still_ahead(playlist.request, _share_heard(playlist, passed)),
        present_track=None,
        target_track=None if led_to in heard or (only is not None and led_to not in only) else led_to,
    )
    return plan(candidates, request, rest, heard=heard)


def _share_heard(playlist: Playlist, passed: int) -> float:
    """How far along its route a plan is once `passed` tracks have been heard."""
    course = lay_out(playlist.request, len(playlist.tracks))
    n_moving = len(playlist.tracks) - course.n_start - course.n_target - course.n_quiet + 1
    return min(max((passed - course.n_start) / max(n_moving, 1), 0.0), 1.0)


def arrange(playlist: Playlist, order: Sequence[str], candidates: Candidates, rules: Rules | None = None) -> Playlist:
    """The playlist of these tracks in this order, whatever it costs, if every hard rule allows it.

    Raises
    ------
    NoPlaylistError
        With `values["rule"]`: the hard rule that the order would break.
    """
    rules = rules or Rules()
    unknown = [track_id for track_id in order if track_id not in candidates.position_of]
    if unknown:
        raise RulesError(f"track {unknown[0]} is not among the tracks. Choose another.", track_id=unknown[0])
    weights = Weights()
    field = field_of(candidates, rules, weights)
    rows = [candidates.position_of[track_id] for track_id in order]
    course = lay_out(playlist.request, len(rows))
    if rules.largest_step is not None:
        course = replace(course, largest_step=rules.largest_step)
    _refuse_broken(field, rules, rows)
    changed = assemble(
        field, playlist.request, rules, course, rows, bound_percent=None, cost=_cost(field, rules, course, rows)
    )
    nearest = [here for here, _ in field.nearest(course.waypoints, CHOICES)]
    return with_pool(changed, field, rules, course, rows, nearest)


def _require_position(position: int, order: Sequence[str]) -> None:
    if not 0 <= position < len(order):
        raise RulesError(
            f"there is no place {position + 1} in a list of {len(order)} songs.", position=position, tracks=len(order)
        )


def _cost(field: Field, rules: Rules, course: Course, rows: Sequence[int]) -> float:
    order = np.asarray(rows, np.intp)
    total = sum(int(field.cost_at(order[at : at + 1], place)[0]) for at, place in enumerate(course.waypoints))
    pauses = {slot.position for slot in rules.slots}
    for at in range(len(order) - 1):
        before, after = (Sound.of(field.candidates, order[place : place + 1]) for place in (at, at + 1))
        total += int(
            transition_cost(
                before,
                after,
                course.directions[at],
                field.weights,
                largest_step=course.largest_step,
                limit_is_firm=False,
                flows=at + 1 not in pauses,
            )[0, 0]
        )
    return total / GRID


def _refuse_broken(field: Field, rules: Rules, rows: Sequence[int]) -> None:
    """Refuse an order that breaks a hard rule, naming the first rule and track."""
    candidates = field.candidates
    for place, row in enumerate(rows):
        if not field.allowed[row]:
            rule = next(name for name, mask in hidden_tracks(candidates, rules).items() if mask[row])
            raise _broken(rule, str(candidates.ids[row]), place)
    songs = candidates.song[np.asarray(rows, np.intp)].tolist()
    for place, song in enumerate(songs):
        if song in songs[:place]:
            raise _broken("no_song_twice", str(candidates.ids[rows[place]]), place)
    for place, track_id in rules.pins.items():
        if place < len(rows) and candidates.ids[rows[place]] != track_id:
            raise _broken("pins", track_id, place)
    for wanted, place, rule in ((rules.opening, 0, "opening"), (rules.closing, len(rows) - 1, "closing")):
        if wanted is not None and candidates.ids[rows[place]] != wanted:
            raise _broken(rule, wanted, place)
    if rules.largest_step is not None:
        step = np.hypot(*np.diff(candidates.places[np.asarray(rows, np.intp)], axis=0).T)
        for place in np.flatnonzero(step > rules.largest_step + 1e-4).tolist():
            raise _broken("largest_step", str(candidates.ids[rows[place + 1]]), place + 1)
    _refuse_low(field, rules, rows)


def _refuse_low(field: Field, rules: Rules, rows: Sequence[int]) -> None:
    if rules.low_valence is None:
        return
    low = [place for place, row in enumerate(rows) if field.low[row]]
    ids = field.candidates.ids
    if low and low[-1] == len(rows) - 1:
        raise _broken("low_valence", str(ids[rows[-1]]), len(rows) - 1)
    if rules.max_low_valence_tracks is not None and len(low) > rules.max_low_valence_tracks:
        place = low[rules.max_low_valence_tracks]
        raise _broken("max_low_valence_tracks", str(ids[rows[place]]), place)
    minutes = sum(float(field.candidates.duration_s[rows[place]]) for place in low) / 60
    if rules.max_low_valence_minutes is not None and minutes > rules.max_low_valence_minutes + 1e-6:
        raise _broken("max_low_valence_minutes", str(ids[rows[low[-1]]]), low[-1])


def _broken(rule: str, track_id: str, place: int) -> NoPlaylistError:
    return NoPlaylistError(
        f"track {track_id} at place {place + 1} would break the rule {rule}. Choose another song or change the rule.",
        reason="rule_broken",
        rule=rule,
        track_id=track_id,
        position=place,
    )
