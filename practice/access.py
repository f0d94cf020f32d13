"""Who may open a client's record besides their own clinician: named cover, and an emergency look with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from practice import audit
from practice.caseload import in_caseload, require_client
from practice.codes import read_code
from practice.errors import BadClientError, NotAllowedError, NotThereError
from practice.schema import accounts, caseload, clients
from practice.settings import setting
from practice.store import Actor, Store, new_id, require_role


@dataclass(frozen=True)
class Access:
    """Somebody who can or could open a client's record."""

    id: str
    account_name: str
    kind: str
    """`own`, `cover` or `break_glass`."""
    reason: str
    since: datetime
    until: datetime | None


class AccessToClients(Store):
    """The uses of access."""

    def who_has_access(self, actor: Actor, client_id: str) -> list[Access]:
        """Everyone who can or could open this record, newest first."""
        with self._reading() as db:
            require_client(db, actor, client_id, at=self.now())
            rows = db.execute(
                sa.select(caseload, accounts.c.name)
                .join(accounts, accounts.c.id == caseload.c.account_id)
                .where(caseload.c.client_id == client_id)
                .order_by(caseload.c.since.desc(), caseload.c.id)
            )
            return [Access(row.id, row.name, row.kind, row.reason, row.since, row.until) for row in rows]

    def give_cover(self, actor: Actor, client_id: str, account_id: str, *, until: datetime, reason: str) -> None:
        """Let a named colleague work with a client until a day.

        Raises
        ------
        BadClientError
            If `until` is not in the future, or there is no reason.
        NotThereError
            If there is no such colleague, or the client is not `actor`'s own.
        """
        with self._transaction() as db:
            now = self.now()
            require_client(db, actor, client_id, at=now)
            self._require_own(db, actor, client_id, now)
            if until <= now or not reason.strip():
                raise BadClientError("Cover needs a day in the future and a reason.")
            row = db.execute(
                sa.select(accounts).where(accounts.c.id == account_id, accounts.c.disabled_at.is_(None))
            ).one_or_none()
            if row is None or account_id == actor.account_id or "clinician" not in {row.role, *row.also}:
                raise NotThereError("colleague")
            db.execute(
                caseload.insert().values(
                    id=new_id(),
                    client_id=client_id,
                    account_id=account_id,
                    kind="cover",
                    reason=reason[:500],
                    given_by=actor.account_id,
                    since=now,
                    until=until,
                )
            )
            audit.note(
                db,
                at=now,
                who=actor.account_id,
                action="cover_given",
                subject=client_id,
                to=account_id,
                until=until.isoformat(),
            )

    @staticmethod
    def _require_own(db: sa.Connection, actor: Actor, client_id: str, at: datetime) -> None:
        """Cover is not passed on by those who only cover."""
        own = db.execute(
            sa.select(caseload.c.id).where(
                caseload.c.client_id == client_id, caseload.c.kind == "own", *in_caseload(actor, at)
            )
        ).first()
        if own is None:
            raise NotAllowedError("pass on a client that is not your own")

    def end_cover(self, actor: Actor, client_id: str, access_id: str) -> None:
        """End a colleague's cover at once."""
        with self._transaction() as db:
            now = self.now()
            require_client(db, actor, client_id, at=now)
            self._require_own(db, actor, client_id, now)
            ended = db.execute(
                caseload.update()
                .where(caseload.c.id == access_id, caseload.c.client_id == client_id, caseload.c.kind == "cover")
                .values(until=now, ended_at=now)
            ).rowcount
            if not ended:
                raise NotThereError("cover")
            audit.note(db, at=now, who=actor.account_id, action="cover_ended", subject=client_id, access=access_id)

    def hand_on(self, actor: Actor, client_id: str, account_id: str) -> None:
        """Make a client a colleague's own, and no longer one's own."""
        with self._transaction() as db:
            now = self.now()
            require_client(db, actor, client_id, at=now)
            self._require_own(db, actor, client_id, now)
            row = db.execute(
                sa.select(accounts).where(accounts.c.id == account_id, accounts.c.disabled_at.is_(None))
            ).one_or_none()
            if row is None or account_id == actor.account_id or "clinician" not in {row.role, *row.also}:
                raise NotThereError("colleague")
            db.execute(
                caseload.update()
                .where(caseload.c.client_id == client_id, caseload.c.kind == "own", *in_caseload(actor, now))
                .values(until=now, ended_at=now)
            )
            db.execute(
                caseload.insert().values(
                    id=new_id(),
                    client_id=client_id,
                    account_id=account_id,
                    kind="own",
                    reason="handed on",
                    given_by=actor.account_id,
                    since=now,
                )
            )
            audit.note(db, at=now, who=actor.account_id, action="handed_on", subject=client_id, to=account_id)

    def break_glass(self, actor: Actor, code: str, *, reason: str) -> str:
        """Open a record in an emergency, by its code and with a reason; audited, seen by its clinician, and it ends.

        Returns
        -------
        str
            The client's id; it opens for the hours of the setting `break_glass_hours`.

        Raises
        ------
        BadClientError
            If the reason is shorter than ten letters, or the code is none.
        NotThereError
            If no client has this code.
        """
        if len(reason.strip()) < 10:
            raise BadClientError("Please give a reason that somebody else will understand.")
        code = read_code(code)
        with self._transaction() as db:
            require_role(db, actor, "clinician", action="open a client's record")
            now = self.now()
            client_id = db.execute(sa.select(clients.c.id).where(clients.c.code == code)).scalar_one_or_none()
            if client_id is None:
                audit.note(db, at=now, who=actor.account_id, action="break_glass_missed", subject="")
                found = False
            else:
                found = True
                db.execute(
                    caseload.insert().values(
                        id=new_id(),
                        client_id=client_id,
                        account_id=actor.account_id,
                        kind="break_glass",
                        reason=reason[:500],
                        given_by=actor.account_id,
                        since=now,
                        until=now + timedelta(hours=setting(db, "break_glass_hours")),
                    )
                )
                audit.note(db, at=now, who=actor.account_id, action="break_glass", subject=client_id)
        if not found or client_id is None:
            raise NotThereError("client")
        return str(client_id)

    def emergency_looks(self, actor: Actor) -> list[tuple[str, Access]]:
        """Client id and emergency looks by others into the records of one's own clients, newest first."""
        with self._reading() as db:
            require_role(db, actor, "clinician", action="open a client's record")
            own = (
                sa.select(caseload.c.client_id)
                .where(caseload.c.kind == "own", *in_caseload(actor, self.now()))
                .scalar_subquery()
            )
            rows = db.execute(
                sa.select(caseload, accounts.c.name)
                .join(accounts, accounts.c.id == caseload.c.account_id)
                .where(
                    caseload.c.kind == "break_glass",
                    caseload.c.account_id != actor.account_id,
                    caseload.c.client_id.in_(own),
                )
                .order_by(caseload.c.since.desc())
            )
            return [
                (row.client_id, Access(row.id, row.name, row.kind, row.reason, row.since, row.until)) for row in rows
            ]
