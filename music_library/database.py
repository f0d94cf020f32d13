"""Opening the catalogue's database: how durable it is, which schema it has, and what its errors mean to a person."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import StaticPool

from music_library.errors import (
    BusyCatalogueError,
    CatalogueMissingError,
    DamagedCatalogueError,
    DiskFullError,
    LibraryError,
    NewerSchemaError,
    ReadOnlyError,
    UnreachableCatalogueError,
)
from music_library.locks import only_one
from music_library.schema import SCHEMA_HEAD, SCHEMA_VERSIONS

BUSY_SECONDS = 30
MIGRATION_SECONDS = 600
_WRITES = "attune_writes"


def open_engine(url_or_path: str | Path, *, create: bool = True) -> Engine:
    """Connect to a catalogue and bring its schema up to date, after a backup.

    Parameters
    ----------
    url_or_path : str or path
        A SQLAlchemy URL (SQLite or PostgreSQL), or the path of a SQLite file.
    create : bool, default=True
        Whether to make a catalogue where there is none.

    Raises
    ------
    CatalogueMissingError
        If there is none and `create` is false.
    NewerSchemaError
        If a newer Attune wrote it; nothing is written then.
    DamagedCatalogueError, DiskFullError, ReadOnlyError
        If it cannot be used, with what to do.
    """
    url = _url(url_or_path)
    if url.get_backend_name() == "sqlite":
        _require_usable_file(url, create=create)
        engine = _sqlite(url)
    else:
        engine = create_engine(url, pool_pre_ping=True)
    try:
        _bring_up_to_date(engine, create=create)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _bring_up_to_date(engine: Engine, *, create: bool) -> None:
    with explained(engine):
        version = schema_version(engine)
        if version != SCHEMA_HEAD:
            if version is None and not create:
                raise CatalogueMissingError(f"There is no catalogue in {where(engine)}. Scan a folder of music first.")
            _require_known(version, engine)
            try:
                migrate(engine)
            except DatabaseError as error:
                if _explanation(str(error), where(engine)) is not None:
                    raise
                raise DamagedCatalogueError(
                    f"{where(engine)} (schema {version}) could not be brought up to date ({error.orig}). Nothing was "
                    "changed. Bring back a backup with 'attune restore', or go on with the Attune that wrote it.",
                    path=where(engine),
                ) from error


def _url(url_or_path: str | Path) -> URL:
    if isinstance(url_or_path, str) and "://" in url_or_path:
        url = make_url(url_or_path)
        # The one driver that is shipped, where a URL does not name another.
        return url.set(drivername="postgresql+psycopg") if url.drivername in {"postgresql", "postgres"} else url
    return URL.create("sqlite", database=str(url_or_path))


def where(engine: Engine) -> str:
    """The database as a person would name it, without any password."""
    if engine.dialect.name == "sqlite":
        return str(engine.url.database)
    return engine.url.render_as_string(hide_password=True)


def _sqlite(url: URL) -> Engine:
    in_memory = url.database in (None, "", ":memory:")
    # A memory database lives in its one connection.
    options: dict[str, Any] = {"poolclass": StaticPool} if in_memory else {}
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False}, **options)

    @event.listens_for(engine, "connect")
    def _connect(dbapi: sqlite3.Connection, _: Any) -> None:
        dbapi.isolation_level = None  # we say BEGIN ourselves, below
        dbapi.execute("PRAGMA foreign_keys=ON")
        dbapi.execute("PRAGMA synchronous=FULL")  # what people said is here: a commit has reached the disk
        dbapi.execute("PRAGMA cache_size=-16000")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads first and writes later would fail at once, without waiting, if another wrote between.
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _require_usable_file(url: URL, *, create: bool) -> None:
    if url.database in (None, "", ":memory:"):
        return
    file = Path(str(url.database))
    if not file.exists() or file.stat().st_size == 0:
        if not create:
            raise CatalogueMissingError(f"There is no catalogue in {file}. Scan a folder of music first.")
        return
    try:
        # Read-only, because a newer catalogue must stay as it is. And by SQLite, never by opening the file: closing it
        # would let go of every lock that this process holds on it, and the next writer could spoil the catalogue.
        with closing(
            sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)
        ) as opened_db:
            row = opened_db.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        return  # no such table: new, or half made; or a read-only folder, which opening for real will say better
    except sqlite3.DatabaseError as error:
        raise DamagedCatalogueError(_damaged(str(file)), path=str(file)) from error
    if row is not None and row[0] not in SCHEMA_VERSIONS:
        raise NewerSchemaError(_newer(str(file), row[0]), path=str(file), version=row[0])


def schema_version(engine: Engine) -> str | None:
    """The version of the schema that the database has; None where it has none."""
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if version is None else str(version)


def _require_known(version: str | None, engine: Engine) -> None:
    if version is not None and version not in SCHEMA_VERSIONS:
        raise NewerSchemaError(_newer(where(engine), version), path=where(engine), version=version)


def migrate(engine: Engine, *, to: str = "head") -> None:
    """Bring the schema up to date in one transaction; a SQLite catalogue that holds anything is copied first."""
    from alembic import command
    from alembic.config import Config

    deadline = time.monotonic() + MIGRATION_SECONDS
    while True:
        with only_one(engine, "migration") as got_it:
            if got_it:
                version = schema_version(engine)
                if version == SCHEMA_HEAD:
                    return
                _require_known(version, engine)
                if engine.dialect.name == "sqlite":
                    if version is not None:
                        _back_up(engine, version)
                    with engine.connect() as connection:  # kept in the file from then on
                        connection.connection.execute("PRAGMA journal_mode=WAL")
                config = Config()
                config.set_main_option("script_location", "music_library:migrations")
                config.set_main_option("path_separator", "os")
                with writing(engine) as connection:
                    config.attributes["connection"] = connection
                    command.upgrade(config, to)
                return
        if time.monotonic() > deadline:
            raise BusyCatalogueError(
                "Another Attune has been preparing this catalogue for 10 minutes. Try again later."
            )
        time.sleep(0.1)


def _back_up(engine: Engine, version: str) -> None:
    """Copy a catalogue beside itself, with SQLite's own backup, which also sees what is still in the WAL."""
    target = Path(f"{engine.url.database}.before-{SCHEMA_HEAD}-was-{version}")
    part = Path(f"{target}.part")
    with closing(sqlite3.connect(str(engine.url.database))) as source, closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
    part.replace(target)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One moment of the catalogue, for as long as it is read."""
    with explained(engine), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: all of it is kept, or nothing is."""
    with explained(engine), engine.execution_options(**{_WRITES: True}).begin() as connection:
        yield connection


@contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Turn what a database says into what a person can do about it."""
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError, OSError) as error:
        if (known := _explanation(str(error), where(engine))) is None:
            raise
        raise known from error


def _explanation(message: str, place: str) -> LibraryError | None:
    said = message.lower()
    folder = str(Path(place).parent)
    if "database or disk is full" in said or "no space left" in said or "quota exceeded" in said or "errno 28" in said:
        return DiskFullError(
            f"The disk that holds {folder} is full: nothing more can be kept. What was finished is safe. "
            "Make room on it and start again.",
            path=place,
        )
    if "malformed" in said or "not a database" in said or "disk i/o error" in said:
        return DamagedCatalogueError(_damaged(place), path=place)
    if (
        "readonly" in said
        or "read-only" in said
        or "unable to open database file" in said
        or "permission denied" in said
    ):
        return ReadOnlyError(
            f"{place} cannot be written. Give yourself the right to write in {folder}, or name another home.",
            path=place,
        )
    if "connection failed" in said or "connection refused" in said or "server closed the connection" in said:
        return UnreachableCatalogueError(
            f"The catalogue at {place} cannot be reached. Is the server running, the address right, the password in "
            f"~/.pgpass? It said: {message.splitlines()[0]}",
            path=place,
        )
    if "database is locked" in said:
        return BusyCatalogueError(
            f"Another program has been writing to {place} for {BUSY_SECONDS} s. Wait, or stop it; then try again.",
            path=place,
        )
    return None


def _damaged(place: str) -> str:
    return (
        f"{place} is damaged and was left as it is. Bring back a backup with 'attune restore', or move the file away "
        "and scan again: corrections and marks that people made are then lost."
    )


def _newer(place: str, version: str) -> str:
    return (
        f"{place} was written by a newer version of Attune (schema {version}, this one knows up to {SCHEMA_HEAD}). "
        "It was left as it is. Update Attune, or bring back a backup from before."
    )
