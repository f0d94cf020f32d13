"""Hear files with one program and write what it found, what it took and how much memory, as JSON lines.

Run by `benchmarks/extraction.py`, in the environment that has the program. Peers: attune, librosa, essentia,
essentia-degara, aubio, bliss, and decode: reading the file in blocks and nothing else, the floor of them all.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]


def attune() -> Callable[[str], Answer]:
    """The whole vector with loudness, tempo, key and mode."""
    from features import extract

    def hear(path: str) -> Answer:
        heard = extract(path)
        key, _, scale = (heard.key or "").partition(" ")
        answer = {"bpm": heard.tempo_bpm, "key": key or None, "mode": scale or None, "soft_mode": heard.mode}
        return answer | {"odds": heard.tempo_odds, "n_numbers": len(heard.vector)}

    return hear


def librosa() -> Callable[[str], Answer]:
    """As its tutorials do: load, beat_track, chroma_cqt, mfcc, spectral features; the key by Krumhansl's profiles."""
    import librosa as lib
    import numpy as np

    major = np.array([6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88])
    minor = np.array([6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17])
    notes = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

    def hear(path: str) -> Answer:
        y, sr = lib.load(path)
        tempo, _ = lib.beat.beat_track(y=y, sr=sr)
        chroma = lib.feature.chroma_cqt(y=y, sr=sr).mean(axis=1)
        for feature in (lib.feature.mfcc, lib.feature.spectral_centroid, lib.feature.spectral_bandwidth,
                        lib.feature.spectral_rolloff, lib.feature.spectral_contrast):  # fmt: skip
            feature(y=y, sr=sr)
        lib.feature.zero_crossing_rate(y=y)
        lib.feature.rms(y=y)
        scores = [np.corrcoef(np.roll(profile, i), chroma)[0, 1] for profile in (major, minor) for i in range(12)]
        best = int(np.argmax(scores))
        mode = "major" if best < 12 else "minor"
        return {"bpm": float(np.atleast_1d(tempo)[0]), "key": notes[best % 12], "mode": mode}

    return hear


def _essentia(method: str, profile: str) -> Callable[[str], Answer]:
    import essentia
    import essentia.standard as es

    essentia.log.infoActive = False
    essentia.log.warningActive = False

    def hear(path: str) -> Answer:
        audio = es.MonoLoader(filename=path)()
        bpm = es.RhythmExtractor2013(method=method)(audio)[0]
        key, scale, _ = es.KeyExtractor(profileType=profile)(audio)
        return {"bpm": float(bpm), "key": key, "mode": scale}

    return hear


def essentia() -> Callable[[str], Answer]:
    """Its most accurate pair: multi-feature rhythm and the bgate key profile."""
    return _essentia("multifeature", "bgate")


def essentia_degara() -> Callable[[str], Answer]:
    """Its fast pair."""
    return _essentia("degara", "edma")


def aubio() -> Callable[[str], Answer]:
    """Tempo alone."""
    import aubio as lib
    import numpy as np
    import soundfile

    def hear(path: str) -> Answer:
        y, sr = soundfile.read(path, dtype="float32", always_2d=True)
        mono = np.ascontiguousarray(y.mean(axis=1))
        tempo = lib.tempo("default", 1024, 512, sr)
        beats = [tempo.get_last_s() for i in range(0, len(mono) - 512, 512) if tempo(mono[i : i + 512])[0]]
        intervals = np.diff(beats)
        return {"bpm": float(60 / np.median(intervals)) if len(intervals) else None}

    return hear


def bliss() -> Callable[[str], Answer]:
    """Its 23 numbers; the first is a tempo on a scale of its own."""
    import bliss_audio

    def hear(path: str) -> Answer:
        song = bliss_audio.Song(path)
        return {"title": getattr(song, "title", None)}

    return hear


def decode() -> Callable[[str], Answer]:
    """Only read the samples."""
    import numpy as np
    import soundfile

    def hear(path: str) -> Answer:
        with soundfile.SoundFile(path) as sound:
            buffer = np.empty((65_536, sound.channels), dtype=np.float32)
            while len(sound.read(out=buffer)):
                pass
        return {}

    return hear


PEERS = {
    "attune": attune,
    "decode": decode,
    "librosa": librosa,
    "essentia": essentia,
    "essentia-degara": essentia_degara,
    "aubio": aubio,
    "bliss": bliss,
}


def main() -> None:
    """Hear the files named on stdin with the peer named on the command line."""
    hear = PEERS[sys.argv[1]]()
    paths = [line.rstrip("\n") for line in sys.stdin if line.strip()]
    for i, path in enumerate(paths):
        # The first call pays for imports, caches and compilers, and is done twice.
        if i == 0:
            hear(path)
        started = time.process_time()
        answer = hear(path)
        seconds = time.process_time() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"path": path, "cpu_s": seconds, "peak_mb": peak} | answer), flush=True)


if __name__ == "__main__":
    main()
