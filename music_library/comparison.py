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
    genre: NDArray[np.str_] | None = None,
    heard_before: NDArray[np.bool_] | None = None,
    own: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Whether a model may replace the one in use: not worse by over 2 % in all, nor by over 5 % in any group of 30.

    A group is an artist's tracks, or a genre's. A model knows the tracks that it learned from, as marked in
    `heard_before`, better than any track that is new to it. So they are left out of the comparison; where fewer than 30
    others remain, `own`, the error that the model in use had on artists left out when it was trained, stands for it.

    Returns
    -------
    dict
        `may_promote`, and `reasons` as data for `explained` or a page's words: `kind` is `worse` (of `all`, `group` or
        `genre`, with `name`), `worse_than_its_own` or `no_worse`.
    """
    known = np.zeros(len(group), bool) if heard_before is None else heard_before
    fresh = ~known
    reasons: list[dict[str, Any]] = []

    def judge(kind: str, axis: int, limit: float, new: float, old: float, **more: str) -> None:
        if new > limit * old:
            reasons.append({"kind": kind, "axis": AXES[axis], "new": round(new, 6), "old": round(old, 6), **more})

    if known.any() and fresh.sum() < _LEAST_FRESH and own:
        everything = np.ones(len(group), bool)
        for axis, name in enumerate(AXES):
            judge("worse_than_its_own", axis, OVERALL_LIMIT, _rmse(candidate, axis, everything), own[name])
    else:
        if fresh.sum() < _LEAST_FRESH:
            fresh = np.ones(len(group), bool)
        parts = [("all", "", fresh, OVERALL_LIMIT)]
        for of, labels in (("group", group), ("genre", genre)):
            counts = Counter([] if labels is None else labels[fresh].tolist())
            parts += [
                (of, name, fresh & (labels == name), GROUP_LIMIT)
                for name, n in sorted(counts.items())
                if name and n >= _LEAST_GROUP
            ]
        for of, name, rows, limit in parts:
            for axis in range(len(AXES)):
                new, old = _rmse(candidate, axis, rows), _rmse(current, axis, rows)
                judge("worse", axis, limit, new, old, of=of, name=name)
    return {"may_promote": not reasons, "reasons": reasons or [{"kind": "no_worse"}]}


def explained(reason: Mapping[str, Any] | str) -> str:
    """A reason in English, for errors and terminals; reports of earlier versions hold sentences."""
    if isinstance(reason, str):
        return reason
    if reason["kind"] == "no_worse":
        return "not worse than the model in use in anything that was measured"
    errors = f"error {reason['new']:.3f} against {reason['old']:.3f} of the model in use"
    if reason["kind"] == "worse_than_its_own":
        return f"{reason['axis']} of artists left out: {errors}, which learned from these tracks, on its own"
    return f"{reason['axis']} of {reason['name'] or 'all tracks'}: {errors}"


def _rmse(judged: Judged, axis: int, rows: NDArray[np.bool_]) -> float:
    return float(np.sqrt(np.mean((judged.rated - judged.raw)[rows, axis] ** 2)))
