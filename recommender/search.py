"""The search for the cheapest order: a beam with duration buckets, led by an exact bound."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recommender.costs import FORBIDDEN

PRICES = 7
"""How many prices a second of music is tried at for the bound."""
TIGHTENINGS = 40
NARROW = 100
"""Up to this width the beam looks only at the choices that are worth it."""
KEPT_CHOICES = 96
DOUBTFUL = 1.035
"""An order that costs this much more than the bound is looked for again with a beam four times as wide."""
IMPOSSIBLE = FORBIDDEN // 2
"""Between the dearest order there can be and one forbidden step, however much is spared elsewhere."""
OFF_LENGTH = 40.0
"""Where the length has no firm limits: grid units for each second off it."""


@dataclass(frozen=True)
class Problem:
    """One choice for each slot, all costs whole numbers on the grid.

    Attributes
    ----------
    own : list of ndarray of shape (n_choices,)
        Cost of each choice of each slot, int32.
    transitions : list of ndarray of shape (n_choices, n_choices of the next slot)
        Cost from each choice to each of the next slot, int32, `FORBIDDEN` where it must not be.
    duration_ms : list of ndarray of shape (n_choices,)
        Length of each choice, int64.
    song, artist : list of ndarray of shape (n_choices,)
        Numbers from 0; the same number is the same song or artist. Unknown artists have numbers of their own.
    low : list of ndarray of shape (n_choices,)
        Whether a choice counts as a low mood.
    shortest_ms, longest_ms : int
        The length of the whole must lie between them.
    artist_spacing : int
        No artist twice within this many choices.
    most_low, most_low_ms : int
        How many low moods the whole may hold, and how long they may last.
    wanted_ms : int
        Where the length has no firm limits, the closer to this the better.
    """

    own: list[NDArray[np.int32]]
    transitions: list[NDArray[np.int32]]
    duration_ms: list[NDArray[np.int64]]
    song: list[NDArray[np.int64]]
    artist: list[NDArray[np.int64]]
    low: list[NDArray[np.bool_]]
    shortest_ms: int
    longest_ms: int
    artist_spacing: int = 3
    most_low: int = 1 << 30
    most_low_ms: int = 1 << 60
    wanted_ms: int | None = None

    def __len__(self) -> int:
        return len(self.own)

    def cost(self, choices: list[int]) -> int:
        """Cost of one order."""
        own = sum(int(self.own[slot][choice]) for slot, choice in enumerate(choices))
        pairs = pairwise(choices)
        return own + sum(int(self.transitions[slot][a, b]) for slot, (a, b) in enumerate(pairs))


@dataclass(frozen=True)
class Bound:
    """The cheapest order that ignores repeated songs and artists, at a price for each second of music.

    `to_go[slot][choice]` is the priced cost of all slots after this one, `time_to_go` the time that they take, and
    `cost` is at most that of any order that obeys the problem (grid units; `FORBIDDEN` or more: there is no order at
    all). `taken_off` is what a priced cost must lose to bound the cost itself.
    """

    price: float
    to_go: list[NDArray[np.int32]]
    time_to_go: list[NDArray[np.int64]]
    cost: float
    path: tuple[int, ...] = ()
    taken_off: float = 0.0

    @property
    def is_possible(self) -> bool:
        """Whether any order may exist; False is certain, True is not."""
        return self.cost < FORBIDDEN


def bound_of(problem: Problem) -> Bound:
    """The highest bound over several prices of time: the Lagrangian dual of the length, by bisection.

    Ignoring repetitions makes the problem a shortest path, solved exactly by dynamic programming; the price of time
    makes that path keep to the length.
    """
    best = _at_price(problem, 0.0)
    length = _length(problem, best)
    if not best.is_possible or problem.shortest_ms <= length <= problem.longest_ms:
        return best
    sign = 1.0 if length > problem.longest_ms else -1.0
    cheap, dear = 0.0, None
    step = 16.0
    for _ in range(PRICES):
        price = cheap + step if dear is None else (cheap + dear) / 2
        step *= 4
        trial = _at_price(problem, sign * price)
        if trial.cost > best.cost:
            best = trial
        length = _length(problem, trial)
        if problem.shortest_ms <= length <= problem.longest_ms:
            break
        if (length > problem.longest_ms) == (sign > 0):
            cheap = price
        else:
            dear = price
    return best


def tightened(problem: Problem, bound: Bound, found: list[int]) -> float:
    """A higher bound than `bound.cost`, which also knows that songs do not come twice.

    Each song that the cheapest path repeats is given a price, by subgradient steps (Held and Karp's for the travelling
    salesman): what the path then costs, less the prices, is a bound still. In a sparse library, where the same few
    songs are nearest to several places, this is much of the distance to the optimum.
    """
    cost = problem.cost(found)
    n_songs = 1 + max(int(song.max()) for song in problem.song)
    price_of = np.zeros(n_songs)
    best = bound.cost
    pace = 1.0
    for _ in range(TIGHTENINGS):
        whole = np.rint(price_of).astype(np.int32)
        own = [own + whole[song] for own, song in zip(problem.own, problem.song, strict=True)]
        trial = _at_price(replace(problem, own=own), bound.price, remember=True)
        if not trial.is_possible:
            return best
        value = trial.cost - float(whole.sum())
        if value <= best:
            pace *= 0.7
        best = max(best, value)
        slope = -np.ones(n_songs)
        np.add.at(slope, [problem.song[slot][choice] for slot, choice in enumerate(trial.path)], 1)
        slope[(slope < 0) & (price_of <= 0)] = 0
        if cost - best < 1 or not slope.any():
            break
        price_of = np.maximum(price_of + pace * (cost - value) / (slope @ slope) * slope, 0)
    return min(best, float(cost))


def _length(problem: Problem, bound: Bound) -> int:
    first = problem.own[0].astype(np.int64) + bound.to_go[0] + _priced(problem.duration_ms[0], bound.price)
    choice = int(first.argmin())
    return int(problem.duration_ms[0][choice] + bound.time_to_go[0][choice])


def _priced(duration_ms: NDArray[np.integer], price: float) -> NDArray[np.int32]:
    """`price` is in grid units a second."""
    priced: NDArray[np.int32] = np.rint(duration_ms * (price / 1000.0)).astype(np.int32)
    return priced


def _at_price(problem: Problem, price: float, *, remember: bool = False) -> Bound:
    n = len(problem)
    next_of = []
    to_go = [np.zeros(0, np.int32)] * n
    time_to_go = [np.zeros(0, np.int64)] * n
    to_go[-1] = np.zeros(len(problem.own[-1]), np.int32)
    time_to_go[-1] = np.zeros(len(problem.own[-1]), np.int64)
    for slot in range(n - 2, -1, -1):
        after = slot + 1
        arrive = problem.own[after] + to_go[after]
        if price:
            arrive = arrive + _priced(problem.duration_ms[after], price)
        total = problem.transitions[slot] + arrive
        choice = total.argmin(axis=1)
        if remember:
            next_of.append(choice)
        to_go[slot] = np.minimum(total[np.arange(len(choice)), choice], FORBIDDEN)
        time_to_go[slot] = (problem.duration_ms[after] + time_to_go[after])[choice]
    first = problem.own[0].astype(np.int64) + to_go[0]
    if first.min() >= FORBIDDEN:
        return Bound(price, to_go, time_to_go, float(FORBIDDEN))
    first += _priced(problem.duration_ms[0], price)
    lowest = float(first.min())
    path = [int(first.argmin())]
    for choice in reversed(next_of):
        path.append(int(choice[path[-1]]))
    limit_ms = problem.longest_ms if price > 0 else problem.shortest_ms
    # Each priced time was rounded to the grid by at most a half: take that off, so that the bound stays one.
    taken_off = price * limit_ms / 1000.0 + (n / 2 if price else 0)
    return Bound(price, to_go, time_to_go, lowest - taken_off, tuple(path), taken_off)


def search(problem: Problem, bound: Bound, *, width: int) -> list[int] | None:
    """The cheapest order that a beam of `width` partial orders finds, or None.

    Partial orders are ranked by their cost so far plus the exact cost of the slots to go; of those that promise the
    same length only so many are kept, so that the length can still be met in the end. A narrow beam looks only at the
    choices through which a cheap path leads, and again with more width where it ends far above the bound.
    """
    if width > NARROW:
        return _beam(problem, bound, width)
    worth = _worthwhile(problem, bound)
    if worth is not None:
        problem, bound = _narrowed(problem, worth), _bound_narrowed(bound, worth)
    found = _beam(problem, bound, width)
    if found is not None and problem.cost(found) > DOUBTFUL * bound.cost and problem.wanted_ms is None:
        # Only orders that can still turn out cheaper are followed, so that the wider beam is hardly slower.
        found = _beam(problem, bound, 4 * width, below=problem.cost(found)) or found
    if found is None or worth is None:
        return found
    return [int(worth[slot][choice]) for slot, choice in enumerate(found)]


def _worthwhile(problem: Problem, bound: Bound) -> list[NDArray[np.int64]] | None:
    """The choices of each slot through which the cheapest priced paths lead, in their order."""
    if max(len(own) for own in problem.own) <= KEPT_CHOICES:
        return None
    arrive = np.zeros(len(problem.own[0]), np.int32)
    kept = []
    for slot, own in enumerate(problem.own):
        leave = arrive + own + _priced(problem.duration_ms[slot], bound.price)
        if slot + 1 < len(problem):
            arrive = np.minimum((problem.transitions[slot] + leave[:, None]).min(axis=0), FORBIDDEN)
        else:
            arrive = leave
        through = (leave + bound.to_go[slot]).astype(np.int64) * 65536 + np.arange(len(own))
        best = through if len(own) <= KEPT_CHOICES else np.partition(through, KEPT_CHOICES)[:KEPT_CHOICES]
        kept.append(np.sort(best % 65536))
    return kept


def _narrowed(problem: Problem, kept: list[NDArray[np.int64]]) -> Problem:
    def pick(values: list[NDArray[Any]]) -> list[NDArray[Any]]:
        return [value[places] for value, places in zip(values, kept, strict=True)]

    return replace(
        problem,
        own=pick(problem.own),
        transitions=[transition[kept[slot]][:, kept[slot + 1]] for slot, transition in enumerate(problem.transitions)],
        duration_ms=pick(problem.duration_ms),
        song=pick(problem.song),
        artist=pick(problem.artist),
        low=pick(problem.low),
    )


def _bound_narrowed(bound: Bound, kept: list[NDArray[np.int64]]) -> Bound:
    to_go = [values[places] for values, places in zip(bound.to_go, kept, strict=True)]
    time_to_go = [values[places] for values, places in zip(bound.time_to_go, kept, strict=True)]
    return replace(bound, to_go=to_go, time_to_go=time_to_go)


def _beam(problem: Problem, bound: Bound, width: int, *, below: int | None = None) -> list[int] | None:
    """The cheapest order that a beam finds; with `below`, None unless it costs less than that."""
    n = len(problem)
    highest = FORBIDDEN if below is None else min(below + bound.taken_off, FORBIDDEN)
    least = _after([int(duration.min()) for duration in problem.duration_ms])
    most = _after([int(duration.max()) for duration in problem.duration_ms])
    n_songs = 1 + max(int(songs.max()) for songs in problem.song)
    longest = min(problem.longest_ms, 1 << 30)
    firm = problem.longest_ms < 1 << 30
    bucket_ms = max((longest - problem.shortest_ms) // 2, 1000) if firm else 30_000
    wanted = problem.wanted_ms or (problem.shortest_ms + longest) // 2
    has_low = any(low.any() for low in problem.low)

    cost, length = np.zeros(1, np.int32), np.zeros(1, np.int32)
    n_low, low_ms = np.zeros(1, np.int32), np.zeros(1, np.int64)
    used = np.zeros((1, n_songs), np.bool_)
    orders = np.zeros((1, n), np.int64)
    artists = np.zeros((1, n), np.int64)
    for slot in range(n):
        duration, low = problem.duration_ms[slot].astype(np.int32), problem.low[slot]
        new_cost = problem.own[slot] + cost[:, None]
        if slot:
            new_cost += problem.transitions[slot - 1][orders[:, slot - 1]]
        new_length = length[:, None] + duration
        rank = new_cost + bound.to_go[slot]
        wrong = used[:, problem.song[slot]]
        # Read from the cost, not from the rank: a negative price could bring a forbidden step below the line.
        wrong |= new_cost >= IMPOSSIBLE
        if bound.price:
            rank += _priced(new_length, bound.price)
        wrong |= rank >= highest
        wrong |= new_length > longest - least[slot]
        wrong |= new_length < problem.shortest_ms - most[slot]
        for back in range(max(slot - problem.artist_spacing + 1, 0), slot):
            wrong |= artists[:, back, None] == problem.artist[slot]
        promised = new_length + (bound.time_to_go[slot] - wanted).astype(np.int32)
        bucket = np.clip(promised // bucket_ms, -6, 6) + 6
        if has_low:
            new_low = n_low[:, None] + low
            wrong |= new_low > problem.most_low
            wrong |= (low_ms[:, None] + low * problem.duration_ms[slot]) > problem.most_low_ms
            bucket += 13 * np.minimum(new_low, 31)
        is_last = slot == n - 1
        if is_last and problem.wanted_ms:
            rank = new_cost + _priced(np.abs(new_length - wanted), OFF_LENGTH)
        elif is_last:
            rank = new_cost
        chosen = _select(rank, wrong, bucket, 1 if is_last else width)
        if len(chosen) == 0:
            return None
        parent, choice = np.divmod(chosen, len(duration))
        cost, length = new_cost[parent, choice], new_length[parent, choice]
        if has_low:
            n_low = n_low[parent] + low[choice]
            low_ms = low_ms[parent] + low[choice] * problem.duration_ms[slot][choice]
        used = used[parent]
        used[np.arange(len(parent)), problem.song[slot][choice]] = True
        orders, artists = orders[parent], artists[parent]
        orders[:, slot], artists[:, slot] = choice, problem.artist[slot][choice]
    found: list[int] = orders[0].tolist()
    return found


def _after(times: list[int]) -> list[int]:
    """What comes after each slot, summed."""
    return [sum(times[slot + 1 :]) for slot in range(len(times))]


def _select(
    rank: NDArray[np.int32], wrong: NDArray[np.bool_], bucket: NDArray[np.integer], width: int
) -> NDArray[np.int64]:
    """Flat places of up to `width` entries: the best of every bucket in turn, and the best of all."""
    right = np.flatnonzero(~wrong.ravel())
    if len(right) == 0:
        return right
    # Unique keys, cost first and place second, so that ties are broken alike on every machine.
    keys = (rank.ravel()[right].astype(np.int64) << 24) | right
    if len(keys) > 16 * width:
        keys = np.partition(keys, 16 * width)[: 16 * width]
    keys.sort()
    places: NDArray[np.int64] = keys & ((1 << 24) - 1)
    in_bucket = bucket.ravel()[places]
    by_bucket = np.argsort(in_bucket, kind="stable")
    ordered = in_bucket[by_bucket]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sizes = np.diff(np.append(starts, len(ordered)))
    turn = np.empty(len(places), np.int64)
    turn[by_bucket] = np.arange(len(places)) - np.repeat(starts, sizes)
    first = turn < max(width // len(starts), 1)
    order = np.concatenate([np.flatnonzero(first), np.flatnonzero(~first)])[:width]
    chosen: NDArray[np.int64] = places[order]
    return chosen
