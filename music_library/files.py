"""Walking folders: every file that may be music, and by name everything that cannot be read.

Paths are bytes in here and in the catalogue, because not every name on a disk is text.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Names that say "not music"; their content is still looked at, because content decides.
_MUSIC = frozenset(
    b".mp3 .mp2 .mp1 .mpga .flac .ogg .oga .opus .spx .wav .wave .w64 .rf64 .bwf .aif .aiff .aifc .m4a .m4b .m4p .mp4 "
    b".aac .ac3 .eac3 .dts .wma .asf .ape .wv .tta .mpc .mka .webm .caf .au .snd .amr .ra .rm .3gp .dsf .dff .alac "
    b".aax .aa "  # sold books that no other program may play: named, with why
    b".mkv .mov .m4v .avi .flv .mpg .mpeg .ogv .wmv".split()  # films: their sound is heard
)
# Songs as notes: nothing can be heard in them, and they are named with what to do about it.
_NOTES = (b"MThd", b"PSID", b"RSID", b"IMPM", b"Extended Module:")
# Still being written, by us or by a program that fetches or converts; it gets its own name when it is done.
_UNFINISHED = (b".partial", b".part", b".crdownload", b".download", b".tmp")
# Kept beside the music by other programs, and full of what is not the user's.
_NOT_THEIRS = frozenset((b"@eaDir", b"$RECYCLE.BIN", b"System Volume Information", b".git", b"lost+found"))


@dataclass(frozen=True)
class FoundFile:
    """A file, and what tells later whether it has changed."""

    path: bytes
    size: int
    modified_ns: int
    changed_ns: int

    @property
    def as_path(self) -> Path:
        """The path for the functions of the operating system."""
        return Path(os.fsdecode(self.path))


@dataclass(frozen=True)
class Unreadable:
    """Something in a folder of music that is no file that can be read."""

    path: bytes
    reason: str
    remedy: str


def shown(path: bytes) -> str:
    """A path as text that every screen, table and file can hold; bytes that are no text show as `\\xe9`."""
    return path.decode("utf-8", "backslashreplace").replace("\x00", "")


def absolute(path: Path | str) -> bytes:
    """An absolute path in bytes, without following links."""
    return os.path.abspath(os.fsencode(path))  # noqa: PTH100  # Path.absolute keeps "a/../b"


def walk(root: bytes) -> Iterator[FoundFile | Unreadable]:
    """Every file under `root` that may be music, links followed, no folder twice.

    Parameters
    ----------
    root : bytes
        Absolute path of a folder, or of one file, which is then taken as music whatever its name.

    Yields
    ------
    FoundFile or Unreadable
        In the order of names. Nothing is opened that is not a regular file: a pipe would wait for ever.
    """
    try:
        status = os.stat(root)  # noqa: PTH116  # bytes
    except OSError as error:
        yield _cannot_reach(root, error)
        return
    if stat.S_ISDIR(status.st_mode):
        if _leads_back(root, status):
            yield _circle(root)
            return
        yield from _walk_folder(root, status)
    elif stat.S_ISREG(status.st_mode):
        yield _found(root, status)
    else:
        yield _not_regular(root, status.st_mode)


def _leads_back(root: bytes, status: os.stat_result) -> bool:
    """Whether a folder to be walked is a link to one that it lies in: a watch names such a link by itself."""
    if not os.path.islink(root):  # noqa: PTH114  # bytes
        return False
    target, above = (status.st_dev, status.st_ino), os.path.dirname(root)  # noqa: PTH120  # bytes
    while True:
        try:
            found = os.stat(above)  # noqa: PTH116  # bytes
        except OSError:
            return False
        if (found.st_dev, found.st_ino) == target:
            return True
        if above == os.path.dirname(above):  # noqa: PTH120  # bytes
            return False
        above = os.path.dirname(above)  # noqa: PTH120  # bytes


def _circle(folder: bytes) -> Unreadable:
    return Unreadable(
        folder, "This link leads back into a folder that it lies in.", "Remove the link; nothing else is lost."
    )


def _walk_folder(root: bytes, root_status: os.stat_result) -> Iterator[FoundFile | Unreadable]:
    seen: set[tuple[int, int]] = set()
    # A list of what is still to do, not recursion: folders may lie deeper than calls may.
    waiting = [(root, root_status, frozenset[tuple[int, int]]())]
    while waiting:
        folder, status, above = waiting.pop()
        identity = (status.st_dev, status.st_ino)
        if identity in above:
            yield _circle(folder)
            continue
        if identity in seen:
            continue
        seen.add(identity)
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=lambda entry: (entry.is_symlink(), entry.name))
        except OSError as error:
            yield Unreadable(
                folder,
                f"This folder cannot be listed: {error.strerror}.",
                "Give yourself the right to read it, or leave it out.",
            )
            continue
        folders = []
        for entry in entries:
            try:
                entry_status = entry.stat()
            except OSError as error:
                yield _cannot_reach(entry.path, error)
                continue
            if stat.S_ISDIR(entry_status.st_mode):
                if entry.name not in _NOT_THEIRS and not entry.name.startswith(b".Trash"):
                    folders.append((entry.path, entry_status, above | {identity}))
            elif not stat.S_ISREG(entry_status.st_mode):
                yield _not_regular(entry.path, entry_status.st_mode)
            elif is_music(entry.path):
                yield _found(entry.path, entry_status)
        waiting += reversed(folders)


def is_music(path: bytes) -> bool:
    """Whether a regular file may be music: by its name, or else by how it begins."""
    name = os.path.basename(path)  # noqa: PTH119  # bytes
    if name.startswith(b"._"):  # what macOS leaves on other disks: neither music nor the user's
        return False
    if name.lower().endswith(_UNFINISHED):
        return False
    if os.path.splitext(name)[1].lower() in _MUSIC:  # noqa: PTH122  # bytes
        return True
    try:
        with open(path, "rb") as file:  # noqa: PTH123  # bytes
            return begins_like_music(file.read(16))
    except OSError:
        return False


def begins_like_music(head: bytes) -> bool:
    """Whether these are the first 16 bytes of a format of sound, or of a song as notes."""
    return (
        head[:4] in (b"fLaC", b"OggS", b"MAC ", b"wvpk", b"TTA1", b"caff", b".snd", b"RF64", b"riff", b"DSD ", b"FRM8")
        or head[:3] == b"ID3"
        or (head[:4] == b"RIFF" and head[8:12] == b"WAVE")
        or (head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"))
        or head.startswith(_NOTES)
        or (head[4:8] == b"ftyp" and head[8:11] in (b"M4A", b"M4B", b"M4V", b"mp4", b"iso", b"das", b"qt ", b"aax"))
        or head == bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")  # ASF: WMA
        or head[:4] == bytes.fromhex("1a45dfa3")  # Matroska and WebM
        or (head[:1] == b"\xff" and len(head) > 2 and head[1] & 0xE0 == 0xE0 and _is_mpeg_frame(head))
    )


def _is_mpeg_frame(head: bytes) -> bool:
    version, layer = head[1] >> 3 & 3, head[1] >> 1 & 3
    if layer == 0:  # AAC in ADTS says layer 0
        return head[1] & 0xF6 == 0xF0 and head[2] >> 2 & 15 < 13
    # Layer I is left to names: text in UTF-16 begins as it does, and nobody has it.
    return layer != 3 and version != 1 and head[2] >> 4 not in (0, 15) and head[2] >> 2 & 3 != 3


def _found(path: bytes, status: os.stat_result) -> FoundFile:
    return FoundFile(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _cannot_reach(path: bytes, error: OSError) -> Unreadable:
    if os.path.islink(path):  # noqa: PTH114  # bytes
        return Unreadable(path, f"This link leads nowhere ({error.strerror}).", "Remove it, or put back what it names.")
    return Unreadable(path, f"It cannot be reached: {error.strerror}.", "Give yourself the right to read it.")


def _not_regular(path: bytes, mode: int) -> Unreadable:
    kinds = {stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}
    kind = kinds.get(stat.S_IFMT(mode), "no file")
    return Unreadable(
        path, f"This is {kind}, not a sound file.", "Take it out of the music folder, or leave it: it is skipped."
    )
