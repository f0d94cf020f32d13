"""Folders and tag files to a catalogue of tracks; the jobs that cross rooms; playlist files out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from music_library.analysis import analyse_files
    from music_library.catalogue import Catalogue
    from music_library.errors import LibraryError, UnknownTrackError
    from music_library.models import model_in_use, starter_model
    from music_library.playlist_files import read_playlist, write_playlist
    from music_library.scanning import ScanSummary, scan
    from music_library.track import LIBRARY_COLUMNS, Track, csv_cell, library_rows, plan_row
    from music_library.watching import watch

_HOME = {
    "Catalogue": "music_library.catalogue",
    "LIBRARY_COLUMNS": "music_library.track",
    "LibraryError": "music_library.errors",
    "ScanSummary": "music_library.scanning",
    "Track": "music_library.track",
    "UnknownTrackError": "music_library.errors",
    "analyse_files": "music_library.analysis",
    "csv_cell": "music_library.track",
    "library_rows": "music_library.track",
    "model_in_use": "music_library.models",
    "starter_model": "music_library.models",
    "plan_row": "music_library.track",
    "read_playlist": "music_library.playlist_files",
    "scan": "music_library.scanning",
    "watch": "music_library.watching",
    "write_playlist": "music_library.playlist_files",
}

__all__ = [
    "LIBRARY_COLUMNS",
    "Catalogue",
    "LibraryError",
    "ScanSummary",
    "Track",
    "UnknownTrackError",
    "analyse_files",
    "csv_cell",
    "library_rows",
    "model_in_use",
    "plan_row",
    "read_playlist",
    "scan",
    "starter_model",
    "watch",
    "write_playlist",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: a page that shows tracks must not load the decoders."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
