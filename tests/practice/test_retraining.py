"""Only retrainers and administrators train, promote and go back; each is written into the audit."""

from __future__ import annotations

import pytest

from music_library import Catalogue, jobs
from music_library.table_text import TagTableError
from practice import Record
from practice.errors import NotAllowedError


@pytest.fixture
def people(tmp_path):
    """The first account, which is an administrator too, a plain clinician and a retrainer."""
    record = Record.open(tmp_path / "record.db")
    first = record.create_account(record.first_link() or "", "Robin", "a long walk by the river")
    others = [
        record.create_account(record.invite(first, name, role=role), name, "another walk by the sea")
        for name, role in (("Alex", "clinician"), ("Kim", "retrainer"))
    ]
    yield record, first, *others
    record.close()


def test_a_clinician_who_is_nothing_else_is_refused_everything(people, tmp_path):
    record, _, clinician, _ = people
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    asked = (
        lambda: record.check_tags(clinician, catalogue, tmp_path / "x.csv", scale="1:9"),
        lambda: record.tag_template(clinician, catalogue),
        lambda: record.models(clinician, tmp_path),
        lambda: record.report_card(clinician, tmp_path, "x"),
        lambda: record.start_training(clinician, catalogue, tmp_path / "x.csv", scale="1:9"),
        lambda: record.stop_job(clinician, catalogue, "x"),
        lambda: record.promote_model(clinician, catalogue, "x"),
        lambda: record.roll_back_model(clinician, catalogue),
    )
    for ask in asked:
        with pytest.raises(NotAllowedError, match="Ask an administrator"):
            ask()
    assert not record.may_train(clinician)
    assert jobs.running(catalogue) == ()
    catalogue.close()


def test_a_retrainer_and_an_administrator_may(people, tmp_path, monkeypatch):
    record, administrator, _, retrainer = people
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    started = []
    monkeypatch.setattr(jobs, "start", lambda _, kind, *__, **___: started.append(kind) or f"job-{kind}")
    for actor in (administrator, retrainer):
        assert record.may_train(actor)
        assert [row["id"] for row in record.models(actor, tmp_path)] == ["starter"]
        assert record.report_card(actor, tmp_path, "../secret") is None
        with pytest.raises(TagTableError, match=r"x\.csv"):
            record.check_tags(actor, catalogue, tmp_path / "x.csv", scale="1:9")
        record.start_training(actor, catalogue, tmp_path / "x.csv", scale="1:9")
        record.promote_model(actor, catalogue, "abc")
        record.roll_back_model(actor, catalogue)
    assert started == ["train", "promote", "rollback"] * 2
    noted = [entry.action for entry in record.audit_rows(administrator)]
    for action in ("training_started", "model_promotion_asked", "model_rollback_asked"):
        assert noted.count(action) == 2
    catalogue.close()


def test_work_is_ended_by_whoever_may_start_it_and_by_nobody_else(people, tmp_path, monkeypatch):
    record, administrator, clinician, retrainer = people
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    monkeypatch.setattr(jobs.os, "kill", lambda *_: None)
    for kind in ("scan", "demo", *jobs.MODEL_KINDS):
        is_model = kind in jobs.MODEL_KINDS
        for actor, may in ((clinician, not is_model), (retrainer, True), (administrator, True)):
            job = jobs.JobReport(catalogue, kind, [])
            assert record.may_stop(actor, kind) is may
            if may:
                record.stop_job(actor, catalogue, job.id)
            else:
                with pytest.raises(NotAllowedError, match="Ask an administrator"):
                    record.stop_job(actor, catalogue, job.id)
            job.tell(1, 2, None, at_once=True)
            assert job.is_cancel_asked is may
            job.end("cancelled")
    stopped = [entry for entry in record.audit_rows(administrator) if entry.action == "model_job_stopped"]
    assert len(stopped) == 2 * len(jobs.MODEL_KINDS)
    catalogue.close()
