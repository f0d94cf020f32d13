"""The features of a recording: what each number is, and the record that carries them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEATURES_VERSION = "5"
"""Changes whenever a feature's value may change; models and catalogues remember theirs."""


@dataclass(frozen=True)
class FeatureSpec:
    """One number of the vector: its name, unit, range, meaning and source."""

    name: str
    unit: str
    low: float
    high: float
    meaning: str
    source: str


_WINDOWS = (5, 10, 20)
_KEY_FINDERS = {
    "krumhansl": "Krumhansl & Kessler 1982",
    "temperley": "Temperley 1999",
    "kostka_payne": "Temperley 2007, from Kostka & Payne",
    "bellman_budge": "Bellman 2005, from Budge 1943",
    "albrecht_shanahan": "Albrecht & Shanahan 2013",
}
_OWN = "counted here"
_DEGREES = ("1", "b2", "2", "b3", "3", "4", "#4", "5", "b6", "6", "b7", "7")
_BANDS_HZ = ("40-250", "250-500", "500-820", "0.8-1.3k", "1.3-2.1k", "2.1-3.5k", "3.5-6k", "6-10k")


def _rhythm() -> list[FeatureSpec]:
    return [
        FeatureSpec(
            "tempo_log2",
            "octaves",
            -1.8,
            1.7,
            "tempo that sharp attacks tell, as octaves above 100 BPM; unknown without a pulse",
            "Peeters 2007",
        ),
        FeatureSpec(
            "tempo_alternative_log2", "octaves", -1.8, 1.7, "second most likely tempo, likewise", "Peeters 2007"
        ),
        FeatureSpec("tempo_odds", "probability", 0, 1, "probability of the tempo among its candidates", _OWN),
        FeatureSpec(
            "pulse_clarity", "correlation", 0, 1, "autocorrelation of onset strength one beat later", "Lartillot 2008"
        ),
        FeatureSpec(
            "pulse_peak",
            "correlation",
            0,
            1,
            "highest autocorrelation of onset strength, 30 to 280 BPM",
            "Lartillot 2008",
        ),
        FeatureSpec("beat_regularity", "correlation", -1, 1, "autocorrelation two and four beats later", _OWN),
        FeatureSpec("tempo_entropy", "share", 0, 1, "how evenly all tempi are likely", _OWN),
        FeatureSpec("onset_rate", "1/s", 0, 25, "onsets a second", "Bello 2005"),
        FeatureSpec("low_onset_rate", "1/s", 0, 25, "onsets a second below 500 Hz", _OWN),
        FeatureSpec("onset_interval_spread", "octaves", 0, 4, "spread of the times between onsets", _OWN),
        FeatureSpec("onset_interval_median", "s", 0, 4, "median time between onsets", _OWN),
        FeatureSpec("onset_strength_mean", "bel", 0, 2, "mean rise of the log mel spectrum a frame", "Böck 2013"),
        FeatureSpec("onset_strength_sd", "bel", 0, 2, "spread of the onset strength", "Böck 2013"),
        FeatureSpec("onset_strength_p90", "bel", 0, 3, "onset strength of the strongest tenth", "Böck 2013"),
        FeatureSpec(
            "onset_contrast", "ratio", 0, 30, "spread of the onset strength over its mean: separate or legato", _OWN
        ),
    ]


def _energy() -> list[FeatureSpec]:
    source = "ITU-R BS.1770-5"
    return [
        FeatureSpec("level_mean", "dB", -40, 20, "mean level relative to the recording's loudness", source),
        FeatureSpec("level_sd", "dB", 0, 30, "spread of the level of 100 ms", source),
        FeatureSpec("level_p10", "dB", -40, 20, "level of the softest tenth, relative to the loudness", source),
        FeatureSpec("level_p50", "dB", -40, 20, "median level, relative to the loudness", source),
        FeatureSpec("level_p90", "dB", -40, 20, "level of the loudest tenth, relative to the loudness", source),
        FeatureSpec("level_range", "dB", 0, 60, "from the softest to the loudest tenth", source),
        FeatureSpec("level_slow_sd", "dB", 0, 30, "spread of the level of 1 s", source),
        FeatureSpec("level_slope", "dB/min", -2000, 2000, "slope of the level", _OWN),
        FeatureSpec("level_rise_rate", "dB/s", 0, 200, "sum of all rises of the level a second", _OWN),
        FeatureSpec("level_rise_p90", "dB", -5, 60, "rise within 100 ms of the strongest tenth", _OWN),
        FeatureSpec(
            "low_energy_share", "share", 0, 1, "share of 100 ms 3 dB under the mean power", "Tzanetakis & Cook 2002"
        ),
    ]


def _harmony() -> list[FeatureSpec]:
    specs = [
        FeatureSpec("tuned_share", "share", 0, 1, "share of peaks within 0.15 semitones of the tuned grid", _OWN),
        FeatureSpec("tuning", "semitones", -0.5, 0.5, "departure from A = 440 Hz", _OWN),
    ]
    for seconds in _WINDOWS:
        specs += [
            FeatureSpec(
                f"mode_{name}_{seconds}s",
                "correlation",
                -1,
                1,
                f"best major minus best minor key, {seconds} s windows",
                source,
            )
            for name, source in _KEY_FINDERS.items()
        ]
        source = _KEY_FINDERS["bellman_budge"]
        specs += [
            FeatureSpec(
                f"mode_soft_share_{seconds}s", "share", 0, 1, f"soft share of major windows of {seconds} s", source
            ),
            FeatureSpec(
                f"mode_p20_{seconds}s", "correlation", -1, 1, f"soft mode, lower fifth of {seconds} s windows", source
            ),
            FeatureSpec(
                f"mode_p80_{seconds}s", "correlation", -1, 1, f"soft mode, upper fifth of {seconds} s windows", source
            ),
            FeatureSpec(
                f"mode_sd_{seconds}s", "correlation", 0, 1, f"spread of the soft mode of {seconds} s windows", source
            ),
        ]
    specs += [
        FeatureSpec("key_clarity", "correlation", -1, 1, "correlation with the best key, 10 s windows", "Bellman 2005"),
        FeatureSpec("key_gap", "correlation", 0, 1, "best key over second best", "Bellman 2005"),
        FeatureSpec("key_change_share", "share", 0, 1, "share of windows with another key than the one before", _OWN),
        FeatureSpec("chroma_entropy", "share", 0, 1, "how evenly all pitch classes are used", _OWN),
    ]
    specs += [
        FeatureSpec(f"degree_{i}", "share", 0, 1, f"share of degree {name} of the local key", "Bellman 2005")
        for i, name in enumerate(_DEGREES)
    ]
    specs += [
        FeatureSpec("third_lean", "share", -1, 1, "major third minus minor third of the local key", _OWN),
        FeatureSpec("sixth_lean", "share", -1, 1, "major sixth minus minor sixth of the local key", _OWN),
    ]
    specs += [
        FeatureSpec(f"scale_{name}", "correlation", -1, 1, f"best fit of a {name.replace('_', ' ')} scale", _OWN)
        for name in ("diatonic", "harmonic_minor", "melodic_minor", "pentatonic", "whole_tone")
    ]
    specs.append(
        FeatureSpec(
            "scale_minor_lean", "correlation", -1, 1, "better of harmonic and melodic minor, minus diatonic", _OWN
        )
    )
    specs += [
        FeatureSpec(f"chord_{name}", "share", 0, 1, f"share of time that {name} chords fit best", "Fujishima 1999")
        for name in ("major", "minor", "diminished", "augmented", "suspended", "dominant7", "major7", "minor7")
    ]
    specs += [
        FeatureSpec("chord_major_lean", "cosine", -1, 1, "best major minus best minor triad", "Fujishima 1999"),
        FeatureSpec("chord_clarity", "cosine", 0, 1, "fit of the best chord", "Fujishima 1999"),
        FeatureSpec("chord_change_rate", "1/s", 0, 2, "how often the chord is another after half a second", _OWN),
        FeatureSpec(
            "harmonic_change_mean", "cosine distance", 0, 1, "chroma against half a second earlier", "Harte 2006"
        ),
        FeatureSpec("harmonic_change_p90", "cosine distance", 0, 1, "the same, strongest tenth", "Harte 2006"),
        FeatureSpec("register_mean", "MIDI", 33, 109, "mean pitch", _OWN),
        FeatureSpec("register_sd", "semitones", 0, 40, "spread of the mean pitch", _OWN),
        FeatureSpec("register_low_share", "share", 0, 1, "share below C3", _OWN),
        FeatureSpec("register_high_share", "share", 0, 1, "share from C5 up", _OWN),
        FeatureSpec("bass_mean", "MIDI", 33, 109, "mean lowest strong pitch", _OWN),
        FeatureSpec("polyphony_mean", "notes", 0, 76, "strong pitches at once", _OWN),
        FeatureSpec("polyphony_sd", "notes", 0, 40, "spread of their number", _OWN),
        FeatureSpec("melody_change_rate", "1/s", 0, 11, "changes of the strongest upper pitch a second", _OWN),
        FeatureSpec("melody_step", "semitones", 0, 24, "mean size of those changes", _OWN),
        FeatureSpec("melody_mean", "MIDI", 55, 109, "mean of the strongest upper pitch", _OWN),
        FeatureSpec("melody_sd", "semitones", 0, 40, "spread of the strongest upper pitch", _OWN),
        FeatureSpec("roughness", "ratio", 0, 1, "beating of neighbouring peaks over their energy", "Sethares 1998"),
    ]
    return specs


def _timbre() -> list[FeatureSpec]:
    specs = []
    for i, hz in enumerate(_BANDS_HZ, start=1):
        specs += [
            FeatureSpec(
                f"flux_band{i}", "bel", 0, 2, f"mean rise a frame of the log mel spectrum, {hz} Hz", "Böck 2013"
            ),
            FeatureSpec(f"flux_band{i}_sd", "bel", 0, 2, f"spread of that rise, {hz} Hz", "Böck 2013"),
            FeatureSpec(f"band{i}_level", "dB", -60, 0, f"level of {hz} Hz relative to all", _OWN),
        ]
    for name, meaning in (("centroid", "centre of the mel spectrum"), ("rolloff", "pitch below which 85 % of it lies")):
        for statistic in ("mean", "p10", "p50", "p90"):
            specs.append(
                FeatureSpec(f"{name}_{statistic}", "octaves from A4", -4, 5, f"{meaning}, {statistic}", "Peeters 2004")
            )
        specs.append(FeatureSpec(f"{name}_sd", "octaves", 0, 5, f"{meaning}, spread", "Peeters 2004"))
        specs.append(FeatureSpec(f"{name}_slope", "octaves/min", -200, 200, f"{meaning}, slope", "Peeters 2004"))
    specs += [
        FeatureSpec("spread_mean", "octaves", 0, 5, "width of the mel spectrum", "Peeters 2004"),
        FeatureSpec("spread_sd", "octaves", 0, 5, "spread of that width", "Peeters 2004"),
        FeatureSpec(
            "flatness_mean", "ratio", 0, 1, "geometric over arithmetic mean of the mel spectrum", "Peeters 2004"
        ),
        FeatureSpec("flatness_sd", "ratio", 0, 1, "spread of the flatness", "Peeters 2004"),
        FeatureSpec("flatness_p90", "ratio", 0, 1, "flatness of the flattest tenth", "Peeters 2004"),
        FeatureSpec(
            "frame_novelty_mean", "cosine distance", 0, 2, "difference in shape from frame to frame", "Foote 2000"
        ),
        FeatureSpec("frame_novelty_p50", "cosine distance", 0, 2, "the same, median", "Foote 2000"),
        FeatureSpec("frame_novelty_p90", "cosine distance", 0, 2, "the same, strongest tenth", "Foote 2000"),
        FeatureSpec("novelty_mean", "bel", 0, 6, "difference in shape from second to second", "Foote 2000"),
        FeatureSpec("novelty_p90", "bel", 0, 6, "the same, strongest tenth", "Foote 2000"),
        FeatureSpec("percussive_share", "share", 0, 1, "share of energy that is short and wide", "Fitzgerald 2010"),
    ]
    specs += [
        FeatureSpec(f"contrast_band{i}", "bel", 0, 8, f"peaks over valleys within {hz} Hz", "Jiang 2002")
        for i, hz in enumerate(("75-200", "200-400", "400-800", "800-1600", "1600-3200"), start=1)
    ]
    for i, hz in enumerate(("0.5-1", "1-2", "2-4", "4-8", "8-16"), start=1):
        specs.append(
            FeatureSpec(f"modulation_band{i}", "share", 0, 1, f"onset strength fluctuating at {hz} Hz", "Pampalk 2006")
        )
    specs += [
        FeatureSpec(f"mfcc{i}_mean", "bel", -60, 60, f"cepstral coefficient {i}", "Logan 2000") for i in range(1, 14)
    ]
    specs += [
        FeatureSpec(f"mfcc{i}_sd", "bel", 0, 60, f"spread of coefficient {i}", "Logan 2000") for i in range(1, 14)
    ]
    return specs


FEATURES: tuple[FeatureSpec, ...] = (*_rhythm(), *_energy(), *_harmony(), *_timbre())
"""Every number of the vector, in its order."""
FEATURE_NAMES: tuple[str, ...] = tuple(spec.name for spec in FEATURES)


def as_vector(values: Mapping[str, float]) -> NDArray[np.float32]:
    """Put named values into the order of `FEATURES`; what is missing or infinite is unknown: NaN."""
    vector = np.array([values.get(name, np.nan) for name in FEATURE_NAMES], dtype=np.float32)
    vector[~np.isfinite(vector)] = np.nan
    return vector


@dataclass(frozen=True)
class AudioFeatures:
    """What was heard in one recording. Unknown is None (or NaN in `vector`), never a made-up number."""

    duration_s: float
    tempo_bpm: float | None
    """Beats per minute in (0, 320], or None where there is no pulse."""
    tempo_alternative_bpm: float | None
    """The second most likely tempo, usually half or double."""
    tempo_odds: float | None
    """Probability of `tempo_bpm` among the candidates, in [0, 1]."""
    pulse_clarity: float | None
    tempo_drift: float | None
    """Largest relative departure of the local tempo from `tempo_bpm`; None without tempo, or where the pulse
    stops for a tenth of the recording or more."""
    key: str | None
    """Like `F# minor`; None where there is no tonality."""
    key_clarity: float | None
    mode: float | None
    """Soft mode in [-1, 1]: minor to major."""
    loudness_lufs: float
    true_peak_dbtp: float
    largest_rise_db: float
    """Largest rise of level within 1 s."""
    loudness_curve: NDArray[np.float32]
    """Level of each second in LUFS-like dB, shape (n_seconds,)."""
    vector: NDArray[np.float32]
    """All of `FEATURES` in order, shape (n_features,), for the whole recording."""
    segments: NDArray[np.float32]
    """The same features for stretches of about a minute, shape (n_segments, n_features): moods are scored on these
    and pooled, because a model that learned from excerpts misjudges whole tracks."""
    flags: tuple[str, ...] = ()
    """Of `partial`, `clipped`, `phase_cancelled`, `no_pulse`, `no_key`, `narrow_band`, `dc`, `short`."""
