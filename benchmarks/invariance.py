"""What must not change what is heard, on real recordings: level, phase, offset, channels, sampling rate and codec.

    python -m benchmarks.invariance --music DIR [--music DIR] [--most 40]

Up to a minute of each recording is written again in each way, heard, and compared with the minute as it was. Judged are
the tempo (within 1 %), the key, the mode, the mood of the model that ships (within .05 on the mapped scale), and each
feature's mean shift over all recordings, in standard deviations of that feature between recordings.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr  # type: ignore[import-untyped]  # comes with librosa, as its resampler
from numpy.typing import NDArray

from benchmarks.scanning import some_files
from features import FEATURE_NAMES, AudioFeatures, FeatureError, extract
from features.decoders import open_regular, open_stream
from recommender.model import MoodModel
from recommender.model_file import load_model

RESULTS = Path(__file__).parent / "results" / "invariance.json"
SECONDS = 60
RATES = (22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000)
CODECS = {
    "mp3, 128 kbit/s": ("-c:a", "libmp3lame", "-b:a", "128k", "-f", "mp3"),
    "ogg, quality 5": ("-c:a", "libvorbis", "-q:a", "5", "-f", "ogg"),
    "opus, 128 kbit/s": ("-c:a", "libopus", "-b:a", "128k", "-f", "ogg"),
    "aac, 128 kbit/s": ("-c:a", "aac", "-b:a", "128k", "-f", "ipod"),
}
Audio = NDArray[np.float32]


def minute_of(path: Path) -> tuple[Audio, int] | None:
    """Up to a minute from a tenth of the way in, shape (n_samples, 2), and its rate; None if it is too short."""
    blocks, have = [], 0
    with open_regular(path) as file:
        stream = open_stream(file)
        for block in stream.blocks:
            blocks.append(np.array(block[:, :2], dtype=np.float32))
            have += len(block)
            if have > 4 * SECONDS * stream.sr:
                break
    y = np.concatenate(blocks) if blocks else np.zeros((0, 2), np.float32)
    y = y[(start := len(y) // 10) : start + SECONDS * stream.sr]
    if len(y) < SECONDS // 2 * stream.sr or not np.abs(y).max() > 0.01:
        return None
    y = y if y.shape[1] == 2 else np.repeat(y, 2, axis=1)
    # Room for an offset and for the overshoot of resampling and codecs: what clips is another recording.
    return y * np.float32(0.7 / np.abs(y).max()), stream.sr


def coded(codec: str, path: Path, y: Audio, sr: int) -> None:
    """Write with one of the codecs, by the program ffmpeg."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as plain:
        soundfile.write(plain.name, y, sr, format="WAV", subtype="FLOAT")
        command = ["ffmpeg", "-v", "error", "-y", "-i", plain.name, *CODECS[codec], str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=300)


def ways() -> dict[str, Callable[[Path, Audio, int], object]]:
    """How a recording is written again, by name."""

    def wav(change: Callable[[Audio], NDArray[np.floating]]) -> Callable[[Path, Audio, int], object]:
        return lambda path, y, sr: soundfile.write(path, change(y), sr, format="RF64", subtype="FLOAT")

    def at(rate: int) -> Callable[[Path, Audio, int], object]:
        def write(path: Path, y: Audio, sr: int) -> None:
            soundfile.write(path, soxr.resample(y, sr, rate, quality="VHQ"), rate, format="RF64", subtype="FLOAT")

        return write

    all_ways: dict[str, Callable[[Path, Audio, int], object]] = {
        "20 dB softer": wav(lambda y: y * 0.1),
        "40 dB softer": wav(lambda y: y * 0.01),
        "as loud as it goes": wav(lambda y: y / np.abs(y).max() * 0.999),
        "inverted": wav(lambda y: -y),
        "one channel inverted": wav(lambda y: y * np.array([1, -1], np.float32)),
        "offset .05": wav(lambda y: y + 0.05),
        "channels swapped": wav(lambda y: y[:, ::-1]),
        "mono": wav(lambda y: y.mean(axis=1)),
        "eight channels": wav(lambda y: np.tile(y, (1, 4))),
        "two of eight channels": wav(lambda y: np.concatenate([y, np.zeros((len(y), 6), np.float32)], axis=1)),
    }
    all_ways |= {f"{rate} Hz": at(rate) for rate in RATES}
    all_ways |= {codec: partial(coded, codec) for codec in CODECS}
    return all_ways


def compared(before: AudioFeatures, after: AudioFeatures, model: MoodModel) -> dict[str, float]:
    """How far two hearings of the same music are apart; tempo and key are 1 where they agree."""
    mood = model.estimate([before.segments, after.segments])
    if before.tempo_bpm is None or after.tempo_bpm is None:
        is_same = before.tempo_bpm is after.tempo_bpm
    else:
        is_same = abs(after.tempo_bpm / before.tempo_bpm - 1) <= 0.01
    either = (before.mode is None) or (after.mode is None)
    return {
        "tempo": float(is_same),
        "key": float(before.key == after.key),
        "mode": float(before.mode is after.mode if either else (before.mode > 0) == (after.mode > 0)),  # type: ignore[operator]
        "mode_by": 0.0 if either else abs(after.mode - before.mode),  # type: ignore[operator]
        "valence_by": float(abs(mood.valence[1] - mood.valence[0])),
        "arousal_by": float(abs(mood.arousal[1] - mood.arousal[0])),
    }


def main() -> None:
    """Hear everything in every way and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--music", type=Path, action="append", required=True, help="a folder of recordings")
    parser.add_argument("--most", type=int, default=40, help="recordings from each folder")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    with as_file(files("music_library") / "starter_model" / "model.json") as path:
        model = load_model(path)
    moved: dict[str, list[dict[str, float]]] = {name: [] for name in ways()}
    vectors: dict[str, list[NDArray[np.float32]]] = {name: [] for name in ("", *ways())}
    n = 0
    with tempfile.TemporaryDirectory() as folder:
        again = Path(folder) / "again.bin"
        for path in [p for music in given.music for p in some_files(music, given.most)]:
            if (minute := minute_of(path)) is None:
                continue
            y, sr = minute
            soundfile.write(again, y, sr, format="RF64", subtype="FLOAT")
            try:
                before = extract(again)
            except FeatureError as error:
                print(f"{path.name}: {error}")
                continue
            n += 1
            vectors[""].append(before.vector)
            for name, write in ways().items():
                write(again, y, sr)
                after = extract(again)
                moved[name].append(compared(before, after, model))
                vectors[name].append(after.vector)
    given.out.write_text(json.dumps(summed_up(moved, vectors, n), indent=1) + "\n", encoding="utf-8")


def summed_up(
    moved: dict[str, list[dict[str, float]]], vectors: dict[str, list[NDArray[np.float32]]], n: int
) -> dict[str, Any]:
    """Shares that agree, the largest differences, and the feature whose mean moves most, for each way."""
    original = np.stack(vectors[""]).astype(np.float64)
    between = np.nanstd(original, axis=0)
    between[between == 0] = np.nan
    results: dict[str, Any] = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "recordings": n,
        "ways": {},
    }
    for name, rows in moved.items():
        table = {key: np.array([row[key] for row in rows]) for key in rows[0]}
        change = np.stack(vectors[name]).astype(np.float64) - original
        shift = np.nanmean(change, axis=0) / between
        order = np.argsort(-np.nan_to_num(np.abs(shift)))
        entry: dict[str, Any] = {"is_codec": name in CODECS} | {
            f"same_{key}_percent": round(100 * float(table[key].mean()), 1) for key in ("tempo", "key", "mode")
        }
        for key in ("mode_by", "valence_by", "arousal_by"):
            entry[f"{key}_largest"] = round(float(table[key].max()), 3)
            entry[f"{key}_median"] = round(float(np.median(table[key])), 4)
        entry["mood_within_.05_percent"] = round(
            100 * float(np.mean((table["valence_by"] <= 0.05) & (table["arousal_by"] <= 0.05))), 1
        )
        entry["mean_shifts_sd"] = {FEATURE_NAMES[i]: round(float(shift[i]), 3) for i in order[:3]}
        results["ways"][name] = entry
        print(name, json.dumps(entry), flush=True)
    return results


if __name__ == "__main__":
    main()
