"""Tables as people really save them are read; what is wrong is named by row, all at once."""

from __future__ import annotations

import pytest

from music_library.table_text import TagTableError
from music_library.tag_table import read_tag_table

GOOD = "path,valence,arousal,artist\na.mp3,1,9,Ann\nb.mp3,5,5,Bob\n"


def write(tmp_path, text, *, encoding="utf-8"):
    path = tmp_path / "tags.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_ratings_are_brought_from_their_scale_to_minus_one_to_one(tmp_path):
    tags = read_tag_table(write(tmp_path, GOOD), scale="1:9").tags
    assert [(tag.valence, tag.arousal, tag.group) for tag in tags] == [(-1, 1, "Ann"), (0, 0, "Bob")]
    assert tags[0].path == tmp_path / "a.mp3"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (GOOD, "utf-8-sig"),
        (GOOD, "utf-16"),
        (GOOD.replace(",", ";"), "utf-8"),
        (GOOD.replace(",", "\t"), "utf-8"),
        (GOOD.replace("\n", "\r\n"), "utf-8"),
        (GOOD + "\n\n,,,\n", "utf-8"),
        (GOOD.replace("path", " PATH ").replace("valence", "Valence"), "utf-8"),
        (GOOD.replace("path", "\u200bpath").replace("arousal", "arousal\xa0"), "utf-8"),
        ("\ufeff" + GOOD, "utf-8-sig"),
        ("Our ratings, 2024,,\n,,,\nmade by Ann; and Bob; and Cy; and Di\n" + GOOD, "utf-8"),
        ("Ratings, of, our, music\n" + GOOD.replace(",", ";"), "utf-8"),
        (GOOD.replace("Ann", "Ann,").replace("Bob", "Bob,,"), "utf-8"),
        (GOOD.replace("artist", "note").replace("Ann", '"two\nlines, ""quoted"""'), "utf-8"),
    ],
)
def test_a_table_is_read_however_a_spreadsheet_saves_it(tmp_path, text, encoding):
    assert len(read_tag_table(write(tmp_path, text, encoding=encoding), scale="1:9").tags) == 2


def test_decimal_commas_are_read(tmp_path):
    tags = read_tag_table(write(tmp_path, "path;valence;arousal\na.mp3;0,5;-0,25\n"), scale="-1:1").tags
    assert (tags[0].valence, tags[0].arousal) == (0.5, -0.25)


def test_a_column_may_say_the_scale_of_each_row(tmp_path):
    text = "track_id,valence,arousal,scale\nx,9,1,1:9\ny,1,0,0:1\nz,1,-1,-1:1\n"
    tags = read_tag_table(write(tmp_path, text)).tags
    assert [(tag.valence, tag.arousal) for tag in tags] == [(1, -1)] * 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,arousal\na,1\n", "valence: this column is missing. Every track is rated on both"),
        ("path,valence,energy\na,1,1\n", "arousal: this column is missing. If it is 'energy', name that column"),
        ("file,Valence (mean),arousal_sd\na,1,1\n", r"valence: .* If it is 'valence \(mean\)'(.|\n)*path: .* 'file'"),
        ("mood\nsad\n", r"arousal: this column is missing\. Add it\."),
        ("path,valence,arousal\na,happy,0\n", r"row 2, valence \('happy'\): .* Write a number of the scale -1:1"),
        ("path,valence,arousal\na,50%,0\n", r"row 2, valence \('50%'\): not a number. Write 0\.5 for 50 %"),
        ("path,valence,arousal\na,NA,0\n", r"row 2, valence \('NA'\): not a number. Write a number"),
        ('path,valence,arousal\na,"1,234.5",0\n', r"row 2, valence \('1,234\.5'\): not a number"),
        ("path,valence,arousal\na,0,0\nTotal,12.5,-3\n", r"row 3, valence \('12\.5'\): outside the scale -1:1"),
        ('[{"path": "a", "valence": 1, "arousal": 1}]', "JSON, not a table. Save it as CSV UTF-8"),
        ('{"a": [1]}', "JSON, not a table"),
        ("", "the table: empty. Write a header"),
        ("\n\n\n", "the table: empty. Write a header"),
        ("path|valence|arousal\na|1|2\n", r"commas, semicolons or tabs between.*\(found: path\|valence\|arousal\)"),
        (
            "path,valence,arousal\na,0,0\npath,valence,arousal\nb,0,0\n",
            r"row 3, all \('path, valence, arousal'\): the header once more\. Delete this row",
        ),
        ("path,valence,arousal\na,0,5,0,5\n", r"row 2, all \('a, 0, 5, 0, 5'\): 5 cells, and the header has 3"),
        ('path,valence,arousal\n"a,0,0\nb,0,0\n', r"row 2, all .*: a quotation mark that is not closed"),
        ('path,valence,arousal\na,0,0\n"' + "x" * 200_000 + '",0,0\n', "row 3, all: a cell that cannot be read"),
        ("path,valence,arousal\na," + "9" * 5000 + ",0\n", "row 2, valence .*: not a number"),
        ("path,valence,arousal\na,50%,1e400\n", r"row 2, valence \('50%'\): not a number"),
        ("path,valence,arousal,artist\na,0,0,=cmd|' /C calc'!A0\n", "row 2, artist .*: a formula"),
        ("path,valence,arousal,artist\na,0,0,@SUM(A1)\n", "row 2, artist .*: a formula"),
        ("path,valence\na,1\n", "arousal: this column is missing"),
        ("valence,arousal\n1,1\n", "path: this column is missing"),
        ("path,valence,valence,arousal\na,1,1,1\n", "stands there 2 times"),
        ("path,valence,arousal\n", "no row"),
        ("path,valence,arousal\na,0.5\n", r"row 2, all \('a, 0\.5'\): 2 cells, and the header has 3"),
        ("path,valence,arousal\na,nan,0\n", r"row 2, valence \('nan'\): not a number"),
        ("path,valence,arousal\na,,0\n", r"row 2, valence \('empty'\): not a number"),
        ("path,valence,arousal\na,0,inf\n", "row 2, arousal"),
        ("path,valence,arousal\na,0,5\n", r"row 2, arousal \('5'\): outside the scale -1:1"),
        ("path,valence,arousal\na,=A1+1,0\n", r"row 2, valence \('=A1\+1'\): a formula"),
        ('path,valence,arousal\n=HYPERLINK("x"),0,0\n', "row 2, path .*: a formula"),
        ("path,valence,arousal\na,0,0\nb,0,0\na,1,1\n", r"row 4, path .*: the same track as in row 2"),
        ("path,valence,arousal,rater\na,0,0,R\na,1,1,R\n", "by the same rater 'R'"),
        ("path,valence,arousal\n,0,0\n", "row 2, path: no track"),
        ("path,valence,arousal,weight\na,0,0,-1\n", "row 2, weight"),
        ("path,valence,arousal,scale\na,0,0,1:7\n", r"row 2, scale \('1:7'\): an unknown scale"),
    ],
)
def test_what_is_wrong_is_named_by_row_column_and_value(tmp_path, text, message):
    with pytest.raises(TagTableError, match=message):
        read_tag_table(write(tmp_path, text), scale="-1:1")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("0–1", "0:1"), ("0-1", "0:1"), (" 1 : 9 ", "1:9"), ("1 to 9", "1:9"), ("−1:1", "-1:1"), ("-1–1", "-1:1"),
        ("01:09:00", "1:9"), ("00:01:00", "0:1"), ("1..9", "1:9"),
    ],
)  # fmt: skip
def test_a_scale_is_known_however_it_is_written_and_a_time_of_day_is_read_back(tmp_path, said, meant):
    high = meant.split(":")[1]
    one = read_tag_table(write(tmp_path, f"path,valence,arousal,scale\na,{high},{high},{said}\n")).tags[0]
    assert (one.valence, one.arousal) == (1, 1)
    path = write(tmp_path, f"path,valence,arousal\na,{high},{high}\n")
    assert read_tag_table(path, scale=said).tags[0].valence == 1


@pytest.mark.parametrize("said", ["", "1:7", "9:1", "0-10", "likert", "01-Sep", "1:9:1", "1/9", "0,1"])
def test_what_is_no_known_scale_is_refused_by_name(tmp_path, said):
    with pytest.raises(TagTableError, match="an unknown scale"):
        read_tag_table(write(tmp_path, "path,valence,arousal\na,1,1\n"), scale=said)


@pytest.mark.parametrize(
    ("said", "way"),
    [("0:100", "rating / 100"), ("1-7", r"\(rating - 1\) / 6"), ("-5 to 5", r"\(rating \+ 5\) / 10"), ("1–5", "/ 4")],
)
def test_how_ratings_of_another_scale_are_brought_to_a_known_one_is_said(tmp_path, said, way):
    with pytest.raises(TagTableError, match=f"an unknown scale. Use one of .* become 0:1 by .*{way}"):
        read_tag_table(write(tmp_path, "path,valence,arousal\na,1,1\n"), scale=said)
    with pytest.raises(TagTableError, match=f"row 2, scale .* become 0:1 by .*{way}"):
        read_tag_table(write(tmp_path, f"path,valence,arousal,scale\na,1,1,{said}\n"))


def test_a_typographic_minus_is_a_minus(tmp_path):
    tags = read_tag_table(write(tmp_path, "path,valence,arousal\na,−0.5,−.25\n"), scale="-1:1").tags
    assert (tags[0].valence, tags[0].arousal) == (-0.5, -0.25)


def test_tracks_of_nobody_known_are_not_by_one_artist(tmp_path):
    text = "path,valence,arousal,artist\na,0,0,Unknown Artist\nb,0,0,various artists\nc,0,0,Unknown Mortal Orchestra\n"
    table = read_tag_table(write(tmp_path, text), scale="-1:1")
    assert [tag.group for tag in table.tags] == ["", "", "Unknown Mortal Orchestra"]


def test_names_of_bands_and_albums_are_no_formulas(tmp_path):
    text = "path,valence,arousal,artist,title\na.mp3,0,0,+44,=\nb.mp3,0,0,=,=A1\nc.mp3,0,0,-,@midnight\n"
    tags = read_tag_table(write(tmp_path, text), scale="-1:1").tags
    assert [tag.group for tag in tags] == ["+44", "=", "-"]


def test_the_line_with_which_excel_names_its_delimiter_is_read(tmp_path):
    text = "sep=;\npath;valence;arousal\na.mp3;0,5;9\n"
    with pytest.raises(TagTableError, match=r"row 3, arousal \('9'\)"):
        read_tag_table(write(tmp_path, text), scale="-1:1")
    assert len(read_tag_table(write(tmp_path, text.replace(";9", ";1")), scale="-1:1").tags) == 1


def test_one_file_named_in_two_ways_is_found(tmp_path):
    text = f"path,valence,arousal\na.mp3,0,0\n{tmp_path / 'x' / '..' / 'a.mp3'},1,1\n"
    with pytest.raises(TagTableError, match=r"row 3, path .*the same track as in row 2"):
        read_tag_table(write(tmp_path, text), scale="-1:1")


def test_a_table_of_a_million_columns_is_read(tmp_path):
    more = ",".join(f"c{i}" for i in range(1_000_000))
    table = write(tmp_path, f"path,valence,arousal,{more}\na.mp3,1,1{',' * 1_000_000}\n")
    assert len(read_tag_table(table, scale="-1:1").tags) == 1


def test_an_unknown_scale_is_asked_for_and_never_guessed(tmp_path):
    with pytest.raises(TagTableError, match="Add a column `scale`, or say --scale"):
        read_tag_table(write(tmp_path, GOOD))
    with pytest.raises(TagTableError, match="an unknown scale"):
        read_tag_table(write(tmp_path, GOOD), scale="1:7")


def test_all_problems_are_told_at_once(tmp_path):
    rows = "".join(f"t{i},x,2\n" for i in range(30))
    with pytest.raises(TagTableError, match="60 things to put right") as caught:
        read_tag_table(write(tmp_path, "path,valence,arousal\n" + rows), scale="-1:1")
    assert len(caught.value.values["problems"]) == 60
    assert "and 40 more" in str(caught.value)


def test_two_raters_may_rate_the_same_track(tmp_path):
    text = "path,valence,arousal,rater\na,0,0,R\na,1,1,S\n"
    assert len(read_tag_table(write(tmp_path, text), scale="-1:1").tags) == 2


def test_what_is_no_text_and_what_is_not_there_is_refused(tmp_path):
    binary = tmp_path / "tags.xlsx"
    binary.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(TagTableError, match="Save the spreadsheet as CSV"):
        read_tag_table(binary, scale="1:9")
    old = tmp_path / "tags.csv"
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    with pytest.raises(TagTableError, match=r"tags\.csv cannot be used.*\nthe table: an old workbook \(xls\)"):
        read_tag_table(old, scale="1:9")
    latin = tmp_path / "latin.csv"
    latin.write_bytes("path,valence,arousal\ncafé.mp3,1,1\n".encode("latin-1"))
    with pytest.raises(
        TagTableError, match=r"row 2, all \('café\.mp3,1,1'\): not UTF-8 text\. Save the table as CSV UTF-8"
    ):
        read_tag_table(latin, scale="1:9")
    with pytest.raises(TagTableError, match="cannot be read"):
        read_tag_table(tmp_path / "none.csv", scale="1:9")
