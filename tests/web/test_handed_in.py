"""What people hand in is kept whole under a plain name, after the machine's virus scanner has looked."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from settings import Settings
from tests.web.listening import Clinic
from web.handed_in import RefusedFileError, free_name, keep_file
from web.serving import use_stores

# Ends as scanners do: 0 where it finds nothing, 1 where it finds something, anything else where it cannot look.
SCANNER = """
import sys
content = open(sys.argv[-1], "rb").read()
sys.exit(1 if b"a virus" in content else 2 if b"locked" in content else 0)
"""


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Song.mp3", "Song.mp3"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Music\\Song.mp3", "Song.mp3"),
        ("a<b>\x00c.ogg", "a_b__c.ogg"),
        ("...", "song"),
        ("x" * 300 + ".flac", "x" * 120 + ".flac"),
    ],
)
def test_a_file_that_is_added_stays_in_its_folder(tmp_path, name, kept):
    path = free_name(tmp_path, name)
    assert path == tmp_path / kept
    path.touch()
    assert free_name(tmp_path, name).parent == tmp_path
    assert not free_name(tmp_path, name).exists()


@pytest.fixture
def home(clinic: Clinic, tmp_path: Path) -> Path:
    """A home whose machine has a scanner of its own."""
    program = tmp_path / "scanner.py"
    program.write_text(SCANNER)
    settings = Settings(home=clinic.stores.home, virus_scanner=f"'{sys.executable}' '{program}' --quiet")
    use_stores(replace(clinic.stores, settings=settings))
    return clinic.stores.home


def test_what_the_scanner_lets_pass_is_kept_once(home: Path):
    kept = keep_file("added", "../Song.mp3", b"a song")
    assert (kept, kept.read_bytes()) == (home / "added" / "Song.mp3", b"a song")
    assert keep_file("added", "Song.mp3", b"a song") == kept
    assert keep_file("added", "Song.mp3", b"another").name == "Song (2).mp3"


@pytest.mark.parametrize(("content", "said"), [(b"with a virus", "found something"), (b"locked", "could not look")])
def test_what_the_scanner_finds_or_cannot_look_through_is_refused_and_nothing_stays(
    home: Path, content: bytes, said: str
):
    with pytest.raises(RefusedFileError, match=f"{said}.*Song.mp3"):
        keep_file("added", "Song.mp3", content)
    assert list((home / "added").iterdir()) == []


@pytest.mark.parametrize("scanner", ["no-such-program --quiet", "an 'open quote"])
def test_a_scanner_that_is_not_there_lets_nothing_pass(clinic: Clinic, scanner: str):
    use_stores(replace(clinic.stores, settings=Settings(home=clinic.stores.home, virus_scanner=scanner)))
    with pytest.raises(RefusedFileError, match="could not look"):
        keep_file("added", "Song.mp3", b"a song")


def test_without_a_scanner_nothing_is_asked(clinic: Clinic):
    use_stores(replace(clinic.stores, settings=Settings(home=clinic.stores.home)))
    assert keep_file("added", "Song.mp3", b"with a virus").read_bytes() == b"with a virus"
