"""The scan keeps what it hears, names what it cannot hear, and never does work twice."""

from __future__ import annotations

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from features.vector import FEATURE_NAMES
from music_library.catalogue import Catalogue
from music_library.errors import MissingFileError, ScanRunningError
from music_library.locks import only_one
from music_library.scanning import scan
from tests.music_library.conftest import KnownModel
from tests.signals import chord_song, click_track, noise, write

pytestmark = pytest.mark.usefixtures("quick_hearing")


def test_a_scan_hears_every_file_and_a_second_one_hears_none(catalogue, music, quick_hearing):
    first = scan(catalogue, [music])
    assert (first.analysed, first.unchanged, first.failed, first.missing) == (2, 0, 0, 0)
    second = scan(catalogue, [music])
    assert (second.analysed, second.unchanged, second.failed, second.missing) == (0, 2, 0, 0)
    assert len(quick_hearing()) == 2
    assert set(second.as_json()) == {"analysed", "unchanged", "failed", "missing", "seconds", "errors"}


def test_what_was_heard_is_in_the_catalogue(catalogue, music):
    scan(catalogue, [music])
    chords = catalogue.tracks(words="first")[0]
    assert chords.title == "First song"  # from the name: the file has no tags
    assert chords.duration_s == pytest.approx(5.0, abs=0.01)
    assert chords.path == str(music / "01 - First song.wav")
    assert chords.valence is None
    assert chords.mood_source is None
    assert catalogue.file_of(chords.id) == music / "01 - First song.wav"


def test_a_model_estimates_in_the_scan_and_another_one_later_without_hearing_again(catalogue, music, quick_hearing):
    scan(catalogue, [music])
    assert catalogue.counts().ready == 0
    scan(catalogue, [music], model=KnownModel("a", valence=0.25, arousal=-0.5))
    track = catalogue.tracks()[0]
    assert (track.valence, track.arousal, track.valence_sd, track.mood_source) == (0.25, -0.5, 0.3, "estimate")
    scan(catalogue, [music], model=KnownModel("b", valence=-0.75, arousal=0.5))
    track = catalogue.tracks()[0]
    assert (track.valence, track.arousal, track.model_id) == (-0.75, 0.5, "b")
    write(music / "third.wav", chord_song(5, minor=True, seconds=5))
    scan(catalogue, [music], model=KnownModel("b", valence=-0.75, arousal=0.5))
    assert catalogue.counts().ready == 3
    assert len(quick_hearing()) == 3


def test_a_model_is_asked_once_for_each_track(catalogue, music):
    model = KnownModel()
    scan(catalogue, [music], model=model)
    scan(catalogue, [music], model=model)
    assert model.asked == 2


def test_a_file_keeps_its_id_and_corrections_when_it_is_moved_and_renamed(catalogue, music, quick_hearing):
    scan(catalogue, [music])
    before = catalogue.tracks(words="second")[0]
    catalogue.correct(before.id, account="ada", valence=0.5, arousal=0.5)
    (music / "deep" / "er").mkdir(parents=True)
    (music / "second.flac").rename(music / "deep" / "er" / "Another name.flac")
    summary = scan(catalogue, [music])
    assert (summary.analysed, summary.unchanged, summary.missing) == (0, 2, 0)
    after = catalogue.tracks(words="another")[0]
    assert (after.id, after.valence, after.mood_source) == (before.id, 0.5, "correction")
    assert catalogue.count() == 2
    assert catalogue.file_of(before.id) == music / "deep" / "er" / "Another name.flac"
    assert len(quick_hearing()) == 2


def test_a_copy_is_the_same_track(catalogue, music, quick_hearing):
    shutil.copy(music / "second.flac", music / "copy.flac")
    summary = scan(catalogue, [music])
    assert (summary.analysed, summary.unchanged, summary.failed) == (2, 1, 0)
    assert catalogue.count() == 2
    (music / "copy.flac").unlink()
    assert scan(catalogue, [music]).missing == 0
    assert len(quick_hearing()) == 2


def test_an_unmounted_disk_loses_nothing(catalogue, music, tmp_path, quick_hearing):
    scan(catalogue, [music], model=KnownModel())
    ids = {track.id for track in catalogue.tracks()}
    music.rename(tmp_path / "elsewhere")
    music.mkdir()
    summary = scan(catalogue, [music])
    assert (summary.analysed, summary.missing) == (0, 2)
    assert {track.id for track in catalogue.tracks()} == ids
    assert all("missing" in track.flags for track in catalogue.tracks())
    assert len(catalogue.candidates()) == 0
    with pytest.raises(MissingFileError, match="not there any more"):
        catalogue.file_of(min(ids))
    music.rmdir()
    (tmp_path / "elsewhere").rename(music)
    summary = scan(catalogue, [music])
    assert (summary.unchanged, summary.missing) == (2, 0)
    assert len(catalogue.candidates()) == 2
    assert len(quick_hearing()) == 2


def test_another_folder_is_not_missing_because_it_was_not_scanned(catalogue, music, tmp_path):
    scan(catalogue, [music])
    other = tmp_path / "music2"  # begins with the same letters
    other.mkdir()
    assert scan(catalogue, [other]).missing == 0
    assert not any(track.is_missing for track in catalogue.tracks())


def test_a_failure_is_kept_with_reason_and_remedy_and_not_tried_again(catalogue, music, quick_hearing):
    write(music / "silence.wav", np.zeros(5 * 22_050, dtype=np.float32))
    (music / "text.mp3").write_text("this is no music " * 100)
    (music / "empty.ogg").touch()
    first = scan(catalogue, [music], model=KnownModel())
    assert (first.analysed, first.failed) == (2, 3)
    assert {Path(error.path).name for error in first.errors} == {"silence.wav", "text.mp3", "empty.ogg"}
    assert all(error.reason and error.remedy for error in first.errors)
    n_heard = len(quick_hearing())
    second = scan(catalogue, [music], model=KnownModel())
    assert (second.analysed, second.unchanged, second.failed) == (0, 2, 3)
    assert second.errors == first.errors
    assert len(quick_hearing()) == n_heard
    failed = catalogue.tracks(failed=True)
    assert len(failed) == 3
    assert all(track.duration_s is None and track.tempo_bpm is None and track.valence is None for track in failed)
    assert len(catalogue.candidates()) == 2


def test_a_failed_file_is_tried_again_when_it_changes_and_keeps_its_id(catalogue, music):
    song = music / "song.wav"
    write(song, np.zeros(5 * 22_050, dtype=np.float32))
    scan(catalogue, [music])
    failed = catalogue.tracks(failed=True)[0]
    write(song, chord_song(2, minor=False, seconds=6))
    assert scan(catalogue, [music]).analysed == 1
    assert catalogue.count(failed=True) == 0
    assert catalogue.track(failed.id).duration_s == pytest.approx(6, abs=0.01)


def test_a_failed_file_is_tried_again_when_somebody_asks(catalogue, music, quick_hearing):
    (music / "text.mp3").write_text("this is no music " * 100)
    scan(catalogue, [music])
    n_heard = len(quick_hearing())
    assert catalogue.try_again() == 1
    scan(catalogue, [music])
    assert len(quick_hearing()) == n_heard + 1


def test_another_recording_under_an_old_name_is_another_track(catalogue, music):
    scan(catalogue, [music])
    before = catalogue.tracks(words="second")[0]
    catalogue.correct(before.id, account="ada", tempo_bpm=50)
    write(music / "second.flac", noise(seconds=7))
    assert scan(catalogue, [music]).analysed == 1
    now = catalogue.tracks(words="second")
    assert {track.id: track.is_missing for track in now} == {before.id: True, now[1].id: False}
    assert catalogue.track(now[1].id).duration_s == pytest.approx(7, abs=0.01)
    assert catalogue.track(before.id).tempo_bpm == 50


def test_a_pipe_a_loop_and_a_broken_link_are_named_and_passed_by(catalogue, music):
    os.mkfifo(music / "pipe.mp3")
    (music / "loop").symlink_to(music, target_is_directory=True)
    (music / "nowhere.mp3").symlink_to(music / "gone.mp3")
    started = time.monotonic()
    summary = scan(catalogue, [music])
    assert time.monotonic() - started < 20
    assert summary.analysed == 2
    assert {Path(error.path).name for error in summary.errors} == {"pipe.mp3", "loop", "nowhere.mp3"}


def test_a_device_is_named_and_not_read(catalogue, music):
    (music / "zero.mp3").symlink_to("/dev/zero")
    summary = scan(catalogue, [music])
    assert [Path(error.path).name for error in summary.errors] == ["zero.mp3"]
    assert "device" in summary.errors[0].reason


def test_names_that_are_no_text_are_heard_shown_and_found_again(catalogue, music, quick_hearing):
    name = os.fsencode(music) + b"/caf\xe9 \n odd.wav"
    os.rename(os.fsencode(music / "01 - First song.wav"), name)  # noqa: PTH104
    assert scan(catalogue, [music]).analysed == 2
    track = catalogue.tracks(words="odd")[0]
    assert track.path.endswith("caf\\xe9 \n odd.wav")
    track.path.encode()  # can be written anywhere
    assert os.fsencode(catalogue.file_of(track.id)) == name
    assert scan(catalogue, [music]).unchanged == 2


def test_songs_can_be_used_while_the_scan_runs(catalogue, music, monkeypatch):
    monkeypatch.setattr("music_library.scanning.COMMIT_SECONDS", 0)
    seen: list[int] = []
    for i in range(4):
        write(music / f"{i}.wav", click_track(80 + 10 * i, seconds=4))
    scan(catalogue, [music], model=KnownModel(), on_progress=lambda *_: seen.append(len(catalogue.candidates())))
    assert seen[-1] == 6
    assert set(seen) >= {1, 2, 3, 4, 5}


def test_progress_counts_every_file(catalogue, music):
    told: list[tuple[int, int]] = []
    scan(catalogue, [music], on_progress=lambda done, total, _: told.append((done, total)))
    assert told[0] == (0, 2)
    assert told[-1] == (2, 2)
    assert all(total == 2 for _, total in told)


def test_ctrl_c_keeps_what_was_finished(catalogue, music, quick_hearing):
    def interrupt(done: int, *_: object) -> None:
        if len(quick_hearing()) == 2:
            raise KeyboardInterrupt

    write(music / "third.wav", click_track(90, seconds=4))
    with pytest.raises(KeyboardInterrupt):
        scan(catalogue, [music], on_progress=interrupt)
    kept = catalogue.count()
    assert kept >= 1
    assert scan(catalogue, [music]).unchanged == kept


def test_a_second_scan_at_once_is_refused_with_a_sentence(catalogue, music, monkeypatch):
    monkeypatch.setattr("music_library.scanning.ENDING_SECONDS", 0)
    with only_one(catalogue.engine, "scan"), pytest.raises(ScanRunningError, match="under way"):
        scan(catalogue, [music])
    assert scan(catalogue, [music]).analysed == 2


def test_a_second_scan_is_told_how_far_the_first_is(catalogue, music):
    def second(done: int, *_: object) -> None:
        if done == 1:
            with pytest.raises(ScanRunningError, match="of 2 done"):
                scan(catalogue, [music])

    scan(catalogue, [music], on_progress=second)


def test_a_patient_scan_waits_for_the_other_to_end(catalogue, music):
    with ThreadPoolExecutor(1) as pool:
        with only_one(catalogue.engine, "scan"):
            waiting = pool.submit(scan, catalogue, [music], patience_s=60)
            time.sleep(0.3)
            assert not waiting.done()
            assert catalogue.count() == 0
        assert waiting.result(timeout=60).analysed == 2


def test_a_file_that_changes_while_it_is_read_is_tried_again(catalogue, music, monkeypatch):
    from music_library import scanning

    hear = scanning.extract_many

    def and_write(paths, **options):
        for path, result in hear(paths, **options):
            if path.name == "second.flac":
                with path.open("ab") as file:
                    file.write(b"more")
            yield path, result

    monkeypatch.setattr(scanning, "extract_many", and_write)
    summary = scan(catalogue, [music])
    assert [(Path(error.path).name, error.reason) for error in summary.errors] == [
        ("second.flac", "It changed while it was being read.")
    ]
    monkeypatch.setattr(scanning, "extract_many", hear)
    summary = scan(catalogue, [music])
    assert (summary.analysed, summary.unchanged, summary.failed) == (1, 1, 0)
    assert catalogue.count() == 2


def test_a_file_without_a_musical_name_is_heard_if_it_begins_like_music(catalogue, music):
    (music / "second.flac").rename(music / "second.txt")
    (music / "cover.jpg").write_bytes(b"\xff\xd8\xff\xe0" + b"x" * 100)
    (music / "notes.txt").write_text("buy strings")
    summary = scan(catalogue, [music])
    assert (summary.analysed, summary.failed) == (2, 0)


def test_a_single_file_can_be_added(catalogue, music):
    summary = scan(catalogue, [music / "second.flac"])
    assert (summary.analysed, summary.missing) == (1, 0)
    assert [track.title for track in catalogue.tracks()] == ["second"]


def test_features_are_kept_for_a_later_model(catalogue, music):
    from music_library.estimates import estimate_again

    scan(catalogue, [music])
    shapes: list[tuple[int, int]] = []

    class Watching(KnownModel):
        def estimate(self, segments_per_track, /):
            shapes.extend(segments.shape for segments in segments_per_track)
            return super().estimate(segments_per_track)

    assert estimate_again(catalogue.engine, Watching()) == 2
    assert shapes == [(1, len(FEATURE_NAMES))] * 2


def test_an_older_way_of_hearing_is_heard_again_under_the_same_id(catalogue, music, monkeypatch, quick_hearing):
    scan(catalogue, [music])
    ids = {track.id for track in catalogue.tracks()}
    for module in ("scanning", "intake", "estimates"):
        monkeypatch.setattr(f"music_library.{module}.FEATURES_VERSION", "later", raising=False)
    assert scan(catalogue, [music]).analysed == 2
    assert {track.id for track in catalogue.tracks()} == ids
    assert scan(catalogue, [music]).unchanged == 2


def test_the_scan_with_real_workers_says_the_same(tmp_path, music):
    # The fixture is undone for this one test, so that the whole path is walked once.
    from features.workers import extract_many
    from music_library import scanning

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanning, "extract_many", extract_many)
        catalogue = Catalogue.open(tmp_path / "other.db")
        assert scan(catalogue, [music], workers=2).analysed == 2
        catalogue.close()
