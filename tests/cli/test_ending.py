"""How commands end: with which number, and with what on the error stream."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from music_library.catalogue import Catalogue
from tests.web.homes import fill

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "cli"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    catalogue = Catalogue.open(home / "catalogue.db")
    fill(catalogue, [f"Song {number}" for number in range(600)])
    catalogue.close()
    return home


def run(*words: str, home: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words, "--home", str(home)],
        cwd=ROOT,
        env=os.environ | env,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=120,
    )


@pytest.mark.parametrize("words", [("library", "--format", "csv"), ("library",), ("--help",)])
def test_a_reader_that_has_seen_enough_is_no_failure(words, home):
    reading, writing = os.pipe()
    os.close(reading)  # gone before the first line, so that the first write already finds nobody
    with subprocess.Popen(
        [*COMMAND, *words],
        cwd=ROOT,
        env=os.environ | {"ATTUNE_HOME": str(home)},
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.close(writing)
        _, said = process.communicate(timeout=120)
    assert (process.returncode, said) == (0, "")


def test_what_a_reader_took_before_it_left_is_whole(home):
    with subprocess.Popen(
        [*COMMAND, "library", "--format", "csv", "--home", str(home)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("id,path,title,")
        process.stdout.close()
        said = process.stderr.read()
        process.wait(timeout=120)
    assert (process.returncode, said) == (0, "")
    whole = run("library", "--format", "json", home=home)
    assert len(json.loads(whole.stdout)) == 600


def test_output_that_was_closed_before_the_start_is_nobodys_and_no_traceback(home):
    for closed in (">&-", "2>&-", ">&- 2>&-"):
        command = f'"{sys.executable}" -m cli library --home "{home}" {closed}'
        answer = subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert (answer.returncode, answer.stderr) == (0, ""), closed


def test_a_disk_that_is_full_is_named_with_what_to_do(home):
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this machine")
    with Path("/dev/full").open("w") as full:
        answer = subprocess.run(
            [*COMMAND, "library", "--format", "json", "--home", str(home)],
            cwd=ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=120,
        )
    assert answer.returncode == 1
    assert answer.stderr == (
        "attune: the output: No space left on device. Check that it is there, may be used, and has room.\n"
    )


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ATTUNE_PORT", "music", "valid integer"),
        ("ATTUNE_PORT", "70000", "65535"),
        ("ATTUNE_CATALOGUE_URL", "music", "sqlite:///"),
        ("ATTUNE_RECORD_URL", "oracle://db/music", "postgresql://"),
    ],
)
def test_a_setting_that_cannot_be_is_named_with_its_value_and_what_is_expected(name, value, expected, home, tmp_path):
    answer = run("library", home=home, **{name: value})
    assert answer.returncode == 2
    assert f"{name} is {value!r}" in answer.stderr
    assert expected in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not (ROOT / value).exists()


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (("--through", "calm"), "--through"),
        (("--route", "drawn"), "--through"),
        (("--hold-present", "20"), "at most half, 12"),
        (("--hold-target", "12.5"), "at most half, 12"),
        (("--minutes", "10", "--wind-down", "6"), "at most half, 5"),
    ],
)
def test_what_a_plan_would_not_do_is_refused_instead_of_left_out(words, names, home):
    answer = run("plan", "--present", "sad", "--target", "happy", *words, home=home, COLUMNS="200")
    assert answer.returncode == 2
    assert names in answer.stderr


def test_a_scale_that_is_none_is_a_usage_error_whatever_the_table_holds(home, tmp_path):
    table = tmp_path / "ratings.csv"
    table.write_text("path,valence,arousal\n")
    for words in (("tags", "check"), ("train",), ("evaluate",)):
        answer = run(*words, str(table), "--scale", "9:1", home=home)
        assert answer.returncode == 2, words
        assert "1:9, 0:1, -1:1" in answer.stderr
    assert run("tags", "check", str(table), "--scale", "1 to 9", home=home).returncode == 1  # it holds no row


def test_an_empty_library_says_how_it_is_filled_and_its_tables_stay_tables(tmp_path):
    answer = run("library", home=tmp_path / "home")
    assert answer.returncode == 0
    assert "attune scan FOLDER" in answer.stderr
    assert json.loads(run("library", "--format", "json", home=tmp_path / "home").stdout) == []


def test_decrypting_makes_no_home_and_says_that_there_is_no_record(tmp_path):
    answer = run("decrypt", home=tmp_path / "home")
    assert answer.returncode == 1
    assert "no record" in answer.stderr
    assert not (tmp_path / "home").exists()


def test_a_folder_is_no_backup(home, tmp_path):
    answer = run("restore", str(tmp_path), home=tmp_path / "home", COLUMNS="200")
    assert answer.returncode == 2
    assert "directory" in answer.stderr
