"""The words of a song, so that a person can check them: from the file, or a copy somebody pasted. Never fetched."""

from __future__ import annotations

import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from music_library.errors import BadStatementError, LibraryError
from music_library.tags import DAMAGED

if TYPE_CHECKING:
    from music_library.catalogue import Catalogue

LONGEST = 20_000
"""Letters of one song's words; longer ones from a file are cut there."""


@dataclass(frozen=True)
class Lyrics:
    """The words of one song."""

    text: str
    is_pasted: bool
    """A person's own copy, which stands before the file's."""


def lyrics_of(catalogue: Catalogue, track_id: str) -> Lyrics | None:
    """The words that were pasted last, or those in the file; None where there are none or the file is away."""
    pasted = [said.value for said in catalogue.statements(track_id) if said.kind == "lyrics"]
    if pasted and pasted[-1]:
        return Lyrics(pasted[-1], is_pasted=True)
    try:
        text = read_lyrics(catalogue.file_of(track_id))
    except LibraryError:
        return None
    return Lyrics(text, is_pasted=False) if text else None


def keep_lyrics(catalogue: Catalogue, track_id: str, text: str, *, account: str) -> None:
    """Keep a copy of the words that somebody pasted; an empty one lets the file's own count again.

    Raises
    ------
    BadStatementError
        If it is longer than `LONGEST`; nothing is kept then.
    UnknownTrackError
        If this library never held the track.
    """
    kept = plain(text)
    if len(kept) > LONGEST:
        raise BadStatementError(
            f"These words have {len(kept)} letters, and at most {LONGEST} are kept: paste those of this song alone.",
            kind="lyrics",
        )
    catalogue.say_words_of(track_id, kept or None, account=account)


def read_lyrics(path: Path) -> str | None:
    """The words in a file's tags; damaged tags count as none."""
    from tinytag import TinyTag, TinyTagException

    try:
        tag = TinyTag.get(os.fspath(path), tags=True, duration=False, image=False)
    except (TinyTagException, *DAMAGED):
        return None
    other: dict[str, object] = dict(tag.other or {})
    found = other.get("lyrics") or other.get("unsyncedlyrics")
    texts = [text for text in (found if isinstance(found, list) else [found]) if isinstance(text, str)]
    return plain("\n\n".join(texts))[:LONGEST].rstrip() or None


def plain(text: str) -> str:
    """Text with its lines, without anything that a screen would not show as letters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").split("\n")
    shown = ("".join(c for c in line.expandtabs(4) if unicodedata.category(c)[0] != "C") for line in lines)
    return unicodedata.normalize("NFC", "\n".join(line.rstrip() for line in shown)).strip("\n")
