"""Who did what to whom: append-only, each row holding the hash of the one before it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from practice.schema import audit
from practice.store import Actor, Store, require_role

BEGINNING = "0" * 64


@dataclass(frozen=True)
class AuditRow:
    """One line of the audit; `subject` is an id, and `details` never hold a client's words."""

    seq: int
    at: datetime
    who: str
    action: str
    subject: str
    details: dict[str, Any]
    hash: str


@dataclass(frozen=True)
class AuditVerdict:
    """Whether the chain holds. `head` is worth keeping elsewhere: only it can show a chain that was cut or made anew.

    `kept_at` is the row whose hash was kept; None where none was given, or where it stands in no row.
    """

    intact: bool
    rows: int
    head: str
    broken_at: int | None = None
    kept_at: int | None = None


def _hash(previous: str, seq: int, at: datetime, who: str, action: str, subject: str, details: str) -> str:
    text = json.dumps([previous, seq, at.isoformat(), who, action, subject, details], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def note(db: Connection, *, at: datetime, who: str, action: str, subject: str = "", **details: Any) -> None:
    """Append one row, inside the transaction of what it is about: neither is ever stored without the other."""
    last = db.execute(sa.select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).one_or_none()
    seq, previous = (1, BEGINNING) if last is None else (last.seq + 1, last.hash)
    text = json.dumps(details, sort_keys=True, ensure_ascii=False)
    db.execute(
        audit.insert().values(
            seq=seq,
            at=at,
            who=who,
            action=action,
            subject=subject,
            details=text,
            previous=previous,
            hash=_hash(previous, seq, at, who, action, subject, text),
        )
    )


def verify(db: Connection, *, kept: str | None = None) -> AuditVerdict:
    """Recompute the whole chain and say where it first breaks, and where a hash stands that was kept elsewhere.

    A chain that lost its last rows, or was made anew, holds in itself: only what was kept shows it.
    """
    previous, seq = BEGINNING, 0
    kept_at = 0 if kept == BEGINNING else None
    for row in db.execute(sa.select(audit).order_by(audit.c.seq)):
        seq += 1
        expected = _hash(previous, row.seq, row.at, row.who, row.action, row.subject, row.details)
        if row.seq != seq or row.previous != previous or row.hash != expected:
            return AuditVerdict(intact=False, rows=seq, head=previous, broken_at=seq, kept_at=kept_at)
        previous = row.hash
        kept_at = seq if previous == kept else kept_at
    return AuditVerdict(intact=kept is None or kept_at is not None, rows=seq, head=previous, kept_at=kept_at)


class Audit(Store):
    """The uses of the audit."""

    def verify_audit(self, *, kept: str | None = None) -> AuditVerdict:
        """Check the whole chain, and that a hash kept from an earlier check still stands in it.

        Asks nobody, because it shows nothing but whether the chain holds.
        """
        with self._reading() as db:
            return verify(db, kept=kept)

    def note_backup(self, who: str = "command_line") -> None:
        """Say that a backup was made now, so that pages can remind of the next one."""
        with self._transaction() as db:
            note(db, at=self.now(), who=who, action="backup_made")

    def note_restored(self, made_at: str, who: str = "command_line") -> None:
        """Say in a record that came out of a backup that it did: it was written before it could hold that itself."""
        with self._transaction() as db:
            note(db, at=self.now(), who=who, action="brought_back", made_at=made_at)

    def last_backup(self) -> datetime | None:
        """When the last backup was made, that which this record came out of among them; None if none ever was."""
        with self._reading() as db:
            row = db.execute(
                sa.select(audit)
                .where(audit.c.action.in_(("backup_made", "brought_back")))
                .order_by(audit.c.seq.desc())
                .limit(1)
            ).one_or_none()
        if row is None:
            return None
        if row.action == "backup_made":
            made: datetime = row.at
            return made
        return datetime.fromisoformat(json.loads(row.details)["made_at"])

    def audit_rows(self, actor: Actor, *, limit: int = 200, before: int | None = None) -> list[AuditRow]:
        """The latest rows, newest first, for an administrator.

        Raises
        ------
        NotAllowedError
            If `actor` is no administrator.
        """
        with self._reading() as db:
            require_role(db, actor, "administrator", action="read the audit")
            query = sa.select(audit).order_by(audit.c.seq.desc()).limit(limit)
            if before is not None:
                query = query.where(audit.c.seq < before)
            return [
                AuditRow(row.seq, row.at, row.who, row.action, row.subject, json.loads(row.details), row.hash)
                for row in db.execute(query)
            ]
