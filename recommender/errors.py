"""What can go wrong between numbers and a playlist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class RecommenderError(Exception):
    """Root of this room's errors: a code and its values; `str()` is the English sentence."""

    code = "recommender_error"

    def __init__(self, message: str, **values: Any) -> None:
        super().__init__(message)
        self.values: Mapping[str, Any] = values


class UnknownMoodError(RecommenderError):
    """A mood that is neither a known word nor a point on the plane."""

    code = "unknown_mood"


class NoPlaylistError(RecommenderError):
    """No playlist obeys the rules; `values` say which rule left nothing."""

    code = "no_playlist"


class RulesError(RecommenderError):
    """A rule that cannot be read or that contradicts another."""

    code = "bad_rules"


class ModelMismatchError(RecommenderError):
    """A model file that this version of Attune must not use."""

    code = "model_mismatch"


class TrainingError(RecommenderError):
    """Ratings that no model can honestly be trained on."""

    code = "cannot_train"
