"""How fair group plans are: the least satisfied member beside plain averaging, on simulated tastes.

python -m benchmarks.groups [--count 40] [--first-seed 100] [--out FILE.json]
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.generator import library, moods, tastes
from recommender.constraints import Rules
from recommender.group import Member, plan_together
from recommender.planner import plan
from recommender.playlist import PlanRequest


def fairness(*, count: int, n_tracks: int = 1000, n_members: int = 5, first_seed: int = 100) -> dict[str, float]:
    """Mean and least satisfaction, fair and plain, over several groups."""
    candidates = library(n_tracks, rng=3)
    names = (f"{name}_{figure}" for name in ("fair", "plain") for figure in ("mean", "least", "tracking"))
    figures: dict[str, list[float]] = {name: [] for name in names}
    for number, (present, target) in enumerate(moods(count, rng=first_seed + 8)):
        likings = tastes(candidates, n_members, rng=first_seed + number)
        members = [Member(f"m{at}", liking) for at, liking in enumerate(likings)]
        request = PlanRequest(present, target, 36)
        fair = plan_together(candidates, request, members)
        table = np.array([list(liking.values()) for liking in likings])
        mean = table.mean(axis=0)
        # Averages spread less than single likings: the same stretch as in the fair plan, or it would win by that alone.
        stretched = np.clip(0.5 + (mean - mean.mean()) * table.std() / mean.std(), 0.21, 1)
        average = dict(zip(candidates.ids.tolist(), stretched.tolist(), strict=True))
        plain = plan(candidates, request, replace(Rules(), liking=average))
        for name, playlist in (("fair", fair.playlist), ("plain", plain)):
            rows = [candidates.position_of[track_id] for track_id in playlist.track_ids()]
            satisfied = table[:, rows].mean(axis=1)
            figures[f"{name}_tracking"].append(playlist.figures["tracking_error"])
            figures[f"{name}_mean"].append(float(satisfied.mean()))
            figures[f"{name}_least"].append(float(satisfied.min()))
    ratios = np.array(figures["fair_least"]) / np.array(figures["plain_least"])
    means = {name: float(np.mean(values)) for name, values in figures.items()}
    return {name: round(value, 4) for name, value in means.items()} | {
        "least_gain_percent": round(100 * (means["fair_least"] / means["plain_least"] - 1), 2),
        "mean_loss_percent": round(100 * (1 - means["fair_mean"] / means["plain_mean"]), 2),
        "least_gain_standard_error": round(100 * float(np.std(ratios)) / count**0.5, 2),
        "groups": count,
        "first_seed": first_seed,
    }


def main() -> None:
    """Measure and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--first-seed", type=int, default=100, help="Other groups: seeds that nothing was tuned on.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "groups.json")
    options = parser.parse_args()
    result = fairness(count=options.count, first_seed=options.first_seed)
    print(json.dumps(result, indent=1))
    options.out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
