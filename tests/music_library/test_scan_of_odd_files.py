"""A scan by an ordinary user of over a thousand odd files: nothing crashes, hangs or is invented, and it ends."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from platformdirs import user_cache_path
from sqlalchemy import Float, select

from music_library.catalogue import Catalogue
from music_library.files import absolute
from music_library.schema import files, tracks
from tests.features.odd_file_grid import odd_file_grid
from tests.features.odd_files import ERROR, FEATURES, OddFile, sound_bytes

CASES = odd_file_grid()
FEW = [case for i, case in enumerate(CASES) if i % 45 == 7]


def as_ordinary_user() -> list[str]:
    """What to put before a command so that it may do no more than any user: root is one only by its privileges."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all", "--no-new-privs"]


def environment(home: str) -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    one_thread = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "NUMBA")}
    # Numba's cache as it is: compiling anew is half a minute of CPU.
    caches = {"NUMBA_CACHE_DIR": str(user_cache_path("attune") / "numba"), "PYTHONDONTWRITEBYTECODE": "1"}
    return {"PATH": os.environ["PATH"], "HOME": home, "PYTHONPATH": root, "LANG": "C.UTF-8", **one_thread, **caches}


class Odd:
    """A folder of odd files and a home, both an ordinary user's."""

    def __init__(self, folder: Path, cases: list[OddFile]) -> None:
        self.music, self.home = folder / "music", folder / "home"
        self.home.mkdir()
        self.cases: dict[bytes, OddFile] = {}
        for number, case in enumerate(cases):
            place = self.music / f"{number:04d}"
            place.mkdir(parents=True)
            # Content decides, not the name; but a scan leaves alone what neither names nor shows itself as music.
            path = place / (case.name if case.name.endswith((".mp3", ".wav", ".flac")) else f"{case.name[:200]}.mp3")
            case.make(path)
            if os.path.lexists(path) and not path.is_dir():
                self.cases[absolute(path)] = case

    def scan(self, *, timeout: float) -> dict[str, object]:
        command = [
            *as_ordinary_user(),
            sys.executable,
            "-m",
            "cli",
            "scan",
            str(self.music),
            "--home",
            str(self.home),
            "--json",
        ]
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            cwd=self.home,
            env=environment(str(self.home)),
            timeout=timeout,
        )
        assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
        said: dict[str, object] = json.loads(done.stdout)
        return said

    def rows(self) -> dict[bytes, dict[str, object]]:
        """What the catalogue holds of each file."""
        catalogue = Catalogue.open(f"sqlite:///{self.home / 'catalogue.db'}")
        try:
            query = select(files.c.path, *tracks.c).join(tracks, files.c.track_number == tracks.c.number)
            with catalogue.engine.connect() as db:
                return {bytes(row["path"]): dict(row) for row in db.execute(query.with_only_columns(
                    files.c.path.label("path"), *(c for c in tracks.c if c.name != "path"),
                )).mappings()}  # fmt: skip
        finally:
            catalogue.close()


def wrong(case: OddFile, row: dict[str, object] | None, named: dict[str, dict[str, str]], path: bytes) -> str:
    """Say what is wrong with what the catalogue says of a file, or nothing."""
    if row is None:
        # What is no regular file has no content to keep; the scan names it.
        is_named = named.get(os.fsdecode(path), {})
        return "" if is_named.get("reason") and is_named.get("remedy") else f"{case.name!r}: neither kept nor named"
    got = FEATURES if row["error_code"] is None else ERROR
    if {got, case.outcome} == {FEATURES, ERROR}:
        return f"{case.name!r}: wanted {case.outcome}, got {row['error_code']}, {row['duration_s']} s, {row['flags']}"
    if got == ERROR:
        return "" if row["error_reason"] and row["error_remedy"] else f"{case.name!r}: no reason or remedy"
    numbers = [row[c.name] for c in tracks.c if isinstance(c.type, Float) and row[c.name] is not None]
    if not all(math.isfinite(float(n)) for n in numbers):  # type: ignore[arg-type]
        return f"{case.name!r}: a number that is none"
    if float(row["duration_s"]) < 3:  # type: ignore[arg-type]
        return f"{case.name!r}: features of {row['duration_s']} s"
    return ""


def scan_and_judge(folder: Path, cases: list[OddFile], *, timeout: float) -> None:
    odd = Odd(folder, cases)
    first = odd.scan(timeout=timeout)
    named = {error["path"]: error for error in first["errors"]}  # type: ignore[attr-defined]
    rows = odd.rows()
    assert [said for path, case in odd.cases.items() if (said := wrong(case, rows.get(path), named, path))] == []
    second = odd.scan(timeout=timeout)
    assert second["analysed"] == 0
    assert {path: row["error_code"] for path, row in odd.rows().items()} == {
        p: r["error_code"] for p, r in rows.items()
    }


def test_there_are_over_a_thousand():
    assert len({case.name for case in CASES}) == len(CASES) > 1000


def test_a_scan_by_an_ordinary_user_names_each_failure_and_repeats_none(tmp_path):
    scan_and_judge(tmp_path, FEW, timeout=300)


@pytest.mark.soak
def test_a_scan_by_an_ordinary_user_of_over_a_thousand_odd_files(tmp_path):
    scan_and_judge(tmp_path, CASES, timeout=3600)


def test_what_the_user_may_not_read_is_named_and_what_grows_is_heard_when_it_is_whole(tmp_path):
    odd = Odd(tmp_path, [])
    odd.music.mkdir()
    closed, growing = odd.music / "closed.wav", odd.music / "growing.wav"
    (odd.music / "whole.flac").write_bytes(sound_bytes("FLAC"))
    closed.write_bytes(sound_bytes())
    closed.chmod(0)
    whole = sound_bytes()
    growing.write_bytes(whole[: len(whole) // 2])
    is_over = threading.Event()

    def grow() -> None:
        at = len(whole) // 2
        while not is_over.wait(0.05) and at < len(whole):
            with growing.open("ab") as file:
                file.write(whole[at : at + 4_000])
            at += 4_000

    writer = threading.Thread(target=grow)
    writer.start()
    first = odd.scan(timeout=300)
    is_over.set()
    writer.join()
    assert any(e["path"] == str(closed) and e["remedy"] for e in first["errors"])  # type: ignore[attr-defined]
    growing.write_bytes(whole)
    odd.scan(timeout=300)
    row = odd.rows()[absolute(growing)]
    assert row["error_code"] is None
    assert row["duration_s"] == pytest.approx(10.0, abs=0.01)


def test_a_file_that_the_user_may_not_read_keeps_the_others_from_nothing(tmp_path):
    odd = Odd(tmp_path, [])
    odd.music.mkdir()
    closed, whole = odd.music / "closed.wav", odd.music / "whole.wav"
    for path in (closed, whole):
        path.write_bytes(sound_bytes())
    closed.chmod(0)
    for command, code in ((["analyse", closed, whole, "--json"], 0), (["scan", closed, "--json"], 1)):
        done = subprocess.run(
            [*as_ordinary_user(), sys.executable, "-m", "cli", *map(str, command), "--home", str(odd.home)],
            check=False,
            capture_output=True,
            cwd=odd.home,
            env=environment(str(odd.home)),
            timeout=300,
            text=True,
        )
        assert done.returncode == code, done.stderr
        assert "Permission denied" in done.stdout
        if code == 0:
            first, second = json.loads(done.stdout)
            assert "Permission denied" in first["error"]
            assert second["error"] is None
