"""An encrypted record: nobody reads it without its key, it changes over whole or not at all, and works as any other."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from practice import encryption
from practice.backup import backup_home, restore_home
from practice.encryption import (
    RecordKey,
    RecordKeyError,
    connect,
    decrypt_record,
    encrypt_record,
    is_encrypted,
    key_of_passphrase,
    make_key_file,
    read_key_file,
)
from practice.errors import StoreError
from practice.record import Record
from practice.store import Actor, as_url, known_schemas, make_engine, migrate
from tests.practice.conftest import PASSWORD, Attune, Clock, settled
from tests.practice.test_consent import *  # noqa: F403 - its tests run here with this module's record
from tests.practice.test_export import *  # noqa: F403

ROOT = Path(__file__).parents[2]
KEY = RecordKey(bytes(range(32)), is_passphrase=False)
PASSPHRASE = key_of_passphrase("seven herons by the weir")
WORDS = "Hummed along to the river song"

# These look into SQLite's own file.
del globals()["test_an_erased_record_leaves_only_hashes_in_the_audit"]


@pytest.fixture(scope="session")
def empty_encrypted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("encrypted") / "record.db"
    Record.open(file, key=KEY).close()
    return file


@pytest.fixture
def record(tmp_path: Path, clock: Clock, empty_encrypted: Path) -> Iterator[Record]:
    shutil.copy(empty_encrypted, tmp_path / "record.db")
    opened = Record.open(tmp_path / "record.db", clock=clock, key=KEY)
    yield opened
    opened.close()


def plain_record(file: Path) -> tuple[Actor, str]:
    """A plain record with a note in it, closed; gives its clinician and client."""
    record = Record.open(file)
    ada = record.create_account(str(record.first_link()), "Ada", PASSWORD)
    client_id = settled(record, ada)
    record.set_goal(ada, client_id, WORDS)
    record.close()
    return ada, client_id


def every_byte(folder: Path) -> bytes:
    return b"".join(entry.read_bytes() for entry in sorted(folder.rglob("*")) if entry.is_file())


@pytest.mark.parametrize("key", [KEY, PASSPHRASE], ids=["key", "passphrase"])
def test_a_plain_record_is_put_under_a_key_and_out_again(tmp_path: Path, key: RecordKey):
    file = tmp_path / "record.db"
    ada, client_id = plain_record(file)
    assert WORDS.encode() in every_byte(tmp_path)
    encrypt_record(file, key)
    assert WORDS.encode() not in every_byte(tmp_path)
    assert (is_encrypted(file), file.stat().st_mode & 0o777) == (True, 0o600)
    record = Record.open(file, key=key)
    assert [goal.text for goal in record.goals(ada, client_id)] == [WORDS]
    assert record.verify_audit().intact
    record.close()
    decrypt_record(file, key)
    plain = Record.open(file)
    assert [goal.text for goal in plain.goals(ada, client_id)] == [WORDS]
    plain.close()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["record.db"]


def test_what_is_written_under_a_key_is_never_on_the_disk_in_plain(record: Record, clinician: Actor, tmp_path: Path):
    client_id = settled(record, clinician)
    record.set_goal(clinician, client_id, WORDS)
    # The write-ahead log is still there: nothing was closed.
    assert (tmp_path / "record.db-wal").stat().st_size > 0
    for said in (WORDS, "Ada Fenn", record.client(clinician, client_id).code):
        assert said.encode() not in every_byte(tmp_path)


@pytest.mark.parametrize("key", [None, RecordKey(b"\0" * 32, is_passphrase=False), PASSPHRASE])
def test_without_its_key_an_encrypted_record_is_refused_untouched(
    record: Record, tmp_path: Path, key: RecordKey | None
):
    record.close()
    before = (tmp_path / "record.db").read_bytes()
    with pytest.raises(StoreError, match="key"):
        Record.open(tmp_path / "record.db", key=key)
    assert (tmp_path / "record.db").read_bytes() == before


def test_a_key_for_a_plain_record_says_what_to_do(tmp_path: Path):
    plain_record(tmp_path / "record.db")
    with pytest.raises(RecordKeyError, match="attune encrypt"):
        Record.open(tmp_path / "record.db", key=KEY)
    with pytest.raises(RecordKeyError, match="is not encrypted"):
        decrypt_record(tmp_path / "record.db", KEY)


def test_any_tool_that_knows_sqlcipher_opens_it_with_the_passphrase(tmp_path: Path):
    from sqlcipher3 import dbapi2

    Record.open(tmp_path / "record.db", key=PASSPHRASE).close()
    db = dbapi2.connect(str(tmp_path / "record.db"))
    db.execute("PRAGMA key = 'seven herons by the weir'")
    assert db.execute("SELECT count(*) FROM accounts").fetchone() == (0,)
    db.close()


def test_every_flipped_byte_of_an_encrypted_record_is_noticed(record: Record, clinician: Actor, tmp_path: Path):
    for _ in range(5):
        settled(record, clinician)
    record.close()
    file = tmp_path / "record.db"
    whole = file.read_bytes()
    for place in range(5, len(whole), len(whole) // 12):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(StoreError, match="damaged"):
            Record.open(file, key=KEY)


def test_an_older_encrypted_record_is_brought_up_to_date_and_its_copy_is_encrypted(tmp_path: Path):
    file = tmp_path / "record.db"
    engine = make_engine(as_url(file), KEY)
    migrate(engine, to=known_schemas()[0])
    engine.dispose()
    Record.open(file, key=KEY).close()
    (copy,) = tmp_path.glob("record.db.before-*")
    assert is_encrypted(copy)
    opened = connect(copy, KEY)
    assert opened.execute("SELECT version_num FROM alembic_version").fetchone() == (known_schemas()[0],)
    opened.close()


def test_a_backup_of_an_encrypted_record_is_under_its_key(record: Record, clinician: Actor, tmp_path_factory, tmp_path):
    client_id = settled(record, clinician)
    record.set_goal(clinician, client_id, WORDS)
    away = tmp_path_factory.mktemp("away")
    backup_home(tmp_path, away / "b.attune", key=KEY)
    for wrong in (None, PASSPHRASE):
        with pytest.raises(RecordKeyError, match="key"):
            restore_home(away / "b.attune", away / "wrong", key=wrong)
        assert list((away / "wrong").iterdir()) == []
    restore_home(away / "b.attune", away / "home", key=KEY)
    assert WORDS.encode() not in every_byte(away / "home")
    again = Record.open(away / "home" / "record.db", key=KEY)
    assert [goal.text for goal in again.goals(clinician, client_id)] == [WORDS]
    assert again.verify_audit() == record.verify_audit()
    again.close()


def test_a_record_that_is_in_use_is_not_changed_over(tmp_path: Path):
    file = tmp_path / "record.db"
    plain_record(file)
    server = subprocess.Popen(
        [sys.executable, "-c", "import sys; from practice.record import Record; r = Record.open(sys.argv[1]);"
         "r.first_link(); print('open', flush=True); sys.stdin.read()", str(file)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert server.stdout is not None
    assert server.stdout.readline() == "open\n"
    with pytest.raises(RecordKeyError, match="Stop Attune"):
        encrypt_record(file, KEY)
    assert not is_encrypted(file)
    server.communicate("")
    encrypt_record(file, KEY)
    assert is_encrypted(file)


def test_a_copy_that_is_not_the_same_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "record.db"
    plain_record(file)

    def export_less(source: sqlite3.Connection, draft: Path, key: RecordKey | None) -> None:
        exported(source, draft, key)
        copy = connect(draft, key)
        copy.execute("DELETE FROM goals")
        copy.commit()
        copy.close()

    exported = encryption._export
    monkeypatch.setattr(encryption, "_export", export_less)
    with pytest.raises(RecordKeyError, match="not what the record is"):
        encrypt_record(file, KEY)
    assert not is_encrypted(file)
    assert [entry.name for entry in tmp_path.iterdir()] == ["record.db"]


def test_a_key_file_is_for_its_owner_only_and_never_made_over(tmp_path: Path):
    file = tmp_path / "key"
    key = make_key_file(file)
    assert (file.stat().st_mode & 0o777, len(key.secret), read_key_file(file)) == (0o600, 32, key)
    with pytest.raises(RecordKeyError, match="cannot be made"):
        make_key_file(file)
    file.chmod(0o640)
    with pytest.raises(RecordKeyError, match=r"mode 640.*chmod 600"):
        read_key_file(file)


@pytest.mark.parametrize(
    "content", ["", "short", "two\nlines that are long enough", "\x07bell in a long passphrase", "x" * 5000]
)
def test_a_key_file_that_holds_no_key_is_named(tmp_path: Path, content: str):
    (tmp_path / "key").write_text(content)
    (tmp_path / "key").chmod(0o600)
    with pytest.raises(RecordKeyError):
        read_key_file(tmp_path / "key")


def test_a_key_is_shown_nowhere():
    assert "herons" not in repr(PASSPHRASE)
    assert "herons" not in str(PASSPHRASE)


def test_without_the_extra_the_message_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "sqlcipher3", None)
    with pytest.raises(RecordKeyError, match=r"attune\[encrypted\]"):
        Record.open(tmp_path / "record.db", key=KEY)
    assert list(tmp_path.iterdir()) == []


def test_the_commands_work_with_a_key_file(tmp_path: Path, attune_here: Attune):
    home, key_file = tmp_path / "home", tmp_path / "key"
    home.mkdir()
    plain_record(home / "record.db")
    subprocess.run(  # in a process of its own: two drivers in one process do not see each other's locks
        [sys.executable, "-m", "cli", "encrypt", "--key-file", str(key_file), "--home", str(home)],
        cwd=ROOT, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    code, said = attune_here("account", "list", home=home)
    assert (code, "passphrase" in said) == (1, True)
    assert attune_here("verify-audit", home=home, key_file=key_file)[0] == 0
    assert attune_here("backup", str(tmp_path / "b.attune"), home=home, key_file=key_file)[0] == 0
    code, said = attune_here("restore", str(tmp_path / "b.attune"), home=tmp_path / "other", key_file=key_file)
    assert (code, "unbroken" in said) == (0, True), said
    assert is_encrypted(tmp_path / "other" / "record.db")
    assert attune_here("decrypt", home=home, key_file=key_file)[0] == 0
    assert not is_encrypted(home / "record.db")


def test_the_commands_work_with_a_passphrase(tmp_path: Path, attune_here: Attune):
    typed = "seven herons by the weir\n"
    code, said = attune_here("encrypt", home=tmp_path, typed=typed + "something else\n")
    assert (code, "not the same" in said) == (1, True)
    assert list(tmp_path.iterdir()) == []
    assert attune_here("encrypt", home=tmp_path, typed=typed + typed)[0] == 0
    assert "no accounts yet" in attune_here("account", "list", home=tmp_path, typed=typed)[1]
    code, said = attune_here("doctor", home=tmp_path, typed=typed)
    assert (code, "opens, encrypted, never backed up" in said) == (0, True), said
    code, said = attune_here("account", "list", home=tmp_path, typed="eight herons by the weir\n")
    assert (code, "does not open" in said) == (1, True)
