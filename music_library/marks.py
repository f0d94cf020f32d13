"""Marks on tracks: voice, language, what the words are about, who has listened."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, select

from music_library.database import reading
from music_library.errors import BadStatementError
from music_library.schema import statements, tracks
from music_library.statements import Said, Statements
from music_library.tags import search_key
from music_library.track import Track

VOICES = ("sung", "instrumental")
_TAKEN_BACK = ("voice", "language", "explicit", "faith")

t = tracks.c


class Marks(Statements):
    """The uses that mark tracks and read who has heard them."""

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

        def with_more(db: Connection) -> list[Said]:
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
                changes.append(Said(ids, all_said, _mark_columns(all_said)))
            return changes

        return self._say_each(track_ids, account, with_more)

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


def _mark_columns(said: dict[str, Any]) -> dict[str, Any]:
    columns = {"words_checked": "is_words_checked", "explicit": "is_explicit", "faith": "is_faith"}
    return {
        columns.get(kind, kind): "\n".join(value) if isinstance(value, list) else value
        for kind, value in said.items()
        if kind != "heard"
    }


def _sorted(texts: Iterable[str]) -> list[str]:
    return sorted({search_key(text) for text in texts} - {""})
