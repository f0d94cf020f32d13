"""Training as a job: seen by everybody, ended by anybody, and what went wrong is named; the model in use stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from music_library import jobs, retrain
from music_library.catalogue import Catalogue
from music_library.errors import ScanRunningError
from music_library.model_jobs import ModelJobEndedError, promote_as_job, roll_back_as_job, train_as_job
from music_library.models import model_in_use
from music_library.table_text import TagTableError
from music_library.tag_table import read_tag_table, template
from tests.web.homes import HOSTILE, add_sounds, fill


@pytest.fixture
def clinic(tmp_path: Path):
    """A home with tracks that were heard, and a table of their ratings."""
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    fill(catalogue, (), n=80)
    table = tmp_path / "ratings.csv"
    table.write_text(add_sounds(catalogue))
    yield tmp_path, catalogue, table
    catalogue.close()


def test_training_promoting_and_going_back_are_jobs_that_say_how_they_ended(clinic):
    home, catalogue, table = clinic
    trained = train_as_job(home, catalogue, table, scale="-1:1")
    job = jobs.running(catalogue)[0]
    assert (job.kind, job.state, job.done, job.total) == ("train", "ended", 100, 100)
    assert job.summary == {"model_id": trained.model_id, "may_promote": True}
    assert model_in_use(home).model_id != trained.model_id
    assert promote_as_job(home, catalogue, trained.model_id) == trained.model_id
    job = next(job for job in jobs.running(catalogue) if job.kind == "promote")
    assert (job.state, job.done, job.total) == ("ended", 80, 80)
    assert {track.model_id for track in catalogue.tracks()} == {trained.model_id}
    assert roll_back_as_job(home, catalogue) == "starter"
    assert trained.model_id not in {track.model_id for track in catalogue.tracks()}


def test_each_step_is_told_in_its_order(clinic, monkeypatch):
    home, catalogue, table = clinic
    told = []
    tell = jobs.JobReport.tell

    def listen(report, done, total, seconds_left, *, at_once=False, step=None):
        told.append((step, done))
        tell(report, done, total, seconds_left, at_once=at_once, step=step)
        if step == "judging":
            assert jobs.running(catalogue)[0].summary == {"step": "judging"}

    monkeypatch.setattr(jobs.JobReport, "tell", listen)
    train_as_job(home, catalogue, table, scale="-1:1")
    assert [step for step, _ in told if step] == list(retrain.STEPS)
    assert [done for _, done in told] == sorted(done for _, done in told)


def test_a_training_that_is_asked_to_end_ends_and_writes_nothing(clinic, monkeypatch):
    home, catalogue, table = clinic

    def ask(*_: object, **__: object) -> None:
        jobs.cancel(catalogue, jobs.running(catalogue)[0].id)

    monkeypatch.setattr(jobs.os, "kill", lambda *_: None)
    monkeypatch.setattr(retrain, "read_tag_table", lambda *a, **k: (ask(), read_tag_table(*a, **k))[1])
    with pytest.raises(ModelJobEndedError, match="stays in use"):
        train_as_job(home, catalogue, table, scale="-1:1")
    assert jobs.running(catalogue)[0].state == "cancelled"
    assert not list((home / "models").glob("*/model.json"))


def test_what_is_wrong_with_a_table_is_kept_with_the_job(clinic):
    home, catalogue, table = clinic
    table.write_text(table.read_text().replace("track_id", "path", 1))
    with pytest.raises(TagTableError):
        train_as_job(home, catalogue, table, scale="-1:1")
    job = jobs.running(catalogue)[0]
    assert job.state == "failed"
    assert "row 2, path" in job.error
    assert "no such file" in job.error
    before = model_in_use(home).model_id
    with pytest.raises(retrain.PromotionError):
        promote_as_job(home, catalogue, "nope")
    job = next(job for job in jobs.running(catalogue) if job.kind == "promote")
    assert "no model 'nope'" in job.error
    assert model_in_use(home).model_id == before


def test_only_one_change_of_the_model_goes_on_at_a_time(clinic):
    _, catalogue, _ = clinic
    jobs.JobReport(catalogue, "rollback", [])
    with pytest.raises(ScanRunningError, match="change of the mood model is under way"):
        jobs.start_promotion(catalogue, "x")


def test_a_training_is_resumed_with_its_table_and_scale(clinic, monkeypatch):
    _, catalogue, table = clinic
    report = jobs.JobReport(catalogue, "train", [str(table), "1:9"])
    report.end("cancelled")
    started = []
    monkeypatch.setattr(jobs, "start", lambda *given, **named: started.append((given[1:], named)))
    jobs.resume(catalogue, report.id)
    assert started == [(("train", [str(table)]), {"options": ["--scale=1:9"], "keep": [str(table), "1:9"]})]


def test_the_template_can_be_filled_in_and_read_back_whatever_the_titles_are(tmp_path):
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    fill(catalogue, HOSTILE)
    table = tmp_path / "filled.csv"
    table.write_text(template(catalogue).replace(",,,,\n", ",0.1,-0.2,me,-1:1\n"), encoding="utf-8")
    assert len(read_tag_table(table).tags) == catalogue.count()
    catalogue.close()
