"""Opening the record, its transactions, and who may ask; the rest of the room builds on this."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError

from practice.encryption import RecordKey, RecordKeyError, connect, driver, is_encrypted
from practice.errors import LinkError, NotAllowedError, StoreError
from practice.schema import account_links, accounts, sessions

Clock = Callable[[], datetime]
MIGRATIONS = Path(__file__).parent / "migrations"
# One number for all writers of a record on PostgreSQL: they queue as they do on SQLite, so that both behave the same.
WRITERS = 0x4154_5455


@dataclass(frozen=True)
class Actor:
    """Who asks: an account as it was when it signed in. The store checks it again at every call."""

    account_id: str
    name: str
    role: str
    """`clinician`, `retrainer` or `administrator`."""
    also: tuple[str, ...] = ()
    """Further roles of the same account; the first account of a clinic is its administrator too."""

    @property
    def roles(self) -> frozenset[str]:
        """All roles of the account."""
        return frozenset({self.role, *self.also})


def now_utc() -> datetime:
    """The wall clock, aware."""
    return datetime.now(UTC)


def new_id() -> str:
    """A random id of 128 bits; never made from a path, a name or a counter."""
    return secrets.token_hex(16)


def new_token() -> str:
    """A random secret of 256 bits for a cookie or a link."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token. A plain hash is enough for 256 random bits; passwords and PINs use argon2."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def as_url(url_or_path: str | Path) -> sa.URL:
    """A SQLAlchemy URL, from one or from a file's path."""
    text = str(url_or_path)
    if "://" not in text:
        return sa.URL.create("sqlite", database=text)
    url = sa.make_url(text)
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def insert_once(db: Connection, table: Table) -> Any:
    """An INSERT that does nothing where the row is there already, on either database."""
    return (postgresql if db.dialect.name == "postgresql" else sqlite).insert(table).on_conflict_do_nothing()


def _pragmas(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy's events below begin transactions, not the driver
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA busy_timeout = 30000")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased leaves no bytes in free pages


def _begin(db: Connection) -> None:
    # A write takes its lock at once: two readers that both want to become writers would otherwise fail as "locked".
    db.exec_driver_sql("BEGIN IMMEDIATE" if db.get_execution_options().get("attune_write") else "BEGIN")


def make_engine(url: sa.URL, key: RecordKey | None = None) -> Engine:
    """An engine with the durability that a record needs, under its key where it has one."""
    if url.get_backend_name() == "sqlite":
        file = Path(str(url.database))
        engine = sa.create_engine(
            url,
            module=driver(key),
            creator=lambda: connect(file, key, check_same_thread=False),
            pool_size=8,
            max_overflow=32,
        )
        sa.event.listen(engine, "connect", _pragmas)
        sa.event.listen(engine, "begin", _begin)
        return engine
    return sa.create_engine(url, pool_pre_ping=True)


def _alembic(db: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = db
    return config


def newest_schema() -> str:
    """The schema that this program writes."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    head = ScriptDirectory.from_config(config).get_current_head()
    assert head is not None  # noqa: S101 - there is always a first migration
    return head


def known_schemas() -> list[str]:
    """Every schema that this program can bring up to date, oldest first."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]


# Alembic's `context` is one for the whole process.
_migrating = threading.Lock()


def migrate(engine: Engine, *, to: str = "head") -> None:
    """Bring the tables up to `to` in one transaction."""
    with _migrating, engine.connect().execution_options(attune_write=True) as db, db.begin():
        command.upgrade(_alembic(db), to)


def schema_of(engine: Engine) -> str | None:
    """The schema that a store has; None for one without tables."""
    with engine.connect() as db:
        return MigrationContext.configure(db).get_current_revision()


def open_engine(url_or_path: str | Path, *, create: bool, key: RecordKey | None = None) -> Engine:
    """Open a record, make it where it is missing, and bring an older schema up to date after a backup.

    Raises
    ------
    StoreError
        If it is missing and `create` is false, damaged, or written by a newer program. Nothing is written then.
    """
    url = as_url(url_or_path)
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise StoreError("A record must be a file: memory forgets.")
        file = Path(url.database)
        if not file.exists():
            if not create:
                raise StoreError(f"There is no record at {file}. Check the folder, or start Attune once.")
            _make_file(file, key)
        _refuse_damaged(file, key)
    elif key is not None:
        raise RecordKeyError("A key is for a record that is a file; the one on a server is encrypted by the server.")
    engine = make_engine(url, key)
    try:
        with explained(engine):
            schema = schema_of(engine)
    except sa.exc.OperationalError as error:
        raise StoreError(f"The record at {url.render_as_string()} cannot be reached: {error.orig}.") from error
    if schema is not None and schema not in known_schemas():
        engine.dispose()
        raise StoreError(
            f"The record was written by a newer Attune (schema {schema}; this one knows {newest_schema()}). "
            "Update Attune; nothing was changed.",
            schema=schema,
        )
    if schema != newest_schema():
        _bring_up_to_date(engine, schema, key)
    return engine


def _bring_up_to_date(engine: Engine, schema: str | None, key: RecordKey | None) -> None:
    kept = "Nothing was changed."
    try:
        with explained(engine):
            if schema is not None and engine.dialect.name == "sqlite":
                copy = _copy_before_migration(Path(str(engine.url.database)), schema, key)
                kept = f"Nothing was changed, and a copy stands at {copy}."
            migrate(engine)
    except DatabaseError as error:
        engine.dispose()
        raise StoreError(
            f"The record (schema {schema}) could not be brought up to date ({error.orig}). {kept} "
            "Bring back a backup with `attune restore FILE`, or go on with the Attune that wrote it.",
            schema=schema,
        ) from error


@contextlib.contextmanager
def explained(engine: Engine) -> Iterator[None]:
    """Turn what a database says of its disk into what a person can do about it.

    Raises
    ------
    StoreError
        If the disk is full, the file cannot be written, or it is damaged; or where a text cannot be kept. The
        transaction was undone.
    """
    try:
        yield
    except (DatabaseError, sqlite3.DatabaseError, OSError) as error:
        file = engine.url.database
        said = str(error.orig if isinstance(error, DatabaseError) else error).lower()
        if engine.dialect.name == "sqlite" and file is not None and (why := _trouble(said, Path(file))):
            raise StoreError(why, path=file) from error
        if "nul (0x00)" in said:  # PostgreSQL's text cannot hold it
            raise StoreError(
                "A text holds a character that cannot be kept (NUL, which nobody sees). Nothing was changed. Type the "
                "text anew, without copying it."
            ) from error
        raise


def _trouble(said: str, file: Path) -> str | None:
    if "disk is full" in said or "no space left" in said or "quota exceeded" in said:
        return (
            f"The disk that holds {file.parent} is full: nothing more can be kept. What was stored is safe. Make room."
        )
    if "readonly" in said or "read-only" in said or "unable to open" in said or "permission denied" in said:
        return f"{file} cannot be written. Give yourself the right to write in {file.parent}, or name another home."
    if "malformed" in said or "not a database" in said or "disk i/o error" in said:
        return f"The record at {file} is damaged. Keep this file, and restore the latest backup: `attune restore FILE`."
    return None


def _make_file(file: Path, key: RecordKey | None) -> None:
    """Make a new record beside its final name, so that no half-made one ever stands there."""
    driver(key)  # named where it is missing, before anything is made
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_beside(file, key)
    except (OSError, DatabaseError) as error:
        said = str(error.orig if isinstance(error, DatabaseError) else error).lower()
        raise StoreError(
            _trouble(said, file) or f"No record can be made at {file}: {error}.", path=str(file)
        ) from error


def _make_beside(file: Path, key: RecordKey | None) -> None:
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}.new")
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(draft)), module=driver(key), creator=lambda: connect(draft, key)
    )
    sa.event.listen(engine, "begin", _begin)
    try:
        migrate(engine)
        engine.dispose()
        with contextlib.suppress(FileExistsError):  # another process made it meanwhile: theirs stands
            os.link(draft, file)
    finally:
        engine.dispose()
        draft.unlink()


def _refuse_damaged(file: Path, key: RecordKey | None) -> None:
    remedy = "Nothing was changed. Keep this file, and restore the latest backup with `attune restore FILE`."
    if file.stat().st_size == 0:
        raise StoreError(f"The record at {file} is empty: it was damaged or cut off. {remedy}", path=str(file))
    try:
        connection = connect(file, key, timeout=30)
    except driver(key).OperationalError as error:
        raise StoreError(_trouble(str(error).lower(), file) or str(error), path=str(file)) from error
    try:
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if key is not None and (broken := connection.execute("PRAGMA cipher_integrity_check").fetchall()):
            verdict = broken[0][0]
    except driver(key).DatabaseError as error:
        if "readonly" in str(error) or "unable to open" in str(error):
            raise StoreError(_trouble(str(error).lower(), file) or str(error), path=str(file)) from error
        if key is not None and not is_encrypted(file):
            raise RecordKeyError(
                f"The record at {file} is not encrypted, and a key was given. Run `attune encrypt` first.",
                path=str(file),
            ) from error
        if key is not None:
            raise RecordKeyError(
                f"This key does not open the record at {file}, or it is damaged ({error}). Try its key again. {remedy}",
                path=str(file),
            ) from error
        why = f"damaged, or encrypted and no key was given ({error})" if is_encrypted(file) else f"damaged ({error})"
        raise StoreError(f"The record at {file} is {why}. {remedy}", path=str(file)) from error
    finally:
        connection.close()
    if verdict != "ok":
        raise StoreError(f"The record at {file} is damaged ({verdict}). {remedy}", path=str(file))


def _copy_before_migration(file: Path, schema: str, key: RecordKey | None) -> Path:
    target = file.with_name(f"{file.name}.before-{newest_schema()}-was-{schema}")
    source = connect(file, key)
    copy = connect(target, key)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()
    target.chmod(0o600)
    return target


def _was_ours(db: Connection, token: str) -> bool:
    """Whether a link with this token was ever made, for a client or for an account."""
    stored = (sessions.c.link_token_hash, account_links.c.token_hash)
    return any(db.execute(sa.select(one).where(one == token_hash(token))).first() is not None for one in stored)


class Store:
    """An open record and its clock. Each use is one transaction; each part of the room adds its uses to this class."""

    def __init__(self, engine: Engine, *, clock: Clock = now_utc, key: RecordKey | None = None) -> None:
        self.engine = engine
        self.key = key
        self._clock = clock
        self._writing = threading.RLock()

    def now(self) -> datetime:
        """The time that is written down."""
        return self._clock()

    def close(self) -> None:
        """Let go of the file or server."""
        self.engine.dispose()

    @contextlib.contextmanager
    def _reading(self) -> Iterator[Connection]:
        with explained(self.engine), self.engine.connect() as db, db.begin():
            yield db

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[Connection]:
        # SQLite's own waiting is not fair: the lock lets this process's threads write in turn.
        writing = self.engine.execution_options(attune_write=True)
        with self._writing, explained(self.engine), writing.connect() as db, db.begin():
            if db.dialect.name == "postgresql":
                db.execute(sa.select(sa.func.pg_advisory_xact_lock(WRITERS)))
            yield db

    @contextlib.contextmanager
    def _guarding_links(self, origin: str, token: str) -> Iterator[None]:
        """Stop whoever guesses at links from one origin: bad ones are counted, and after some every link is refused.

        Links hold 256 random bits and cannot be guessed; this makes the trying itself visible, and ends it. One that
        was ours is no guess: a client who opens last week's again and again may still open today's.
        """
        if origin:
            with self._reading() as db:
                self._refuse_guesser(db, origin)
        try:
            yield
        except LinkError:
            if origin:
                with self._transaction() as db:
                    if not _was_ours(db, token):
                        self._note_bad_link(db, origin)
            raise

    def _refuse_guesser(self, db: Connection, origin: str) -> None:
        raise NotImplementedError  # Accounts has it; the record is both

    def _note_bad_link(self, db: Connection, origin: str) -> None:
        raise NotImplementedError  # Accounts has it; the record is both

    def _forget_deleted(self) -> None:
        """Make sure that what was just erased is not left in SQLite's write-ahead log."""
        if self.engine.dialect.name == "sqlite":
            with self.engine.connect() as db:
                cursor = db.connection.cursor()
                with contextlib.suppress(DatabaseError, driver(self.key).OperationalError):  # a reader: next time
                    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def has_role(db: Connection, actor: Actor, *roles: str) -> bool:
    """Whether the account still exists, is in use, and has one of `roles` now, whatever the actor object says."""
    row = db.execute(
        sa.select(accounts.c.role, accounts.c.also, accounts.c.disabled_at).where(accounts.c.id == actor.account_id)
    ).one_or_none()
    return row is not None and row.disabled_at is None and bool({row.role, *row.also} & set(roles))


def require_role(db: Connection, actor: Actor, *roles: str, action: str) -> None:
    """Check a role as `has_role` does.

    Raises
    ------
    NotAllowedError
        If the account has none of `roles`.
    """
    if not has_role(db, actor, *roles):
        raise NotAllowedError(action)
