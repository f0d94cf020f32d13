"""The record at rest under a key (the extra `encrypted`): where the key comes from, and how a record changes over.

A record under a key is an ordinary SQLCipher 4 file: any tool that knows SQLCipher opens it with the same passphrase.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import sqlite3
import stat
import types
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from practice.errors import StoreError

PLAIN_HEAD = b"SQLite format 3\x00"
_SALT_BYTES = 16
_ROUNDS = 256_000  # SQLCipher 4's own, so that its tools open the file with the passphrase too
SHORTEST_PASSPHRASE = 12
_FIRST_PAGE = 4096
_COMMONEST_BYTE = 0.03
"""Of 4,096 bytes by chance, the commonest value has under 1 %; of a plain database's first page, over 5 %."""
_LONGEST_KEY_FILE = 4096


class RecordKeyError(StoreError):
    """A key that is missing, unsafe or wrong, or a driver that is not installed; the record was not touched."""

    code = "record_key"


@dataclass(frozen=True)
class RecordKey:
    """What opens an encrypted record: 32 random bytes, or a passphrase that a key is derived from."""

    secret: bytes = field(repr=False)
    is_passphrase: bool

    def digits(self, salt: bytes) -> str:
        """What SQLCipher is told for a file with this salt, in hexadecimal: 32 bytes of key and the salt."""
        return (_derived(self.secret, salt) if self.is_passphrase else self.secret).hex() + salt.hex()


@lru_cache(maxsize=8)
def _derived(passphrase: bytes, salt: bytes) -> bytes:
    # Once for a file, not once for each connection: it takes a fifth of a second.
    return hashlib.pbkdf2_hmac("sha512", passphrase, salt, _ROUNDS, 32)


def key_of_passphrase(passphrase: str) -> RecordKey:
    """A key from what somebody typed.

    Raises
    ------
    RecordKeyError
        If it is shorter than 12 letters.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise RecordKeyError(f"A passphrase needs {SHORTEST_PASSPHRASE} letters or more; a sentence is good.")
    return RecordKey(passphrase.encode(), is_passphrase=True)


def read_key_file(file: Path) -> RecordKey:
    """The key that a file holds: 64 hexadecimal digits, or a passphrase on one line.

    Raises
    ------
    RecordKeyError
        If it is not there, can be read or changed by others than its owner, or holds neither.
    """
    try:
        with file.open("rb") as opened:
            about = os.fstat(opened.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise RecordKeyError(f"{file} is no file. Name the file that holds the record's key.")
            if about.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise RecordKeyError(
                    f"{file} has the mode {stat.S_IMODE(about.st_mode):o}: others may read the record's key. "
                    f"Make it 600, as with `chmod 600 {file}`."
                )
            content = opened.read(_LONGEST_KEY_FILE + 1)
    except OSError as error:
        raise RecordKeyError(f"The record's key cannot be read from {file}: {error.strerror}.") from error
    lines = content.decode("utf-8", "replace").splitlines()
    if len(content) > _LONGEST_KEY_FILE or len(lines) != 1 or not lines[0].isprintable():
        raise RecordKeyError(
            f"{file} holds no key: it must be one line, 64 hexadecimal digits or a passphrase. "
            "`attune encrypt --key-file` makes one."
        )
    if re.fullmatch(r"[0-9a-fA-F]{64}", lines[0]):
        return RecordKey(bytes.fromhex(lines[0]), is_passphrase=False)
    return key_of_passphrase(lines[0])


def make_key_file(file: Path) -> RecordKey:
    """Make a key of 256 random bits in a new file that only its owner may read.

    Raises
    ------
    RecordKeyError
        If the file is there already or cannot be made.
    """
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(secrets.token_hex(32) + "\n")
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as error:
        raise RecordKeyError(f"The key file {file} cannot be made: {error.strerror}.") from error
    return read_key_file(file)


def is_encrypted(file: Path) -> bool:
    """Whether a file is under a key: its first page begins like no plain database and looks like chance.

    What is encrypted looks like chance, each value of a byte as often as any other. A plain database whose head was
    damaged still has its zeros and its words, and nobody is asked for a passphrase that it never had.
    """
    if not file.is_file():
        return False
    with file.open("rb") as opened:
        page = opened.read(_FIRST_PAGE)
    if not page or page.startswith(PLAIN_HEAD):
        return False
    return max(Counter(page).values()) <= max(_COMMONEST_BYTE * len(page), 8)


def find_key(file: Path | None, key_file: Path | None, *, ask: Callable[[str], str]) -> RecordKey | None:
    """The key of this run: from its file, or asked for where the record needs one; None for a plain record.

    Parameters
    ----------
    file : Path or None
        The record; None where it is on a server.
    key_file : Path or None
        Where the key is kept; None where it was not said.
    ask : callable
        Shows a question and gives what was typed, unseen by others.

    Raises
    ------
    RecordKeyError
        If what was typed can be no passphrase of a record.
    """
    if key_file is not None:
        return read_key_file(key_file)
    if file is None or not is_encrypted(file):
        return None
    typed = ask(f"The record at {file} is encrypted. Its passphrase: ")
    if len(typed) < SHORTEST_PASSPHRASE:
        raise RecordKeyError(
            f"The record at {file} is encrypted, or damaged from its first byte. Its passphrase has "
            f"{SHORTEST_PASSPHRASE} letters or more, and {len(typed)} were typed. Type it again, or name its key file "
            "with ATTUNE_RECORD_KEY_FILE. If it never had one, keep this file and restore the latest backup with "
            "`attune restore FILE`."
        )
    return key_of_passphrase(typed)


def driver(key: RecordKey | None) -> types.ModuleType:
    """The database driver for a record with or without a key.

    Raises
    ------
    RecordKeyError
        If the extra `encrypted` is not installed.
    """
    if key is None:
        return sqlite3
    try:
        from sqlcipher3 import dbapi2
    except ImportError as error:
        raise RecordKeyError(
            "An encrypted record needs the extra `encrypted`, as in `pip install attune[encrypted]`."
        ) from error
    module: types.ModuleType = dbapi2
    return module


def connect(file: Path, key: RecordKey | None, **options: Any) -> sqlite3.Connection:
    """Connect to a record's file, or begin a new one under the key. A wrong key shows at the first statement."""
    connection: sqlite3.Connection = driver(key).connect(str(file), **options)
    if key is not None:
        connection.execute("PRAGMA cipher_log_level = NONE")  # it would print to the terminal
        # The salt comes from SQLCipher, never by opening the file: closing it would let go of every lock that this
        # process holds on it. A new file is given one here.
        connection.execute("PRAGMA key = 'not yet'")
        salt = bytes.fromhex(connection.execute("PRAGMA cipher_salt").fetchone()[0])
        connection.execute(f"PRAGMA key = \"x'{key.digits(salt)}'\"")
    return connection


def encrypt_record(file: Path, key: RecordKey) -> None:
    """Put a plain record under a key, in place; nobody else may have it open.

    Raises
    ------
    RecordKeyError
        If it is encrypted already, Attune is running on it, or the copy is not what the record is. The record is as
        before then.
    """
    if is_encrypted(file):
        raise RecordKeyError(f"The record at {file} is encrypted already.")
    _change_over(file, None, key)


def decrypt_record(file: Path, key: RecordKey) -> None:
    """Take a record out from under its key, in place; as `encrypt_record`."""
    if not is_encrypted(file):
        raise RecordKeyError(f"The record at {file} is not encrypted.")
    _change_over(file, key, None)


def _change_over(file: Path, old: RecordKey | None, new: RecordKey | None) -> None:
    module = driver(old or new)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}.new")
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    try:
        source: sqlite3.Connection = connect(file, old) if old else module.connect(str(file))
        try:
            source.isolation_level = None
            source.execute("PRAGMA busy_timeout = 2000")
            # Leaving the write-ahead log needs the file alone: it fails while any server has the record open.
            source.execute("PRAGMA journal_mode = DELETE")
            source.execute("PRAGMA locking_mode = EXCLUSIVE")
            source.execute("BEGIN EXCLUSIVE")
            source.execute("COMMIT")  # in this mode the lock stays
            _export(source, draft, new)
            _require_same(source, draft, new)
        finally:
            source.close()
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(file)
    except module.OperationalError as error:
        if "locked" in str(error):
            raise RecordKeyError(f"The record at {file} is in use. Stop Attune, then try again.") from error
        raise RecordKeyError(f"The record at {file} could not be changed over: {error}.") from error
    except module.DatabaseError as error:
        raise RecordKeyError(f"This key does not open the record at {file}, or it is damaged ({error}).") from error
    finally:
        draft.unlink(missing_ok=True)


def _export(source: sqlite3.Connection, draft: Path, key: RecordKey | None) -> None:
    word = ""
    if key is not None:
        word = f"x'{key.digits(os.urandom(_SALT_BYTES))}'"
    source.execute("ATTACH DATABASE ? AS changed KEY ?", (str(draft), word))
    source.execute("SELECT sqlcipher_export('changed')")
    source.execute("DETACH DATABASE changed")


def _require_same(source: sqlite3.Connection, draft: Path, key: RecordKey | None) -> None:
    copy = connect(draft, key)
    try:
        if copy.execute("PRAGMA integrity_check(1)").fetchone()[0] != "ok" or _inside(copy) != _inside(source):
            raise RecordKeyError("The copy is not what the record is. Nothing was changed; check the disk.")
    finally:
        copy.close()


def _inside(connection: sqlite3.Connection) -> dict[str, int]:
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    counts = {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608  # nosec B608 - its own tables
    others = connection.execute("SELECT count(*) FROM sqlite_master WHERE type IN ('index', 'trigger')").fetchone()[0]
    return {**counts, "(indexes and triggers)": others}
