"""A million tracks on SQLite and, beside it, on a PostgreSQL server: opening, searching, pages, planning.

    python -m benchmarks.scale [--tracks 1000000] [--out FILE.json]

Both hold the tracks of `open_catalogue.py`'s generator; each is measured twice, each time in a process of its own, the
second after the columns were kept. CPU seconds are the asking process's: a PostgreSQL server's own are not among them,
and its wall clock is therefore what to compare. The server is started for this alone and does not wait for its disk.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import open_catalogue
from music_library.catalogue import Catalogue
from tests.postgres import running_server

RESULTS = Path(__file__).parent / "results" / "scale.json"


def figures_of(url: str, n_tracks: int) -> dict[str, Any]:
    """Fill an empty database and measure it twice."""
    started = time.perf_counter()
    catalogue = Catalogue.open(url)
    open_catalogue.fill(catalogue, n_tracks)
    catalogue.close()
    figures: dict[str, Any] = {"fill_s": round(time.perf_counter() - started, 1)}
    for opening in ("first", "later"):
        command = [sys.executable, open_catalogue.__file__, url, "--measure"]
        figures[opening] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return figures


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure both databases and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tracks", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, running_server() as url_of:
        figures: dict[str, Any] = {"tracks": options.tracks}
        figures["sqlite"] = figures_of(f"sqlite:///{folder}/catalogue.db", options.tracks)
        import psycopg

        with psycopg.connect(url_of("postgres").replace("+psycopg", ""), autocommit=True) as server:
            server.execute("CREATE DATABASE scale")
        figures["postgresql"] = figures_of(url_of("scale"), options.tracks)
    figures["machine"] = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    figures["load"] = round(os.getloadavg()[0], 1)
    figures["date"] = datetime.now(UTC).date().isoformat()
    options.out.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
