"""Stores that are kept on a PostgreSQL server: out into a backup's file at one moment, and back into an empty one."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, MetaData, Table
from sqlalchemy.exc import SQLAlchemyError

from music_library.database import open_engine as open_catalogue
from music_library.schema import metadata as catalogue_tables
from practice.encryption import RecordKey
from practice.errors import PracticeError
from practice.schema import metadata as record_tables
from practice.store import WRITERS, open_engine

RECORD = "record.db"
_TABLES: dict[str, MetaData] = {RECORD: record_tables, "catalogue.db": catalogue_tables}
_ROWS_AT_ONCE = 500


class ServerStoreError(PracticeError):
    """A store on a server that cannot be copied out or brought back."""

    code = "server_store"


def _engine(name: str, where: str | Path, key: RecordKey | None = None) -> Engine:
    """A store by its name in a backup, at the newest schema."""
    if name == RECORD:
        return open_engine(where, create=True, key=key)
    return open_catalogue(where)


@contextlib.contextmanager
def snapshots(servers: dict[str, str]) -> Iterator[dict[str, Connection]]:
    """One view of each store on a server, all of one moment; whoever writes waits only until the views are taken.

    Nobody may write in the record while a catalogue's view is taken: what the record says of tracks is then true of it.
    """
    with contextlib.ExitStack() as opened:
        engines = {name: _engine(name, url) for name, url in servers.items()}
        for engine in engines.values():
            opened.callback(engine.dispose)
        views: dict[str, Connection] = {}
        with contextlib.ExitStack() as held:
            if RECORD in engines:
                waiting = held.enter_context(engines[RECORD].connect())
                held.enter_context(waiting.begin())
                waiting.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITERS)))
            for name, engine in engines.items():
                view = opened.enter_context(engine.connect().execution_options(isolation_level="REPEATABLE READ"))
                opened.enter_context(view.begin())
                view.exec_driver_sql("SELECT version_num FROM alembic_version").all()  # the view is of now
                views[name] = view
        yield views


def copy_out(name: str, view: Connection, target: Path, key: RecordKey | None) -> None:
    """Write all rows of a store's view into a new file, under the record's key where there is one."""
    # In a folder of its own: opening a store may leave a lock file beside it.
    work = target.with_name(f".{name}.making")
    work.mkdir(mode=0o700)
    engine = _engine(name, work / name, key)
    try:
        with engine.connect().execution_options(attune_write=True, attune_writes=True) as db, db.begin():
            _copy_rows(_TABLES[name], view, db)
        with engine.connect() as db:
            # The copy must not need a write-ahead log beside it.
            db.connection.cursor().execute("PRAGMA journal_mode = DELETE")
    finally:
        engine.dispose()
    (work / name).chmod(0o600)
    (work / name).rename(target)
    shutil.rmtree(work)


def copy_in(name: str, source: Path, url: str, key: RecordKey | None) -> None:
    """Bring all rows of a backup's file into an empty store on a server, in one transaction.

    Raises
    ------
    ServerStoreError
        If the store there holds anything, or does not take the rows; it is as before then.
    """
    backup = _engine(name, source, key)
    try:
        server = _engine(name, url)
        try:
            with server.begin() as db, backup.connect() as rows:
                if held := [table.name for table in _people_or_tracks(name) if db.execute(sa.select(table)).first()]:
                    raise ServerStoreError(
                        f"The database for {name} holds rows in {held[0]} already. Restore into an empty database."
                    )
                _copy_rows(_TABLES[name], rows, db)
        except SQLAlchemyError as error:
            raise ServerStoreError(f"The database for {name} did not take the backup ({error}).") from error
        finally:
            server.dispose()
    finally:
        backup.dispose()


def _people_or_tracks(name: str) -> list[Table]:
    return [table for table in _TABLES[name].sorted_tables if table.name != "state"]  # a new catalogue has its counter


def _copy_rows(tables: MetaData, source: Connection, target: Connection) -> None:
    for table in reversed(tables.sorted_tables):
        if table.name == "state":
            target.execute(table.delete())
    for table in tables.sorted_tables:
        found = source.execution_options(yield_per=_ROWS_AT_ONCE).execute(sa.select(table)).mappings()
        own = [column for column in table.columns for key in column.foreign_keys if key.column.table is table]
        batches = [_parents_first([dict(row) for row in found], own[0].name)] if own else found.partitions()
        for batch in batches:
            if batch:
                target.execute(table.insert(), [dict(row) for row in batch])
        _go_on_counting(table, target)


def _parents_first(rows: list[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    """Rows that name another of their own table after the one that they name."""
    known = {row["id"] for row in rows}
    placed: set[Any] = {None}
    ordered: list[dict[str, Any]] = []
    while rows:
        ready = [row for row in rows if row[column] in placed or row[column] not in known]
        if not ready:
            return ordered + rows  # a circle: the database will say so
        ordered += ready
        placed |= {row["id"] for row in ready}
        rows = [row for row in rows if row["id"] not in placed]
    return ordered


def _go_on_counting(table: Table, db: Connection) -> None:
    """Let a server's counter of row numbers go on after those that were brought in."""
    column = table.autoincrement_column
    if column is not None and db.dialect.name == "postgresql":
        last = sa.select(sa.func.max(column)).scalar_subquery()
        counter = sa.func.pg_get_serial_sequence(table.name, column.name)
        db.execute(sa.select(sa.func.setval(counter, sa.func.coalesce(last, 1), last.is_not(None))))
