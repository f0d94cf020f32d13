"""Training, promoting and rolling back as jobs: everybody sees how far they are, whoever may train can end them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from music_library.errors import LibraryError
from music_library.jobs import JobReport
from recommender.errors import RecommenderError

if TYPE_CHECKING:
    from music_library.catalogue import Catalogue
    from music_library.retrain import Trained

Progress = Callable[[int, int, float | None], None]
_END_OF = {"hearing": 30, "training": 40, "judging": 70, "learning_curve": 100}
"""How far each step leads, of 100: hearing is most of it where the library does not hold the tracks yet."""


class ModelJobEndedError(LibraryError):
    """Somebody asked a training or a change of the model to end; the model in use stays in use."""

    code = "model_job_ended"

    def __init__(self) -> None:
        super().__init__("It was asked to end. What was heard is kept; the model in use stays in use.")


def train_as_job(
    home: Path,
    catalogue: Catalogue,
    table: Path,
    *,
    scale: str | None = None,
    out: Path | None = None,
    on_progress: Progress | None = None,
) -> Trained:
    """Train as `retrain.train_from_table` does, and say in the catalogue how far it is.

    Raises
    ------
    ModelJobEndedError
        If a page asked it to end.
    """
    from threadpoolctl import threadpool_limits

    # Loaded here, because the limit below counts only for arithmetic libraries that are there already.
    import recommender.evaluation  # noqa: F401
    from music_library.retrain import train_from_table

    with _job(catalogue, "train", [str(table), scale or ""]) as (report, ended):
        step, reached = "hearing", 0

        def on_step(name: str) -> None:
            nonlocal step, reached
            reached = 0 if name == "hearing" else max(reached, _END_OF[step])
            step = name
            report.tell(reached, 100, None, at_once=True, step=step)
            _end_if_asked(report)

        def on_heard(done: int, total: int, seconds_left: float | None) -> None:
            report.tell(_END_OF["hearing"] * done // max(total, 1), 100, seconds_left, step=step)
            _end_if_asked(report)
            if on_progress is not None:
                on_progress(done, total, seconds_left)

        # Products of small matrices on two threads spend most of their time waiting for each other: a fourfold loss.
        with threadpool_limits(limits=1):
            trained = train_from_table(
                home, catalogue, table, scale=scale, out=out, on_progress=on_heard, on_step=on_step
            )
        comparison = trained.report["comparison"]
        ended["summary"] = {"model_id": trained.model_id, "may_promote": comparison["may_promote"]}
        report.tell(100, 100, None, at_once=True)
    return trained


def promote_as_job(home: Path, catalogue: Catalogue, name: str) -> str:
    """Put a model in use as `retrain.promote` does, and say in the catalogue how far its estimates are."""
    from music_library.placing import tune
    from music_library.retrain import promote

    with _job(catalogue, "promote", [name]) as (report, ended):
        used = promote(home, catalogue, name, on_progress=lambda done, total: report.tell(done, total, None))
        tune(catalogue)
        ended["summary"] = {"model_id": used}
    return used


def roll_back_as_job(home: Path, catalogue: Catalogue) -> str:
    """Go back to the model before as `retrain.roll_back` does, and say in the catalogue how far its estimates are."""
    from music_library.placing import tune
    from music_library.retrain import roll_back

    with _job(catalogue, "rollback", []) as (report, ended):
        used = roll_back(home, catalogue, on_progress=lambda done, total: report.tell(done, total, None))
        tune(catalogue)
        ended["summary"] = {"model_id": used}
    return used


@contextmanager
def _job(catalogue: Catalogue, kind: str, what: list[str]) -> Iterator[tuple[JobReport, dict[str, Any]]]:
    report = JobReport(catalogue, kind, what)
    status, error = "failed", None
    ended: dict[str, Any] = {"summary": None}
    try:
        yield report, ended
        status = "ended"
    except (KeyboardInterrupt, ModelJobEndedError):
        status = "cancelled"
        raise
    except (LibraryError, RecommenderError) as known:
        error = str(known)
        raise
    finally:
        report.end(status, error=error, summary=ended["summary"])


def _end_if_asked(report: JobReport) -> None:
    if report.is_cancel_asked:
        raise ModelJobEndedError
