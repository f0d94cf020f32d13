"""Playlist files, out and in: M3U8, XSPF and JSPF, which read back as they were written."""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit
from xml.parsers import expat

from music_library.errors import PlaylistFileError
from music_library.tags import clean

_XSPF = "http://xspf.org/ns/0/"
MOST_BYTES = 50_000_000
_ESCAPED = re.compile(rb"\\x([0-9a-f]{2})")


@dataclass(frozen=True)
class PlaylistEntry:
    """One track of a playlist file."""

    path: Path
    title: str | None = None
    artist: str | None = None
    duration_s: float | None = None


FORMATS = ("m3u8", "xspf", "jspf")
"""Endings of playlist files, without their dot."""


def playlist_content(ending: str, rows: Iterable[Mapping[str, Any]], *, folder: bytes | None = None) -> bytes:
    """What a playlist file of this format holds.

    Parameters
    ----------
    ending : str
        `m3u8`, `m3u`, `xspf` or `jspf`.
    rows : iterable of mapping
        With `path`, and `title`, `artist`, `duration_s` where they are known.
    folder : bytes, optional
        Paths are written as seen from there; absolute where absent.
    """
    return _WRITERS[ending]([_entry(row, folder) for row in rows])


def write_playlist(path: Path | str, rows: Iterable[Mapping[str, Any]], *, relative: bool = False) -> None:
    """Write library rows as a playlist file; the ending of the name decides the format.

    Parameters
    ----------
    path : path-like
        Ends in `.m3u8`, `.m3u`, `.xspf` or `.jspf`. It appears whole or not at all.
    rows : iterable of mapping
        With `path`, and `title`, `artist`, `duration_s` where they are known.
    relative : bool, default=False
        Paths as seen from the playlist's folder, so that both can be moved together.

    Raises
    ------
    PlaylistFileError
        If the ending is none of these, or the file cannot be written.
    """
    target = Path(path)
    ending = target.suffix.lower().removeprefix(".")
    if ending not in _WRITERS:
        raise PlaylistFileError(f"{target.name} must end in .m3u8, .xspf or .jspf.", path=str(target))
    folder = os.fsencode(target.absolute().parent)
    content = playlist_content(ending, rows, folder=folder if relative else None)
    part = target.with_name(f".{target.name}.part")
    try:
        part.write_bytes(content)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise PlaylistFileError(f"{target} cannot be written: {error.strerror}.", path=str(target)) from error


def read_playlist(path: Path | str) -> list[PlaylistEntry]:
    """Read a playlist file; paths that were relative are as seen from its folder.

    Raises
    ------
    PlaylistFileError
        If it cannot be read as what its name says.
    """
    source = Path(path)
    readers = {".m3u8": _read_m3u8, ".m3u": _read_m3u8, ".xspf": _read_xspf, ".jspf": _read_jspf}
    reader = readers.get(source.suffix.lower())
    if reader is None:
        raise PlaylistFileError(f"{source.name} must end in .m3u8, .xspf or .jspf.", path=str(source))
    try:
        if source.stat().st_size > MOST_BYTES:
            raise PlaylistFileError(f"{source} is larger than {MOST_BYTES // 1_000_000} MB.", path=str(source))
        return reader(source.read_bytes(), os.fsencode(source.absolute().parent))
    except OSError as error:
        raise PlaylistFileError(f"{source} cannot be read: {error.strerror}.", path=str(source)) from error
    except (
        ValueError,
        TypeError,
        AttributeError,
        LookupError,  # also an encoding that there is not
        RecursionError,
        ET.ParseError,
        expat.ExpatError,
    ) as error:
        raise PlaylistFileError(
            f"{source} is no {source.suffix[1:].upper()} playlist: {error}.", path=str(source)
        ) from error


@dataclass(frozen=True)
class _Entry:
    absolute: bytes
    location: bytes
    title: str | None
    artist: str | None
    duration_s: float | None


def _entry(row: Mapping[str, Any], folder: bytes | None) -> _Entry:
    absolute = location = path_bytes(row["path"])
    if folder is not None:
        location = os.path.relpath(location, folder)
    duration_s = row.get("duration_s")
    return _Entry(
        absolute,
        location,
        clean(row.get("title")),
        clean(row.get("artist")),
        None if duration_s is None else float(duration_s),
    )


def path_bytes(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a path, also of one that is shown with `\\xe9` for what is no text."""
    if isinstance(path, os.PathLike):
        return os.fsencode(path)
    plain = os.fsencode(path)
    if b"\\x" in plain and not os.path.exists(plain):  # noqa: PTH110  # bytes
        return _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), plain)
    return plain


# M3U8: one line a track. Titles are cleaned of line breaks; a path that holds one is written as a URI.


def _m3u8(entries: Sequence[_Entry]) -> bytes:
    lines = [b"#EXTM3U"]
    for entry in entries:
        name = " - ".join(filter(None, (entry.artist, entry.title)))
        seconds = -1 if entry.duration_s is None else round(entry.duration_s)
        lines.append(f"#EXTINF:{seconds},{name}".encode())
        location = b"./" + entry.location if entry.location.startswith(b"#") else entry.location
        # What a reader would strip, or take for two lines, is written as a URI; that is absolute by its nature.
        fits_a_line = location == location.strip() and not set(location) & set(b"\r\n")
        lines.append(location if fits_a_line else _uri(entry.absolute).encode())
    return b"\n".join(lines) + b"\n"


def _read_m3u8(content: bytes, folder: bytes) -> list[PlaylistEntry]:
    entries = []
    title = artist = None
    duration_s: float | None = None
    for raw in content.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").split(b"\n"):
        line = raw.strip()
        if line.startswith(b"#EXTINF:"):
            seconds, _, name = line[8:].decode("utf-8", "replace").partition(",")
            number = re.match(r"-?\d+(\.\d+)?", seconds.strip())
            duration_s = float(number[0]) if number and float(number[0]) >= 0 else None
            before, dash, after = name.strip().partition(" - ")
            artist, title = (before or None, after or None) if dash else (None, before or None)
        elif line and not line.startswith(b"#"):
            entries.append(PlaylistEntry(_located(line, folder), title, artist, duration_s))
            title = artist = duration_s = None
    return entries


# XSPF and JSPF: the same list, as XML and as JSON; locations are URIs.


def _xspf(entries: Sequence[_Entry]) -> bytes:
    ET.register_namespace("", _XSPF)
    root = ET.Element(f"{{{_XSPF}}}playlist", {"version": "1"})
    tracks = ET.SubElement(root, f"{{{_XSPF}}}trackList")
    for entry in entries:
        track = ET.SubElement(tracks, f"{{{_XSPF}}}track")
        for name, value in _fields(entry).items():
            ET.SubElement(track, f"{{{_XSPF}}}{name}").text = str(value)
    ET.indent(root)
    body: str = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode()


def _fields(entry: _Entry) -> dict[str, str | int]:
    values = {
        "location": _uri(entry.location),
        "title": None if entry.title is None else _for_xml(entry.title),
        "creator": None if entry.artist is None else _for_xml(entry.artist),
        "duration": None if entry.duration_s is None else round(entry.duration_s * 1000),
    }
    return {name: value for name, value in values.items() if value is not None}


def _for_xml(text: str) -> str:
    return "".join(c for c in text if c not in "\ufffe\uffff")


def _read_xspf(content: bytes, folder: bytes) -> list[PlaylistEntry]:
    # Entities can make gigabytes of a few lines, or read other files; no playlist needs any.
    plain = content.replace(b"\0", b"")  # also where it is UTF-16
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise ValueError("it declares entities, which playlists do not need")
    root = ET.fromstring(content)  # noqa: S314  # nosec B314  # declarations are refused above
    if root.tag != f"{{{_XSPF}}}playlist":
        raise ValueError(f"it begins with {root.tag}")
    tracks = root.findall(f"{{{_XSPF}}}trackList/{{{_XSPF}}}track")
    return [
        _from_fields({child.tag.removeprefix(f"{{{_XSPF}}}"): child.text for child in track}, folder)
        for track in tracks
        if track.find(f"{{{_XSPF}}}location") is not None
    ]


def _jspf(entries: Sequence[_Entry]) -> bytes:
    tracks = [{**_fields(entry), "location": [_uri(entry.location)]} for entry in entries]
    return json.dumps({"playlist": {"track": tracks}}, ensure_ascii=False, indent=1).encode() + b"\n"


_WRITERS = {"m3u8": _m3u8, "m3u": _m3u8, "xspf": _xspf, "jspf": _jspf}


def _read_jspf(content: bytes, folder: bytes) -> list[PlaylistEntry]:
    entries = []
    for track in json.loads(content)["playlist"]["track"]:
        location = track.get("location")
        if isinstance(location, list):
            location = location[0] if location else None
        if isinstance(location, str):
            entries.append(_from_fields({**track, "location": location}, folder))
    return entries


def _from_fields(fields: Mapping[str, Any], folder: bytes) -> PlaylistEntry:
    duration = fields.get("duration")
    return PlaylistEntry(
        _located(str(fields["location"]).strip().encode(), folder, is_uri=True),
        clean(fields.get("title")),
        clean(fields.get("creator")),
        None if duration is None else float(duration) / 1000,
    )


def _uri(location: bytes) -> str:
    if os.path.isabs(location):  # noqa: PTH117  # bytes
        return "file://" + quote_from_bytes(location, safe="/")
    return quote_from_bytes(location, safe="/")


def _located(line: bytes, folder: bytes, *, is_uri: bool = False) -> Path:
    if line.lower().startswith(b"file://"):
        location = unquote_to_bytes(urlsplit(line.decode("utf-8", "surrogateescape")).path)
    elif is_uri:
        location = unquote_to_bytes(line)
    else:
        location = line
    if b"\x00" in location:
        raise ValueError("a path holds a NUL")
    return Path(os.fsdecode(os.path.normpath(os.path.join(folder, location))))  # noqa: PTH118  # bytes
