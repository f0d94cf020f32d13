"""A clinic as it is after some weeks: clients at every stage, so that every page has each of its states to show."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from music_library import Catalogue
from music_library.changes import next_version
from music_library.schema import tracks
from practice import Actor, Event, Record
from practice.group_seats import How, SeatTurn, SeatWish
from practice.group_starts import StartedGroup
from practice.store import now_utc
from recommender import MOOD_PLACES, PlanRequest, Playlist, Rules, plan
from recommender.editing import arrange
from tests.web.homes import NAME, PASSWORD, fill

ANSWERS = ((0.28, 0.46, 0.55, 0.35), (0.35, 0.52, 0.60, 0.40), (0.42, 0.38, 0.40, 0.30), (0.30, 0.55, 0.62, 0.30),
           (0.38, 0.44, 0.58, 0.42), (0.45, 0.40, 0.72, 0.28))  # fmt: skip
"""Feeling and energy before and after, session by session."""
PLAIN = tuple(f"Piece {k}" for k in range(80))


@dataclass
class Clinic:
    """The home and what stands in it, by the names that the states of `states.py` use."""

    folder: Path
    record: Record
    catalogue: Catalogue
    actor: Actor
    now: list[datetime]
    every_song: bool
    ids: dict[str, str] = field(default_factory=dict)

    def tick(self, at: datetime) -> None:
        """Let the record's clock stand at `at`."""
        self.now[0] = at


def make_clinic(
    folder: Path, *, titles: Sequence[str] = PLAIN, said: str = "I liked the piano one.", every_song: bool = False
) -> Clinic:
    """Fill a home: an account, clients, sessions, lists, notes, messages. Music that is there already is kept.

    With `every_song` each list holds the whole library, so that every title stands on every page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = Catalogue.open(folder / "catalogue.db")
    if catalogue.count() == 0:
        fill(catalogue, titles)
        if every_song:
            with catalogue.engine.begin() as db:
                db.execute(tracks.update().values(duration_s=3000 / len(titles)))
                next_version(db)
    today = now_utc().replace(microsecond=0)
    now = [today - timedelta(days=70)]
    record = Record.open(folder / "record.db", clock=lambda: now[0])
    actor = record.create_account(record.first_link() or "", NAME, PASSWORD)
    clinic = Clinic(folder, record, catalogue, actor, now, every_song)
    for name, weeks in (("full", 6), ("three", 3), ("two", 2), ("new", 0), ("empty", 0)):
        clinic.tick(today - timedelta(days=70))
        client = record.new_client(actor, agreed_by="client", avoid="bagpipes", sounds_hurt="no", seizures="no")
        clinic.ids[name] = client.id
        for week in range(weeks):
            clinic.tick(today - timedelta(days=7 * (weeks - week), hours=2))
            clinic.ids[f"{name}-{week}"] = hold_session(clinic, client.id, ANSWERS[week], said=said)
    clinic.tick(today - timedelta(days=1))
    write_down(clinic, said)
    clinic.tick(today)
    clinic.ids["draft"] = make_plan(clinic, clinic.ids["full"])
    clinic.ids["approved"] = make_plan(clinic, clinic.ids["three"])
    record.approve(actor, clinic.ids["approved"], present=False)
    clinic.tick(today - timedelta(minutes=6))
    clinic.ids["open"] = hold_session(clinic, clinic.ids["new"], ANSWERS[0], said=said, is_open=True)
    meet(clinic, today, said=said)
    clinic.tick(today)
    fill(catalogue, ["The song of their own"])
    clinic.ids["private"] = catalogue.tracks()[-1].id
    record.set_owner(actor, clinic.ids["private"], clinic.ids["full"], title="The song of their own")
    return clinic


def meet(clinic: Clinic, today: datetime, *, said: str) -> None:
    """A group that met twice, gathers now with answers far apart, and guests who listen at this moment."""
    record, actor = clinic.record, clinic.actor
    clinic.tick(today - timedelta(days=70))
    members = [
        record.new_client(actor, agreed_by="client", sounds_hurt="no", seizures="no", preset=preset).id
        for preset in ("standard", "calm", "one_switch")
    ]
    clinic.ids["group"] = record.new_group(actor, "Thursday", members).id
    songs = [track.id for track in clinic.catalogue.tracks() if not track.error][:3]
    for name, days in (("group-signed", 14), ("group-note", 7)):
        clinic.tick(today - timedelta(days=days))
        started = open_group(clinic, members, songs)
        host_plays(clinic, started, songs)
        record.end_group_session(actor, started.id)
        clinic.ids[name] = started.id
    note = record.save_group_note(
        actor, clinic.ids["group-signed"], noticed="More talk than last week.", meaning="", next_time="Sing again.",
        lines={0: said, 1: "Chose first."}, version=0,
    )  # fmt: skip
    record.sign_group_note(actor, clinic.ids["group-signed"], version=note.version)
    clinic.tick(today - timedelta(minutes=4))
    started = open_group(clinic, members, songs)
    for seat, (feeling, energy) in zip(started.seats[:2], ((0.1, 0.2), (0.9, 0.8)), strict=True):
        record.add_events(seat.room_token, [answer(clinic.now[0], "before", feeling, energy)])
    clinic.ids["group-gathers"] = started.id
    started = open_group(clinic, [None, None, None], songs, how="passed")
    host_plays(clinic, started, songs)
    clinic.ids["group-listens"] = started.id


def open_group(
    clinic: Clinic, members: Sequence[str | None], songs: Sequence[str], *, how: How = "own"
) -> StartedGroup:
    """Open a session for a group; each brings a song."""
    seats = [SeatWish(one, (song,)) for one, song in zip(members, songs, strict=True)]
    return clinic.record.start_group(
        clinic.actor, seats, draft_playlist(clinic), clinic.catalogue.tracks(), how=how, model_id="a-model",
        prompts=True, group_id=clinic.ids["group"] if members[0] else None,
    )  # fmt: skip


def host_plays(clinic: Clinic, started: StartedGroup, songs: Sequence[str]) -> None:
    """The list is made, and its first song begins on the screen that all see."""
    listed = draft_playlist(clinic)
    order = list(listed.track_ids())
    turns = [SeatTurn(n, song, order.index(song) if song in order else None) for n, song in enumerate(songs)]
    clinic.record.make_group_list(
        clinic.actor, started.id, listed, clinic.catalogue.tracks(), turns, model_id="a-model"
    )
    at = clinic.now[0] + timedelta(minutes=1)
    told = [
        happened(at, "song_started", track=order[0]),
        happened(at, "place", screen="playing", n=0, order=order, heard=order[:1]),
    ]
    clinic.record.add_events(started.host_token, told)


def make_plan(clinic: Clinic, client_id: str | None) -> str:
    """Keep the list from sad to calm as a draft."""
    made = clinic.record.draft_plan(
        clinic.actor, client_id, draft_playlist(clinic), clinic.catalogue.tracks(), model_id="a-model",
        present_word="sad", target_word="calm",
    )  # fmt: skip
    return made.id


def draft_playlist(clinic: Clinic) -> Playlist:
    """A list from sad to calm, 12 minutes."""
    request = PlanRequest(MOOD_PLACES["sad"], MOOD_PLACES["calm"], 12.0)
    candidates = clinic.catalogue.candidates()
    if clinic.every_song:
        ids = [track.id for track in clinic.catalogue.tracks()]
        return arrange(Playlist(request, (), 0.0, None), ids, candidates, Rules())
    return plan(candidates, request)


def hold_session(
    clinic: Clinic, client_id: str, answers: tuple[float, float, float, float], *, said: str, is_open: bool = False
) -> str:
    """One session from the first question to the last; left running in its second song where `is_open`."""
    record, actor, began = clinic.record, clinic.actor, clinic.now[0]
    plan_id = make_plan(clinic, client_id)
    songs = record.approve(actor, plan_id, present=True).places
    started = record.start_session(actor, plan_id, with_client=True)
    ids = [place.song.id for place in songs]
    events = [answer(began, "before", answers[0], answers[1])]
    at = began + timedelta(seconds=40)
    for before, after in pairwise([*ids, ""]):
        events.append(happened(at, "song_started", track=before))
        at += timedelta(minutes=3)
        if is_open and before == ids[1]:
            break
        if after:
            events.append(happened(at, "song_ended", track=before))
    if not is_open:
        events += [
            happened(at, "stopped", by="client", track=ids[-1]),
            answer(at + timedelta(seconds=30), "after", answers[2], answers[3]),
            happened(at + timedelta(seconds=60), "words", text=said),
        ]
    record.add_events(started.room_token, events)
    clinic.tick(at + timedelta(minutes=2))
    record.mark_moment(actor, started.session_id, track_id=ids[0], position_s=42.0, text="Sang along.")
    if not is_open:
        record.end_session(actor, started.session_id)
    return started.session_id


def write_down(clinic: Clinic, said: str) -> None:
    """What the clinician has written: notes, goals, a life story, limits, marks, how long the record is kept."""
    record, actor, client = clinic.record, clinic.actor, clinic.ids["full"]
    for week in range(4):
        note = record.save_note(
            actor, clinic.ids[f"full-{week}"], noticed="More talk than last week.", meaning="", next_time="Ask again.",
            version=0,
        )  # fmt: skip
        record.sign_note(actor, clinic.ids[f"full-{week}"], version=note.version)
    record.add_addendum(actor, clinic.ids["full-0"], "They asked for the tape.")
    for name in ("two", "three"):
        for key in [key for key in clinic.ids if key.startswith(f"{name}-")]:
            note = record.save_note(actor, clinic.ids[key], noticed="Calm.", meaning="", next_time="", version=0)
            record.sign_note(actor, clinic.ids[key], version=note.version)
    record.set_goal(actor, client, "To find one song for a bad evening.", strand="feel", review_on=date(2030, 1, 1))
    goal = record.set_goal(actor, client, "To sing with somebody again.", strand="together")
    record.close_goal(actor, client, goal.id, outcome="partly", words="Twice, in the kitchen.")
    songs = [track for track in clinic.catalogue.tracks() if not track.error]
    for chapter, track, words in zip(
        ("childhood", "youth", "people", "now"), songs, (said, "", said, ""), strict=False
    ):
        record.add_to_story(
            actor, client, chapter=chapter, title=track.title or "", artist=track.artist or "", track_id=track.id,
            who="My aunt", place="In the kitchen", their_words=words,
        )  # fmt: skip
    if clinic.every_song:
        for track in songs:
            record.mark_song(actor, client, track.id, "loved", title=track.title or "", artist=track.artist or "")
            word = " ".join(word for word in (track.title or "")[:300].split() if any(map(str.isalnum, word)))
            if word:
                record.avoid(actor, clinic.ids["two"], "title_word", word)
    for track, mark in zip(songs[4:8], ("known_well", "safe", "rest", "loved"), strict=False):
        record.mark_song(actor, client, track.id, mark, title=track.title or "", artist=track.artist or "")
    record.set_limit(actor, client, "start_quiet", reason="Startled by a loud start.", review_on=date(2030, 1, 1))
    record.set_usual_time(actor, client, day=now_utc().weekday(), at="10:30")
    record.keep_until(actor, client, date(2034, 11, 1), basis="8 years after the end")
    clinic.ids["song"] = songs[0].id


def answer(at: datetime, phase: str, feeling: float, energy: float) -> Event:
    """Both lines answered."""
    said = {"valence": feeling, "arousal": energy}
    return happened(at, "check_in", phase=phase, scale="affective_slider", values=said)


def happened(at: datetime, kind: str, **values: object) -> Event:
    """An event as the room sends it."""
    return Event(uuid.uuid4().hex, kind, at.isoformat(), values)
