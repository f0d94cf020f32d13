"""The words of a song: the file's own or a pasted copy, as plain text, and never fetched."""

from __future__ import annotations

import mutagen.flac
import mutagen.id3
import pytest

from music_library.errors import BadStatementError, UnknownTrackError
from music_library.lyrics import LONGEST, keep_lyrics, lyrics_of, read_lyrics
from music_library.scanning import scan
from tests.signals import click_track, write

pytestmark = pytest.mark.usefixtures("quick_hearing")
WORDS = "The first line\nand the second\n\n<script>the third</script>"


@pytest.fixture
def song(tmp_path):
    """A recording whose tags hold words."""
    path = tmp_path / "music" / "song.flac"
    path.parent.mkdir()
    write(path, click_track(100, seconds=5))
    tagged = mutagen.flac.FLAC(path)
    tagged["LYRICS"] = WORDS.replace("\n", "\r\n")
    tagged.save()
    return path


def test_words_are_read_from_tags_of_each_kind(song, tmp_path):
    assert read_lyrics(song) == WORDS
    mp3 = tmp_path / "song.mp3"
    tags = mutagen.id3.ID3()
    tags.add(mutagen.id3.USLT(encoding=3, lang="eng", desc="", text=WORDS))
    tags.save(mp3)
    assert read_lyrics(mp3) == WORDS


def test_words_are_text_without_what_no_screen_shows_and_never_endless(song):
    tagged = mutagen.flac.FLAC(song)
    tagged["LYRICS"] = "a\u202eb\x07c\n" + "x" * (2 * LONGEST)
    tagged.save()
    words = read_lyrics(song)
    assert words.startswith("abc\nxxx")
    assert len(words) == LONGEST


def test_no_words_and_no_file_are_none(tmp_path):
    path = tmp_path / "song.wav"
    write(path, click_track(100, seconds=5))
    assert read_lyrics(path) is None
    assert read_lyrics(tmp_path / "gone.flac") is None
    (tmp_path / "broken.flac").write_bytes(b"fLaC" + bytes(200))
    assert read_lyrics(tmp_path / "broken.flac") is None


def test_a_pasted_copy_stands_before_the_files_own_until_it_is_taken_back(catalogue, song, known_model):
    scan(catalogue, [song.parent], model=known_model)
    track_id = catalogue.tracks()[0].id
    assert lyrics_of(catalogue, track_id).text == WORDS
    assert not lyrics_of(catalogue, track_id).is_pasted
    keep_lyrics(catalogue, track_id, "Our own copy\r\nof it\n", account="ada")
    assert (lyrics_of(catalogue, track_id).text, lyrics_of(catalogue, track_id).is_pasted) == (
        "Our own copy\nof it",
        True,
    )
    assert not catalogue.track(track_id).words_checked
    keep_lyrics(catalogue, track_id, "  \n", account="ada")
    assert lyrics_of(catalogue, track_id).text == WORDS
    with pytest.raises(BadStatementError, match=f"at most {LONGEST}"):
        keep_lyrics(catalogue, track_id, "x" * (LONGEST + 1), account="ada")
    with pytest.raises(UnknownTrackError):
        keep_lyrics(catalogue, "none", "x", account="ada")
