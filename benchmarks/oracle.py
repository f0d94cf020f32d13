"""The exact optimum of one search problem, by integer programming: what the search is judged by."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from recommender.costs import FORBIDDEN
from recommender.search import Problem


class _Rows:
    """Linear constraints, gathered row by row."""

    def __init__(self) -> None:
        self.row: list[int] = []
        self.column: list[int] = []
        self.value: list[float] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def add(self, columns, values, low: float, high: float) -> None:
        number = len(self.low)
        self.row += [number] * len(columns)
        self.column += list(columns)
        self.value += list(values)
        self.low.append(low)
        self.high.append(high)

    def constraint(self, n_columns: int) -> LinearConstraint:
        shape = (len(self.low), n_columns)
        return LinearConstraint(
            coo_array((self.value, (self.row, self.column)), shape=shape).tocsr(), self.low, self.high
        )


def optimum(problem: Problem, *, time_limit_s: float = 60.0) -> tuple[int, list[int]] | None:
    """Least cost (grid units) and its choices; None where no order obeys the problem.

    One binary for each slot and choice, one flow for each permitted transition: flows in and out of a choice equal its
    binary, so that they are whole by themselves.

    Raises
    ------
    TimeoutError
        If the solver did not prove its answer in time.
    """
    n = len(problem)
    starts = np.concatenate([[0], np.cumsum([len(own) for own in problem.own])])
    cost = [own.astype(float) for own in problem.own]
    rows = _Rows()
    next_column = int(starts[-1])
    for slot in range(n):
        rows.add(range(starts[slot], starts[slot + 1]), [1.0] * len(problem.own[slot]), 1, 1)
    for slot in range(n - 1):
        before, after = np.nonzero(problem.transitions[slot] < FORBIDDEN)
        columns = next_column + np.arange(len(before))
        cost.append(problem.transitions[slot][before, after].astype(float))
        next_column += len(before)
        for choices, at in ((before, starts[slot]), (after, starts[slot + 1])):
            for choice in range(len(problem.own[slot if at == starts[slot] else slot + 1])):
                flows = columns[choices == choice]
                rows.add([*flows, at + choice], [*[1.0] * len(flows), -1.0], 0, 0)
    song, artist = np.concatenate(problem.song), np.concatenate(problem.artist)
    slot_of = np.repeat(np.arange(n), [len(own) for own in problem.own])
    for number in np.unique(song):
        columns = np.flatnonzero(song == number)
        if len(columns) > 1:
            rows.add(columns, [1.0] * len(columns), 0, 1)
    for number in np.unique(artist):
        for first in range(n):
            window = (artist == number) & (slot_of >= first) & (slot_of < first + problem.artist_spacing)
            columns = np.flatnonzero(window)
            if len(np.unique(slot_of[columns])) > 1:
                rows.add(columns, [1.0] * len(columns), 0, 1)
    duration, low = np.concatenate(problem.duration_ms) / 1000.0, np.concatenate(problem.low)
    rows.add(range(len(duration)), duration, problem.shortest_ms / 1000.0, problem.longest_ms / 1000.0)
    if low.any():
        columns = np.flatnonzero(low)
        rows.add(columns, [1.0] * len(columns), 0, min(problem.most_low, n))
        rows.add(columns, duration[columns], 0, min(problem.most_low_ms / 1000.0, 1e6))
    whole = np.zeros(next_column)
    whole[: starts[-1]] = 1
    found = milp(
        np.concatenate(cost) / 65536,
        constraints=rows.constraint(next_column),
        integrality=whole,
        bounds=Bounds(0, 1),
        options={"time_limit": time_limit_s, "mip_rel_gap": 1e-6},
    )
    if found.status == 2:
        return None
    if found.status != 0:
        raise TimeoutError(found.message)
    chosen = found.x[: starts[-1]].round().astype(bool)
    choices = [int(np.flatnonzero(chosen[starts[slot] : starts[slot + 1]])[0]) for slot in range(n)]
    return problem.cost(choices), choices
