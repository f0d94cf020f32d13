"""Whether plans made on estimates also move in the ratings: the row of the bars that judges the music, not the search.

    python -m benchmarks.plans_on_rated_music --data DIR --cache DIR [--count 200] [--out FILE.json]

Every recording of the rated set is estimated by a model that has heard nothing of its artist. Plans are made on those
estimates, and scored on the ratings: Kendall's tau between a song's place in the plan and its rated place along the
route. Intervals are bootstrapped over requests.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import kendalltau

from benchmarks.generator import moods
from benchmarks.rated_music import load_emotify
from benchmarks.train_starter import NAMES, ratings_of
from recommender.baselines import greedy_plan, random_plan
from recommender.candidates import Candidates
from recommender.constraints import Rules
from recommender.evaluation import Judged, by_artist
from recommender.planner import plan
from recommender.playlist import PlanRequest

PLANNERS = {"attune": plan, "greedy": greedy_plan, "random": random_plan}


def candidates_of(judged: Judged, artists: Any) -> Candidates:
    """The recordings as candidates with out-of-fold moods; a minute each, nothing else known."""
    n = len(judged.rated)
    unknown = np.full(n, np.nan, np.float32)
    mood, spread = judged.mapped.astype(np.float32), judged.mapped_sd.astype(np.float32)
    return Candidates(
        ids=np.array([f"r{number:04d}" for number in range(n)]),
        valence=mood[:, 0],
        arousal=mood[:, 1],
        valence_sd=spread[:, 0],
        arousal_sd=spread[:, 1],
        duration_s=np.full(n, 60, np.float32),
        tempo_bpm=unknown,
        key=np.full(n, -1, np.int8),
        loudness_lufs=unknown,
        artist=np.unique(artists, return_inverse=True)[1].astype(np.int32),
        song=np.arange(n, dtype=np.int32),
    )


def interval(values: Any, *, rng: int = 0) -> list[float]:
    """Mean and its 95 % bootstrap interval."""
    array = np.asarray(values)
    draws = np.random.default_rng(rng).choice(array, (2000, len(array))).mean(axis=1)
    return [round(float(value), 4) for value in (array.mean(), *np.percentile(draws, [2.5, 97.5]))]


def taus(candidates: Candidates, rated: Any, *, count: int, minutes: float = 12.0) -> dict[str, Any]:
    """Kendall's tau of every planner on the same requests, and how far ours is above each."""
    found: dict[str, list[float]] = {name: [] for name in PLANNERS}
    for number, (present, target) in enumerate(moods(count, rng=21)):
        heading = np.array(target) - np.array(present)
        for name, planner in PLANNERS.items():
            request = PlanRequest(present, target, minutes, seed=number if name == "random" else 0)
            rows = [candidates.position_of[track_id] for track_id in planner(candidates, request, Rules()).track_ids()]
            found[name].append(float(kendalltau(np.arange(len(rows)), rated[rows] @ heading).statistic))
    result: dict[str, Any] = {name: interval(values) for name, values in found.items()}
    for name in ("greedy", "random"):
        result[f"attune above {name}"] = interval(np.subtract(found["attune"], found[name]))
    return result | {"requests": count, "recordings": len(candidates)}


def main() -> None:
    """Estimate, plan, score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "plans_on_rated_music.json")
    options = parser.parse_args()
    source = load_emotify(options.data, options.cache)
    judged = by_artist(ratings_of(source), **NAMES)
    result = taus(candidates_of(judged, source.group), judged.rated, count=options.count)
    print(json.dumps(result, indent=1))
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
