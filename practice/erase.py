"""Two erasures: from suggestions and training, at once; and of a whole record, by an administrator with a reason."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import Connection, Table

from practice import audit
from practice.caseload import require_client
from practice.codes import read_code
from practice.errors import BadClientError, NotThereError
from practice.export import files_of
from practice.group_endings import erase_group_session, forget_medians
from practice.group_seats import seat_rows
from practice.listeners import forget
from practice.schema import clients, metadata, notes, plans, sessions, song_marks
from practice.store import Actor, Store, require_role

# Whose rows belong to nobody's record. A test checks that every other table is reached by an erasure.
NOT_OF_A_CLIENT = frozenset(
    {
        "accounts",
        "account_links",
        "sign_ins",
        "tries",
        "settings",
        "site_texts",
        "site_scales",
        "audit",
        "groups",
        "group_sessions",
        "group_notes",
    }
)


@dataclass(frozen=True)
class Erased:
    """What an erasure took away; the audit keeps the hash, so that a copy can later be recognised as that record."""

    rows: int
    sha256: str


def rows_of(table: Table, client_id: str) -> sa.ColumnElement[bool] | None:
    """Which rows of a table belong to one client; None where a table's rows belong to nobody's record."""
    if table.name in NOT_OF_A_CLIENT:
        return None
    if table is clients:
        return clients.c.id == client_id
    if "client_id" in table.c:
        return table.c.client_id == client_id
    parents = {"session_id": sessions, "plan_id": plans, "note_id": notes}
    for column, parent in parents.items():
        if column in table.c:
            return table.c[column].in_(sa.select(parent.c.id).where(parent.c.client_id == client_id))
    raise LookupError(f"nobody has said whose rows {table.name} holds")


def erase_everything(db: Connection, client_id: str) -> int:
    """Delete every row of one client, children first; give their number.

    What a group keeps of them goes too: their seat, turns, line and answers; and the mood that a shared list started
    from, because with the others' answers the median would tell theirs.
    """
    gone = 0
    shared = forget_medians(db, client_id)
    for table in reversed(metadata.sorted_tables):
        mine = rows_of(table, client_id)
        if mine is not None:
            gone += db.execute(table.delete().where(mine)).rowcount
    for group_session_id in shared:
        if not any(seat.client_id is not None for seat in seat_rows(db, group_session_id)):
            erase_group_session(db, group_session_id)
    return gone


class Erasures(Store):
    """The uses of erasing."""

    def leave_suggestions(self, actor: Actor, client_id: str) -> None:
        """Take a client out of suggestions and training at once: both optional uses off, what was learned forgotten."""
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            self._leave(db, client_id, actor.account_id)

    def _leave(self, db: Connection, client_id: str, account_id: str | None) -> None:
        for purpose in ("choose_songs", "improve"):
            self._put(db, client_id, purpose, False, "client", account_id)
        forget(db, client_id, at=self.now())
        # Safe and painful songs bound what is played and stay; likings only steer suggestions.
        db.execute(
            song_marks.delete().where(
                song_marks.c.client_id == client_id,
                song_marks.c.said_by == "client",
                song_marks.c.mark.in_(["loved", "known_well"]),
            )
        )
        audit.note(db, at=self.now(), who=account_id or "client", action="left_suggestions", subject=client_id)

    def _put(
        self, db: Connection, client_id: str, purpose: str, turned_on: bool, said_by: str, noted_by: str | None
    ) -> None:
        raise NotImplementedError  # Consent has it; the record is both

    def erase_record(self, actor: Actor, code: str, *, reason: str) -> Erased:
        """Erase one client's whole record. It cannot be undone; backups made before still hold it.

        Parameters
        ----------
        code : str
            The client's code, typed: an administrator opens no record and sees no list of clients.
        reason : str
            Kept in the audit; it must name nobody.

        Raises
        ------
        NotAllowedError
            If `actor` is no administrator.
        NotThereError
            If no client has this code.
        BadClientError
            If the code is none or the reason too short.
        """
        if len(reason.strip()) < 10:
            raise BadClientError("Please give a reason that somebody else will understand, without names.")
        with self._transaction() as db:
            require_role(db, actor, "administrator", action="erase a record")
            client_id = db.execute(
                sa.select(clients.c.id).where(clients.c.code == read_code(code))
            ).scalar_one_or_none()
            if client_id is None:
                raise NotThereError("client")
            now = self.now()
            files = files_of(db, client_id, at=now)
            digest = hashlib.sha256(files["record.json"].encode()).hexdigest()
            gone = erase_everything(db, client_id)
            audit.note(
                db, at=now, who=actor.account_id, action="record_erased", subject=client_id, reason=reason[:500],
                rows=gone, sha256=digest,
            )  # fmt: skip
        self._forget_deleted()
        return Erased(gone, digest)
