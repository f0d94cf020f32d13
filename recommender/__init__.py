"""Numbers to mood to playlist: pure functions and scikit-learn estimators."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recommender.candidates import Candidates
    from recommender.constraints import Rules
    from recommender.model import Estimates, MoodModel
    from recommender.model_file import load_model, save_model
    from recommender.mood import Estimate, Mood
    from recommender.mood_words import MOOD_PLACES, MOOD_WORDS, find_mood, place_of
    from recommender.planner import plan
    from recommender.playlist import PlanRequest, Playlist, Reason
    from recommender.rules_file import rules_from_yaml

_HOME = {
    "Candidates": "recommender.candidates",
    "Rules": "recommender.constraints",
    "Estimate": "recommender.mood",
    "Estimates": "recommender.model",
    "Mood": "recommender.mood",
    "MoodModel": "recommender.model",
    "load_model": "recommender.model_file",
    "save_model": "recommender.model_file",
    "MOOD_PLACES": "recommender.mood_words",
    "MOOD_WORDS": "recommender.mood_words",
    "find_mood": "recommender.mood_words",
    "place_of": "recommender.mood_words",
    "plan": "recommender.planner",
    "PlanRequest": "recommender.playlist",
    "Playlist": "recommender.playlist",
    "Reason": "recommender.playlist",
    "rules_from_yaml": "recommender.rules_file",
}

__all__ = [
    "MOOD_PLACES",
    "MOOD_WORDS",
    "Candidates",
    "Estimate",
    "Estimates",
    "Mood",
    "MoodModel",
    "PlanRequest",
    "Playlist",
    "Reason",
    "Rules",
    "find_mood",
    "load_model",
    "place_of",
    "plan",
    "rules_from_yaml",
    "save_model",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: a page that shows a plan must not load scikit-learn."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
