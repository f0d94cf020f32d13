"""Each track remembers in which version of the catalogue it was last changed, so that only changes are read again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; what is there counts as changed now."""
    op.add_column("tracks", sa.Column("changed_in", sa.BigInteger, nullable=False, server_default="0"))
    op.create_index("ix_tracks_changed_in", "tracks", ["changed_in"])
    op.execute(sa.text("UPDATE tracks SET changed_in = (SELECT value FROM state WHERE name = 'revision')"))
