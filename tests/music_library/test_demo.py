"""The demo pieces: what they are is known by construction; how they sound is measured on the files."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile as sf
from scipy.signal import resample_poly
from tinytag import TinyTag

from features import extract
from music_library.demo import DEMO_PIECES, DemoPiece, make_demo
from music_library.demo.arrangement import SECTION_BARS, Score, arrange
from music_library.demo.harmony import SCALES, Key, bars_of, lead_voices
from music_library.demo.making import perform

FIRST_FOUR = DEMO_PIECES[:4]


@cache
def score_of(piece: DemoPiece) -> Score:
    return arrange(piece.sketch, key=Key.of(piece.key), bpm=piece.bpm, beats_per_bar=piece.beats_per_bar)


def quadrant(piece: DemoPiece) -> tuple[bool, bool]:
    return piece.valence > 0, piece.arousal > 0


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> list[Path]:
    return make_demo(tmp_path_factory.mktemp("demo"), pieces=FIRST_FOUR)


def test_there_are_ten_pieces_in_each_quarter_of_the_plane_and_eight_between():
    assert len({piece.title for piece in DEMO_PIECES}) == len(DEMO_PIECES) == 48
    assert sorted(piece.number for piece in DEMO_PIECES) == list(range(1, 49))
    assert set(Counter(quadrant(piece) for piece in DEMO_PIECES if piece.number <= 40).values()) == {10}


def test_the_pieces_between_lie_on_the_way_from_sad_to_calm():
    between = [piece for piece in DEMO_PIECES if piece.number > 40]
    assert len(between) == 8
    assert all(abs(piece.valence) <= 0.6 and -0.5 <= piece.arousal <= -0.15 for piece in between)


def test_pieces_spread_within_each_quarter():
    for corner in {quadrant(piece) for piece in DEMO_PIECES}:
        moods = np.array([(p.valence, p.arousal) for p in DEMO_PIECES if quadrant(p) == corner])
        assert (np.ptp(moods, axis=0) >= 0.35).all()


def test_the_first_four_pieces_cover_all_quarters():
    assert len({quadrant(piece) for piece in FIRST_FOUR}) == 4


def test_ten_ensembles_share_the_pieces_so_that_artists_can_be_spaced():
    artists = Counter(piece.artist for piece in DEMO_PIECES)
    assert 8 <= len(artists) <= 10
    assert max(artists.values()) <= 7
    for corner in {quadrant(piece) for piece in DEMO_PIECES}:
        assert len({p.artist for p in DEMO_PIECES if quadrant(p) == corner}) >= 5


@pytest.mark.parametrize("piece", DEMO_PIECES, ids=lambda piece: piece.title)
def test_each_piece_keeps_its_tempo_key_and_length(piece):
    score = score_of(piece)
    assert 60 <= score.end_s <= 197
    beat_s = 60 / piece.bpm
    notes = [note for layer in score.notes.values() for note in layer]
    steady = [n for n in notes if n.start_s < (piece.bars - 2) * piece.beats_per_bar * beat_s - 0.1]
    on_the_beat = np.array([n.start_s / beat_s % 1 for n in steady])
    off = np.abs(on_the_beat - np.round(on_the_beat)) * beat_s
    # Between a fifth and all of the notes fall on a beat, within a player's precision.
    assert np.mean(off < 0.02) > 0.2
    key = Key.of(piece.key)
    weights = np.bincount([n.pitch % 12 for n in notes], weights=[n.length_s for n in notes], minlength=12)
    scale = [(key.tonic + step) % 12 for step in SCALES[key.mode]]
    assert weights[scale].sum() > 0.7 * weights.sum()
    last_bar_beats = piece.beats_per_bar + 0.066 * piece.beats_per_bar**2  # it slows down
    closing = [n for n in notes if n.start_s > score.end_s - (last_bar_beats + 0.12) * beat_s]
    triad = {(key.tonic + step) % 12 for step in (0, 3 if key.mode == "minor" else 4, 7)}
    assert key.tonic in {n.pitch % 12 for n in closing} <= triad


@pytest.mark.parametrize("piece", DEMO_PIECES, ids=lambda piece: piece.title)
def test_a_verse_that_comes_back_is_recognised(piece):
    first, second = [i for i, letter in enumerate(piece.sketch.form) if letter == "A"][:2]
    bar_s = 60 / piece.bpm * piece.beats_per_bar
    tune = score_of(piece).notes[0]

    def verse(index: int) -> set[tuple[int, int]]:
        start = sum(SECTION_BARS[x] for x in piece.sketch.form[:index]) * bar_s
        return {
            (round((n.start_s - start) / bar_s * 4), n.pitch)
            for n in tune
            if start - 0.1 <= n.start_s < start + 8 * bar_s - 0.1
        }

    assert len(verse(first) & verse(second)) > 0.55 * len(verse(first))


def test_no_two_pieces_share_a_tune():
    openings = [tuple(note.pitch for note in score_of(piece).notes[0][:12]) for piece in DEMO_PIECES]
    intervals = [tuple(np.diff(opening)) for opening in openings]
    assert len(set(intervals)) == 48


def test_chords_move_with_small_steps():
    chords = [bar[0] for bar in bars_of("i VI iv V i VI iv V i", Key.of("A minor"))]
    voiced = lead_voices(chords, centre=57, voices=4)
    moves = [abs(a - b) for before, after in pairwise(voiced) for a, b in zip(before, after, strict=True)]
    assert np.mean(moves) < 2.5
    assert all({p % 12 for p in pitches} == set(chord.tones) for pitches, chord in zip(voiced, chords, strict=True))


def test_a_chord_that_is_not_one_is_refused():
    with pytest.raises(ValueError, match="'Q7' is not a chord"):
        bars_of("i Q7", Key.of("A minor"))


def test_the_same_piece_is_the_same_sound():
    piece = DEMO_PIECES[3]
    np.testing.assert_array_equal(perform(piece), perform(piece))


def assert_sounds_right(path: Path, piece: DemoPiece) -> None:
    y, sr = sf.read(path, always_2d=True)
    assert len(y) / sr == pytest.approx(score_of(piece).end_s + 3.0, abs=0.1)
    assert 60 <= len(y) / sr <= 200
    assert pyloudnorm.Meter(sr).integrated_loudness(y) == pytest.approx(-18, abs=0.5)
    assert 20 * np.log10(np.abs(resample_poly(y, 4, 1, axis=0)).max()) <= -1.0
    power = (y[: len(y) // (sr // 2) * (sr // 2)] ** 2).mean(axis=1).reshape(-1, sr // 2).mean(axis=1)
    assert (10 * np.log10(power[: -2 * 4] + 1e-12) > -55).all(), "half a second of silence before the end"
    assert np.abs(y[:20]).max() < 0.02
    assert np.abs(y[-20:]).max() < 0.002
    assert np.corrcoef(y.T)[0, 1] < 0.995, "not stereo"
    assert np.abs(y.mean(axis=0)).max() < 1e-3


def test_each_recording_is_level_clean_and_unbroken(recorded):
    for path, piece in zip(recorded, FIRST_FOUR, strict=True):
        assert_sounds_right(path, piece)


@pytest.mark.soak
def test_all_recordings_are_level_clean_unbroken_and_small(tmp_path):
    paths = make_demo(tmp_path)
    for path, piece in zip(paths, DEMO_PIECES, strict=True):
        assert_sounds_right(path, piece)
    assert sum(path.stat().st_size for path in paths) < 60e6


def test_tags_name_the_piece_and_say_nothing_of_its_mood(recorded):
    for path, piece in zip(recorded, FIRST_FOUR, strict=True):
        tag = TinyTag.get(path)
        assert (tag.title, tag.artist, tag.album) == (piece.title, piece.artist, "Attune Demo Ensemble")
        assert tag.genre == "Instrumental"
        everything = str(tag.as_dict()).lower()
        assert not re.search(r"valence|arousal|mood|bpm|" + re.escape(str(piece.valence)), everything)


def test_the_tempo_heard_is_the_tempo_written(recorded):
    for path, piece in zip(recorded, FIRST_FOUR, strict=True):
        tempo = extract(path)
        heard = [bpm for bpm in (tempo.tempo_bpm, tempo.tempo_alternative_bpm) if bpm is not None]
        octaves = [piece.bpm * factor for factor in (0.5, 1, 2)]
        if piece.arousal < 0 and tempo.tempo_bpm is None:
            continue  # soft pads without attacks: not knowing is an answer there
        assert any(bpm == pytest.approx(right, rel=0.04) for bpm in heard for right in octaves), (piece.title, heard)


class EndedError(Exception):
    """Stands for a process that is ended."""


def test_a_run_that_was_ended_goes_on_where_it_stopped(tmp_path):
    def end_it(path: Path) -> None:
        raise EndedError

    with pytest.raises(EndedError):
        make_demo(tmp_path, pieces=FIRST_FOUR[2:], on_piece=end_it)
    first = tmp_path / FIRST_FOUR[2].file_name
    assert [path.name for path in tmp_path.iterdir()] == [first.name]
    made_at = first.stat().st_mtime_ns
    stale = tmp_path / ".03 Furnace.1.partial"
    stale.write_bytes(b"half a piece")
    os.utime(stale, (time.time() - 3600,) * 2)
    seen: list[Path] = []
    paths = make_demo(tmp_path, pieces=FIRST_FOUR[2:], on_piece=seen.append)
    assert seen == paths
    assert sorted(tmp_path.iterdir()) == sorted(paths)
    assert first.stat().st_mtime_ns == made_at


def test_two_workers_make_the_same_files(tmp_path, recorded):
    paths = make_demo(tmp_path, pieces=FIRST_FOUR[2:], workers=2)
    for path, other in zip(paths, recorded[2:], strict=True):
        np.testing.assert_array_equal(sf.read(path)[0], sf.read(other)[0])
