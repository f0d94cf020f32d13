"""What a command names on stderr instead of a traceback."""

from __future__ import annotations

from features.errors import FeatureError
from music_library.errors import LibraryError
from practice.errors import PracticeError
from recommender.errors import RecommenderError

ATTUNE_ERRORS = (FeatureError, LibraryError, PracticeError, RecommenderError, OSError)
