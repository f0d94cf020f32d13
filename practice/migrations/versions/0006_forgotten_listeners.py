"""From when on a client's answers count for what is learned of them as a listener."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Go on from the schema before."""
    op.create_table(
        "forgotten_listeners",
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("forgotten_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_forgotten_listeners_client_id_clients")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_forgotten_listeners")),
    )
