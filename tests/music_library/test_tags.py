"""Tags are made safe when they are read; damaged ones count as none."""

from __future__ import annotations

import csv
import io
import math

import mutagen
import pytest
from hypothesis import given
from hypothesis import strategies as st

from music_library.tags import FileTags, clean, read_tags, same_number, search_key, title_from_name
from music_library.track import csv_cell
from tests.music_library.test_identity import make


def test_tags_are_read(tmp_path):
    song = make(tmp_path / "song.mp3")
    tags = mutagen.File(song, easy=True)
    tags.add_tags()
    for name, value in {"title": "Für Elise", "artist": "L. B.", "album": "A", "genre": "Instrumental"}.items():
        tags[name] = value
    tags["language"] = "deu"
    tags.save()
    assert read_tags(song) == FileTags("Für Elise", "L. B.", "A", "Instrumental", "deu", is_instrumental=True)


def test_a_file_without_tags_has_none(tmp_path):
    assert read_tags(make(tmp_path / "song.wav")) == FileTags()


@pytest.mark.parametrize("ending", ["mp3", "flac", "ogg", "m4a", "wav", "wma", "aiff", "opus"])
@given(content=st.binary(max_size=300))
def test_damaged_tags_are_none(tmp_path_factory, ending, content):
    file = tmp_path_factory.getbasetemp() / f"damaged.{ending}"
    heads = {"mp3": b"ID3\x04\x00\x00\x00\x00\x01\x00", "flac": b"fLaC", "ogg": b"OggS", "opus": b"OggS"}
    file.write_bytes(heads.get(ending, b"") + content)
    assert isinstance(read_tags(file), FileTags)


@given(st.text())
def test_cleaned_text_is_one_line_that_any_table_takes(text):
    cleaned = clean(text)
    if cleaned is not None:
        assert len(cleaned.splitlines()) == 1
        assert "\x00" not in cleaned
        cleaned.encode()
        assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("name", "title"),
    [
        (b"/m/01 - Blue_Moon.mp3", "Blue Moon"),
        (b"/m/7.mp3", "7"),
        (b"/m/99 Balloons.mp3", "99 Balloons"),
        (b"/m/12. Rose.mp3", "Rose"),
        (b"/m/.mp3", ".mp3"),
    ],
)
def test_a_title_is_found_in_the_name(name, title):
    assert title_from_name(name) == title


def test_the_same_artist_has_the_same_number_however_written():
    assert same_number("Édith Piaf") == same_number("edith  PIAF") != same_number("Edith Piaff")
    assert same_number(None) is None
    assert same_number("Artist", None) is None
    assert search_key("Ça Va") == "ca va"


@given(st.text() | st.floats() | st.integers() | st.booleans() | st.none())
def test_no_cell_of_a_csv_is_a_formula(value):
    out = io.StringIO(newline="")
    csv.writer(out).writerow([csv_cell(value), "end"])
    cell, end = next(csv.reader(io.StringIO(out.getvalue(), newline="")))
    assert end == "end"
    if isinstance(value, int | float) and not isinstance(value, bool):
        assert cell == "" if not math.isfinite(value) else type(value)(cell) == value
    else:
        assert not cell.lstrip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize(
    "text", ["\x0b=1+1", "\xa0=1+1", "\ufeff=1+1", "'\t=1+1", "\uff1d1+1", "\uff20SUM(A1)", "=", "-"]
)
def test_no_space_and_no_wide_sign_makes_a_formula(text):
    assert csv_cell(text) == f"'{text}"


def test_a_negative_number_stays_a_number():
    assert csv_cell(-12.5) == "-12.5"
    assert csv_cell("-12.5") == "'-12.5"
