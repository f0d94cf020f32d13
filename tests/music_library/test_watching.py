"""A watched folder and its catalogue stay in line."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from music_library.catalogue import Catalogue
from music_library.scanning import ScanSummary, scan
from music_library.watching import watch
from tests.signals import chord_song, write

pytestmark = pytest.mark.usefixtures("quick_hearing")


def test_what_is_added_moved_and_removed_is_in_the_catalogue(tmp_path, music, monkeypatch):
    monkeypatch.setattr("music_library.watching.CALM_MS", 100)
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    scan(catalogue, [music])
    told: list[ScanSummary] = []
    end = threading.Event()
    watcher = threading.Thread(
        target=watch, args=(catalogue, [music]), kwargs={"on_summary": told.append, "until": end}, daemon=True
    )
    watcher.start()
    try:
        time.sleep(1)  # until the system tells of changes there is nothing to wait on
        write(tmp_path / "new.wav", chord_song(7, minor=True, seconds=4))
        (tmp_path / "new.wav").rename(music / "new.wav")
        _wait_for(lambda: catalogue.count() == 3)
        ids = {Path(track.path).name: track.id for track in catalogue.tracks()}
        (music / "deep").mkdir()
        (music / "new.wav").rename(music / "deep" / "moved.wav")
        _wait_for(lambda: catalogue.track(ids["new.wav"]).path.endswith("moved.wav"))
        assert not catalogue.track(ids["new.wav"]).is_missing
        (music / "second.flac").unlink()
        _wait_for(lambda: catalogue.track(ids["second.flac"]).is_missing)
        assert catalogue.count() == 3
        assert all(summary.errors == [] for summary in told)
    finally:
        end.set()
        watcher.join(timeout=30)
        catalogue.close()
    assert not watcher.is_alive()


def _wait_for(condition) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "the watch did not see it in time"
        time.sleep(0.05)
