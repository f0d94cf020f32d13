"""The first schema: accounts, clients, plans, sessions, answers, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from practice.migrations.append_only import make_append_only

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Go on from the schema before."""

    op.create_table(
        "accounts",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_key", sa.String(length=80), nullable=False),
        sa.Column("room_name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("also", sa.JSON(), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("role IN ('clinician', 'retrainer', 'administrator')", name=op.f("ck_accounts_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("name_key", name=op.f("uq_accounts_name_key")),
    )
    op.create_table(
        "audit",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("who", sa.String(length=60), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_hash")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_subject"), ["subject"], unique=False)

    op.create_table(
        "tries",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tries")),
    )
    with op.batch_alter_table("tries", schema=None) as batch_op:
        batch_op.create_index("ix_tries_subject", ["kind", "subject", "at"], unique=False)

    op.create_table(
        "account_links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("expires_at", sa.DateTime(), nullable=False),
        sa.Column("used_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_account_links_account_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_account_links")),
    )
    op.create_table(
        "clients",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("sign", sa.String(length=40), nullable=False),
        sa.Column("preset", sa.String(length=20), nullable=False),
        sa.Column("agreed_by", sa.String(length=20), nullable=False),
        sa.Column("sounds_hurt", sa.String(length=12), nullable=False),
        sa.Column("seizures", sa.String(length=12), nullable=False),
        sa.Column("avoid_known", sa.Boolean(), nullable=False),
        sa.Column("feeling_first", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_by", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "agreed_by IN ('client', 'parent', 'attorney', 'best_interests', 'self_trial')",
            name=op.f("ck_clients_agreed_by"),
        ),
        sa.CheckConstraint(
            "preset IN ('standard', 'simple', 'calm', 'one_switch', 'carer')", name=op.f("ck_clients_preset")
        ),
        sa.CheckConstraint("seizures IN ('yes', 'no', 'not_known')", name=op.f("ck_clients_seizures")),
        sa.CheckConstraint("sounds_hurt IN ('yes', 'no', 'not_known')", name=op.f("ck_clients_sounds_hurt")),
        sa.ForeignKeyConstraint(["created_by"], ["accounts.id"], name=op.f("fk_clients_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
        sa.UniqueConstraint("code", name=op.f("uq_clients_code")),
    )
    op.create_table(
        "settings",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("set_by", sa.String(length=32), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["set_by"], ["accounts.id"], name=op.f("fk_settings_set_by")),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_settings")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("seen_at", sa.DateTime(), nullable=False),
        sa.Column("handed_over_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sign_ins_account_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_ins")),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_ins_account_id"), ["account_id"], unique=False)

    op.create_table(
        "site_texts",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.String(length=32), nullable=False),
        sa.Column("written_at", sa.DateTime(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=32), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["confirmed_by"], ["accounts.id"], name=op.f("fk_site_texts_confirmed_by")),
        sa.ForeignKeyConstraint(["written_by"], ["accounts.id"], name=op.f("fk_site_texts_written_by")),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_site_texts")),
    )
    op.create_table(
        "avoid_list",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=300), nullable=False),
        sa.Column("low", sa.Float(), nullable=True),
        sa.Column("high", sa.Float(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("added_by", sa.String(length=32), nullable=False),
        sa.Column("added_at", sa.DateTime(), nullable=False),
        sa.Column("removed_by", sa.String(length=32), nullable=True),
        sa.Column("removed_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('words', 'track', 'artist', 'album', 'title_word', 'theme', 'feature_range')",
            name=op.f("ck_avoid_list_kind"),
        ),
        sa.ForeignKeyConstraint(["added_by"], ["accounts.id"], name=op.f("fk_avoid_list_added_by")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_avoid_list_client_id")),
        sa.ForeignKeyConstraint(["removed_by"], ["accounts.id"], name=op.f("fk_avoid_list_removed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_avoid_list")),
    )
    with op.batch_alter_table("avoid_list", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_avoid_list_client_id"), ["client_id"], unique=False)

    op.create_table(
        "caseload",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_by", sa.String(length=32), nullable=False),
        sa.Column("since", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=True),
        sa.CheckConstraint("kind IN ('own', 'cover', 'break_glass')", name=op.f("ck_caseload_kind")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_caseload_account_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_caseload_client_id")),
        sa.ForeignKeyConstraint(["given_by"], ["accounts.id"], name=op.f("fk_caseload_given_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caseload")),
    )
    with op.batch_alter_table("caseload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_caseload_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_caseload_client_id"), ["client_id"], unique=False)

    op.create_table(
        "limits",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("effect", sa.String(length=40), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("set_by", sa.String(length=32), nullable=False),
        sa.Column("set_at", sa.DateTime(), nullable=False),
        sa.Column("ended_by", sa.String(length=32), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_limits_client_id")),
        sa.ForeignKeyConstraint(["ended_by"], ["accounts.id"], name=op.f("fk_limits_ended_by")),
        sa.ForeignKeyConstraint(["set_by"], ["accounts.id"], name=op.f("fk_limits_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limits")),
    )
    with op.batch_alter_table("limits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_limits_client_id"), ["client_id"], unique=False)

    op.create_table(
        "plans",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=True),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("replaces", sa.String(length=32), nullable=True),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("present_valence", sa.Float(), nullable=False),
        sa.Column("present_arousal", sa.Float(), nullable=False),
        sa.Column("present_word", sa.String(length=60), nullable=False),
        sa.Column("target_valence", sa.Float(), nullable=False),
        sa.Column("target_arousal", sa.Float(), nullable=False),
        sa.Column("target_word", sa.String(length=60), nullable=False),
        sa.Column("route", sa.String(length=12), nullable=False),
        sa.Column("waypoints", sa.JSON(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Float(), nullable=False),
        sa.Column("length_s", sa.Float(), nullable=False),
        sa.Column("bound_percent", sa.Float(), nullable=True),
        sa.Column("relaxed", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("model_id", sa.String(length=120), nullable=False),
        sa.Column("approved_by", sa.String(length=32), nullable=True),
        sa.Column("approved_at", sa.DateTime(), nullable=True),
        sa.Column("approved_present", sa.Boolean(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'approved', 'superseded')", name=op.f("ck_plans_state")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_plans_account_id")),
        sa.ForeignKeyConstraint(["approved_by"], ["accounts.id"], name=op.f("fk_plans_approved_by")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_plans_client_id")),
        sa.ForeignKeyConstraint(["replaces"], ["plans.id"], name=op.f("fk_plans_replaces"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
    )
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_plans_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_plans_client_id"), ["client_id"], unique=False)

    op.create_table(
        "song_marks",
        sa.Column("client_id", sa.String(length=32), nullable=False),
        sa.Column("track_id", sa.String(length=64), nullable=False),
        sa.Column("mark", sa.String(length=12), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("artist", sa.Text(), nullable=False),
        sa.Column("said_by", sa.String(length=12), nullable=False),
        sa.Column("marked_at", sa.DateTime(), nullable=False),
        sa.Column("until", sa.DateTime(), nullable=True),
        sa.CheckConstraint(
            "mark IN ('loved', 'known_well', 'safe', 'painful', 'rest', 'to_find', 'private')",
            name=op.f("ck_song_marks_mark"),
        ),
        sa.CheckConstraint("said_by IN ('client', 'clinician')", name=op.f("ck_song_marks_said_by")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_song_marks_client_id")),
        sa.PrimaryKeyConstraint("client_id", "track_id", "mark", name=op.f("pk_song_marks")),
    )
    op.create_table(
        "plan_places",
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("role", sa.String(length=12), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("track_id", sa.String(length=64), nullable=False),
        sa.Column("start_s", sa.Float(), nullable=True),
        sa.Column("target_valence", sa.Float(), nullable=True),
        sa.Column("target_arousal", sa.Float(), nullable=True),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "role IN ('song', 'opener', 'alternate', 'known_well', 'replan')", name=op.f("ck_plan_places_role")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_places_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("plan_id", "role", "position", "rank", name=op.f("pk_plan_places")),
    )
    op.create_table(
        "plan_songs",
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("track_id", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("artist", sa.Text(), nullable=False),
        sa.Column("album", sa.Text(), nullable=False),
        sa.Column("duration_s", sa.Float(), nullable=False),
        sa.Column("loudness_lufs", sa.Float(), nullable=True),
        sa.Column("true_peak_db", sa.Float(), nullable=True),
        sa.Column("valence", sa.Float(), nullable=True),
        sa.Column("valence_sd", sa.Float(), nullable=True),
        sa.Column("arousal", sa.Float(), nullable=True),
        sa.Column("arousal_sd", sa.Float(), nullable=True),
        sa.Column("mood_source", sa.String(length=20), nullable=True),
        sa.Column("outside_training", sa.Boolean(), nullable=True),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_plan_songs_plan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("plan_id", "track_id", name=op.f("pk_plan_songs")),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("plan_id", sa.String(length=32), nullable=False),
        sa.Column("client_id", sa.String(length=32), nullable=True),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("preset", sa.String(length=20), nullable=False),
        sa.Column("with_client", sa.Boolean(), nullable=False),
        sa.Column("by_link", sa.Boolean(), nullable=False),
        sa.Column("ask", sa.JSON(), nullable=False),
        sa.Column("scale_id", sa.String(length=60), nullable=False),
        sa.Column("scale_version", sa.Integer(), nullable=False),
        sa.Column("feeling_first", sa.Boolean(), nullable=False),
        sa.Column("loudness", sa.JSON(), nullable=False),
        sa.Column("entry_token_hash", sa.String(length=64), nullable=True),
        sa.Column("link_token_hash", sa.String(length=64), nullable=True),
        sa.Column("pin_hash", sa.String(length=200), nullable=True),
        sa.Column("pin_wrong", sa.Integer(), nullable=False),
        sa.Column("link_ended_at", sa.DateTime(), nullable=True),
        sa.Column("place", sa.JSON(), nullable=True),
        sa.Column("started_at", sa.DateTime(), nullable=False),
        sa.Column("open_until", sa.DateTime(), nullable=False),
        sa.Column("stop_asked_at", sa.DateTime(), nullable=True),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=12), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id")),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name=op.f("fk_sessions_client_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_sessions_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sessions")),
        sa.UniqueConstraint("entry_token_hash", name=op.f("uq_sessions_entry_token_hash")),
        sa.UniqueConstraint("link_token_hash", name=op.f("uq_sessions_link_token_hash")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_client_id"), ["client_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_plan_id"), ["plan_id"], unique=False)

    op.create_table(
        "events",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("problem", sa.String(length=300), nullable=True),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=op.f("fk_events_session_id")),
        sa.PrimaryKeyConstraint("session_id", "id", name=op.f("pk_events")),
    )
    op.create_table(
        "room_tokens",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("issued_at", sa.DateTime(), nullable=False),
        sa.Column("left_at", sa.DateTime(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_room_tokens_session_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_room_tokens")),
    )
    with op.batch_alter_table("room_tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_room_tokens_session_id"), ["session_id"], unique=False)

    op.create_table(
        "answers",
        sa.Column("session_id", sa.String(length=32), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("item", sa.String(length=60), nullable=False),
        sa.Column("phase", sa.String(length=12), nullable=False),
        sa.Column("scale_id", sa.String(length=60), nullable=False),
        sa.Column("scale_version", sa.Integer(), nullable=False),
        sa.Column("number", sa.Float(), nullable=True),
        sa.Column("choice", sa.String(length=60), nullable=True),
        sa.Column("missing", sa.String(length=20), nullable=True),
        sa.Column("said_by", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.CheckConstraint("phase IN ('before', 'middle', 'after')", name=op.f("ck_answers_phase")),
        sa.CheckConstraint("said_by IN ('client', 'observer')", name=op.f("ck_answers_said_by")),
        sa.CheckConstraint(
            "(CASE WHEN number IS NULL THEN 0 ELSE 1 END) + (CASE WHEN choice IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN missing IS NULL THEN 0 ELSE 1 END) = 1",
            name=op.f("ck_answers_one_value"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id", "event_id"], ["events.session_id", "events.id"], name=op.f("fk_answers_session_id_event_id")
        ),
        sa.PrimaryKeyConstraint("session_id", "event_id", "item", name=op.f("pk_answers")),
    )

    make_append_only("audit")
