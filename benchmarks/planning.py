"""How good and how fast plans are, on synthetic libraries and on a folder of music, beside the peers' rules.

    python -m benchmarks.planning [--music DIR] [--quick] [--sizes 800 5000] [--out FILE.json] [--problems 100]

The gap to the optimum is measured on problems of 10 tracks and 30 candidates a slot, where integer programming can
prove the optimum. Times are wall-clock on whatever else the machine is doing; CPU time and the load stand beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.generator import library, likings, moods
from benchmarks.oracle import optimum
from benchmarks.scanning import scan
from music_library.catalogue import Catalogue
from recommender.baselines import greedy_plan, random_plan
from recommender.candidates import Candidates
from recommender.constraints import Rules
from recommender.costs import Weights
from recommender.editing import replan
from recommender.field import field_of
from recommender.hard_rules import allowed_tracks
from recommender.metrics import steps_back_share
from recommender.mood import Mood
from recommender.planner import Planning, plan
from recommender.playlist import PlanRequest, Playlist
from recommender.routes import lay_out
from recommender.search import bound_of, search

SIZES = (800, 5_000, 100_000, 1_000_000)
MINUTES = 45.0
"""About 12 tracks of the generator's median length."""
PLANNERS: dict[str, Callable[[Candidates, PlanRequest, Rules], Playlist]] = {
    "attune": plan,
    "greedy": greedy_plan,
    "random": random_plan,
}


def spread_of(values: list[float]) -> dict[str, float]:
    """Mean, median, 95 % and largest of some figures."""
    array = np.asarray(values)
    names = ("mean", "median", "p95", "max")
    figures = (array.mean(), np.median(array), np.percentile(array, 95), array.max())
    return {name: round(float(figure), 4) for name, figure in zip(names, figures, strict=True)}


def speed(candidates: Candidates, rules: Rules, *, count: int) -> dict[str, Any]:
    """Index, candidates, whole plans, and new plans after a rating."""
    candidates.kept.clear()
    started = time.perf_counter()
    field = field_of(candidates, rules, Weights())
    result: dict[str, Any] = {"index_s": round(time.perf_counter() - started, 3)}
    query, wall, cpu, again = [], [], [], []
    exact = True
    for number, (present, target) in enumerate(moods(count + 3, rng=1)):
        course = lay_out(PlanRequest(present, target, MINUTES), 12)
        started = time.perf_counter()
        found = field.nearest(course.waypoints, 200)
        query.append(1000 * (time.perf_counter() - started))
        if number < 5:
            exact &= all(is_exact(field, rows, place) for (rows, _), place in zip(found, course.waypoints, strict=True))
        started, started_cpu = time.perf_counter(), time.process_time()
        playlist = plan(candidates, PlanRequest(present, target, MINUTES), rules)
        wall.append(1000 * (time.perf_counter() - started))
        cpu.append(1000 * (time.process_time() - started_cpu))
        heard, left = playlist.track_ids()[:3], MINUTES - 12
        started = time.perf_counter()
        replan(playlist, candidates, rules, present=Mood(0.1, 0.2), heard=heard, minutes=left, alone=False)
        again.append(1000 * (time.perf_counter() - started))
    result |= {"candidates_ms": spread_of(query[3:]), "candidates_exact": exact, "plan_ms": spread_of(wall[3:])}
    return result | {"plan_cpu_ms": spread_of(cpu[3:]), "replan_ms": spread_of(again[3:])}


def is_exact(field: Any, rows: Any, place: Any) -> bool:
    """Whether no track costs less than those found, every track looked at."""
    allowed = np.flatnonzero(field.allowed)
    every = np.sort(field.cost_at(allowed, place))[: len(rows)]
    return bool(np.array_equal(np.sort(field.cost_at(rows, place)), every))


def quality(candidates: Candidates, rules: Rules, *, count: int) -> dict[str, Any]:
    """Raw figures of every planner on the same requests."""
    result: dict[str, Any] = {}
    for name, planner in PLANNERS.items():
        figures: dict[str, list[float]] = {}
        for number, (present, target) in enumerate(moods(count, rng=2)):
            request = PlanRequest(present, target, MINUTES, seed=number if name == "random" else 0)
            playlist = planner(candidates, request, rules)
            rows = [candidates.position_of[track_id] for track_id in playlist.track_ids()]
            course = lay_out(request, len(rows))
            values = dict(playlist.figures) | {
                "steps_back_percent": 100 * steps_back_share(candidates.places[rows], course.directions),
                "length_off_s": abs(playlist.length_s - MINUTES * 60),
                "all_constraints_met_percent": 0.0 if playlist.relaxed else 100.0,
            }
            if playlist.bound_percent is not None:
                values["bound_percent"] = playlist.bound_percent
            for key, value in values.items():
                figures.setdefault(key, []).append(value)
        result[name] = {key: round(float(np.mean(values)), 3) for key, values in sorted(figures.items())}
    return result


def gap(size: int, *, count: int, n_tracks: int = 10, choices: int = 30) -> dict[str, Any]:
    """The search against the proven optimum of the same problems."""
    gaps, bounds = [], []
    missed = impossible = unproven = 0
    candidates = library(size, rng=9)
    for present, target in moods(count, rng=7):
        planning = Planning(candidates, PlanRequest(present, target, n_tracks * 3.9), Rules(), Weights())
        problem, _ = planning.problem(lay_out(planning.request, n_tracks), choices=choices)
        if problem is None:
            continue
        bound = bound_of(problem)
        found = next(filter(None, (search(problem, bound, width=width) for width in (100, 500, 2000))), None)
        try:
            best = optimum(problem)
        except TimeoutError:
            unproven += 1
            continue
        if best is None:
            impossible += 1
            continue
        if found is None:
            missed += 1
            continue
        gaps.append(100 * (problem.cost(found) / best[0] - 1))
        bounds.append(100 * (1 - bound.cost / best[0]))
    return {
        "tracks": size,
        "problems": count,
        "impossible": impossible,
        "unproven": unproven,
        "found_when_possible_percent": 100 * len(gaps) / max(len(gaps) + missed, 1),
        "gap_percent": spread_of(gaps),
        "bound_below_optimum_percent": spread_of(bounds),
    }


def variety(candidates: Candidates, rules: Rules, *, seeds: int = 10) -> dict[str, Any]:
    """How much plans with other seeds differ, and what they cost."""
    shared, cost = [], []
    for present, target in moods(10, rng=4):
        best = plan(candidates, PlanRequest(present, target, MINUTES), rules)
        for seed in range(1, seeds + 1):
            other = plan(candidates, PlanRequest(present, target, MINUTES, seed=seed), rules)
            shared.append(100 * len(set(best.track_ids()) & set(other.track_ids())) / len(best.tracks))
            cost.append(100 * (other.cost / best.cost - 1))
    return {"shared_tracks_percent": spread_of(shared), "cost_above_best_percent": spread_of(cost)}


def scanned(music: Path, *, count: int) -> dict[str, Any]:
    """The same figures on a folder of music, scanned as a user does, with nothing known of anybody's liking."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        said, _ = scan(music, home)
        catalogue = Catalogue.open(home / "catalogue.db")
        candidates = catalogue.candidates()
        catalogue.close()
    return {
        "analysed": said["analysed"],
        "songs": int(allowed_tracks(candidates, Rules()).sum()),
        "hours": round(float(candidates.duration_s.sum()) / 3600, 1),
        "speed": speed(candidates, Rules(), count=count),
        "quality": quality(candidates, Rules(), count=count),
    }


def main() -> None:
    """Run what was asked for and keep the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a few requests of each kind")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--music", type=Path, help="a folder of music, to be scanned and planned with")
    parser.add_argument("--skip-gap", action="store_true")
    parser.add_argument("--problems", type=int, default=100, help="for the gap, of each size")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "planning.json")
    options = parser.parse_args()
    count = 10 if options.quick else 100
    results: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "numpy": np.__version__,
        "minutes": MINUTES,
        "requests": count,
        "libraries": {},
    }
    for size in options.sizes:
        candidates = library(size)
        rules = Rules(liking=likings(candidates))
        entry = {"speed": speed(candidates, rules, count=count), "load_before": round(os.getloadavg()[0], 1)}
        if size <= 100_000:
            entry["quality"] = quality(candidates, rules, count=count)
        if size == 5_000:
            entry["variety"] = variety(candidates, rules)
        results["libraries"][str(size)] = entry
        print(size, json.dumps(entry, indent=1), flush=True)
    if options.music is not None:
        results["scanned"] = scanned(options.music, count=count)
        print(json.dumps(results["scanned"], indent=1), flush=True)
    if not options.skip_gap:
        results["gap"] = [gap(size, count=options.problems) for size in (300, 20_000)]
        print(json.dumps(results["gap"], indent=1), flush=True)
    options.out.write_text(json.dumps(results, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
