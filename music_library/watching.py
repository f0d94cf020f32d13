"""Watching folders: what is added, changed, moved or removed is in the catalogue seconds later."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from music_library.catalogue import Catalogue
from music_library.errors import ScanRunningError
from music_library.estimates import Estimator
from music_library.files import is_music
from music_library.scanning import ScanSummary, scan

CALM_MS = 1500
"""Changes are taken together until nothing has changed for this long: a copy in progress is one change."""


def watch(
    catalogue: Catalogue,
    folders: Iterable[Path | str],
    *,
    workers: int = 1,
    cluster: str | None = None,
    model: Estimator | None = None,
    on_summary: Callable[[ScanSummary], object],
    until: threading.Event | None = None,
) -> None:
    """Keep a catalogue in line with its folders, until interrupted.

    Parameters
    ----------
    catalogue, workers, cluster, model
        As for `scan`.
    folders : iterable of path
        Folders that are there.
    on_summary : callable
        Takes what each small scan came to.
    until : Event, optional
        Ends the watch when it is set.
    """
    from watchfiles import watch as watch_files

    left_over: set[str] = set()
    wanted = [Path(folder) for folder in folders]
    for changes in watch_files(
        *wanted, step=CALM_MS, debounce=20_000, stop_event=until, raise_interrupt=False, yield_on_timeout=True
    ):
        touched = left_over | {path for _, path in changes}
        paths = sorted(path for path in touched if _concerns_music(path))
        if not paths:
            continue
        try:
            summary = scan(catalogue, paths, workers=workers, cluster=cluster, model=model, named_only=True)
        except ScanRunningError:
            left_over = set(paths)  # looked at again when the other scan has ended
            continue
        left_over = set()
        on_summary(summary)


def _concerns_music(path: str) -> bool:
    # What is gone may have been music; a folder may hold some.
    return not os.path.isfile(path) or is_music(os.fsencode(path))  # noqa: PTH113  # a name, not a Path yet
