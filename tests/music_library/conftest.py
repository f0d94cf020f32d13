"""A catalogue on each kind of database, small recordings, and a model whose answers are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from music_library.catalogue import Catalogue
from tests.postgres import postgres_server, postgres_url  # noqa: F401  # fixtures
from tests.signals import chord_song, click_track, write


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def catalogue_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty catalogue can be made, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'home' / 'catalogue.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def catalogue(catalogue_url: str, tmp_path: Path) -> Iterator[Catalogue]:
    """An empty catalogue."""
    (tmp_path / "home").mkdir(exist_ok=True)
    opened = Catalogue.open(catalogue_url)
    yield opened
    opened.close()


@pytest.fixture
def quick_hearing(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[Path]]:
    """Hear files in this process instead of starting workers; the answer tells which files were heard."""
    from threadpoolctl import threadpool_limits

    from features.errors import FeatureError
    from features.extraction import extract

    heard: list[Path] = []

    def extract_here(paths: Any, **_: Any) -> Iterator[tuple[Path, Any]]:
        for path in paths:
            heard.append(path)
            try:
                # On one thread, as workers hear: on two, a matrix product may round differently.
                with threadpool_limits(limits=1):
                    result: Any = extract(path)
            except FeatureError as error:
                result = error
            yield path, result

    monkeypatch.setattr("music_library.scanning.extract_many", extract_here)
    return lambda: list(heard)


class KnownModel:
    """Estimates what it was told to: the same mood for every track."""

    def __init__(self, model_id: str = "known-1", valence: float = 0.25, arousal: float = -0.5) -> None:
        self.model_id = model_id
        self.valence, self.arousal = valence, arousal
        self.asked = 0

    def refer(self, segments_per_track: Sequence[NDArray[np.float32]], /) -> None:
        """Nothing is usual to it."""

    def estimate(self, segments_per_track: Sequence[NDArray[np.float32]], /, *, reference: Any = None) -> Any:
        n = len(segments_per_track)
        self.asked += n
        return SimpleNamespace(
            valence=np.full(n, self.valence),
            arousal=np.full(n, self.arousal),
            valence_sd=np.full(n, 0.3),
            arousal_sd=np.full(n, 0.2),
            outside_training=np.zeros(n, dtype=bool),
            raw_valence=np.full(n, self.valence / 2),
            raw_arousal=np.full(n, self.arousal / 2),
        )


@pytest.fixture
def known_model() -> KnownModel:
    """A model with one answer."""
    return KnownModel()


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """A folder with two recordings of 5 s."""
    folder = tmp_path / "music"
    folder.mkdir()
    write(folder / "01 - First song.wav", chord_song(0, minor=False, seconds=5))
    write(folder / "second.flac", click_track(100, seconds=5))
    return folder
