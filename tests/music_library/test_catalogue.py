"""What people say stands before what was estimated, is never lost, and is found again."""

from __future__ import annotations

import math

import numpy as np
import pytest

from music_library.catalogue import Catalogue
from music_library.errors import BadStatementError, UnknownTrackError
from music_library.scanning import scan
from tests.music_library.conftest import KnownModel

pytestmark = pytest.mark.usefixtures("quick_hearing")


@pytest.fixture
def heard(catalogue, music):
    """A catalogue of two tracks with the same estimate."""
    scan(catalogue, [music], model=KnownModel(valence=0.25, arousal=-0.5))
    return catalogue


def ids(catalogue) -> list[str]:
    return [track.id for track in catalogue.tracks()]


def test_a_correction_stands_before_the_estimate_which_is_kept(heard):
    track_id = ids(heard)[0]
    track = heard.correct(track_id, account="ada", valence=-0.75, arousal=0.5)
    assert (track.valence, track.arousal, track.mood_source) == (-0.75, 0.5, "correction")
    assert (track.estimated_valence, track.estimated_arousal) == (0.25, -0.5)
    assert track.valence_sd == track.arousal_sd == 0
    candidates = heard.candidates()
    row = candidates.ids.tolist().index(track_id)
    assert (candidates.valence[row], candidates.arousal[row]) == (-0.75, 0.5)
    assert candidates.certain_mood.tolist() == [i == row for i in range(2)]


def test_a_new_model_does_not_touch_a_correction(heard, music):
    track_id = ids(heard)[0]
    heard.correct(track_id, account="ada", valence=-0.75, arousal=0.5, tempo_bpm=60.0, mode=-1.0)
    scan(heard, [music], model=KnownModel("newer", valence=0.9, arousal=0.9))
    track = heard.track(track_id)
    assert (track.valence, track.arousal, track.tempo_bpm, track.mode) == (-0.75, 0.5, 60.0, -1.0)
    assert track.estimated_valence == 0.9


def test_one_axis_can_be_corrected_alone(heard):
    track = heard.correct(ids(heard)[0], account="ada", valence=0.5)
    assert (track.valence, track.arousal, track.mood_source) == (0.5, -0.5, "correction")
    assert (track.valence_sd, track.arousal_sd) == (0, 0.2)
    assert not heard.candidates().certain_mood.any()


def test_a_corrected_tempo_is_certain(heard):
    track = heard.correct(ids(heard)[1], account="ada", tempo_bpm=50.0)
    assert (track.tempo_bpm, track.tempo_alternative_bpm, track.tempo_odds) == (50.0, None, 1.0)
    assert track.heard_tempo_bpm != 50.0


def test_a_correction_can_be_taken_back(heard):
    track_id = ids(heard)[0]
    heard.correct(track_id, account="ada", valence=-0.75, arousal=0.5)
    track = heard.take_back(track_id, account="ada", kinds=["valence", "arousal"])
    assert (track.valence, track.mood_source) == (0.25, "estimate")
    assert [(s.kind, s.value) for s in heard.statements(track_id)] == [
        ("valence", -0.75),
        ("arousal", 0.5),
        ("valence", None),
        ("arousal", None),
    ]


def test_a_tag_stands_between_estimate_and_correction(heard):
    track_id = ids(heard)[0]
    heard.tag(track_id, account="ada", valence=0.0, arousal=0.0)
    heard.tag(track_id, account="ben", valence=0.5, arousal=1.0)
    track = heard.tag(track_id, account="ada", valence=0.25, arousal=0.5)  # ada's last counts
    assert (track.valence, track.arousal, track.mood_source) == (0.375, 0.75, "tag")
    assert heard.correct(track_id, account="ada", valence=-1, arousal=-1).mood_source == "correction"


@pytest.mark.parametrize(
    "wrong", [{"valence": 1.01}, {"arousal": -2}, {"tempo_bpm": 0}, {"mode": math.nan}, {"valence": math.inf}]
)
def test_an_impossible_correction_is_refused_and_nothing_is_kept(heard, wrong):
    track_id = ids(heard)[0]
    with pytest.raises(BadStatementError, match="must lie from"):
        heard.correct(track_id, account="ada", **({"mode": 0.5} | wrong))
    assert heard.statements(track_id) == []


def test_a_statement_needs_somebody_who_says_it(heard):
    with pytest.raises(BadStatementError, match="account"):
        heard.correct(ids(heard)[0], account=" ", valence=0)


def test_an_unknown_track_is_named(heard):
    for use in (
        lambda: heard.track("nope"),
        lambda: heard.file_of("nope"),
        lambda: heard.correct("nope", account="ada", valence=0),
        lambda: heard.mark([ids(heard)[0], "nope"], account="ada", explicit=True),
    ):
        with pytest.raises(UnknownTrackError, match="nope is not in this library"):
            use()
    assert heard.statements(ids(heard)[0]) == []  # all are marked, or none


def test_marks_are_kept_for_many_at_once_and_read_by_plans(heard):
    first, second = ids(heard)
    heard.mark([first, second], account="ada", words_checked=True, explicit=False)
    heard.mark([first], account="ada", voice="instrumental", language="en", themes=["Love ending", "war"], faith=True)
    track = heard.track(first)
    assert (track.voice, track.instrumental, track.language) == ("instrumental", True, "en")
    assert (track.words_checked, track.explicit, track.faith) == (True, False, True)
    assert track.themes == {"love ending", "war"}
    assert heard.track(second).instrumental is None
    candidates = heard.candidates()
    assert candidates.instrumental.tolist() == [True, False]
    assert candidates.words_checked.tolist() == [True, True]
    assert candidates.themes == ({"love ending", "war"}, frozenset())
    heard.mark([first], account="ada", themes=[])
    assert heard.track(first).themes == frozenset()
    assert heard.track(first).language == "en"


def test_a_mark_can_go_back_to_not_known(heard):
    wanted = ids(heard)
    heard.mark(wanted, account="ada", voice="sung", language="en", explicit=True, faith=False, themes=["loss"])
    tracks = heard.mark(wanted, account="ada", not_known=["voice", "explicit"], more_themes=["war"])
    assert {(t.voice, t.language, t.explicit, t.faith, t.themes) for t in tracks} == {
        (None, "en", None, False, frozenset({"loss", "war"}))
    }
    assert heard.candidates().instrumental.tolist() == [False, False]
    last = [(said.kind, said.value) for said in heard.statements(wanted[0])][-3:]
    assert sorted(last[:2]) == [("explicit", None), ("voice", None)]
    with pytest.raises(BadStatementError, match="'themes' is no mark that can be taken back"):
        heard.mark(wanted, account="ada", not_known=["themes"])


def test_an_unknown_voice_is_refused(heard):
    with pytest.raises(BadStatementError, match="sung or instrumental"):
        heard.mark(ids(heard), account="ada", voice="loud")


def test_heard_counts_for_the_one_who_heard(heard):
    first, second = ids(heard)
    heard.mark([first, second], account="ada", heard=True)
    heard.mark([second], account="ada", heard=False)
    assert heard.heard_by("ada", [first, second]) == {first}
    assert heard.heard_by("ben", [first, second]) == frozenset()


@pytest.mark.parametrize(
    ("words", "n_found"),
    [("first", 1), ("FIRST song", 1), ("first second", 0), ("song 50%", 0), ("f_rst", 0), ("", 2), ("instrumental", 1)],
)
def test_search_finds_what_holds_every_word(heard, words, n_found):
    heard.mark(ids(heard)[:1], account="ada", voice="instrumental")
    assert len(heard.tracks(words=words)) == heard.count(words=words) == n_found


def test_search_ignores_accents_and_reads_free_tags_and_themes(heard):
    first, second = ids(heard)
    heard.mark([first], account="ada", words=["Café"], themes=["Loss"])
    assert [track.id for track in heard.tracks(words="cafe LOSS")] == [first]
    assert heard.track(first).words == ("cafe",)
    assert second not in [track.id for track in heard.tracks(words="loss")]


def test_pages_of_tracks_follow_each_other(heard):
    assert [heard.tracks(limit=1, offset=i)[0].id for i in range(2)] == ids(heard)
    assert heard.tracks_by_id([ids(heard)[1], "nope", ids(heard)[0]]) == heard.tracks()[::-1]


def test_counts_say_what_can_be_used(heard, music):
    counts = heard.counts()
    assert (counts.tracks, counts.ready, counts.failed, counts.missing) == (2, 2, 0, 0)
    assert counts.hours == pytest.approx(10 / 3600, rel=0.01)
    (music / "text.mp3").write_text("no music " * 100)
    (music / "second.flac").unlink()
    scan(heard, [music])
    counts = heard.counts()
    assert (counts.tracks, counts.ready, counts.failed, counts.missing) == (3, 1, 1, 1)


def test_candidates_are_kept_until_a_track_changes(heard):
    first = heard.candidates()
    assert heard.candidates() is first
    version = heard.version()
    heard.correct(ids(heard)[0], account="ada", valence=0)
    assert heard.version() != version
    assert heard.candidates() is not first


def test_another_process_sees_what_was_said(heard, catalogue_url):
    other = Catalogue.open(catalogue_url)
    before = other.candidates()
    heard.correct(ids(heard)[0], account="ada", valence=-1, arousal=-1)
    assert other.candidates() is not before
    assert other.track(ids(heard)[0]).valence == -1
    other.close()


def test_candidates_hold_what_the_tracks_hold(heard):
    candidates = heard.candidates()
    for row, track in enumerate(heard.tracks()):
        assert candidates.ids[row] == track.id
        assert candidates.duration_s[row] == np.float32(track.duration_s)
        assert candidates.titles[row] == track.title
        assert candidates.loudness_lufs[row] == np.float32(track.loudness_lufs)
        tempo = np.nan if track.tempo_bpm is None else np.float32(track.tempo_bpm)
        np.testing.assert_equal(candidates.tempo_bpm[row], tempo)
    assert candidates.artist.tolist() == [-1, -1]  # nobody knows: then no two share one
    assert len(set(candidates.song.tolist())) == 2


def test_plans_know_what_listeners_can_be_expected_to_say_unless_somebody_has_said_it(heard):
    first, second = ids(heard)
    heard.correct(first, account="ada", valence=0.75)
    candidates = heard.candidates()
    rows = [candidates.position_of[first], candidates.position_of[second]]
    np.testing.assert_equal(candidates.valence_expected[rows], np.float32([np.nan, 0.125]))
    np.testing.assert_equal(candidates.arousal_expected[rows], np.float32([-0.25, -0.25]))


def test_a_mood_word_finds_tracks_near_it(heard):
    from recommender.mood_words import find_mood

    first, second = ids(heard)
    happy, sad = find_mood("happy"), find_mood("sad")
    heard.correct(first, account="ada", valence=happy.valence, arousal=happy.arousal)
    heard.correct(second, account="ada", valence=sad.valence, arousal=sad.arousal)
    assert [track.id for track in heard.tracks(words="happy")] == [first]
    assert [track.id for track in heard.tracks(words="sad")] == [second]


@pytest.fixture
def always_kept(monkeypatch):
    """Columns are kept beside SQLite however few there are; the answer says how often all rows were read."""
    from music_library import columns

    monkeypatch.setattr(columns, "WORTH_KEEPING", 1)
    read, n_read = columns._read, []

    def counted(db, statement):
        arrays = read(db, statement)
        n_read.append(len(arrays["number"]))
        return arrays

    monkeypatch.setattr(columns, "_read", counted)
    return n_read


def same(one, other) -> bool:
    return all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(one, other, strict=True))


def as_arrays(candidates):
    return [np.asarray(value) for name, value in vars(candidates).items() if name not in ("themes", "kept", "vectors")]


def test_only_changed_rows_are_read_again_and_the_answer_is_as_if_all_were(heard, music, always_kept, catalogue_url):
    from tests.signals import chord_song, write

    heard.candidates()
    assert always_kept.pop() == 2
    first, second = ids(heard)
    heard.correct(first, account="ada", valence=0.875, arousal=0.875)
    write(music / "third.wav", chord_song(3, minor=True, seconds=4))
    scan(heard, [music], model=KnownModel(valence=0.25, arousal=-0.5))
    heard.mark([second], account="ada", themes=["war", "loss"])
    patched = heard.candidates()
    assert patched.ids.tolist() == ids(heard)
    (music / "second.flac").unlink()
    scan(heard, [music])
    patched = heard.candidates()
    assert len(patched) == 2
    from music_library.candidate_arrays import as_candidates
    from music_library.columns import Columns, _read, _usable_rows

    with heard.engine.connect() as db:
        anew = as_candidates(Columns(0, _read(db, _usable_rows())))
    assert same(as_arrays(patched), as_arrays(anew))
    assert patched.themes == anew.themes


def test_columns_kept_beside_sqlite_are_those_of_the_catalogue(tmp_path, music, always_kept):
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    scan(catalogue, [music], model=KnownModel())
    before = catalogue.candidates()
    catalogue.close()
    always_kept.clear()
    opened = Catalogue.open(tmp_path / "catalogue.db")
    assert same(as_arrays(opened.candidates()), as_arrays(before))
    assert always_kept == []  # no row was read
    opened.close()


def test_a_scan_keeps_the_columns_for_whoever_opens_next(tmp_path, music, always_kept):
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    scan(catalogue, [music], model=KnownModel())
    assert (tmp_path / "catalogue.db.columns").exists()
    always_kept.clear()
    assert len(catalogue.candidates()) == 2
    assert always_kept == []
    catalogue.close()


def test_columns_of_another_history_are_not_used(tmp_path, music, always_kept):
    import shutil

    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    scan(catalogue, [music], model=KnownModel())
    catalogue.close()
    shutil.copy(tmp_path / "catalogue.db", tmp_path / "backup.db")
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    for _ in range(3):
        catalogue.correct(ids(catalogue)[0], account="ada", valence=-1, arousal=-1)
    catalogue.candidates()
    catalogue.close()
    shutil.move(tmp_path / "backup.db", tmp_path / "catalogue.db")
    restored = Catalogue.open(tmp_path / "catalogue.db")
    for _ in range(5):
        restored.correct(ids(restored)[1], account="ada", valence=1, arousal=1)
    assert restored.candidates().valence.tolist() == [0.25, 1.0]
    restored.close()


def test_damaged_columns_are_read_anew(tmp_path, music, always_kept):
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    scan(catalogue, [music], model=KnownModel())
    before = catalogue.candidates()
    catalogue.close()
    kept = tmp_path / "catalogue.db.columns"
    kept.write_bytes(kept.read_bytes()[:300])
    opened = Catalogue.open(tmp_path / "catalogue.db")
    assert same(as_arrays(opened.candidates()), as_arrays(before))
    opened.close()


def test_every_key_that_can_be_heard_is_known_to_plans():
    from features.key_profiles import NOTES
    from music_library.columns import _KEY_NUMBER

    heard_keys = [f"{note} {mode}" for note in NOTES for mode in ("major", "minor")]
    assert sorted(_KEY_NUMBER[key] for key in heard_keys) == list(range(24))
    assert _KEY_NUMBER["Eb major"] == _KEY_NUMBER["D# major"] == 3
