"""The pages about music and mood, run without a browser: what is pressed is kept, and says so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

import cli
from music_library import jobs, own_words, placing
from music_library.schema import files, tracks
from recommender import Mood
from tests.practice.conftest import a_playlist, some_tracks
from tests.web.homes import Home, add_sounds, make_home
from tests.web.pages import press, show, sign_in, texts
from web.clinician import state
from web.components.mood_plane import Chosen, Placed
from web.serving import Stores


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return make_home(tmp_path_factory.mktemp("mood") / "home", n=30)


@pytest.fixture
def stores(home: Home, monkeypatch: pytest.MonkeyPatch) -> Stores:
    return sign_in(monkeypatch, home.folder)


def labelled(elements, label: str):
    found = [element for element in elements if element.label == label]
    assert found, f"nothing is called {label!r} among {[element.label for element in elements]}"
    return found[0]


def test_many_songs_are_marked_at_once_and_the_filters_know_them(home, stores):
    page = show("music_page")
    labelled(page.text_input, "Search title, artist or album").set_value("piece").run()
    labelled(page.checkbox, "Choose all of these").check().run()
    assert "30 songs chosen" in texts(page)
    labelled(page.radio, "Sung or instrumental").set_value("sung")
    labelled(page.text_input, "Language of the words").set_value("CY")
    labelled(page.radio, "Words checked by you").set_value("yes")
    labelled(page.radio, "Explicit").set_value("no")
    labelled(page.radio, "Heard by you").set_value("yes")
    press(page, "Mark 30 songs")
    assert "30 songs are marked." in texts(page)
    marked = stores.catalogue.tracks(words="piece")
    assert {(t.voice, t.language, t.words_checked, t.explicit, t.faith) for t in marked} == {
        ("sung", "cy", True, False, None)
    }
    for chosen, n in ((["heard"], 30), (["not_heard"], 40), (["words_checked"], 30), (["words_unchecked"], 40)):
        filtered = show("music_page")
        labelled(filtered.get("button_group"), "Show only").set_value(chosen).run()
        assert f"{n} songs" in texts(filtered), chosen
    wanted = show("music_page")
    labelled(wanted.get("button_group"), "Show only").set_value(["wanted"]).run()
    assert "1 songs" in texts(wanted)


def test_a_failed_song_says_what_happened_what_to_do_and_is_tried_again(home, stores, monkeypatch, tmp_path):
    track = stores.catalogue.tracks()[-1]
    file = tmp_path / "broken.mp3"
    file.write_bytes(b"x")
    with stores.catalogue.engine.begin() as db:
        number = db.execute(
            update(tracks)
            .where(tracks.c.id == track.id)
            .values(error_code="x", error_reason="Nothing could be heard.", error_remedy="Copy it again.")
            .returning(tracks.c.number)
        ).scalar_one()
        db.execute(files.delete().where(files.c.track_number == number))
        db.execute(
            files.insert().values(
                path=bytes(file), track_number=number, size=1, modified_ns=1, changed_ns=1, missing_since=None
            )
        )
    started: list[list[Path]] = []
    monkeypatch.setattr(jobs, "start_scan", lambda _, what: started.append(list(what)))
    page = show("music_page")
    assert "Nothing could be heard.\nCopy it again." in texts(page)
    press(page, "Try again")
    assert started == [[file]]
    with stores.catalogue.engine.begin() as db:
        again = db.execute(tracks.select().where(tracks.c.id == track.id)).mappings().one()
        assert again["features_version"] is None
        db.execute(update(tracks).where(tracks.c.id == track.id).values(error_code=None, error_reason=None))


def test_one_song_is_corrected_and_marked_by_hand(home, stores):
    page = show("song_page", song=home.track_id)
    before = stores.catalogue.track(home.track_id)
    press(page, "÷2")
    assert stores.catalogue.track(home.track_id).tempo_bpm == pytest.approx(before.tempo_bpm / 2)
    press(page, "×2")
    labelled(page.selectbox, "Key").set_value("F# minor")
    labelled(page.radio, "It sounds").set_value("minor")
    press(page, "Keep key and mode")
    said = stores.catalogue.track(home.track_id)
    assert (said.key, said.mode, said.heard_key) == ("F# minor", -1.0, before.key)
    labelled(page.radio, "The words of this song").set_value("checked")
    labelled(page.radio, "Of faith").set_value("yes")
    labelled(page.checkbox, "I have listened to this song").check()
    press(page, "Keep these marks")
    marked = stores.catalogue.track(home.track_id)
    assert (marked.words_checked, marked.faith, marked.explicit) == (True, True, None)
    assert stores.catalogue.heard_by(home.actor.account_id, [home.track_id])


def test_marks_of_one_song_and_of_many_go_back_to_not_known(home, stores):
    stores.catalogue.mark(
        [home.track_id], account="x", voice="sung", language="en", explicit=True, faith=True, words_checked=True
    )
    page = show("song_page", song=home.track_id)
    assert "Checked by a colleague on " in texts(page)
    labelled(page.text_input, "Language of the words").set_value("")
    labelled(page.radio, "Explicit").set_value("unknown")
    labelled(page.radio, "The words of this song").set_value("checked")
    press(page, "Keep these marks")
    marked = stores.catalogue.track(home.track_id)
    assert (marked.explicit, marked.faith, marked.language, marked.words_checked) == (None, True, None, True)
    assert "Checked by you on " in texts(show("song_page", song=home.track_id))
    many = show("music_page")
    labelled(many.text_input, "Search title, artist or album").set_value("piece").run()
    labelled(many.checkbox, "Choose all of these").check().run()
    labelled(many.radio, "Sung or instrumental").set_value("unknown")
    labelled(many.radio, "Of faith").set_value("yes")
    press(many, "Mark 30 songs")
    found = stores.catalogue.tracks(words="piece")
    assert {(t.voice, t.faith) for t in found} == {(None, True)}


def test_the_words_of_a_song_are_read_and_a_copy_is_pasted(home, stores):
    page = show("song_page", song=home.track_id)
    assert "The file holds no words" in texts(page)
    labelled(page.text_area, "Your own copy of the words").set_value("A line\n<b>another</b>")
    press(page, "Keep this copy")
    assert "A line\n<b>another</b>" in [text.value for text in page.text]
    assert "not checked by being here" in texts(page)


def planned_in_a_terminal(stores: Stores, track_id: str) -> list[str]:
    """The songs of a list that begins as near to a track as it can."""
    track = stores.catalogue.track(track_id)
    place = f"{track.valence:.3f},{track.arousal:.3f}"
    words = ["plan", f"--present={place}", f"--target={place}", "--route", "stay", "--minutes", "24", "--json"]
    answer = CliRunner().invoke(cli.app, [*words, "--home", str(stores.home)])
    assert answer.exit_code == 0, answer.output
    return [row["id"] for row in json.loads(answer.stdout)["tracks"]]


def test_a_song_can_be_one_clients_own_and_is_then_in_no_other_plan(home, stores):
    record = stores.record
    client = record.client(home.actor, home.client_id)
    page = show("song_page", song=home.track_id)
    labelled(page.selectbox, "Who may be played this song").set_value(home.client_id).run()
    press(page, "Keep this")
    assert record.owners_of(home.actor, home.track_id).mine == (home.client_id,)
    chosen = labelled(show("song_page", song=home.track_id).selectbox, "Who may be played this song")
    assert chosen.value == home.client_id
    assert chosen.options == ["everyone", f"{client.code} · {client.sign}"]
    client = show("client_page", client=home.client_id)
    assert "Their own, for nobody else" in texts(client)
    from web.clinician.start_page import rules_for

    assert home.track_id in rules_for(home.actor, None).avoid_tracks
    assert home.track_id not in rules_for(home.actor, record.client(home.actor, home.client_id)).avoid_tracks
    assert home.track_id not in planned_in_a_terminal(stores, home.track_id)
    page = show("song_page", song=home.track_id)
    labelled(page.selectbox, "Who may be played this song").set_value("everyone").run()
    press(page, "Keep this")
    assert record.owners_of(home.actor, home.track_id).mine == ()
    assert home.track_id in planned_in_a_terminal(stores, home.track_id)


def test_a_plan_that_is_changed_by_hand_keeps_the_preferences_of_its_kind(home, stores):
    from web.clinician.plan_changes import rules_of_plan

    def rules(strand):
        plan = stores.record.draft_plan(
            home.actor, home.client_id, a_playlist(), some_tracks(), model_id="m", strand=strand
        )
        return rules_of_plan(home.actor, plan)

    eased = rules("ease")
    assert (eased.prefer_min_tempo_bpm, eased.prefer_max_tempo_bpm, eased.low_energy_first) == (60, 80, True)
    assert rules("feel").prefer_max_tempo_bpm is None


def test_training_beside_other_pages_can_be_stopped_by_retrainers_alone(home, stores, monkeypatch):
    from web.clinician import access, long_work

    job = jobs.JobReport(stores.catalogue, "train", ["x.csv", ""])
    plain = stores.record.invite(home.actor, "Sam", role="clinician")
    stores.record.create_account(plain, password="another walk by the sea")
    monkeypatch.setattr(jobs.os, "kill", lambda *_: None)
    try:
        assert "Stop it" in [button.label for button in show_beside().button]
        token = stores.record.sign_in("Sam", "another walk by the sea")
        monkeypatch.setattr(access, "session_token", lambda: token)
        assert long_work.unfinished()
        page = show_beside()
        assert "Stop it" not in [button.label for button in page.button]
        assert "mood model" in texts(page)
    finally:
        job.end("cancelled")


def show_beside():
    from streamlit.testing.v1 import AppTest

    def script() -> None:
        from web.clinician.long_work import beside

        beside("clients")

    shown = AppTest.from_function(script).run()
    assert not shown.exception, [error.value for error in shown.exception]
    return shown


def test_a_song_says_why_it_stands_where_it_does(tmp_path, monkeypatch):
    home = make_home(tmp_path / "home", titles=(), n=20)
    stores = sign_in(monkeypatch, home.folder)
    add_sounds(stores.catalogue)
    said = texts(show("song_page", song=home.track_id))
    assert "Why we guess so" in said
    assert "because of" in said


def test_placing_asks_for_the_least_sure_song_and_goes_on(home, stores):
    asked = placing.next_to_place(stores.catalogue, leave_out=stores.record.private_songs(home.actor))
    page = show("placing_page")
    assert page.session_state[state.PLACING_NOW] == asked
    press(page, "I do not know this one")
    second = page.session_state[state.PLACING_NOW]
    assert second != asked
    page.session_state[state.PLACING_AT] = Placed(Mood(0.5, -0.25))
    page.run()
    press(page, "Keep my answer")
    placed = stores.catalogue.track(second)
    assert (placed.valence, placed.arousal, placed.mood_source) == (0.5, -0.25, "correction")
    assert page.session_state[state.PLACING_NOW] not in (asked, second)


def test_a_mood_word_is_moved_and_taken_back_and_the_middle_is_set(home, stores):
    page = show("words_page")
    labelled(page.selectbox, "Which word?").set_value("calm").run()
    page.session_state[state.WORD_AT] = Chosen("target", Placed(Mood(0.5, -0.5))).placed
    page.run()
    press(page, "Keep")
    assert own_words.words_in_use(stores.catalogue)["calm"].mood == Mood(0.5, -0.5)
    press(page, "Use the usual place again")
    assert own_words.words_in_use(stores.catalogue)["calm"].mood == Mood(0.75, -0.75)
    labelled(page.slider, "How far the middle reaches").set_value(0.2).run()
    press(page, "Keep", nth=-1)
    assert own_words.neutral_radius(own_words.words_in_use(stores.catalogue)) == pytest.approx(0.2)


def test_a_mood_word_may_hold_anything(home, stores):
    word = own_words.set_word(stores.catalogue, "so__so", Mood(0.1, 0.1), account=home.actor.account_id)
    page = show("words_page")
    labelled(page.selectbox, "Which word?").set_value(word).run()
    assert not page.exception
    own_words.forget_word(stores.catalogue, word)


def test_the_plan_of_a_client_who_agreed_says_how_they_hear_music_until_it_is_forgotten(home, stores):
    record = stores.record
    record.set_agreement(home.actor, home.client_id, "choose_songs", is_on=True, said_by="client")
    page = show("client_page", client=home.client_id)
    page.session_state[state.CLIENT_PART] = "agreements"
    page.run()
    assert "Learned from 3 answers" in texts(page)
    start = show("start_page")
    start.session_state[state.WHO] = home.client_id
    start.session_state[state.PRESENT] = Placed(Mood(-0.75, -0.25), "sad")
    start.session_state[state.TARGET] = Placed(Mood(0.75, -0.75), "calm")
    start.run()
    assert not start.exception
    assert "For this client: " in texts(start)
    press(page, "Forget what was learned")
    assert "Nothing is learned yet" in texts(page)
    start.run()
    assert "For this client: " not in texts(start)


def test_holds_and_wind_down_are_chosen_kept_with_the_plan_and_stay_when_it_is_changed(home, stores):
    record = stores.record
    start = show("start_page")
    start.session_state[state.WHO] = home.client_id
    start.session_state[state.PRESENT] = Placed(Mood(-0.75, -0.25), "sad")
    start.session_state[state.TARGET] = Placed(Mood(0.75, -0.75), "calm")
    start.session_state[f"{state.SHAPE}.hold_present"] = "long"
    start.session_state[f"{state.SHAPE}.pace"] = "slow_first"
    start.run()
    labelled(start.checkbox, "Wind down to a quiet close").check().run()
    assert not start.exception
    press(start, "Save as a plan")
    saved = record.plan(home.actor, start.session_state[state.SAVED])
    assert (saved.hold_present, saved.hold_target, saved.pace, saved.wind_down) == (0.35, None, 2.0, 0.25)
    page = show("plan_page", plan=saved.id)
    assert "On the way: 35 % of it at the mood now, slow at first, winding down to a quiet close" in texts(page)
    press(page, "+ Silence, 1 min")
    changed = record.plan(home.actor, saved.id)
    assert changed.version == saved.version + 1
    assert changed.request == saved.request


def test_songs_like_one_are_offered_in_its_plan_and_on_its_own_page(home, stores):
    from web.clinician import plan_changes, plan_edits

    plan = stores.record.plan(home.actor, home.plan_id)
    page = show("plan_page", plan=plan.id)
    page.session_state[state.LIKE] = (plan.id, 1)
    page.run()
    assert f"In the place of {plan.places[1].song.title}" in [text.value for text in page.text]
    rules = plan_changes.rules_of_plan(home.actor, plan)
    offered = plan_edits.like(plan, stores.catalogue.candidates(), rules, 1)
    press(page, "Keep the song")
    assert "Nearest in mood and in sound together" not in texts(page)
    page.session_state[state.LIKE] = (plan.id, 1)

    def script(plan_id: str, track_id: str) -> None:
        from web.clinician import plan_like

        plan_like.take(plan_id, 1, track_id)

    from streamlit.testing.v1 import AppTest

    taken = AppTest.from_function(script, kwargs={"plan_id": plan.id, "track_id": offered[0]}).run()
    assert not taken.exception, [error.value for error in taken.exception]
    changed = stores.record.plan(home.actor, plan.id)
    assert changed.places[1].song.id == offered[0]
    assert changed.version == plan.version + 1
    assert "More like this" in texts(show("song_page", song=home.track_id))


def test_training_is_not_offered_to_a_clinician_who_is_nothing_else(home, stores, monkeypatch):
    from web.clinician import access

    plain = stores.record.invite(home.actor, "Alex", role="clinician")
    stores.record.create_account(plain, password="another walk by the sea")
    token = stores.record.sign_in("Alex", "another walk by the sea")
    monkeypatch.setattr(access, "session_token", lambda: token)
    assert "Training is for retrainers and administrators" in texts(show("training_page"))
