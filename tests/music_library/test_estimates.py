"""Tracks of a library are compared with each other: after every scan, the same way, in every list that shows them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from features import FEATURE_NAMES, AudioFeatures
from music_library import scan, scanning, starter_model
from music_library.analysis import analyse_files
from music_library.catalogue import Catalogue
from music_library.estimates import kept_reference, mood_columns
from music_library.explaining import why_these_moods
from music_library.schema import tracks
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


def test_why_a_song_stands_where_it_does_is_told_beside_what_is_usual_here(scanned, tmp_path):
    ids = {Path(track.path).stem: track.id for track in scanned.tracks()}
    model = starter_model()
    told = why_these_moods(scanned, tmp_path / "without a model of its own", [ids["3"], "no such track"])
    assert list(told) == [ids["3"]]
    reasons = told[ids["3"]]
    usual = kept_reference(scanned.engine, model.model_id)
    assert usual is not None
    assert reasons == model.explain(usual.apply(strange_sound(3)[:1])[0], count=4)
    assert reasons != model.explain(strange_sound(3)[0], count=4)
    effects = [abs(reason.values["effect"]) for reason in reasons]
    assert len(reasons) == 4
    assert effects == sorted(effects, reverse=True)


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


@pytest.mark.parametrize("seed", range(5))
def test_what_is_said_of_a_track_does_not_depend_on_those_asked_about_with_it(seed):
    model = starter_model()
    sounds = [strange_sound(number) for number in range(N)]
    reference = model.refer(sounds)
    said = mood_columns(model, sounds, reference)
    rng = np.random.default_rng(seed)
    some = rng.permutation(N)[: rng.integers(1, N)]
    # To the last bit: a table must come out the same in whatever order files were heard.
    assert mood_columns(model, [sounds[i] for i in some], reference) == [said[i] for i in some]


def table(catalogue: Catalogue) -> list[dict[str, object]]:
    """All columns of all tracks but those that tell when, and under which random name, a track came."""
    said_by_chance = {"number", "id", "added_at", "changed_in", "path"}
    with catalogue.engine.connect() as db:
        rows = db.execute(sa.select(tracks).order_by(tracks.c.content_hash)).mappings().all()
    return [{name: value for name, value in row.items() if name not in said_by_chance} for row in rows]


@pytest.mark.parametrize("seed", range(3))
def test_in_whatever_order_files_are_heard_and_kept_the_table_is_the_same(scanned, tmp_path, monkeypatch, seed):
    in_order = scanning.extract_many
    rng = np.random.default_rng(seed)

    def in_any_order(paths, **_):
        results = list(in_order(paths))
        for i in rng.permutation(len(results)):
            monkeypatch.setattr("music_library.scanning.COMMIT_SECONDS", float(rng.choice([0.0, 1e9])))
            yield results[i]

    monkeypatch.setattr("music_library.scanning.extract_many", in_any_order)
    other = Catalogue.open(tmp_path / "other.db")
    scan(other, [tmp_path / "music"], model=starter_model())
    assert table(other) == table(scanned)
    other.close()


def test_what_a_scan_left_undone_that_was_killed_after_its_last_file_is_done_by_the_next(
    scanned, tmp_path, monkeypatch
):
    other = Catalogue.open(tmp_path / "other.db")
    with monkeypatch.context() as killed:
        killed.setattr("music_library.scanning.refer_again", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            scan(other, [tmp_path / "music"], model=starter_model())
    assert other.count() == N
    assert table(other) != table(scanned)
    assert scan(other, [tmp_path / "music"], model=starter_model()).analysed == 0
    assert table(other) == table(scanned)
    other.close()
