"""Music to move to, and groups: members, sessions with seats and turns, one note with a line each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Go on from the schema before."""

    op.create_table(
        "groups",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("label", sa.String(length=60), nullable=False),
        sa.Column("opening", sa.String(length=64), nullable=True),
        sa.Column("closing", sa.String(length=64), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_groups_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
    )
    with op.batch_alter_table("groups", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_groups_account_id"), ["account_id"], unique=False)

    op.create_table(
        "group_members",
        sa.Column("group_id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("colour", sa.String(length=12), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_group_members_client_id")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_group_members_group_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("group_id", "client_id", name=op.f("pk_group_members")),
    )
    with op.batch_alter_table("group_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_members_client_id"), ["client_id"], unique=False)

    op.create_table(
        "movements",
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("cadence_bpm", sa.Float(), nullable=False),
        sa.Column("said_by", sa.String(length=8), nullable=False),
        sa.Column("level", sa.Float(), nullable=False),
        sa.Column("is_loose", sa.Boolean(), nullable=False),
        sa.Column("count_in", sa.Boolean(), nullable=False),
        sa.Column("rests", sa.JSON(), nullable=False),
        sa.Column("thought_with", sa.String(length=100), nullable=False),
        sa.Column("agreed_by", sa.String(length=32), nullable=False),
        sa.Column("agreed_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("purpose IN ('walking', 'clapping', 'hands', 'other')", name=op.f("ck_movements_purpose")),
        sa.CheckConstraint("said_by IN ('tapped', 'counted', 'typed')", name=op.f("ck_movements_said_by")),
        sa.ForeignKeyConstraint(["agreed_by"], ["accounts.id"], name=op.f("fk_movements_agreed_by")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_movements_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_movements")),
    )
    op.create_table(
        "group_lines",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_group_lines_session_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_group_lines")),
    )
    op.create_table(
        "group_sessions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("group_id", sa.String(length=32), nullable=True),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("host_id", sa.String(length=32), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("prompts", sa.Boolean(), nullable=False),
        sa.Column("two_openings", sa.Boolean(), nullable=False),
        sa.Column("leads", sa.Integer(), nullable=False),
        sa.Column("opening", sa.String(length=64), nullable=True),
        sa.Column("closing", sa.String(length=64), nullable=True),
        sa.Column("made_at", sa.DateTime(), nullable=True),
        sa.Column("after_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("how IN ('own', 'passed', 'none')", name=op.f("ck_group_sessions_how")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_group_sessions_account_id")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_group_sessions_group_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["host_id"], ["sessions.id"], name=op.f("fk_group_sessions_host_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_group_sessions_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_sessions")),
        sa.UniqueConstraint("host_id", name=op.f("uq_group_sessions_host_id")),
        sa.UniqueConstraint("plan_id", name=op.f("uq_group_sessions_plan_id")),
    )
    with op.batch_alter_table("group_sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_sessions_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_group_sessions_group_id"), ["group_id"], unique=False)

    op.create_table(
        "group_turns",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("track_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_group_turns_session_id")),
        sa.PrimaryKeyConstraint("session_id", "rank", name=op.f("pk_group_turns")),
    )
    op.create_table(
        "group_notes",
        sa.Column("group_session_id", sa.String(length=32), nullable=False),
        sa.Column("noticed", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("next_time", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("written_by", sa.String(length=32), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.Column("signed_by", sa.String(length=32), nullable=True),
        sa.Column("signed_at", sa.DateTime(), nullable=True),
        sa.Column("seal", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_session_id"], ["group_sessions.id"], name=op.f("fk_group_notes_group_session_id")
        ),
        sa.ForeignKeyConstraint(["signed_by"], ["accounts.id"], name=op.f("fk_group_notes_signed_by")),
        sa.ForeignKeyConstraint(["written_by"], ["accounts.id"], name=op.f("fk_group_notes_written_by")),
        sa.PrimaryKeyConstraint("group_session_id", name=op.f("pk_group_notes")),
    )
    op.create_table(
        "group_seats",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("group_session_id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("colour", sa.String(length=12), nullable=False),
        sa.Column("left_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_group_seats_client_id")),
        sa.ForeignKeyConstraint(
            ["group_session_id"], ["group_sessions.id"], name=op.f("fk_group_seats_group_session_id")
        ),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_group_seats_session_id")),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_group_seats")),
    )
    with op.batch_alter_table("group_seats", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_seats_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_group_seats_group_session_id"), ["group_session_id"], unique=False)
