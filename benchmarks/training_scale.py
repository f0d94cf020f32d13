"""How long a clinic's own model takes to train on very many tracks, and to place a million: beside a random forest.

    python -m benchmarks.training_scale --work DIR [--tracks 100000] [--placed 1000000]

A catalogue of made-up tracks of four stretches each is filled in DIR, and `attune train` does all that it does: reads
the table and the catalogue, trains, judges on artists left out, draws the learning curve and writes the report card.
The forest of scikit-learn, the usual choice, gets the mean of each track as one matrix that already lies in memory, and
does no judging. Each part runs in a process of its own; Attune computes on one thread, as `attune train` does, because
two wait for each other, and the forest on two. Figures go to results/training_scale.json.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select

from benchmarks.open_catalogue import fill
from features import FEATURE_NAMES
from music_library.catalogue import Catalogue
from music_library.database import reading, writing
from music_library.models import starter_model
from music_library.retrain import train_from_table
from music_library.schema import sounds, tracks

N_STRETCHES = 4
N_FACTORS = 20
N_TREES = 30
AT_ONCE = 10_000
RESULTS = Path(__file__).parent / "results" / "training_scale.json"


def made_up(n: int, *, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Stretches of shape (n, N_STRETCHES, n_features) around the starter model's means, and ratings of shape (n, 2).

    Twenty factors move all features; two mixtures of them and noise are the ratings. One value in fifty is unknown.
    """
    stack = starter_model().stack
    fixed = np.random.default_rng(0)
    loadings = fixed.standard_normal((N_FACTORS, len(FEATURE_NAMES))) / np.sqrt(N_FACTORS)
    taste = fixed.standard_normal((N_FACTORS, 2)) / np.sqrt(N_FACTORS)
    rng = np.random.default_rng(seed)
    factors = rng.standard_normal((n, N_FACTORS))
    Z = (factors @ loadings)[:, None, :] + 0.5 * rng.standard_normal((n, N_STRETCHES, len(FEATURE_NAMES)))
    X = (stack.mean + stack.scale * Z).astype(np.float32)
    X[rng.random(X.shape) < 0.02] = np.nan
    return X, np.clip(0.35 * factors @ taste + rng.normal(0, 0.25, (n, 2)), -1, 1)


def prepare(work: Path, n_tracks: int) -> None:
    """A catalogue with features, and a table of tags for it."""
    catalogue = Catalogue.open(work / "catalogue.db")
    fill(catalogue, n_tracks)
    with reading(catalogue.engine) as db:
        known = db.execute(select(tracks.c.number, tracks.c.id, tracks.c.artist).order_by(tracks.c.number)).all()
    with (work / "tags.csv").open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(["track_id", "valence", "arousal", "group"])
        for start in range(0, n_tracks, AT_ONCE):
            part = known[start : start + AT_ONCE]
            X, ratings = made_up(len(part), seed=start)
            rows = [
                {
                    "track_number": row.number,
                    "n_features": len(FEATURE_NAMES),
                    "vector": np.nanmean(stretches, axis=0).astype("<f4").tobytes(),
                    "segments": stretches.astype("<f4").tobytes(),
                    "loudness_curve": b"",
                }
                for row, stretches in zip(part, X, strict=True)
            ]
            with writing(catalogue.engine) as db:
                db.execute(sounds.insert(), rows)
            for row, (valence, arousal) in zip(part, ratings, strict=True):
                table.writerow([row.id, f"{valence:.4f}", f"{arousal:.4f}", row.artist])
    catalogue.close()


def measured(use: Callable[[], object]) -> dict[str, float]:
    """Seconds by the clock and of both processors."""
    wall, cpu = time.perf_counter(), time.process_time()
    use()
    return {"wall_s": round(time.perf_counter() - wall, 1), "cpu_s": round(time.process_time() - cpu, 1)}


def peak_mb() -> int:
    """The most memory that this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def train_here(work: Path) -> dict[str, Any]:
    """Train from the table, with the report card, and say when each step began."""
    steps: dict[str, float] = {}
    began = time.perf_counter()
    catalogue = Catalogue.open(work / "catalogue.db")

    def note(step: str) -> None:
        steps[step] = round(time.perf_counter() - began, 1)

    figures: dict[str, Any] = measured(
        lambda: train_from_table(work / "home", catalogue, work / "tags.csv", scale="-1:1", on_step=note)
    )
    report = json.loads(next((work / "home" / "models").glob("*/report.json")).read_text("utf-8"))
    r2 = {axis: round(report["figures"][axis]["r2"], 3) for axis in ("valence", "arousal")}
    return figures | {"peak_mb": peak_mb(), "began_s": steps, "r2_artists_left_out": r2}


def place_here(n: int) -> dict[str, Any]:
    """Moods of made-up tracks of one vector each, in blocks as a scan or a change of model has them."""
    model = starter_model()
    block = made_up(AT_ONCE, seed=1)[0][:, 0]

    def place() -> None:
        for _ in range(n // AT_ONCE):
            model.estimate_rows(block)

    return measured(place) | {"peak_mb": peak_mb()}


def forest_here(n_tracks: int, n_placed: int) -> dict[str, Any]:
    """The same tracks in a random forest, whole in memory; prediction of a tenth, counted ten times."""
    from sklearn.ensemble import RandomForestRegressor

    parts = [made_up(min(AT_ONCE, n_tracks - start), seed=start) for start in range(0, n_tracks, AT_ONCE)]
    X = np.concatenate([np.nanmean(x, axis=1) for x, _ in parts])
    y = np.concatenate([ratings for _, ratings in parts])
    del parts
    forest = RandomForestRegressor(N_TREES, max_features="sqrt", min_samples_leaf=3, n_jobs=2, random_state=0)
    trained = measured(lambda: forest.fit(X, y))
    some = np.resize(X, (max(1, n_placed // 10), X.shape[1]))
    placed = measured(lambda: forest.predict(some))
    return {
        "trees": N_TREES,
        "train": trained,
        "place_ten_times_a_tenth": {name: round(10 * seconds, 1) for name, seconds in placed.items()},
        "peak_mb": peak_mb(),
    }


def apart(*arguments: str) -> dict[str, Any]:
    """This script in a process of its own, with one thread for the arithmetic."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.training_scale", *arguments],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | threads,
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def main() -> None:
    """Fill, train, place, and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument("--placed", type=int, default=1_000_000)
    parser.add_argument("--part", choices=("prepare", "train", "place", "forest"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "prepare": lambda: measured(lambda: prepare(given.work, given.tracks)),
        "train": lambda: train_here(given.work),
        "place": lambda: place_here(given.placed),
        "forest": lambda: forest_here(given.tracks, given.placed),
    }
    if given.part:
        print(json.dumps(parts[given.part]()))
        return
    figures: dict[str, Any] = {
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load_before": round(os.getloadavg()[0], 1),
        "tracks": given.tracks,
        "placed": given.placed,
    }
    given.work.mkdir(parents=True, exist_ok=True)
    sizes = ["--tracks", str(given.tracks), "--placed", str(given.placed)]
    with tempfile.TemporaryDirectory(dir=given.work) as folder:
        for part in parts:
            figures[part] = apart("--work", folder, *sizes, "--part", part)
            print(part, json.dumps(figures[part]), flush=True)
    figures["load_after"] = round(os.getloadavg()[0], 1)
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
