"""The commands that look after the record, in processes of their own as people run them."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

from practice.record import Record
from tests.practice.conftest import PASSWORD, Attune, settled

ROOT = Path(__file__).parents[2]


def attune(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cli", *arguments, "--home", str(home)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        stdin=subprocess.DEVNULL,
    )


def token_in(answer: subprocess.CompletedProcess[str]) -> str:
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip().split("/welcome?link=")[1]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_accounts_are_added_listed_and_reset_by_links_that_work_once(home: Path, attune_here: Attune):
    code, said = attune_here("account", "add", "Ada", "--role", "king", home=home)
    assert (code, "clinician, retrainer, administrator" in said) == (2, True)
    made = attune("account", "add", home=home)
    assert "clinician and administrator" in made.stderr
    first = token_in(made)
    record = Record.open(home / "record.db", create=False)
    record.create_account(first, "Ada", PASSWORD)
    assert attune("account", "add", home=home).returncode == 2
    invited = token_in(attune("account", "add", "Ed", "--role", "retrainer", home=home))
    assert record.create_account(invited, password=PASSWORD).role == "retrainer"
    reset = token_in(attune("account", "reset", "Ada", home=home))
    record.create_account(reset, password="another quiet river")
    assert record.sign_in("Ada", "another quiet river")
    listed = json.loads(attune("account", "list", "--json", home=home).stdout)
    assert [(row["name"], row["roles"], row["state"]) for row in listed] == [
        ("Ada", "clinician administrator", "in use"),
        ("Ed", "retrainer", "in use"),
    ]
    code, said = attune_here("account", "reset", "Nobody", home=home)
    assert (code, "no account of the name 'Nobody'" in said) == (1, True)
    record.close()


def test_the_audit_is_verified_and_a_change_is_named(home: Path):
    record = Record.open(home / "record.db")
    actor = record.create_account(str(record.first_link()), "Ada", PASSWORD)
    settled(record, actor)
    record.close()
    answer = attune("verify-audit", "--json", home=home)
    assert (answer.returncode, json.loads(answer.stdout)["intact"]) == (0, True)
    with closing(sqlite3.connect(home / "record.db")) as db, db:
        db.execute("DROP TRIGGER audit_no_update")
        db.execute("UPDATE audit SET action = 'nothing' WHERE seq = 2")
    answer = attune("verify-audit", home=home)
    assert (answer.returncode, "broken at row 2" in answer.stderr) == (1, True)


def test_a_trail_that_was_cut_off_is_shown_by_a_hash_that_was_kept(home: Path, attune_here: Attune):
    record = Record.open(home / "record.db")
    actor = record.create_account(str(record.first_link()), "Ada", PASSWORD)
    settled(record, actor)
    verdict = record.verify_audit()
    settled(record, actor)
    assert record.verify_audit(kept=verdict.head).kept_at == verdict.rows
    kept = record.verify_audit().head
    record.close()
    with sqlite3.connect(home / "record.db") as db:  # its last row goes, and the chain holds in itself
        db.execute("DROP TRIGGER audit_no_delete")
        db.execute("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)")
    db.close()
    assert attune_here("verify-audit", home=home)[0] == 0
    code, said = attune_here("verify-audit", "--kept", kept, home=home)
    assert (code, "cut off" in said) == (1, True)
    code, said = attune_here("verify-audit", "--kept", verdict.head, home=home)
    assert (code, f"in row {verdict.rows}" in said) == (0, True)
    assert attune_here("verify-audit", "--kept", "a hash", home=home)[0] == 2


@pytest.mark.parametrize("command", [("verify-audit",), ("account", "list"), ("account", "reset", "Ada")])
def test_no_verdict_comes_from_a_record_that_is_not_there_and_none_is_made(
    home: Path, attune_here: Attune, command: tuple[str, ...]
):
    code, said = attune_here(*command, home=home)
    assert (code, "There is no record" in said) == (1, True)
    assert not home.exists()


def test_a_record_damaged_at_its_head_is_called_damaged_and_no_passphrase_is_asked_for(home: Path, attune_here: Attune):
    Record.open(home / "record.db").close()
    whole = (home / "record.db").read_bytes()
    page = int.from_bytes(whole[16:18], "big")
    for head in (b"\0" * 16, bytes(byte ^ 0xFF for byte in whole[:page])):
        (home / "record.db").write_bytes(head + whole[len(head) :])
        code, said = attune_here("verify-audit", home=home)
        assert (code, "damaged" in said, "attune restore" in said) == (1, True, True)
        assert "assphrase" not in said
    (home / "record.db").write_bytes(random.Random(1).randbytes(len(whole)))  # nobody can tell it from an encrypted one
    code, said = attune_here("verify-audit", home=home)
    assert (code, "encrypted, or damaged" in said, "attune restore" in said) == (1, True, True)


def test_a_backup_comes_back_on_an_empty_machine(home: Path, tmp_path: Path):
    record = Record.open(home / "record.db")
    actor = record.create_account(str(record.first_link()), "Ada", PASSWORD)
    client_id = settled(record, actor)
    assert record.last_backup() is None
    assert attune("backup", str(tmp_path / "b.attune"), home=home).returncode == 0
    assert record.last_backup() is not None
    again = attune("backup", str(tmp_path / "b.attune"), home=home)
    assert (again.returncode, "there already" in again.stderr) == (1, True)
    answer = attune("restore", str(tmp_path / "b.attune"), home=tmp_path / "other")
    assert (answer.returncode, "unbroken" in answer.stdout) == (0, True), answer.stderr
    restored = Record.open(tmp_path / "other" / "record.db", create=False)
    assert restored.client(actor, client_id) == record.client(actor, client_id)
    made_at = answer.stdout.partition(" is as it was at ")[2].partition(". ")[0]
    assert restored.last_backup() == datetime.fromisoformat(made_at) <= record.last_backup()
    assert restored.verify_audit().intact
    restored.close()
    record.close()
