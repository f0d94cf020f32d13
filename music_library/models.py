"""Which mood model a home uses: one that was promoted, or the starter model that came with Attune."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path

from features import FEATURE_NAMES, FEATURES_VERSION
from recommender.model import MoodModel
from recommender.model_file import load_model

IN_USE = "in_use.json"
"""In the home's `models` folder: a copy of the model that was promoted."""


@lru_cache(maxsize=1)
def starter_model() -> MoodModel:
    """The mood model that came with Attune."""
    with as_file(files("music_library") / "starter_model" / "model.json") as path:
        model = load_model(path)
    model.require_features(FEATURE_NAMES, FEATURES_VERSION)
    return model


def model_in_use(home: Path) -> MoodModel:
    """The model that was promoted in this home, or the starter model.

    Raises
    ------
    ModelMismatchError
        If the promoted file was changed, or does not fit what this Attune hears; the message names file and remedy.
    """
    path = home / "models" / IN_USE
    if not path.exists():
        return starter_model()
    model = load_model(path)
    model.require_features(FEATURE_NAMES, FEATURES_VERSION)
    return model
