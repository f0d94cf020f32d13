"""The catalogue: tracks, what was heard in them, and what people said about them. One method for each use."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Engine, RowMapping, Select, and_, case, func, select

from music_library.changes import next_version
from music_library.choosing import Only, matching
from music_library.database import open_engine, reading, where, writing
from music_library.effective import AROUSAL, EFFECTIVE, VALENCE
from music_library.errors import BadStatementError, MissingFileError, UnknownTrackError
from music_library.files import shown
from music_library.schema import files, state, statements, tracks
from music_library.tags import search_key
from music_library.track import Track

if TYPE_CHECKING:
    from music_library.candidate_arrays import CandidateStore
    from recommender.candidates import Candidates

VOICES = ("sung", "instrumental")
_LIMITS = {"valence": (-1.0, 1.0), "arousal": (-1.0, 1.0), "tempo_bpm": (10.0, 400.0), "mode": (-1.0, 1.0)}
_CORRECTED = (*_LIMITS, "key")
_TAKEN_BACK = ("voice", "language", "explicit", "faith")

t = tracks.c
_PLAIN = (
    "id",
    "path",
    "title",
    "artist",
    "album",
    "duration_s",
    "pulse_clarity",
    "key_clarity",
    "loudness_lufs",
    "outside_training",
    "flags",
    "genre",
    "tempo_drift",
    "true_peak_dbtp",
    "largest_rise_db",
    "model_id",
    "is_words_checked",
    "themes",
    "is_explicit",
    "is_faith",
    "words",
    "is_missing",
    "error_code",
    "error_reason",
    "error_remedy",
)


@dataclass(frozen=True)
class Counts:
    """How much there is."""

    tracks: int
    """All that the catalogue holds, the two below included."""
    ready: int
    """Tracks that a plan may draw on: analysed, there, with a mood."""
    failed: int
    missing: int
    hours: float
    """Length of all that is ready."""


@dataclass(frozen=True)
class Statement:
    """Something that a person said about a track."""

    kind: str
    value: Any
    """None takes back what was said before."""
    account: str
    said_at: float


class Catalogue:
    """The tracks of one home. Safe to share between threads; each method is one transaction."""

    def __init__(self, engine: Engine, *, clock: Callable[[], float] = time.time) -> None:
        self.engine = engine
        self.clock = clock
        self._candidates: CandidateStore | None = None
        self._counts: tuple[int, Counts] | None = None

    @classmethod
    def open(cls, url_or_path: str | Path, *, create: bool = True, clock: Callable[[], float] = time.time) -> Catalogue:
        """Open a catalogue, or make it where there is none; see `database.open_engine` for what can go wrong."""
        return cls(open_engine(url_or_path, create=create), clock=clock)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @property
    def place(self) -> str:
        """Where the catalogue is, as a person would name it."""
        return where(self.engine)

    def __repr__(self) -> str:
        return f"Catalogue({self.place!r})"

    # Reading

    def track(self, track_id: str) -> Track:
        """One track; `UnknownTrackError` if this library never held it."""
        with reading(self.engine) as db:
            row = db.execute(_select_tracks().where(t.id == track_id)).mappings().first()
        if row is None:
            raise UnknownTrackError(track_id)
        return _track(row)

    def tracks_by_id(self, track_ids: Sequence[str]) -> list[Track]:
        """Several tracks, in the order asked for; ids that are not known are left out."""
        found: dict[str, Track] = {}
        with reading(self.engine) as db:
            for start in range(0, len(track_ids), 500):
                batch = track_ids[start : start + 500]
                rows = db.execute(_select_tracks().where(t.id.in_(batch))).mappings()
                found |= {row["id"]: _track(row) for row in rows}
        return [found[track_id] for track_id in track_ids if track_id in found]

    def tracks(
        self,
        *,
        words: str = "",
        failed: bool = False,
        only: Only | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Track]:
        """Tracks in order of arrival.

        Parameters
        ----------
        words : str
            Only tracks for which every word is found in title, artist, album, genre, tags, marks or file name, or is
            the word of a mood near theirs.
        failed : bool
            Only tracks that could not be analysed.
        only : Only, optional
            What else must be true of them.
        limit, offset : int
            A page of the answer.
        """
        statement = _select_tracks().where(self._matches(words, failed, only)).order_by(t.number).limit(limit)
        with reading(self.engine) as db:
            return [_track(row) for row in db.execute(statement.offset(offset)).mappings()]

    def count(self, *, words: str = "", failed: bool = False, only: Only | None = None) -> int:
        """How many tracks `tracks` would answer with."""
        statement = select(func.count()).select_from(tracks).where(self._matches(words, failed, only))
        with reading(self.engine) as db:
            return int(db.execute(statement).scalar_one())

    def ids(self, *, words: str = "", only: Only | None = None) -> list[str]:
        """The ids of all tracks that `tracks` would answer with."""
        statement = select(t.id).where(self._matches(words, False, only)).order_by(t.number)
        with reading(self.engine) as db:
            return list(db.execute(statement).scalars())

    def _matches(self, words: str, failed: bool, only: Only | None) -> ColumnElement[bool]:
        from music_library.own_words import words_in_use

        return matching(words, failed=failed, only=only, mood_words=words_in_use(self))

    def counts(self) -> Counts:
        """How much of the library can be used, and what cannot; counted again only when a track has changed."""
        version = self.version()
        if self._counts is not None and self._counts[0] == version:
            return self._counts[1]
        is_ready = and_(t.error_code.is_(None), t.is_missing.is_(False), VALENCE.is_not(None), AROUSAL.is_not(None))
        columns = (
            func.count(),
            func.sum(case((is_ready, 1), else_=0)),
            func.sum(case((t.error_code.is_not(None), 1), else_=0)),
            func.sum(case((t.is_missing.is_(True), 1), else_=0)),
            func.sum(case((is_ready, t.duration_s), else_=0.0)),
        )
        with reading(self.engine) as db:
            n, ready, failed, missing, seconds = db.execute(select(*columns).select_from(tracks)).one()
        counts = Counts(n, int(ready or 0), int(failed or 0), int(missing or 0), float(seconds or 0) / 3600)
        self._counts = (version, counts)
        return counts

    def version(self) -> int:
        """A number that grows with every change of any track."""
        with reading(self.engine) as db:
            return int(db.execute(select(state.c.value).where(state.c.name == "revision")).scalar_one())

    def candidates(self) -> Candidates:
        """The tracks that a plan may draw on, as arrays; kept until a track changes.

        Failed and missing tracks and those without a mood are not among them.
        """
        version = self.version()
        if self._candidates is None:
            from music_library.candidate_arrays import CandidateStore

            self._candidates = CandidateStore(self.engine)
        return self._candidates.at(version)

    def file_of(self, track_id: str) -> Path:
        """A file of this track that is there now.

        Raises
        ------
        UnknownTrackError
            If this library never held it.
        MissingFileError
            If none of its files is there.
        """
        statement = (
            select(files.c.path)
            .join(tracks, t.number == files.c.track_number)
            .where(t.id == track_id)
            .order_by(files.c.missing_since.is_not(None), files.c.path)
        )
        with reading(self.engine) as db:
            paths = [bytes(path) for path in db.execute(statement).scalars()]
        if not paths:
            raise UnknownTrackError(track_id)
        for path in paths:
            if (file := Path(os.fsdecode(path))).is_file():
                return file
        raise MissingFileError(track_id, shown(paths[0]))

    # What people say

    def correct(
        self,
        track_id: str,
        *,
        account: str,
        valence: float | None = None,
        arousal: float | None = None,
        tempo_bpm: float | None = None,
        mode: float | None = None,
        key: str | None = None,
    ) -> Track:
        """Let a person's value stand before the estimate, which is kept beside it; None leaves a value as it is.

        `key` is one of the 24, such as `F# minor` or `Eb major`.
        """
        given = {"valence": valence, "arousal": arousal, "tempo_bpm": tempo_bpm, "mode": mode}
        said: dict[str, Any] = {kind: _within(kind, value) for kind, value in given.items() if value is not None}
        if key is not None:
            said["key"] = _known_key(key)
        return self._say([track_id], account, said, {f"said_{kind}": value for kind, value in said.items()})[0]

    def take_back(self, track_id: str, *, account: str, kinds: Iterable[str]) -> Track:
        """Let the estimate count again for `kinds`, of `valence`, `arousal`, `tempo_bpm`, `mode`, `key`."""
        wanted = list(kinds)
        for kind in wanted:
            if kind not in _CORRECTED:
                raise BadStatementError(
                    f"{kind!r} is nothing that can be corrected: {', '.join(_CORRECTED)}.", kind=kind
                )
        return self._say([track_id], account, dict.fromkeys(wanted), {f"said_{kind}": None for kind in wanted})[0]

    def tag(self, track_id: str, *, account: str, valence: float, arousal: float) -> Track:
        """Keep a rating of the track's mood; several people's count as their mean, each person's last."""
        said = {"valence": _within("valence", valence), "arousal": _within("arousal", arousal)}

        def mean(db: Connection) -> dict[str, Any]:
            rows = db.execute(
                select(statements.c.account, statements.c.value)
                .where(statements.c.track_id == track_id, statements.c.kind == "tag")
                .order_by(statements.c.number)
            )
            latest = {row.account: json.loads(row.value) for row in rows} | {account: said}
            return {
                f"tag_{axis}": sum(rating[axis] for rating in latest.values()) / len(latest)
                for axis in ("valence", "arousal")
            }

        return self._say([track_id], account, {"tag": said}, mean)[0]

    def mark(
        self,
        track_ids: Sequence[str],
        *,
        account: str,
        voice: str | None = None,
        language: str | None = None,
        words_checked: bool | None = None,
        themes: Iterable[str] | None = None,
        more_themes: Iterable[str] = (),
        explicit: bool | None = None,
        faith: bool | None = None,
        words: Iterable[str] | None = None,
        heard: bool | None = None,
        not_known: Collection[str] = (),
    ) -> list[Track]:
        """Mark tracks, one or many at once; None leaves a mark as it is.

        Parameters
        ----------
        track_ids : sequence of str
            All of them are marked, or none.
        account : str
            Who says so.
        voice : {'sung', 'instrumental'}
            Whether there are words to hear.
        language : str
            Of the words, as a short code such as `en`.
        words_checked : bool
            Whether a person has listened to the words.
        themes, words : iterable of str
            What the words are about, and free tags; an empty one removes all.
        more_themes : iterable of str
            Themes beside those that each track has already.
        explicit, faith : bool
            Whether the words are explicit, or of faith.
        heard : bool
            Whether `account` has listened to them; counts for that account alone (`heard_by`).
        not_known : collection of str
            Marks to take back, of `voice`, `language`, `explicit` and `faith`: nobody knows any more. What the file's
            own tags say of the first two counts again.
        """
        for kind in not_known:
            if kind not in _TAKEN_BACK:
                raise BadStatementError(
                    f"{kind!r} is no mark that can be taken back: {', '.join(_TAKEN_BACK)}.", kind=kind
                )
        if voice is not None and voice not in VOICES:
            raise BadStatementError(f"{voice!r} is no voice: say {' or '.join(VOICES)}.", voice=voice)
        given = {
            "voice": voice,
            "language": language,
            "words_checked": words_checked,
            "themes": None if themes is None else _sorted(themes),
            "explicit": explicit,
            "faith": faith,
            "words": None if words is None else _sorted(words),
            "heard": heard,
        }
        said: dict[str, Any] = {kind: value for kind, value in given.items() if value is not None}
        said |= dict.fromkeys(not_known)
        more = _sorted(more_themes)
        if not more:
            return self._say(track_ids, account, said, _mark_columns(said))

        def with_more(db: Connection) -> list[_Said]:
            groups: dict[str, list[str]] = {}
            wanted = list(dict.fromkeys(track_ids))
            for start in range(0, len(wanted), 500):
                rows = db.execute(select(t.id, t.themes).where(t.id.in_(wanted[start : start + 500])))
                now = {row.id: row.themes or "" for row in rows}
                for track_id in wanted[start : start + 500]:
                    groups.setdefault(now.get(track_id, ""), []).append(track_id)
            changes = []
            for themes_now, ids in groups.items():
                kept: list[str] = (
                    [*said["themes"]] if "themes" in said else [theme for theme in themes_now.split("\n") if theme]
                )
                all_said = said | {"themes": _sorted([*kept, *more])}
                changes.append(_Said(ids, all_said, _mark_columns(all_said)))
            return changes

        return self._say_each(track_ids, account, with_more)

    def say_words_of(self, track_id: str, text: str | None, *, account: str) -> None:
        """Keep the words of a song as a person pasted them; None takes them back. See `music_library.lyrics`."""
        self._say([track_id], account, {"lyrics": text}, {})

    def heard_by(self, account: str, track_ids: Sequence[str]) -> frozenset[str]:
        """Which of these tracks somebody has listened to."""
        heard: dict[str, bool] = {}
        with reading(self.engine) as db:
            for start in range(0, len(track_ids), 500):
                rows = db.execute(
                    select(statements.c.track_id, statements.c.value)
                    .where(statements.c.track_id.in_(list(track_ids[start : start + 500])))
                    .where(statements.c.kind == "heard", statements.c.account == account)
                    .order_by(statements.c.number)
                )
                heard |= {row.track_id: row.value == "true" for row in rows}
        return frozenset(track_id for track_id, was_heard in heard.items() if was_heard)

    def statements(self, track_id: str) -> list[Statement]:
        """Everything that people ever said about a track, oldest first."""
        query = select(statements).where(statements.c.track_id == track_id).order_by(statements.c.number)
        with reading(self.engine) as db:
            rows = db.execute(query).mappings().all()
        return [
            Statement(
                row["kind"], None if row["value"] is None else json.loads(row["value"]), row["account"], row["said_at"]
            )
            for row in rows
        ]

    def try_again(self, track_ids: Sequence[str] | None = None) -> int:
        """Let the next scan try failed files again, all or some, and say how many there are."""
        is_wanted = (
            t.error_code.is_not(None)
            if track_ids is None
            else and_(t.error_code.is_not(None), t.id.in_(list(track_ids)))
        )
        with writing(self.engine) as db:
            return db.execute(tracks.update().where(is_wanted).values(features_version=None)).rowcount

    def _say(
        self,
        track_ids: Sequence[str],
        account: str,
        said: dict[str, Any],
        values: dict[str, Any] | Callable[[Connection], dict[str, Any]],
    ) -> list[Track]:
        """Keep the same statements, and what follows from them, for some tracks."""
        wanted = list(dict.fromkeys(track_ids))

        def same_for_all(db: Connection) -> list[_Said]:
            return [_Said(wanted, said, values(db) if callable(values) else values)] if said else []

        return self._say_each(wanted, account, same_for_all)

    def _say_each(
        self, track_ids: Sequence[str], account: str, changes: Callable[[Connection], list[_Said]]
    ) -> list[Track]:
        """Keep statements and what follows from them, all or none, in one transaction."""
        if not account.strip():
            raise BadStatementError("A correction, tag or mark needs the account of whoever says it.")
        wanted = list(dict.fromkeys(track_ids))
        if not wanted:
            return []
        now = self.clock()
        with writing(self.engine) as db:
            version = 0
            for change in changes(db):
                version = version or next_version(db)
                for start in range(0, len(change.ids), 500):
                    batch = change.ids[start : start + 500]
                    known = set(db.execute(select(t.id).where(t.id.in_(batch))).scalars())
                    for track_id in batch:
                        if track_id not in known:
                            raise UnknownTrackError(track_id)
                    if change.values:
                        db.execute(tracks.update().where(t.id.in_(batch)).values(**change.values, changed_in=version))
                    db.execute(
                        statements.insert(),
                        [
                            {
                                "track_id": track_id,
                                "kind": kind,
                                "value": None if value is None else json.dumps(value),
                                "account": account,
                                "said_at": now,
                            }
                            for track_id in batch
                            for kind, value in change.said.items()
                        ],
                    )
        return self.tracks_by_id(wanted)


class _Said(NamedTuple):
    """Statements about some tracks, and the columns that follow from them."""

    ids: list[str]
    said: dict[str, Any]
    values: dict[str, Any]


def _mark_columns(said: dict[str, Any]) -> dict[str, Any]:
    columns = {"words_checked": "is_words_checked", "explicit": "is_explicit", "faith": "is_faith"}
    return {
        columns.get(kind, kind): "\n".join(value) if isinstance(value, list) else value
        for kind, value in said.items()
        if kind != "heard"
    }


def _sorted(texts: Iterable[str]) -> list[str]:
    return sorted({search_key(text) for text in texts} - {""})


def _known_key(key: str) -> str:
    from music_library.columns import key_number

    name = " ".join(key.split())
    if key_number(name) is None:
        raise BadStatementError(f"{key!r} is no key: say a tonic and major or minor, such as F# minor.", key=key)
    return name


def _within(kind: str, value: float) -> float:
    low, high = _LIMITS[kind]
    if not low <= value <= high:  # also refuses NaN
        raise BadStatementError(f"{kind} is {value}; it must lie from {low:g} to {high:g}.", kind=kind, value=value)
    return float(value)


def _select_tracks() -> Select[Any]:
    return select(
        *(t[name] for name in _PLAIN),
        *(column.label(name) for name, column in EFFECTIVE.items()),
        t.tempo_bpm.label("heard_tempo_bpm"),
        t.mode.label("heard_mode"),
        t.key.label("heard_key"),
    )


def _track(row: RowMapping) -> Track:
    values = dict(row)
    reason, remedy = values["error_reason"], values["error_remedy"]
    flags = tuple(values["flags"].split()) + (("missing",) if values["is_missing"] else ())
    words_checked, explicit, faith = (values.pop(f"is_{name}") for name in ("words_checked", "explicit", "faith"))
    return Track(
        **values
        | {
            "flags": flags,
            "instrumental": None if values["voice"] is None else values["voice"] == "instrumental",
            "error": None if reason is None else f"{reason} {remedy or ''}".strip(),
            "words_checked": bool(words_checked),
            "explicit": explicit,
            "faith": faith,
            "themes": frozenset(theme for theme in (values["themes"] or "").split("\n") if theme),
            "words": tuple(word for word in (values["words"] or "").split("\n") if word),
        }
    )
