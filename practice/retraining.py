"""Who may check tag tables, train, and change the mood model in use; the work itself is the library's."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from music_library import jobs
from practice import audit
from practice.store import Actor, Store, has_role, require_role

if TYPE_CHECKING:
    from music_library.catalogue import Catalogue
    from music_library.tag_table import TagTable

_ROLES = ("retrainer", "administrator")


def _who_starts(kind: str) -> tuple[str, ...]:
    return _ROLES if kind in jobs.MODEL_KINDS else ("clinician", *_ROLES)


class Retraining(Store):
    """The uses of training, for retrainers and administrators, and the end of long work; none reads a record."""

    def may_train(self, actor: Actor) -> bool:
        """Whether `actor` may do any of the following."""
        with self._reading() as db:
            return has_role(db, actor, *_ROLES)

    def check_tags(self, actor: Actor, catalogue: Catalogue, table: Path, *, scale: str | None) -> TagTable:
        """Read a table and look for each of its tracks; `TagTableError` names every row that is wrong."""
        from music_library.tagged_tracks import check_table

        self._require_retrainer(actor, "check tag tables")
        return check_table(catalogue, table, scale=scale)

    def tag_template(self, actor: Actor, catalogue: Catalogue) -> str:
        """A table to fill in, as CSV: a row for each of the first tracks of the library."""
        from music_library.tag_table import template

        self._require_retrainer(actor, "check tag tables")
        return template(catalogue)

    def models(self, actor: Actor, home: Path) -> list[dict[str, Any]]:
        """The starter model and those trained in this home, as `attune model list --json` prints them."""
        from music_library.retrain import list_models

        self._require_retrainer(actor, "look at mood models")
        return list_models(home)

    def report_card(self, actor: Actor, home: Path, model: str) -> dict[str, Any] | None:
        """The report card of a model that was trained in this home; None where it has none."""
        from music_library.report_card import read_report

        self._require_retrainer(actor, "look at mood models")
        return read_report(home, model)

    def start_training(self, actor: Actor, catalogue: Catalogue, table: Path, *, scale: str | None) -> str:
        """Start training as a process of its own and return its job's id; nothing is put in use by it."""
        self._require_retrainer(actor, "train mood models")
        job_id = jobs.start_training(catalogue, table, scale=scale)
        self._note_model(actor, "training_started", job_id, table=table.name)
        return job_id

    def may_stop(self, actor: Actor, kind: str) -> bool:
        """Whether `actor` may end a job of this kind: whoever may start it, and nobody else."""
        with self._reading() as db:
            return has_role(db, actor, *_who_starts(kind))

    def stop_job(self, actor: Actor, catalogue: Catalogue, job_id: str) -> None:
        """Ask a job to end; what it has finished is kept. A job that is over, or never was, is left alone.

        Raises
        ------
        NotAllowedError
            If `actor` could not have started it: music that comes in is everybody's who is signed in, training and the
            model in use are the retrainers' and administrators'.
        """
        job = jobs.job_progress(catalogue, job_id)
        # What a job was that is not there cannot be told: only whoever may end all of them learns that.
        with self._reading() as db:
            require_role(db, actor, *(_ROLES if job is None else _who_starts(job.kind)), action="end this work")
        if job is None or job.is_over:
            return
        jobs.cancel(catalogue, job_id)
        if job.kind in jobs.MODEL_KINDS:
            self._note_model(actor, "model_job_stopped", job_id, kind=job.kind)

    def promote_model(self, actor: Actor, catalogue: Catalogue, model: str) -> str:
        """Start putting a model in use; it is refused there if its report card does not let it."""
        self._require_retrainer(actor, "put a mood model in use")
        job_id = jobs.start_promotion(catalogue, model)
        self._note_model(actor, "model_promotion_asked", job_id, model=model)
        return job_id

    def roll_back_model(self, actor: Actor, catalogue: Catalogue) -> str:
        """Start going back to the model that was in use before."""
        self._require_retrainer(actor, "put a mood model in use")
        job_id = jobs.start_rollback(catalogue)
        self._note_model(actor, "model_rollback_asked", job_id)
        return job_id

    def _require_retrainer(self, actor: Actor, action: str) -> None:
        with self._reading() as db:
            require_role(db, actor, *_ROLES, action=action)

    def _note_model(self, actor: Actor, action: str, job_id: str, **values: Any) -> None:
        with self._transaction() as db:
            audit.note(db, at=self.now(), who=actor.account_id, action=action, subject=job_id, **values)
