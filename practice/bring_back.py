"""A backup that takes the place of the stores at the next start: checked now, put in place when nothing is open."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from practice.backup import FOLDERS, STORES, BackupError, BackupSummary, unpack
from practice.encryption import RecordKey

WAITING = ".bring-back"
_ORDER = "order.json"


@dataclass(frozen=True)
class Waiting:
    """A backup that the next start brings back."""

    file: str
    made_at: str
    asked_by: str
    """The account's id."""
    reason: str


def prepare(home: Path, file: Path, *, key: RecordKey | None, asked_by: str, reason: str) -> BackupSummary:
    """Unpack and check a backup beside the stores; the next start puts it in their place.

    Raises
    ------
    BackupError
        If it is no backup, damaged, or another one is waiting already. Nothing is waiting then that was not before.
    """
    place = home / WAITING
    if waiting(home) is not None:
        raise BackupError("A backup is waiting for the next start already. Take that back first.")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700)
    try:
        summary = unpack(file, place / "home", key=key)
        order = {"file": str(file), "made_at": summary.made_at, "asked_by": asked_by, "reason": reason}
        draft = place / f"{_ORDER}.part"
        with draft.open("w", encoding="utf-8") as opened:
            json.dump(order, opened)
            opened.flush()
            os.fsync(opened.fileno())
        draft.rename(place / _ORDER)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    return summary


def waiting(home: Path) -> Waiting | None:
    """The backup that the next start brings back, if any."""
    try:
        return Waiting(**json.loads((home / WAITING / _ORDER).read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise BackupError(f"{home / WAITING / _ORDER} cannot be read ({error}). Move {WAITING} away.") from error


def take_back(home: Path) -> None:
    """Bring back nothing at the next start."""
    shutil.rmtree(home / WAITING, ignore_errors=True)


def put_in_place(home: Path, *, at: datetime) -> tuple[Waiting, Path] | None:
    """Put a waiting backup where the stores are, and the stores aside; called before anything is opened.

    Killed at any moment, it goes on at the next call: what stands in the backup's folder has not been put in place yet.

    Returns
    -------
    tuple of Waiting and Path, or None
        What was brought back, and the folder that holds what stood there before; None if nothing waited.
    """
    order = waiting(home)
    if order is None:
        return None
    unpacked = home / WAITING / "home"
    aside = home / WAITING / "before"
    aside.mkdir(exist_ok=True)
    for name in (*STORES, *FOLDERS):
        if not (unpacked / name).exists():
            continue  # not in the backup, or in place already
        # A write-ahead log must never be found beside a store that is not its own.
        for old in (f"{name}-wal", f"{name}-shm", name):
            if (home / old).exists():
                (home / old).rename(aside / old)
        (unpacked / name).rename(home / name)
    kept = home / f"before-{at:%Y-%m-%dT%H-%M-%S}"
    aside.rename(kept)
    shutil.rmtree(home / WAITING)
    return order, kept
