"""Making the files: one piece after another, each whole or not there at all."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import soundfile as sf
from threadpoolctl import threadpool_limits

from music_library.demo.arrangement import arrange
from music_library.demo.harmony import Key
from music_library.demo.mixing import mix
from music_library.demo.piece import DemoPiece
from music_library.demo.pieces import ALBUM, DEMO_PIECES
from music_library.demo.synthesis import SR, Wave

_STALE_S = 600.0
_BLOCK = 1 << 15  # libsndfile's Vorbis encoder overflows its stack on long writes


def make_demo(
    folder: Path | str,
    *,
    on_piece: Callable[[Path], None] | None = None,
    workers: int = 1,
    pieces: Sequence[DemoPiece] = DEMO_PIECES,
) -> list[Path]:
    """Compose and record the demo pieces that a folder does not hold yet.

    Pieces that are there are kept. A file appears under its name only when it is whole, so a run that was ended at any
    moment is simply run again.

    Parameters
    ----------
    folder : path
        Made if it is missing.
    on_piece : callable, optional
        Called with the path of each piece, kept or made, as soon as it can be played.
    workers : int, default=1
        Processes that record at the same time.
    pieces : sequence of DemoPiece, default=DEMO_PIECES
        Which pieces, in the order in which they are wanted.

    Returns
    -------
    list of Path
        The files, in the order of `pieces`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _clear_up(folder)
    paths = [folder / piece.file_name for piece in pieces]
    missing = [(piece, path) for piece, path in zip(pieces, paths, strict=True) if not path.exists()]
    for path in paths:
        if on_piece is not None and path.exists():
            on_piece(path)
    for path in _recorded(missing, workers=workers):
        if on_piece is not None:
            on_piece(path)
    return paths


def _clear_up(folder: Path) -> None:
    """Remove what an ended run left half done; another run's fresh work is left alone."""
    for partial in folder.glob(".*.partial"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - partial.stat().st_mtime > _STALE_S:
                partial.unlink()


def _recorded(missing: Sequence[tuple[DemoPiece, Path]], *, workers: int) -> Iterator[Path]:
    if workers <= 1 or len(missing) <= 1:
        yield from map(_record, missing)
        return
    with multiprocessing.get_context("spawn").Pool(min(workers, len(missing))) as pool:
        yield from pool.imap(_record, missing)


def _record(job: tuple[DemoPiece, Path]) -> Path:
    piece, path = job
    write_piece(piece, path)
    return path


def perform(piece: DemoPiece) -> Wave:
    """Play a piece: stereo, shape (2, n) at `SR`, the same samples each time on the same machine."""
    score = arrange(piece.sketch, key=Key.of(piece.key), bpm=piece.bpm, beats_per_bar=piece.beats_per_bar)
    # On one thread: on two, a matrix product rounds differently, and the same piece would be another file.
    with threadpool_limits(limits=1):
        return mix(score, piece.sketch.style, seed=piece.sketch.seed, hall_s=piece.sketch.hall_s)


def write_piece(piece: DemoPiece, path: Path) -> None:
    """Record a piece as Ogg Vorbis with its title, artist and album; never what mood it was meant to have."""
    y = perform(piece).T
    partial = path.with_name(f".{path.stem}.{os.getpid()}.partial")
    try:
        with sf.SoundFile(partial, "w", SR, 2, format="OGG", subtype="VORBIS", compression_level=0.55) as file:
            file.title, file.artist, file.album = piece.title, piece.artist, ALBUM
            file.genre, file.tracknumber = "Instrumental", str(piece.number)
            for start in range(0, len(y), _BLOCK):
                file.write(y[start : start + _BLOCK])
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
