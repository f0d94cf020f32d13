"""What happens to music while it is scanned: disks come and go, files are replaced, grow and vanish, clocks jump."""

from __future__ import annotations

import hashlib
import os
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from features import FEATURE_NAMES, AudioFeatures
from features.errors import NotAudioError
from music_library import scan, scanning
from music_library.catalogue import Catalogue
from music_library.errors import ScanRunningError
from music_library.scanning import ScanSummary
from music_library.schema import files, sounds, tracks
from recommender.errors import ModelMismatchError

LIBRARY = 12


def sound_of(content: bytes) -> AudioFeatures:
    """A made-up sound that is told apart from every other by all of its numbers."""
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(content).digest()[:8], "big"))
    row = rng.standard_normal((1, len(FEATURE_NAMES))).astype(np.float32)
    return AudioFeatures(
        float(rng.uniform(60, 300)), float(rng.uniform(60, 180)), None, 0.5, 0.5, None, "C major", 0.5, 0.5,
        float(rng.uniform(-30, -8)), -1.0, 3.0, np.zeros(30, np.float32), row[0], row,
    )  # fmt: skip


class Disturbance:
    """Hearing that reads what is really in a file, and somebody who does something to the music meanwhile."""

    def __init__(self, catalogue: Catalogue, music: Path, rng: random.Random) -> None:
        self.catalogue, self.music, self.rng = catalogue, music, rng
        self.away = music.with_name("away")
        self.number = 0
        self.refused = 0

    def hear(self, paths: Iterable[Path], **_: Any) -> Iterator[tuple[Path, AudioFeatures | NotAudioError]]:
        # One ahead, as with workers: what was asked for may change before it is read.
        for path, _ahead in pairwise([*paths, Path()]):
            self.disturb()
            try:
                content = path.read_bytes()
            except OSError:
                yield path, NotAudioError("It is gone.", "Scan again.")
                continue
            if self.rng.random() < 0.3:
                self.disturb()
            yield path, sound_of(content)

    def disturb(self) -> None:
        self.rng.choice(
            [
                self.unmount,
                self.mount,
                self.remove,
                self.replace,
                self.grow,
                self.rename,
                self.add,
                self.jump,
                self.scan,
            ]
        )()

    def some_file(self) -> Path | None:
        there = sorted(self.music.glob("*.mp3"))
        return self.rng.choice(there) if there else None

    def new_content(self) -> bytes:
        self.number += 1
        return f"new {self.number} of {self.rng.random()}".encode()

    def unmount(self) -> None:
        if self.music.exists() and not self.away.exists() and self.rng.random() < 0.5:
            self.music.rename(self.away)
            if self.rng.random() < 0.5:
                self.music.mkdir()  # the empty place where it is mounted stays

    def mount(self) -> None:
        if self.away.exists() and not any(self.music.glob("*")):
            if self.music.exists():
                self.music.rmdir()
            self.away.rename(self.music)

    def remove(self) -> None:
        if (file := self.some_file()) is not None:
            file.unlink()

    def replace(self) -> None:
        if (file := self.some_file()) is not None:
            part = file.with_suffix(".part")
            part.write_bytes(self.new_content())
            part.replace(file)

    def grow(self) -> None:
        if (file := self.some_file()) is not None:
            with file.open("ab") as end:
                end.write(self.new_content())

    def rename(self) -> None:
        if (file := self.some_file()) is not None:
            file.rename(file.with_name(f"renamed {self.rng.randrange(10**9)}.mp3"))

    def add(self) -> None:
        if self.music.exists():
            (self.music / f"added {self.rng.randrange(10**9)}.mp3").write_bytes(self.new_content())

    def jump(self) -> None:
        days = self.rng.choice([-400, -1, 1, 400])
        self.catalogue.clock = lambda before=self.catalogue.clock: before() + 86_400 * days
        if (file := self.some_file()) is not None:  # as a camera or another machine would date it
            then = self.catalogue.clock()
            os.utime(file, (then, then))

    def scan(self) -> None:
        def second() -> None:
            try:
                scan(self.catalogue, [self.music])
            except ScanRunningError:
                self.refused += 1

        before = self.refused
        other = threading.Thread(target=second)
        other.start()
        other.join()
        assert self.refused == before + 1, "two scans at once"


def rows_of(catalogue: Catalogue) -> dict[str, tuple[str, str]]:
    """Every track's content and path by its id."""
    with catalogue.engine.connect() as db:
        found = db.execute(sa.select(tracks.c.id, tracks.c.content_hash, tracks.c.path))
        return {row.id: (row.content_hash, row.path) for row in found}


def heard_by_path(catalogue: Catalogue) -> dict[bytes, tuple[object, ...]]:
    """What is known of every file that is there: all that was heard in it."""
    query = (
        sa.select(files.c.path, tracks.c.content_hash, tracks.c.duration_s, tracks.c.tempo_bpm, sounds.c.vector)
        .join(tracks, tracks.c.number == files.c.track_number)
        .outerjoin(sounds, sounds.c.track_number == tracks.c.number)
        .where(files.c.missing_since.is_(None))
    )
    with catalogue.engine.connect() as db:
        return {bytes(row.path): tuple(row[1:]) for row in db.execute(query)}


def disturb_scans(folder: Path, times: int, *, seed: int) -> tuple[int, int]:
    """Disturb scans, each followed by one in peace; how many tracks there are then, and how many are missing."""
    music, rng = folder / "music", random.Random(seed)
    music.mkdir()
    for number in range(LIBRARY):
        (music / f"{number}.mp3").write_bytes(f"recording {number}".encode())
    catalogue = Catalogue.open(folder / "catalogue.db")
    disturbance = Disturbance(catalogue, music, rng)
    known: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        for _ in range(times):
            for _ in range(3):
                disturbance.add()
            patch.setattr(scanning, "extract_many", disturbance.hear)
            scan(catalogue, [music])
            assert known <= set(rows_of(catalogue)), "a track was deleted"
            disturbance.mount()
            patch.setattr(scanning, "extract_many", in_peace)
            assert scan(catalogue, [music]).failed == 0
            assert known <= set(rows_of(catalogue)), "a track was deleted"
            known = set(rows_of(catalogue))
        again: ScanSummary = scan(catalogue, [music])
        assert (again.analysed, again.failed) == (0, 0)
        undisturbed = Catalogue.open(folder / "other.db")
        scan(undisturbed, [music])
    assert heard_by_path(catalogue) == heard_by_path(undisturbed)
    n_missing = sum("missing" in track.flags for track in catalogue.tracks())
    undisturbed.close()
    catalogue.close()
    return len(known), n_missing


def in_peace(paths: Iterable[Path], **_: Any) -> Iterator[tuple[Path, AudioFeatures]]:
    for path in paths:
        yield path, sound_of(path.read_bytes())


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_to_music_in_a_scan_no_track_is_deleted_and_the_next_scan_knows_all(tmp_path, seed):
    n_tracks, n_missing = disturb_scans(tmp_path, 4, seed=seed)
    assert n_tracks >= LIBRARY
    assert n_missing < n_tracks


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_two_hundred_disturbed_scans_delete_no_track(tmp_path, tell: Callable[[str], None]):
    n_tracks, n_missing = disturb_scans(tmp_path, 200, seed=9)
    tell(f"200 disturbed scans: {n_tracks} tracks, {n_missing} of them without a file now, none deleted")
    assert n_missing > 100


@pytest.mark.parametrize("is_place_left", [True, False], ids=["the empty place stays", "nothing stays"])
@pytest.mark.parametrize("when", ["before", "during"])
def test_a_library_that_is_unmounted_loses_no_row_and_comes_back_unheard(tmp_path, monkeypatch, when, is_place_left):
    music = tmp_path / "music"
    music.mkdir()
    for number in range(LIBRARY):
        (music / f"{number}.mp3").write_bytes(f"recording {number}".encode())
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    monkeypatch.setattr(scanning, "extract_many", in_peace)
    scan(catalogue, [music])
    before = rows_of(catalogue)

    def unmount() -> None:
        music.rename(tmp_path / "away")
        if is_place_left:
            music.mkdir()

    def gone_meanwhile(paths: Iterable[Path], **_: Any) -> Iterator[tuple[Path, Any]]:
        for path in paths:
            if music.exists() and any(music.iterdir()):
                unmount()
            yield path, NotAudioError("It is gone.", "Scan again.")

    if when == "before":
        unmount()
    else:
        (music / "new.mp3").write_bytes(b"new")  # so that there is something to hear
        monkeypatch.setattr(scanning, "extract_many", gone_meanwhile)
    scan(catalogue, [music])
    assert before.keys() <= rows_of(catalogue).keys()
    if is_place_left:
        music.rmdir()
    (tmp_path / "away").rename(music)
    heard: list[Path] = []
    monkeypatch.setattr(scanning, "extract_many", lambda paths, **_: in_peace(heard.append(p) or p for p in paths))
    summary = scan(catalogue, [music])
    assert (summary.failed, summary.missing) == (0, 0)
    assert before.items() <= rows_of(catalogue).items()
    assert [path.name for path in heard] == ([] if when == "before" else ["new.mp3"])
    catalogue.close()


class SpoiledModel:
    """A model whose file turns out to be damaged in the middle of a scan."""

    model_id = "spoiled"

    def refer(self, segments: Any, /) -> None:
        return None

    def estimate(self, segments: Any, /, *, reference: Any = None) -> Any:
        raise ModelMismatchError("The mood model cannot be used: it was changed.", file="in.json", reason="hash")


def test_a_damaged_model_ends_a_scan_and_what_was_there_stays(tmp_path, monkeypatch):
    music = tmp_path / "music"
    music.mkdir()
    for number in range(LIBRARY):
        (music / f"{number}.mp3").write_bytes(f"recording {number}".encode())
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    monkeypatch.setattr(scanning, "extract_many", in_peace)
    scan(catalogue, [music])
    before = rows_of(catalogue)
    with pytest.raises(ModelMismatchError, match="cannot be used"):
        scan(catalogue, [music], model=SpoiledModel())
    assert rows_of(catalogue) == before
    assert scan(catalogue, [music]).unchanged == LIBRARY
    catalogue.close()
