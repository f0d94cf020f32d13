"""Backups from a page: an administrator makes one, and has one brought back at the next start."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from practice import audit, bring_back
from practice.backup import BackupError, BackupSummary, backup_home
from practice.bring_back import Waiting
from practice.store import Actor, Store, require_role


class LookingAfter(Store):
    """The uses of backups by people who are signed in; the command line asks nobody."""

    def make_backup(
        self, actor: Actor, home: Path, folder: Path, *, servers: Mapping[str, str] | None = None
    ) -> BackupSummary:
        """Write a backup of a home into a folder, under a name made from the time.

        Parameters
        ----------
        folder : Path
            A folder that is there, on a disk of this computer; best not the one that the home is on.
        servers : mapping, optional
            As for `backup_home`.

        Raises
        ------
        NotAllowedError
            If `actor` is no administrator: a backup holds everybody's record.
        BackupError
            If the folder is not there, or the backup could not be written.
        """
        self._require_administrator(actor, "make backups")
        if not folder.is_absolute() or not folder.is_dir():
            named = "An empty place" if folder == Path() else str(folder)
            raise BackupError(f"{named} is no folder of this computer. Give its whole path, such as /media/usb.")
        file = folder / f"attune-{self.now():%Y-%m-%dT%H-%M-%S}.backup"
        summary = backup_home(home, file, key=self.key, servers=servers, clock=self.now)
        with self._transaction() as db:
            audit.note(db, at=self.now(), who=actor.account_id, action="backup_made")
        return summary

    def bring_back(self, actor: Actor, home: Path, file: Path, *, reason: str) -> BackupSummary:
        """Check a backup and have the next start put it in place of what is here now, which is kept aside.

        Raises
        ------
        NotAllowedError
            If `actor` is no administrator.
        BackupError
            If there is no reason, the file is not there or no whole backup, or another one is waiting.
        """
        self._require_administrator(actor, "bring backups back")
        if len(reason.strip()) < 10:
            raise BackupError("Please give a reason that somebody else will understand, without names.")
        if not file.is_absolute() or not file.is_file():
            raise BackupError(f"{file} is no file of this computer. Give its whole path.")
        summary = bring_back.prepare(home, file, key=self.key, asked_by=actor.account_id, reason=reason[:500])
        with self._transaction() as db:
            audit.note(db, at=self.now(), who=actor.account_id, action="bring_back_asked", made_at=summary.made_at)
        return summary

    def waiting_backup(self, actor: Actor, home: Path) -> Waiting | None:
        """The backup that the next start brings back, if any."""
        self._require_administrator(actor, "bring backups back")
        return bring_back.waiting(home)

    def take_back_bring_back(self, actor: Actor, home: Path) -> None:
        """Have the next start bring back nothing."""
        self._require_administrator(actor, "bring backups back")
        bring_back.take_back(home)
        with self._transaction() as db:
            audit.note(db, at=self.now(), who=actor.account_id, action="bring_back_taken_back")

    def note_brought_back(self, order: Waiting) -> None:
        """Say in the record that came back that it did; called once, at the start that did it."""
        with self._transaction() as db:
            audit.note(
                db, at=self.now(), who=order.asked_by, action="brought_back", made_at=order.made_at,
                reason=order.reason,
            )  # fmt: skip

    def _require_administrator(self, actor: Actor, action: str) -> None:
        with self._reading() as db:
            require_role(db, actor, "administrator", action=action)
