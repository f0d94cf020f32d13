"""What a site sets for itself: numbers within their range, and texts that two people change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection

from practice import audit
from practice.errors import NotAllowedError, NotThereError, SettingError
from practice.schema import accounts, settings, site_texts
from practice.settings import check_setting, setting
from practice.store import Actor, Store, require_role

TEXTS = ("clinic", "clinic_contact", "help", "nation", "sees_children")
"""`nation` is `england`, `scotland`, `wales` or `northern_ireland`; `sees_children` is `yes` or `no`."""
TWO_PEOPLE = frozenset({"help"})
"""Texts that do not hold until a second person has confirmed them."""


@dataclass(frozen=True)
class SiteText:
    """A text of the site, and who stands behind it."""

    name: str
    text: str
    version: int
    written_by: str
    written_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None


def site_text(db: Connection, name: str) -> str | None:
    """The text that holds: the latest, or for texts of two people the latest that was confirmed."""
    query = sa.select(site_texts.c.text).where(site_texts.c.name == name)
    if name in TWO_PEOPLE:
        query = query.where(site_texts.c.confirmed_at.is_not(None))
    found = db.execute(query.order_by(site_texts.c.version.desc()).limit(1)).scalar_one_or_none()
    return None if found is None else str(found)


class Site(Store):
    """The uses of the site's settings."""

    def setting(self, name: str) -> float:
        """A number in use; numbers are not secret, so nobody is asked for."""
        with self._reading() as db:
            return setting(db, name)

    def set_setting(self, actor: Actor, name: str, value: float) -> None:
        """Set a number within its range; the former values are kept.

        Raises
        ------
        SettingError
            If there is no such setting, or the value lies outside its range.
        """
        check_setting(name, value)
        with self._transaction() as db:
            require_role(db, actor, "administrator", action="change settings")
            latest = db.execute(sa.select(sa.func.max(settings.c.version)).where(settings.c.name == name)).scalar_one()
            db.execute(
                settings.insert().values(
                    name=name, version=(latest or 0) + 1, value=value, set_by=actor.account_id, set_at=self.now()
                )
            )
            audit.note(db, at=self.now(), who=actor.account_id, action="setting_set", subject=name, value=value)

    def site_text(self, name: str) -> str | None:
        """A text that holds now, such as the help text; anyone may read it, without signing in."""
        with self._reading() as db:
            return site_text(db, name)

    def site_text_history(self, actor: Actor, name: str) -> list[SiteText]:
        """Every version of a text, newest first, with who wrote and who confirmed it."""
        with self._reading() as db:
            require_role(db, actor, "clinician", "administrator", action="read the site's texts")
            names = {row.id: row.name for row in db.execute(sa.select(accounts.c.id, accounts.c.name))}
            rows = db.execute(
                sa.select(site_texts).where(site_texts.c.name == name).order_by(site_texts.c.version.desc())
            )
            return [
                SiteText(
                    row.name,
                    row.text,
                    row.version,
                    names[row.written_by],
                    row.written_at,
                    names.get(row.confirmed_by),
                    row.confirmed_at,
                )
                for row in rows
            ]

    def write_site_text(self, actor: Actor, name: str, text: str) -> int:
        """Write a new version of a text and give its number; one of two people waits for `confirm_site_text`."""
        if name not in TEXTS:
            raise SettingError(f"There is no text {name!r}.", name=name)
        with self._transaction() as db:
            roles = ("clinician", "administrator") if name in TWO_PEOPLE else ("administrator",)
            require_role(db, actor, *roles, action="change the site's texts")
            latest = db.execute(
                sa.select(sa.func.max(site_texts.c.version)).where(site_texts.c.name == name)
            ).scalar_one()
            version = (latest or 0) + 1
            db.execute(
                site_texts.insert().values(
                    name=name, version=version, text=text[:5000], written_by=actor.account_id, written_at=self.now()
                )
            )
            audit.note(db, at=self.now(), who=actor.account_id, action="text_written", subject=name, version=version)
            return version

    def confirm_site_text(self, actor: Actor, name: str, version: int) -> None:
        """Confirm a text as the second person; confirming one's own is refused.

        Raises
        ------
        NotAllowedError
            If `actor` wrote it.
        NotThereError
            If there is no such version.
        """
        with self._transaction() as db:
            require_role(db, actor, "clinician", "administrator", action="confirm the site's texts")
            key = (site_texts.c.name == name, site_texts.c.version == version)
            writer = db.execute(sa.select(site_texts.c.written_by).where(*key)).scalar_one_or_none()
            if writer is None:
                raise NotThereError("text")
            if writer == actor.account_id:
                raise NotAllowedError("confirm a text of your own; a second person must")
            db.execute(site_texts.update().where(*key).values(confirmed_by=actor.account_id, confirmed_at=self.now()))
            audit.note(db, at=self.now(), who=actor.account_id, action="text_confirmed", subject=name, version=version)
