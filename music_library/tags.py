"""What the tags in a file say about it, made safe for every screen and table."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import struct
import unicodedata
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

LONGEST = 500
_UNSHOWN = frozenset(("Cc", "Cs", "Co", "Cn", "Zl", "Zp"))
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_INSTRUMENTAL = re.compile(r"\b(instrumental|karaoke|orchestral|backing track)\b", re.IGNORECASE)
_TRACK_NUMBER = re.compile(r"^(?:\d{1,2}-)?\d{1,3}(?:\s*[-_.]\s*|(?<=^0\d) )(?=\D)")
# What tinytag dies of on damaged files, seen by fuzzing it; a file without readable tags is still music.
DAMAGED = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    RecursionError,
    struct.error,
)


@dataclass(frozen=True)
class FileTags:
    """What a file says about itself; None where it says nothing."""

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    genre: str | None = None
    language: str | None = None
    is_instrumental: bool = False
    duration_s: float | None = None


def read_tags(path: Path) -> FileTags:
    """Read a file's tags; damaged tags count as none."""
    from tinytag import TinyTag, TinyTagException

    try:
        tag = TinyTag.get(os.fspath(path), tags=True, duration=False, image=False)
    except (TinyTagException, *DAMAGED) as error:
        log.debug("no tags in a file: %s", type(error).__name__)
        return FileTags()
    other: dict[str, object] = dict(tag.other or {})
    title, genre = clean(tag.title), clean(tag.genre)
    return FileTags(
        title=title,
        artist=clean(tag.artist) or clean(tag.albumartist),
        album=clean(tag.album),
        genre=genre,
        language=_language(other.get("language")),
        is_instrumental=any(text and _INSTRUMENTAL.search(text) for text in (title, genre)),
    )


def clean(text: object) -> str | None:
    """Text from a file as one line that can be stored, shown and searched; None where nothing is left of it.

    Control characters become spaces: a line break would make two lines of one in a playlist, and PostgreSQL takes no
    NUL. So do the marks that turn the direction of writing, with which a title can disguise what follows it.
    """
    if not isinstance(text, str):
        return None
    kept = "".join(" " if c in _DIRECTIONS or unicodedata.category(c) in _UNSHOWN else c for c in text[: 4 * LONGEST])
    kept = unicodedata.normalize("NFC", " ".join(kept.split()))[:LONGEST].strip()
    return kept or None


def title_from_name(path: bytes) -> str:
    """A title for a file that has none: its name without number and ending."""
    stem = os.path.splitext(os.path.basename(path))[0].decode("utf-8", "replace")  # noqa: PTH119, PTH122  # bytes
    without_number = _TRACK_NUMBER.sub("", stem).replace("_", " ")
    return clean(without_number) or clean(stem) or "untitled"


def _language(values: object) -> str | None:
    first = values[0] if isinstance(values, list) and values else values
    text = clean(first)
    return text.lower() if text and re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z]{2,8})?", text) else None


def search_key(text: str) -> str:
    """Text as it is searched: small letters, without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def same_number(*texts: str | None) -> int | None:
    """A number that is the same for the same names, however they are written; None where one is not known."""
    keys = [re.sub(r"[\W_]+", " ", search_key(text or "")).strip() for text in texts]
    if not all(keys):
        return None
    return int.from_bytes(hashlib.blake2b("\n".join(keys).encode(), digest_size=8).digest(), "big", signed=True)
