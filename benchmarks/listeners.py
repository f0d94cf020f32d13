"""Made-up listeners: does what is learned from a few ratings of one person help, and does it ever harm?

    python -m benchmarks.listeners

A listener rates a track `offset + slope * mood + noise`, cut to the scale. Offsets have an SD of 0.25, slopes of 0.3
around 1, noise 0.25; moods are normal with an SD of 0.45, cut likewise. Errors are those on 200 other tracks.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from recommender.personal import fit_axis

SEED, N_LISTENERS, N_OTHERS = 20_26, 4000, 200
RESULTS = Path(__file__).parent / "results" / "listeners.json"


def relative_error(n_ratings: int, *, neutral: bool, n_listeners: int = N_LISTENERS, seed: int = SEED) -> float:
    """Mean absolute error with what was learned, as a share of that without."""
    rng = np.random.default_rng([seed, n_ratings, neutral])
    with_it = without = 0.0
    for _ in range(n_listeners):
        offset, slope = (0.0, 1.0) if neutral else (rng.normal(0, 0.25), rng.normal(1, 0.3))
        moods = np.clip(rng.normal(0, 0.45, n_ratings + N_OTHERS), -1, 1)
        ratings = np.clip(offset + slope * moods + rng.normal(0, 0.25, len(moods)), -1, 1)
        axis = fit_axis(moods[:n_ratings], ratings[:n_ratings])
        with_it += float(np.abs(axis.apply(moods[n_ratings:]) - ratings[n_ratings:]).mean())
        without += float(np.abs(moods[n_ratings:] - ratings[n_ratings:]).mean())
    return with_it / without


def main() -> None:
    """Print and store the shares."""
    found = {
        f"{n} ratings, {kind}": round(relative_error(n, neutral=kind == "like everyone"), 4)
        for n in (1, 3, 5, 10, 20)
        for kind in ("peculiar", "like everyone")
    }
    for name, share in found.items():
        print(f"{name}: {share:.3f} of the error without")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps({"seed": SEED, "listeners": N_LISTENERS, "error_share": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
