"""Tables of the catalogue: the same on SQLite and PostgreSQL.

What a scan measured can be measured again. What people said (`statements`, and the `said_`, `tag_` and mark columns
that hold the latest of them) cannot: it is only ever added to, and a track that holds any is never deleted.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

SCHEMA_VERSIONS = ("0001", "0002", "0003", "0004")
"""Every schema there has been, oldest first; a catalogue at any other is from a newer Attune."""
SCHEMA_HEAD = SCHEMA_VERSIONS[-1]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

tracks = Table(
    "tracks",
    metadata,
    Column("number", Integer, primary_key=True),  # order of arrival; never leaves this room
    Column("id", String(24), nullable=False, unique=True),  # random; what everybody else knows a track by
    Column("content_hash", String(64), nullable=False),
    Column("path", Text, nullable=False),  # of its latest file, as text to show; `files` has the bytes
    Column("is_missing", Boolean, nullable=False),
    Column("added_at", Float, nullable=False),
    # From the file's tags
    Column("title", Text),
    Column("artist", Text),
    Column("album", Text),
    Column("genre", Text),
    Column("artist_hash", BigInteger),  # same artist, same number, however it is capitalised
    Column("song_hash", BigInteger),  # same artist and title likewise
    Column("seed_voice", String(16)),  # sung or instrumental, as far as tags tell
    Column("seed_language", String(16)),
    # Heard
    Column("features_version", String(32)),
    Column("duration_s", Float),
    Column("tempo_bpm", Float),
    Column("tempo_alternative_bpm", Float),
    Column("tempo_odds", Float),
    Column("pulse_clarity", Float),
    Column("tempo_drift", Float),
    Column("key", String(16)),
    Column("key_clarity", Float),
    Column("mode", Float),
    Column("loudness_lufs", Float),
    Column("true_peak_dbtp", Float),
    Column("largest_rise_db", Float),
    Column("flags", Text, nullable=False),
    # Estimated
    Column("model_id", String(128)),
    Column("estimated_valence", Float),
    Column("estimated_arousal", Float),
    Column("valence_sd", Float),
    Column("arousal_sd", Float),
    Column("raw_valence", Float),
    Column("raw_arousal", Float),
    Column("outside_training", Boolean),
    Column("reference_id", String(24)),  # what was taken for usual in the library: `library_reference`
    # The latest that people said; None where nobody said anything
    Column("tag_valence", Float),
    Column("tag_arousal", Float),
    Column("said_valence", Float),
    Column("said_arousal", Float),
    Column("said_tempo_bpm", Float),
    Column("said_mode", Float),
    Column("said_key", String(16)),
    Column("voice", String(16)),
    Column("language", String(16)),
    Column("is_words_checked", Boolean),
    Column("themes", Text),  # one a line, sorted
    Column("is_explicit", Boolean),
    Column("is_faith", Boolean),
    Column("words", Text),  # free tags, one a line, sorted
    Column("search_text", Text, nullable=False),
    # Why it could not be analysed
    Column("error_code", String(32)),
    Column("error_reason", Text),
    Column("error_remedy", Text),
    Column("changed_in", BigInteger, nullable=False, server_default="0"),  # version of the catalogue
    Index("ix_tracks_content_hash", "content_hash"),
    Index("ix_tracks_model_id", "model_id"),
    Index("ix_tracks_changed_in", "changed_in"),
)

sounds = Table(
    "sounds",
    metadata,
    Column("track_number", Integer, ForeignKey("tracks.number"), primary_key=True),
    Column("n_features", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),  # little-endian float32, NaN for unknown, as are the two below
    Column("segments", LargeBinary, nullable=False),
    Column("loudness_curve", LargeBinary, nullable=False),
)

files = Table(
    "files",
    metadata,
    Column("path", LargeBinary, primary_key=True),  # bytes: not every name is text
    Column("track_number", Integer, ForeignKey("tracks.number"), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("modified_ns", BigInteger, nullable=False),
    Column("changed_ns", BigInteger, nullable=False),
    Column("missing_since", Float),
    Index("ix_files_track_number", "track_number"),
)

statements = Table(
    "statements",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("track_id", String(24), ForeignKey("tracks.id"), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("value", Text),  # JSON; null takes back what was said before
    Column("account", String(128), nullable=False),
    Column("said_at", Float, nullable=False),
    Index("ix_statements_track_id", "track_id"),
)

state = Table(
    "state",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
"""`revision` grows with every change of a track, so that whoever keeps arrays knows when they are old."""

mood_words = Table(
    "mood_words",
    metadata,
    Column("word", String(60), primary_key=True),
    Column("valence", Float, nullable=False),
    Column("arousal", Float, nullable=False),
    Column("spread", Float),  # of "in the middle": the radius of the neutral zone
    Column("account", String(128), nullable=False),
    Column("said_at", Float, nullable=False),
)
"""Mood words that were moved or added here; what is not in it is where `recommender.mood_words` puts it."""

own_scale = Table(
    "own_scale",
    metadata,
    Column("axis", String(8), primary_key=True),
    Column("offset", Float, nullable=False),
    Column("slope", Float, nullable=False),
    Column("is_on", Boolean, nullable=False),  # wanted, and nearer to placements that it was not fitted to
    Column("is_wanted", Boolean, nullable=False),
    Column("placed", Integer, nullable=False),
    Column("error_before", Float),
    Column("error_after", Float),
)
"""How this clinic hears its library beside the model: an estimate counts as `offset + slope * estimate`."""
library_reference = Table(
    "library_reference",
    metadata,
    Column("model_id", String(128), primary_key=True),
    Column("id", String(24), nullable=False),
    Column("n_tracks", Integer, nullable=False),
    Column("strangeness", Float, nullable=False),
    Column("middle", LargeBinary, nullable=False),  # little-endian float64, as are the four below
    Column("shift", LargeBinary, nullable=False),
    Column("scale", LargeBinary, nullable=False),
    Column("mean", LargeBinary, nullable=False),
    Column("sd", LargeBinary, nullable=False),
)
"""What a model took for usual in this library when it last estimated it."""

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("pid", Integer),
    Column("host", String(256), nullable=False),
    Column("what", Text, nullable=False),
    Column("done", Integer, nullable=False),
    Column("total", Integer),
    Column("seconds_left", Float),
    Column("message", Text),
    Column("summary", Text),
    Column("is_cancel_asked", Boolean, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
)
