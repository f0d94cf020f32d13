"""A clinic's own model: trained on its table, judged beside the one in use, put in use only when it is no worse."""

from __future__ import annotations

import json

import numpy as np
import pytest

from features import FEATURE_NAMES, AudioFeatures
from music_library import retrain
from music_library.catalogue import Catalogue
from music_library.comparison import compare, explained
from music_library.models import model_in_use, starter_model
from music_library.table_text import TagTableError
from music_library.tagged_tracks import check_table
from recommender.errors import ModelMismatchError, TrainingError
from recommender.evaluation import Judged
from recommender.model_file import save_model

N = 90


def sound_of(number: int) -> np.ndarray:
    return np.random.default_rng(number).standard_normal((1, len(FEATURE_NAMES))).astype(np.float32)


def heard(number: int) -> AudioFeatures:
    rows = sound_of(number)
    return AudioFeatures(
        30.0, 100.0, None, 0.5, 0.5, None, None, None, None, -14.0, -1.0, 3.0, np.zeros(30, np.float32), rows[0], rows
    )


def write_table(folder, name="tags.csv", *, spoiled=0.0):
    """Made-up tracks whose mood follows two features, or, spoiled, hardly anything."""
    mode, onsets = FEATURE_NAMES.index("third_lean"), FEATURE_NAMES.index("onset_rate")
    rng = np.random.default_rng(0)
    lines = ["path,valence,arousal,artist,genre"]
    for i in range(N):
        (folder / f"{i}.mp3").write_bytes(b"x")
        place = np.tanh(0.5 * sound_of(i)[0, [mode, onsets]] + 0.1 * rng.standard_normal(2))
        place = (1 - spoiled) * place + spoiled * rng.uniform(-1, 1, 2)
        lines.append(f"{i}.mp3,{place[0]:.4f},{place[1]:.4f},<script>artist {i % 30},{('Folk', 'jazz ')[i % 2]}")
    (folder / name).write_text("\n".join(lines))
    return folder / name


@pytest.fixture(scope="module")
def hearing():
    """Files that sound like their number; the names of those that were heard."""
    calls: list[str] = []

    def extract_many(paths, **_):
        for path in paths:
            calls.append(path.name)
            yield path, heard(int(path.stem))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("music_library.tagged_tracks.extract_many", extract_many)
        yield calls


@pytest.fixture(scope="module")
def clinic(hearing, tmp_path_factory):
    """A home with one model trained, its catalogue and its table."""
    home = tmp_path_factory.mktemp("clinic")
    catalogue = Catalogue.open(home / "catalogue.db")
    table = write_table(home)
    trained = retrain.train_from_table(home, catalogue, table, scale="-1:1")
    yield home, catalogue, table, trained
    catalogue.close()


def test_a_model_is_judged_put_in_use_and_taken_back(clinic, hearing):
    home, catalogue, _, trained = clinic
    starter = starter_model().model_id
    assert model_in_use(home).model_id == starter
    report = trained.report
    assert report["n"] == N
    assert report["figures"]["valence"]["r2"] > report["in_use"]["valence"]["r2"]
    assert report["comparison"]["may_promote"]
    assert len(report["worst"]) == 20
    assert [row["id"] for row in retrain.list_models(home)] == ["starter", trained.model_id]
    assert retrain.promote(home, catalogue, trained.model_id) == trained.model_id
    assert model_in_use(home).model_id == trained.model_id
    assert [row["in_use"] for row in retrain.list_models(home)] == [False, True]
    assert retrain.roll_back(home, catalogue) == "starter"
    assert model_in_use(home).model_id == starter
    with pytest.raises(retrain.PromotionError, match="nothing to go back to"):
        retrain.roll_back(home, catalogue)
    assert len(hearing) == N


def test_the_same_table_and_seed_give_the_same_bytes_and_nothing_is_heard_twice(clinic, hearing):
    home, catalogue, table, first = clinic
    second = retrain.train_from_table(home, catalogue, table, scale="-1:1", out=home / "again")
    for name in ("model.json", "report.json"):
        assert (first.folder / name).read_bytes() == (second.folder / name).read_bytes()
    assert len(hearing) == N


def test_a_model_that_is_worse_than_the_one_in_use_may_not_replace_it(clinic):
    rng = np.random.default_rng(1)
    rated = rng.standard_normal((90, 2))
    group = np.repeat(["a", "b", "c"], 30)

    def estimates(error):
        blank = np.zeros((90, 2))
        return Judged(rated, rated + error, blank, blank, blank, blank, blank, np.zeros(90, bool))

    good = np.full((90, 2), 0.5)
    in_one_group = good.copy()
    in_one_group[group == "b", 0] *= 1.06
    in_one_group[group != "b", 0] *= 0.9
    assert compare(estimates(1.019 * good), estimates(good), group)["may_promote"]
    assert not compare(estimates(1.021 * good), estimates(good), group)["may_promote"]
    verdict = compare(estimates(in_one_group), estimates(good), group)
    assert not verdict["may_promote"]
    assert "valence of b" in explained(verdict["reasons"][0])
    home, catalogue, _, trained = clinic
    folder = home / "models" / trained.model_id
    kept = (folder / "report.json").read_text()
    (folder / "report.json").write_text(json.dumps(trained.report | {"comparison": verdict}))
    with pytest.raises(retrain.PromotionError, match="of the model in use"):
        retrain.promote(home, catalogue, trained.model_id)
    then = trained.report | {"comparison": verdict, "in_use_id": "one-from-before"}
    (folder / "report.json").write_text(json.dumps(then))
    with pytest.raises(retrain.PromotionError, match="one-from-before, which is not in use any more: train on"):
        retrain.promote(home, catalogue, trained.model_id)
    (folder / "report.json").write_text(kept)


def test_a_model_in_use_gains_nothing_from_having_heard_the_tracks():
    rng = np.random.default_rng(1)
    rated = rng.standard_normal((90, 2))
    group = np.repeat(["a", "b", "c"], 30)
    heard_before = np.arange(90) < 50

    def estimates(error):
        blank = np.zeros((90, 2))
        return Judged(rated, rated + error, blank, blank, blank, blank, blank, np.zeros(90, bool))

    knows_them = np.where(heard_before[:, None], 0.01, 0.5)
    good = np.full((90, 2), 0.5)
    assert not compare(estimates(good), estimates(knows_them), group)["may_promote"]
    assert compare(estimates(good), estimates(knows_them), group, heard_before=heard_before)["may_promote"]
    worse = compare(estimates(1.1 * good), estimates(knows_them), group, heard_before=heard_before)
    assert not worse["may_promote"]
    # Where it has heard nearly all of them, its own error on artists left out counts.
    all_but_few = np.arange(90) < 70
    own = {"valence": 0.5, "arousal": 0.45}
    verdict = compare(estimates(good), estimates(knows_them), group, heard_before=all_but_few, own=own)
    assert not verdict["may_promote"]
    assert [(one["kind"], one["axis"]) for one in verdict["reasons"]] == [("worse_than_its_own", "arousal")]


def test_training_on_a_longer_table_is_compared_on_what_the_model_in_use_has_not_heard(clinic):
    home, catalogue, table, trained = clinic
    retrain.promote(home, catalogue, trained.model_id)
    again = retrain.train_from_table(home, catalogue, table, scale="-1:1", out=home / "later")
    assert again.report["comparison"]["may_promote"]
    assert {"kind": "heard_before", "n": N} in again.report["notes"]
    retrain.roll_back(home, catalogue)


def test_a_model_that_was_exchanged_after_it_was_judged_is_not_put_in_use(clinic):
    home, catalogue, _, trained = clinic
    kept = (trained.folder / "model.json").read_bytes()
    save_model(starter_model(), trained.folder / "model.json")
    with pytest.raises(retrain.PromotionError, match="not the one that was judged"):
        retrain.promote(home, catalogue, trained.model_id)
    (trained.folder / "model.json").write_bytes(kept)
    with pytest.raises(retrain.PromotionError, match=r"no model '\.\./x'"):
        retrain.promote(home, catalogue, "../x")


def test_evaluating_says_how_well_the_model_in_use_does(clinic):
    home, catalogue, table, _ = clinic
    figures = retrain.evaluate_on_table(home, catalogue, table, scale="-1:1")
    assert figures["n"] == N
    assert list(figures) == ["n", "valence", "arousal", "baselines", "by_group"]
    for axis in ("valence", "arousal"):
        assert list(figures[axis]) == ["r2", "r", "rmse", "ccc", "coverage"]
    assert set(figures["baselines"]) == {"constant", "three"}
    json.dumps(figures, allow_nan=False)


def test_what_cannot_be_used_is_named_by_row_and_nothing_is_written(clinic):
    home, catalogue, table, _ = clinic
    text = table.read_text()
    before = sorted((home / "models").iterdir())
    (home / "tags2.csv").write_text(text.replace("\n5.mp3", "\ngone.mp3"))
    with pytest.raises(TagTableError, match=r"row 7, path .*gone\.mp3.*no such file"):
        retrain.train_from_table(home, catalogue, home / "tags2.csv", scale="-1:1")
    with pytest.raises(TagTableError, match=r"row 7, path .*gone\.mp3.*no such file"):
        check_table(catalogue, home / "tags2.csv", scale="-1:1")
    assert len(check_table(catalogue, table, scale="-1:1").tags) == N
    (home / "few.csv").write_text("\n".join(text.splitlines()[:20]))
    with pytest.raises(TrainingError, match="19 rated tracks"):
        retrain.train_from_table(home, catalogue, home / "few.csv", scale="-1:1")
    assert sorted((home / "models").iterdir()) == before


@pytest.mark.parametrize("same", [N, N - 5])
def test_a_table_of_one_rating_is_neither_trained_on_nor_evaluated(clinic, same):
    home, catalogue, table, _ = clinic
    head, *rows = table.read_text().splitlines()
    cells = [row.split(",") for row in rows]
    text = [",".join([path, "0.5" if i < same else v, *more]) for i, (path, v, *more) in enumerate(cells)]
    (home / "same.csv").write_text("\n".join([head, *text]))
    for use in (retrain.train_from_table, retrain.evaluate_on_table):
        with pytest.raises(TrainingError, match=rf"{same} (of {N} )?tracks of same\.csv have the same valence, 0\.5 "):
            use(home, catalogue, home / "same.csv", scale="-1:1")


def test_figures_have_intervals_that_hold_them_and_baselines_beside_them(clinic):
    report = clinic[3].report
    for figures in (report["figures"], report["in_use"], *report["figures"]["by_genre"].values()):
        for axis in ("valence", "arousal"):
            for name in ("r2", "r", "rmse", "ccc"):
                low, high = figures[axis]["intervals"][name]
                assert low < figures[axis][name] < high
    assert set(report["figures"]["by_genre"]) == {"folk", "jazz"}
    assert [each["n"] for each in report["figures"]["by_genre"].values()] == [45, 45]
    last = report["learning_curve"][-1]
    for axis in ("valence", "arousal"):
        assert last["three"][axis] == pytest.approx(report["figures"]["baselines"]["three"][axis]["r2"])
        assert last["three"][axis] < last[axis]


def test_a_model_that_is_worse_for_one_genre_may_not_replace_the_one_in_use():
    rated = np.random.default_rng(1).standard_normal((90, 2))
    group, genre = np.arange(90).astype(str), np.repeat(["", "folk", "jazz"], 30)

    def estimates(error):
        blank = np.zeros((90, 2))
        return Judged(rated, rated + error, blank, blank, blank, blank, blank, np.zeros(90, bool))

    good = np.full((90, 2), 0.5)
    worse = good.copy()
    worse[genre == "jazz", 1] *= 1.06
    worse[genre != "jazz", 1] *= 0.9
    assert compare(estimates(worse), estimates(good), group)["may_promote"]
    verdict = compare(estimates(worse), estimates(good), group, genre=genre)
    assert not verdict["may_promote"]
    assert [(one["axis"], one["of"], one["name"]) for one in verdict["reasons"]] == [("arousal", "genre", "jazz")]
    assert explained(verdict["reasons"][0]).startswith("arousal of jazz: error 0.530 against 0.500")


SPOILED_REPORTS = {
    "cut short": lambda text: text[: len(text) // 2],
    "empty": lambda _: "",
    "a list": lambda _: "[]",
    "nothing in it": lambda _: "{}",
    "a verdict that is a word": lambda text: text.replace('"may_promote": true', '"may_promote": "yes"'),
    "no figures": lambda text: text.replace('"figures"', '"figurines"'),
    "without end": lambda _: "[" * 200_000,
    "numbers that are none": lambda text: text.replace('"r2": 0.', '"r2": NaN, "old": 0.'),
}


@pytest.mark.parametrize("spoil", SPOILED_REPORTS.values(), ids=SPOILED_REPORTS.keys())
def test_a_spoiled_report_card_is_as_none_and_the_model_in_use_stays(clinic, spoil):
    home, catalogue, _, trained = clinic
    file = trained.folder / "report.json"
    kept, before = file.read_text("utf-8"), model_in_use(home).model_id
    file.write_text(spoil(kept), "utf-8")
    try:
        row = next(row for row in retrain.list_models(home) if row["id"] == trained.model_id)
        assert row["usable"]
        assert "may_promote" not in row
        with pytest.raises(retrain.PromotionError, match=r"no report card that can be read \(.*report\.json\)"):
            retrain.promote(home, catalogue, trained.model_id)
        assert model_in_use(home).model_id == before
    finally:
        file.write_text(kept, "utf-8")


@pytest.mark.parametrize(
    "spoiled", ["", "{", "{}", "[]", "[1]", '["../../elsewhere"]', '["starter", null]', "[" * 100_000]
)
def test_a_spoiled_list_of_models_is_told_again_from_the_model_in_use(clinic, spoiled):
    home, catalogue, _, trained = clinic
    retrain.promote(home, catalogue, trained.model_id)
    history = home / "models" / "history.json"
    history.write_text(spoiled)
    assert [row["in_use"] for row in retrain.list_models(home)] == [False, True]
    assert retrain.roll_back(home, catalogue) == "starter"
    assert model_in_use(home).model_id == starter_model().model_id


SPOILED_MODELS = {
    "cut short": lambda text: text[:-200],
    "another hash": lambda text: text.replace('"sha256": "', '"sha256": "0'),
    "features of another version": lambda text: text.replace('"features_version": "', '"features_version": "0'),
    "no model": lambda _: "\x80\x04K\x01.",
}


@pytest.mark.parametrize("spoil", SPOILED_MODELS.values(), ids=SPOILED_MODELS.keys())
def test_a_spoiled_model_is_listed_with_its_reason_and_neither_promoted_nor_evaluated(clinic, spoil):
    home, catalogue, table, trained = clinic
    file = trained.folder / "model.json"
    kept, before = file.read_text("utf-8"), model_in_use(home).model_id
    file.write_text(spoil(kept), "utf-8")
    try:
        row = next(row for row in retrain.list_models(home) if row["id"] == trained.model_id)
        assert not row["usable"]
        assert str(file) in row["problem"]
        for attempt in (
            lambda: retrain.promote(home, catalogue, trained.model_id),
            lambda: retrain.evaluate_on_table(home, catalogue, table, scale="-1:1", model=trained.folder),
        ):
            with pytest.raises(ModelMismatchError, match=r"model\.json cannot be used: .*stays in use"):
                attempt()
        assert model_in_use(home).model_id == before
    finally:
        file.write_text(kept, "utf-8")


def test_paths_that_this_computer_cannot_have_are_named_with_what_to_do(clinic):
    home, catalogue, *_ = clinic
    for path, hint in (
        ("C:\\Music\\a.mp3", "as this computer does"),
        ("~/a.mp3", "as this computer does"),
        ("x" * 5000, "Correct"),
    ):
        (home / "odd.csv").write_text(f"path,valence,arousal\n{path},0,0\n")
        with pytest.raises(TagTableError, match=f"row 2, path .*no such file.*{hint}"):
            check_table(catalogue, home / "odd.csv", scale="-1:1")
        with pytest.raises(TagTableError, match=f"row 2, path .*no such file.*{hint}"):
            retrain.train_from_table(home, catalogue, home / "odd.csv", scale="-1:1")
