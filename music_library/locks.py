"""One at a time: a lock that dies with the process that held it, so that kill -9 leaves nothing to clean up."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy import Engine, text


@contextmanager
def only_one(engine: Engine, purpose: str) -> Iterator[bool]:
    """Hold the lock for `purpose` on the catalogue of `engine`; the value says whether we got it.

    A file lock beside a SQLite catalogue, an advisory lock of the server on PostgreSQL.
    """
    if engine.dialect.name == "sqlite":
        if engine.url.database in (None, "", ":memory:"):
            yield True  # nobody else can see it
            return
        with Path(f"{engine.url.database}.{purpose}-lock").open("ab") as file:
            got_it = _lock(file)
            try:
                yield got_it
            finally:
                if got_it:
                    _unlock(file)
        return
    number = int.from_bytes(hashlib.blake2b(f"attune {purpose}".encode(), digest_size=8).digest(), "big", signed=True)
    with engine.connect() as connection:
        got_it = bool(connection.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": number}).scalar())
        connection.commit()  # the lock belongs to the session, not to the transaction
        try:
            yield got_it
        finally:
            if got_it:
                connection.execute(text("SELECT pg_advisory_unlock(:n)"), {"n": number})
                connection.commit()


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[bytes]) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> bool:
        os.set_inheritable(file.fileno(), False)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
