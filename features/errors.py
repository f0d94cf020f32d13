"""What can go wrong between a sound file and its features."""

from __future__ import annotations


class FeatureError(Exception):
    """A file from which no features can be had.

    Attributes
    ----------
    code : str
        Stable name of the error, one for each class; screens look their sentence up by it.
    reason : str
        What was found and what was expected, one sentence.
    remedy : str
        What the reader can do next, one sentence.
    """

    code = "feature_error"

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason} {remedy}")
        self.reason = reason
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[FeatureError], tuple[str, str]]:
        """Travel between processes; exceptions would otherwise be made again from their message alone."""
        return type(self), (self.reason, self.remedy)


class NotAudioError(FeatureError):
    """The file is not a regular file, or nothing in it is sound."""

    code = "not_audio"


class AudioDecodeError(FeatureError):
    """The file says that it is sound, and no decoder could read it."""

    code = "cannot_decode"


class AudioTooShortError(FeatureError):
    """Less than 3 s of sound."""

    code = "too_short"


class SilentAudioError(FeatureError):
    """Nothing to hear."""

    code = "silent"


class AnalysisTimeoutError(FeatureError):
    """The analysis took longer, or more memory, than it may."""

    code = "took_too_long"


class ClusterError(FeatureError):
    """The machines that should hear the files cannot be used; raised, and never stored for a file."""

    code = "cluster"


class WorkersError(FeatureError):
    """No worker on this machine can be started; raised, and never stored for a file."""

    code = "workers"
