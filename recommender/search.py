"""The search for the cheapest order: a beam with duration buckets, led by an exact bound."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recommender.costs import FORBIDDEN

PRICES = 9
"""How many prices a second of music is tried at for the bound."""


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
    all).
    """

    price: float
    to_go: list[NDArray[np.int32]]
    time_to_go: list[NDArray[np.int64]]
    cost: float

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


def _length(problem: Problem, bound: Bound) -> int:
    first = problem.own[0].astype(np.int64) + bound.to_go[0] + _priced(problem.duration_ms[0], bound.price)
    choice = int(first.argmin())
    return int(problem.duration_ms[0][choice] + bound.time_to_go[0][choice])


def _priced(duration_ms: NDArray[np.int64], price: float) -> NDArray[np.int32]:
    """`price` is in grid units a second."""
    priced: NDArray[np.int32] = np.rint(duration_ms * (price / 1000.0)).astype(np.int32)
    return priced


def _at_price(problem: Problem, price: float) -> Bound:
    n = len(problem)
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
        to_go[slot] = np.minimum(total[np.arange(len(choice)), choice], FORBIDDEN)
        time_to_go[slot] = (problem.duration_ms[after] + time_to_go[after])[choice]
    first = problem.own[0].astype(np.int64) + to_go[0]
    if first.min() >= FORBIDDEN:
        return Bound(price, to_go, time_to_go, float(FORBIDDEN))
    lowest = float((first + _priced(problem.duration_ms[0], price)).min())
    limit_ms = problem.longest_ms if price > 0 else problem.shortest_ms
    # Each priced time was rounded to the grid by at most a half: take that off, so that the bound stays one.
    slack = n / 2 if price else 0
    return Bound(price, to_go, time_to_go, lowest - price * limit_ms / 1000.0 - slack)


def search(problem: Problem, bound: Bound, *, width: int) -> list[int] | None:
    """The cheapest order that a beam of `width` partial orders finds, or None.

    Partial orders are ranked by their cost so far plus the exact cost of the slots to go; of those that promise the
    same length only so many are kept, so that the length can still be met in the end.
    """
    n = len(problem)
    least = _after([int(duration.min()) for duration in problem.duration_ms])
    most = _after([int(duration.max()) for duration in problem.duration_ms])
    n_songs = 1 + max(int(songs.max()) for songs in problem.song)
    bucket_ms = max((problem.longest_ms - problem.shortest_ms) // 2, 1000) if problem.longest_ms < 1 << 40 else 30_000
    wanted = problem.wanted_ms or (problem.shortest_ms + problem.longest_ms) // 2

    cost = np.zeros(1, np.int64)
    length = np.zeros(1, np.int64)
    n_low, low_ms = np.zeros(1, np.int64), np.zeros(1, np.int64)
    used = np.zeros((1, n_songs), np.bool_)
    orders = np.zeros((1, 0), np.int64)
    artists = np.zeros((1, 0), np.int64)
    for slot in range(n):
        duration, low = problem.duration_ms[slot], problem.low[slot]
        new_cost = cost[:, None] + problem.own[slot][None, :]
        if slot:
            new_cost += problem.transitions[slot - 1][orders[:, -1]]
        new_length = length[:, None] + duration[None, :]
        wrong = used[:, problem.song[slot]]
        wrong |= new_length + least[slot] > problem.longest_ms
        wrong |= new_length + most[slot] < problem.shortest_ms
        wrong |= new_cost + bound.to_go[slot][None, :] >= FORBIDDEN
        for back in range(1, min(problem.artist_spacing - 1, slot) + 1):
            wrong |= artists[:, -back, None] == problem.artist[slot][None, :]
        if low.any():
            wrong |= (n_low[:, None] + low) > problem.most_low
            wrong |= (low_ms[:, None] + low * duration) > problem.most_low_ms
        is_last = slot == n - 1
        if is_last:
            rank = new_cost + (_priced(np.abs(new_length - wanted), 40.0) if problem.wanted_ms else 0)
        else:
            rank = new_cost + bound.to_go[slot][None, :]
            if bound.price:
                rank = rank + np.rint(new_length * (bound.price / 1000.0)).astype(np.int64)
        promised = new_length + bound.time_to_go[slot][None, :] - wanted
        bucket = np.clip(promised // bucket_ms, -6, 6) + 6 + 13 * np.minimum(n_low[:, None] + low, 31)
        chosen = _select(rank, wrong, bucket, 1 if is_last else width)
        if len(chosen) == 0:
            return None
        parent, choice = np.divmod(chosen, len(duration))
        cost, length = new_cost[parent, choice], new_length[parent, choice]
        n_low = n_low[parent] + low[choice]
        low_ms = low_ms[parent] + low[choice] * duration[choice]
        used = used[parent]
        used[np.arange(len(parent)), problem.song[slot][choice]] = True
        orders = np.column_stack([orders[parent], choice])
        artists = np.column_stack([artists[parent], problem.artist[slot][choice]])
    found: list[int] = orders[0].tolist()
    return found


def _after(times: list[int]) -> list[int]:
    """What comes after each slot, summed."""
    return [sum(times[slot + 1 :]) for slot in range(len(times))]


def _select(
    rank: NDArray[np.int64], wrong: NDArray[np.bool_], bucket: NDArray[np.int64], width: int
) -> NDArray[np.int64]:
    """Flat places of up to `width` entries: the best of every bucket in turn, and the best of all."""
    right = np.flatnonzero(~wrong)
    if len(right) == 0:
        return right
    # Unique keys, cost first and place second, so that ties are broken alike on every machine.
    keys = rank.ravel()[right] * (1 << 24) + right
    if len(keys) > 32 * width:
        keys = np.partition(keys, 32 * width)[: 32 * width]
    keys = np.sort(keys)
    places = keys & ((1 << 24) - 1)
    in_bucket = bucket.ravel()[places]
    by_bucket = np.argsort(in_bucket, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(in_bucket[by_bucket]) != 0])
    sizes = np.diff(np.r_[starts, len(by_bucket)])
    turn = np.empty(len(places), np.int64)
    turn[by_bucket] = np.arange(len(places)) - np.repeat(starts, sizes)
    share = max(width // max(len(starts), 1), 1)
    first = turn < share
    order = np.concatenate([np.flatnonzero(first), np.flatnonzero(~first)])[:width]
    chosen: NDArray[np.int64] = places[order]
    return chosen
