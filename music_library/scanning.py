"""The scan: folders of music in, a catalogue out; it can be broken off at any moment and goes on where it was."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from features.cluster import extract_on_cluster
from features.errors import FeatureError, NotAudioError
from features.vector import AudioFeatures
from features.workers import extract_many
from music_library import intake
from music_library.catalogue import Catalogue
from music_library.columns import keep_columns
from music_library.database import reading, writing
from music_library.errors import LibraryError, ScanRunningError
from music_library.estimates import Estimator, estimate_again, kept_reference, mood_columns, refer_again
from music_library.files import FoundFile, Unreadable, absolute, shown, walk
from music_library.identity import content_hash
from music_library.intake import Arrival, KnownFile
from music_library.jobs import JobReport, already_running, running
from music_library.locks import only_one
from music_library.tags import read_tags

if TYPE_CHECKING:
    from recommender.library_reference import LibraryReference

log = logging.getLogger(__name__)

Progress = Callable[[int, int, "float | None"], object]
Hear = Callable[[Iterable[Path]], Iterator[tuple[Path, AudioFeatures | FeatureError]]]
COMMIT_SECONDS = 0.5
"""At most this much finished work waits to be kept."""
WAITING_SHARE = 0.04
"""And at most this share of what the scan has kept: whatever happens to it, 95 % of what it finished is there."""
ENDING_SECONDS = 3.0
"""A scan that has said its last word lets go of its lock within this time."""
_LOOK_UP_AT_ONCE = 400


@dataclass(frozen=True)
class ScanError:
    """A file that could not be analysed, why, and what to do."""

    path: str
    reason: str
    remedy: str


@dataclass
class ScanSummary:
    """What a scan came to. Every file seen is analysed, unchanged (its sound is known already) or failed."""

    analysed: int = 0
    unchanged: int = 0
    failed: int = 0
    missing: int = 0
    """Tracks of these folders that have no file any more; they are kept."""
    seconds: float = 0.0
    errors: list[ScanError] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)


class ScanEndedError(LibraryError):
    """Somebody asked the scan to end; what was finished is kept."""

    code = "scan_ended"


def scan(
    catalogue: Catalogue,
    folders: Iterable[Path | str],
    *,
    workers: int = 1,
    cluster: str | None = None,
    model: Estimator | None = None,
    on_progress: Progress | None = None,
    named_only: bool = False,
    patience_s: float = 0.0,
) -> ScanSummary:
    """Catalogue folders of music: analyse what is new, name what fails, mark what is missing.

    Parameters
    ----------
    catalogue : Catalogue
        Tracks can be used as soon as they are analysed, while the scan goes on.
    folders : iterable of path
        Folders, or single files.
    workers : int, default=1
        Files analysed at the same time.
    cluster : str, optional
        Address of a Dask scheduler whose machines hear the files instead; see `features.extract_on_cluster`.
    model : Estimator, optional
        Estimates moods, also of tracks that were heard earlier and that another model, or none, has estimated.
    on_progress : callable, optional
        Called with files done, files in all, and seconds left or None.
    named_only : bool, default=False
        The paths were named by a watch: one that is gone by now is no error.
    patience_s : float, default=0
        How long to wait for another scan to end before this one is refused.

    Returns
    -------
    ScanSummary
        Nothing that one file does ends the scan.

    Raises
    ------
    ScanRunningError
        If another scan of this catalogue is under way.
    ScanEndedError
        If a page asked this one to end.
    ClusterError
        If the cluster cannot be used or is lost; what was heard is kept.
    WorkersError
        If no process can be started that hears files; what was heard is kept.
    """
    roots = list(dict.fromkeys(absolute(folder) for folder in folders))
    to_walk = [root for root in roots if not named_only or os.path.lexists(root)]
    with _only_scan(catalogue, patience_s):
        report = JobReport(catalogue, "scan", [os.fsdecode(root) for root in roots])
        status, error, summary = "failed", None, None
        try:
            with _interrupted_between_files() as is_interrupted:
                hear = _ways_to_hear(workers, cluster)
                one_scan = _Scan(catalogue, roots, to_walk, hear, model, on_progress, report, is_interrupted)
                summary = one_scan.run()
            status = "ended"
        except (KeyboardInterrupt, ScanEndedError):
            status = "cancelled"
            raise
        except (LibraryError, FeatureError) as known:
            error = str(known)
            raise
        finally:
            report.end(status, error=error, summary=None if summary is None else summary.as_json())
    return summary


def _ways_to_hear(workers: int, cluster: str | None) -> Hear:
    if cluster is not None:
        return lambda paths: extract_on_cluster(paths, address=cluster)
    return lambda paths: extract_many(paths, workers=workers)


@contextmanager
def _only_scan(catalogue: Catalogue, patience_s: float) -> Iterator[None]:
    """Hold the right to scan; refused at once while another scan works, after a moment if it is just about to end."""
    started = time.monotonic()
    while True:
        with only_one(catalogue.engine, "scan") as got_it:
            if got_it:
                yield
                return
        others = [job for job in running(catalogue) if job.kind == "scan" and job.state == "running"]
        if time.monotonic() - started > max(patience_s, 0 if others else ENDING_SECONDS):
            raise ScanRunningError(already_running(others[0] if others else None))
        time.sleep(0.05)


@contextmanager
def _interrupted_between_files() -> Iterator[Callable[[], bool]]:
    """Keep Ctrl-C until the next file is done: in the midst of a pool's own locks it would wait for itself for ever.

    A second Ctrl-C does not wait.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    asked: list[int] = []

    def keep(signal_number: int, frame: FrameType | None) -> None:
        if asked:
            signal.default_int_handler(signal_number, frame)
        asked.append(signal_number)

    before = signal.signal(signal.SIGINT, keep)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, before)


class _Scan:
    """One run over some folders."""

    def __init__(
        self,
        catalogue: Catalogue,
        roots: Sequence[bytes],
        to_walk: Sequence[bytes],
        hear: Hear,
        model: Estimator | None,
        on_progress: Progress | None,
        report: JobReport,
        is_interrupted: Callable[[], bool],
    ) -> None:
        self.catalogue = catalogue
        self.engine = catalogue.engine
        self.roots = roots
        self.to_walk = to_walk
        self.hear = hear
        self.model = model
        self.on_progress = on_progress
        self.report = report
        self.is_interrupted = is_interrupted
        self.reference: LibraryReference | None = None
        self.summary = ScanSummary()
        self.total = 0
        self.bytes_to_do = 0
        self.bytes_done = 0
        self.started = time.monotonic()
        self.waiting: dict[str, list[Arrival]] = {}  # by content: the same sound is heard once
        self.being_heard: dict[Path, str] = {}
        self.finished: list[tuple[list[Arrival], AudioFeatures | FeatureError, bool]] = []
        self.n_kept = 0
        self.last_commit = time.monotonic()

    def run(self) -> ScanSummary:
        if self.model is not None:
            estimate_again(self.engine, self.model)
            self.reference = kept_reference(self.engine, self.model.model_id)
        to_do = self.look_around()
        self.tell()
        results = self.hear(self.new_sounds(to_do))
        try:
            for path, result in results:
                self.take(path, result)
        finally:
            # Also after Ctrl-C: what was heard is kept, and the workers end before we do.
            self.commit()
            if isinstance(results, Generator):
                results.close()
        with writing(self.engine) as db:
            self.summary.missing = intake.settle_missing(db, self.roots)
        if self.model is not None:
            # With what is new, other things may be usual in the library; also if a scan that was killed heard it.
            refer_again(self.engine, self.model)
            estimate_again(self.engine, self.model)
        if self.summary.analysed:
            keep_columns(self.engine)
        self.summary.errors.sort(key=lambda error: error.path)
        self.summary.seconds = round(time.monotonic() - self.started, 3)
        self.tell(at_once=True)
        return self.summary

    # First all names, so that the time left can be told; and files that are gone are marked before new ones are read,
    # so that one that moved finds its history.

    def look_around(self) -> list[FoundFile]:
        seen: set[bytes] = set()
        to_do: list[FoundFile] = []
        block: list[FoundFile] = []
        for root in self.to_walk:
            for found in walk(root):
                if found.path in seen:
                    continue
                seen.add(found.path)
                if isinstance(found, Unreadable):
                    self.total += 1
                    self.fail(found.path, found.reason, found.remedy)
                    continue
                block.append(found)
                if len(block) >= _LOOK_UP_AT_ONCE:
                    to_do += self.changed(block)
                    block = []
        to_do += self.changed(block)
        with writing(self.engine) as db:
            intake.mark_missing(db, self.roots, seen, now=self.catalogue.clock())
            intake.settle_missing(db, self.roots)
        self.bytes_to_do = sum(found.size for found in to_do)
        return to_do

    def changed(self, block: Sequence[FoundFile]) -> list[FoundFile]:
        self.total += len(block)
        with reading(self.engine) as db:
            known = intake.known_files(db, [found.path for found in block])
        back: list[FoundFile] = []
        to_do: list[FoundFile] = []
        for found in block:
            before = known.get(found.path)
            if before is None or not before.is_same(found):
                to_do.append(found)
                continue
            if before.is_missing:
                back.append(found)
            self.count_known(found, before)
        if back:
            with writing(self.engine) as db:
                for found in back:
                    intake.place(db, known[found.path].track_number, found, None)
        return to_do

    def count_known(self, found: FoundFile, before: KnownFile) -> None:
        if before.error_code is None:
            self.summary.unchanged += 1
        else:
            self.fail(found.path, before.error_reason or "", before.error_remedy or "")

    # Then what is new or has changed, one after the other, while the workers hear what they were given before.

    def new_sounds(self, to_do: Sequence[FoundFile]) -> Iterator[Path]:
        for found in to_do:
            arrival = self.arrive(found)
            if arrival is None:
                self.bytes_done += found.size
                self.tell()
                continue
            if arrival.content_hash in self.waiting:
                self.waiting[arrival.content_hash].append(arrival)
                continue
            self.waiting[arrival.content_hash] = [arrival]
            self.being_heard[found.as_path] = arrival.content_hash
            yield found.as_path

    def arrive(self, found: FoundFile) -> Arrival | None:
        """What a file is known by; None if nothing more has to be done with it."""
        try:
            with found.as_path.open("rb") as file:
                identity = content_hash(file)
        except FileNotFoundError:
            self.fail(found.path, "It was there when the scan began and is gone now.", "Scan again if it comes back.")
            return None
        except OSError as error:
            reason = f"It cannot be read: {error.strerror or error}."
            refused = NotAudioError(reason, "Give yourself the right to read it, or check its disk.")
            # Nothing is known of its sound: it is known by its name until it can be read.
            unread = Arrival(found, intake.unread_hash(found.path), read_tags(found.as_path))
            self.keep_now([unread], refused, again=True)
            return None
        arrival = Arrival(found, identity, read_tags(found.as_path))
        if identity in self.waiting:
            return arrival
        with writing(self.engine) as db:
            track_number, is_heard = intake.track_of(db, arrival)
            if track_number is None or not is_heard:
                return arrival
            intake.place(db, track_number, found, arrival.tags)
            known = intake.known_files(db, [found.path])[found.path]
        self.count_known(found, known)
        return None

    def take(self, path: Path, result: AudioFeatures | FeatureError) -> None:
        arrivals = self.waiting[self.being_heard.pop(path)]
        first = arrivals[0].found
        again = False
        try:
            status = os.stat(first.path)  # noqa: PTH116  # bytes
        except OSError:
            if isinstance(result, FeatureError):
                again = True
        else:
            if (status.st_size, status.st_mtime_ns) != (first.size, first.modified_ns):
                again = True
                result = NotAudioError(
                    "It changed while it was being read.", "Scan again when nothing writes to it any more."
                )
        self.finished.append((arrivals, result, again))
        self.bytes_done += sum(arrival.found.size for arrival in arrivals)
        if (
            len(self.finished) > WAITING_SHARE * self.n_kept
            or time.monotonic() - self.last_commit >= COMMIT_SECONDS
            or not self.being_heard
        ):
            self.commit()
        self.tell()

    def commit(self) -> None:
        finished, self.finished = self.finished, []
        if not finished:
            return
        heard = [result for _, result, _ in finished if isinstance(result, AudioFeatures)]
        moods = iter(self.moods_of(heard))
        now = self.catalogue.clock()
        with writing(self.engine) as db:
            for arrivals, result, again in finished:
                mood = next(moods, None) if isinstance(result, AudioFeatures) else None
                intake.keep(db, arrivals, result, mood=mood, now=now, again=again)
        for arrivals, result, _ in finished:
            self.waiting.pop(arrivals[0].content_hash, None)
            self.count_new(arrivals, result)
        self.n_kept += len(finished)
        self.last_commit = time.monotonic()

    def moods_of(self, heard: Sequence[AudioFeatures]) -> list[dict[str, Any]]:
        if self.model is None or not heard:
            return []
        return mood_columns(self.model, [one.segments for one in heard], self.reference)

    def keep_now(self, arrivals: list[Arrival], result: FeatureError, *, again: bool) -> None:
        self.finished.append((arrivals, result, again))
        self.commit()

    def count_new(self, arrivals: Sequence[Arrival], result: AudioFeatures | FeatureError) -> None:
        if isinstance(result, FeatureError):
            for arrival in arrivals:
                self.fail(arrival.found.path, result.reason, result.remedy)
        else:
            self.summary.analysed += 1
            self.summary.unchanged += len(arrivals) - 1

    def fail(self, path: bytes, reason: str, remedy: str) -> None:
        self.summary.failed += 1
        self.summary.errors.append(ScanError(shown(path), reason, remedy))

    def tell(self, *, at_once: bool = False) -> None:
        done = self.summary.analysed + self.summary.unchanged + self.summary.failed
        seconds = time.monotonic() - self.started
        left = None
        if self.bytes_done and self.summary.analysed >= 2:
            left = seconds * max(0, self.bytes_to_do - self.bytes_done) / self.bytes_done
        if self.on_progress is not None:
            self.on_progress(done, self.total, left)
        self.report.tell(done, self.total, left, at_once=at_once)
        if self.is_interrupted():
            raise KeyboardInterrupt
        if self.report.is_cancel_asked:
            raise ScanEndedError("The scan was asked to end. What it had finished is kept; scan again to go on.")
