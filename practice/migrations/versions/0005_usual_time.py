"""When a client usually comes: a day of the week and a time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Go on from the schema before."""
    with op.batch_alter_table("clients", schema=None) as batch_op:
        batch_op.add_column(sa.Column("usual_day", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("usual_time", sa.String(length=5), nullable=True))
