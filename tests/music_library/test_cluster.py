"""A scan on several machines says what one machine says, also when one of them is lost."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from features.cluster import hear_batch, require_private
from features.errors import ClusterError
from features.vector import FEATURES_VERSION
from music_library.catalogue import Catalogue
from music_library.scanning import scan
from tests.signals import chord_song, click_track, write

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 120


class Cluster(NamedTuple):
    address: str
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def dask(*arguments: str) -> subprocess.Popen[bytes]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DASK_DISTRIBUTED__WORKER__DAEMON": "False",
        "DASK_DISTRIBUTED__DASHBOARD__LINK": "",
    }
    command = [sys.executable, "-W", "ignore", "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler and two workers of one thread, each a process of its own on the loopback address."""
    address = f"tcp://127.0.0.1:{free_port()}"
    scheduler = dask(
        "scheduler", "--host", "127.0.0.1", "--port", address.rsplit(":", 1)[1], "--no-dashboard", "--no-jupyter"
    )
    workers = [
        dask(
            "worker",
            address,
            "--host",
            "127.0.0.1",
            "--nthreads",
            "1",
            "--no-nanny",
            "--no-dashboard",
            "--memory-limit",
            "0",
            "--local-directory",
            str(tmp_path / f"worker{i}"),
        )
        for i in range(2)
    ]
    try:
        wait_for_workers(address, 2)
        yield Cluster(address, scheduler, workers)
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def wait_for_workers(address: str, n: int) -> None:
    from distributed import Client

    with Client(address, timeout=START_SECONDS, set_as_default=False) as client:
        client.wait_for_workers(n, timeout=START_SECONDS)


def rows(catalogue: Catalogue) -> list[dict[str, object]]:
    return [{**track.row(), "id": None} for track in sorted(catalogue.tracks(), key=lambda track: track.path)]


@pytest.mark.timeout(600)
def test_a_cluster_that_loses_a_worker_ends_in_the_table_of_one_machine(tmp_path, cluster):
    music = tmp_path / "music"
    music.mkdir()
    for i in range(10):
        write(
            music / f"{i}.wav", click_track(70 + 3 * i, seconds=9) if i % 2 else chord_song(i, minor=False, seconds=9)
        )
    (music / "broken.mp3").write_bytes(b"ID3 and nothing else")
    alone = Catalogue.open(tmp_path / "alone.db")
    expected = scan(alone, [music], workers=1)
    together = Catalogue.open(tmp_path / "together.db")

    def lose_one(done: int, total: int, left: float | None) -> None:
        if done and cluster.workers[0].poll() is None:
            cluster.workers[0].send_signal(signal.SIGKILL)
            cluster.workers[0].wait()

    summary = scan(together, [music], cluster=cluster.address, on_progress=lose_one)
    assert cluster.workers[0].poll() is not None, "no worker was lost: the test shows nothing"
    assert (summary.analysed, summary.failed) == (expected.analysed, expected.failed) == (10, 1)
    assert rows(together) == rows(alone)
    assert scan(together, [music], cluster=cluster.address).unchanged == 10
    alone.close()
    together.close()


@pytest.mark.timeout(600)
def test_a_scan_whose_scheduler_is_lost_keeps_what_was_heard_and_goes_on_later(tmp_path, cluster, monkeypatch):
    monkeypatch.setattr("features.cluster._CONNECT_SECONDS", 3)  # so long it tries to find the scheduler again
    music = tmp_path / "music"
    music.mkdir()
    for i in range(12):
        write(music / f"{i}.wav", click_track(70 + 3 * i, seconds=9))
    catalogue = Catalogue.open(tmp_path / "catalogue.db")

    def lose_scheduler(done: int, total: int, left: float | None) -> None:
        if done:
            cluster.scheduler.kill()
            cluster.scheduler.wait()

    with pytest.raises(ClusterError, match=r"scheduler at .* is gone"):
        scan(catalogue, [music], cluster=cluster.address, on_progress=lose_scheduler)
    n_kept = catalogue.count()
    assert 0 < n_kept < 12
    summary = scan(catalogue, [music], workers=1)
    assert (summary.unchanged, summary.analysed, summary.failed) == (n_kept, 12 - n_kept, 0)
    catalogue.close()


def test_a_cluster_that_is_not_there_ends_the_scan_and_stores_nothing_for_a_file(tmp_path, music, monkeypatch):
    monkeypatch.setattr("features.cluster._CONNECT_SECONDS", 1)  # nobody will answer, however long it is waited for
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(ClusterError, match="No scheduler answers"):
        scan(catalogue, [music], cluster=address)
    assert catalogue.count() == 0
    catalogue.close()


@pytest.mark.parametrize("address", ["tcp://192.0.2.1:8786", "tcp://music.example:8786", "tcp://[2001:db8::1]:8786"])
def test_a_scheduler_on_the_network_needs_tls(address):
    with pytest.raises(ClusterError, match="without TLS"):
        require_private(address)


@pytest.mark.parametrize("address", ["here", "127.0.0.1:8786", "http://127.0.0.1:8786", "tcp://127.0.0.1", "tls://:1"])
def test_what_is_no_address_is_named(address):
    with pytest.raises(ClusterError, match="no address of a scheduler"):
        require_private(address)


def test_tls_and_this_machine_may_be_used():
    for address in ("tls://music.example:8786", "tcp://127.0.0.1:8786", "tcp://[::1]:8786", "tcp://localhost:8786"):
        require_private(address)


def test_a_worker_of_another_version_is_refused(tmp_path):
    with pytest.raises(ClusterError, match="Install the same Attune"):
        hear_batch([str(tmp_path / "a.wav")], "another")


def test_a_worker_that_cannot_see_the_music_is_named(tmp_path):
    with pytest.raises(ClusterError, match="cannot see the folder"):
        hear_batch([str(tmp_path / "elsewhere" / "a.wav")], FEATURES_VERSION)
