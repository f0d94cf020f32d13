"""What can go wrong between folders and the catalogue."""

from __future__ import annotations

from typing import Any


class LibraryError(Exception):
    """Root of this room's errors: a code and its values; `str()` is the English sentence."""

    code = "library_error"

    def __init__(self, message: str, **values: Any) -> None:
        super().__init__(message)
        self.values = values


class UnknownTrackError(LibraryError):
    """A track id that this library has never held, or holds no longer."""

    code = "unknown_track"

    def __init__(self, track_id: str) -> None:
        super().__init__(
            f"track {track_id} is not in this library: it may have been removed since the "
            "playlist was made. Suggest a new playlist, or add the recording again.",
            track_id=track_id,
        )
        self.track_id = track_id
