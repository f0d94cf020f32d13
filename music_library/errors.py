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


class MissingFileError(LibraryError):
    """A track whose file is not where it was: moved, deleted, or on a disk that is not connected."""

    code = "missing_file"

    def __init__(self, track_id: str, path: str) -> None:
        super().__init__(
            f"{path} is not there any more. Connect its disk, or scan the folder that it was moved to: "
            "it is known by its sound and keeps its history.",
            track_id=track_id,
            path=path,
        )


class BadStatementError(LibraryError):
    """A correction, tag or mark with a value that it cannot have."""

    code = "bad_statement"


class CatalogueMissingError(LibraryError):
    """There is no catalogue where one was expected."""

    code = "no_catalogue"


class UnreachableCatalogueError(LibraryError):
    """A catalogue on a server that does not answer, or does not let one in."""

    code = "unreachable_catalogue"


class NewerSchemaError(LibraryError):
    """A catalogue written by a newer version of Attune; it is left as it is."""

    code = "newer_schema"


class DamagedCatalogueError(LibraryError):
    """The catalogue's file is not what was written to it; it is never silently made anew."""

    code = "damaged_catalogue"


class BusyCatalogueError(LibraryError):
    """Somebody else has been writing for longer than we wait."""

    code = "catalogue_busy"


class DiskFullError(LibraryError):
    """No room is left on the disk that holds the catalogue."""

    code = "disk_full"


class ReadOnlyError(LibraryError):
    """The catalogue, or its folder, may not be written."""

    code = "read_only"


class ScanRunningError(LibraryError):
    """Another scan of this catalogue is under way."""

    code = "scan_running"


class PlaylistFileError(LibraryError):
    """A playlist file that cannot be read or written."""

    code = "playlist_file"
