"""The demo music can be taken out, stays out, and what was said about it stays."""

from __future__ import annotations

from pathlib import Path

from music_library import Catalogue, scan
from music_library.demo.leaving import demo_files, demo_folder, is_left_out, leave_out, want_again
from music_library.demo.pieces import DEMO_PIECES
from tests.music_library.conftest import KnownModel
from tests.signals import chord_song, write


def test_what_is_taken_out_is_away_stays_said_and_comes_back_when_it_is_wanted(
    tmp_path: Path, catalogue: Catalogue, known_model: KnownModel, quick_hearing: object
):
    piece = demo_folder(tmp_path) / DEMO_PIECES[0].file_name
    piece.parent.mkdir()
    write(piece, chord_song(0, minor=False, seconds=5))
    scan(catalogue, [demo_folder(tmp_path)], model=known_model)
    (track,) = catalogue.tracks()
    catalogue.correct(track.id, account="robin", valence=0.5, arousal=-0.5)
    sound = piece.read_bytes()
    assert not is_left_out(tmp_path)
    leave_out(tmp_path)
    assert demo_files(tmp_path) == []
    assert is_left_out(tmp_path)
    scan(catalogue, [demo_folder(tmp_path)], model=known_model)
    assert len(catalogue.candidates()) == 0
    want_again(tmp_path)
    assert not is_left_out(tmp_path)
    piece.write_bytes(sound)
    scan(catalogue, [demo_folder(tmp_path)], model=known_model)
    assert catalogue.candidates().ids.tolist() == [track.id]
    assert catalogue.track(track.id).valence == 0.5
