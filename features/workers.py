"""Many recordings at once, each in a worker that may be killed: for what it takes in time, or in memory."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Future, wait
from itertools import chain, islice
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from features.errors import AnalysisTimeoutError, FeatureError, WorkersError

if TYPE_CHECKING:
    from features.vector import AudioFeatures

log = logging.getLogger(__name__)

_NORMAL_BYTES = 30e6
# Half an hour, where a normal file has a minute.
_LONGEST_SHARE = 30.0
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def extract_many(
    paths: Iterable[Path], *, workers: int = 1, timeout_s: float = 60, memory_mb: int = 700
) -> Iterator[tuple[Path, AudioFeatures | FeatureError]]:
    """Hear many recordings; yield each as soon as it is done, in whatever order that is.

    Parameters
    ----------
    paths : iterable of path
        Read as needed: a million of them cost no memory.
    workers : int, default=1
        Processes at once.
    timeout_s : float, default=60
        Seconds after which a recording is given up and its worker is killed. A file above 30 MB has 2 s for each
        MB: six hours of speech at 32 kbit/s are heard in a minute of a quiet processor and have three.
    memory_mb : int, default=700
        Memory that one recording may take (Linux only).

    Yields
    ------
    path, result
        Features, or the error to be stored for this file. Nothing that one file does ends the rest.

    Raises
    ------
    WorkersError
        If no worker can be started: no file is to blame for that.
    """
    from features import extraction

    waiting = iter(paths)
    pool = _pool(workers, memory_mb)
    running: dict[Any, Path] = {}
    tried_twice: set[Path] = set()
    try:
        while True:
            # A few more than there are workers, so that none is ever idle.
            for path in islice(waiting, max(0, 3 * workers - len(running))):
                running[_schedule(pool, extraction.extract, path, time_limit(path, timeout_s))] = path
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            if any(_pool_broke(future) and running[future] in tried_twice for future in done):
                _require_workers(memory_mb)
            innocent: list[Path] = []
            for future in done:
                path = running.pop(future)
                if _pool_broke(future) and path not in tried_twice:
                    innocent.append(path)
                else:
                    yield path, _result(future, timeout_s=time_limit(path, timeout_s), memory_mb=memory_mb)
            if innocent:
                log.warning("the pool of workers broke; %d files are tried once more", len(innocent) + len(running))
                innocent += running.values()
                running.clear()
                tried_twice.update(innocent)
                _stop(pool)
                pool = _pool(workers, memory_mb)
                waiting = chain(innocent, waiting)
    finally:
        _stop(pool)


def time_limit(path: Path, timeout_s: float) -> float:
    """Seconds that a file may take: by its size, because a header may lie about its length."""
    try:
        size = path.stat().st_size
    except (OSError, ValueError):
        return timeout_s
    return timeout_s * min(max(1.0, size / _NORMAL_BYTES), _LONGEST_SHARE)


def _pool(workers: int, memory_mb: int) -> Any:
    from pebble import ProcessPool

    return ProcessPool(
        max_workers=workers, context=_context(), initializer=_prepare_worker, initargs=[memory_mb, os.getpid()]
    )


def _require_workers(memory_mb: int) -> None:
    """Make sure that a worker that is asked for next to nothing answers."""
    pool = _pool(1, memory_mb)
    try:
        pool.schedule(os.getpid).result()
    except (BrokenExecutor, CancelledError, RuntimeError) as error:
        raise WorkersError(
            f"The processes that hear the files cannot be started ({type(error).__name__}).",
            "If Attune was updated meanwhile, start the scan again; else free memory on this computer first. "
            "What was heard is kept.",
        ) from error
    finally:
        _stop(pool)


def _stop(pool: Any) -> None:
    pool.stop()
    pool.join()


def _schedule(pool: Any, function: Any, path: Path, timeout_s: float) -> Future[AudioFeatures]:
    try:
        future: Future[AudioFeatures] = pool.schedule(function, args=[path], timeout=timeout_s)
    except RuntimeError as error:
        # The pool has broken in the meantime: the same as if it broke while the file was heard.
        future = Future()
        future.set_exception(BrokenExecutor(str(error)))
    return future


def _pool_broke(future: Future[AudioFeatures]) -> bool:
    """Whether a file has no result for a reason that is not its own."""
    return future.cancelled() or isinstance(future.exception(), BrokenExecutor)


def _result(future: Any, *, timeout_s: float, memory_mb: int) -> AudioFeatures | FeatureError:
    from pebble import ProcessExpired

    try:
        features: AudioFeatures = future.result()
    except FeatureError as error:
        return error
    except TimeoutError:
        return AnalysisTimeoutError(
            f"The analysis was stopped after {timeout_s:.0f} s.",
            "Try again when this computer is less busy; if that does not help, convert the file to FLAC or MP3.",
        )
    except MemoryError:
        return AnalysisTimeoutError(
            f"The analysis needed more than {memory_mb} MB of memory.",
            "Convert the file to FLAC or MP3, or leave it out.",
        )
    except (ProcessExpired, CancelledError, OSError, ValueError, ArithmeticError, LookupError, RuntimeError) as error:
        # Whatever a decoder dies of on a damaged file is that file's error, with its cause in the log.
        log.warning("the analysis of a file ended with %s: %s", type(error).__name__, error)
        return AnalysisTimeoutError(
            f"The analysis broke off ({type(error).__name__}).", "Convert the file to FLAC or MP3, or leave it out."
        )
    return features


def _context() -> BaseContext:
    """Processes that start from a clean one, which has imported everything once.

    Two processes that import librosa for the first time at once can spoil numba's cache for good; so one imports it
    before any worker starts.
    """
    for name in _ONE_THREAD:
        os.environ.setdefault(name, "1")
    if "NUMBA_CACHE_DIR" not in os.environ:
        from platformdirs import user_cache_path

        os.environ["NUMBA_CACHE_DIR"] = str(user_cache_path("attune") / "numba")
    if "forkserver" in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["features.extraction", "features.warmed"])
        _start_deaf_to_ctrl_c()
        return context
    import features.warmed  # noqa: F401  # this process compiles what the workers then find in numba's cache

    return multiprocessing.get_context("spawn")


def _start_deaf_to_ctrl_c() -> None:
    """Start the process that workers are made from, with Ctrl-C held back in it and so in all of them.

    It reaches the whole group at once: the parent alone decides what becomes of the work in hand, and a worker that is
    still importing would print where it was.
    """
    from multiprocessing import forkserver, resource_tracker

    resource_tracker.ensure_running()  # its own start lets Ctrl-C through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _prepare_worker(memory_mb: int, parent: int) -> None:
    # Where workers do not come from a forkserver, this is what keeps Ctrl-C to the parent.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    log.debug("a worker of process %d starts", parent)
    # libmpg123 writes to the terminal, line upon line, of every damaged frame.
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    os.close(silence)
    if sys.platform == "linux":
        import resource

        limit = memory_mb * 2**20
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
