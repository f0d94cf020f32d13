"""How fast folders become a catalogue: one worker, two workers, and a Dask cluster of two that loses one.

    python -m benchmarks.scanning --music DIR [--most 60] [--out FILE.json]

Each way scans the same files into an empty home by the command that a user types; the cluster is a real scheduler and
two workers on the loopback address, one of which is killed when a third of the files are done. The peer of each row is
the one worker of the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from music_library.catalogue import Catalogue
from music_library.files import is_music

RESULTS = Path(__file__).parent / "results" / "scanning.json"


def some_files(music: Path, most: int) -> list[Path]:
    """Files spread evenly over the folder's, in the order of their names."""
    found = sorted(path for path in music.rglob("*") if path.is_file() and is_music(os.fsencode(path)))
    step = max(1, len(found) // most)
    return found[::step][:most]


def scan(folder: Path, home: Path, *options: str) -> tuple[dict[str, Any], float]:
    """What `attune scan` says, and its wall-clock seconds from start to end."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "cli", "scan", str(folder), "--home", str(home), "--json", *options]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(answer.stdout), time.perf_counter() - started


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two workers of one thread on the loopback address."""
    from distributed import Client

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    address = f"tcp://127.0.0.1:{port}"
    environment = {**os.environ, "DASK_DISTRIBUTED__WORKER__DAEMON": "False"}
    worker = ["worker", address, "--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    commands = [
        ["scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"],
        *([*worker, "--memory-limit", "0", "--local-directory", str(folder / f"worker{i}")] for i in range(2)),
    ]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{command[0]}", *command[1:]],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for command in commands
    ]
    try:
        with Client(address, timeout=120, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=120)
        yield address, started[1:]
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def scan_on_a_cluster_that_loses_a_worker(folder: Path, home: Path, *, n_files: int) -> tuple[dict[str, Any], float]:
    """As `scan`; one of the two workers is killed when a third of the files are done."""
    with cluster(home) as (address, workers):
        started = time.perf_counter()
        command = [sys.executable, "-m", "cli", "scan", str(folder), "--home", str(home), "--json"]
        scanning = subprocess.Popen([*command, "--cluster", address], stdout=subprocess.PIPE, text=True)
        while scanning.poll() is None and workers[0].poll() is None:
            if (home / "catalogue.db").exists() and n_known(home) >= n_files / 3:
                workers[0].kill()
            time.sleep(0.2)
        answer, _ = scanning.communicate()
        seconds = time.perf_counter() - started
        if scanning.returncode or workers[0].poll() is None:
            raise SystemExit("the scan ended before a worker was lost, or failed: take more files")
        return json.loads(answer), seconds


def n_known(home: Path) -> int:
    """Tracks in a home's catalogue."""
    catalogue = Catalogue.open(home / "catalogue.db")
    try:
        return catalogue.count()
    finally:
        catalogue.close()


def rows(home: Path) -> list[dict[str, Any]]:
    """The library's table without its random ids, ordered by path."""
    catalogue = Catalogue.open(home / "catalogue.db")
    try:
        return sorted(({**track.row(), "id": None} for track in catalogue.tracks()), key=lambda row: row["path"])
    finally:
        catalogue.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Scan in each way and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--music", type=Path, required=True, help="Folder of music.")
    parser.add_argument("--most", type=int, default=60, help="Files at the most.")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        music = folder / "music"
        music.mkdir()
        for i, path in enumerate(some_files(options.music, options.most)):
            shutil.copy(path, music / f"{i:04}{path.suffix}")
        n_files = len(list(music.iterdir()))
        scan(music, folder / "warm", "--workers", "2")  # the compiler's cache and the disk's are then the same for all
        ways = {
            "one worker": lambda home: scan(music, home, "--workers", "1"),
            "two workers": lambda home: scan(music, home, "--workers", "2"),
            "cluster of two that loses one": lambda home: scan_on_a_cluster_that_loses_a_worker(
                music, home, n_files=n_files
            ),
        }
        tables = []
        for way, run in ways.items():
            home = folder / way.replace(" ", "-")
            home.mkdir()
            summary, seconds = run(home)
            tables.append(rows(home))
            figures[way] = {name: summary[name] for name in ("analysed", "unchanged", "failed")}
            figures[way]["wall_s"] = round(seconds, 1)
            figures[way]["times_one_worker"] = round(figures["one worker"]["wall_s"] / seconds, 2)
        again, seconds = scan(music, folder / "two-workers", "--workers", "2")
        figures["again, nothing new"] = {"analysed": again["analysed"], "wall_s": round(seconds, 1)}
        figures["music_s"] = round(sum(row["duration_s"] or 0 for row in tables[0]))
        figures["tables_are_equal"] = tables[0] == tables[1] == tables[2]
    figures["machine"] = {"python": platform.python_version(), "cores": os.cpu_count(), "load": os.getloadavg()}
    figures["date"] = datetime.now(UTC).date().isoformat()
    options.out.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
