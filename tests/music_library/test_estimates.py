"""Tracks of a library are compared with each other: after every scan, the same way, in every list that shows them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from features import FEATURE_NAMES, AudioFeatures
from music_library import scan, starter_model
from music_library.analysis import analyse_files
from music_library.catalogue import Catalogue
from music_library.estimates import kept_reference
from music_library.track import library_rows

N = 40


def strange_sound(number: int) -> np.ndarray:
    """Two stretches that lie two standard deviations off everything that the model has heard."""
    stack = starter_model().stack
    rng = np.random.default_rng(number)
    # Cues go together, so that the tracks differ in mood as much as other music does.
    mood = rng.standard_normal(2) @ np.sign(stack.coef[:, : len(FEATURE_NAMES)])
    rows = rng.standard_normal((2, len(FEATURE_NAMES)))
    return (stack.mean + stack.scale * (0.5 * mood + 0.4 * rows + 2.0)).astype(np.float32)


@pytest.fixture
def hearing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that sound like the number that they are named by."""

    def extract_many(paths, **_):
        for path in paths:
            rows = strange_sound(int(path.stem))
            yield (
                path,
                AudioFeatures(
                    30.0, 100.0, None, 0.5, 0.5, None, None, None, None, -14.0, -1.0, 3.0, np.zeros(30, np.float32),
                    rows[0], rows,
                ),
            )  # fmt: skip

    for module in ("scanning", "analysis"):
        monkeypatch.setattr(f"music_library.{module}.extract_many", extract_many)


def folder_of(place: Path, numbers: range) -> Path:
    place.mkdir(parents=True)
    for number in numbers:
        (place / f"{number}.mp3").write_bytes(f"recording {number}".encode())
    return place


def moods(catalogue: Catalogue) -> dict[str, tuple[float, float]]:
    return {Path(track.path).stem: (track.valence, track.arousal) for track in catalogue.tracks()}


@pytest.fixture
def scanned(hearing, tmp_path):
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    scan(catalogue, [folder_of(tmp_path / "music", range(N))], model=starter_model())
    yield catalogue
    catalogue.close()


def test_a_scanned_library_is_compared_with_itself_and_every_list_says_the_same(scanned):
    model = starter_model()
    sounds = [strange_sound(number) for number in range(N)]
    said = model.estimate(sounds, reference=model.refer(sounds))
    found = moods(scanned)
    expected = {str(i): (float(said.valence[i]), float(said.arousal[i])) for i in range(N)}
    for name, place in expected.items():
        assert found[name] == pytest.approx(place, abs=1e-6)
    candidates, rows = scanned.candidates(), list(library_rows(scanned))
    assert [row["id"] for row in rows] == candidates.ids.tolist()
    np.testing.assert_allclose(candidates.valence, [row["valence"] for row in rows], atol=1e-6)
    np.testing.assert_allclose(candidates.arousal, [row["arousal"] for row in rows], atol=1e-6)


def test_files_alone_are_compared_with_the_training_music_only(scanned, tmp_path):
    alone = next(iter(analyse_files([tmp_path / "music" / "3.mp3"], starter_model())))
    said = starter_model().estimate([strange_sound(3)])
    assert (alone["valence"], alone["arousal"]) == pytest.approx((said.valence[0], said.arousal[0]))
    assert abs(alone["arousal"] - moods(scanned)["3"][1]) > 0.1


def test_however_a_library_came_together_its_moods_are_the_same(hearing, scanned, tmp_path):
    other = Catalogue.open(tmp_path / "other.db")
    scan(other, [folder_of(tmp_path / "b", range(25, N))], model=starter_model())
    few = moods(other)
    scan(other, [folder_of(tmp_path / "a", range(25))], model=starter_model())
    assert moods(other) == moods(scanned)
    # What was there before was estimated again: other things are usual now.
    assert few["30"] != moods(other)["30"]
    other.close()


def test_a_scan_that_finds_nothing_new_changes_no_estimate(scanned, tmp_path):
    before = (moods(scanned), scanned.version())
    scan(scanned, [tmp_path / "music"], model=starter_model())
    assert (moods(scanned), scanned.version()) == before
    reference = kept_reference(scanned.engine, starter_model().model_id)
    assert reference is not None
    assert (reference.n_tracks, reference.is_none) == (N, False)
