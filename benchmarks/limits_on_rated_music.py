"""How many tracks that a limit should hide get through, judged by people's ratings.

    python -m benchmarks.limits_on_rated_music --data DIR --cache DIR [--out FILE.json]

Every recording of the rated set is estimated by a model that has heard nothing of its artist. A track is truly unsafe
for a limit if its rating lies beyond it. Limits read the edge of the 80 % interval; beside them stands what a reading
of the estimate alone would let through, and what each leaves of the tracks that are safe. Intervals are bootstrapped
over artists.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.plans_on_rated_music import candidates_of
from benchmarks.rated_music import load_emotify
from benchmarks.train_starter import NAMES, ratings_of
from recommender.candidates import Candidates
from recommender.constraints import Rules
from recommender.evaluation import by_artist
from recommender.hard_rules import allowed_tracks

LIMITS = {
    "energy at most": ((-0.2, 0.0, 0.2), 1),
    "no mood lower than": ((-0.2, 0.0, 0.2), 0),
}


def rules_of(name: str, limit: float) -> Rules:
    """The rule that a therapist would set."""
    if name == "energy at most":
        return Rules(max_arousal=limit)
    return Rules(low_valence=limit, max_low_valence_tracks=0)


def shares(candidates: Candidates, rated: Any, artists: Any) -> list[dict[str, Any]]:
    """For every limit: what gets through of the unsafe and of the safe, by interval and by point estimate."""
    certain = replace(candidates, certain_mood=np.ones(len(candidates), np.bool_))
    group = np.unique(artists, return_inverse=True)[1]
    rows = []
    for name, (limits, axis) in LIMITS.items():
        for limit in limits:
            unsafe = rated[:, axis] > limit if axis else rated[:, axis] < limit
            row: dict[str, Any] = {"rule": name, "limit": limit, "unsafe": int(unsafe.sum()), "of": len(unsafe)}
            for how, tracks in (("interval", candidates), ("estimate alone", certain)):
                through = allowed_tracks(tracks, rules_of(name, limit))
                row[f"unsafe let through, {how}, %"] = share(through, unsafe, group)
                row[f"safe let through, {how}, %"] = share(through, ~unsafe, group)
            rows.append(row)
    return rows


def share(through: NDArray[np.bool_], of: NDArray[np.bool_], group: NDArray[np.intp], *, rng: int = 0) -> list[float]:
    """A share in percent with its 95 % interval, whole artists drawn anew."""
    n = int(group.max()) + 1
    passed, all_of = (np.bincount(group, part, minlength=n) for part in (through & of, of))
    drawn = np.random.default_rng(rng).integers(0, n, (2000, n))
    draws = passed[drawn].sum(axis=1) / np.maximum(all_of[drawn].sum(axis=1), 1)
    middle = passed.sum() / max(all_of.sum(), 1)
    return [round(100 * float(value), 1) for value in (middle, *np.percentile(draws, [2.5, 97.5]))]


def main() -> None:
    """Estimate, hide, compare with the ratings."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "limits_on_rated_music.json")
    options = parser.parse_args()
    source = load_emotify(options.data, options.cache)
    judged = by_artist(ratings_of(source), **NAMES)
    rows = shares(candidates_of(judged.mapped, judged.mapped_sd, source.group), judged.rated, source.group)
    print(json.dumps(rows, indent=1))
    options.out.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
