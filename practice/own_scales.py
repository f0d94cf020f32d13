"""Scales that a clinic has brought itself, such as ones that it holds a licence for."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import Connection

from practice import audit
from practice.errors import DataFileError
from practice.scales import Scale, read_scale, shipped_scales
from practice.schema import site_scales
from practice.store import Actor, Store, require_role


def find_scale(db: Connection, scale_id: str, version: int | None = None) -> Scale | None:
    """A scale by its id: one that ships, or the clinic's own, in the version that was asked with (else the newest)."""
    shipped = shipped_scales().get(scale_id)
    if shipped is not None:
        return shipped
    query = sa.select(site_scales.c.text).where(site_scales.c.id == scale_id)
    if version is not None:
        query = query.where(site_scales.c.version == version)
    text = db.execute(query.order_by(site_scales.c.version.desc()).limit(1)).scalar_one_or_none()
    return None if text is None else read_scale(text, source=scale_id)


class OwnScales(Store):
    """The uses of scales."""

    def scales(self) -> list[Scale]:
        """Every scale there is, in its newest version; scales are not secret."""
        with self._reading() as db:
            own = db.execute(sa.select(site_scales.c.id).distinct().order_by(site_scales.c.id)).scalars().all()
            found = [find_scale(db, scale_id) for scale_id in own]
        return [*shipped_scales().values(), *(scale for scale in found if scale is not None)]

    def bring_scale(self, actor: Actor, text: str, *, source: str = "the file") -> Scale:
        """Take in a scale file; a changed scale needs a higher version, and old answers keep theirs.

        Raises
        ------
        DataFileError
            With the line that is wrong; or if the id is a shipped scale's, or the version is not higher.
        NotAllowedError
            If `actor` is no administrator.
        """
        scale = read_scale(text, source=source)
        if scale.id in shipped_scales():
            raise DataFileError(f"{source}, line 1: {scale.id!r} ships with Attune. Choose another id.", line=1)
        with self._transaction() as db:
            require_role(db, actor, "administrator", action="bring scales")
            newest = db.execute(
                sa.select(sa.func.max(site_scales.c.version)).where(site_scales.c.id == scale.id)
            ).scalar_one()
            if newest is not None and scale.version <= newest:
                raise DataFileError(
                    f"{source}: version {newest} of {scale.id} is here already. Give the changed one a higher version."
                )
            db.execute(
                site_scales.insert().values(
                    id=scale.id, version=scale.version, text=text, brought_by=actor.account_id, brought_at=self.now()
                )
            )
            audit.note(
                db, at=self.now(), who=actor.account_id, action="scale_brought", subject=scale.id, version=scale.version
            )
        return scale
