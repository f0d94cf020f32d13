"""Long work as processes of their own: started by a page, seen by everybody, ended by whoever may start it.

Progress is in the catalogue, so that it does not matter which page, or which terminal, started the work.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, or_, select

from music_library.catalogue import Catalogue
from music_library.database import reading, writing
from music_library.errors import LibraryError, ScanRunningError
from music_library.intake import new_id
from music_library.schema import jobs

log = logging.getLogger(__name__)

OVER = ("paused", "ended", "failed", "cancelled")
MODEL_KINDS = ("train", "promote", "rollback")
"""Jobs that make or change the mood model."""
_COMMANDS = {"promote": ("model", "promote"), "rollback": ("model", "rollback")}
_SAID = {"train": "training", "promote": "change of the mood model", "rollback": "change of the mood model"}
SHOWN_SECONDS = 3600
_WITH_US = ("demo",)
"""Kinds that end with the process that started them, however that ends: what only fills the time of its server."""
_children: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True)
class Job:
    """A piece of long work, as a page shows it."""

    id: str
    kind: str
    """`scan`, `demo`, `train`, `promote` or `rollback`."""
    state: str
    """`starting`, `running`, `paused`, `ended`, `failed` or `cancelled`."""
    done: int
    total: int | None
    seconds_left: float | None
    error: str | None
    summary: Mapping[str, Any] | None
    """What it came to, as `attune … --json` prints it; while a training runs, `step` says which."""
    folders: tuple[str, ...]
    started_at: float
    updated_at: float

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in OVER


def start_scan(home: Path | Catalogue, folders: Sequence[Path | str]) -> str:
    """Start a scan as a process and return its job's id; `ScanRunningError` while another one runs."""
    return start(home, "scan", [os.fspath(folder) for folder in folders])


def start_demo(home: Path | Catalogue) -> str:
    """Start composing the demo music as a process and return its job's id."""
    return start(home, "demo", [])


def start_training(home: Path | Catalogue, table: Path, *, scale: str | None = None) -> str:
    """Start training on a table as a process and return its job's id; `ScanRunningError` while another one runs."""
    options = [] if scale is None else [f"--scale={scale}"]
    return start(home, "train", [os.fspath(table)], options=options, keep=[os.fspath(table), scale or ""])


def start_promotion(home: Path | Catalogue, model: str) -> str:
    """Start putting a model in use, which estimates every track again, as a process; return its job's id."""
    _refuse_while_a_model_changes(home)
    return start(home, "promote", [model])


def start_rollback(home: Path | Catalogue) -> str:
    """Start going back to the model that was in use before, as a process; return its job's id."""
    _refuse_while_a_model_changes(home)
    return start(home, "rollback", [])


def _refuse_while_a_model_changes(home: Path | Catalogue) -> None:
    for job in running(home):
        if job.kind in _COMMANDS and not job.is_over:
            raise ScanRunningError(already_running(job), job_id=job.id)


def start(
    home: Path | Catalogue,
    kind: str,
    arguments: Sequence[str],
    *,
    options: Sequence[str] = (),
    keep: Sequence[str] | None = None,
) -> str:
    """Start `attune KIND OPTIONS ARGUMENTS` as a process that outlives the page, and return its job's id.

    `keep` is what the job is remembered by, where that is not its arguments.

    Raises
    ------
    ScanRunningError
        If a job of this kind is under way; two would only wait for each other.
    """
    catalogue = _catalogue(home)
    for job in running(catalogue):
        if job.kind == kind and not job.is_over:
            raise ScanRunningError(already_running(job), job_id=job.id)
    now = catalogue.clock()
    kept = list(arguments if keep is None else keep)
    job_id = _insert(catalogue, kind, kept, status="starting", pid=None, now=now)
    command = [sys.executable, "-m", "cli", *_COMMANDS.get(kind, (kind,)), *options]
    command += ["--json"] if kind in {"scan", "demo"} else []
    folder = _home_folder(home)
    command += [] if folder is None else ["--home", str(folder)]
    command += ["--", *arguments] if arguments else []
    logs = (folder or Path.cwd()) / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with (logs / f"{kind}.log").open("wb") as out:
        child = subprocess.Popen(
            command,
            # Nothing is ever written into the pipe: it ends when this process is gone, killed outright too.
            stdin=subprocess.PIPE if kind in _WITH_US else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=out,
            cwd=Path(__file__).resolve().parent.parent,  # where `cli` is, installed or not
            start_new_session=True,
        )
    _children.append(child)
    with writing(catalogue.engine) as db:
        db.execute(jobs.update().where(jobs.c.id == job_id).values(pid=child.pid))
    return job_id


def running(home: Path | Catalogue) -> tuple[Job, ...]:
    """What runs, and what ended within the last hour, newest first."""
    catalogue = _catalogue(home)
    _reap()
    query = (
        select(jobs)
        .where(or_(jobs.c.status.not_in(OVER), jobs.c.updated_at > catalogue.clock() - SHOWN_SECONDS))
        .order_by(jobs.c.started_at.desc(), jobs.c.id)
    )
    with reading(catalogue.engine) as db:
        rows = list(db.execute(query).mappings())
    return tuple(_job(catalogue, row, home=_home_folder(home)) for row in rows)


def job_progress(home: Path | Catalogue, job_id: str) -> Job | None:
    """One job; None if there never was such a one."""
    catalogue = _catalogue(home)
    _reap()
    with reading(catalogue.engine) as db:
        row = db.execute(select(jobs).where(jobs.c.id == job_id)).mappings().first()
    return None if row is None else _job(catalogue, row, home=_home_folder(home))


def cancel(home: Path | Catalogue, job_id: str) -> None:
    """Ask a job to end; what it has finished is kept."""
    _end(_catalogue(home), job_id, status="cancelled")


def pause(home: Path | Catalogue, job_id: str) -> None:
    """End a job so that it can go on later where it was."""
    _end(_catalogue(home), job_id, status="paused")


def pause_and_wait(home: Path | Catalogue, job_id: str, *, seconds: float = 10.0) -> None:
    """End a job of this process as `pause` does, and return when it and all that it started is gone."""
    pause(home, job_id)
    with reading(_catalogue(home).engine) as db:
        pid = db.execute(select(jobs.c.pid).where(jobs.c.id == job_id)).scalar()
    for child in [one for one in _children if one.pid == pid]:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
        # It leads a group of its own; one that was ended while it started its workers leaves them behind.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        child.wait()


def resume(home: Path | Catalogue, job_id: str) -> str:
    """Go on with a paused, cancelled or failed job and return the new one's id."""
    job = job_progress(home, job_id)
    if job is None:
        raise LibraryError(f"There is no job {job_id} to go on with.", job_id=job_id)
    if job.kind == "train":
        table, scale = job.folders
        return start_training(home, Path(table), scale=scale or None)
    return start(home, job.kind, () if job.kind == "demo" else job.folders)


def _end(catalogue: Catalogue, job_id: str, *, status: str) -> None:
    with writing(catalogue.engine) as db:
        row = db.execute(select(jobs).where(jobs.c.id == job_id)).mappings().first()
        if row is None or row["status"] in OVER:
            return
        # The job says itself how it ended; the message tells it which of the two was meant.
        asked = jobs.update().where(jobs.c.id == job_id)
        db.execute(asked.values(is_cancel_asked=True, message=status))
    if row["pid"] and row["host"] == socket.gethostname() and row["pid"] != os.getpid() and _is_alive(row["pid"]):
        os.kill(row["pid"], signal.SIGINT)


def already_running(job: Job | None) -> str:
    """The sentence for whoever starts work that is under way."""
    if job is None:
        return "Another scan of this catalogue is under way. Wait until it has ended, or pause it."
    of = f" of {job.total}" if job.total else ""
    return f"A {_SAID.get(job.kind, job.kind)} is under way ({job.done}{of} done). Wait until it has ended, or stop it."


class JobReport:
    """The running work's own side of its job: says how far it is and learns whether it shall end."""

    def __init__(self, catalogue: Catalogue, kind: str, folders: Sequence[str], *, every_s: float = 0.5) -> None:
        self._catalogue = catalogue
        self._every_s = every_s
        self._last = -float("inf")
        self.is_cancel_asked = False
        now = catalogue.clock()
        with writing(catalogue.engine) as db:
            # The page that started us made the row; from a terminal there is none yet.
            mine = (jobs.c.pid == os.getpid()) & (jobs.c.status == "starting") & (jobs.c.host == socket.gethostname())
            row = db.execute(select(jobs.c.id).where(mine, jobs.c.kind == kind)).first()
            if row is not None:
                db.execute(jobs.update().where(jobs.c.id == row.id).values(status="running", updated_at=now))
        self.id = row.id if row is not None else _insert(catalogue, kind, folders, "running", os.getpid(), now)
        self._is_left_alone = False
        if row is not None and signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            # A server that a script started in the background ignores Ctrl-C and hands that down, and this is how a
            # page ends its work.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if row is not None and kind in _WITH_US:
            threading.Thread(target=self._end_when_left_alone, daemon=True).start()

    def _end_when_left_alone(self) -> None:
        os.read(0, 1)
        self._is_left_alone = True
        os.kill(os.getpid(), signal.SIGINT)

    def tell(
        self,
        done: int,
        total: int | None,
        seconds_left: float | None,
        *,
        at_once: bool = False,
        step: str | None = None,
    ) -> None:
        """Say how far the work is, and at which step; at most twice a second reaches the catalogue."""
        if not at_once and time.monotonic() - self._last < self._every_s:
            return
        self._last = time.monotonic()
        mine = jobs.c.id == self.id
        at = {} if step is None else {"summary": json.dumps({"step": step})}
        with writing(self._catalogue.engine) as db:
            db.execute(
                jobs.update()
                .where(mine)
                .values(done=done, total=total, seconds_left=seconds_left, updated_at=self._catalogue.clock(), **at)
            )
            self.is_cancel_asked = bool(db.execute(select(jobs.c.is_cancel_asked).where(mine)).scalar())

    def end(self, status: str, *, error: str | None = None, summary: Mapping[str, Any] | None = None) -> None:
        """Say how the work ended."""
        mine = jobs.c.id == self.id
        with writing(self._catalogue.engine) as db:
            asked = db.execute(select(jobs.c.message).where(mine)).scalar()
            if status == "cancelled":
                status = asked if asked in OVER else "paused" if self._is_left_alone else status
            db.execute(
                jobs.update()
                .where(mine)
                .values(
                    status=status,
                    message=error,
                    summary=None if summary is None else json.dumps(summary),
                    seconds_left=None,
                    updated_at=self._catalogue.clock(),
                )
            )


def _insert(catalogue: Catalogue, kind: str, folders: Sequence[str], status: str, pid: int | None, now: float) -> str:
    job_id = new_id()
    with writing(catalogue.engine) as db:
        # What ended a day ago is of no use to anybody.
        db.execute(jobs.delete().where(jobs.c.updated_at < now - 86_400, jobs.c.status.in_(OVER)))
        db.execute(
            jobs.insert().values(
                id=job_id,
                kind=kind,
                status=status,
                pid=pid,
                host=socket.gethostname(),
                what=json.dumps(list(folders)),
                done=0,
                is_cancel_asked=False,
                started_at=now,
                updated_at=now,
            )
        )
    return job_id


def _job(catalogue: Catalogue, row: RowMapping, *, home: Path | None) -> Job:
    is_gone = _is_gone(row)
    if is_gone:
        # It may have ended properly since its row was read; now that it is gone, the row says all it will ever say.
        with reading(catalogue.engine) as db:
            row = db.execute(select(jobs).where(jobs.c.id == row["id"])).mappings().first() or row
    state, error = row["status"], row["message"] if row["status"] in OVER else None
    if state not in OVER and is_gone:
        # Which end was asked for, where it could not say so itself any more.
        asked = row["message"] if row["message"] in OVER else "cancelled"
        state, error = (asked, None) if row["is_cancel_asked"] else ("failed", _last_words(home, row["kind"]))
    return Job(
        id=row["id"],
        kind=row["kind"],
        state=state,
        done=row["done"],
        total=row["total"],
        seconds_left=row["seconds_left"],
        error=error,
        summary=None if row["summary"] is None else json.loads(row["summary"]),
        folders=tuple(json.loads(row["what"])),
        started_at=row["started_at"],
        updated_at=row["updated_at"],
    )


def _last_words(home: Path | None, kind: str) -> str:
    """Why a process that is gone has ended, as far as it could say."""
    ended = f"The {_SAID.get(kind, kind)} broke off. What it had finished is kept; start it again to go on."
    if home is None:
        return ended
    try:
        lines = (home / "logs" / f"{kind}.log").read_text("utf-8", "replace").strip().splitlines()
    except OSError:
        return ended
    return f"{ended} ({lines[-1].removeprefix('attune: ')[:300]})" if lines else ended


def _is_gone(row: RowMapping) -> bool:
    here = row["host"] == socket.gethostname()
    return bool(row["status"] not in OVER and here and row["pid"] is not None and not _is_alive(row["pid"]))


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _reap() -> None:
    # A child that has ended stays a process until it is asked for.
    for child in list(_children):
        if child.poll() is not None:
            _children.remove(child)


def _home_folder(home: Path | Catalogue) -> Path | None:
    if isinstance(home, Path):
        return home
    database = home.engine.url.database if home.engine.dialect.name == "sqlite" else None
    return Path(database).parent if database not in (None, "", ":memory:") else None


def _catalogue(home: Path | Catalogue) -> Catalogue:
    if isinstance(home, Catalogue):
        return home
    with _opening:
        return _opened(os.environ.get("ATTUNE_CATALOGUE_URL") or str(home / "catalogue.db"))


_opening = threading.Lock()


@cache
def _opened(url: str) -> Catalogue:
    return Catalogue.open(url)
