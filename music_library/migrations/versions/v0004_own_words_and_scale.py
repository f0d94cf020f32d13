"""A key said by a person, mood words as this clinic uses them, and its own scale from the songs that it placed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the column and two tables; nothing that is there changes."""
    op.add_column("tracks", sa.Column("said_key", sa.String(16)))
    op.create_table(
        "mood_words",
        sa.Column("word", sa.String(60), primary_key=True),
        sa.Column("valence", sa.Float, nullable=False),
        sa.Column("arousal", sa.Float, nullable=False),
        sa.Column("spread", sa.Float),
        sa.Column("account", sa.String(128), nullable=False),
        sa.Column("said_at", sa.Float, nullable=False),
    )
    op.create_table(
        "own_scale",
        sa.Column("axis", sa.String(8), primary_key=True),
        sa.Column("offset", sa.Float, nullable=False),
        sa.Column("slope", sa.Float, nullable=False),
        sa.Column("is_on", sa.Boolean, nullable=False),
        sa.Column("is_wanted", sa.Boolean, nullable=False),
        sa.Column("placed", sa.Integer, nullable=False),
        sa.Column("error_before", sa.Float),
        sa.Column("error_after", sa.Float),
    )
