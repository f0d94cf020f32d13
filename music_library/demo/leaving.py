"""Taking the demo music out again, once a library has music of its own."""

from __future__ import annotations

import contextlib
from pathlib import Path

from music_library.demo.pieces import DEMO_PIECES

_LEFT_OUT = ".left-out"


def demo_files(home: Path) -> list[Path]:
    """The demo pieces that are in a home."""
    files = (demo_folder(home) / piece.file_name for piece in DEMO_PIECES)
    return [file for file in files if file.is_file()]


def demo_folder(home: Path) -> Path:
    """Where the demo pieces of a home are."""
    return home / "demo"


def leave_out(home: Path) -> None:
    """Delete the demo pieces, which can be composed again, and remember that nobody wants them.

    The catalogue learns of it by a scan of `demo_folder`: the pieces are then away, as any song whose file is gone, and
    what was said about them stays.
    """
    demo_folder(home).mkdir(parents=True, exist_ok=True)
    (demo_folder(home) / _LEFT_OUT).touch()
    for file in demo_files(home):
        with contextlib.suppress(FileNotFoundError):
            file.unlink()


def is_left_out(home: Path) -> bool:
    """Whether the demo music was taken out of a home."""
    return (demo_folder(home) / _LEFT_OUT).exists()


def want_again(home: Path) -> None:
    """Let the demo music be made again."""
    (demo_folder(home) / _LEFT_OUT).unlink(missing_ok=True)
