"""A room's answers survive what happens to servers: killed at any moment, reached by many at once."""

from __future__ import annotations

import json
import multiprocessing
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
import sqlalchemy as sa

from practice.record import Record
from practice.room_events import Event
from practice.schema import answers, events
from practice.store import Actor
from tests.practice.conftest import PASSWORD, a_playlist, settled, some_tracks

# Processes that know the record already: two hundred of them start in no time.
STARTER = multiprocessing.get_context("forkserver")
STARTER.set_forkserver_preload(["practice.record"])


def write_until_killed(file: str, room_token: str, answers_to: Connection) -> None:
    """A writer in a process of its own: takes events one by one and says of each that it is stored, only then."""
    record = Record.open(file, create=False)
    answers_to.send("ready")
    while True:
        number = answers_to.recv()
        values = {"phase": "middle", "values": {"valence": 0.5, "arousal": 0.25}}
        record.add_events(room_token, [Event(f"event-{number:05d}", "check_in", "2026-03-02T10:05:00Z", values)])
        answers_to.send(number)


def open_room(folder: Path) -> tuple[Path, Record, Actor, str, str]:
    """A record with one open session, by the real clock."""
    file = folder / "record.db"
    record = Record.open(file)
    ada = record.create_account(str(record.first_link()), "Ada", PASSWORD)
    plan = record.draft_plan(ada, settled(record, ada), a_playlist(minutes=60), some_tracks(), model_id="m")
    record.approve(ada, plan.id, present=True)
    session = record.start_session(ada, plan.id, with_client=True)
    return file, record, ada, session.session_id, session.room_token


def killed_while_writing(file: Path, room_token: str, *, first: int, rng: random.Random) -> tuple[set[str], int]:
    """Send events until the writer is killed at a random moment; which were acknowledged, and how many were sent."""
    here, there = STARTER.Pipe()
    writer = STARTER.Process(target=write_until_killed, args=(str(file), room_token, there))
    writer.start()
    there.close()
    assert here.recv() == "ready"
    # After some answers, not after some time: on a busy machine as many are stored as on an idle one.
    killer = threading.Timer(rng.uniform(0.0, 0.02), writer.kill)
    spared = rng.randrange(6)
    acknowledged: set[str] = set()
    number = first
    try:
        while True:
            if number - first == spared:
                killer.start()
            here.send(number)
            number += 1
            acknowledged.add(f"event-{here.recv():05d}")
    except (EOFError, OSError):
        pass
    killer.join()
    writer.join()
    here.close()
    return acknowledged, number - first


def kill_many_times(folder: Path, times: int, *, seed: int) -> tuple[int, int]:
    """Rounds after which every acknowledged answer was there once and the file whole; and how many there were."""
    file, record, ada, session_id, room_token = open_room(folder)
    rng = random.Random(seed)
    whole = 0
    known: set[str] = set()
    sent = 0
    for _ in range(times):
        acknowledged, tried = killed_while_writing(file, room_token, first=sent, rng=rng)
        sent += tried
        known |= acknowledged
        with record.engine.connect() as db:
            verdict = db.exec_driver_sql("PRAGMA integrity_check").scalar()
            stored = list(db.execute(sa.select(events.c.id)).scalars())
            answered = db.execute(sa.select(sa.func.count()).select_from(answers)).scalar_one()
        # What was sent and not acknowledged may be there or not, but never twice and never in half.
        if verdict == "ok" and known <= set(stored) and len(stored) == len(set(stored)) and answered == 2 * len(stored):
            whole += 1
    # The device sends all of it again: nothing comes twice.
    again = [
        Event(f"event-{number:05d}", "check_in", "2026-03-02T10:05:00Z",
              {"phase": "middle", "values": {"valence": 0.5, "arousal": 0.25}})
        for number in range(sent)
    ]  # fmt: skip
    with record.engine.connect() as db:
        before = db.execute(sa.select(sa.func.count()).select_from(events)).scalar_one()
    new = sum(record.add_events(room_token, again[start : start + 100]) for start in range(0, len(again), 100))
    assert before + new == sent
    assert len(record.session(ada, session_id).answers) == 2 * sent
    assert record.verify_audit().intact
    record.close()
    return whole, len(known)


def test_a_killed_server_loses_no_acknowledged_answer(tmp_path: Path):
    whole, acknowledged = kill_many_times(tmp_path, 4, seed=1)
    assert whole == 4
    assert acknowledged > 0


@pytest.mark.soak
@pytest.mark.timeout(1500)
def test_two_hundred_kills_lose_no_acknowledged_answer(tmp_path: Path, tell: Callable[[str], None]):
    whole, acknowledged = kill_many_times(tmp_path, 200, seed=2)
    tell(f"200 kills: whole {whole} times, {acknowledged} acknowledged answers, each there once")
    assert whole == 200
    assert acknowledged > 200


def many_listeners(folder: Path, listeners: int, each: int, *, seed: int) -> tuple[int, list[float], list[Exception]]:
    """Listeners in rooms of their own, whose connections drop after being served, so that they send again."""
    file, record, ada, _, _ = open_room(folder)
    tokens = []
    for _ in range(listeners):
        plan = record.draft_plan(ada, settled(record, ada), a_playlist(), some_tracks(), model_id="m")
        record.approve(ada, plan.id, present=True)
        tokens.append(record.start_session(ada, plan.id, with_client=True).room_token)
    took: list[float] = []
    failed: list[Exception] = []

    def listen(number: int) -> None:
        rng = random.Random(seed + number)
        for event_number in range(each):
            event = Event(f"event-{event_number:05d}", "level", datetime.now(UTC).isoformat(), {"db": -12})
            for _ in range(1 + (rng.random() < 0.3)):
                begun = time.perf_counter()
                try:
                    record.add_events(tokens[number], [event])
                except (sa.exc.SQLAlchemyError, sqlite3.Error) as error:
                    failed.append(error)
                took.append(time.perf_counter() - begun)
            time.sleep(rng.uniform(0, 0.02))

    threads = [threading.Thread(target=listen, args=(number,)) for number in range(listeners)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with record.engine.connect() as db:
        stored = db.execute(sa.select(sa.func.count()).select_from(events)).scalar_one()
    record.close()
    assert file.exists()
    return stored, took, failed


def test_many_listeners_at_once_are_each_stored_once(tmp_path: Path):
    stored, _, failed = many_listeners(tmp_path, 10, 10, seed=1)
    assert (stored, failed) == (100, [])


@pytest.mark.soak
def test_fifty_listeners_with_twenty_events_each_are_stored_once_and_soon(tmp_path: Path, tell: Callable[[str], None]):
    stored, took, failed = many_listeners(tmp_path, 50, 20, seed=2)
    p95 = sorted(took)[int(len(took) * 0.95)]
    tell(f"50 listeners in one process, 20 events each: {stored} stored, {len(failed)} refused, p95 {p95:.3f} s")
    assert (stored, failed) == (1000, [])
    assert p95 < 1.0, json.dumps({"p95_s": p95})
