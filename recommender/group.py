"""Several listeners, one playlist: every limit and veto holds, nobody is left out, own songs come in fair turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from itertools import combinations, product
from typing import Any

import numpy as np

from recommender.candidates import Candidates
from recommender.constraints import Rules
from recommender.costs import Weights
from recommender.editing import arrange
from recommender.errors import NoPlaylistError
from recommender.field import field_of
from recommender.hard_rules import DISLIKED
from recommender.mood import Mood
from recommender.planner import Planning
from recommender.playlist import PlanRequest, Playlist
from recommender.routes import lay_out

MEAN_SHARE, LEAST_SHARE = 0.7, 0.3
FAR_APART = 0.6
"""Answers further apart than this are told to the therapist, and to nobody else."""
ROUNDS = 20
"""How often the least satisfied member's liking is given more weight."""
NOT_DISLIKED = DISLIKED + 0.01
"""In a group dislike weighs, and a veto forbids."""
BEST, SEEDS = 3, 4
"""Of the fairest weightings, how many are tried again, and with how many seeds each."""
EXCHANGES = 8
"""Songs that are exchanged for their alternates at most, in the plan that was found."""
FURTHER = 1.1
"""How much larger the tracking error may become by that, in all."""
EAGERNESS = 2.0
"""How much more weight the less satisfied get in each round."""
MEAN_LOSS = 0.025
"""What fairness may cost the mean satisfaction."""
PICKED_SHARE = 0.5
"""Up to this part of the songs are the members' own."""


@dataclass(frozen=True)
class Member:
    """One member of a group, under a code.

    Attributes
    ----------
    liking : mapping of track id to [0, 1]
        Unknown is neutral.
    present : Mood, optional
        What the member said, privately; None: did not say.
    rules : Rules
        This member's own limits and avoid list: they hold for the whole group.
    picks : tuple of str
        Songs the member has brought, the first one first; anyone may pass by bringing none.
    """

    code: str
    liking: Mapping[str, float] = field(default_factory=dict)
    present: Mood | None = None
    rules: Rules = field(default_factory=Rules)
    picks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Turn:
    """Whose song stands where."""

    position: int
    code: str
    track_id: str


@dataclass(frozen=True)
class GroupPlan:
    """A playlist for a group.

    Attributes
    ----------
    turns : tuple of Turn
        The members' own songs, in the order in which they come.
    left_out : tuple of (code, track id)
        Songs brought that a rule of somebody keeps out, or for which there was no turn; the rule is not named, because
        it may be a member's private one.
    spread : float or None
        Largest distance between two members' answers: for the therapist alone.
    satisfaction : mapping of code to [0, 1]
        Mean liking of the songs: for the therapist alone.
    """

    playlist: Playlist
    turns: tuple[Turn, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    spread: float | None = None
    satisfaction: Mapping[str, float] = field(default_factory=dict)


def median_mood(members: Sequence[Member]) -> Mood | None:
    """The median of what the members said, on each axis; None where nobody did."""
    said = [member.present for member in members if member.present is not None]
    return Mood(*np.median(np.array(said, float), axis=0).tolist()) if said else None


def spread_of(members: Sequence[Member]) -> float | None:
    """The largest distance between two answers; None for fewer than two."""
    said = [member.present for member in members if member.present is not None]
    return max((a.distance(b) for a, b in combinations(said, 2)), default=None)


def two_moods(members: Sequence[Member]) -> tuple[Mood, Mood] | None:
    """The moods of two openings: the answers parted round the two that lie furthest apart, and the median of each part.

    None for fewer than two answers. The larger part comes first.
    """
    said = [member for member in members if member.present is not None]
    if len(said) < 2:
        return None
    one, other = max(combinations(said, 2), key=lambda pair: pair[0].present.distance(pair[1].present))  # type: ignore[union-attr, arg-type]
    near: tuple[list[Member], list[Member]] = ([], [])
    for member in said:
        near[member.present.distance(other.present) < member.present.distance(one.present)].append(member)  # type: ignore[union-attr, arg-type]
    first, second = (median_mood(part) for part in sorted(near, key=len, reverse=True))
    return None if first is None or second is None else (first, second)


def limits_of_all(rules: Sequence[Rules]) -> Rules:
    """One set of rules that keeps everyone's limits at once: the strictest of each."""
    merged: dict[str, Any] = {}
    for entry in fields(Rules):
        values = [getattr(rule, entry.name) for rule in rules]
        merged[entry.name] = _strictest(entry.name, values)
    disliked = {track_id for rule in rules for track_id, liking in rule.liking.items() if liking <= DISLIKED}
    merged["avoid_tracks"] |= disliked
    return Rules(**merged)


_LEAST = frozenset(
    {
        "max_track_s",
        "max_arousal",
        "max_low_valence_tracks",
        "max_low_valence_minutes",
        "max_rise_db",
        "max_tempo_bpm",
        "largest_step",
        "length_tolerance_s",
        "cadence_tolerance",
    }
)
_MOST = frozenset({"min_track_s", "low_valence", "min_tempo_bpm", "artist_spacing", "cadence_pulse_clarity"})


def _strictest(name: str, values: list[Any]) -> Any:
    said = [value for value in values if value is not None]
    if name == "only_tracks":
        return frozenset.intersection(*said) if said else None
    if name == "liking":
        return {}
    if name in _LEAST:
        return min(said, default=None)
    if name in _MOST:
        return max(said, default=None)
    if name == "pins":
        return {place: track_id for pins in reversed(values) for place, track_id in pins.items()}
    if said and isinstance(said[0], frozenset):
        return frozenset().union(*said)
    if said and isinstance(said[0], tuple):
        return tuple(dict.fromkeys(part for value in said for part in value))
    if said and isinstance(said[0], bool):
        return any(said)
    return said[0] if said else None


def plan_together(
    candidates: Candidates,
    request: PlanRequest,
    members: Sequence[Member],
    rules: Rules | None = None,
    *,
    leads: str | None = None,
    two_openings: bool = False,
) -> GroupPlan:
    """Plan one playlist for several listeners.

    A track's value to the group is 0.7 of the mean liking and 0.3 of the least. Then the least satisfied member's
    liking is given more weight, and of the plans so found the one is kept whose least satisfied member is best off and
    whose mean satisfaction is at most 2.5 % below the first plan's; some of its songs then give way to their alternates
    where that helps the same member. Vetoes and limits of all hold for everybody.

    Parameters
    ----------
    request : PlanRequest
        Its present mood stands where no member said one; otherwise the median of what they said.
    rules : Rules, optional
        The group's own rules; its slots, opening and closing song.
    leads : str, optional
        Code of the member whose song comes first; the turn list goes round from there.
    two_openings : bool
        Where answers are far apart: the first two songs meet the two ends, one each, and then all go on together.

    Raises
    ------
    NoPlaylistError
        If the rules of all leave nothing.
    """
    group = rules or Rules()
    merged = limits_of_all([group, *(member.rules for member in members)])
    merged = replace(merged, slots=group.slots, opening=group.opening, closing=group.closing, pins=dict(group.pins))
    present = median_mood(members)
    if present is not None:
        request = replace(request, present=present)
    openings = _openings(candidates, members, merged) if two_openings else {}
    plain, merged = merged, replace(merged, pins={**openings, **merged.pins})
    turns, left_out = _turns(candidates, request, members, merged, leads)
    playlist = None
    while playlist is None:
        pinned = replace(merged, pins={**merged.pins, **{turn.position: turn.track_id for turn in turns}})
        try:
            playlist = _fairest(candidates, request, members, pinned)
        except NoPlaylistError:
            if not turns and not openings:
                raise
            if not turns:
                openings, merged = {}, plain
                continue
            # The last in turn gives way: with that song in its place no list obeys everyone's limits.
            turns, left_out = turns[:-1], ((turns[-1].code, turns[-1].track_id), *left_out)
    return GroupPlan(
        playlist=playlist,
        turns=turns,
        left_out=left_out,
        spread=spread_of(members),
        satisfaction={member.code: _mean_liking(member, playlist) for member in members},
    )


def _openings(candidates: Candidates, members: Sequence[Member], rules: Rules) -> dict[int, str]:
    """A song for each end of the answers, by its place in the list; none where there is nothing to choose."""
    ends = two_moods(members)
    liking = _liking(members, np.full(len(members), 1.0 / max(len(members), 1)))
    field = field_of(candidates, replace(rules, liking=liking), Weights())
    if ends is None or field.n_allowed < 2:
        return {}
    first = 1 if rules.opening else 0
    used = {str(track_id) for track_id in (rules.opening, rules.closing, *rules.pins.values()) if track_id}
    songs = {int(candidates.song[candidates.position_of[one]]) for one in used if one in candidates.position_of}
    pins: dict[int, str] = {}
    for place, (rows, _) in enumerate(field.nearest(np.array(ends, float), len(songs) + 8), first):
        row = next((int(row) for row in rows if int(candidates.song[row]) not in songs), None)
        if row is not None and place not in rules.pins:
            pins[place] = str(candidates.ids[row])
            songs.add(int(candidates.song[row]))
    return pins


def _fairest(candidates: Candidates, request: PlanRequest, members: Sequence[Member], rules: Rules) -> Playlist:
    # Many weightings come to the same liking, and every seed starts from the same best plan: each is made once.
    @cache
    def planning(liking: tuple[tuple[str, float], ...]) -> Planning:
        return Planning(candidates, request, replace(rules, liking=dict(liking)), Weights())

    @cache
    def made(liking: tuple[tuple[str, float], ...], seed: int) -> Playlist:
        return planning(liking).plan(seed)

    def planned(weights: Any, seed: int = 0) -> tuple[Playlist, Any]:
        playlist = made(tuple(_liking(members, weights).items()), request.seed + seed)
        return playlist, np.array([_mean_liking(member, playlist) for member in members])

    weights = np.full(len(members), 1.0 / max(len(members), 1))
    fairest, satisfied = planned(weights)
    if not members or not any(member.liking for member in members):
        return fairest
    least, lowest_mean = float(satisfied.min()), (1 - MEAN_LOSS) * float(satisfied.mean())
    tried = [(least, tuple(weights))]
    for _ in range(ROUNDS):
        weights = weights * np.exp(EAGERNESS * (satisfied.mean() - satisfied))
        weights /= weights.sum()
        playlist, satisfied = planned(weights)
        if satisfied.mean() >= lowest_mean:
            tried.append((float(satisfied.min()), tuple(weights)))
        if satisfied.min() > least + 1e-9 and satisfied.mean() >= lowest_mean:
            least, fairest = float(satisfied.min()), playlist
    # Among the plans that cost hardly more than each of the best, one may be fairer still.
    for _, best in sorted(set(tried), reverse=True)[:BEST]:
        for seed in range(1, SEEDS + 1):
            playlist, satisfied = planned(np.array(best), seed)
            if satisfied.min() > least + 1e-9 and satisfied.mean() >= lowest_mean:
                least, fairest = float(satisfied.min()), playlist
    return replace(_exchanged(candidates, members, fairest, rules, lowest_mean), request=request)


def _exchanged(
    candidates: Candidates, members: Sequence[Member], playlist: Playlist, rules: Rules, lowest_mean: float
) -> Playlist:
    """Exchange songs for their alternates while that leaves the least satisfied member better off.

    The songs lie at most a tenth further from the route in all, the length stays within its tolerance or where it was,
    no further rule gives way, and songs with a place of their own keep it.
    """
    rules = replace(rules, liking=_liking(members, np.full(len(members), 1.0 / len(members))))
    wanted_s = playlist.request.minutes * 60
    tracking, off_s = (
        playlist.figures["tracking_error"],
        max(abs(playlist.length_s - wanted_s), rules.length_tolerance_s),
    )

    def satisfaction(order: Sequence[str]) -> Any:
        return np.mean([[member.liking.get(track_id, 0.5) for track_id in order] for member in members], axis=1)

    for _ in range(EXCHANGES):
        order = list(playlist.track_ids())
        held = {*rules.pins, *([0] if rules.opening else []), *([len(order) - 1] if rules.closing else [])}
        least = float(satisfaction(order).min())
        better = []
        for place, alternates in enumerate(playlist.pool.alternates):
            for track_id in alternates if place not in held else ():
                other = [*order[:place], track_id, *order[place + 1 :]]
                satisfied = satisfaction(other)
                if track_id not in order and satisfied.min() > least + 1e-9 and satisfied.mean() >= lowest_mean:
                    better.append((float(satisfied.min()), other))
        for _, other in sorted(better, reverse=True)[:BEST]:
            try:
                exchanged = arrange(playlist, other, candidates, rules)
            except NoPlaylistError:
                continue  # it would break somebody's limit
            if (
                exchanged.figures["tracking_error"] <= FURTHER * tracking
                and abs(exchanged.length_s - wanted_s) <= off_s
                and set(exchanged.relaxed) <= set(playlist.relaxed)
            ):
                playlist = exchanged
                break
        else:
            break
    return playlist


def _mean_liking(member: Member, playlist: Playlist) -> float:
    return float(np.mean([member.liking.get(track_id, 0.5) for track_id in playlist.track_ids()]))


def _liking(members: Sequence[Member], weights: Any) -> dict[str, float]:
    """The group's liking of every track that anyone knows."""
    known = sorted({track_id for member in members for track_id in member.liking})
    if not known:
        return {}
    table = np.array([[member.liking.get(track_id, 0.5) for track_id in known] for member in members])
    value = MEAN_SHARE * (weights[:, None] * table).sum(axis=0) + LEAST_SHARE * table.min(axis=0)
    # What several people share spreads less than what one person feels; the group's liking counts as much as one's.
    if len(known) > 1 and value.std() > 0:
        value = 0.5 + (value - value.mean()) * (table.std() / value.std())
    value = np.clip(value, NOT_DISLIKED, 1.0)
    return {track_id: float(liking) for track_id, liking in zip(known, value, strict=True)}


def _turns(
    candidates: Candidates, request: PlanRequest, members: Sequence[Member], rules: Rules, leads: str | None
) -> tuple[tuple[Turn, ...], tuple[tuple[str, str], ...]]:
    """Who brought what, in fair turn: nobody's second song before everybody's first, and places near the route."""
    allowed = field_of(candidates, rules, Weights())
    if allowed.n_allowed == 0:
        return (), ()
    codes = [member.code for member in members]
    start = codes.index(leads) if leads in codes else 0
    ordered = [*members[start:], *members[:start]]
    placed = [one for one in (rules.opening, rules.closing, *rules.pins.values()) if one in candidates.position_of]
    songs = {int(candidates.song[candidates.position_of[one]]) for one in placed if one is not None}
    queue: list[tuple[str, str]] = []
    left_out: list[tuple[str, str]] = []
    rounds = max((len(member.picks) for member in ordered), default=0)
    usable: dict[str, list[str]] = {member.code: [] for member in ordered}
    for number, member in product(range(rounds), ordered):
        if number >= len(member.picks):
            continue
        track_id = member.picks[number]
        row = candidates.position_of.get(track_id)
        if row is None or not allowed.allowed[row] or allowed.low[row] or int(candidates.song[row]) in songs:
            left_out.append((member.code, track_id))
            continue
        songs.add(int(candidates.song[row]))
        usable[member.code].append(track_id)
    for number, member in product(range(rounds), ordered):
        if number < len(usable[member.code]):
            queue.append((member.code, usable[member.code][number]))
    n_tracks = max(1, round(request.minutes * 60 / allowed.median_s))
    taken = {*rules.pins, *([0] if rules.opening else []), *([n_tracks - 1] if rules.closing else [])}
    free = [place for place in range(n_tracks) if place not in taken]
    room = min(len(queue), max(int(PICKED_SHARE * n_tracks), 1), len(free))
    left_out += queue[room:]
    if room == 0:
        return (), tuple(left_out)
    rows = [candidates.position_of[track_id] for _, track_id in queue[:room]]
    places = _places(candidates, rows, request, free, n_tracks)
    turns = [Turn(place, code, track_id) for place, (code, track_id) in zip(places, queue[:room], strict=True)]
    return tuple(turns), tuple(left_out)


def _places(
    candidates: Candidates, rows: Sequence[int], request: PlanRequest, free: Sequence[int], n_tracks: int
) -> list[int]:
    """Places in rising order, one for each song in turn, with the least distance from the route in all."""
    waypoints = lay_out(request, n_tracks).waypoints
    away = np.array([((waypoints[list(free)] - candidates.tracked[row]) ** 2).sum(axis=1) for row in rows])
    best = np.full((len(rows) + 1, len(free) + 1), np.inf)
    best[0] = 0.0
    for song in range(1, len(rows) + 1):
        for place in range(song, len(free) + 1):
            best[song, place] = min(best[song, place - 1], best[song - 1, place - 1] + away[song - 1, place - 1])
    chosen: list[int] = []
    place = len(free)
    for song in range(len(rows), 0, -1):
        while best[song, place] == best[song, place - 1]:
            place -= 1
        chosen.append(free[place - 1])
        place -= 1
    return chosen[::-1]
