"""Long work runs as a process that everybody sees and anybody can end; what it finished is kept."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from music_library import jobs
from music_library.catalogue import Catalogue
from music_library.errors import LibraryError, ScanRunningError
from music_library.jobs import JobReport, cancel, job_progress, pause, resume, running, start_scan
from music_library.scanning import scan
from tests.signals import click_track, noise, write

PATIENCE_S = 120  # a loaded machine may take long to start Python; nothing here depends on it


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def home(tmp_path) -> Path:
    """A home with an empty catalogue."""
    folder = tmp_path / "home"
    folder.mkdir()
    Catalogue.open(folder / "catalogue.db").close()
    return folder


@pytest.mark.timeout(300)
def test_a_page_starts_a_scan_that_everybody_sees(home, music):
    job_id = start_scan(home, [music])
    with pytest.raises(ScanRunningError, match="under way"):
        start_scan(home, [music])
    assert [job.id for job in running(home)] == [job_id]
    wait_for(lambda: job_progress(home, job_id).is_over)
    job = job_progress(home, job_id)
    assert (job.state, job.done, job.total, job.error) == ("ended", 2, 2, None)
    assert job.summary["analysed"] == 2
    assert job.folders == (str(music),)
    catalogue = Catalogue.open(home / "catalogue.db")
    assert catalogue.count() == 2
    catalogue.close()


@pytest.mark.timeout(300)
def test_a_scan_can_be_paused_and_goes_on_where_it_was(home, music):
    for i in range(40):
        write(music / f"{i}.wav", noise(seconds=20, seed=i))
    job_id = start_scan(home, [music])
    wait_for(lambda: job_progress(home, job_id).done >= 2)
    pause(home, job_id)
    wait_for(lambda: job_progress(home, job_id).is_over)
    assert job_progress(home, job_id).state == "paused"
    catalogue = Catalogue.open(home / "catalogue.db")
    kept = catalogue.count()
    assert 2 <= kept < 42
    for i in range(40):
        (music / f"{i}.wav").unlink()  # so that the rest is short
    again = resume(home, job_id)
    wait_for(lambda: job_progress(home, again).is_over)
    ended = job_progress(home, again)
    assert (ended.state, ended.error) == ("ended", None)
    assert catalogue.count() <= kept + 2
    catalogue.close()


def test_a_job_whose_process_is_gone_has_failed_and_says_what_to_do(home):
    catalogue = Catalogue.open(home / "catalogue.db")
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    jobs._insert(catalogue, "scan", ["/music"], "running", ended.pid, time.time())
    job = running(catalogue)[0]
    assert job.state == "failed"
    assert "start it again" in job.error
    catalogue.close()


def test_a_running_scan_ends_when_somebody_asks(catalogue, music, quick_hearing, monkeypatch):
    monkeypatch.setattr(JobReport.__init__, "__kwdefaults__", {"every_s": 0})
    monkeypatch.setattr(os, "kill", lambda *_: None)
    for i in range(5):
        write(music / f"{i}.wav", click_track(80 + 10 * i, seconds=4))

    def ask(*_: object) -> None:
        if len(quick_hearing()) == 2:
            cancel(catalogue, running(catalogue)[0].id)

    with pytest.raises(LibraryError, match="asked to end"):
        scan(catalogue, [music], on_progress=ask)
    assert running(catalogue)[0].state == "cancelled"
    assert 1 <= catalogue.count() < 7
    assert scan(catalogue, [music]).analysed + catalogue.count() >= 7


def test_a_scan_from_a_terminal_is_seen_by_pages(catalogue, music, quick_hearing):
    seen: list[str] = []
    scan(catalogue, [music], on_progress=lambda *_: seen.append(running(catalogue)[0].state))
    assert set(seen) == {"running"}
    job = running(catalogue)[0]
    assert (job.kind, job.state, job.summary["analysed"]) == ("scan", "ended", 2)


def test_going_on_with_nothing_is_refused(catalogue):
    with pytest.raises(LibraryError, match="no job nope"):
        resume(catalogue, "nope")
    cancel(catalogue, "nope")  # ending what is not there is no mistake
