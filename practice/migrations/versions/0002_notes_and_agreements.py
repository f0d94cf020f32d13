"""Notes, goals, moments, messages, life story, agreements, requests, retention, endings, reporting, own scales."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Go on from the schema before."""

    op.create_table(
        "site_scales",
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("brought_by", sa.String(length=32), nullable=False),
        sa.Column("brought_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["brought_by"], ["accounts.id"], name=op.f("fk_site_scales_brought_by")),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_site_scales")),
    )
    op.create_table(
        "agreements",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("said_by", sa.String(length=20), nullable=False),
        sa.Column("noted_by", sa.String(length=32), nullable=True),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("purpose IN ('choose_songs', 'improve')", name=op.f("ck_agreements_purpose")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_agreements_client_id")),
        sa.ForeignKeyConstraint(["noted_by"], ["accounts.id"], name=op.f("fk_agreements_noted_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreements")),
    )
    with op.batch_alter_table("agreements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agreements_client_id"), ["client_id"], unique=False)

    op.create_table(
        "endings",
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("asked_again", sa.Boolean(), nullable=False),
        sa.Column("ended_by", sa.String(length=32), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_endings_client_id")),
        sa.ForeignKeyConstraint(["ended_by"], ["accounts.id"], name=op.f("fk_endings_ended_by")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_endings")),
    )
    op.create_table(
        "goals",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("strand", sa.String(length=16), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("set_by", sa.String(length=32), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("outcome_words", sa.Text(), nullable=False),
        sa.Column("closed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('reached', 'partly', 'not_reached', 'no_longer_wanted')", name=op.f("ck_goals_outcome")
        ),
        sa.CheckConstraint("strand IN ('feel', 'move', 'together', 'other')", name=op.f("ck_goals_strand")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_goals_client_id")),
        sa.ForeignKeyConstraint(["set_by"], ["accounts.id"], name=op.f("fk_goals_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goals")),
    )
    with op.batch_alter_table("goals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_goals_client_id"), ["client_id"], unique=False)

    op.create_table(
        "life_story",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("chapter", sa.String(length=20), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("artist", sa.Text(), nullable=False),
        sa.Column("track_id", sa.String(length=64), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("their_words", sa.Text(), nullable=False),
        sa.Column("feeling", sa.String(length=8), nullable=False),
        sa.Column("added_by", sa.String(length=32), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "chapter IN ('childhood', 'youth', 'work_and_home', 'people', 'from_where', 'faith', 'now', "
            "'not_this_one')",
            name=op.f("ck_life_story_chapter"),
        ),
        sa.CheckConstraint("feeling IN ('loved', 'mixed', 'avoid')", name=op.f("ck_life_story_feeling")),
        sa.ForeignKeyConstraint(["added_by"], ["accounts.id"], name=op.f("fk_life_story_added_by")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_life_story_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_life_story")),
    )
    with op.batch_alter_table("life_story", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_life_story_client_id"), ["client_id"], unique=False)

    op.create_table(
        "reporting",
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.String(length=32), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.CheckConstraint(
            "item IN ('theory', 'content', 'schedule', 'interventionist', 'fidelity', 'setting', 'unit')",
            name=op.f("ck_reporting_item"),
        ),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_reporting_client_id")),
        sa.ForeignKeyConstraint(["written_by"], ["accounts.id"], name=op.f("fk_reporting_written_by")),
        sa.PrimaryKeyConstraint("client_id", "item", name=op.f("pk_reporting")),
    )
    op.create_table(
        "requests",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("answered_by", sa.String(length=32), nullable=True),
        sa.Column("answered_at", sa.DateTime(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('removal', 'notes', 'complaint')", name=op.f("ck_requests_kind")),
        sa.ForeignKeyConstraint(["answered_by"], ["accounts.id"], name=op.f("fk_requests_answered_by")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_requests_client_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_requests_client_id"), ["client_id"], unique=False)

    op.create_table(
        "retention",
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("keep_until", sa.Date(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("set_by", sa.String(length=32), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_retention_client_id")),
        sa.ForeignKeyConstraint(["set_by"], ["accounts.id"], name=op.f("fk_retention_set_by")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_retention")),
    )
    op.create_table(
        "moments",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("track_id", sa.String(length=64), nullable=True),
        sa.Column("position_s", sa.Float(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("their_words", sa.Text(), nullable=False),
        sa.Column("marked_by", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["marked_by"], ["accounts.id"], name=op.f("fk_moments_marked_by")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_moments_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moments")),
    )
    with op.batch_alter_table("moments", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_moments_session_id"), ["session_id"], unique=False)

    op.create_table(
        "notes",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("noticed", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.Column("next_time", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("written_by", sa.String(length=32), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.Column("signed_by", sa.String(length=32), nullable=True),
        sa.Column("signed_at", sa.DateTime(), nullable=True),
        sa.Column("seal", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_notes_client_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_notes_session_id")),
        sa.ForeignKeyConstraint(["signed_by"], ["accounts.id"], name=op.f("fk_notes_signed_by")),
        sa.ForeignKeyConstraint(["written_by"], ["accounts.id"], name=op.f("fk_notes_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        sa.UniqueConstraint("session_id", name=op.f("uq_notes_session_id")),
    )
    with op.batch_alter_table("notes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notes_client_id"), ["client_id"], unique=False)

    op.create_table(
        "upset_forms",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=True),
        sa.Column("track_id", sa.String(length=64), nullable=True),
        sa.Column("playing", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("helped", sa.Text(), nullable=False),
        sa.Column("done", sa.Text(), nullable=False),
        sa.Column("written_by", sa.String(length=32), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_upset_forms_client_id")),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_upset_forms_session_id")),
        sa.ForeignKeyConstraint(["written_by"], ["accounts.id"], name=op.f("fk_upset_forms_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upset_forms")),
    )
    with op.batch_alter_table("upset_forms", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_upset_forms_client_id"), ["client_id"], unique=False)

    op.create_table(
        "addenda",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("note_id", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.String(length=32), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"], name=op.f("fk_addenda_note_id")),
        sa.ForeignKeyConstraint(["written_by"], ["accounts.id"], name=op.f("fk_addenda_written_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_addenda")),
    )
    with op.batch_alter_table("addenda", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_addenda_note_id"), ["note_id"], unique=False)

    op.create_table(
        "read_messages",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("read_by", sa.String(length=32), nullable=False),
        sa.Column("read_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["read_by"], ["accounts.id"], name=op.f("fk_read_messages_read_by")),
        sa.ForeignKeyConstraint(
            ["session_id", "event_id"],
            ["events.session_id", "events.id"],
            name=op.f("fk_read_messages_session_id_event_id"),
        ),
        sa.PrimaryKeyConstraint("session_id", "event_id", name=op.f("pk_read_messages")),
    )
