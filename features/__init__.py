"""Audio to numbers: tempo, energy, mode, timbre, and how far each can be trusted."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from features.cluster import extract_on_cluster
    from features.errors import (
        AnalysisTimeoutError,
        AudioDecodeError,
        AudioTooShortError,
        ClusterError,
        FeatureError,
        NotAudioError,
        SilentAudioError,
        WorkersError,
    )
    from features.extraction import extract
    from features.playable import playable_copy, why_not_playable
    from features.vector import FEATURE_NAMES, FEATURES, FEATURES_VERSION, AudioFeatures, FeatureSpec
    from features.workers import extract_many

_HOME = {
    "AnalysisTimeoutError": "features.errors",
    "AudioDecodeError": "features.errors",
    "AudioTooShortError": "features.errors",
    "ClusterError": "features.errors",
    "FeatureError": "features.errors",
    "NotAudioError": "features.errors",
    "SilentAudioError": "features.errors",
    "WorkersError": "features.errors",
    "extract": "features.extraction",
    "extract_many": "features.workers",
    "extract_on_cluster": "features.cluster",
    "playable_copy": "features.playable",
    "why_not_playable": "features.playable",
    "FEATURE_NAMES": "features.vector",
    "FEATURES": "features.vector",
    "FEATURES_VERSION": "features.vector",
    "AudioFeatures": "features.vector",
    "FeatureSpec": "features.vector",
}

__all__ = [
    "FEATURES",
    "FEATURES_VERSION",
    "FEATURE_NAMES",
    "AnalysisTimeoutError",
    "AudioDecodeError",
    "AudioFeatures",
    "AudioTooShortError",
    "ClusterError",
    "FeatureError",
    "FeatureSpec",
    "NotAudioError",
    "SilentAudioError",
    "WorkersError",
    "extract",
    "extract_many",
    "extract_on_cluster",
    "playable_copy",
    "why_not_playable",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: a page that shows features must not load the decoders."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
