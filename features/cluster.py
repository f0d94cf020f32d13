"""Many recordings on several machines: the same answers as the workers of one, from a Dask cluster.

A task is a few files, heard on its machine in a process that may be killed, so that a damaged file ends neither the
cluster's worker nor the scan; what was on a machine that is lost is heard on another.
"""

from __future__ import annotations

import ipaddress
import multiprocessing
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from features.errors import AnalysisTimeoutError, ClusterError, FeatureError
from features.vector import FEATURES_VERSION
from features.workers import extract_many

if TYPE_CHECKING:
    from features.vector import AudioFeatures

_FILES_A_TASK, _MOST_FILES_A_TASK = 4, 16
"""A task starts a process of its own, a third of a second: four half minutes of music a task cost twice their time. But
the first ones are small, so that a few files are shared by all machines, and something is heard soon."""
_TASKS_A_THREAD = 2
_CONNECT_SECONDS = 15


def extract_on_cluster(paths: Iterable[Path], *, address: str) -> Iterator[tuple[Path, AudioFeatures | FeatureError]]:
    """Hear many recordings on a Dask cluster; yield each as soon as its task is done, in whatever order that is.

    Parameters
    ----------
    paths : iterable of path
        Read as needed. Each machine must see them under the same names.
    address : str
        Of the scheduler: `tls://host:port`, or `tcp://127.0.0.1:port` on this machine.

    Yields
    ------
    path, result
        Features, or the error to be stored for this file.

    Raises
    ------
    ClusterError
        If the cluster cannot be reached, is lost, may be read along by others, cannot see the files, or hears as
        another version of Attune does. What was yielded before stands.
    """
    require_private(address)
    client = _connect(address)
    try:
        yield from _hear_all(client, paths, address)
    finally:
        client.close()


def require_private(address: str) -> None:
    """Refuse a scheduler that others on the network could talk to: it runs whatever it is sent.

    Raises
    ------
    ClusterError
        If the address is neither TLS nor of this machine.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or port is None or parts.scheme not in {"tcp", "tls"}:
        raise ClusterError(
            f"{address} is no address of a scheduler.", "Give it as tls://host:8786, or tcp://127.0.0.1:8786."
        )
    if parts.scheme == "tls" or host == "localhost":
        return
    try:
        is_here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = False
    if not is_here:
        raise ClusterError(
            f"{address} is on the network without TLS, and a scheduler runs whatever it is sent.",
            "Start scheduler and workers with certificates and give the address as tls://host:8786.",
        )


def _connect(address: str) -> Any:
    try:
        from distributed import Client
    except ImportError as error:
        raise ClusterError("Dask is not installed here.", "Install Attune with its extra 'cluster'.") from error
    try:
        client = Client(address, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise ClusterError(
            f"No scheduler answers at {address} ({error}).", "Start it with 'dask scheduler', then scan again."
        ) from error
    if not client.nthreads():
        client.close()
        raise ClusterError(
            f"The cluster at {address} has no workers.", "Start some with 'dask worker', then scan again."
        )
    return client


def _hear_all(client: Any, paths: Iterable[Path], address: str) -> Iterator[tuple[Path, AudioFeatures | FeatureError]]:
    from distributed import as_completed
    from distributed.scheduler import KilledWorker

    waiting = iter(paths)
    running: dict[str, list[Path]] = {}
    n_given = 0
    done = as_completed(loop=client.loop, raise_errors=False)

    def give(batch: list[Path]) -> None:
        with _named_when_lost(address):
            future = client.submit(hear_batch, [str(path) for path in batch], FEATURES_VERSION, pure=False)
        running[future.key] = batch
        done.add(future)

    def fill() -> None:
        with _named_when_lost(address):
            n_threads = max(1, sum(client.nthreads().values()))
        nonlocal n_given
        while len(running) < _TASKS_A_THREAD * n_threads:
            size = n_given // (2 * _TASKS_A_THREAD * n_threads)
            batch = list(islice(waiting, min(max(size, _FILES_A_TASK), _MOST_FILES_A_TASK)))
            if not batch:
                return
            n_given += len(batch)
            give(batch)

    fill()
    for future in done:
        batch = running.pop(future.key)
        with _named_when_lost(address):
            error = future.exception()
        if isinstance(error, KilledWorker):
            if len(batch) > 1:  # one of them may be to blame: each is tried alone
                for path in batch:
                    give([path])
            else:
                yield (
                    batch[0],
                    AnalysisTimeoutError(
                        "Every machine that tried to analyse it broke off.", "Convert the file to FLAC or MP3."
                    ),
                )
        elif error is not None:
            raise error
        else:
            yield from zip(batch, future.result(), strict=True)
        fill()


@contextmanager
def _named_when_lost(address: str) -> Iterator[None]:
    """Say which scheduler is gone, whichever call finds it out."""
    try:
        yield
    except (OSError, CancelledError) as error:
        raise ClusterError(
            f"The scheduler at {address} is gone.", "Start it again, then scan again to go on."
        ) from error


def hear_batch(paths: list[str], features_version: str) -> list[AudioFeatures | FeatureError]:
    """Hear some files; runs on a worker of the cluster.

    Raises
    ------
    ClusterError
        If this machine is not fit to: another version, files that it cannot see, processes that it may not start.
    """
    name = multiprocessing.current_process().name
    if features_version != FEATURES_VERSION:
        raise ClusterError(
            f"A worker of the cluster hears as version {FEATURES_VERSION}, this machine as {features_version}.",
            "Install the same Attune on each.",
        )
    if multiprocessing.current_process().daemon:
        raise ClusterError(
            f"Worker process {name} may not start processes of its own.",
            "Start workers with DASK_DISTRIBUTED__WORKER__DAEMON=False in their environment.",
        )
    here = [Path(path) for path in paths]
    for path in here:
        if not path.parent.is_dir():
            raise ClusterError(
                f"A worker of the cluster cannot see the folder {path.parent}.",
                "Connect the music on each machine under the same path.",
            )
    heard = dict(extract_many(here))
    return [heard[path] for path in here]
