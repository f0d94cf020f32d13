"""Files that people hand in: looked through by the machine's virus scanner, kept whole or not at all, plainly named."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

from music_library.errors import LibraryError
from web.serving import stores
from web.words import say

SCANNER_MINUTES = 5


class RefusedFileError(LibraryError):
    """A file that the machine's virus scanner did not let pass; nothing of it was kept."""


def keep_file(folder_name: str, name: str, content: bytes) -> Path:
    """Keep what somebody brought in a folder of the home, whole or not at all; the same again is not kept twice.

    Raises
    ------
    RefusedFileError
        If a virus scanner was named and found something, or could not look.
    """
    folder = stores().home / folder_name
    folder.mkdir(parents=True, exist_ok=True)
    same = folder / plain_name(name)
    if same.is_file() and same.read_bytes() == content:
        return same
    path = free_name(folder, name)
    unfinished = path.with_name(f".{path.name}.part")
    try:
        unfinished.write_bytes(content)
        require_clean(unfinished, plain_name(name), scanner=stores().settings.virus_scanner)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path


def require_clean(file: Path, name: str, *, scanner: str | None) -> None:
    """Let the machine's virus scanner look through a file before it is kept; without one, nothing is asked.

    Parameters
    ----------
    scanner : str or None
        A program and its options, as `clamdscan --fdpass`; the file's path is put behind them. It ends with 0 where it
        found nothing and with 1 where it found something, as scanners do; anything else means that it could not look,
        and then the file is refused too.

    Raises
    ------
    RefusedFileError
        If something was found or the scanner could not look.
    """
    if not scanner:
        return
    try:
        ended = subprocess.run(
            [*shlex.split(scanner), str(file)], capture_output=True, timeout=60 * SCANNER_MINUTES, check=False
        ).returncode
    except (OSError, subprocess.TimeoutExpired, ValueError) as error:
        raise RefusedFileError(say("clinician.scanner_failed", name=name)) from error
    if ended == 1:
        raise RefusedFileError(say("clinician.scanner_found", name=name))
    if ended != 0:
        raise RefusedFileError(say("clinician.scanner_failed", name=name))


def free_name(folder: Path, name: str) -> Path:
    """A name in `folder` that is not taken, made of the last part of `name` alone."""
    path = folder / plain_name(name)
    stem, suffix = path.stem, path.suffix
    number = 2
    while path.exists():
        path = folder / f"{stem} ({number}){suffix}"
        number += 1
    return path


def plain_name(name: str) -> str:
    """The last part of `name`, without anything that a file system or a page could take for more than a name."""
    plain = re.sub(r"[^\w .()'&,+-]", "_", name.replace("\\", "/").rpartition("/")[2]).strip(" .") or "song"
    stem, dot, suffix = plain.rpartition(".")
    return f"{stem[:120]}{dot}{suffix[:8]}" if dot else plain[:120]
