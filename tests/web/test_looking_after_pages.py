"""Pages for what a practice does now and then, run without a browser: what is pressed is kept, and says so."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from streamlit.testing.v1 import AppTest

from features.key_profiles import NOTES
from music_library import Catalogue, jobs
from practice import Record
from practice.movement import Movement
from practice.schema import notes
from recommender import MOOD_PLACES, Mood, PlanRequest, plan
from recommender.candidates import KEY_NAMES
from tests.web.homes import NAME, PASSWORD, Home, fill, make_home
from tests.web.pages import SECONDS, press, show, sign_in, texts
from web.clinician import library_view, state
from web.clinician.what_holds import TEMPO
from web.components.mood_plane import Placed
from web.serving import Stores

SCALE = """\
id: stars
version: 1
title: Stars
kind: slider
source: Made for a test.
licence: Own wording.
by: client
items:
  - {id: joy, question: "How much joy?", low_anchor: Nothing, high_anchor: Much, minimum: 0, maximum: 10, step: 1}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return make_home(tmp_path_factory.mktemp("after") / "home", titles=(), n=120)


@pytest.fixture
def opened(home: Home, monkeypatch: pytest.MonkeyPatch) -> Stores:
    return sign_in(monkeypatch, home.folder)


def take_in(name: str, data: bytes) -> AppTest:
    """Bring a file, as the press on the page does; a file chooser needs a browser."""

    def script(name: str, data: bytes) -> None:
        from web.clinician.settings_scales import take_in

        take_in(name, data)

    return AppTest.from_function(script, kwargs={"name": name, "data": data}).run()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (SCALE.replace("maximum: 10", "maximum: 0").encode(), "minimum must lie below maximum"),
        (SCALE.replace("Stars", "Sterne, sch\u00f6n").encode("latin-1"), "line 3"),
        (b"x" * 200_000, "over 100 kB"),
        (b"id: [", "mine.yaml"),
    ],
)
def test_a_wrong_scale_file_is_refused_with_its_line_and_nothing_is_kept(opened: Stores, data: bytes, said: str):
    before = [scale.id for scale in opened.record.scales()]
    shown = take_in("mine.yaml", data)
    assert said in texts(shown)
    assert [scale.id for scale in opened.record.scales()] == before


def test_a_scale_that_was_brought_stands_in_the_list_and_can_be_chosen_for_a_session(opened: Stores):
    assert not [box for box in show("start_page").selectbox if box.label == "Asked with"]
    assert "Kept: Stars, version 1" in texts(take_in("stars.yaml", SCALE.encode()))
    (asked,) = [box for box in show("start_page").selectbox if box.label == "Asked with"]
    assert asked.options == ["The usual questions", "Stars"]


def test_a_group_that_meets_no_more_leaves_the_list(opened: Stores, home: Home):
    members = [opened.record.new_client(home.actor, agreed_by="client").id for _ in range(2)]
    group = opened.record.new_group(home.actor, "Thursday", members)
    page = show("groups_page", group=group.id)
    press(page, "End it now")
    assert opened.record.groups(home.actor) == []
    assert "Thursday" not in texts(show("groups_page"))


def test_moving_begins_with_the_speed_of_last_time(opened: Stores, home: Home):
    client_id = opened.record.new_client(home.actor, agreed_by="client", sounds_hurt="no", seizures="no").id
    playlist = plan(library_view.candidates(), PlanRequest(Mood(0.1, 0.1), Mood(0.2, 0.1), 12))
    tracks = library_view.tracks_of(playlist).values()
    drafted = opened.record.draft_movement(
        home.actor, client_id, playlist, tracks, Movement("clapping", 96.0, said_by="tapped"),
        supervised=True, model_id="test",
    )  # fmt: skip
    opened.record.approve(home.actor, drafted.id, present=True)
    page = show("move_page")
    page.session_state[state.WHO] = client_id
    page.run()
    press(page, "As last time: 96 a minute")
    assert page.session_state[state.MOVE_TYPED] == 96
    assert page.session_state[state.MOVE_FOR] == "clapping"


def test_a_plan_is_made_longer_and_shorter_by_a_press(opened: Stores, home: Home):
    playlist = plan(library_view.candidates(), PlanRequest(Mood(-0.3, -0.2), Mood(0.3, -0.2), 24))
    tracks = library_view.tracks_of(playlist).values()
    first = opened.record.draft_plan(home.actor, home.client_id, playlist, tracks, model_id="test")
    page = show("plan_page", plan=first.id)
    press(page, "6 min longer")
    longer = opened.record.plan(home.actor, page.query_params["plan"])
    assert (longer.minutes, longer.version) == (30, 2)
    assert longer.length_s == pytest.approx(30 * 60, abs=30)
    press(page, "6 min shorter")
    shorter = opened.record.plan(home.actor, page.query_params["plan"])
    assert shorter.length_s == pytest.approx(24 * 60, abs=30)


def test_a_tempo_limit_that_leaves_no_music_is_relaxed_with_a_reason(opened: Stores, home: Home):
    record, client_id = opened.record, home.client_id
    narrow = {"min_tempo_bpm": 20, "max_tempo_bpm": 25}
    record.set_limit(home.actor, client_id, TEMPO, numbers=narrow, reason="Only very slow.", review_on=date(2031, 2, 3))
    shown = show("start_page")
    shown.session_state[state.WHO] = client_id
    shown.session_state[state.PRESENT] = Placed(MOOD_PLACES["sad"], "sad")
    shown.session_state[state.TARGET] = Placed(MOOD_PLACES["calm"], "calm")
    shown.run()
    assert "the tempo limits hide" in texts(shown)
    go = next(one for one in shown.button if one.label == "Keep this limit instead")
    assert go.disabled
    shown.number_input(key="relax-max_tempo_bpm").set_value(300.0)
    shown.text_input(key="relax-why").set_value("Too few songs.").run()
    press(shown, "Keep this limit instead")
    (limit,) = [one for one in record.client(home.actor, client_id).limits if one.effect == TEMPO]
    assert dict(limit.numbers) == {"min_tempo_bpm": 20.0, "max_tempo_bpm": 300.0}
    assert (limit.reason, limit.review_on) == ("Too few songs.", date(2031, 2, 3))
    assert "the tempo limits hide" not in texts(shown)
    assert any("songs," in one.value for one in shown.header)
    record.lift_limit(home.actor, client_id, TEMPO, reason="over")


def test_a_signed_note_that_was_changed_behind_the_record_says_so(opened: Stores, home: Home):
    (session_id, *_) = opened.record.notes_to_sign(home.actor)
    note = opened.record.note(home.actor, session_id)
    kept = opened.record.save_note(
        home.actor, session_id, version=note.version, noticed="Hummed.", meaning="", next_time=""
    )
    opened.record.sign_note(home.actor, session_id, version=kept.version)
    assert "not as it was signed" not in texts(show("after_page", session=session_id))
    with opened.record.engine.begin() as db:
        db.execute(sa.update(notes).where(notes.c.session_id == session_id).values(noticed="Sang."))
    assert "not as it was signed" in texts(show("after_page", session=session_id))


def test_a_list_whose_files_are_away_is_said_before_a_session_and_starts_none(opened: Stores, home: Home):
    away = (home.folder / "music").rename(home.folder / "unplugged")
    playlist = plan(library_view.candidates(), PlanRequest(Mood(-0.3, -0.2), Mood(0.3, -0.2), 24))
    tracks = library_view.tracks_of(playlist).values()
    drafted = opened.record.draft_plan(home.actor, home.client_id, playlist, tracks, model_id="test")
    before = len(opened.record.sessions(home.actor))
    page = show("plan_page", plan=drafted.id)
    press(page, "Play here now")
    assert f"{len(playlist.tracks)} songs of this list are not where they were, among them “" in texts(page)
    assert len(opened.record.sessions(home.actor)) == before
    assert opened.record.plan(home.actor, drafted.id).state == "draft"
    away.rename(home.folder / "music")


def test_a_trial_that_was_ended_says_that_nothing_was_kept(opened: Stores, home: Home):
    playlist = plan(library_view.candidates(), PlanRequest(Mood(-0.3, -0.2), Mood(0.3, -0.2), 24))
    drafted = opened.record.draft_plan(
        home.actor, None, playlist, library_view.tracks_of(playlist).values(), model_id="t"
    )
    opened.record.approve(home.actor, drafted.id, present=True)
    started = opened.record.start_session(home.actor, drafted.id, with_client=True)
    page = show("live_page", session=started.session_id)
    press(page, "End the session")
    assert "The trial is over. Nothing of it was kept." in texts(page)


def test_demo_music_is_made_by_a_press_and_not_by_looking(tmp_path, monkeypatch: pytest.MonkeyPatch):
    Catalogue.open(tmp_path / "catalogue.db").close()
    record = Record.open(tmp_path / "record.db")
    record.create_account(record.first_link(), NAME, PASSWORD)
    record.close()
    sign_in(monkeypatch, tmp_path)
    asked: list[str] = []
    monkeypatch.setattr(library_view, "start_demo", lambda: asked.append("demo"))
    page = show("today_page")
    assert asked == []
    press(page, "Make it now")
    assert asked == ["demo"]


def test_the_demo_says_no_more_pieces_than_there_are():
    job = jobs.Job("1", "demo", "running", 20, 48, None, None, None, (), 0.0, 0.0)
    assert library_view.job_says(job, ready=113) == "Demo music: 48 of 48 ready. You can use what is ready."


def test_keys_are_spelled_in_reasons_as_hearing_spells_them():
    assert {name.split()[0] for name in KEY_NAMES} == set(NOTES)


def test_who_has_tried_it_is_led_to_a_first_client_not_back_to_the_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    record = Record.open(tmp_path / "record.db")
    actor = record.create_account(record.first_link() or "", NAME, PASSWORD)
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    fill(catalogue, (), n=40)
    listed = plan(catalogue.candidates(), PlanRequest(MOOD_PLACES["sad"], MOOD_PLACES["calm"], 8.0))
    every = catalogue.tracks()
    record.close()
    catalogue.close()
    opened = sign_in(monkeypatch, tmp_path)
    assert "Who is here?" in texts(show("today_page"))
    trial = opened.record.draft_plan(actor, None, listed, every, model_id="m").id
    opened.record.approve(actor, trial, present=True)
    session = opened.record.start_session(actor, trial, with_client=True).session_id
    screen = opened.record.sign_in(NAME, PASSWORD)
    opened.record.hand_over(screen)
    opened.record.take_back(screen, PASSWORD)
    assert "a session is going on" in texts(show("today_page"))
    opened.record.end_session(actor, session)
    after = show("today_page")
    assert "Your trial is over" in texts(after)
    assert "Who is here?" not in texts(after)
    assert {"A client is with me", "Try it again"} <= {button.label for button in after.button}


def test_the_back_up_that_was_never_made_waits_on_today_also_when_all_notes_are_signed(home: Home, opened: Stores):
    for session in opened.record.notes_to_sign(home.actor):
        note = opened.record.save_note(home.actor, session, noticed="Calm.", meaning="", next_time="", version=0)
        opened.record.sign_note(home.actor, session, version=note.version)
    assert opened.record.notes_to_sign(home.actor) == []
    today = show("today_page")
    assert "Your records have no back-up." in texts(today)
    assert "Make one now" in {button.label for button in today.button}
    opened.record.note_backup()
    assert "Your records have no back-up." not in texts(show("today_page"))


def test_what_they_say_about_a_song_goes_with_it_though_no_moment_was_marked(home: Home, opened: Stores):
    shown = show("after_page", session=home.session_id)
    (choice,) = [one for one in shown.selectbox if one.label == "Which song?"]
    choice.select_index(0)
    next(one for one in shown.text_area if one.label == "Their words about it").set_value("Like rain on a tent")
    press(shown, "Keep")
    facts = opened.record.facts(home.actor, home.session_id)
    played = {one.track_id: one.title for one in facts.played}
    (kept,) = [one for one in facts.moments if one.their_words == "Like rain on a tent"]
    assert played[kept.track_id] == kept.title


def test_without_music_the_page_asks_for_a_folder_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    record = Record.open(tmp_path / "record.db")
    record.create_account(record.first_link() or "", NAME, PASSWORD)
    record.close()
    sign_in(monkeypatch, tmp_path)
    shown = show("music_page")
    assert {"Use the demo music", "Add this folder"} <= {button.label for button in shown.button}


def test_a_form_that_lacks_something_says_what_and_loses_nothing(home: Home, opened: Stores):
    def story(client_id: str) -> None:
        from web.clinician.access import asker
        from web.clinician.client_story import story_part
        from web.serving import stores

        story_part(asker(), stores().record.client(asker(), client_id))

    shown = AppTest.from_function(story, default_timeout=SECONDS, kwargs={"client_id": home.client_id}).run()
    next(one for one in shown.text_input if one.label == "Their words").set_value("We danced to it")
    press(shown, "Add a song to this chapter")
    assert "Still empty: “Song”" in texts(shown)
    assert next(one for one in shown.text_input if one.label == "Their words").value == "We danced to it"
    next(one for one in shown.text_input if one.label == "Song").set_value("Blue Moon")
    press(shown, "Add a song to this chapter")
    (kept,) = opened.record.story(home.actor, home.client_id)
    assert (kept.title, kept.their_words) == ("Blue Moon", "We danced to it")
    assert next(one for one in shown.text_input if one.label == "Their words").value == ""
