"""Scans and trainings that are killed at any moment: nothing that was kept is lost, hardly anything is done again."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features import AudioFeatures
from music_library import retrain, scan, scanning, starter_model, tagged_tracks
from music_library.catalogue import Catalogue
from music_library.models import model_in_use
from tests.music_library.test_estimates import strange_sound, table
from tests.music_library.test_retrain import heard, write_table
from tests.signals import click_track, write

# Processes that know the library already: two hundred of them start in no time.
STARTER = multiprocessing.get_context("forkserver")
STARTER.set_forkserver_preload(["tests.music_library.test_killed"])
Hear = Callable[..., Iterator[tuple[Path, Any]]]


def telling(answers_to: Connection, sound_of: Callable[[int], AudioFeatures]) -> Hear:
    """Hearing that takes no time, and says of each file that it was finished before it is handed on."""

    def hear(paths: Iterable[Path], **_: Any) -> Iterator[tuple[Path, AudioFeatures]]:
        for path in paths:
            result = sound_of(int(path.stem))
            answers_to.send(path.name)
            yield path, result

    return hear


def killed_at_random(
    work: Callable[..., None], *arguments: str, after: int, rng: random.Random, within_s: float = 0.05
) -> list[str]:
    """What a process said it had finished before it was killed: soon after so many files, whatever it then does."""
    here, there = STARTER.Pipe()
    process = STARTER.Process(target=work, args=(*arguments, there))
    process.start()
    there.close()
    killer = threading.Timer(rng.uniform(0.0, within_s), process.kill)
    finished: list[str] = []
    try:
        assert here.recv() == "begun"
        while True:
            if len(finished) == after and not killer.is_alive():
                killer.start()
            said = here.recv()
            if said == "ended":
                break
            finished.append(said)
    except EOFError:
        pass
    killer.cancel()
    process.kill()
    process.join()
    here.close()
    return finished


def integrity(catalogue: Catalogue) -> str:
    with catalogue.engine.connect() as db:
        return str(db.exec_driver_sql("PRAGMA integrity_check").scalar())


# --- scans ------------------------------------------------------------------------------------------------------------


def strange_features(number: int) -> AudioFeatures:
    rows = strange_sound(number)
    return AudioFeatures(
        30.0, 100.0, None, 0.5, 0.5, None, None, None, None, -14.0, -1.0, 3.0, np.zeros(30, np.float32), rows[0], rows
    )


def scan_until_killed(database: str, music: str, answers_to: Connection) -> None:
    """A whole scan, of which only the hearing is made up."""
    scanning.extract_many = telling(answers_to, strange_features)
    answers_to.send("begun")
    scan(Catalogue.open(database), [music], model=starter_model())
    answers_to.send("ended")


def kill_scans(folder: Path, times: int, *, each: int, seed: int) -> tuple[int, int]:
    """Kill scans at random moments, each with new files to hear; how many files they finished, and how many they kept.

    In the end the table is that of a scan which nobody disturbed.
    """
    music, rng = folder / "music", random.Random(seed)
    music.mkdir()
    database = folder / "catalogue.db"
    catalogue = Catalogue.open(database)
    n_files = n_finished = n_lost = 0
    known: set[str] = set()
    for _ in range(times):
        for number in range(n_files, n_files + each):
            (music / f"{number}.mp3").write_bytes(f"recording {number}".encode())
        n_files += each
        n_before = catalogue.count()
        # Also after the last file, when the library's estimates are brought in line with each other.
        after = rng.randrange(n_files - n_before + 1)
        finished = killed_at_random(scan_until_killed, str(database), str(music), after=after, rng=rng)
        kept = {Path(track.path).name for track in catalogue.tracks()}
        assert known <= kept, "a row that was there is gone"
        assert integrity(catalogue) == "ok"
        n_finished += len(finished)
        n_lost += len(set(finished) - kept)
        known = kept
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning, "extract_many", lambda paths, **_: ((p, strange_features(int(p.stem))) for p in paths))
        assert scan(catalogue, [music], model=starter_model()).unchanged == len(known), "finished work was done again"
        undisturbed = Catalogue.open(folder / "other.db")
        scan(undisturbed, [music], model=starter_model())
    assert catalogue.count() == n_files
    assert table(catalogue) == table(undisturbed)
    catalogue.close()
    undisturbed.close()
    return n_finished, n_finished - n_lost


def test_a_killed_scan_keeps_what_it_finished_and_ends_in_the_same_table(tmp_path):
    finished, kept = kill_scans(tmp_path, 4, each=40, seed=1)
    assert kept >= 0.95 * finished > 0


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_two_hundred_killed_scans_keep_what_they_finished(tmp_path, tell):
    finished, kept = kill_scans(tmp_path, 200, each=40, seed=2)
    tell(f"200 kills of scans: {finished} files finished, {kept} of them kept")
    assert kept >= 0.95 * finished > 4000


def test_what_waits_to_be_kept_is_never_a_twentieth_of_what_was_finished(tmp_path, monkeypatch):
    monkeypatch.setattr(scanning, "COMMIT_SECONDS", 1e9)  # so that on the slowest machine the share alone decides
    music = tmp_path / "music"
    music.mkdir()
    for number in range(120):
        (music / f"{number}.mp3").write_bytes(f"recording {number}".encode())
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    kept_of: list[float] = []

    def hear(paths: Iterable[Path], **_: Any) -> Iterator[tuple[Path, AudioFeatures]]:
        # One ahead, as workers have it: a scan that waits for nothing more keeps what it has at once.
        for done, (path, _) in enumerate(pairwise([*paths, Path()]), start=1):
            yield path, strange_features(int(path.stem))
            kept_of.append(catalogue.count() / done)

    monkeypatch.setattr(scanning, "extract_many", hear)
    scan(catalogue, [music])
    assert min(kept_of) >= 0.95
    assert min(kept_of) < 1, "each file was kept alone: large libraries would take longer"
    catalogue.close()


WITH_WORKERS = """
import sys
from music_library import Catalogue, scan, starter_model
if __name__ == "__main__":
    scan(Catalogue.open(sys.argv[1]), [sys.argv[2]], workers=1, model=starter_model())
"""


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120  # a loaded machine may take long to start Python
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def kill_scans_with_their_workers(folder: Path, *, kills: int, files: int, seconds: int) -> None:
    """Kill scans with the workers that hear for them; then let one end, and compare."""
    music, script, database = folder / "music", folder / "killed.py", folder / "catalogue.db"
    music.mkdir()
    for i in range(files):
        write(music / f"{i:03}.wav", click_track(60 + i, seconds=seconds))
    script.write_text(WITH_WORKERS)
    catalogue = Catalogue.open(database)
    known: set[str] = set()
    root = Path(__file__).resolve().parent.parent.parent
    for _ in range(kills):
        before = catalogue.count()
        child = subprocess.Popen(
            [sys.executable, script, database, music],
            env={**os.environ, "PYTHONPATH": str(root)},
            start_new_session=True,
            stderr=subprocess.DEVNULL,
        )
        wait_for(lambda before=before, child=child: catalogue.count() > before or child.poll() is not None)
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        kept = {track.id for track in catalogue.tracks()}
        assert known <= kept, "a row that was there is gone"
        known = kept
        assert integrity(catalogue) == "ok"
    summary = scan(catalogue, [music], model=starter_model())
    assert summary.unchanged == len(known), "finished work was done again"
    assert (summary.analysed + len(known), summary.failed) == (files, 0)
    undisturbed = Catalogue.open(folder / "other.db")
    scan(undisturbed, [music], model=starter_model())
    assert table(catalogue) == table(undisturbed)
    catalogue.close()
    undisturbed.close()


@pytest.mark.timeout(300)
def test_a_scan_killed_with_its_workers_loses_nothing_that_was_kept(tmp_path, quick_hearing):
    kill_scans_with_their_workers(tmp_path, kills=2, files=8, seconds=10)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_forty_scans_killed_with_their_workers_lose_nothing_that_was_kept(tmp_path, quick_hearing):
    kill_scans_with_their_workers(tmp_path, kills=40, files=120, seconds=10)


# --- trainings and exchanges of the model -----------------------------------------------------------------------------


def train_until_killed(home: str, answers_to: Connection) -> None:
    """A training whose tracks are not in the library, so that it hears them too."""
    tagged_tracks.extract_many = telling(answers_to, heard)
    answers_to.send("begun")
    catalogue = Catalogue.open(Path(home) / "catalogue.db")
    retrain.train_from_table(Path(home), catalogue, Path(home) / "tags.csv", scale="-1:1")
    answers_to.send("ended")


def exchange_until_killed(home: str, name: str, answers_to: Connection) -> None:
    """Puts a model in use, and estimates every track again."""
    answers_to.send("begun")
    retrain.promote(Path(home), Catalogue.open(Path(home) / "catalogue.db"), name)
    answers_to.send("ended")


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".part"}


def train_here(home: Path) -> tuple[retrain.Trained, list[str]]:
    """Train to the end; and the files that had to be heard for it."""
    again: list[str] = []

    def hear(paths: Iterable[Path], **_: Any) -> Iterator[tuple[Path, AudioFeatures]]:
        for path in paths:
            again.append(path.name)
            yield path, heard(int(path.stem))

    catalogue = Catalogue.open(home / "catalogue.db")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tagged_tracks, "extract_many", hear)
        trained = retrain.train_from_table(home, catalogue, home / "tags.csv", scale="-1:1")
    catalogue.close()
    return trained, again


def kill_trainings(folder: Path, times: int, *, seed: int) -> tuple[int, int]:
    """Kill trainings at random moments; how many files they had heard, and how many had to be heard again."""
    home, rng = folder / "home", random.Random(seed)
    untouched, undisturbed = folder / "untouched", folder / "undisturbed"
    untouched.mkdir()
    Catalogue.open(untouched / "catalogue.db").close()
    write_table(untouched)
    shutil.copytree(untouched, undisturbed)
    expected = files_of(train_here(undisturbed)[0].folder)
    n_finished = n_again = 0
    for number in range(times):
        shutil.copytree(untouched, home)
        # One half while they hear, the other while they train, judge and write.
        after, within_s = (rng.randrange(90), 0.02) if number % 2 else (90, 1.0)
        finished = killed_at_random(train_until_killed, str(home), after=after, within_s=within_s, rng=rng)
        assert model_in_use(home) == starter_model()
        assert [row for row in retrain.list_models(home) if not row["usable"]] == []
        trained, again = train_here(home)
        assert files_of(trained.folder) == expected
        n_finished += len(finished)
        n_again += len(set(finished) & set(again))
        shutil.rmtree(home)
    return n_finished, n_again


def test_a_killed_training_leaves_nothing_half_done_and_ends_in_the_same_model(tmp_path):
    finished, again = kill_trainings(tmp_path, 2, seed=1)
    assert finished > 0
    assert again <= max(4, 0.05 * finished)  # at most the one in hand of each


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_hundred_killed_trainings_leave_nothing_half_done(tmp_path, tell):
    finished, again = kill_trainings(tmp_path, 100, seed=2)
    tell(f"100 kills of trainings: {finished} files heard, {again} of them heard again")
    assert again <= 0.05 * finished


def kill_exchanges(folder: Path, times: int, *, seed: int) -> int:
    """Kill whoever puts a model in use; how often the new one was in use afterwards."""
    home, music, rng = folder / "home", folder / "music", random.Random(seed)
    home.mkdir()
    write_table(home)
    music.mkdir()
    for number in range(40):
        (music / f"{number}.mp3").write_bytes(f"recording {number}".encode())
    trained, _ = train_here(home)
    catalogue = Catalogue.open(home / "catalogue.db")
    n_new = 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning, "extract_many", lambda paths, **_: ((p, strange_features(int(p.stem))) for p in paths))
        scan(catalogue, [music], model=starter_model())
        expected = table_with(folder / "new.db", music, retrain._usable(trained.folder / "model.json"))
        for _ in range(times):
            killed_at_random(exchange_until_killed, str(home), trained.model_id, after=0, within_s=0.15, rng=rng)
            now = model_in_use(home)
            in_use = [row["model_id"] for row in retrain.list_models(home) if row["in_use"]]
            assert in_use == [now.model_id], "the list names another model than the one that estimates"
            assert now.model_id in {trained.model_id, starter_model().model_id}
            if now.model_id == trained.model_id:
                n_new += 1
                # The next scan makes good what was not estimated again; then one can go back.
                scan(catalogue, [music], model=now)
                assert table(catalogue) == expected
                assert retrain.roll_back(home, catalogue) == "starter"
            assert integrity(catalogue) == "ok"
    catalogue.close()
    return n_new


def table_with(database: Path, music: Path, model: Any) -> list[dict[str, object]]:
    catalogue = Catalogue.open(database)
    scan(catalogue, [music], model=model)
    rows = table(catalogue)
    catalogue.close()
    return rows


def test_whoever_is_killed_while_exchanging_models_leaves_one_of_them_whole(tmp_path):
    kill_exchanges(tmp_path, 2, seed=1)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_fifty_killed_exchanges_of_the_model_leave_one_of_them_whole(tmp_path, tell):
    n_new = kill_exchanges(tmp_path, 50, seed=2)
    tell(f"50 kills of exchanges: the new model was in use after {n_new}")
    assert n_new > 0
