"""Features and mood of files, without a catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from features.errors import FeatureError
from features.vector import AudioFeatures
from features.workers import extract_many
from music_library.estimates import Estimator, mood_columns, number
from music_library.files import absolute, shown
from music_library.tags import read_tags, title_from_name
from music_library.track import LIBRARY_COLUMNS


def analyse_files(
    paths: Iterable[Path | str], model: Estimator | None, *, workers: int = 1
) -> Iterator[dict[str, Any]]:
    """Hear files and estimate their moods.

    Parameters
    ----------
    paths : iterable of path
        Sound files.
    model : Estimator or None
        None leaves the moods unknown.
    workers : int, default=1
        Files heard at the same time.

    Yields
    ------
    dict
        A library row for each file, in the order given, without an id; `error` says what went wrong with it.
    """
    wanted = [Path(path) for path in paths]
    heard: dict[Path, AudioFeatures | FeatureError] = {}
    results = iter(extract_many(dict.fromkeys(wanted), workers=workers))
    for path in wanted:
        while path not in heard:
            done, result = next(results)
            heard[done] = result
        yield _row(path, heard[path], model)


def _row(path: Path, result: AudioFeatures | FeatureError, model: Estimator | None) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(LIBRARY_COLUMNS)
    row |= {"path": shown(absolute(path)), "flags": ""}
    if isinstance(result, FeatureError):
        return row | {"error": f"{result.reason} {result.remedy}"}
    tags = read_tags(path)
    row |= {"title": tags.title or title_from_name(absolute(path)), "artist": tags.artist, "album": tags.album}
    for name in LIBRARY_COLUMNS:
        if isinstance(value := getattr(result, name, None), float | int):
            row[name] = number(value)
    row |= {"key": result.key, "flags": " ".join(result.flags)}
    if model is not None:
        mood = mood_columns(model, [result.segments])[0]
        row |= {name: mood[name] for name in ("valence_sd", "arousal_sd", "outside_training")}
        row |= {"valence": mood["estimated_valence"], "arousal": mood["estimated_arousal"], "mood_source": "estimate"}
    return row
