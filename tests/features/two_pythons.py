"""The reference that every Python and every librosa must agree with: features of recordings that are made, not stored.

    python -m tests.features.two_pythons

writes `two_pythons.json` beside this file, with the versions that heard it; to be run again, and its change explained,
only when hearing is changed on purpose (`FEATURES_VERSION`).
"""

from __future__ import annotations

import json
import math
import platform
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import librosa
import numpy as np
from threadpoolctl import threadpool_limits

from features import FEATURE_NAMES, FEATURES_VERSION, AudioFeatures, extract
from tests.signals import SR, chord_song, click_track, noise, write

REFERENCE = Path(__file__).with_suffix(".json")
SINGLE = [field.name for field in fields(AudioFeatures) if field.type in {"float", "float | None"}]


def recordings() -> dict[str, np.ndarray]:
    """Four made recordings, each of 20 s: a song in major, one in minor with drums, a pulse alone, and stereo noise."""
    swell = np.linspace(0.05, 1.0, 20 * SR, dtype=np.float32)
    song = chord_song(2, minor=False, bpm=96, seconds=20)
    drums = 0.5 * chord_song(9, minor=True, bpm=132, seconds=20) + 0.5 * click_track(132, seconds=20)
    return {
        "song in major": 0.5 * song,
        "song in minor with drums": 0.4 * drums * swell,
        "pulse": 0.8 * click_track(75, seconds=20),
        "stereo": np.column_stack([0.3 * song + noise(seconds=20, seed=1), 0.3 * song + noise(seconds=20, seed=2)]),
    }


def hear() -> dict[str, dict[str, Any]]:
    """All that is heard in each of them, as plain values."""
    heard = {}
    with tempfile.TemporaryDirectory() as folder, threadpool_limits(limits=1):
        for name, y in recordings().items():
            found = extract(write(Path(folder) / f"{name}.wav", y))
            numbers = {one: getattr(found, one) for one in SINGLE}
            numbers |= {feature: float(value) for feature, value in zip(FEATURE_NAMES, found.vector, strict=True)}
            said: dict[str, Any] = {one: _known(value) for one, value in numbers.items()}
            heard[name] = said | {"key": found.key, "flags": list(found.flags)}
    return heard


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(f"{value:.7g}")


def main() -> None:
    """Write the reference."""
    made_with = {"python": platform.python_version(), "librosa": librosa.__version__, "numpy": np.__version__}
    content = {"made_with": made_with, "features_version": FEATURES_VERSION, "heard": hear()}
    REFERENCE.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
