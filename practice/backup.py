"""Both stores, the models and how they belong together, at one moment, in one file; and back again."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import secrets
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from practice.encryption import PLAIN_HEAD, RecordKey, RecordKeyError, connect, driver, is_encrypted
from practice.errors import PracticeError
from practice.servers import RECORD, copy_in, copy_out, snapshots
from practice.store import Clock, now_utc

STORES = (RECORD, "catalogue.db")
FOLDERS = ("models",)
_MANIFEST = "manifest.json"
_VERSION = 1
_MOST_FILES = 10_000
_LARGEST_MANIFEST = 4_000_000
# What reading a foreign or damaged zip file and its JSON may raise; RuntimeError where it wants a password, is packed
# in a way that is not known, or is nested without end.
_UNREADABLE = (zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, KeyError, ValueError, EOFError, RuntimeError)


class BackupError(PracticeError):
    """A backup that could not be made or brought back; nothing was left half-done."""

    code = "backup"


@dataclass(frozen=True)
class BackupSummary:
    """What a backup holds."""

    file: Path
    made_at: str
    files: int
    bytes: int


@contextlib.contextmanager
def _held(files: list[Path], key: RecordKey | None) -> Iterator[None]:
    """Let nobody write in any of these stores: their copies are then of one moment. Readers go on."""
    holding = []
    try:
        for file in files:
            connection = connect(file, _own(file, key), timeout=60, isolation_level=None)
            holding.append(connection)
            connection.execute("BEGIN IMMEDIATE")
        yield
    finally:
        for connection in holding:
            connection.close()


def _own(store: Path, key: RecordKey | None) -> RecordKey | None:
    """The key is the record's; a catalogue has none."""
    return key if store.name == RECORD else None


def _copy(source: Path, target: Path, key: RecordKey | None) -> None:
    reading, writing = connect(source, key, timeout=60), connect(target, key)
    try:
        reading.backup(writing)
        # The copy must not need a write-ahead log beside it.
        writing.execute("PRAGMA journal_mode = DELETE")
    finally:
        writing.close()
        reading.close()


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def backup_home(
    home: Path,
    file: Path,
    *,
    key: RecordKey | None = None,
    servers: Mapping[str, str] | None = None,
    clock: Clock = now_utc,
) -> BackupSummary:
    """Write everything that cannot be made again into one file, while writers write.

    Parameters
    ----------
    home : Path
        The folder with `record.db`, `catalogue.db` and `models`. The demo music and caches are made again instead.
    file : Path
        A new file; an existing one is never overwritten. Only its owner may read it.
    key : RecordKey, optional
        Of an encrypted record; its copy is under the same key.
    servers : mapping, optional
        `record.db` or `catalogue.db` to the URL of the database server that holds it instead of a file. The backup
        holds a file all the same, which can be brought back as one or into an empty database.

    Raises
    ------
    BackupError
        If there is nothing to save, the file exists, or the disk is full; no half-written file stays.
    """
    servers = dict(servers or {})
    stores = [home / name for name in STORES if name not in servers and (home / name).is_file()]
    if not stores and not servers:
        raise BackupError(f"There is nothing to save in {home}. Check the folder.")
    if file.exists():
        raise BackupError(f"{file} is there already. Choose a new name; backups are never overwritten.")
    if not file.parent.is_dir():
        # Made here, it would be a folder of this disk where somebody meant a stick that is not plugged in.
        raise BackupError(f"{file.parent} is no folder of this computer. Plug the disk in or make the folder first.")
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}.part")
    try:
        # Beside the target: what is copied first needs the same disk anyway.
        with tempfile.TemporaryDirectory(prefix=".attune-backup-", dir=file.parent) as work:
            copies = Path(work)
            with _held(stores, key), snapshots(servers) as views:
                made_at = clock()
                for store in stores:
                    _copy(store, copies / store.name, _own(store, key))
                for name, view in views.items():
                    copy_out(name, view, copies / name, _own(copies / name, key))
                for name in FOLDERS:
                    if (home / name).is_dir():
                        shutil.copytree(home / name, copies / name, symlinks=False)
            summary = _pack(copies, draft, made_at)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        os.link(draft, file)  # refuses to replace a file that appeared meanwhile
    except shutil.Error as error:  # of several files, each with where it was going and why not
        first, _, why = error.args[0][0]
        if os.strerror(errno.ENOSPC) in why:
            raise _full(file.parent) from error
        raise BackupError(f"{first} could not be saved: {why}. Move it out of {home}. Nothing was saved.") from error
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _full(file.parent) from error
        raise BackupError(f"The backup could not be written to {file}: {error.strerror}.") from error
    except (sqlite3.Error, SQLAlchemyError, driver(key).Error) as error:
        if "disk is full" in str(error):
            raise _full(file.parent) from error
        raise BackupError(f"A store could not be copied ({error}). Nothing was saved.") from error
    finally:
        draft.unlink(missing_ok=True)
    return BackupSummary(file, made_at.isoformat(), summary, file.stat().st_size)


def _full(folder: Path) -> BackupError:
    return BackupError(f"The disk that holds {folder} is full. Make room or choose another disk.")


def _pack(copies: Path, target: Path, made_at: datetime) -> int:
    files = sorted(entry for entry in copies.rglob("*") if entry.is_file())
    names = {entry.relative_to(copies).as_posix(): _digest(entry) for entry in files}
    manifest = {"attune_backup": _VERSION, "made_at": made_at.isoformat(), "sha256": names}
    descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as opened, zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_MANIFEST, json.dumps(manifest, indent=2))
        for entry in files:
            archive.write(entry, entry.relative_to(copies).as_posix())
    return len(files)


def _is_ours(name: str) -> bool:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or str(path) != name:
        return False
    return name in STORES or (len(path.parts) > 1 and path.parts[0] in FOLDERS)


def restore_home(
    file: Path, home: Path, *, key: RecordKey | None = None, servers: Mapping[str, str] | None = None
) -> BackupSummary:
    """Bring a backup back into a home that has no stores yet.

    Everything is unpacked beside, its hashes and both databases are checked, and only then it is put in place.

    Parameters
    ----------
    file : Path
        What `backup_home` wrote.
    home : Path
        A folder without stores; it is made where it is missing.
    key : RecordKey, optional
        The one that the record was encrypted with when the backup was made.
    servers : mapping, optional
        `record.db` or `catalogue.db` to the URL of an empty database that it goes into.

    Raises
    ------
    BackupError
        If the file is no backup or damaged, or the home holds a store already. The home is as before then.
    """
    there = [name for name in (*STORES, *FOLDERS) if (home / name).exists()]
    if there:
        raise BackupError(f"{home} holds {there[0]} already. Restore into an empty folder.")
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".attune-restore-", dir=home) as work:
            summary = unpack(file, Path(work) / "home", key=key)
            for name, url in (servers or {}).items():
                if (Path(work) / "home" / name).exists():
                    copy_in(name, Path(work) / "home" / name, url, _own(Path(name), key))
                    (Path(work) / "home" / name).unlink()
            for entry in sorted((Path(work) / "home").iterdir()):
                if entry.name in (*STORES, *FOLDERS):
                    entry.rename(home / entry.name)
    except OSError as error:
        why = "the disk is full" if error.errno == errno.ENOSPC else error.strerror
        raise BackupError(f"The backup could not be brought back into {home}: {why}.") from error
    return summary


def holds_encrypted_record(file: Path) -> bool:
    """Whether the record in a backup is under a key; False where the file is no backup: reading it will say so."""
    try:
        with zipfile.ZipFile(file) as archive, archive.open(RECORD) as packed:
            return packed.read(len(PLAIN_HEAD)) != PLAIN_HEAD
    except (*_UNREADABLE, OSError):
        return False


def unpack(file: Path, into: Path, *, key: RecordKey | None = None) -> BackupSummary:
    """Write a backup's files into a new folder, each checked against its hash, and both databases checked inside.

    Raises
    ------
    BackupError
        If the file is no backup, damaged, made by a newer program, or its record is under another key.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _read_manifest(archive)
            if manifest["attune_backup"] != _VERSION:
                raise BackupError(f"{file} was made by a newer Attune. Update Attune; nothing was changed.")
            _unpack(archive, manifest["sha256"], into, file)
            for name in STORES:
                if (into / name).exists():
                    _require_whole(into / name, file, _own(into / name, key))
    except _UNREADABLE as error:
        raise BackupError(f"{file} is no backup of Attune, or it is damaged ({error}). Try an older one.") from error
    return BackupSummary(file, manifest["made_at"], len(manifest["sha256"]), file.stat().st_size)


def _read_manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    """What a backup says of itself; a ValueError where that is no manifest."""
    if archive.getinfo(_MANIFEST).file_size > _LARGEST_MANIFEST:
        raise ValueError(f"its {_MANIFEST} is larger than any that Attune writes")
    manifest = json.loads(archive.read(_MANIFEST))
    if not isinstance(manifest, dict) or not isinstance(manifest.get("attune_backup"), int):
        raise ValueError(f"its {_MANIFEST} is none of Attune's")
    if manifest["attune_backup"] == _VERSION:
        digests = manifest.get("sha256")
        if not isinstance(manifest.get("made_at"), str) or not isinstance(digests, dict):
            raise ValueError(f"its {_MANIFEST} does not say when it was made and of what")
        if datetime.fromisoformat(manifest["made_at"]).tzinfo is None:
            raise ValueError(f"its {_MANIFEST} does not say in which time zone it was made at {manifest['made_at']}")
    return manifest


def _unpack(archive: zipfile.ZipFile, digests: dict[str, str], unpacked: Path, file: Path) -> None:
    unpacked.mkdir()
    room, needed = shutil.disk_usage(unpacked).free, sum(entry.file_size for entry in archive.infolist())
    if needed > room or len(digests) > _MOST_FILES:
        raise BackupError(
            f"{file} would take {needed / 1e6:.0f} MB in {len(digests)} files, and {room / 1e6:.0f} MB are free. "
            "Make room, or take a file that Attune made."
        )
    if set(archive.namelist()) != {*digests, _MANIFEST} or not all(_is_ours(name) for name in digests):
        raise BackupError(f"{file} holds files that no backup of Attune holds. Nothing was changed.")
    for name, digest in digests.items():
        target = unpacked / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(name) as packed, target.open("wb") as opened:
            shutil.copyfileobj(packed, opened)
        target.chmod(0o600)
        if _digest(target) != digest:
            raise BackupError(f"{file} is damaged: {name} is not what was saved. Try an older backup.")


def _require_whole(store: Path, file: Path, key: RecordKey | None) -> None:
    if key is None and is_encrypted(store):
        raise RecordKeyError(f"The record in {file} is encrypted, or damaged. Give the key that it was saved under.")
    connection = connect(store, key)
    try:
        verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
    except driver(key).DatabaseError as error:
        if key is not None:
            raise RecordKeyError(f"This key does not open the record in {file} ({error}).") from error
        raise BackupError(f"{file} holds a damaged {store.name} ({error}). Try an older backup.") from error
    finally:
        connection.close()
    if verdict != "ok":
        raise BackupError(f"{file} holds a damaged {store.name} ({verdict}). Try an older backup.")
