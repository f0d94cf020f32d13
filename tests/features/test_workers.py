"""How long a file may take: by its size, not by what its header says, nor by what is compiled before it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Future
from pathlib import Path

import pytest
from pebble import ProcessExpired

from features import SilentAudioError, WorkersError, extract_many, workers
from features.workers import time_limit
from tests.signals import chord_song, write

ROOT = Path(__file__).parents[2]
HEAR_FIRST = """
import sys
from pathlib import Path
from features import AudioFeatures, extract_many
if __name__ == "__main__":
    print(*(isinstance(heard, AudioFeatures) for _, heard in extract_many([Path(sys.argv[1])], timeout_s=15)))
"""


@pytest.mark.parametrize(("megabytes", "seconds"), [(0, 60), (5, 60), (30, 60), (90, 180), (345, 690), (100_000, 1800)])
def test_a_large_file_has_time_in_proportion_to_its_size_up_to_half_an_hour(tmp_path, megabytes, seconds):
    path = tmp_path / "sound.mp3"
    with path.open("wb") as file:
        file.truncate(megabytes * 10**6)  # sparse: takes no disk
    assert time_limit(path, 60) == pytest.approx(seconds)


def test_a_file_that_is_gone_has_the_time_of_a_normal_one(tmp_path):
    assert time_limit(tmp_path / "gone.mp3", 60) == 60


@pytest.mark.soak
def test_what_librosa_compiles_at_the_first_scan_takes_no_time_from_the_first_recording(tmp_path):
    """Compiling takes over half a minute, more than twice what this recording is given."""
    song = write(tmp_path / "song.wav", chord_song(0, minor=False))
    script = tmp_path / "hear_first.py"
    script.write_text(HEAR_FIRST, encoding="utf-8")
    one_thread = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "NUMBA")}
    empty = {"NUMBA_CACHE_DIR": str(tmp_path / "empty"), "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, str(script), str(song)],
        env=os.environ | one_thread | empty,
        check=True,
        capture_output=True,
        text=True,
        timeout=1200,
    )
    assert done.stdout.split() == ["True"], done.stderr


class ScriptedPool:
    """A pool in this process that does with each file what its name says."""

    made = 0

    def __init__(self) -> None:
        type(self).made += 1

    def schedule(self, function: object, args: Sequence[Path] = (), timeout: float | None = None) -> Future[object]:
        future: Future[object] = Future()
        stem = args[0].stem if args else "who is there"
        match stem:
            case "break":
                future.set_exception(BrokenExecutor("killed"))
            case "refuse" if ScriptedPool.made < 2:
                raise RuntimeError("the pool is not running")
            case "slow":
                future.set_exception(TimeoutError())
            case "large":
                future.set_exception(MemoryError())
            case "crash":
                future.set_exception(ProcessExpired("abort", code=-6))
            case "silent":
                future.set_exception(SilentAudioError("It is silent.", "Leave it out."))
            case _:
                future.set_result(stem)
        return future

    def stop(self) -> None:
        """Nothing runs on."""

    def join(self) -> None:
        """Nothing is waited for."""


def test_whatever_a_file_does_to_its_worker_is_that_files_error_and_the_others_are_heard(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "_pool", lambda *_: ScriptedPool())
    monkeypatch.setattr(ScriptedPool, "made", 0)
    names = ["one", "refuse", "slow", "break", "large", "two", "crash", "silent", "three"]
    heard = {path.stem: result for path, result in extract_many([tmp_path / name for name in names], workers=2)}
    assert sorted(heard) == sorted(names)
    assert {name: heard[name] for name in ("one", "two", "three", "refuse")} == {
        name: name for name in ("one", "two", "three", "refuse")
    }
    said = {name: str(heard[name]) for name in ("slow", "large", "crash", "silent", "break")}
    assert "stopped after 60 s" in said["slow"]
    assert "more than 700 MB" in said["large"]
    assert "broke off (ProcessExpired)" in said["crash"]
    assert "silent" in said["silent"]
    # It broke the pool twice: the second time it is the culprit, and not an innocent one beside it.
    assert "broke off (BrokenExecutor)" in said["break"]
    assert ScriptedPool.made == 3  # the third was asked whether there are workers at all


def test_no_file_is_blamed_where_no_worker_can_be_started(tmp_path, monkeypatch):
    class DeadPool(ScriptedPool):
        def schedule(self, *_: object, **__: object) -> Future[object]:
            future: Future[object] = Future()
            future.set_exception(BrokenExecutor("All workers expired"))
            return future

    monkeypatch.setattr(workers, "_pool", lambda *_: DeadPool())
    with pytest.raises(WorkersError, match="cannot be started") as said:
        list(extract_many([tmp_path / "one", tmp_path / "two"]))
    assert "start the scan again" in said.value.remedy


@pytest.mark.skipif(sys.platform != "linux", reason="reads what a process holds back from /proc")
def test_ctrl_c_is_held_back_from_workers_before_they_have_imported_anything():
    code = (
        "import os, re, signal\n"
        "from multiprocessing import forkserver\n"
        "from features.workers import _context\n"
        "_context()\n"
        "server = forkserver._forkserver._forkserver_pid\n"
        "held = int(re.search(r'SigBlk:\\s*(\\w+)', open(f'/proc/{server}/status').read()).group(1), 16)\n"
        "os.kill(server, signal.SIGKILL)\n"
        "print(bool(held >> signal.SIGINT - 1 & 1), signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ()))\n"
    )
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert answer.stdout.split() == ["True", "False"], answer.stderr  # the server's; never this process's own
