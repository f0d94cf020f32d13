"""Half minutes of long recordings, each in one of nine formats, beside shorter ones as they are: many different files.

    python -m benchmarks.excerpts --music DIR --out DIR

Recordings under 8 s are left out, and so is what holds the same bytes as another. Of one that lasts 40 s or more, the
half minute after the first ten seconds is written, and of one of 70 s or more also the next; formats take turns in the
order of names, so that a second run writes the same.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import os
import shutil
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from music_library.files import is_music

SHORTEST_S, EXCERPT_S, FIRST_S = 8.0, 30.0, 10.0


class Format(NamedTuple):
    """How an excerpt is written: by libsndfile, or where a container is named, by FFmpeg."""

    suffix: str
    codec: str
    container: str = ""
    bit_rate: int | None = None
    sr: int = 44_100


FORMATS = (
    Format("mp3", "libmp3lame", "mp3", 192_000),
    Format("flac", "PCM_16"),
    Format("m4a", "aac", "ipod", 160_000),
    Format("ogg", "VORBIS"),
    Format("wav", "PCM_16"),
    Format("opus", "libopus", "ogg", 96_000, 48_000),
    Format("wma", "wmav2", "asf", 128_000),
    Format("aiff", "PCM_16"),
    Format("m4a", "alac", "ipod"),
)


def recordings(music: Path) -> list[tuple[Path, float]]:
    """Recordings of `SHORTEST_S` and more that libsndfile reads, and how long each is, no content twice."""
    found: list[tuple[Path, float]] = []
    seen: set[bytes] = set()
    for path in sorted(music.rglob("*")):
        if not path.is_file() or path.is_symlink() or not is_music(os.fsencode(path)):
            continue
        try:
            duration_s = float(soundfile.info(path).duration)
        except soundfile.SoundFileError:
            continue
        content = hashlib.blake2b(path.read_bytes(), digest_size=16).digest()
        if duration_s >= SHORTEST_S and content not in seen:
            seen.add(content)
            found.append((path, duration_s))
    return found


def starts_of(duration_s: float) -> list[float]:
    """Where the excerpts of a recording begin, in seconds; none of one that is shorter than 40 s."""
    return [start for start in (FIRST_S, FIRST_S + EXCERPT_S) if start + EXCERPT_S <= duration_s]


def excerpt_of(path: Path, start_s: float) -> tuple[NDArray[np.float32], int]:
    """Half a minute of a recording, shape (n_samples, 1 or 2), and its sampling rate."""
    with soundfile.SoundFile(path) as file:
        file.seek(round(start_s * file.samplerate))
        y = file.read(round(EXCERPT_S * file.samplerate), dtype="float32", always_2d=True)
        return np.ascontiguousarray(y[:, :2]), int(file.samplerate)


def write(out: Path, y: NDArray[np.float32], sr: int, how: Format) -> None:
    """Encode samples of shape (n_samples, 1 or 2)."""
    if not how.container:
        with soundfile.SoundFile(out, "w", sr, y.shape[1], how.codec) as file:
            # In pieces: libsndfile's Vorbis writer overflows its stack on one long call.
            for start in range(0, len(y), 4096):
                file.write(y[start : start + 4096])
        return
    layout = "mono" if y.shape[1] == 1 else "stereo"
    with av.open(str(out), "w", format=how.container) as container:
        track: Any = container.add_stream(how.codec, rate=how.sr, layout=layout)
        if how.bit_rate:
            track.bit_rate = how.bit_rate
        resampler = av.AudioResampler(
            format=track.codec_context.codec.audio_formats[0].name,
            layout=layout,
            rate=how.sr,
            frame_size=track.frame_size or 1024,
        )
        frame = av.AudioFrame.from_ndarray(y.reshape(1, -1), format="flt", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = sr, 0, Fraction(1, sr)
        for ready in itertools.chain(resampler.resample(frame), resampler.resample(None)):
            container.mux(track.encode(ready))
        container.mux(track.encode(None))


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the files and say how many there are of each format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--music", type=Path, required=True, help="Folder of music.")
    parser.add_argument("--out", type=Path, required=True, help="Folder to write to.")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    turns = itertools.cycle(FORMATS)
    written: Counter[str] = Counter()
    for i, (path, duration_s) in enumerate(recordings(options.music)):
        starts = starts_of(duration_s)
        if not starts:
            shutil.copy(path, options.out / f"{i:04} whole{path.suffix}")
            written[f"{path.suffix} as it is"] += 1
        for start_s in starts:
            how = next(turns)
            write(options.out / f"{i:04} from {start_s:.0f} s.{how.suffix}", *excerpt_of(path, start_s), how)
            written[f"{how.suffix} ({how.codec})"] += 1
    for kind, count in sorted(written.items()):
        print(f"{count:5} {kind}")
    print(f"{written.total():5} files")


if __name__ == "__main__":
    main()
