"""How many tracks that a limit of tempo should hide get through, judged by renders whose tempo is known.

    python -m benchmarks.limits_on_renders --work FOLDER [--out FILE.json]

FOLDER is that of `benchmarks.extraction`, which renders the corpus; only its judging half is used. A track is truly
unsafe for a limit if its true tempo lies beyond it. Limits read every tempo that has odds of at least 0.2; beside them
stands what the first tempo alone would let through, and what each leaves of the tracks that are safe. Intervals are
bootstrapped over the renders.
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

from benchmarks.limits_on_rated_music import share
from features import AudioFeatures, extract_many
from recommender.candidates import Candidates
from recommender.constraints import Rules
from recommender.hard_rules import allowed_tracks

FASTEST, SLOWEST = (70, 80, 90, 100, 120), (60, 70, 80, 100)


def tempos(folder: Path) -> tuple[Candidates, NDArray[np.float64]]:
    """The judging half as heard, and its true tempos, shape (n_tracks,); what could not be heard has no tempo."""
    with (folder / "truth.csv").open(encoding="utf-8", newline="") as stream:
        truth = {folder / row["file"]: float(row["bpm"]) for row in csv.DictReader(stream) if row["half"] == "judging"}
    heard = {Path(path): result for path, result in extract_many(list(truth), workers=1)}

    def column(name: str) -> NDArray[np.float32]:
        values = [getattr(f, name) if isinstance(f := heard[path], AudioFeatures) else None for path in truth]
        return np.array([np.nan if value is None else value for value in values], np.float32)

    n = len(truth)
    blank = np.zeros(n, np.float32)
    return Candidates(
        ids=np.array([path.stem for path in truth]),
        valence=blank, arousal=blank, valence_sd=blank + 0.3, arousal_sd=blank + 0.3, duration_s=blank + 60,
        tempo_bpm=column("tempo_bpm"), key=np.full(n, -1, np.int8), loudness_lufs=blank - 14,
        artist=np.full(n, -1, np.int32), song=np.arange(n, dtype=np.int32),
        tempo_alternative_bpm=column("tempo_alternative_bpm"), tempo_odds=column("tempo_odds"),
    ), np.array(list(truth.values()))  # fmt: skip


def shares(candidates: Candidates, true_bpm: NDArray[np.float64]) -> list[dict[str, Any]]:
    """For every limit: what gets through of the unsafe and of the safe, by all likely tempos and by the first alone."""
    n = len(candidates)
    first = replace(candidates, tempo_alternative_bpm=np.full(n, np.nan, np.float32), tempo_odds=np.ones(n, np.float32))
    limits = [(Rules(max_tempo_bpm=bpm), "tempo at most", bpm, true_bpm > bpm) for bpm in FASTEST]
    limits += [(Rules(min_tempo_bpm=bpm), "tempo at least", bpm, true_bpm < bpm) for bpm in SLOWEST]
    rows = []
    for rules, name, bpm, unsafe in limits:
        row: dict[str, Any] = {"rule": name, "limit": bpm, "unsafe": int(unsafe.sum()), "of": n}
        for how, tracks in (("likely tempos", candidates), ("first tempo alone", first)):
            through = allowed_tracks(tracks, rules)
            row[f"unsafe let through, {how}, %"] = share(through, unsafe, np.arange(n))
            row[f"safe let through, {how}, %"] = share(through, ~unsafe, np.arange(n))
        rows.append(row)
    return rows


def main() -> None:
    """Hear, hide, compare with the truth."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, default=Path(".bench"))
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "limits_on_renders.json")
    options = parser.parse_args()
    rows = shares(*tempos(options.work / "corpus"))
    print(json.dumps(rows, indent=1))
    options.out.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
