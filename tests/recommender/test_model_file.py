"""A model file is numbers: what does not fit is refused with file and reason, and nothing in it can run."""

from __future__ import annotations

import base64
import json
import os
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender import model_file
from recommender.errors import ModelMismatchError
from recommender.model_file import load_model, save_model
from recommender.training import Settings, train
from tests.recommender.test_model import NAMES, made_up_ratings


@pytest.fixture(scope="module")
def model():
    return train(
        [made_up_ratings()], feature_names=NAMES, features_version="1", settings=Settings(n_waves=8), card={"a": 1}
    )


@pytest.fixture
def stored(model, tmp_path) -> Path:
    path = tmp_path / "model.json"
    save_model(model, path)
    return path


def rewrite(path: Path, change) -> None:
    """Change a stored model and give it a hash that is right again, as an attacker would."""
    content = json.loads(path.read_text())
    del content["sha256"]
    change(content)
    content["sha256"] = model_file._hash(content)
    path.write_text(json.dumps(content))


def test_a_model_comes_back_with_the_same_answers_id_and_card(model, stored):
    again = load_model(stored)
    X = np.random.default_rng(0).standard_normal((50, len(NAMES)))
    assert again.estimate_rows(X).valence == pytest.approx(model.estimate_rows(X).valence, abs=1e-12)
    assert again.model_id == model.model_id
    assert again.card["a"] == 1


def test_storing_twice_writes_the_same_bytes(model, stored, tmp_path):
    save_model(load_model(stored), tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == stored.read_bytes()


def test_no_row_of_the_training_data_is_in_the_file(stored):
    content = json.loads(stored.read_text())
    numbers = np.concatenate(
        [
            np.frombuffer(base64.b64decode(packed["data"]), dtype=packed["dtype"]).astype(np.float64)
            for packed in content["arrays"].values()
        ]
    )
    stored_values = set(np.round(numbers, 6))
    for segments, rating in zip(made_up_ratings().segments, made_up_ratings().ratings, strict=True):
        row = set(np.round(segments[0].astype(float), 6))
        assert len(row & stored_values) <= 2  # a percentile of a feature is one of its values
        assert not set(np.round(rating, 6)) <= stored_values


class Mine:
    ran = False

    def __reduce__(self):
        return (setattr, (Mine, "ran", True))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"[1, 2]",
        b"{}",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b'{"format": "attune mood model", "format_version": 3, "card": ' + b"[" * 100_000,
        b'{"format": "attune mood model", "format_version": 3}',
        b'{"format": NaN}',
        pickle.dumps(Mine()),
        b"1" * 10_000,
    ],
)
def test_what_is_no_model_is_refused_without_running_it(tmp_path, content):
    path = tmp_path / "evil.json"
    path.write_bytes(content)
    with pytest.raises(ModelMismatchError, match=r"evil\.json"):
        load_model(path)
    assert not Mine.ran


def test_a_missing_and_an_oversized_file_are_refused(tmp_path):
    with pytest.raises(ModelMismatchError, match="cannot be read"):
        load_model(tmp_path / "none.json")
    huge = tmp_path / "huge.json"
    with huge.open("wb") as file:
        file.truncate(model_file.MAX_BYTES + 1)
    with pytest.raises(ModelMismatchError, match="bytes, and no model has more"):
        load_model(huge)


def test_what_is_no_file_is_refused_at_once(tmp_path):
    """A pipe would be waited for, and a device read, without end; so would a link to one."""
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "zero.json").symlink_to("/dev/zero")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "circle.json").symlink_to(tmp_path / "circle.json")
    for name in ("pipe", "zero", "folder", "circle"):
        with pytest.raises(ModelMismatchError, match=rf"{name}\.json cannot be used: it (is no file|cannot be read)"):
            load_model(tmp_path / f"{name}.json")


def test_a_link_to_a_model_is_that_model(stored, model, tmp_path):
    (tmp_path / "link.json").symlink_to(stored)
    assert load_model(tmp_path / "link.json").model_id == model.model_id


def test_a_changed_file_is_refused(stored):
    stored.write_text(stored.read_text().replace('"features_version": "1"', '"features_version": "2"'))
    with pytest.raises(ModelMismatchError, match="hash differs"):
        load_model(stored)


def zeros(*shape: int, dtype: str = "<f8") -> dict:
    return {"dtype": dtype, "shape": list(shape), "data": base64.b64encode(np.zeros(shape, dtype).tobytes()).decode()}


def filled(*shape: int, value: float) -> dict:
    return {"dtype": "<f8", "shape": list(shape), "data": base64.b64encode(np.full(shape, value).tobytes()).decode()}


CHANGES = {
    "another coefficient": lambda c: c["arrays"].update({"stack.coef": zeros(2, len(NAMES))}),
    "an array too short": lambda c: c["arrays"]["stack.coef"].update(shape=[2, 99]),
    "a missing array": lambda c: c["arrays"].pop("stack.coef"),
    "objects": lambda c: c["arrays"]["stack.coef"].update(dtype="|O"),
    "a negative shape": lambda c: c["arrays"]["stack.coef"].update(shape=[-1, -len(NAMES)]),
    "a giant shape": lambda c: c["arrays"]["stack.coef"].update(shape=[10**9, 10**9]),
    "not base64": lambda c: c["arrays"]["stack.coef"].update(data="???"),
    "numbers as text": lambda c: c["numbers"].update(limit="1"),
    "a list for a table": lambda c: c.update(arrays=[]),
    "no names": lambda c: c.update(feature_names=None),
    "too few names": lambda c: c.update(feature_names=["a"]),
    "a map that falls": lambda c: c["arrays"]["map0.mapped"].update(c["arrays"]["map0.raw"] | zeros(9)),
    "no probes": lambda c: c.pop("probe"),
    "numbers beyond reason": lambda c: c["numbers"].update(dict.fromkeys(c["numbers"], 1e308)),
    "coefficients beyond reason": lambda c: c["arrays"].update({"stack.coef": filled(2, len(NAMES), value=1e308)}),
    "features of another version": lambda c: c.update(features_version=2),
    "a flagged feature that is not there": lambda c: c["arrays"].update({"stack.flagged": zeros(1, dtype="<i4")}),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_file_whose_parts_do_not_fit_is_refused_even_with_a_right_hash(stored, change):
    rewrite(stored, change)
    with pytest.raises(ModelMismatchError, match="The model in use stays in use"):
        load_model(stored)


def test_another_version_of_a_library_is_only_a_note(stored, caplog):
    rewrite(stored, lambda c: c["made_with"].update(numpy="0.0.1"))
    with caplog.at_level("INFO"):
        load_model(stored)
    assert "0.0.1" in caplog.text


def test_an_earlier_file_stays_whole_when_a_model_cannot_be_stored(model, stored):
    before = stored.read_bytes()
    with pytest.raises(ValueError, match="not JSON compliant"):
        save_model(replace(model, card={"r2": float("nan")}), stored)
    assert stored.read_bytes() == before
