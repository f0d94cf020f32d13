"""How long a catalogue takes to open, search and plan from, and how much memory: `python benchmarks/open_catalogue.py`.

The tracks are made by a fixed generator: moods from four normals (centres ±.3, SD .25), spreads .15 to .4, lengths
log-normal around 3.7 minutes, tempi log-normal around 110 BPM, 24 keys, loudness N(−12, 3) LUFS, artists after Zipf.
Each figure is taken in a process of its own; the first opening reads every row, later ones the kept columns.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from features.vector import FEATURES_VERSION  # noqa: E402
from music_library.catalogue import Catalogue  # noqa: E402
from music_library.changes import next_version  # noqa: E402
from music_library.database import writing  # noqa: E402
from music_library.intake import new_id  # noqa: E402
from music_library.schema import tracks  # noqa: E402
from music_library.tags import same_number  # noqa: E402
from recommender.candidates import KEY_NAMES  # noqa: E402
from recommender.constraints import Rules  # noqa: E402
from recommender.mood import Mood  # noqa: E402
from recommender.planner import plan  # noqa: E402
from recommender.playlist import PlanRequest  # noqa: E402

AT_ONCE = 20_000


def fill(catalogue: Catalogue, n_tracks: int) -> None:
    """Put made-up tracks into an empty catalogue."""
    rng = np.random.default_rng(0)
    for start in range(0, n_tracks, AT_ONCE):
        n = min(AT_ONCE, n_tracks - start)
        mood = np.clip(rng.choice([-0.3, 0.3], (n, 2)) + rng.normal(0, 0.25, (n, 2)), -1, 1)
        spread = rng.uniform(0.15, 0.4, (n, 2))
        duration_s = 222 * np.exp(rng.normal(0, 0.35, n))
        tempo_bpm = 110 * 2 ** rng.normal(0, 0.25, n)
        loudness_lufs = rng.normal(-12, 3, n)
        artist = rng.zipf(1.3, n) % 50_000
        key = rng.integers(0, 24, n)
        with writing(catalogue.engine) as db:
            version = next_version(db)
            rows = []
            for i in range(n):
                names = (f"Title number {start + i}", f"Artist {artist[i]}", f"Album {artist[i] % 9000}")
                rows.append(
                    {
                        "id": new_id(),
                        "content_hash": f"{start + i:040x}",
                        "path": f"/music/{names[1]}/{names[0]}.mp3",
                        "is_missing": False,
                        "added_at": 0.0,
                        "title": names[0],
                        "artist": names[1],
                        "album": names[2],
                        "artist_hash": same_number(names[1]),
                        "song_hash": same_number(names[1], names[0]),
                        "features_version": FEATURES_VERSION,
                        "duration_s": float(duration_s[i]),
                        "tempo_bpm": float(tempo_bpm[i]),
                        "tempo_alternative_bpm": float(tempo_bpm[i] * 2),
                        "tempo_odds": 0.7,
                        "pulse_clarity": 0.5,
                        "tempo_drift": 0.01,
                        "key": KEY_NAMES[key[i]],
                        "key_clarity": 0.5,
                        "mode": 0.1,
                        "loudness_lufs": float(loudness_lufs[i]),
                        "true_peak_dbtp": -1.0,
                        "largest_rise_db": 5.0,
                        "flags": "",
                        "model_id": "made-up",
                        "estimated_valence": float(mood[i, 0]),
                        "estimated_arousal": float(mood[i, 1]),
                        "valence_sd": float(spread[i, 0]),
                        "arousal_sd": float(spread[i, 1]),
                        "outside_training": False,
                        "search_text": " ".join(names).lower(),
                        "changed_in": version,
                    }
                )
            db.execute(tracks.insert(), rows)


def measure(url: str) -> dict[str, float]:
    """Open a catalogue and use it once."""
    figures: dict[str, float] = {}

    def timed(name: str, use: Callable[[], object]) -> None:
        wall, cpu = time.perf_counter(), time.process_time()
        use()
        figures[f"{name}_s"] = round(time.perf_counter() - wall, 3)
        figures[f"{name}_cpu_s"] = round(time.process_time() - cpu, 3)

    opened: list[Catalogue] = []
    timed("open", lambda: opened.append(Catalogue.open(url)))
    catalogue = opened[0]
    timed("candidates", catalogue.candidates)
    figures["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    timed("search", lambda: catalogue.tracks(words="artist 77", limit=50))
    timed("search_count", lambda: catalogue.count(words="artist 77"))
    track_id = str(catalogue.candidates().ids[0])
    timed("correct", lambda: catalogue.correct(track_id, account="benchmark", valence=0.0, arousal=0.0))
    timed("candidates_after_correction", catalogue.candidates)
    # What the pages ask: how much there is, the first rows of a search, and the songs of one plan.
    timed("counts", catalogue.counts)
    timed("first_page", lambda: catalogue.tracks(limit=200))
    songs: list[str] = []

    def plan_once(seed: int) -> None:
        request = PlanRequest(Mood(-0.5, 0.4), Mood(0.5, -0.3), minutes=45, seed=seed)
        songs[:] = [track.track_id for track in plan(catalogue.candidates(), request, Rules()).tracks]

    timed("first_plan", lambda: plan_once(0))  # makes the index
    walls, cpus = [], []
    for seed in range(1, 12):
        wall, cpu = time.perf_counter(), time.process_time()
        plan_once(seed)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    figures |= {"plan_s": round(sorted(walls)[5], 3), "plan_cpu_s": round(sorted(cpus)[5], 3)}
    timed("songs_of_a_plan", lambda: catalogue.tracks_by_id(songs))
    catalogue.close()
    return figures


def main() -> None:
    """Fill where needed, then measure twice, each in a new process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="SQLAlchemy URL, such as sqlite:////tmp/big.db or postgresql://…")
    parser.add_argument("--tracks", type=int, default=1_000_000)
    parser.add_argument("--measure", action="store_true", help="only measure, in this process")
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.url)))
        return
    catalogue = Catalogue.open(arguments.url)
    if catalogue.count() == 0:
        fill(catalogue, arguments.tracks)
    catalogue.close()
    for opening in ("first", "second"):
        command = [sys.executable, __file__, arguments.url, "--measure"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        print(opening, said.strip())


if __name__ == "__main__":
    main()
