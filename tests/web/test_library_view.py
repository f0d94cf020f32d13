"""Long work as the pages show it."""

from __future__ import annotations

from music_library.jobs import Job
from web.clinician.library_view import job_says, time_left, worth_showing


def job(kind: str, state: str, *, done: int = 0, total: int | None = None, seconds_left: float | None = None) -> Job:
    return Job(f"{kind}-{state}", kind, state, done, total, seconds_left, None, None, (), 0.0, 0.0)


def test_while_the_demo_is_made_its_scans_are_part_of_it():
    shown = worth_showing([job("scan", "running"), job("demo", "running"), job("scan", "ended")])
    assert [one.kind for one in shown] == ["demo"]


def test_of_each_kind_only_the_latest_is_shown():
    shown = worth_showing([job("scan", "running"), job("scan", "failed"), job("demo", "ended")])
    assert [one.id for one in shown] == ["scan-running", "demo-ended"]


def test_a_scan_says_how_far_it_is_and_does_not_pretend_to_be_exact():
    said = job_says(job("scan", "running", done=412, total=900, seconds_left=233.0), ready=400)
    assert said == "412 of 900 ready, about 4 min left. You can use what is ready."
    assert time_left(7) == "5 s"


def test_the_demo_says_what_can_be_used():
    assert job_says(job("demo", "running", done=9, total=40), ready=4).startswith("Demo music: 4 of 40 ready")
