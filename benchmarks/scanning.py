"""How fast folders become a catalogue: by one worker, by two, by a Dask cluster that loses one, and after kill -9.

    python -m benchmarks.scanning --music DIR [--most 2000] [--out FILE.json]

Each way scans the same files into an empty home by the command that a user types; the cluster is a real scheduler and
two workers on the loopback address, one of which is killed when a third of the files are done; "goes on" is a scan
whose whole group was killed when half were done, scanned again. The peer of each row is the one worker of the same run.
CPU seconds are those of all processes that a way started, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import platform
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from music_library.catalogue import Catalogue
from music_library.files import is_music

RESULTS = Path(__file__).parent / "results" / "scanning.json"
_WARM_FILES = 12
_PR_SET_CHILD_SUBREAPER = 36


def some_files(music: Path, most: int) -> list[Path]:
    """Files spread evenly over the folder's, in the order of their names."""
    found = sorted(path for path in music.rglob("*") if path.is_file() and is_music(os.fsencode(path)))
    step = max(1, -(-len(found) // most))
    return found[::step][:most]


def command(folder: Path, home: Path, *options: str) -> list[str]:
    """The command that a user types."""
    return [sys.executable, "-m", "cli", "scan", str(folder), "--home", str(home), "--json", *options]


def scan(folder: Path, home: Path, *options: str) -> dict[str, Any]:
    """What `attune scan` says."""
    answer = subprocess.run(command(folder, home, *options), check=True, capture_output=True, text=True)
    said: dict[str, Any] = json.loads(answer.stdout)
    return said


def inherit_orphans() -> None:
    """Become the parent of what children leave behind (Linux), so that its CPU time is counted here."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def cpu_s() -> float:
    """CPU seconds of all processes started from here that have ended; waits for those that are ending."""
    for _ in range(100):
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            break
        time.sleep(0.1)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


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


def scan_on_a_cluster(folder: Path, home: Path) -> dict[str, Any]:
    """As `scan`, on a cluster of two."""
    with cluster(home) as (address, _):
        return scan(folder, home, "--cluster", address)


def scan_on_a_cluster_that_loses_a_worker(folder: Path, home: Path, *, n_files: int) -> dict[str, Any]:
    """As `scan`; one of the two workers is killed when a third of the files are done."""
    with cluster(home) as (address, workers):
        scanning = subprocess.Popen(command(folder, home, "--cluster", address), stdout=subprocess.PIPE, text=True)
        while scanning.poll() is None and workers[0].poll() is None:
            if n_known(home) >= n_files / 3:
                workers[0].kill()
            time.sleep(0.2)
        answer, _ = scanning.communicate()
        if scanning.returncode or workers[0].poll() is None:
            raise SystemExit("the scan ended before a worker was lost, or failed: take more files")
        said: dict[str, Any] = json.loads(answer)
        return said


def scan_that_goes_on(folder: Path, home: Path, *, n_files: int) -> dict[str, Any]:
    """Scan with two workers, kill all its processes when half of the files are done, and scan again."""
    scanning = subprocess.Popen(
        command(folder, home, "--workers", "2"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while scanning.poll() is None and n_known(home) < n_files / 2:
        time.sleep(0.1)
    if scanning.poll() is not None:
        raise SystemExit("the scan ended before it was killed, or failed: take more files")
    os.killpg(scanning.pid, signal.SIGKILL)
    scanning.wait()
    kept = n_known(home)
    return {"kept": kept, **scan(folder, home, "--workers", "2")}


def n_known(home: Path) -> int:
    """Tracks in a home's catalogue; read beside the scan, which is not kept waiting."""
    try:
        with closing(sqlite3.connect(f"file:{home / 'catalogue.db'}?mode=ro", uri=True)) as db:
            return int(db.execute("SELECT count(*) FROM tracks").fetchone()[0])
    except sqlite3.OperationalError:  # not made yet
        return 0


def rows(home: Path) -> list[dict[str, Any]]:
    """The library's table without its random ids, ordered by path."""
    catalogue = Catalogue.open(home / "catalogue.db")
    try:
        return sorted(({**track.row(), "id": None} for track in catalogue.tracks()), key=lambda row: row["path"])
    finally:
        catalogue.close()


def measured(run: Callable[[Path], dict[str, Any]], home: Path) -> dict[str, Any]:
    """What a way came to: counts, wall-clock seconds of the scan as a user waits for it, CPU seconds of all."""
    home.mkdir(exist_ok=True)
    used, started = cpu_s(), time.perf_counter()
    said = run(home)
    wall = time.perf_counter() - started
    counts: dict[str, Any] = {name: said[name] for name in ("kept", "analysed", "unchanged", "failed") if name in said}
    # A cluster starts before the scan does; what the scan says of itself leaves out that, and the start of its program.
    return {**counts, "wall_s": round(wall, 1), "scan_s": round(said["seconds"], 1), "cpu_s": round(cpu_s() - used, 1)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Scan in each way and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--music", type=Path, required=True, help="Folder of music.")
    parser.add_argument("--most", type=int, default=2000, help="Files at the most.")
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    inherit_orphans()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        music, few = folder / "music", folder / "few"
        music.mkdir()
        few.mkdir()
        for i, path in enumerate(some_files(options.music, options.most)):
            shutil.copy(path, music / f"{i:04}{path.suffix}")
            if i < _WARM_FILES:
                shutil.copy(path, few)
        n_files = len(list(music.iterdir()))
        kinds = Counter(path.suffix.lstrip(".").lower() for path in music.iterdir())
        figures["files"] = {"all": n_files, **dict(sorted(kinds.items()))}
        scan(few, folder / "warm", "--workers", "2")  # the compiler's cache is then the same for all
        ways: dict[str, Callable[[Path], dict[str, Any]]] = {
            "one worker": lambda home: scan(music, home, "--workers", "1"),
            "two workers": lambda home: scan(music, home, "--workers", "2"),
            "cluster of two": lambda home: scan_on_a_cluster(music, home),
            "cluster of two that loses one": lambda home: scan_on_a_cluster_that_loses_a_worker(
                music, home, n_files=n_files
            ),
            "two workers, killed and gone on": lambda home: scan_that_goes_on(music, home, n_files=n_files),
        }
        tables = []
        for way, run in ways.items():
            home = folder / way.replace(" ", "-")
            figures[way] = measured(run, home)
            if "kept" not in figures[way]:  # else its scan is half of one
                figures[way]["times_one_worker"] = round(figures["one worker"]["scan_s"] / figures[way]["scan_s"], 2)
            tables.append(rows(home))
            print(f"{way}: {figures[way]}", file=sys.stderr, flush=True)
        figures["again, nothing new"] = measured(
            lambda home: scan(music, home, "--workers", "2"), folder / "two-workers"
        )
        figures["music_s"] = round(sum(row["duration_s"] or 0 for row in tables[0]))
        figures["tables_are_equal"] = all(table == tables[0] for table in tables)
    figures["machine"] = {"python": platform.python_version(), "cores": os.cpu_count(), "load": os.getloadavg()}
    figures["date"] = datetime.now(UTC).date().isoformat()
    options.out.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
