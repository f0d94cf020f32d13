"""A record in a temporary folder, a clock that tests turn, and plans made by construction."""

from __future__ import annotations

import io
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import argon2
import pytest

from practice import passwords
from practice.record import Record
from practice.room_events import Event
from practice.store import Actor
from recommender.mood import Estimate, Mood
from recommender.playlist import PlannedTrack, PlanRequest, Playlist, Pool, Reason

PASSWORD = "a quiet river bend"


class Clock:
    """Time that moves only when told."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def on(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True)
class SomeTrack:
    """A catalogue row as plans copy it."""

    id: str
    title: str | None
    artist: str | None = "The Band"
    album: str | None = "An Album"
    duration_s: float | None = 200.0
    loudness_lufs: float | None = -14.0
    valence: float | None = 0.1
    valence_sd: float | None = 0.2
    arousal: float | None = -0.2
    arousal_sd: float | None = 0.2
    mood_source: str = "estimate"
    outside_training: bool = False
    tempo_bpm: float | None = 90.0
    themes: frozenset[str] = frozenset()


def some_tracks(count: int = 12) -> list[SomeTrack]:
    """Tracks t0, t1 … titled Song 0, Song 1 …"""
    return [SomeTrack(f"t{number}", f"Song {number}", artist=f"Artist {number}") for number in range(count)]


def a_playlist(*, songs: int = 4, minutes: float = 24, **pool: tuple[object, ...]) -> Playlist:
    """Songs t0 … in the list; t4 to t9 in the pool, where nothing else is said."""
    tracks = tuple(
        PlannedTrack(
            f"t{number}",
            start_s=200.0 * number,
            duration_s=200.0,
            target=Mood(-0.5 + number / 10, 0.0),
            estimate=Estimate(Mood(0.1, -0.2), 0.2, 0.2),
            reasons=(Reason("near_route", {"distance": 0.1}),),
        )
        for number in range(songs)
    )
    full = Pool(
        openers=("t0", "t4", "t5"),
        alternates=(("t6",), ("t7",), (), ())[:songs],
        known_well=("t8",),
        replan=("t9",),
    )
    return Playlist(
        request=PlanRequest(Mood(-0.5, -0.5), Mood(0.5, -0.3), minutes=minutes),
        tracks=tracks,
        length_s=200.0 * songs,
        bound_percent=0.4,
        pool=replace(full, **pool),
    )


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with little work: what is tested here is who gets in, not how long a guess takes."""
    monkeypatch.setattr(passwords, "_hasher", argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def empty_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new record, made once: each test has its own copy."""
    file = tmp_path_factory.mktemp("empty") / "record.db"
    Record.open(file).close()
    return file


@pytest.fixture
def record(tmp_path: Path, clock: Clock, empty_record: Path) -> Iterator[Record]:
    shutil.copy(empty_record, tmp_path / "record.db")
    opened = Record.open(tmp_path / "record.db", clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def clinician(record: Record) -> Actor:
    token = record.first_link()
    assert token is not None
    return record.create_account(token, "Ada Fenn", PASSWORD, room_name="Ada")


@pytest.fixture
def colleague(record: Record, clinician: Actor) -> Actor:
    return record.create_account(record.invite(clinician, "Bo Reed"), password=PASSWORD)


def settled(record: Record, clinician: Actor, **said: str | None) -> str:
    """A client of whom every question is answered; gives the id."""
    answers = {"agreed_by": "client", "avoid": "", "sounds_hurt": "no", "seizures": "no", **said}
    return record.new_client(clinician, **answers).id


@pytest.fixture
def client_id(record: Record, clinician: Actor) -> str:
    return settled(record, clinician)


def approved(record: Record, clinician: Actor, client_id: str | None, **playlist: object) -> str:
    """An approved plan's id."""
    plan = record.draft_plan(clinician, client_id, a_playlist(**playlist), some_tracks(), model_id="model-1")
    return record.approve(clinician, plan.id, present=True).id


def at_once(work: Callable[[], object], *, times: int) -> None:
    """Do the same in many threads, and wait for all of them."""
    threads = [threading.Thread(target=work) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def started(record: Record, clinician: Actor, client_id: str | None, **how: object) -> tuple[str, str]:
    """Session id and room token of a session that has just been started."""
    plan_id = approved(record, clinician, client_id)
    session = record.start_session(clinician, plan_id, **{"with_client": True, **how})
    return session.session_id, session.room_token


def event(number: int, kind: str = "started", **values: object) -> Event:
    """An event whose id is made from a number, sent at a fixed time."""
    return Event(f"event-{number:04d}", kind, "2026-03-02T10:05:00Z", values)


def check_in(number: int, phase: str, values: dict[str, object], **more: object) -> Event:
    """A check-in as the room sends it."""
    return event(number, "check_in", phase=phase, values=values, **more)


class Attune:
    """The command line, in this process: what it ended with, and what it said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch = monkeypatch
        self.capsys = capsys

    def __call__(self, *arguments: str, home: Path, typed: str = "", key_file: Path | None = None) -> tuple[int, str]:
        with self.monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["attune", *arguments, "--home", str(home)])
            patch.setattr(sys, "stdin", io.StringIO(typed))
            if key_file is not None:
                patch.setenv("ATTUNE_RECORD_KEY_FILE", str(key_file))
            try:
                from cli import main

                main()
                code = 0
            except SystemExit as ended:
                code = int(ended.code or 0)
        said = self.capsys.readouterr()
        return code, said.out + said.err


@pytest.fixture
def attune_here(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Attune:
    return Attune(monkeypatch, capsys)
