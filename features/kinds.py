"""What a file is in which no sound was found, so that its error says that, and what to do about it."""

from __future__ import annotations

import os
from typing import IO, NamedTuple


class Kind(NamedTuple):
    """Two sentences: what it is, and what to do."""

    reason: str
    remedy: str


_UNKNOWN = Kind("No sound was found in the file.", "If it plays elsewhere, convert it to FLAC, WAV or MP3.")
_NOTES = Kind(
    "These are notes for a synthesizer (MIDI or a tracker's module), not a recording.",
    "Play it into a WAV or FLAC file with the program that it was made for.",
)
_LIST = Kind("This is a list of songs, not a song.", "Scan the folder in which its songs lie.")
_PAGE = Kind("This is a web page, not a sound file.", "Fetch the song again: a site has sent its page instead of it.")
_PICTURE = Kind("This is a picture, not a sound file.", "Leave it out, or give it the ending of a picture.")
_ARCHIVE = Kind("This is an archive, not a sound file.", "Unpack it and scan what is in it.")
_DOCUMENT = Kind("This is a document or a program, not a sound file.", "Leave it out.")
_TEXT = Kind("This is a text, not a sound file.", "Leave it out, or fetch the song again.")
_ZEROS = Kind(
    "The file begins with nothing but zeros: a copy of it broke off.", "Copy it again from where it came from."
)
_PROTECTED = Kind(
    "The file is copy-protected (DRM), and only its seller's program can play it.",
    "Buy or make a copy without protection.",
)
_BEGINNINGS = (
    ((b"MThd", b"PSID", b"RSID", b"Extended Module:", b"IMPM", b"NESM\x1a", b"Vgm "), _NOTES),
    ((b"#EXTM3U", b"[playlist]", b"ffconcat", b"REM ", b'FILE "', b"PERFORMER ", b"TITLE "), _LIST),
    ((b"<!doctype", b"<!DOCTYPE", b"<html", b"<HTML", b"HTTP/"), _PAGE),
    ((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*"), _PICTURE),
    ((b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ"), _ARCHIVE),
    ((b"%PDF", b"\x7fELF", b"MZ", b"\xd0\xcf\x11\xe0"), _DOCUMENT),
    ((b"\0\0\0\0W\x90u6",), _PROTECTED),  # Audible's first format
)  # fmt: skip
# Windows Media's two objects that say how it is encrypted.
_PROTECTION = (bytes.fromhex("fbb3112223bdd211b4b700a0c955fc6e"), bytes.fromhex("14e68a292226174cb935dae07ee9289c"))
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
PROTECTED_TAGS = frozenset(("drms", "enca", "aavd"))
"""How an MP4 names sound that is encrypted."""
_HEAD = 1 << 16


def kind_without_sound(file: IO[bytes]) -> Kind:
    """What an open file is that no decoder finds sound in."""
    head = _head(file)
    for beginnings, kind in _BEGINNINGS:
        if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(beginnings):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"RMID":
        return _NOTES
    if head[1080:1084] in (b"M.K.", b"M!K!", b"FLT4", b"FLT8", b"4CHN", b"6CHN", b"8CHN") or head[44:48] == b"SCRM":
        return _NOTES
    if not head.strip(b"\0"):
        return _ZEROS
    return _TEXT if _is_text(head) else _UNKNOWN


def protected(file: IO[bytes], codec_tag: str) -> Kind | None:
    """What to say of sound that is encrypted; None where it is not."""
    if codec_tag in PROTECTED_TAGS:
        return _PROTECTED
    head = _head(file)
    return _PROTECTED if head.startswith(_ASF) and any(mark in head for mark in _PROTECTION) else None


def _head(file: IO[bytes]) -> bytes:
    before = file.tell()
    file.seek(0, os.SEEK_SET)
    head = file.read(_HEAD)
    file.seek(before)
    return head


def _is_text(head: bytes) -> bool:
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    try:
        text = head[:4096].decode(encoding)
    except UnicodeDecodeError as error:
        # A letter may be cut in two at the end.
        if error.start < min(len(head), 4096) - 4:
            return False
        text = head[: error.start].decode(encoding, "ignore")
    return all(c.isprintable() or c.isspace() for c in text)
