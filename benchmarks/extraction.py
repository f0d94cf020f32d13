"""Speed, memory and accuracy of hearing, beside the peers, on the half of the corpus that nothing was tuned on.

    python -m benchmarks.extraction --work FOLDER [--music FOLDER_OF_MP3] [--limit N] [--answers-only]

Makes the peers' own environment and the corpus in FOLDER where they are missing (both take long the first time), runs
each peer as a process of its own on one thread, and writes `benchmarks/results/extraction.json`.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
PEERS = {
    "attune": None,
    "decode": None,
    "librosa": None,
    "essentia": "essentia",
    "essentia-degara": "essentia",
    "aubio": "aubio",
    "bliss": "bliss-audio",
}
NOTES = {"C": 0, "C#": 1, "Db": 1, "D": 2, "D#": 3, "Eb": 3, "E": 4, "F": 5, "F#": 6, "Gb": 6, "G": 7, "G#": 8, "Ab": 8,
         "A": 9, "A#": 10, "Bb": 10, "B": 11}  # fmt: skip
Rows = list[dict[str, Any]]


def environment(work: Path) -> tuple[Path, list[str]]:
    """The peers' own Python, and which of them could not be installed."""
    folder = work / "peers-venv"
    python = folder / "bin" / "python"
    missing = []
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    for package in ("music21", "mido", "soundfile", *{p for p in PEERS.values() if p}):
        done = subprocess.run([str(python), "-m", "pip", "install", "-q", package], capture_output=True, check=False)
        if done.returncode:
            missing.append(package)
    return python, missing


def answers(peer: str, python: Path, paths: list[Path], kept: Path) -> Rows:
    """What a peer says of each file; kept in a file, so that a run can be taken up again."""
    if not kept.exists():
        one_thread = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
        done = subprocess.run(
            [str(python), str(HERE / "peers.py"), peer],
            input="\n".join(map(str, paths)),
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | one_thread | {"PYTHONPATH": str(HERE.parent)},
        )
        if done.returncode:
            print(f"{peer}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(done.stdout, encoding="utf-8")
    return [json.loads(line) for line in kept.read_text("utf-8").splitlines()]


def scores(rows: Rows, truth: dict[str, dict[str, str]]) -> dict[str, NDArray[np.float64]]:
    """Each measure for each file, 0 to 1."""
    table: dict[str, list[float]] = {name: [] for name in ("tempo", "octave", "key", "mirex", "mode", "slow")}
    for row in rows:
        right = truth[Path(row["path"]).name]
        bpm, true_bpm = row.get("bpm") or np.nan, float(right["bpm"])
        near = [abs(bpm / (true_bpm * k) - 1) <= 0.04 for k in (1, 2, 1 / 2, 3, 1 / 3)]
        table["tempo"].append(near[0])
        table["octave"].append(any(near))
        table["slow"].append(near[0] if 55 <= true_bpm <= 95 else np.nan)
        table["mirex"].append(mirex(row, right))
        table["key"].append(table["mirex"][-1] == 1)
        table["mode"].append(row.get("mode") == right["mode"])
    return {name: np.asarray(values, dtype=float) for name, values in table.items()}


def mirex(row: dict[str, Any], right: dict[str, str]) -> float:
    """MIREX's weights: 1 for the key, .5 for its fifth, .3 for its relative, .2 for its parallel."""
    if not row.get("key"):
        return 0.0
    apart = (NOTES[row["key"]] - NOTES[right["key"]]) % 12
    if row["mode"] == right["mode"]:
        return {0: 1.0, 5: 0.5, 7: 0.5}.get(apart, 0.0)
    return 0.2 if apart == 0 else 0.3 if apart == (9 if right["mode"] == "major" else 3) else 0.0


def calibration(probability: NDArray[np.float64], is_true: NDArray[np.bool_]) -> float:
    """Expected calibration error over ten bins."""
    bins = np.minimum((probability * 10).astype(int), 9)
    return float(
        sum(abs(probability[bins == b].mean() - is_true[bins == b].mean()) * np.mean(bins == b) for b in set(bins))
    )


def area(score: NDArray[np.float64], is_true: NDArray[np.bool_]) -> float:
    """Area under the ROC curve."""
    pairs = score[is_true][:, None] - score[~is_true][None, :]
    return float(np.mean((pairs > 0) + 0.5 * (pairs == 0)))


def main() -> None:
    """Run what is missing and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path(".bench"), help="folder for environment, corpus, answers")
    parser.add_argument("--music", type=Path, help="folder of MP3s for the speed of whole files")
    parser.add_argument("--limit", type=int, help="only this many files of each kind")
    parser.add_argument("--answers-only", action="store_true", help="score kept answers, install and render nothing")
    given = parser.parse_args()
    python = given.work / "peers-venv" / "bin" / "python"
    missing: list[str] = []
    corpus = given.work / "corpus"
    if not given.answers_only:
        python, missing = environment(given.work)
        limit = ["--limit", str(given.limit)] if given.limit else []
        subprocess.run([str(python), str(HERE / "corpus.py"), str(corpus), *limit], check=True)
    with (corpus / "truth.csv").open(encoding="utf-8") as file:
        truth = {row["file"]: row for row in csv.DictReader(file)}
    counts: dict[str, int] = {}
    judged = []
    for name, row in sorted(truth.items()):
        counts[row["kind"]] = counts.get(row["kind"], 0) + (row["half"] == "judging")
        if row["half"] == "judging" and (given.limit is None or counts[row["kind"]] <= given.limit):
            judged.append(corpus / name)
    music = sorted(given.music.glob("*.mp3")) if given.music else []
    results: dict[str, Any] = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "corpus_files": len(truth),
        "not_installed": missing,
        "peers": {},
    }
    kept: dict[str, dict[str, NDArray[np.float64]]] = {}
    heard: dict[str, list[str]] = {}
    for peer, package in PEERS.items():
        own = Path(sys.executable) if package is None else python
        entry: dict[str, Any] = {}
        if music and (rows := answers(peer, own, music, given.work / "answers" / f"mp3-{peer}.jsonl")):
            entry["mp3_cpu_s"] = round(sum(r["cpu_s"] for r in rows), 2)
            entry["mp3_peak_mb"] = round(max(r["peak_mb"] for r in rows))
        if peer not in {"bliss", "decode"} and (
            rows := answers(peer, own, judged, given.work / "answers" / f"{peer}.jsonl")
        ):
            rows = [r for r in rows if Path(r["path"]).name in truth]
            kept[peer] = scores(rows, truth)
            heard[peer] = [Path(r["path"]).name for r in rows]
            entry["n"] = len(rows)
            if peer == "aubio":  # it names no key
                kept[peer] = {name: kept[peer][name] for name in ("tempo", "octave", "slow")}
            entry |= {name: round(float(np.nanmean(v)) * 100, 1) for name, v in kept[peer].items()}
            entry["by_kind"] = by_kind(kept[peer], [truth[Path(r["path"]).name]["kind"] for r in rows])
            if peer == "attune":
                entry |= own_calibration(rows, truth, kept[peer]["tempo"] > 0)
        results["peers"][peer] = entry
    seconds = {peer: entry["mp3_cpu_s"] for peer, entry in results["peers"].items() if "mp3_cpu_s" in entry}
    if "attune" in seconds:
        results["cpu_s_over_attune"] = {peer: round(s / seconds["attune"], 2) for peer, s in seconds.items()}
    results["attune_minus_peer"] = differences(kept, heard)
    (HERE / "results").mkdir(exist_ok=True)
    (HERE / "results" / "extraction.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(results, indent=1))


def by_kind(measures: dict[str, NDArray[np.float64]], kinds: list[str]) -> dict[str, dict[str, float]]:
    """Each measure's mean for each kind of music, in per cent; what a kind has none of is left out."""
    kind = np.asarray(kinds)
    return {
        k: {
            n: round(float(np.nanmean(v[kind == k])) * 100, 1)
            for n, v in measures.items()
            if np.isfinite(v[kind == k]).any()
        }
        for k in sorted(set(kinds))
    }


def own_calibration(rows: Rows, truth: dict[str, dict[str, str]], is_right: NDArray[np.bool_]) -> dict[str, float]:
    """How far the stated odds of tempo and mode can be believed."""
    mode = np.array([np.nan if r["soft_mode"] is None else r["soft_mode"] for r in rows])
    odds = np.array([np.nan if r["odds"] is None else r["odds"] for r in rows])
    is_major = np.array([truth[Path(r["path"]).name]["mode"] == "major" for r in rows])
    known, sure = np.isfinite(mode), np.isfinite(odds)
    return {
        "mode_auc": round(area(mode[known], is_major[known]), 3),
        "mode_ece": round(calibration((mode[known] + 1) / 2, is_major[known]), 3),
        "tempo_odds_ece": round(calibration(odds[sure], is_right[sure]), 3),
    }


def differences(kept: dict[str, dict[str, NDArray[np.float64]]], heard: dict[str, list[str]]) -> dict[str, Any]:
    """Points by which Attune is ahead on the files that both heard, with a paired bootstrap interval of 95 %."""
    found: dict[str, Any] = {}
    own = {name: i for i, name in enumerate(heard.get("attune", []))}
    for peer, measures in kept.items():
        both = [(own[name], i) for i, name in enumerate(heard[peer]) if name in own]
        if peer == "attune" or not both:
            continue
        of_attune, of_peer = np.asarray(both).T
        rng = np.random.default_rng(0)
        found[peer] = {"n": len(both)}
        for name, values in measures.items():
            pairs = np.stack([kept["attune"][name][of_attune], values[of_peer]], axis=1) * 100
            pairs = pairs[np.isfinite(pairs).all(axis=1)]
            ahead = pairs[:, 0] - pairs[:, 1]
            low, high = np.percentile(ahead[rng.integers(0, len(ahead), (2000, len(ahead)))].mean(axis=1), [2.5, 97.5])
            found[peer][name] = {
                "attune": round(float(pairs[:, 0].mean()), 1),
                "peer": round(float(pairs[:, 1].mean()), 1),
                "ahead": [round(float(x), 1) for x in (ahead.mean(), low, high)],
            }
    return found


if __name__ == "__main__":
    main()
