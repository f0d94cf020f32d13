"""From candidates, a request and rules to a playlist: how many tracks, which, in which order, and what gave way."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.candidates import Candidates
from recommender.constraints import Rules
from recommender.costs import FORBIDDEN, GRID, Sound, Weights, transition_cost
from recommender.errors import RulesError
from recommender.explain import NEAR, assemble
from recommender.field import Field, field_of
from recommender.hard_rules import low_tracks
from recommender.mood import Mood
from recommender.playlist import PlanRequest, Playlist
from recommender.pool import is_among, with_pool
from recommender.refusals import no_playlist, pinned_track_hidden, rows_of_pins
from recommender.routes import Course, lay_out, warnings_for
from recommender.search import Bound, Problem, bound_of, search, tightened

CHOICES = 200
"""Tracks looked at for each place of the route."""
SMALL_LIBRARY = 1000
"""Below this all tracks are looked at where the nearest do not do."""
WIDTHS = (100, 500, 2000)
VARIETY = 0.03
"""A plan with a seed may cost this much more than the best one."""
MOST_TRACKS = 60
SPARSE_LIBRARY = 300
"""Below this one track more or less, or a larger step, can make the difference between on and off the route."""
COMPARED = 3
"""Numbers of tracks compared in a sparse library."""


@dataclass(frozen=True)
class _Easing:
    """What gives way, in the order in which it is tried: never a hard rule."""

    spacing: bool = False
    length: float | None = 1.0
    """Times the tolerance; None: as near as possible."""
    step: bool = False


EASINGS = (
    _Easing(),
    _Easing(spacing=True),
    _Easing(spacing=True, length=2.0),
    _Easing(step=True),
    _Easing(spacing=True, step=True),
    _Easing(spacing=True, length=2.0, step=True),
    _Easing(spacing=True, length=None, step=True),
)


def plan(
    candidates: Candidates,
    request: PlanRequest,
    rules: Rules | None = None,
    *,
    weights: Weights | None = None,
    heard: Sequence[str] = (),
    keep: Collection[str] = (),
) -> Playlist:
    """Suggest a playlist along a route of mood.

    Parameters
    ----------
    candidates : Candidates
        The tracks there are. Indexes are kept with this object: use the same one again.
    request : PlanRequest
        Present mood, target, minutes, route, seed. Seed 0 is the best plan; another seed is another plan that costs at
        most 3 % more. The same seed gives the same plan on any machine.
    rules : Rules, optional
        What must hold, and what is liked.
    weights : Weights, optional
        How much each term of the cost counts.
    heard : sequence of str
        Tracks that this session has played already: they do not come again, and count for the limits on low moods and
        for the spacing of artists.
    keep : collection of str
        Tracks of an earlier plan that should stay in this one where they can.

    Returns
    -------
    Playlist
        Its `relaxed` says what gave way, in the order of trying: `artist_spacing`, `length`, `largest_step`.

    Raises
    ------
    NoPlaylistError
        If the rules leave nothing to plan with; `values["hidden"]` says how many tracks each rule hid.
    RulesError
        If rules contradict one another.
    """
    rules, weights = rules or Rules(), weights or Weights()
    return Planning(candidates, request, rules, weights, heard=heard, keep=keep).plan()


class Planning:
    """What the steps of a plan share, and the plans of several seeds."""

    def __init__(
        self,
        candidates: Candidates,
        request: PlanRequest,
        rules: Rules,
        weights: Weights,
        *,
        heard: Sequence[str] = (),
        keep: Collection[str] = (),
    ) -> None:
        request, rules = with_songs_as_ends(candidates, request, rules)
        self.candidates, self.request, self.weights = candidates, request, weights
        self.heard = [row for row in map(candidates.position_of.get, heard) if row is not None]
        self.rules = rules = self._less_heard(rules)
        kept = [row for row in map(candidates.position_of.get, keep) if row is not None]
        self.kept = np.array(sorted(kept), np.intp)
        self.pins = rows_of_pins(candidates, rules)
        self.field: Field = field_of(candidates, rules, weights)
        self._refuse_impossible()
        self.kept = self.kept[self.field.allowed[self.kept]]
        self.pause_s = sum(slot.minutes for slot in rules.slots) * 60
        self.wanted_s = request.minutes * 60 - self.pause_s
        if self.wanted_s <= 0:
            raise RulesError(
                f"talk, silence and live playing take {self.pause_s / 60:g} of {request.minutes:g} minutes: no time is "
                "left for songs. Make the session longer or a pause shorter.",
                pause_minutes=self.pause_s / 60,
                minutes=request.minutes,
            )
        self.median_s = self.field.median_s

    @cached_property
    def best(self) -> _Solved:
        """The best plan found: solved once, whatever seeds are asked for after it."""
        return self._solve()

    def plan(self, seed: int | None = None) -> Playlist:
        """The plan of a seed; None: the request's own."""
        request = self.request if seed is None else replace(self.request, seed=seed)
        solved = self._another(self.best, request.seed) if request.seed else self.best
        course, problem, rows, choices, bound = solved.course, solved.problem, solved.rows, solved.choices, solved.bound
        order = [int(rows[slot][choice]) for slot, choice in enumerate(choices)]
        cost = problem.cost(choices)
        lowest = tightened(problem, bound, choices) if self.field.n_allowed < SPARSE_LIBRARY else bound.cost
        percent = 100.0 * max(cost - lowest, 0.0) / lowest if lowest > 0 else None
        playlist = assemble(
            self.field, request, self.rules, course, order,
            bound_percent=percent, cost=cost / GRID,
            route_warnings=warnings_for(request, course, median_s=self.median_s, n_allowed=self.field.n_allowed),
        )  # fmt: skip
        return with_pool(playlist, self.field, self.rules, course, order, rows, heard=self.heard)

    def _less_heard(self, rules: Rules) -> Rules:
        """The rules for the rest of a session: what has been heard is used up."""
        if not self.heard:
            return rules
        low = [row for row in self.heard if low_tracks(self.candidates, rules)[row]]
        most, minutes = rules.max_low_valence_tracks, rules.max_low_valence_minutes
        spent = sum(float(self.candidates.duration_s[row]) for row in low) / 60
        return replace(
            rules,
            avoid_tracks=rules.avoid_tracks | {str(self.candidates.ids[row]) for row in self.heard},
            max_low_valence_tracks=None if most is None else max(most - len(low), 0),
            max_low_valence_minutes=None if minutes is None else max(minutes - spent, 0.0),
        )

    def _refuse_impossible(self) -> None:
        for position, row in sorted(self.pins.items()):
            if not self.field.allowed[row]:
                raise pinned_track_hidden(self.field, self.rules, position, row)
        closing = None if self.rules.closing is None else self.candidates.position_of[self.rules.closing]
        if closing is not None and not self.field.allowed[closing]:
            raise pinned_track_hidden(self.field, self.rules, None, closing)
        if closing is not None and self.field.low[closing]:
            raise pinned_track_hidden(self.field, self.rules, None, closing, rule="low_valence")
        if self.field.n_allowed == 0:
            raise no_playlist(self.field, self.request)

    def _solve(self) -> _Solved:
        for easing in EASINGS:
            found = self._solve_eased(easing)
            if found is not None:
                return self._or_nearer(found)
        raise no_playlist(self.field, self.request)

    def _solve_eased(self, easing: _Easing) -> _Solved | None:
        """The plan with what `easing` lets give way: quickly first, then with a wider search."""
        counts = list(self._track_counts(easing))
        hopeful: list[int] = []
        best: _Solved | None = None
        for place, n_tracks in enumerate(counts):
            if best is not None and place >= COMPARED:
                break
            tried = self._try(n_tracks, easing, CHOICES, WIDTHS[0])
            if isinstance(tried, _Solved):
                if self.field.n_allowed >= SPARSE_LIBRARY:
                    return tried
                if best is None or tried.cost_a_track < 0.9 * best.cost_a_track:
                    best = tried
            elif tried is not None:
                hopeful.append(n_tracks)
        if best is not None:
            return best
        if self.field.n_allowed > CHOICES:  # else the bound has seen every track, and what it ruled out stays out
            hopeful = counts[:1] if easing != EASINGS[0] else counts[:COMPARED]
        for n_tracks in hopeful[:COMPARED]:
            for width in WIDTHS[1:]:
                tried = self._try(n_tracks, easing, SMALL_LIBRARY, width)
                if isinstance(tried, _Solved):
                    return tried
        return None

    def _or_nearer(self, found: _Solved) -> _Solved:
        """`found`, or a plan with larger steps that is much nearer the route, where a sparse library forces the choice.

        Meeting the person where they are comes before small steps: a plan that keeps its steps small by never coming
        near the present mood or the target would be no iso plan.
        """
        if found.easing.step or self.field.n_allowed >= SPARSE_LIBRARY or found.off_route(self.candidates) <= NEAR:
            return found
        bold = self._solve_eased(replace(found.easing, step=True))
        if bold is None or bold.off_route(self.candidates) > 0.75 * found.off_route(self.candidates):
            return found
        return bold

    def _track_counts(self, easing: _Easing) -> Iterator[int]:
        """Numbers of tracks that can fill the time, the likeliest first."""
        durations = self.field.lengths_s
        usual = max(1, int(self.wanted_s / self.median_s + 0.5))
        least = max([*self.pins, 0]) + 1 if self.pins else 1
        shortest, longest = self._window_s(easing)
        options = sorted(range(least, MOST_TRACKS + 1), key=lambda n: (abs(n - usual), -n))
        options = [n for n in options if n <= len(durations)]
        fitting = [n for n in options if durations[:n].sum() <= longest and durations[-n:].sum() >= shortest]
        reach = 3 if easing.length is not None else 1
        yield from fitting[: 2 * reach + 1] if easing.length is not None else (fitting or options)[:3]

    def _window_s(self, easing: _Easing) -> tuple[float, float]:
        if easing.length is None:
            return 0.0, float(1 << 41) / 1000
        tolerance = self.rules.length_tolerance_s * easing.length
        return self.wanted_s - tolerance, self.wanted_s + tolerance

    def _try(self, n_tracks: int, easing: _Easing, choices: int, width: int) -> _Solved | _Tried | None:
        course = lay_out(self.request, n_tracks)
        if self.rules.largest_step is not None:
            course = replace(course, largest_step=self.rules.largest_step)
        problem, rows = self.problem(course, choices=choices, easing=easing)
        if problem is None:
            return None
        bound = bound_of(problem)
        if not bound.is_possible:
            return None
        found = search(problem, bound, width=width)
        if found is None:
            return _Tried(n_tracks)
        return _Solved(course, problem, rows, found, bound, easing)

    def problem(
        self, course: Course, *, choices: int = CHOICES, easing: _Easing | None = None
    ) -> tuple[Problem | None, list[NDArray[np.intp]]]:
        """The search problem of a course, and the rows that its choices stand for; None where a slot has no choice."""
        easing = easing or _Easing()
        candidates, rules, field = self.candidates, self.rules, self.field
        n = len(course.waypoints)
        nearest = field.nearest(course.waypoints, choices)
        if len(self.kept):
            nearest = [
                self._with_kept(here, cost, place)
                for (here, cost), place in zip(nearest, course.waypoints, strict=True)
            ]
        pins = dict(self.pins)
        if rules.closing is not None:
            row = candidates.position_of[rules.closing]
            if pins.get(n - 1, row) != row:
                return None, []
            pins[n - 1] = row
        pinned_songs = {int(candidates.song[row]) for row in pins.values()}
        rows: list[NDArray[np.intp]] = []
        own: list[NDArray[np.int32]] = []
        spacing = self._spacing(easing)
        for slot, (here, cost) in enumerate(nearest):
            if slot in pins:
                if slot == n - 1 and field.low[pins[slot]]:
                    return None, []  # a low mood never comes last, whoever put it there
                here = np.array([pins[slot]], np.intp)
                cost = field.cost_at(here, course.waypoints[slot])
            else:
                keep = ~is_among(candidates.song[here], pinned_songs)
                recent = [int(candidates.artist[row]) for row in self.heard[-max(spacing - 1 - slot, 0) :]]
                if slot < spacing - 1 and recent:
                    keep &= ~np.isin(candidates.artist[here], [artist for artist in recent if artist >= 0])
                if slot == n - 1:
                    keep &= ~field.low[here]
                here, cost = here[keep], cost[keep]
            if len(here) == 0:
                return None, []
            rows.append(here)
            own.append(cost)
        sounds = [Sound.of(candidates, here) for here in rows]
        pauses = {slot.position for slot in rules.slots}
        transitions = [
            transition_cost(
                sounds[slot], sounds[slot + 1], course.directions[slot], self.weights,
                largest_step=course.largest_step,
                # What a person has put in place stands, however far it is from its neighbours.
                limit_is_firm=not easing.step and slot not in pins and slot + 1 not in pins,
                hard_step=rules.largest_step,
                flows=slot + 1 not in pauses,
            )
            for slot in range(n - 1)
        ]  # fmt: skip
        shortest, longest = self._window_s(easing)
        minutes = rules.max_low_valence_minutes
        limits_low = rules.low_valence is not None
        songs, artists = _numbered(candidates, rows)
        for slot, transition in enumerate(transitions):
            # Said here, and not only in the search, the bound knows it too.
            same = songs[slot][:, None] == songs[slot + 1][None, :]
            if spacing > 1 and not (slot in pins and slot + 1 in pins):
                same |= artists[slot][:, None] == artists[slot + 1][None, :]
            transition[same] = FORBIDDEN
        return Problem(
            own=own,
            transitions=transitions,
            duration_ms=[np.rint(candidates.duration_s[here].astype(float) * 1000).astype(np.int64) for here in rows],
            song=songs,
            artist=artists,
            low=[field.low[here] for here in rows],
            shortest_ms=int(np.ceil(max(shortest, 0.0) * 1000)),
            longest_ms=int(longest * 1000),
            artist_spacing=spacing,
            most_low=rules.max_low_valence_tracks
            if limits_low and rules.max_low_valence_tracks is not None
            else 1 << 30,
            most_low_ms=int(minutes * 60_000) if limits_low and minutes is not None else 1 << 60,
            wanted_ms=int(self.wanted_s * 1000) if easing.length is None else None,
        ), rows

    def _spacing(self, easing: _Easing) -> int:
        # Two artists cannot be three tracks apart: what no plan could keep is not asked for.
        wanted = min(self.rules.artist_spacing, self.field.n_artists)
        if not easing.spacing:
            return wanted
        return 1 if easing.step else min(wanted, 2)

    def _with_kept(
        self, here: NDArray[np.intp], cost: NDArray[np.int32], place: NDArray[np.float64]
    ) -> tuple[NDArray[np.intp], NDArray[np.int32]]:
        here = np.concatenate([np.setdiff1d(here, self.kept), self.kept])
        cost = self.field.cost_at(here, place)
        cost[-len(self.kept) :] -= round(self.weights.keep * GRID)
        order = np.lexsort((self.candidates.ids[here], cost))
        return here[order], cost[order]

    def _another(self, best: _Solved, seed: int) -> _Solved:
        """Another plan for another seed, which costs at most `VARIETY` more than the best one found."""
        problem = best.problem
        limit = problem.cost(best.choices) * (1 + VARIETY)
        noise = [_noise(self.candidates.ids[here], seed) for here in best.rows]
        height = VARIETY * problem.cost(best.choices) / len(problem) * 4
        for _ in range(6):
            shaken = [
                own + np.rint(height * part).astype(np.int32) for own, part in zip(problem.own, noise, strict=True)
            ]
            other = replace(problem, own=shaken)
            found = search(other, bound_of(other), width=WIDTHS[0])
            if found is not None and problem.cost(found) <= limit:
                return replace(best, choices=found)
            height /= 2
        return best


@dataclass(frozen=True)
class _Tried:
    n_tracks: int


@dataclass(frozen=True)
class _Solved:
    course: Course
    problem: Problem
    rows: list[NDArray[np.intp]]
    choices: list[int]
    bound: Bound
    easing: _Easing

    @property
    def cost_a_track(self) -> float:
        return self.problem.cost(self.choices) / len(self.choices)

    def off_route(self, candidates: Candidates) -> float:
        """Mean distance from the route."""
        order = [rows[choice] for rows, choice in zip(self.rows, self.choices, strict=True)]
        return float(np.hypot(*(candidates.tracked[order] - self.course.waypoints).T).mean())


def with_songs_as_ends(candidates: Candidates, request: PlanRequest, rules: Rules) -> tuple[PlanRequest, Rules]:
    """A request from or to a song: its mood is the end of the route, and the song itself opens or closes the plan."""
    if (
        request.present_track is not None
        and request.present_track == request.target_track
        and request.route != "direct"
    ):
        raise RulesError(
            f"track {request.present_track} is where the route begins and where it leads, and a song plays once. "
            "Choose another song, or a mood, for one of the two.",
            rules=("opening", "closing"),
            track_id=request.present_track,
        )
    for end, rule in (("present", "opening"), ("target", "closing")):
        track_id: str | None = getattr(request, f"{end}_track")
        if track_id is None:
            continue
        row = candidates.position_of.get(track_id)
        if row is None:
            raise RulesError(f"track {track_id} is not among the tracks. Choose another.", track_id=track_id)
        mood = Mood(*candidates.places[row].tolist())
        request = replace(request, present=mood) if end == "present" else replace(request, target=mood)
        if request.route == "direct" and end == "present":
            continue
        if request.wind_down and end == "target":
            raise RulesError(
                "a route that leads to a song ends with it, so it cannot wind down after it. Leave one of them out.",
                rules=(rule,),
                track_id=track_id,
            )
        if getattr(rules, rule) not in (None, track_id):
            raise RulesError(
                f"the route and the rule {rule} ask for two songs at one place. Keep one of them.",
                rules=(rule,),
                track_id=track_id,
            )
        rules = replace(rules, opening=track_id) if rule == "opening" else replace(rules, closing=track_id)
    return request, rules


def _numbered(
    candidates: Candidates, rows: list[NDArray[np.intp]]
) -> tuple[list[NDArray[np.int64]], list[NDArray[np.int64]]]:
    """Songs and artists of every slot, renumbered from 0; an unknown artist is like no other."""
    flat = np.concatenate(rows)
    cuts = np.cumsum([len(here) for here in rows])[:-1]
    _, songs = np.unique(candidates.song[flat], return_inverse=True)
    artist = candidates.artist[flat].astype(np.int64)
    artist = np.where(artist < 0, -2 - flat.astype(np.int64), artist)
    _, artists = np.unique(artist, return_inverse=True)
    return np.split(songs.astype(np.int64), cuts), np.split(artists.astype(np.int64), cuts)


def _noise(ids: NDArray[np.str_], seed: int) -> NDArray[np.float64]:
    """A number in [0, 1) for each id and seed: the same on every machine and in any order of the catalogue."""
    digests = (hashlib.blake2b(f"{seed}:{track_id}".encode(), digest_size=4).digest() for track_id in ids.tolist())
    return np.array([int.from_bytes(digest, "big") / 2**32 for digest in digests])
