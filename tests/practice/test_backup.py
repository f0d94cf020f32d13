"""A backup is of one moment while writers write, and comes back whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
import re
import shutil
import sqlite3
import stat
import threading
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from practice import backup
from practice.backup import BackupError, backup_home, holds_encrypted_record, restore_home
from practice.record import Record
from practice.store import Actor
from tests.practice.conftest import PASSWORD, settled, started


@pytest.fixture
def home(record: Record, tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "catalogue.db")) as db, db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE tracks (id TEXT)")
        db.execute("INSERT INTO tracks VALUES ('t1')")
    (tmp_path / "models" / "one").mkdir(parents=True)
    (tmp_path / "models" / "one" / "card.json").write_text("{}")
    return tmp_path


def test_a_restored_home_gives_the_same_plans_notes_and_audit_verdict(
    record: Record, clinician: Actor, client_id: str, home: Path, tmp_path_factory: pytest.TempPathFactory
):
    session_id, _ = started(record, clinician, client_id)
    record.end_session(clinician, session_id)
    record.save_note(clinician, session_id, noticed="Hummed", meaning="", next_time="", version=0)
    record.sign_note(clinician, session_id, version=1)
    file = tmp_path_factory.mktemp("away") / "attune.backup"
    summary = backup_home(home, file)
    assert (summary.files, stat.S_IMODE(file.stat().st_mode)) == (3, 0o600)
    fresh = tmp_path_factory.mktemp("empty")
    restore_home(file, fresh)
    again = Record.open(fresh / "record.db", create=False, clock=record.now)
    assert again.plans(clinician, client_id) == record.plans(clinician, client_id)
    assert again.note(clinician, session_id) == record.note(clinician, session_id)
    assert again.note_is_as_signed(clinician, session_id)
    assert again.verify_audit() == record.verify_audit()
    assert again.who(again.sign_in("Ada Fenn", PASSWORD)) == clinician
    again.close()
    assert (fresh / "models" / "one" / "card.json").read_text() == "{}"
    with closing(sqlite3.connect(fresh / "catalogue.db")) as db, db:
        assert db.execute("SELECT id FROM tracks").fetchall() == [("t1",)]
    assert sorted(entry.name for entry in fresh.iterdir() if not entry.name.startswith("record")) == [
        "catalogue.db",
        "models",
    ]


def test_both_stores_are_of_one_moment_while_writers_write(home: Path, tmp_path_factory: pytest.TempPathFactory):
    """A writer adds a row to the catalogue and then the same to the record: the copy must never hold more records."""
    with closing(sqlite3.connect(home / "record.db")) as db, db:
        db.execute("CREATE TABLE beat (n INTEGER)")
    stop = threading.Event()

    def write() -> None:
        catalogue = sqlite3.connect(home / "catalogue.db", timeout=30, isolation_level=None)
        people = sqlite3.connect(home / "record.db", timeout=30, isolation_level=None)
        number = 0
        while not stop.is_set():
            catalogue.execute("INSERT INTO tracks VALUES (?)", (str(number),))
            people.execute("INSERT INTO beat VALUES (?)", (number,))
            number += 1
        catalogue.close()
        people.close()

    writer = threading.Thread(target=write)
    writer.start()
    counts = []
    try:
        for number in range(5):
            file = tmp_path_factory.mktemp("away") / f"{number}.backup"
            backup_home(home, file)
            fresh = tmp_path_factory.mktemp("empty")
            restore_home(file, fresh)
            tracks, beats = sqlite3.connect(fresh / "catalogue.db"), sqlite3.connect(fresh / "record.db")
            counts.append(
                tracks.execute("SELECT count(*) - 1 FROM tracks").fetchone()
                + beats.execute("SELECT count(*) FROM beat").fetchone()
            )
            tracks.close()
            beats.close()
    finally:
        stop.set()
        writer.join()
    assert all(0 <= catalogued - recorded <= 1 for catalogued, recorded in counts), counts
    assert counts[-1][0] > 0


def test_nothing_is_overwritten(home: Path, tmp_path_factory: pytest.TempPathFactory):
    file = tmp_path_factory.mktemp("away") / "attune.backup"
    backup_home(home, file)
    before = file.read_bytes()
    with pytest.raises(BackupError, match="there already"):
        backup_home(home, file)
    with pytest.raises(BackupError, match="empty folder"):
        restore_home(file, home)
    assert file.read_bytes() == before


def test_a_folder_that_is_not_there_is_not_made(home: Path, tmp_path: Path):
    with pytest.raises(BackupError, match=r"usb is no folder of this computer\. Plug the disk in"):
        backup_home(home, tmp_path / "usb" / "attune.backup")
    assert not (tmp_path / "usb").exists()


def test_an_empty_home_is_not_backed_up(tmp_path: Path):
    with pytest.raises(BackupError, match="nothing to save"):
        backup_home(tmp_path, tmp_path / "x.backup")


def _changed(file: Path, target: Path, changes: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, changes.pop(name, old.read(name)))
        for name, content in changes.items():
            new.writestr(zipfile.ZipInfo(name), content)
    return target


def test_a_damaged_or_foreign_backup_changes_nothing(home: Path, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("away")
    file = folder / "attune.backup"
    backup_home(home, file)
    manifest = json.loads(zipfile.ZipFile(file).read("manifest.json"))
    escaping = {**manifest, "sha256": {**manifest["sha256"], "../evil": "0"}}
    whole = file.read_bytes()
    (folder / "cut").write_bytes(whole[: len(whole) // 2])
    (folder / "text").write_text("no backup")
    bad = [
        folder / "cut",
        folder / "text",
        _changed(file, folder / "other", {"record.db": b"not what was saved"}),
        _changed(file, folder / "more", {"extra.txt": b"x"}),
        _changed(file, folder / "evil", {"../evil": b"x", "manifest.json": json.dumps(escaping).encode()}),
        _changed(file, folder / "newer", {"manifest.json": json.dumps({**manifest, "attune_backup": 9}).encode()}),
        _changed(file, folder / "list", {"manifest.json": b"[]"}),
        _changed(file, folder / "null", {"manifest.json": b"null"}),
        _changed(file, folder / "nested", {"manifest.json": b"[" * 30_000}),
        _changed(
            file, folder / "of nothing", {"manifest.json": b'{"attune_backup": 1, "made_at": "x", "sha256": [1]}'}
        ),
        _changed(file, folder / "timeless", {"manifest.json": json.dumps({**manifest, "made_at": [1]}).encode()}),
        _changed(
            file, folder / "zoneless", {"manifest.json": json.dumps({**manifest, "made_at": "2026-01-01"}).encode()}
        ),
        _changed(file, folder / "large", {"manifest.json": b" " * 5_000_000}),
    ]
    # How it is packed: a password that is wanted, a method that is not known, a broken stream.
    for place in [at for at in range(len(whole)) if whole[at : at + 4] in {b"PK\x03\x04", b"PK\x01\x02"}]:
        for further in (6, 8, 10, 40, 60):
            changed = bytearray(whole)
            changed[place + further] ^= 0xFF
            bad.append(folder / f"byte-{place}-{further}")
            bad[-1].write_bytes(changed)
    for each in bad:
        fresh = tmp_path_factory.mktemp("empty")
        assert holds_encrypted_record(each) in {True, False}
        if not each.name.startswith("byte-"):
            with pytest.raises(BackupError):
                restore_home(each, fresh)
        else:  # a byte that says nothing of the content may be any
            with contextlib.suppress(BackupError):
                restore_home(each, fresh)
                assert {path.name for path in fresh.iterdir()} >= set(manifest["sha256"]) & {"record.db"}
                continue
        assert list(fresh.iterdir()) == [], each.name
    assert not (folder.parent / "evil").exists()


@pytest.mark.parametrize(
    "name", ["", ".", "/", "models", "models/", "models/a/", "models//a", "./record.db", "record.db/x"]
)
def test_a_name_that_no_backup_writes_is_refused(home: Path, tmp_path: Path, name: str):
    file = tmp_path / "attune.backup"
    backup_home(home, file)
    manifest = json.loads(zipfile.ZipFile(file).read("manifest.json"))
    manifest["sha256"][name] = hashlib.sha256(b"x").hexdigest()
    changed = {name: b"x", "manifest.json": json.dumps(manifest).encode()}
    fresh = tmp_path / "fresh"
    with pytest.raises(BackupError, match="holds files that no backup of Attune holds"):
        restore_home(_changed(file, tmp_path / "changed", changed), fresh)
    assert list(fresh.iterdir()) == []


def test_a_home_that_is_brought_back_is_its_owners_alone(home: Path, tmp_path: Path):
    backup_home(home, tmp_path / "attune.backup")
    restore_home(tmp_path / "attune.backup", tmp_path / "fresh")
    assert stat.S_IMODE((tmp_path / "fresh").stat().st_mode) == 0o700


@pytest.mark.parametrize("odd", ["a pipe", "a loop", "a link to nothing"])
def test_what_cannot_be_saved_is_named(home: Path, tmp_path: Path, odd: str):
    place = home / "models" / odd
    if odd == "a pipe":
        os.mkfifo(place)
    else:
        place.symlink_to("." if odd == "a loop" else "nowhere")
    with pytest.raises(BackupError, match=re.escape(str(home / "models"))):
        backup_home(home, tmp_path / "attune.backup")
    assert not (tmp_path / "attune.backup").exists()


def test_a_backup_of_a_store_that_is_damaged_inside_is_refused(home: Path, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("away")
    backup_home(home, folder / "good")
    with zipfile.ZipFile(folder / "good") as archive:
        content = archive.read("record.db")
        manifest = json.loads(archive.read("manifest.json"))
    broken = content[:8192] + b"\x5a" * (len(content) - 8192)
    manifest["sha256"]["record.db"] = __import__("hashlib").sha256(broken).hexdigest()
    bad = _changed(
        folder / "good", folder / "bad", {"record.db": broken, "manifest.json": json.dumps(manifest).encode()}
    )
    fresh = tmp_path_factory.mktemp("empty")
    with pytest.raises(BackupError, match="damaged"):
        restore_home(bad, fresh)
    assert list(fresh.iterdir()) == []


def test_a_full_disk_is_named_and_leaves_nothing_half_written(
    home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
):
    folder = tmp_path_factory.mktemp("full")

    def no_room(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(backup, "_pack", no_room)
    with pytest.raises(BackupError, match=f"disk that holds {folder} is full"):
        backup_home(home, folder / "x.backup")
    assert list(folder.iterdir()) == []

    def no_room_for_one(*_: object, **__: object) -> None:
        raise shutil.Error([("a", "b", str(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "b")))])

    monkeypatch.setattr(shutil, "copytree", no_room_for_one)
    with pytest.raises(BackupError, match=f"disk that holds {folder} is full"):
        backup_home(home, folder / "x.backup")
    assert list(folder.iterdir()) == []


def test_a_backup_is_a_plain_zip_that_others_can_read(home: Path, client_id: str, tmp_path_factory):
    assert client_id
    file = tmp_path_factory.mktemp("away") / "attune.backup"
    backup_home(home, file)
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        assert set(archive.namelist()) == {"manifest.json", "record.db", "catalogue.db", "models/one/card.json"}


def test_settled_clients_survive(record: Record, clinician: Actor, home: Path, tmp_path_factory):
    made = {settled(record, clinician) for _ in range(3)}
    file = tmp_path_factory.mktemp("away") / "attune.backup"
    backup_home(home, file)
    fresh = tmp_path_factory.mktemp("empty")
    restore_home(file, fresh)
    again = Record.open(fresh / "record.db", clock=record.now)
    assert {client.id for client in again.clients(clinician)} == made
    again.close()


def test_a_backup_that_would_fill_the_disk_is_refused_before_it_is_unpacked(
    home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
):
    file = tmp_path_factory.mktemp("away") / "attune.backup"
    backup_home(home, file)
    usage = backup.shutil.disk_usage(home)
    monkeypatch.setattr(backup.shutil, "disk_usage", lambda _: usage._replace(free=1000))
    fresh = tmp_path_factory.mktemp("empty")
    with pytest.raises(BackupError, match="Make room"):
        restore_home(file, fresh)
    assert list(fresh.iterdir()) == []
