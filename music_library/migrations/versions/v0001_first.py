"""The first catalogue: tracks, what was heard in them, their files, what people said, and jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "tracks",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(24), nullable=False, unique=True),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("is_missing", sa.Boolean, nullable=False),
        sa.Column("added_at", sa.Float, nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("artist", sa.Text),
        sa.Column("album", sa.Text),
        sa.Column("genre", sa.Text),
        sa.Column("artist_hash", sa.BigInteger),
        sa.Column("song_hash", sa.BigInteger),
        sa.Column("seed_voice", sa.String(16)),
        sa.Column("seed_language", sa.String(16)),
        sa.Column("features_version", sa.String(32)),
        sa.Column("duration_s", sa.Float),
        sa.Column("tempo_bpm", sa.Float),
        sa.Column("tempo_alternative_bpm", sa.Float),
        sa.Column("tempo_odds", sa.Float),
        sa.Column("pulse_clarity", sa.Float),
        sa.Column("tempo_drift", sa.Float),
        sa.Column("key", sa.String(16)),
        sa.Column("key_clarity", sa.Float),
        sa.Column("mode", sa.Float),
        sa.Column("loudness_lufs", sa.Float),
        sa.Column("true_peak_dbtp", sa.Float),
        sa.Column("largest_rise_db", sa.Float),
        sa.Column("flags", sa.Text, nullable=False),
        sa.Column("model_id", sa.String(128)),
        sa.Column("estimated_valence", sa.Float),
        sa.Column("estimated_arousal", sa.Float),
        sa.Column("valence_sd", sa.Float),
        sa.Column("arousal_sd", sa.Float),
        sa.Column("raw_valence", sa.Float),
        sa.Column("raw_arousal", sa.Float),
        sa.Column("outside_training", sa.Boolean),
        sa.Column("tag_valence", sa.Float),
        sa.Column("tag_arousal", sa.Float),
        sa.Column("said_valence", sa.Float),
        sa.Column("said_arousal", sa.Float),
        sa.Column("said_tempo_bpm", sa.Float),
        sa.Column("said_mode", sa.Float),
        sa.Column("voice", sa.String(16)),
        sa.Column("language", sa.String(16)),
        sa.Column("is_words_checked", sa.Boolean),
        sa.Column("themes", sa.Text),
        sa.Column("is_explicit", sa.Boolean),
        sa.Column("is_faith", sa.Boolean),
        sa.Column("words", sa.Text),
        sa.Column("search_text", sa.Text, nullable=False),
        sa.Column("error_code", sa.String(32)),
        sa.Column("error_reason", sa.Text),
        sa.Column("error_remedy", sa.Text),
    )
    op.create_index("ix_tracks_content_hash", "tracks", ["content_hash"])
    op.create_index("ix_tracks_model_id", "tracks", ["model_id"])
    op.create_table(
        "sounds",
        sa.Column("track_number", sa.Integer, sa.ForeignKey("tracks.number"), primary_key=True),
        sa.Column("n_features", sa.Integer, nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.Column("segments", sa.LargeBinary, nullable=False),
        sa.Column("loudness_curve", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "files",
        sa.Column("path", sa.LargeBinary, primary_key=True),
        sa.Column("track_number", sa.Integer, sa.ForeignKey("tracks.number"), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("modified_ns", sa.BigInteger, nullable=False),
        sa.Column("changed_ns", sa.BigInteger, nullable=False),
        sa.Column("missing_since", sa.Float),
    )
    op.create_index("ix_files_track_number", "files", ["track_number"])
    op.create_table(
        "statements",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("track_id", sa.String(24), sa.ForeignKey("tracks.id"), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("value", sa.Text),
        sa.Column("account", sa.String(128), nullable=False),
        sa.Column("said_at", sa.Float, nullable=False),
    )
    op.create_index("ix_statements_track_id", "statements", ["track_id"])
    op.create_table(
        "state",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("value", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(24), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("pid", sa.Integer),
        sa.Column("host", sa.String(256), nullable=False),
        sa.Column("what", sa.Text, nullable=False),
        sa.Column("done", sa.Integer, nullable=False),
        sa.Column("total", sa.Integer),
        sa.Column("seconds_left", sa.Float),
        sa.Column("message", sa.Text),
        sa.Column("summary", sa.Text),
        sa.Column("is_cancel_asked", sa.Boolean, nullable=False),
        sa.Column("started_at", sa.Float, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
    )
    op.execute(sa.text("INSERT INTO state (name, value) VALUES ('revision', 0)"))
