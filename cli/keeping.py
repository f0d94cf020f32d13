"""Commands that keep the record safe: back-ups, its key, its audit trail."""

from __future__ import annotations

import re
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.opening import Home, ask_unseen, open_record, read_settings, record_key, settings_of
from cli.printing import Json, fail, print_json

if TYPE_CHECKING:
    from settings import Settings


def backup(file: Annotated[Path, typer.Argument()], home: Home = None) -> None:
    """Write both stores, models and settings, at one moment, into one file."""
    from practice.backup import backup_home

    settings = read_settings(home)
    key = record_key(settings)
    summary = backup_home(settings.home, file.absolute(), key=key, servers=settings.servers)
    with closing(open_record(home, key)) as record:
        record.note_backup()
    count = "1 file" if summary.files == 1 else f"{summary.files} files"
    print(f"{summary.file} holds {count} of {summary.made_at[:19]}, {summary.bytes / 1e6:.1f} MB.")


def restore(file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)], home: Home = None) -> None:
    """Bring a backup back into an empty home."""
    from practice.backup import holds_encrypted_record, restore_home
    from practice.encryption import key_of_passphrase, read_key_file

    settings = read_settings(home)
    key = None
    if holds_encrypted_record(file):
        key = (
            key_of_passphrase(ask_unseen("The record in this backup is encrypted. Its passphrase: "))
            if settings.record_key_file is None
            else read_key_file(settings.record_key_file)
        )
    summary = restore_home(file.absolute(), settings.home, key=key, servers=settings.servers)
    with closing(open_record(home, key)) as record:
        verdict = record.verify_audit()
        record.note_restored(summary.made_at)
    state = "unbroken" if verdict.intact else f"BROKEN at row {verdict.broken_at}"
    print(f"{settings.home} is as it was at {summary.made_at}. The audit trail of {verdict.rows} rows is {state}.")


KeyFile = Annotated[
    Path | None, typer.Option("--key-file", help="File that holds the key, mode 600; made where it is missing.")
]


def encrypt(key_file: KeyFile = None, home: Home = None) -> None:
    """Put the record under a key, in place: a file's, or a passphrase that is asked for at every start."""
    from practice.encryption import encrypt_record, key_of_passphrase, make_key_file, read_key_file

    settings = read_settings(home)
    file = record_on_disk(settings)
    key_file = key_file or settings.record_key_file
    if key_file is None:
        typed = ask_unseen("A passphrase for the record, 12 letters or more: ")
        if ask_unseen("The same again: ") != typed:
            fail("the two were not the same. Nothing was changed.")
        key = key_of_passphrase(typed)
    else:
        key = read_key_file(key_file) if key_file.exists() else make_key_file(key_file.absolute())
    if not file.exists():
        open_record(home, key).close()
    else:
        open_record(home).close()  # reported where it is damaged, brought up to date where it is old
        encrypt_record(file, key)
    print(f"{file} is encrypted. Without its key nobody can read it, you included: keep the key apart and twice.")
    if key_file is not None:
        print(f"Start Attune with ATTUNE_RECORD_KEY_FILE={key_file.absolute()}")
    for copy in sorted(file.parent.glob(f"{file.name}.before-*")):
        print(f"Not encrypted, and yours to delete: {copy}", file=sys.stderr)


def decrypt(home: Home = None) -> None:
    """Take the record out from under its key, in place."""
    from practice.encryption import decrypt_record

    settings = settings_of(home)
    file = record_on_disk(settings)
    if not file.exists():
        fail(f"there is no record at {file}. Check the folder.")
    key = record_key(settings)
    if key is None:
        fail(f"the record at {file} is not encrypted.")
    decrypt_record(file, key)
    print(f"{file} is not encrypted any more.")


def verify_audit(
    kept: Annotated[
        str | None, typer.Option(help="A last hash that was kept from an earlier check: it must still stand there.")
    ] = None,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Check that nothing in the audit trail was changed or removed."""
    if kept is not None and not re.fullmatch("[0-9a-f]{64}", kept):
        fail(f"{kept!r} is no hash of an audit trail: that has 64 of the characters 0–9 and a–f.", exit_code=2)
    with closing(open_record(home, create=False)) as record:
        verdict = record.verify_audit(kept=kept)
    if as_json:
        print_json(asdict(verdict))
    elif verdict.intact:
        print(f"The audit trail of {verdict.rows} rows is unbroken. Its last hash, worth keeping elsewhere:")
        print(verdict.head)
        if kept is not None:
            print(f"The hash that was kept stands in row {verdict.kept_at}: nothing up to there was cut or made anew.")
    if verdict.broken_at is not None:
        fail(f"the audit trail is broken at row {verdict.broken_at}: what stands there was changed or removed.")
    if not verdict.intact:
        fail("the hash that was kept stands in no row: the audit trail was cut off before it, or made anew.")


def record_on_disk(settings: Settings) -> Path:
    """The record's file; a record on a server is encrypted by the server."""
    if settings.record_file is None:
        fail("the record is on a database server: encrypt the server's disk or tables instead.")
    return settings.record_file
