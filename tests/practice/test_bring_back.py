"""A backup made and brought back from a page: by an administrator, at the next start, with the rest kept aside."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from practice import bring_back
from practice.backup import BackupError
from practice.errors import NotAllowedError
from practice.record import Record
from practice.store import Actor
from settings import Settings
from tests.practice.conftest import Clock, settled
from web.serving import open_stores


@pytest.fixture
def away(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("usb")


def test_an_administrator_makes_a_backup_and_it_is_noted_by_name(record: Record, clinician: Actor, tmp_path, away):
    summary = record.make_backup(clinician, tmp_path, away)
    assert (summary.file.parent, summary.file.name) == (away, "attune-2026-03-02T10-00-00.backup")
    assert record.last_backup() == record.now()
    assert record.audit_rows(clinician)[0].who == clinician.account_id


def test_nobody_else_makes_or_brings_back_a_backup(record: Record, clinician: Actor, colleague: Actor, tmp_path, away):
    file = record.make_backup(clinician, tmp_path, away).file
    for use in (
        lambda: record.make_backup(colleague, tmp_path, away),
        lambda: record.bring_back(colleague, tmp_path, file, reason="because I would like to"),
        lambda: record.waiting_backup(colleague, tmp_path),
        lambda: record.take_back_bring_back(colleague, tmp_path),
    ):
        with pytest.raises(NotAllowedError):
            use()
    assert list(away.iterdir()) == [file]
    assert bring_back.waiting(tmp_path) is None


@pytest.mark.parametrize("folder", ["usb", "/nowhere/at/all", ""])
def test_a_folder_that_is_not_there_is_named(record: Record, clinician: Actor, tmp_path, folder):
    with pytest.raises(BackupError, match="whole path"):
        record.make_backup(clinician, tmp_path, Path(folder))


def test_the_next_start_brings_it_back_and_keeps_what_stood_there(
    record: Record, clinician: Actor, clock: Clock, tmp_path: Path, away: Path
):
    kept = settled(record, clinician)
    file = record.make_backup(clinician, tmp_path, away).file
    clock.on(days=1)
    later = settled(record, clinician)
    record.bring_back(clinician, tmp_path, file, reason="a client was erased by mistake")
    assert {one.id for one in record.clients(clinician)} == {kept, later}  # nothing changes while people work
    record.close()
    stores = open_stores(Settings(home=tmp_path))
    assert [one.id for one in stores.record.clients(clinician)] == [kept]
    assert stores.record.verify_audit().intact
    assert stores.record.last_backup() == clock() - timedelta(days=1)
    newest = stores.record.audit_rows(clinician)[0]
    assert (newest.action, newest.who, newest.details["reason"]) == (
        "brought_back", clinician.account_id, "a client was erased by mistake",
    )  # fmt: skip
    stores.record.close()
    stores.catalogue.close()
    (before,) = tmp_path.glob("before-*")
    aside = Record.open(before / "record.db")
    assert {one.id for one in aside.clients(clinician)} == {kept, later}
    aside.close()
    again = open_stores(Settings(home=tmp_path))
    assert len(list(tmp_path.glob("before-*"))) == 1, "it is brought back once"
    again.record.close()
    again.catalogue.close()


def test_it_can_be_taken_back_and_only_one_waits(record: Record, clinician: Actor, tmp_path: Path, away: Path):
    file = record.make_backup(clinician, tmp_path, away).file
    record.bring_back(clinician, tmp_path, file, reason="a client was erased by mistake")
    with pytest.raises(BackupError, match="waiting"):
        record.bring_back(clinician, tmp_path, file, reason="a client was erased by mistake")
    assert str(file) == record.waiting_backup(clinician, tmp_path).file
    record.take_back_bring_back(clinician, tmp_path)
    assert record.waiting_backup(clinician, tmp_path) is None
    assert bring_back.put_in_place(tmp_path, at=record.now()) is None


def test_what_is_no_whole_backup_never_waits(record: Record, clinician: Actor, tmp_path: Path, away: Path):
    file = record.make_backup(clinician, tmp_path, away).file
    whole = file.read_bytes()
    (away / "cut").write_bytes(whole[: len(whole) // 2])
    for bad, reason in ((away / "cut", "a good long reason"), (away / "none", "a good long reason"), (file, "short")):
        with pytest.raises(BackupError):
            record.bring_back(clinician, tmp_path, bad, reason=reason)
        assert not (tmp_path / bring_back.WAITING).exists()


class KilledError(Exception):
    """Stands for the moment at which the power went."""


@pytest.mark.parametrize("step", range(1, 8))
def test_killed_while_it_is_put_in_place_it_goes_on_at_the_next_start(
    record: Record, clinician: Actor, clock: Clock, tmp_path: Path, away: Path, monkeypatch, step: int
):
    with closing(sqlite3.connect(tmp_path / "catalogue.db")) as db, db:
        db.execute("CREATE TABLE marks (n)")
    kept = settled(record, clinician)
    file = record.make_backup(clinician, tmp_path, away).file
    later = settled(record, clinician)
    record.bring_back(clinician, tmp_path, file, reason="a client was erased by mistake")
    assert (tmp_path / "record.db-wal").exists()  # not closed: as a killed server leaves it
    rename, steps = Path.rename, iter(range(1, 100))

    def rename_until_killed(self: Path, target: Path) -> Path:
        if next(steps) == step:
            raise KilledError
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", rename_until_killed)
    try:
        bring_back.put_in_place(tmp_path, at=clock.now)
    except KilledError:
        monkeypatch.setattr(Path, "rename", rename)
        assert bring_back.put_in_place(tmp_path, at=clock.now + timedelta(minutes=1)) is not None
    back = Record.open(tmp_path / "record.db", clock=clock)
    assert [one.id for one in back.clients(clinician)] == [kept]
    back.close()
    (before,) = tmp_path.glob("before-*")
    aside = Record.open(before / "record.db", clock=clock)
    assert {one.id for one in aside.clients(clinician)} == {kept, later}
    aside.close()
    assert not (tmp_path / bring_back.WAITING).exists()
