"""A clinic's own model: trained on its table, judged beside the one in use, put in use only when it is no worse."""

from __future__ import annotations

import json

import numpy as np
import pytest

from features import FEATURE_NAMES, AudioFeatures
from music_library import retrain
from music_library.catalogue import Catalogue
from music_library.models import model_in_use, starter_model
from music_library.tag_table import TagTableError
from recommender.errors import TrainingError

N = 160


def sound_of(number: int) -> np.ndarray:
    return np.random.default_rng(number).standard_normal((1, len(FEATURE_NAMES))).astype(np.float32)


def heard(number: int) -> AudioFeatures:
    rows = sound_of(number)
    return AudioFeatures(
        30.0, 100.0, None, 0.5, 0.5, None, None, None, None, -14.0, -1.0, 3.0, np.zeros(30, np.float32), rows[0], rows
    )


@pytest.fixture
def clinic(tmp_path, monkeypatch):
    """A home, its catalogue, a table of made-up tracks whose mood follows two features, and what was heard."""
    calls: list[str] = []

    def extract_many(paths, **_):
        for path in paths:
            calls.append(path.name)
            yield path, heard(int(path.stem))

    monkeypatch.setattr(retrain, "extract_many", extract_many)
    mode, onsets = FEATURE_NAMES.index("third_lean"), FEATURE_NAMES.index("onset_rate")
    rng = np.random.default_rng(0)
    lines = ["path,valence,arousal,artist"]
    for i in range(N):
        (tmp_path / f"{i}.mp3").write_bytes(b"x")
        place = np.tanh(0.5 * sound_of(i)[0, [mode, onsets]] + 0.1 * rng.standard_normal(2))
        lines.append(f"{i}.mp3,{place[0]:.4f},{place[1]:.4f},artist {i % 40}")
    table = tmp_path / "tags.csv"
    table.write_text("\n".join(lines))
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    yield tmp_path, catalogue, table, calls
    catalogue.close()


def test_a_model_is_trained_judged_put_in_use_and_taken_back(clinic):
    home, catalogue, table, calls = clinic
    before = model_in_use(home).model_id
    trained = retrain.train_from_table(home, catalogue, table, scale="-1:1")
    assert model_in_use(home).model_id == before
    assert trained.report["n"] == N
    assert trained.report["figures"]["valence"]["r2"] > trained.report["in_use"]["valence"]["r2"]
    assert trained.report["comparison"]["may_promote"]
    assert len(trained.report["worst"]) == 20
    assert [row["id"] for row in retrain.list_models(home)] == ["starter", trained.model_id]
    assert retrain.promote(home, catalogue, trained.model_id) == trained.model_id
    assert model_in_use(home).model_id == trained.model_id
    assert [row["in_use"] for row in retrain.list_models(home)] == [False, True]
    assert retrain.roll_back(home, catalogue) == "starter"
    assert model_in_use(home).model_id == before
    with pytest.raises(retrain.PromotionError, match="nothing to go back to"):
        retrain.roll_back(home, catalogue)
    assert len(calls) == N


def test_the_same_table_and_seed_give_the_same_bytes_and_nothing_is_heard_twice(clinic):
    home, catalogue, table, calls = clinic
    first = retrain.train_from_table(home, catalogue, table, scale="-1:1", out=home / "a")
    second = retrain.train_from_table(home, catalogue, table, scale="-1:1", out=home / "b")
    for name in ("model.json", "report.json", "report.html"):
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()
    assert len(calls) == N


def test_a_worse_model_is_not_put_in_use(clinic):
    home, catalogue, table, _ = clinic
    trained = retrain.train_from_table(home, catalogue, table, scale="-1:1")
    retrain.promote(home, catalogue, trained.model_id)
    lines = table.read_text().splitlines()
    rng = np.random.default_rng(1)
    noisy = [lines[0]]
    for line in lines[1:]:
        path, valence, arousal, artist = line.split(",")
        wrong = 0.6 * rng.uniform(-1, 1, 2)
        noisy.append(f"{path},{0.4 * float(valence) + wrong[0]:.4f},{0.4 * float(arousal) + wrong[1]:.4f},{artist}")
    (home / "noisy.csv").write_text("\n".join(noisy))
    worse = retrain.train_from_table(home, catalogue, home / "noisy.csv", scale="-1:1")
    assert not worse.report["comparison"]["may_promote"]
    with pytest.raises(retrain.PromotionError, match="of the model in use"):
        retrain.promote(home, catalogue, worse.model_id)
    assert model_in_use(home).model_id == trained.model_id


def test_a_model_that_was_exchanged_after_it_was_judged_is_not_put_in_use(clinic):
    home, catalogue, table, _ = clinic
    trained = retrain.train_from_table(home, catalogue, table, scale="-1:1")
    from recommender.model_file import save_model

    save_model(starter_model(), trained.folder / "model.json")
    with pytest.raises(retrain.PromotionError, match="not the one that was judged"):
        retrain.promote(home, catalogue, trained.model_id)
    with pytest.raises(retrain.PromotionError, match=r"no model '\.\./x'"):
        retrain.promote(home, catalogue, "../x")


def test_evaluating_says_how_well_the_model_in_use_does(clinic):
    home, catalogue, table, _ = clinic
    figures = retrain.evaluate_on_table(home, catalogue, table, scale="-1:1")
    assert figures["n"] == N
    assert {"r2", "r", "rmse", "ccc", "coverage"} <= set(figures["valence"])
    assert {"constant", "three"} == set(figures["baselines"])
    json.dumps(figures, allow_nan=False)


def test_what_cannot_be_used_is_named_by_row_and_nothing_is_written(clinic):
    home, catalogue, table, _ = clinic
    text = table.read_text()
    (home / "copy.mp3").write_bytes(b"y")
    (home / "tags2.csv").write_text(text.replace("\n5.mp3", "\ngone.mp3"))
    with pytest.raises(TagTableError, match=r"row 7, path .*gone\.mp3.*no such file"):
        retrain.train_from_table(home, catalogue, home / "tags2.csv", scale="-1:1")
    (home / "few.csv").write_text("\n".join(text.splitlines()[:20]))
    with pytest.raises(TrainingError, match="19 rated tracks"):
        retrain.train_from_table(home, catalogue, home / "few.csv", scale="-1:1")
    assert not list((home / "models").glob("*")) if (home / "models").exists() else True


def test_the_report_card_is_a_page_that_escapes_what_came_from_a_table(clinic):
    home, catalogue, table, _ = clinic
    evil = home / "<script>x.csv"
    evil.write_text(table.read_text().replace("artist 1\n", "<script>alert(1)</script>\n"))
    trained = retrain.train_from_table(home, catalogue, evil, scale="-1:1")
    page = (trained.folder / "report.html").read_text()
    assert "<script>" not in page
    assert "Listen to these" in page
