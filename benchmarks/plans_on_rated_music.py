"""Whether plans made on estimates also move in the ratings: the row of the bars that judges the music, not the search.

    python -m benchmarks.plans_on_rated_music --data DIR --cache DIR [--count 200] [--out FILE.json]

Every recording is estimated by a model that has heard nothing of it: in `emotify` by Attune's own, folds of whole
artists; in `deam`, of which there are features of another program and no sound, by a ridge with a spread from trees,
folds of songs. Plans are made on those estimates and scored on the ratings: Kendall's tau between a song's place in the
plan and its rated place along the route, and the mean distance of the ratings from the route. *Greedy* walks the places
that are shown; *greedy, drawn* those that Attune follows, drawn towards what listeners can be expected to say,
so that the two differ by the rule alone; *greedy, expected* walks what can be expected itself, which no screen shows.
Songs held at either end of an iso route count in the order in which they play. Intervals are bootstrapped over
requests; the recordings are the same throughout, so they say nothing of other music.
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import kendalltau
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.generator import moods
from benchmarks.rated_music import load_emotify
from benchmarks.train_starter import NAMES, ratings_of
from recommender.baselines import greedy_plan, random_plan
from recommender.candidates import Candidates
from recommender.constraints import Rules
from recommender.evaluation import by_artist
from recommender.planner import plan
from recommender.playlist import PlanRequest, Playlist
from recommender.routes import lay_out


def greedy_on_drawn(candidates: Candidates, request: PlanRequest, rules: Rules) -> Playlist:
    """The greedy rule on the places that `plan` follows."""
    valence, arousal = candidates.tracked.astype(np.float32).T
    return greedy_plan(replace(candidates, valence=valence, arousal=arousal), request, rules)


def greedy_on_expected(candidates: Candidates, request: PlanRequest, rules: Rules) -> Playlist:
    """The greedy rule on what listeners can be expected to say."""
    expected = {"valence": candidates.valence_expected, "arousal": candidates.arousal_expected}
    return greedy_plan(replace(candidates, **expected), request, rules)


PLANNERS = {
    "attune": plan,
    "greedy": greedy_plan,
    "greedy, drawn": greedy_on_drawn,
    "greedy, expected": greedy_on_expected,
    "random": random_plan,
}


def candidates_of(
    mood: NDArray[np.floating],
    spread: NDArray[np.floating],
    artists: NDArray[Any] | None,
    *,
    expected: NDArray[np.floating] | None = None,
) -> Candidates:
    """The recordings as candidates with out-of-fold moods; a minute each, nothing else known.

    `expected` is what listeners can be expected to say, which plans draw the moods towards.
    """
    n = len(mood)
    unknown = np.full(n, np.nan, np.float32)
    mood, spread = mood.astype(np.float32), spread.astype(np.float32)
    artist = np.full(n, -1) if artists is None else np.unique(artists, return_inverse=True)[1]
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
        artist=artist.astype(np.int32),
        song=np.arange(n, dtype=np.int32),
        valence_expected=unknown if expected is None else expected[:, 0].astype(np.float32),
        arousal_expected=unknown if expected is None else expected[:, 1].astype(np.float32),
    )


def interval(values: Any, *, rng: int = 0) -> list[float]:
    """Mean and its 95 % bootstrap interval."""
    array = np.asarray(values)
    draws = np.random.default_rng(rng).choice(array, (2000, len(array))).mean(axis=1)
    return [round(float(value), 4) for value in (array.mean(), *np.percentile(draws, [2.5, 97.5]))]


def taus(candidates: Candidates, rated: Any, *, count: int, minutes: float = 12.0) -> dict[str, Any]:
    """Kendall's tau of every planner on the same requests, and how far ours is above each."""
    found: dict[str, list[float]] = {name: [] for name in PLANNERS}
    away: dict[str, list[float]] = {name: [] for name in PLANNERS}
    for number, (present, target) in enumerate(moods(count, rng=21)):
        heading = np.array(target) - np.array(present)
        for name, planner in PLANNERS.items():
            request = PlanRequest(present, target, minutes, seed=number if name == "random" else 0)
            rows = [candidates.position_of[track_id] for track_id in planner(candidates, request, Rules()).track_ids()]
            away[name].append(float(np.hypot(*(rated[rows] - lay_out(request, len(rows)).waypoints).T).mean()))
            found[name].append(float(kendalltau(np.arange(len(rows)), rated[rows] @ heading).statistic))
    result: dict[str, Any] = {name: interval(values) for name, values in found.items()}
    for name in [name for name in PLANNERS if name != "attune"]:
        result[f"attune above {name}"] = interval(np.subtract(found["attune"], found[name]))
    result["ratings from the route"] = {name: interval(values) for name, values in away.items()}
    result["attune farther than greedy"] = interval(np.subtract(away["attune"], away["greedy"]))
    return result | {"requests": count, "recordings": len(candidates)}


def deam_estimates(data: Path) -> tuple[NDArray[np.float64], ...]:
    """Ratings, out-of-fold estimates spread as wide as they, the spread of each, and the estimates as they are.

    Each of shape (n, 2).
    """
    with (data / "deam_features" / "features_74.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = [name for name in rows[0] if name != "track_id" and not name.startswith(("valence_", "arousal_"))]
    X = np.nan_to_num(np.array([[float(row[name] or "nan") for name in names] for row in rows]))
    rated = (np.array([[float(row["valence_mean"]), float(row["arousal_mean"])] for row in rows]) - 5) / 4
    rated -= rated.mean(axis=0)
    rated /= np.abs(rated).max(axis=0)
    mood, spread = np.zeros_like(rated), np.zeros_like(rated)
    for known, new in KFold(5, shuffle=True, random_state=0).split(X):
        for axis in range(2):
            y = rated[known, axis]
            model = make_pipeline(StandardScaler(), Ridge(100))
            error = np.abs(y - cross_val_predict(model, X[known], y, cv=5))
            trees = ExtraTreesRegressor(100, min_samples_leaf=10, random_state=0).fit(X[known], np.log(error + 0.02))
            scale = np.sqrt(np.mean(error**2) / np.mean(np.exp(trees.predict(X[known])) ** 2))
            spread[new, axis] = scale * np.exp(trees.predict(X[new]))
            mood[new, axis] = model.fit(X[known], y).predict(X[new])
    return rated, mood * rated.std(axis=0) / mood.std(axis=0), spread, mood


def main() -> None:
    """Estimate, plan, score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "plans_on_rated_music.json")
    options = parser.parse_args()
    source = load_emotify(options.data, options.cache)
    judged = by_artist(ratings_of(source), **NAMES)
    result = {
        "emotify": taus(
            candidates_of(judged.mapped, judged.mapped_sd, source.group, expected=judged.raw),
            judged.rated,
            count=options.count,
        ),
    }
    rated, mood, spread, expected = deam_estimates(options.data)
    result["deam"] = taus(candidates_of(mood, spread, None, expected=expected), rated, count=options.count // 2)
    print(json.dumps(result, indent=1))
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
