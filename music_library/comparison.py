"""Whether a model that was trained may take the place of the one in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recommender.model import AXES

if TYPE_CHECKING:
    from recommender.evaluation import Judged

OVERALL_LIMIT, GROUP_LIMIT = 1.02, 1.05
_LEAST_GROUP = 30
_LEAST_FRESH = 30


def compare(
    candidate: Judged,
    current: Judged,
    group: NDArray[np.str_],
    *,
    heard_before: NDArray[np.bool_] | None = None,
    own: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Whether a model may replace the one in use: not worse by over 2 % in all, nor by over 5 % in any group of 30.

    A model knows the tracks that it learned from, as marked in `heard_before`, better than any track that is new to it.
    So they are left out of the comparison; where fewer than 30 others remain, `own`, the error that the model in use
    had on artists left out when it was trained, stands for it.
    """
    known = np.zeros(len(group), bool) if heard_before is None else heard_before
    fresh = ~known
    if known.any() and fresh.sum() < _LEAST_FRESH and own:
        reasons = [
            f"{axis_name} of artists left out: error {new:.3f} against {own[axis_name]:.3f} of the model in use, which "
            "learned from these tracks, on its own"
            for axis, axis_name in enumerate(AXES)
            if (new := _rmse(candidate, axis, np.ones(len(group), bool))) > OVERALL_LIMIT * own[axis_name]
        ]
    else:
        if fresh.sum() < _LEAST_FRESH:
            fresh = np.ones(len(group), bool)
        counts = Counter(group[fresh].tolist())
        parts = [("all tracks", fresh, OVERALL_LIMIT)]
        parts += [
            (name, fresh & (group == name), GROUP_LIMIT) for name, n in sorted(counts.items()) if n >= _LEAST_GROUP
        ]
        reasons = [
            f"{axis_name} of {name}: error {new:.3f} against {old:.3f} of the model in use"
            for name, rows, limit in parts
            for axis, axis_name in enumerate(AXES)
            if (new := _rmse(candidate, axis, rows)) > limit * (old := _rmse(current, axis, rows))
        ]
    no_worse = ["not worse than the model in use in anything that was measured"]
    return {"may_promote": not reasons, "reasons": reasons or no_worse}


def _rmse(judged: Judged, axis: int, rows: NDArray[np.bool_]) -> float:
    return float(np.sqrt(np.mean((judged.rated - judged.raw)[rows, axis] ** 2)))
