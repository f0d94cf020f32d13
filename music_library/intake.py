"""What a scan writes: files, the tracks that they are, and what was heard in them."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, or_, select

from features.errors import FeatureError
from features.vector import FEATURES_VERSION, AudioFeatures
from music_library.changes import next_version
from music_library.estimates import number
from music_library.files import FoundFile, shown
from music_library.schema import files, sounds, tracks
from music_library.tags import FileTags, same_number, search_key, title_from_name

_ID_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_AT_ONCE = 400


@dataclass(frozen=True)
class KnownFile:
    """What the catalogue knows about a path."""

    size: int
    modified_ns: int
    changed_ns: int
    is_missing: bool
    track_number: int
    content_hash: str
    features_version: str | None
    error_code: str | None
    error_reason: str | None
    error_remedy: str | None
    flags: str
    title: str | None
    artist: str | None

    def is_same(self, found: FoundFile) -> bool:
        """Whether the file has not been touched since, and was heard as this version hears."""
        return (self.size, self.modified_ns, self.changed_ns) == (
            found.size,
            found.modified_ns,
            found.changed_ns,
        ) and self.features_version == FEATURES_VERSION


@dataclass(frozen=True)
class Arrival:
    """A file that is new or has changed, and what it is known by."""

    found: FoundFile
    content_hash: str
    tags: FileTags


def known_files(db: Connection, paths: Sequence[bytes]) -> dict[bytes, KnownFile]:
    """What the catalogue knows about some paths."""
    query = select(
        files.c.path,
        files.c.size,
        files.c.modified_ns,
        files.c.changed_ns,
        files.c.missing_since.is_not(None),
        files.c.track_number,
        *(tracks.c[name] for name in _OF_TRACK),
    ).join(tracks, tracks.c.number == files.c.track_number)
    found: dict[bytes, KnownFile] = {}
    for batch in _batches(paths):
        for path, *values in db.execute(query.where(files.c.path.in_(batch))):
            found[bytes(path)] = KnownFile(*values)
    return found


_OF_TRACK = (
    "content_hash",
    "features_version",
    "error_code",
    "error_reason",
    "error_remedy",
    "flags",
    "title",
    "artist",
)


def track_of(db: Connection, arrival: Arrival) -> tuple[int | None, bool]:
    """The track that a file is, by its sound or else by what it takes the place of, and whether it is heard already.

    A new recording under an old name is another track, unless the old one could not be read whole, or says in its
    tags that it is the same: somebody has put a better copy in its place.
    """
    same_sound = db.execute(
        select(tracks.c.number, tracks.c.features_version)
        .where(tracks.c.content_hash == arrival.content_hash)
        .order_by(tracks.c.error_code.is_not(None), tracks.c.number)
    ).first()
    if same_sound is not None:
        return same_sound.number, same_sound.features_version == FEATURES_VERSION
    before = known_files(db, [arrival.found.path]).get(arrival.found.path)
    if before is None or _other_files(db, before.track_number, arrival.found.path):
        return None, False
    was_not_whole = before.error_code is not None or "partial" in before.flags.split()
    says_the_same = (
        arrival.tags.title is not None
        and arrival.tags.artist is not None
        and (before.title, before.artist) == (arrival.tags.title, arrival.tags.artist)
    )
    return (before.track_number if was_not_whole or says_the_same else None), False


def _other_files(db: Connection, track_number: int, path: bytes) -> bool:
    query = select(exists().where(files.c.track_number == track_number, files.c.path != path))
    return bool(db.execute(query).scalar())


def place(db: Connection, track_number: int, found: FoundFile, tags: FileTags | None) -> None:
    """Say that a file is there and which track it is; its tags, where given, are the track's."""
    values = {
        "track_number": track_number,
        "size": found.size,
        "modified_ns": found.modified_ns,
        "changed_ns": found.changed_ns,
        "missing_since": None,
    }
    if not db.execute(files.update().where(files.c.path == found.path).values(**values)).rowcount:
        db.execute(files.insert().values(path=found.path, **values))
    columns: dict[str, Any] = {"path": shown(found.path), "is_missing": False, "changed_in": next_version(db)}
    columns |= {} if tags is None else _tag_columns(found.path, tags)
    db.execute(tracks.update().where(tracks.c.number == track_number).values(**columns))


def keep(
    db: Connection,
    arrivals: Sequence[Arrival],
    result: AudioFeatures | FeatureError,
    *,
    mood: dict[str, Any] | None,
    now: float,
    again: bool = False,
) -> int:
    """Keep what was heard in files of the same sound, or why nothing was; and answer with the track's number.

    `again`: the next scan shall try again, because it was not the file's fault.
    """
    first = arrivals[0]
    track_number, _ = track_of(db, first)
    columns = _heard_columns(result, mood) | {"content_hash": first.content_hash}
    columns["features_version"] = None if again else FEATURES_VERSION
    if track_number is None:
        inserted = db.execute(
            tracks.insert().values(
                id=new_id(),
                added_at=now,
                path=shown(first.found.path),
                is_missing=False,
                **_tag_columns(first.found.path, first.tags),
                **columns,
            )
        )
        track_number = int((inserted.inserted_primary_key or (0,))[0])
    else:
        db.execute(tracks.update().where(tracks.c.number == track_number).values(**columns))
    for arrival in reversed(arrivals):  # the first one's tags and path are the track's
        place(db, track_number, arrival.found, arrival.tags)
    db.execute(sounds.delete().where(sounds.c.track_number == track_number))
    if isinstance(result, AudioFeatures):
        db.execute(
            sounds.insert().values(
                track_number=track_number,
                n_features=len(result.vector),
                vector=result.vector.astype("<f4").tobytes(),
                segments=result.segments.astype("<f4").tobytes(),
                loudness_curve=result.loudness_curve.astype("<f4").tobytes(),
            )
        )
    return track_number


def new_id() -> str:
    """A random id: nothing can be read from it, and no two are the same."""
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(14))


def mark_missing(db: Connection, roots: Iterable[bytes], seen: set[bytes], *, now: float) -> int:
    """Mark files under `roots` that were not seen, delete nothing, and count the tracks there that have no file."""
    is_under = or_(*(_is_under(root) for root in roots))
    gone: list[bytes] = []
    query = select(files.c.path).where(is_under, files.c.missing_since.is_(None))
    for (path,) in db.execute(query):
        if bytes(path) not in seen:
            gone.append(bytes(path))
    for batch in _batches(gone):
        db.execute(files.update().where(files.c.path.in_(batch)).values(missing_since=now))
    return len(gone)


def settle_missing(db: Connection, roots: Iterable[bytes]) -> int:
    """Bring `is_missing` of every track in line with its files; count the missing ones under `roots`."""
    is_there = exists().where(files.c.track_number == tracks.c.number, files.c.missing_since.is_(None))
    for is_missing, as_is in ((True, ~is_there), (False, is_there)):
        wrong = and_(tracks.c.is_missing.is_not(is_missing), as_is)
        if db.execute(select(tracks.c.number).where(wrong).limit(1)).first() is not None:
            values = {"is_missing": is_missing, "changed_in": next_version(db)}
            db.execute(tracks.update().where(wrong).values(**values))
    is_here = exists().where(files.c.track_number == tracks.c.number, or_(*(_is_under(root) for root in roots)))
    query = select(func.count()).select_from(tracks).where(tracks.c.is_missing.is_(True), is_here)
    return int(db.execute(query).scalar_one())


def _is_under(root: bytes) -> ColumnElement[bool]:
    folder = root.rstrip(b"/" if os.sep == "/" else os.sep.encode())
    separator = os.sep.encode()
    after = folder + bytes([separator[0] + 1])
    return or_(files.c.path == root, and_(files.c.path > folder + separator, files.c.path < after))


def _batches(values: Sequence[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(values), _AT_ONCE):
        yield list(values[start : start + _AT_ONCE])


def _tag_columns(path: bytes, tags: FileTags) -> dict[str, Any]:
    title = tags.title or title_from_name(path)
    names = b" ".join(path.split(os.sep.encode())[-3:]).decode("utf-8", "replace").replace("\x00", "")
    return {
        "title": title,
        "artist": tags.artist,
        "album": tags.album,
        "genre": tags.genre,
        "artist_hash": same_number(tags.artist),
        "song_hash": same_number(tags.artist, title),
        "seed_voice": "instrumental" if tags.is_instrumental else None,
        "seed_language": tags.language,
        "search_text": search_key(" ".join(filter(None, (title, tags.artist, tags.album, tags.genre, names)))),
    }


_UNKNOWN_MOOD = dict.fromkeys(
    (
        "estimated_valence",
        "estimated_arousal",
        "valence_sd",
        "arousal_sd",
        "raw_valence",
        "raw_arousal",
        "outside_training",
        "reference_id",
        "model_id",
    )
)
_HEARD = (
    "duration_s",
    "tempo_bpm",
    "tempo_alternative_bpm",
    "tempo_odds",
    "pulse_clarity",
    "tempo_drift",
    "key_clarity",
    "mode",
    "loudness_lufs",
    "true_peak_dbtp",
    "largest_rise_db",
)


def _heard_columns(result: AudioFeatures | FeatureError, mood: dict[str, Any] | None) -> dict[str, Any]:
    if isinstance(result, FeatureError):
        heard: dict[str, Any] = dict.fromkeys((*_HEARD, "key")) | {"flags": ""}
        error = {"error_code": result.code, "error_reason": _text(result.reason), "error_remedy": _text(result.remedy)}
        return heard | _UNKNOWN_MOOD | error
    heard = {name: number(getattr(result, name)) for name in _HEARD}
    heard |= {"key": result.key, "flags": " ".join(result.flags)}
    return heard | (mood or _UNKNOWN_MOOD) | {"error_code": None, "error_reason": None, "error_remedy": None}


def _text(message: str) -> str:
    # What a decoder says may hold bytes of the file.
    return message.encode("utf-8", "backslashreplace").decode().replace("\x00", "")


def unread_hash(path: bytes) -> str:
    """What stands for the sound of a file that cannot be read: never equal to that of one that can."""
    return f"unread-{hashlib.blake2b(path, digest_size=16).hexdigest()}"
