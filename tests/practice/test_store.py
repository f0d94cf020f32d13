"""The record as a file: made whole, refused when damaged or newer, brought up to date after a copy."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import threading
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from practice.errors import StoreError
from practice.record import Record
from practice.schema import audit, metadata
from practice.store import Actor, as_url, known_schemas, make_engine, migrate, newest_schema
from tests.practice.conftest import PASSWORD, settled


def test_a_new_record_is_for_its_owner_only_and_durable(record: Record, tmp_path: Path):
    assert stat.S_IMODE((tmp_path / "record.db").stat().st_mode) == 0o600
    with record.engine.connect() as db:
        assert db.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert db.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert db.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    assert not list(tmp_path.glob(".*"))


def test_a_missing_record_is_made_only_where_that_is_meant(tmp_path: Path):
    with pytest.raises(StoreError, match="no record at"):
        Record.open(tmp_path / "record.db", create=False)
    assert not list(tmp_path.iterdir())


def test_migrations_make_exactly_the_tables_that_the_program_uses(record: Record):
    with record.engine.connect() as db:
        assert compare_metadata(MigrationContext.configure(db), metadata) == []


@pytest.mark.parametrize("older", known_schemas()[:-1])
def test_every_older_schema_is_brought_up_to_date_after_a_copy(tmp_path: Path, older: str):
    file = tmp_path / "record.db"
    engine = make_engine(as_url(file))
    migrate(engine, to=older)
    with engine.begin() as db:
        db.exec_driver_sql(
            "INSERT INTO accounts (id, name, name_key, room_name, role, also, created_at)"
            " VALUES ('a1', 'Ada', 'ada', 'Ada', 'clinician', '[]', '2026-01-01 00:00:00')"
        )
    engine.dispose()
    record = Record.open(file)
    assert [account.name for account in record.accounts(None)] == ["Ada"]
    record.close()
    copies = list(tmp_path.glob("record.db.before-*"))
    assert [copy.name for copy in copies] == [f"record.db.before-{newest_schema()}-was-{older}"]
    assert stat.S_IMODE(copies[0].stat().st_mode) == 0o600
    with closing(sqlite3.connect(copies[0])) as copy, copy:
        assert copy.execute("SELECT version_num FROM alembic_version").fetchone() == (older,)


def test_a_newer_record_is_refused_untouched(record: Record, tmp_path: Path):
    with record.engine.begin() as db:
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    record.close()
    before = (tmp_path / "record.db").read_bytes()
    with pytest.raises(StoreError, match="newer Attune"):
        Record.open(tmp_path / "record.db")
    assert (tmp_path / "record.db").read_bytes() == before


@pytest.mark.parametrize("damage", ["cut", "empty", "noise", "text"])
def test_a_damaged_record_is_reported_and_never_made_anew(
    record: Record, clinician: Actor, tmp_path: Path, damage: str
):
    for _ in range(30):
        settled(record, clinician)
    record.close()
    file = tmp_path / "record.db"
    whole = file.read_bytes()
    broken = {
        "cut": whole[: len(whole) // 2],
        "empty": b"",
        "noise": whole[:8192] + b"\x5a" * (len(whole) - 8192),
        "text": b"this is not a database " * 200,
    }[damage]
    file.write_bytes(broken)
    with pytest.raises(StoreError, match="attune restore"):
        Record.open(file)
    assert file.read_bytes() == broken


def test_two_that_make_one_record_at_once_share_it(tmp_path: Path):
    opened, failed = [], []

    def make() -> None:
        try:
            opened.append(Record.open(tmp_path / "record.db"))
        except StoreError as error:
            failed.append(error)

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(opened), failed) == (4, [])
    opened[0].create_account(str(opened[0].first_link()), "Ada", PASSWORD)
    assert all(len(record.accounts(None)) == 1 for record in opened)
    for record in opened:
        record.close()


def test_the_audit_breaks_where_a_row_was_changed(record: Record, clinician: Actor, tmp_path: Path):
    for _ in range(3):
        settled(record, clinician)
    verdict = record.verify_audit()
    assert verdict.intact
    assert verdict.rows == len(record.audit_rows(clinician))
    record.close()
    for column, value in (
        ("who", "'eve'"),
        ("details", "'{}'"),
        ("at", "'2020-01-01 00:00:00.000000'"),
        ("action", "'x'"),
    ):
        copy = tmp_path / f"{column}.db"
        shutil.copy(tmp_path / "record.db", copy)
        with closing(sqlite3.connect(copy)) as db, db:
            db.execute("DROP TRIGGER audit_no_update")
            db.execute(f"UPDATE audit SET {column} = {value} WHERE seq = 3")  # noqa: S608 - both from this test
        changed = Record.open(copy)
        assert (changed.verify_audit().intact, changed.verify_audit().broken_at) == (False, 3)
        changed.close()


def test_a_row_taken_out_of_the_audit_is_noticed(record: Record, clinician: Actor):
    settled(record, clinician)
    with record.engine.begin() as db:
        db.exec_driver_sql("DROP TRIGGER audit_no_delete")
        db.execute(audit.delete().where(audit.c.seq == 2))
    assert record.verify_audit().broken_at == 2


def test_the_audit_can_be_added_to_only(record: Record, clinician: Actor):
    for statement in (audit.update().values(who="eve"), audit.delete()):
        with pytest.raises(sa.exc.DatabaseError, match="append-only"), record.engine.begin() as db:
            db.execute(statement)


def test_writers_of_two_processes_wait_for_each_other(tmp_path: Path):
    first, second = Record.open(tmp_path / "record.db"), Record.open(tmp_path / "record.db")
    ada = first.create_account(str(first.first_link()), "Ada", PASSWORD)
    failed = []

    def add(record: Record) -> None:
        try:
            for _ in range(10):
                settled(record, ada)
        except sa.exc.OperationalError as error:
            failed.append(error)

    threads = [threading.Thread(target=add, args=(record,)) for record in (first, second, first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(first.clients(ada)) == 40
    assert first.verify_audit().intact
    first.close()
    second.close()
