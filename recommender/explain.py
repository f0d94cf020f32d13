"""Why this track, and what to know about the plan: as data, which the screens put into words.

Reasons of a track, strongest first (`web/words/en/reasons.yaml` has a sentence for each kind):

=================  ===========================================================================================
kind               values
=================  ===========================================================================================
opening            title: put first by a person
closing            title: put last by a person
pinned             place: put there by a person
matches_present    distance: from the present mood
on_the_way         distance: from the route; percent: how far along the route (0-100)
reaches_target     distance: from the target
stays              distance: from the mood that the session stays in
winds_down         distance: from where the session grows quiet
thin_more_energy   distance: the nearest there is, with more energy than the route asks for there
thin_less_energy   distance
thin_feels_better  distance: the nearest there is, with more valence than the route asks for there
thin_feels_worse   distance
liked              liking: 0-1
known_well         (none)
instrumental       (none)
tempo_preferred    tempo: within the preferred ones
tempo_close        before, after (BPM), percent: change from the track before
tempo_double       before, after: the same pulse at about double speed
tempo_half         before, after: the same pulse at about half speed
key_close          before, after (key names), fifths
no_clear_pulse     (none): tempo played no part
unsure             valence_sd, arousal_sd
outside_training   (none): unlike anything that the mood model has heard
rested             (none): worn, but nothing else fits
=================  ===========================================================================================

Warnings of a plan:

=======================  =====================================================================================
already_there            distance
bigger_steps             step, usual, minutes
too_far                  distance, minutes, tracks, direct, and or None: longer_minutes, nearer_valence and _arousal
thin_library             positions (from 1), places: the same as text, worst: distance from the route
few_tracks               left: how many tracks the rules leave, where they are fewer than twice the plan
few_tracks_one           left: 1
low_target               (none): the route ends in a low mood, which the limits keep from coming last
relaxed_artist_spacing   spacing
relaxed_length           minutes, wanted, off_s
relaxed_largest_step     step, usual, position (of the later track, from 1)
relaxed_step_back        step, position
=======================  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recommender.candidates import KEY_NAMES, Candidates
from recommender.constraints import Rules
from recommender.costs import FIFTHS, STEP_BACK
from recommender.field import LIKED, Field
from recommender.metrics import measure
from recommender.mood import Estimate, Mood
from recommender.playlist import PlannedSlot, PlannedTrack, PlanRequest, Playlist, Reason
from recommender.routes import Course, is_already_there

NEAR = 0.2
"""Further than this from the route a track is not near it."""
UNSURE_SD = 0.5
"""The 80 % interval then reaches 0.64 to either side: from happy to sad."""


def assemble(
    field: Field,
    request: PlanRequest,
    rules: Rules,
    course: Course,
    order: Sequence[int],
    *,
    bound_percent: float | None,
    cost: float,
    route_warnings: tuple[Reason, ...] = (),
) -> Playlist:
    """Make a playlist of the tracks at `order` (rows), with times, reasons and warnings."""
    candidates = field.candidates
    tracks, slots = [], []
    clock_s = 0.0
    for place, row in enumerate(order):
        for slot in rules.slots:
            if slot.position == place or (slot.position < 0 and place == 0):
                slots.append(PlannedSlot(place, slot.kind, clock_s, slot.minutes * 60))
                clock_s += slot.minutes * 60
        duration_s = float(candidates.duration_s[row])
        before = order[place - 1] if place else None
        tracks.append(
            PlannedTrack(
                track_id=str(candidates.ids[row]),
                start_s=round(clock_s, 3),
                duration_s=round(duration_s, 3),
                target=Mood(*course.waypoints[place].tolist()),
                estimate=estimate_of(candidates, row),
                reasons=reasons_for(candidates, rules, request, course, place, row, before),
                locked=_is_locked(candidates, rules, place, row, len(order)),
            )
        )
        clock_s += duration_s
    for slot in rules.slots:
        if slot.position >= len(order):
            slots.append(PlannedSlot(len(order), slot.kind, clock_s, slot.minutes * 60))
            clock_s += slot.minutes * 60
    given_way = eased(field, request, rules, course, order, clock_s)
    return Playlist(
        request=request,
        tracks=tuple(tracks),
        length_s=round(clock_s, 3),
        bound_percent=bound_percent,
        relaxed=tuple(reason.kind.removeprefix("relaxed_") for reason in given_way),
        warnings=(
            *route_warnings,
            *given_way,
            *_thin(field, course, order),
            *_rules_warnings(field, rules, course, order),
        ),
        slots=tuple(slots),
        hidden=field.hidden,
        cost=cost,
        figures=measure(candidates, order, course),
    )


def estimate_of(candidates: Candidates, row: int) -> Estimate:
    """The mood of one track and its spread."""
    return Estimate(
        Mood(float(candidates.valence[row]), float(candidates.arousal[row])),
        float(candidates.valence_sd[row]),
        float(candidates.arousal_sd[row]),
        bool(candidates.known("outside_training")[row]),
    )


def _is_locked(candidates: Candidates, rules: Rules, place: int, row: int, n_tracks: int) -> bool:
    track_id = str(candidates.ids[row])
    put_there = rules.pins.get(place) == track_id or (place == 0 and rules.opening == track_id)
    return put_there or (place == n_tracks - 1 and rules.closing == track_id)


def reasons_for(
    candidates: Candidates,
    rules: Rules,
    request: PlanRequest,
    course: Course,
    place: int,
    row: int,
    before: int | None,
) -> tuple[Reason, ...]:
    """Why the track at `row` stands at `place`, strongest reason first."""
    track_id = str(candidates.ids[row])
    off = candidates.tracked[row] - course.waypoints[place]
    reasons = []
    last = len(course.waypoints) - 1
    if place == 0 and rules.opening == track_id:
        reasons.append(Reason("opening"))
    elif place == last and rules.closing == track_id:
        reasons.append(Reason("closing"))
    elif rules.pins.get(place) == track_id:
        reasons.append(Reason("pinned", {"place": place + 1}))
    reasons.append(_place_reason(request, course, place, off))
    liking = rules.liking.get(track_id)
    if liking is not None and liking >= LIKED:
        reasons.append(Reason("liked", {"liking": liking}))
    if track_id in rules.familiar_first:
        reasons.append(Reason("known_well"))
    if rules.instrumental_first and candidates.known("instrumental")[row]:
        reasons.append(Reason("instrumental"))
    slowest, fastest = rules.prefer_min_tempo_bpm or 0.0, rules.prefer_max_tempo_bpm or float("inf")
    tempo = float(candidates.tempo_bpm[row])
    if (rules.prefer_min_tempo_bpm or rules.prefer_max_tempo_bpm) and slowest <= tempo <= fastest:
        reasons.append(Reason("tempo_preferred", {"tempo": tempo}))
    if track_id in rules.rested:
        reasons.append(Reason("rested"))
    if before is not None:
        reasons += _flow_reasons(candidates, before, row)
    if not np.isfinite(candidates.tempo_bpm[row]):
        reasons.append(Reason("no_clear_pulse"))
    valence_sd, arousal_sd = float(candidates.valence_sd[row]), float(candidates.arousal_sd[row])
    if max(valence_sd, arousal_sd) > UNSURE_SD and not candidates.known("certain_mood")[row]:
        reasons.append(Reason("unsure", {"valence_sd": valence_sd, "arousal_sd": arousal_sd}))
    if candidates.known("outside_training")[row]:
        reasons.append(Reason("outside_training"))
    return tuple(reasons)


def _place_reason(request: PlanRequest, course: Course, place: int, off: NDArray[np.float64]) -> Reason:
    distance = float(np.hypot(*off))
    if distance > NEAR:
        valence, arousal = off.tolist()
        if abs(arousal) >= abs(valence):
            return Reason("thin_more_energy" if arousal > 0 else "thin_less_energy", {"distance": distance})
        return Reason("thin_feels_better" if valence > 0 else "thin_feels_worse", {"distance": distance})
    last = len(course.waypoints) - course.n_quiet - 1
    if place > last:
        return Reason("winds_down", {"distance": distance})
    if request.route == "stay" or is_already_there(request):
        return Reason("stays", {"distance": distance})
    if request.route == "direct" or (last > 0 and place > last - max(course.n_target, 1)):
        return Reason("reaches_target", {"distance": distance})
    if place < max(course.n_start, 1):
        return Reason("matches_present", {"distance": distance})
    legs = last - course.n_start - course.n_target + 2
    percent = round(100 * (place - course.n_start + 1) / max(legs, 1))
    return Reason("on_the_way", {"distance": distance, "percent": percent})


def _flow_reasons(candidates: Candidates, before: int, row: int) -> list[Reason]:
    reasons = []
    tempos = float(candidates.tempo_bpm[before]), float(candidates.tempo_bpm[row])
    if np.isfinite(tempos).all():
        octaves = float(np.log2(tempos[1] / tempos[0]))
        folds = round(octaves)
        percent = 100 * (2 ** abs(octaves - folds) - 1)
        if percent <= 6 and abs(folds) <= 1:
            kind = {0: "tempo_close", 1: "tempo_double", -1: "tempo_half"}[folds]
            reasons.append(Reason(kind, {"before": tempos[0], "after": tempos[1], "percent": percent}))
    keys = int(candidates.key[before]), int(candidates.key[row])
    if min(keys) >= 0 and FIFTHS[keys] <= 1:
        values = {"before": KEY_NAMES[keys[0]], "after": KEY_NAMES[keys[1]], "fifths": int(FIFTHS[keys])}
        reasons.append(Reason("key_close", values))
    return reasons


def eased(
    field: Field, request: PlanRequest, rules: Rules, course: Course, order: Sequence[int], length_s: float
) -> tuple[Reason, ...]:
    """What gave way in this order of tracks, read from the tracks themselves, in the order in which it may."""
    candidates = field.candidates
    given = []
    artist = candidates.artist[np.asarray(order, np.intp)].tolist()
    wanted = min(rules.artist_spacing, field.n_artists)
    gaps = [
        later - place
        for place, name in enumerate(artist)
        for later in range(place + 1, min(place + wanted, len(order)))
        if name >= 0 and artist[later] == name
    ]
    if gaps:
        given.append(Reason("relaxed_artist_spacing", {"spacing": min(gaps), "wanted": wanted}))
    off_s = length_s - request.minutes * 60
    if abs(off_s) > rules.length_tolerance_s + 0.01:
        values = {"minutes": length_s / 60, "wanted": request.minutes, "off_s": off_s}
        given.append(Reason("relaxed_length", values))
    move = np.diff(candidates.places[np.asarray(order, np.intp)], axis=0)
    if len(move):
        step = np.hypot(*move.T)
        back = -(move * course.directions).sum(axis=1)
        if step.max() > course.largest_step + 1e-4:
            at = int(step.argmax())
            values = {"step": float(step[at]), "usual": course.largest_step, "position": at + 2}
            given.append(Reason("relaxed_largest_step", values))
        if back.max() > STEP_BACK + 1e-4:
            at = int(back.argmax())
            given.append(Reason("relaxed_step_back", {"step": float(back[at]), "position": at + 2}))
    return tuple(given)


def _thin(field: Field, course: Course, order: Sequence[int]) -> tuple[Reason, ...]:
    away = np.hypot(*(field.candidates.tracked[np.asarray(order, np.intp)] - course.waypoints).T)
    far = np.flatnonzero(away > NEAR)
    if len(far) == 0:
        return ()
    positions = [int(place) + 1 for place in far]
    values = {"positions": positions, "places": ", ".join(map(str, positions)), "worst": float(away.max())}
    return (Reason("thin_library", values),)


def _rules_warnings(field: Field, rules: Rules, course: Course, order: Sequence[int]) -> tuple[Reason, ...]:
    """What the rules themselves do to the plan."""
    warnings = []
    if field.n_allowed < 2 * len(order):
        kind = "few_tracks_one" if field.n_allowed == 1 else "few_tracks"
        warnings.append(Reason(kind, {"left": field.n_allowed}))
    if rules.low_valence is not None and course.waypoints[-1][0] < rules.low_valence:
        warnings.append(Reason("low_target"))
    return tuple(warnings)
