"""What happens to machines: flipped pages, power cuts in a migration, full and read-only disks, clocks that jump."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
import sqlalchemy as sa

from practice.errors import LockedOutError, NotThereError, PlanStateError, SignInError, StoreError
from practice.record import Record
from practice.schema import metadata
from practice.store import Actor, as_url, known_schemas, make_engine, migrate, newest_schema, schema_of
from tests.practice.conftest import PASSWORD, Clock, check_in, settled, started

ROOT = Path(__file__).parents[2]


def everything(record: Record) -> dict[str, list[str]]:
    with record.engine.connect() as db:
        return {table.name: sorted(map(str, db.execute(sa.select(table)))) for table in metadata.sorted_tables}


def filled(record: Record, clinician: Actor) -> dict[str, list[str]]:
    """Clients, plans, sessions and notes; gives all that is stored."""
    for number in range(6):
        client_id = settled(record, clinician)
        session_id, room_token = started(record, clinician, client_id)
        record.add_events(room_token, [check_in(number * 10, "before", {"valence": 0.5, "arousal": 0.25})])
        record.end_session(clinician, session_id)
        record.save_note(clinician, session_id, noticed="Hummed along", meaning="", next_time="", version=0)
    return everything(record)


# --- pages ------------------------------------------------------------------------------------------------------------


def flip_pages(record: Record, clinician: Actor, folder: Path, times: int, *, seed: int) -> tuple[int, int, int]:
    """Turn every bit of one page at a time; how often that was reported, harmless, or neither."""
    before = filled(record, clinician)
    record.close()
    whole = (folder / "record.db").read_bytes()
    page = int.from_bytes(whole[16:18], "big")
    rng = random.Random(seed)
    reported = harmless = 0
    for _ in range(times):
        start = rng.randrange(len(whole) // page) * page
        broken = whole[:start] + bytes(byte ^ 0xFF for byte in whole[start : start + page]) + whole[start + page :]
        (folder / "flipped.db").write_bytes(broken)
        try:
            opened = Record.open(folder / "flipped.db")
        except StoreError as error:
            says_what_to_do = "attune restore" in str(error)
            reported += says_what_to_do and (folder / "flipped.db").read_bytes() == broken
        else:
            harmless += everything(opened) == before  # a page that holds nothing
            opened.close()
    return reported, harmless, times - reported - harmless


def test_a_flipped_page_is_reported_or_was_empty(record: Record, clinician: Actor, tmp_path: Path):
    reported, _, neither = flip_pages(record, clinician, tmp_path, 12, seed=1)
    assert reported > 0
    assert neither == 0


@pytest.mark.soak
def test_two_hundred_flipped_pages_are_reported_or_were_empty(
    record: Record, clinician: Actor, tmp_path: Path, tell: Callable[[str], None]
):
    reported, harmless, neither = flip_pages(record, clinician, tmp_path, 200, seed=2)
    tell(f"200 flipped pages: {reported} reported, {harmless} empty, {neither} neither")
    assert (reported + harmless, neither) == (200, 0)


# --- schemas ----------------------------------------------------------------------------------------------------------


def older_record(file: Path) -> None:
    engine = make_engine(as_url(file))
    migrate(engine, to=known_schemas()[0])
    with engine.begin() as db:
        db.exec_driver_sql(
            "INSERT INTO accounts (id, name, name_key, room_name, role, also, created_at)"
            " VALUES ('a1', 'Ada', 'ada', 'Ada', 'clinician', '[]', '2026-01-01 00:00:00')"
        )
    engine.dispose()


def test_a_half_migrated_record_is_named_and_left_as_it_is(tmp_path: Path):
    file = tmp_path / "record.db"
    older_record(file)
    with closing(sqlite3.connect(file)) as db, db:  # as if an older program had stopped in the middle
        db.execute("CREATE TABLE notes (id TEXT)")
    with pytest.raises(StoreError, match=r"brought up to date.*attune restore"):
        Record.open(file)
    engine = make_engine(as_url(file))
    assert schema_of(engine) == known_schemas()[0]
    assert [column["name"] for column in sa.inspect(engine).get_columns("notes")] == ["id"]
    engine.dispose()


def _open(file: str, ready: Connection) -> None:
    ready.send("ready")
    Record.open(file).close()


def kill_while_migrating(folder: Path, times: int, *, seed: int) -> int:
    """Kill whoever brings an older record up to date, at a random moment; how often the next start finished it."""
    start_from = multiprocessing.get_context("forkserver")
    start_from.set_forkserver_preload(["practice.record"])
    rng = random.Random(seed)
    older_record(folder / "older.db")
    whole = 0
    for number in range(times):
        file = folder / f"{number}.db"
        shutil.copy(folder / "older.db", file)
        here, there = start_from.Pipe()
        opener = start_from.Process(target=_open, args=(str(file), there))
        opener.start()
        assert here.recv() == "ready"
        opener.join(rng.uniform(0.0, 0.4))
        opener.kill()
        opener.join()
        record = Record.open(file)
        with record.engine.connect() as db:
            is_whole = db.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        is_new = schema_of(record.engine) == newest_schema()
        whole += is_whole and is_new and [account.name for account in record.accounts(None)] == ["Ada"]
        record.close()
    return whole


def test_a_migration_that_was_killed_is_finished_by_the_next_start(tmp_path: Path):
    assert kill_while_migrating(tmp_path, 3, seed=1) == 3


@pytest.mark.soak
def test_fifty_migrations_that_were_killed_are_finished_by_the_next_start(tmp_path: Path, tell: Callable[[str], None]):
    whole = kill_while_migrating(tmp_path, 50, seed=2)
    tell(f"50 kills of migrations: {whole} finished whole by the next start")
    assert whole == 50


# --- disks ------------------------------------------------------------------------------------------------------------

# On a disk of 3 MB: stores answers until there is no room, says of each that it is stored, then makes room and looks.
FULL = """
import subprocess, sys
from pathlib import Path
from practice.errors import PracticeError
from practice.backup import BackupError, backup_home
from practice.room_events import Event
from tests.practice.test_exactly_once import open_room
disk = Path(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], check=True)
file, record, ada, session_id, room_token = open_room(disk)
stored, refused, now = 0, "", "2026-03-02T10:05:00Z"
while not refused:
    try:
        record.add_events(room_token, [Event(f"event-{stored:05d}", "level", now, {"x": "x" * 4000})])
        stored += 1
    except PracticeError as error:
        refused = str(error)
print(refused)
try:
    backup_home(disk, disk / "b.attune")
except BackupError as error:
    print(error)
print([entry.name for entry in disk.iterdir() if "attune" in entry.name])
subprocess.run(["mount", "-o", "remount,size=30m", disk], check=True)
again = record.add_events(room_token, [Event(f"event-{stored:05d}", "level", now, {"db": -12})])
with record.engine.connect() as db:
    count = db.exec_driver_sql("SELECT count(*), count(DISTINCT id) FROM events").one()
    verdict = db.exec_driver_sql("PRAGMA integrity_check").scalar()
print(again, stored > 50, tuple(count) == (stored + 1, stored + 1), verdict, record.verify_audit().intact)
"""


@pytest.mark.small_disk
def test_a_full_disk_is_named_loses_nothing_and_goes_on_when_there_is_room(tmp_path: Path):
    disk = tmp_path / "disk"
    disk.mkdir()
    ended = subprocess.run(
        ["unshare", "--map-root-user", "--mount", sys.executable, "-c", FULL, str(disk)],
        cwd=ROOT, capture_output=True, text=True, timeout=240,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    refused, no_backup, left, last = ended.stdout.splitlines()
    assert f"disk that holds {disk} is full" in refused
    assert f"disk that holds {disk} is full" in no_backup
    assert left == "[]"
    assert last == "1 True True ok True"


def write_a_megabyte_too_many(record: Record) -> None:
    with record._transaction() as db:
        pages = db.exec_driver_sql("PRAGMA page_count").scalar()
        db.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        db.exec_driver_sql("CREATE TABLE more AS SELECT randomblob(1000000) AS x")


def test_no_room_in_the_file_is_named_and_what_was_stored_stays(record: Record, clinician: Actor):
    before = everything(record)
    with pytest.raises(StoreError, match="is full"):
        write_a_megabyte_too_many(record)
    assert everything(record) == before


# Gives up the right to write anywhere first: the superuser's rights would hide what is tested.
READ_ONLY = """
import sys
from practice.errors import PracticeError
from practice.record import Record
try:
    Record.open(sys.argv[1])
except PracticeError as error:
    print(error)
"""


@pytest.mark.parametrize("is_there", [True, False])
def test_a_read_only_home_is_named(record: Record, tmp_path: Path, is_there: bool):
    home = tmp_path / "home"
    home.mkdir()
    record.close()
    if is_there:
        shutil.copy(tmp_path / "record.db", home / "record.db")
        (home / "record.db").chmod(0o400)
    home.chmod(0o500)
    rights = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    ended = subprocess.run(
        [*rights, sys.executable, "-c", READ_ONLY, str(home / "record.db")],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    home.chmod(0o700)
    assert ended.returncode == 0, ended.stderr
    assert "cannot be written" in ended.stdout
    assert str(home) in ended.stdout


# --- clocks -----------------------------------------------------------------------------------------------------------


@pytest.fixture(params=[-400, -1, 1, 400], ids=lambda days: f"{days:+d} days")
def jump(request: pytest.FixtureRequest) -> timedelta:
    return timedelta(days=request.param)


def test_a_client_stays_their_clinicians_own_whatever_the_clock_does(
    record: Record, clinician: Actor, client_id: str, clock: Clock, jump: timedelta
):
    clock.now += jump
    assert record.client(clinician, client_id).id == client_id
    assert record.change_client(clinician, client_id, version=1, preset="calm")
    assert record.verify_audit().intact


def test_a_withdrawal_holds_whatever_the_clock_does(
    record: Record, clinician: Actor, client_id: str, clock: Clock, jump: timedelta
):
    record.set_agreement(clinician, client_id, "improve", is_on=True, said_by="client")
    clock.now += jump
    record.set_agreement(clinician, client_id, "improve", is_on=False, said_by="client")
    assert not record.agrees(clinician, client_id, "improve")
    assert [change.is_on for change in record.agreements(clinician, client_id)] == [False, True]


def test_ended_cover_stays_ended_when_the_clock_goes_back(
    record: Record, clinician: Actor, colleague: Actor, client_id: str, clock: Clock
):
    record.give_cover(clinician, client_id, colleague.account_id, until=clock.now + timedelta(30), reason="leave")
    clock.on(days=10)
    cover = next(entry for entry in record.who_has_access(clinician, client_id) if entry.kind == "cover")
    record.end_cover(clinician, client_id, cover.id)
    clock.on(days=-5)
    with pytest.raises(NotThereError):
        record.client(colleague, client_id)


def test_a_sign_in_does_not_outlive_a_clock_that_jumps(record: Record, clinician: Actor, clock: Clock, jump: timedelta):
    token = record.sign_in("Ada Fenn", PASSWORD)
    clock.now += jump
    assert record.who(token) is None


def test_a_lock_out_lasts_no_year_because_the_clock_went_back(
    record: Record, clinician: Actor, clock: Clock, jump: timedelta
):
    for _ in range(5):
        with pytest.raises(SignInError):
            record.sign_in("Ada Fenn", "wrong")
    with pytest.raises(LockedOutError):
        record.sign_in("Ada Fenn", PASSWORD)
    clock.now += jump
    assert record.sign_in("Ada Fenn", PASSWORD)


def test_answers_arrive_once_and_sessions_are_closed_safely_whatever_the_clock_does(
    record: Record, clinician: Actor, client_id: str, clock: Clock, jump: timedelta
):
    session_id, room_token = started(record, clinician, client_id)
    sent = [check_in(1, "before", {"valence": 0.5, "arousal": 0.25})]
    assert record.add_events(room_token, sent) == 1
    clock.now += min(jump, timedelta(days=2))
    assert record.add_events(room_token, [*sent, check_in(2, "after", {"valence": 0.6, "arousal": 0.2})]) == 1
    assert len(record.session(clinician, session_id).answers) == 4
    assert record.may_hear(room_token, "t1") == (jump < timedelta(0))


# --- two at once ------------------------------------------------------------------------------------------------------


def test_of_two_clinicians_who_edit_one_client_the_second_is_told_and_loses_nothing(
    record: Record, clinician: Actor, colleague: Actor, client_id: str, clock: Clock
):
    record.give_cover(clinician, client_id, colleague.account_id, until=clock.now + timedelta(7), reason="leave")
    seen = record.client(clinician, client_id)
    record.change_client(colleague, client_id, version=seen.version, preset="calm")
    with pytest.raises(PlanStateError, match="meanwhile"):
        record.change_client(clinician, client_id, version=seen.version, preset="simple")
    assert record.client(clinician, client_id).preset == "calm"
