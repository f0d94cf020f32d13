"""Change, said honestly: a difference and its chance, a mean with its interval, a run chart's band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

from scipy.special import stdtrit

_NORMAL = NormalDist()
# What people can picture, from often to rare; a chance is told as the nearest of these.
_PLAIN = (
    (9, 10),
    (8, 10),
    (7, 10),
    (6, 10),
    (1, 2),
    (4, 10),
    (3, 10),
    (1, 4),
    (1, 5),
    (1, 6),
    (1, 8),
    (1, 10),
)


@dataclass(frozen=True)
class Odds:
    """A chance as people say it: `count` in `of` sessions, or fewer than that."""

    count: int
    of: int
    fewer: bool = False


@dataclass(frozen=True)
class MeanChange:
    """The mean of a person's own changes with its 95 % interval, as shares of the line."""

    mean: float
    half_width: float
    sessions: int


def chance_of(difference: float, *, rating_error: float) -> float:
    """How often two ratings of an unchanged state would differ by at least this much.

    Parameters
    ----------
    difference : float
        After minus before, as a share of the line, in [-1, 1]; its sign does not matter.
    rating_error : float
        Standard error of one rating, as a share of the line. A difference errs by √2 times it.
    """
    return 2 * (1 - _NORMAL.cdf(abs(difference) / (rating_error * math.sqrt(2))))


def plain_odds(chance: float) -> Odds:
    """A chance in words' reach: "about 1 in 6", or "fewer than 1 in 20" below 5 %."""
    if chance < 0.05:
        return Odds(1, 20, fewer=True)
    count, of = min(_PLAIN, key=lambda odds: abs(math.log(chance * odds[1] / odds[0])))
    return Odds(count, of)


def band(rating_error: float) -> float:
    """Half the width of a run chart's band: 95 % of differences without any change lie within it."""
    return _NORMAL.inv_cdf(0.975) * rating_error * math.sqrt(2)


def mean_change(differences: Sequence[float], *, sessions_needed: int) -> MeanChange | None:
    """The mean of a person's changes, mean ± t·s/√k; None before there are enough, when only points are shown."""
    count = len(differences)
    if count < max(2, sessions_needed):
        return None
    t = float(stdtrit(count - 1, 0.975))
    return MeanChange(fmean(differences), t * stdev(differences) / math.sqrt(count), count)
