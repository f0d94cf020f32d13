"""One recording into numbers: one decode, shared spectra, every feature.

The recording is heard in stretches of a minute, and only small summaries of each are kept, so that a file of six hours
needs no more memory than one of six minutes.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.audio import SHORT_SECONDS, SR, Mixer, Resampler, finite, quality_flags, require_duration
from features.decoders import open_regular, open_stream
from features.energy import STEPS_PER_SECOND, Loudness, LoudnessMeter, level_features
from features.errors import SilentAudioError
from features.key import KeyEvidence, key_evidence, tonality
from features.rhythm import Pulses, Tempo, estimate_tempo, onset_features, tempo_features
from features.soft_rhythm import SoftPulses, with_soft_pulses
from features.spectrum import LOOKAHEAD, PITCH_HOP, PITCH_N_FFT, spectra
from features.timbre import texture
from features.tonal import Pitches, new_notes, pitches, tonal_features
from features.vector import FEATURE_NAMES, AudioFeatures, as_vector

SEGMENT_SECONDS = 60.0
_SEGMENT = round(SEGMENT_SECONDS * SR / PITCH_HOP) * PITCH_HOP
# An ultrasonic tone is loud by the meter and leaves but rounding errors, which have tempi; a second of music within ten
# hours of silence lies 46 dB lower in the mean than by the meter, which leaves silence out.
_FAINTEST_SHARE_DB = 60.0
_NO_TEMPO = Tempo(None, None, None, 0.0, None)


class _Stretch(NamedTuple):
    """What is kept of a minute."""

    values: dict[str, float]
    pulses: Pulses
    soft_pulses: SoftPulses
    evidence: KeyEvidence
    tuned_share: float
    n_samples: int
    power: float


class _Listener:
    """Cuts a stream of mono blocks into stretches and hears each as soon as it is whole."""

    def __init__(self) -> None:
        self.stretches: list[_Stretch] = []
        # One buffer for the whole file: fresh memory costs more than the copying.
        self._waiting = np.empty(0, dtype=np.float32)
        self._n_waiting = 0

    def add(self, y: NDArray[np.float32]) -> None:
        end = self._n_waiting + len(y)
        if end > len(self._waiting):
            larger = np.empty(max(end, 2 * len(self._waiting), SR), dtype=np.float32)
            larger[: self._n_waiting] = self._waiting[: self._n_waiting]
            self._waiting = larger
        self._waiting[self._n_waiting : end] = y
        self._n_waiting = end
        # The last stretch is between half a minute and a minute and a half long.
        while self._n_waiting >= 3 * _SEGMENT // 2 + LOOKAHEAD:
            self.stretches.append(_hear(self._waiting[: _SEGMENT + LOOKAHEAD], n_samples=_SEGMENT))
            rest = self._waiting[_SEGMENT : self._n_waiting]
            self._n_waiting = len(rest)
            self._waiting[: len(rest)] = rest

    def finish(self) -> list[_Stretch]:
        if self._n_waiting >= PITCH_N_FFT:
            self.stretches.append(_hear(self._waiting[: self._n_waiting], n_samples=self._n_waiting))
        self._n_waiting = 0
        return self.stretches


def _hear(y: NDArray[np.float32], *, n_samples: int) -> _Stretch:
    """All features of a stretch but those of level, which need the loudness of the whole recording."""
    spectrum = spectra(y)
    sound, values = texture(spectrum.mel, spectrum.contrast)
    pitch: Pitches = pitches(spectrum.peaks, n_frames=spectrum.n_pitch_frames)
    values |= tonal_features(pitch, spectrum.peaks)
    new = new_notes(pitch, n_frames=len(sound.onset_strength))
    pulses = Pulses(sound.onset_strength, sound.low_onset_strength, new.harmony, new.bass)
    tempo = estimate_tempo(pulses, duration_s=n_samples / SR)
    values |= tempo_features(sound.onset_strength, tempo)
    values |= onset_features(sound.loud_onset_strength, sound.low_onset_strength, duration_s=n_samples / SR)
    return _Stretch(
        values,
        pulses,
        SoftPulses(sound.slow_onset_strength, new.notes),
        key_evidence(pitch),
        pitch.tuned_share,
        n_samples,
        float(np.dot(y, y)) / len(y),
    )


def extract(path: Path | str) -> AudioFeatures:
    """Hear a sound file.

    Parameters
    ----------
    path : path-like
        A regular file in any format that libsndfile or FFmpeg reads; content decides, not the name.

    Returns
    -------
    AudioFeatures
        Unknown tempo or key is None, unknown features are NaN.

    Raises
    ------
    NotAudioError
        If it is not a regular file, or holds no sound.
    AudioDecodeError
        If it says that it is sound, and no decoder could read it.
    AudioTooShortError
        If less than 3 s could be decoded.
    SilentAudioError
        If there is nothing to hear.
    """
    with open_regular(path) as file:
        heard = _listen(file, None)
        if heard.mixer.is_cancelled:
            heard = _listen(file, heard.mixer.again())
    duration_s = heard.mixer.n_frames / heard.sr
    require_duration(duration_s, is_partial="partial" in heard.quality)
    return _sum_up(heard.stretches, heard.meter.result(), duration_s=duration_s, quality=heard.quality)


class _Heard(NamedTuple):
    sr: int
    mixer: Mixer
    meter: LoudnessMeter
    stretches: list[_Stretch]
    quality: tuple[str, ...]


def _listen(file: IO[bytes], mixer: Mixer | None) -> _Heard:
    stream = open_stream(file)
    mixer = mixer or Mixer(stream.channels)
    meter = LoudnessMeter(stream.sr, stream.channels)
    resample = Resampler(stream.sr)
    listener = _Listener()
    for raw in stream.blocks:
        block, peak, was_broken = finite(raw)
        mixer.n_broken += was_broken
        meter.add(block, peak=peak)
        listener.add(resample(mixer(block, peak=peak)))
    listener.add(resample(np.zeros(0, dtype=np.float32), last=True))
    return _Heard(stream.sr, mixer, meter, listener.finish(), quality_flags(stream, mixer))


def _sum_up(
    stretches: list[_Stretch], loudness: Loudness, *, duration_s: float, quality: tuple[str, ...]
) -> AudioFeatures:
    pulses = Pulses(*(np.concatenate(parts) for parts in zip(*(s.pulses for s in stretches), strict=True)))
    soft = SoftPulses(*(np.concatenate(parts) for parts in zip(*(s.soft_pulses for s in stretches), strict=True)))
    evidence = KeyEvidence(*(np.sum(parts, axis=0) for parts in zip(*(s.evidence for s in stretches), strict=True)))
    weights = np.array([s.n_samples for s in stretches], dtype=np.float64)
    power = float(np.average([s.power for s in stretches], weights=weights))
    if 10 * np.log10(max(power, 1e-30)) < loudness.integrated_lufs - _FAINTEST_SHARE_DB:
        raise SilentAudioError(
            "All of the recording's sound lies above what is heard.", "Check the file, or leave it out."
        )
    tuned = np.array([s.tuned_share for s in stretches])
    known = np.isfinite(tuned)
    tuned_share = float(np.average(tuned[known], weights=weights[known])) if known.any() else float("nan")

    tempo = estimate_tempo(pulses, duration_s=duration_s) if duration_s >= SHORT_SECONDS else _NO_TEMPO
    tonal = tonality(evidence, tuned_share=tuned_share)
    segments = _with_levels(stretches, loudness)
    vector = _pooled(segments, weights)
    if len(stretches) > 1:
        whole = tempo_features(pulses.onset_strength, tempo)
        whole |= level_features(loudness.steps_lufs, loudness_lufs=loudness.integrated_lufs)
        for i, name in enumerate(FEATURE_NAMES):
            if name in whole:
                vector[i] = whole[name]
    # The vector keeps what sharp attacks tell: mood was learned from it.
    tempo = with_soft_pulses(tempo, soft, duration_s=duration_s)

    flags = list(quality)
    flags += ["short"] if duration_s < SHORT_SECONDS else []
    flags += ["no_pulse"] if tempo.bpm is None else []
    flags += ["no_key"] if tonal.key is None else []
    return AudioFeatures(
        duration_s=duration_s,
        tempo_bpm=tempo.bpm,
        tempo_alternative_bpm=tempo.alternative_bpm,
        tempo_odds=tempo.odds,
        pulse_clarity=tempo.clarity,
        tempo_drift=tempo.drift,
        key=tonal.key,
        key_clarity=tonal.clarity,
        mode=tonal.mode,
        loudness_lufs=loudness.integrated_lufs,
        true_peak_dbtp=loudness.true_peak_dbtp,
        largest_rise_db=loudness.largest_rise_db,
        loudness_curve=loudness.curve_lufs,
        vector=vector,
        segments=segments,
        flags=tuple(flags),
    )


def _with_levels(stretches: list[_Stretch], loudness: Loudness) -> NDArray[np.float32]:
    """The vectors of the stretches that are not silent, level features included; shape (n_segments, n_features)."""
    rows = []
    start = 0
    for stretch in stretches:
        first = round(start / SR * STEPS_PER_SECOND)
        start += stretch.n_samples
        steps = loudness.steps_lufs[first : max(first + 1, round(start / SR * STEPS_PER_SECOND))]
        values = stretch.values
        if len(steps):
            values = values | level_features(steps, loudness_lufs=loudness.integrated_lufs)
        rows.append(as_vector(values))
    return np.stack(rows)


def _pooled(segments: NDArray[np.float32], weights: NDArray[np.float64]) -> NDArray[np.float32]:
    """Mean of the stretches' vectors by their length, unknown values left out."""
    known = np.isfinite(segments)
    total = (known * weights[:, None]).sum(axis=0)
    summed = (np.where(known, segments, 0) * weights[:, None]).sum(axis=0)
    pooled = np.divide(summed, total, out=np.full(segments.shape[1], np.nan), where=total > 0)
    return np.asarray(pooled, dtype=np.float32)
