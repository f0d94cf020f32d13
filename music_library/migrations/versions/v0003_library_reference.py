"""What is usual in the library stands in the catalogue, and each estimate says what it was compared with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column and the table; estimates that are there are made again at the next scan."""
    op.add_column("tracks", sa.Column("reference_id", sa.String(24)))
    op.create_table(
        "library_reference",
        sa.Column("model_id", sa.String(128), primary_key=True),
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("n_tracks", sa.Integer, nullable=False),
        sa.Column("strangeness", sa.Float, nullable=False),
        sa.Column("middle", sa.LargeBinary, nullable=False),
        sa.Column("shift", sa.LargeBinary, nullable=False),
        sa.Column("scale", sa.LargeBinary, nullable=False),
        sa.Column("mean", sa.LargeBinary, nullable=False),
        sa.Column("sd", sa.LargeBinary, nullable=False),
    )
