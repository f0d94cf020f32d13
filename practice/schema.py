"""Tables of the record: people and what was done with them. Answers are stored raw, plans as copies."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, MetaData, Table
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class Moment(TypeDecorator[datetime]):
    """A point in time: aware in the program, UTC without an offset in the database, the same on every database."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Refuse times without an offset: nobody can tell later what they meant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without an offset cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Read as UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_ID = sa.String(32)


def _one_of(name: str, *values: str) -> CheckConstraint:
    allowed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{name} IN ({allowed})", name=name)


accounts = Table(
    "accounts",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("name", sa.String(80), nullable=False),
    Column("name_key", sa.String(80), nullable=False, unique=True),
    Column("room_name", sa.String(80), nullable=False),
    Column("role", sa.String(20), nullable=False),
    Column("also", sa.JSON, nullable=False),
    Column("password_hash", sa.String(200)),
    Column("created_at", Moment, nullable=False),
    Column("disabled_at", Moment),
    _one_of("role", "clinician", "retrainer", "administrator"),
)
account_links = Table(
    "account_links",
    metadata,
    Column("token_hash", sa.String(64), primary_key=True),
    Column("account_id", _ID, ForeignKey("accounts.id")),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("used_at", Moment),
)
sign_ins = Table(
    "sign_ins",
    metadata,
    Column("token_hash", sa.String(64), primary_key=True),
    Column("account_id", _ID, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("handed_over_at", Moment),
    Column("ended_at", Moment),
)
tries = Table(
    "tries",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("kind", sa.String(20), nullable=False),
    Column("subject", sa.String(64), nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_tries_subject", "kind", "subject", "at"),
)
settings = Table(
    "settings",
    metadata,
    Column("name", sa.String(60), primary_key=True),
    Column("version", sa.Integer, primary_key=True),
    Column("value", sa.Float, nullable=False),
    Column("set_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("set_at", Moment, nullable=False),
)
site_texts = Table(
    "site_texts",
    metadata,
    Column("name", sa.String(60), primary_key=True),
    Column("version", sa.Integer, primary_key=True),
    Column("text", sa.Text, nullable=False),
    Column("written_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("written_at", Moment, nullable=False),
    Column("confirmed_by", _ID, ForeignKey("accounts.id")),
    Column("confirmed_at", Moment),
)
audit = Table(
    "audit",
    metadata,
    Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("who", sa.String(60), nullable=False),
    Column("action", sa.String(60), nullable=False),
    Column("subject", sa.String(80), nullable=False, index=True),
    Column("details", sa.Text, nullable=False),
    Column("previous", sa.String(64), nullable=False),
    Column("hash", sa.String(64), nullable=False, unique=True),
)

clients = Table(
    "clients",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("code", sa.String(12), nullable=False, unique=True),
    Column("sign", sa.String(40), nullable=False),
    Column("preset", sa.String(20), nullable=False),
    Column("agreed_by", sa.String(20), nullable=False),
    Column("sounds_hurt", sa.String(12), nullable=False),
    Column("seizures", sa.String(12), nullable=False),
    Column("avoid_known", sa.Boolean, nullable=False),
    Column("feeling_first", sa.Boolean, nullable=False),
    Column("version", sa.Integer, nullable=False),
    Column("created_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("usual_day", sa.Integer),
    Column("usual_time", sa.String(5)),
    _one_of("preset", "standard", "simple", "calm", "one_switch", "carer"),
    _one_of("agreed_by", "client", "parent", "attorney", "best_interests", "self_trial"),
    _one_of("sounds_hurt", "yes", "no", "not_known"),
    _one_of("seizures", "yes", "no", "not_known"),
)
caseload = Table(
    "caseload",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("client_id", _ID, ForeignKey("clients.id"), nullable=False, index=True),
    Column("account_id", _ID, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("kind", sa.String(12), nullable=False),
    Column("reason", sa.Text, nullable=False),
    Column("given_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("since", Moment, nullable=False),
    Column("until", Moment),
    Column("ended_at", Moment),
    _one_of("kind", "own", "cover", "break_glass"),
)
avoid_list = Table(
    "avoid_list",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("client_id", _ID, ForeignKey("clients.id"), nullable=False, index=True),
    Column("kind", sa.String(16), nullable=False),
    Column("value", sa.String(300), nullable=False),
    Column("low", sa.Float),
    Column("high", sa.Float),
    Column("reason", sa.Text, nullable=False),
    Column("added_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("removed_by", _ID, ForeignKey("accounts.id")),
    Column("removed_at", Moment),
    _one_of("kind", "words", "track", "artist", "album", "title_word", "theme", "feature_range"),
)
limits = Table(
    "limits",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("client_id", _ID, ForeignKey("clients.id"), nullable=False, index=True),
    Column("effect", sa.String(40), nullable=False),
    Column("numbers", sa.JSON, nullable=False),
    Column("reason", sa.Text, nullable=False),
    Column("review_on", sa.Date),
    Column("set_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("set_at", Moment, nullable=False),
    Column("ended_by", _ID, ForeignKey("accounts.id")),
    Column("ended_at", Moment),
    Column("end_reason", sa.Text, nullable=False),
)
song_marks = Table(
    "song_marks",
    metadata,
    Column("client_id", _ID, ForeignKey("clients.id"), primary_key=True),
    Column("track_id", sa.String(64), primary_key=True),
    Column("mark", sa.String(12), primary_key=True),
    Column("title", sa.Text, nullable=False),
    Column("artist", sa.Text, nullable=False),
    Column("said_by", sa.String(12), nullable=False),
    Column("marked_at", Moment, nullable=False),
    Column("until", Moment),
    _one_of("mark", "loved", "known_well", "safe", "painful", "rest", "to_find", "private"),
    _one_of("said_by", "client", "clinician"),
)

plans = Table(
    "plans",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("client_id", _ID, ForeignKey("clients.id"), index=True),
    Column("account_id", _ID, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("state", sa.String(12), nullable=False),
    Column("version", sa.Integer, nullable=False),
    Column("replaces", _ID, ForeignKey("plans.id", ondelete="SET NULL")),
    Column("created_at", Moment, nullable=False),
    Column("present_valence", sa.Float, nullable=False),
    Column("present_arousal", sa.Float, nullable=False),
    Column("present_word", sa.String(60), nullable=False),
    Column("target_valence", sa.Float, nullable=False),
    Column("target_arousal", sa.Float, nullable=False),
    Column("target_word", sa.String(60), nullable=False),
    Column("route", sa.String(12), nullable=False),
    Column("waypoints", sa.JSON, nullable=False),
    Column("course", sa.JSON),  # holds, pace, wind-down, kind of session; as the route says where NULL
    Column("slots", sa.JSON),  # talk, silence, live playing; none where NULL
    Column("seed", sa.Integer, nullable=False),
    Column("minutes", sa.Float, nullable=False),
    Column("length_s", sa.Float, nullable=False),
    Column("bound_percent", sa.Float),
    Column("relaxed", sa.JSON, nullable=False),
    Column("warnings", sa.JSON, nullable=False),
    Column("model_id", sa.String(120), nullable=False),
    Column("approved_by", _ID, ForeignKey("accounts.id")),
    Column("approved_at", Moment),
    Column("approved_present", sa.Boolean),
    Column("expires_at", Moment),
    _one_of("state", "draft", "approved", "superseded"),
)
plan_songs = Table(
    "plan_songs",
    metadata,
    Column("plan_id", _ID, ForeignKey("plans.id", ondelete="CASCADE"), primary_key=True),
    Column("track_id", sa.String(64), primary_key=True),
    Column("title", sa.Text, nullable=False),
    Column("artist", sa.Text, nullable=False),
    Column("album", sa.Text, nullable=False),
    Column("duration_s", sa.Float, nullable=False),
    Column("loudness_lufs", sa.Float),
    Column("true_peak_db", sa.Float),
    Column("valence", sa.Float),
    Column("valence_sd", sa.Float),
    Column("arousal", sa.Float),
    Column("arousal_sd", sa.Float),
    Column("mood_source", sa.String(20)),
    Column("outside_training", sa.Boolean),
    Column("themes", sa.JSON, nullable=False),
    Column("numbers", sa.JSON, nullable=False),
)
plan_places = Table(
    "plan_places",
    metadata,
    Column("plan_id", _ID, ForeignKey("plans.id", ondelete="CASCADE"), primary_key=True),
    Column("role", sa.String(12), primary_key=True),
    Column("position", sa.Integer, primary_key=True),
    Column("rank", sa.Integer, primary_key=True),
    Column("track_id", sa.String(64), nullable=False),
    Column("start_s", sa.Float),
    Column("target_valence", sa.Float),
    Column("target_arousal", sa.Float),
    Column("reasons", sa.JSON, nullable=False),
    _one_of("role", "song", "opener", "alternate", "known_well", "replan"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("plan_id", _ID, ForeignKey("plans.id"), nullable=False, index=True),
    Column("client_id", _ID, ForeignKey("clients.id"), index=True),
    Column("account_id", _ID, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("preset", sa.String(20), nullable=False),
    Column("with_client", sa.Boolean, nullable=False),
    Column("by_link", sa.Boolean, nullable=False),
    Column("ask", sa.JSON, nullable=False),
    Column("scale_id", sa.String(60), nullable=False),
    Column("scale_version", sa.Integer, nullable=False),
    Column("feeling_first", sa.Boolean, nullable=False),
    Column("loudness", sa.JSON, nullable=False),
    Column("entry_token_hash", sa.String(64), unique=True),
    Column("link_token_hash", sa.String(64), unique=True),
    Column("pin_hash", sa.String(200)),
    Column("pin_wrong", sa.Integer, nullable=False),
    Column("link_ended_at", Moment),
    Column("place", sa.JSON),
    Column("started_at", Moment, nullable=False),
    Column("open_until", Moment, nullable=False),
    Column("stop_asked_at", Moment),
    Column("next_asked", sa.JSON),
    Column("ended_at", Moment),
    Column("ended_by", sa.String(12)),
)
room_tokens = Table(
    "room_tokens",
    metadata,
    Column("token_hash", sa.String(64), primary_key=True),
    Column("session_id", _ID, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("issued_at", Moment, nullable=False),
    Column("left_at", Moment),
    Column("revoked_at", Moment),
)
events = Table(
    "events",
    metadata,
    Column("session_id", _ID, ForeignKey("sessions.id"), primary_key=True),
    Column("id", sa.String(64), primary_key=True),
    Column("kind", sa.String(40), nullable=False),
    Column("at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("data", sa.JSON, nullable=False),
    Column("problem", sa.String(300)),
)
answers = Table(
    "answers",
    metadata,
    Column("session_id", _ID, primary_key=True),
    Column("event_id", sa.String(64), primary_key=True),
    Column("item", sa.String(60), primary_key=True),
    Column("phase", sa.String(12), nullable=False),
    Column("scale_id", sa.String(60), nullable=False),
    Column("scale_version", sa.Integer, nullable=False),
    Column("number", sa.Float),
    Column("choice", sa.String(60)),
    Column("missing", sa.String(20)),
    Column("said_by", sa.String(12), nullable=False),
    Column("at", Moment, nullable=False),
    sa.ForeignKeyConstraint(["session_id", "event_id"], ["events.session_id", "events.id"]),
    _one_of("phase", "before", "middle", "after"),
    _one_of("said_by", "client", "observer"),
    CheckConstraint(
        "(CASE WHEN number IS NULL THEN 0 ELSE 1 END) + (CASE WHEN choice IS NULL THEN 0 ELSE 1 END)"
        " + (CASE WHEN missing IS NULL THEN 0 ELSE 1 END) = 1",
        name="one_value",
    ),
)

# What follows was added by the second schema.

notes = Table(
    "notes",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("session_id", _ID, ForeignKey("sessions.id"), nullable=False, unique=True),
    Column("client_id", _ID, ForeignKey("clients.id"), nullable=False, index=True),
    Column("noticed", sa.Text, nullable=False),
    Column("meaning", sa.Text, nullable=False),
    Column("next_time", sa.Text, nullable=False),
    Column("facts", sa.JSON),
    Column("version", sa.Integer, nullable=False),
    Column("written_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("written_at", Moment, nullable=False),
    Column("signed_by", _ID, ForeignKey("accounts.id")),
    Column("signed_at", Moment),
    Column("seal", sa.String(64)),
)
addenda = Table(
    "addenda",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("note_id", _ID, ForeignKey("notes.id"), nullable=False, index=True),
    Column("text", sa.Text, nullable=False),
    Column("written_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("written_at", Moment, nullable=False),
)
moments = Table(
    "moments",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("session_id", _ID, ForeignKey("sessions.id"), nullable=False, index=True),
    Column("at", Moment, nullable=False),
    Column("track_id", sa.String(64)),
    Column("position_s", sa.Float),
    Column("text", sa.Text, nullable=False),
    Column("their_words", sa.Text, nullable=False),
    Column("marked_by", _ID, ForeignKey("accounts.id"), nullable=False),
)
read_messages = Table(
    "read_messages",
    metadata,
    Column("session_id", _ID, primary_key=True),
    Column("event_id", sa.String(64), primary_key=True),
    Column("read_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("read_at", Moment, nullable=False),
    sa.ForeignKeyConstraint(["session_id", "event_id"], ["events.session_id", "events.id"]),
)
upset_forms = Table(
    "upset_forms",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("client_id", _ID, ForeignKey("clients.id"), nullable=False, index=True),
    Column("session_id", _ID, ForeignKey("sessions.id")),
    Column("track_id", sa.String(64)),
    Column("playing", sa.Text, nullable=False),
    Column("place", sa.Text, nullable=False),
    Column("seen", sa.Text, nullable=False),
    Column("helped", sa.Text, nullable=False),
    Column("done", sa.Text, nullable=False),
    Column("written_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("written_at", Moment, nullable=False),
)
goals = Table(
    "goals",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("client_id", _ID, ForeignKey("clients.id"), nullable=False, index=True),
    Column("text", sa.Text, nullable=False),
    Column("strand", sa.String(16), nullable=False),
    Column("review_on", sa.Date),
    Column("set_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("set_at", Moment, nullable=False),
    Column("outcome", sa.String(16)),
    Column("outcome_words", sa.Text, nullable=False),
    Column("closed_at", Moment),
    _one_of("strand", "feel", "move", "together", "other"),
    _one_of("outcome", "reached", "partly", "not_reached", "no_longer_wanted"),
)
life_story = Table(
    "life_story",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("client_id", _ID, ForeignKey("clients.id"), nullable=False, index=True),
    Column("chapter", sa.String(20), nullable=False),
    Column("title", sa.Text, nullable=False),
    Column("artist", sa.Text, nullable=False),
    Column("track_id", sa.String(64)),
    Column("who", sa.Text, nullable=False),
    Column("place", sa.Text, nullable=False),
    Column("their_words", sa.Text, nullable=False),
    Column("feeling", sa.String(8), nullable=False),
    Column("added_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("added_at", Moment, nullable=False),
    _one_of("feeling", "loved", "mixed", "avoid"),
    _one_of("chapter", "childhood", "youth", "work_and_home", "people", "from_where", "faith", "now", "not_this_one"),
)
agreements = Table(
    "agreements",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("client_id", _ID, ForeignKey("clients.id"), nullable=False, index=True),
    Column("purpose", sa.String(20), nullable=False),
    Column("is_on", sa.Boolean, nullable=False),
    Column("said_by", sa.String(20), nullable=False),
    Column("noted_by", _ID, ForeignKey("accounts.id")),
    Column("at", Moment, nullable=False),
    _one_of("purpose", "choose_songs", "improve"),
)
requests = Table(
    "requests",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("client_id", _ID, ForeignKey("clients.id"), index=True),
    Column("kind", sa.String(12), nullable=False),
    Column("text", sa.Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("answered_by", _ID, ForeignKey("accounts.id")),
    Column("answered_at", Moment),
    Column("answer", sa.Text, nullable=False),
    _one_of("kind", "removal", "notes", "complaint"),
)
retention = Table(
    "retention",
    metadata,
    Column("client_id", _ID, ForeignKey("clients.id"), primary_key=True),
    Column("keep_until", sa.Date, nullable=False),
    Column("basis", sa.Text, nullable=False),
    Column("set_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("set_at", Moment, nullable=False),
)
endings = Table(
    "endings",
    metadata,
    Column("client_id", _ID, ForeignKey("clients.id"), primary_key=True),
    Column("words", sa.Text, nullable=False),
    Column("asked_again", sa.Boolean, nullable=False),
    Column("ended_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("ended_at", Moment, nullable=False),
)
reporting = Table(
    "reporting",
    metadata,
    Column("client_id", _ID, ForeignKey("clients.id"), primary_key=True),
    Column("item", sa.String(20), primary_key=True),
    Column("text", sa.Text, nullable=False),
    Column("written_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("written_at", Moment, nullable=False),
    _one_of("item", "theory", "content", "schedule", "interventionist", "fidelity", "setting", "unit"),
)
site_scales = Table(
    "site_scales",
    metadata,
    Column("id", sa.String(60), primary_key=True),
    Column("version", sa.Integer, primary_key=True),
    Column("text", sa.Text, nullable=False),
    Column("brought_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("brought_at", Moment, nullable=False),
)

# What follows is for movement and for groups.

movements = Table(
    "movements",
    metadata,
    Column("plan_id", _ID, ForeignKey("plans.id", ondelete="CASCADE"), primary_key=True),
    Column("purpose", sa.String(12), nullable=False),
    Column("cadence_bpm", sa.Float, nullable=False),
    Column("said_by", sa.String(8), nullable=False),
    Column("level", sa.Float, nullable=False),
    Column("is_loose", sa.Boolean, nullable=False),
    Column("count_in", sa.Boolean, nullable=False),
    Column("rests", sa.JSON, nullable=False),
    Column("thought_with", sa.String(100), nullable=False),
    Column("agreed_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("agreed_at", Moment, nullable=False),
    _one_of("purpose", "walking", "clapping", "hands", "other"),
    _one_of("said_by", "tapped", "counted", "typed"),
)
groups = Table(
    "groups",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("account_id", _ID, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("label", sa.String(60), nullable=False),
    Column("opening", sa.String(64)),
    Column("closing", sa.String(64)),
    Column("version", sa.Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("ended_at", Moment),
)
group_members = Table(
    "group_members",
    metadata,
    Column("group_id", _ID, ForeignKey("groups.id", ondelete="CASCADE"), primary_key=True),
    Column("client_id", _ID, ForeignKey("clients.id"), primary_key=True, index=True),
    Column("colour", sa.String(12), nullable=False),
    Column("added_at", Moment, nullable=False),
)
group_sessions = Table(
    "group_sessions",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("group_id", _ID, ForeignKey("groups.id", ondelete="SET NULL"), index=True),
    Column("account_id", _ID, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("plan_id", _ID, ForeignKey("plans.id"), nullable=False, unique=True),
    Column("host_id", _ID, ForeignKey("sessions.id"), nullable=False, unique=True),
    Column("how", sa.String(8), nullable=False),
    Column("prompts", sa.Boolean, nullable=False),
    Column("two_openings", sa.Boolean, nullable=False),
    Column("leads", sa.Integer, nullable=False),
    Column("opening", sa.String(64)),
    Column("closing", sa.String(64)),
    Column("made_at", Moment),
    Column("after_at", Moment),
    Column("ended_at", Moment),
    _one_of("how", "own", "passed", "none"),
)
group_seats = Table(
    "group_seats",
    metadata,
    Column("session_id", _ID, ForeignKey("sessions.id"), primary_key=True),
    Column("group_session_id", _ID, ForeignKey("group_sessions.id"), nullable=False, index=True),
    Column("client_id", _ID, ForeignKey("clients.id"), index=True),
    Column("number", sa.Integer, nullable=False),
    Column("colour", sa.String(12), nullable=False),
    Column("left_at", Moment),
)
group_turns = Table(
    "group_turns",
    metadata,
    Column("session_id", _ID, ForeignKey("sessions.id"), primary_key=True),
    Column("rank", sa.Integer, primary_key=True),
    Column("track_id", sa.String(64), nullable=False),
    Column("position", sa.Integer),
)
group_notes = Table(
    "group_notes",
    metadata,
    Column("group_session_id", _ID, ForeignKey("group_sessions.id"), primary_key=True),
    Column("noticed", sa.Text, nullable=False),
    Column("meaning", sa.Text, nullable=False),
    Column("next_time", sa.Text, nullable=False),
    Column("version", sa.Integer, nullable=False),
    Column("written_by", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("written_at", Moment, nullable=False),
    Column("signed_by", _ID, ForeignKey("accounts.id")),
    Column("signed_at", Moment),
    Column("seal", sa.String(64)),
)
group_lines = Table(
    "group_lines",
    metadata,
    Column("session_id", _ID, ForeignKey("sessions.id"), primary_key=True),
    Column("text", sa.Text, nullable=False),
)

# What a client's answers say of them as a listener is worked out when it is needed; only from when on is kept.
forgotten_listeners = Table(
    "forgotten_listeners",
    metadata,
    Column("client_id", _ID, ForeignKey("clients.id"), primary_key=True),
    Column("forgotten_at", Moment, nullable=False),
)
