"""A home as it is after some work: a library with moods, a clinician, clients, a plan and sessions; no sound files."""

from __future__ import annotations

import os
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from features import FEATURE_NAMES, FEATURES_VERSION
from music_library import Catalogue
from music_library.changes import next_version
from music_library.intake import new_id
from music_library.schema import files, sounds, tracks
from practice import Actor, Event, Record
from recommender import MOOD_PLACES, PlanRequest, plan
from recommender.candidates import KEY_NAMES

NAME, PASSWORD = "Robin", "a long walk by the river"

HOSTILE = (
    "<script>document.title='taken'</script>",
    "<img src=x onerror=\"document.title='taken'\">",
    "<a href='http://evil.example/a'>press</a>",
    "[press](http://evil.example/b)",
    "![picture](http://evil.example/c.png)",
    "http://evil.example/d",
    "www.evil.example",
    "somebody@evil.example",
    "<http://evil.example/e>",
    "**bold** _slanted_ ~~gone~~ `code`",
    "# Heading",
    "> quoted",
    "- list\n- of things",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    ":red[colour] :material/home: :smile:",
    "$\\frac{1}{2}$ $$x^2$$",
    "\u202egnp.exe",
    "A" * 10_000,
    "&lt;b&gt; &amp; &#60;",
    "<style>body{display:none}</style>",
    "<svg onload=\"document.title='taken'\">",
    "javascript:document.title='taken'",
    "<iframe src='http://evil.example/f'></iframe>",
    "{word} {0} %s %(x)s ${y}",
    "'; DROP TABLE tracks; --",
    "\" onmouseover=\"document.title='taken'",
    "</script><script>document.title='taken'</script>",
    "<math><mtext></mtext></math>",
    "\\u003cscript\\u003e",
    '=HYPERLINK("http://evil.example/g")',
    "+1+1",
    "-1",
    "@SUM(A1)",
    "\u200b\u200b\u200b",
    "e\u0301" * 50,
    "\U0001f3b5" * 40,
    "[x]: http://evil.example/h",
    "<details open ontoggle=\"document.title='taken'\">",
    "<base href='http://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/i'>",
)
"""Forty titles that must stay text wherever they are shown."""


@dataclass(frozen=True)
class Home:
    """The folder and what was put into it."""

    folder: Path
    actor: Actor
    client_id: str
    plan_id: str
    session_id: str
    """A session that is over and waits for its note."""
    track_id: str


def fill(catalogue: Catalogue, titles: Sequence[str], *, n: int = 0) -> None:
    """Put tracks with known moods into a catalogue: one for each title, and `n` more under plain names."""
    rng = np.random.default_rng(11)
    names = [*titles, *(f"Piece {k}" for k in range(n))]
    rows = [
        {
            "id": new_id(),
            "content_hash": uuid.uuid4().hex,
            "path": f"/music/{k}.ogg",
            "is_missing": False,
            "added_at": 0.0,
            "title": name,
            "artist": name if name in titles else f"Artist {k % 17}",
            "album": "Album",
            "artist_hash": k % 17 if name not in titles else 1000 + k,
            "song_hash": k,
            "features_version": "test",
            "duration_s": float(rng.uniform(100, 240)),
            "tempo_bpm": float(rng.uniform(60, 150)),
            "tempo_odds": 0.9,
            "pulse_clarity": 0.6,
            "tempo_drift": 0.01,
            "key": KEY_NAMES[int(rng.integers(24))],
            "key_clarity": 0.6,
            "mode": 0.1,
            "loudness_lufs": -18.0,
            "largest_rise_db": 3.0,
            "flags": "",
            "model_id": "test-model",
            "estimated_valence": float(rng.uniform(-1, 1)),
            "estimated_arousal": float(rng.uniform(-1, 1)),
            "valence_sd": float(rng.uniform(0.15, 0.45)),
            "arousal_sd": float(rng.uniform(0.12, 0.3)),
            "outside_training": k % 9 == 0,
            "is_words_checked": False,
            "search_text": name.casefold(),
        }
        for k, name in enumerate(names)
    ]
    with catalogue.engine.begin() as db:
        db.execute(tracks.insert(), rows)
        next_version(db)


def put_files(catalogue: Catalogue, folder: Path) -> None:
    """A file for every track: nobody can hear it, but it is where the catalogue says."""
    folder.mkdir()
    with catalogue.engine.begin() as db:
        for row in db.execute(tracks.select()).mappings().all():
            file = folder / f"{row['number']}.ogg"
            file.write_bytes(b"not heard")
            values = {"path": os.fsencode(file), "track_number": row["number"], "size": 9}
            db.execute(files.insert().values(**values, modified_ns=0, changed_ns=0))


def add_sounds(catalogue: Catalogue) -> str:
    """Give every track made-up features, and make a table of ratings that follow two of them, as CSV."""
    rng = np.random.default_rng(3)
    cues = [FEATURE_NAMES.index("third_lean"), FEATURE_NAMES.index("onset_rate")]
    lines = ["track_id,valence,arousal,artist"]
    with catalogue.engine.begin() as db:
        for k, row in enumerate(db.execute(tracks.select().order_by(tracks.c.number)).mappings().all()):
            heard = rng.standard_normal((1, len(FEATURE_NAMES))).astype("<f4")
            numbers = heard.tobytes()
            db.execute(
                sounds.insert().values(
                    track_number=row["number"],
                    n_features=heard.size,
                    vector=numbers,
                    segments=numbers,
                    loudness_curve=b"",
                )
            )
            place = np.tanh(0.5 * heard[0, cues] + 0.1 * rng.standard_normal(2))
            lines.append(f"{row['id']},{place[0]:.3f},{place[1]:.3f},artist {k % 30}")
        db.execute(tracks.update().values(features_version=FEATURES_VERSION))
        next_version(db)
    return "\n".join(lines)


def make_home(folder: Path, *, titles: Sequence[str] = HOSTILE, n: int = 80) -> Home:
    """Make a home with a library, an account, a client who has had three sessions, and a plan."""
    folder.mkdir(parents=True, exist_ok=True)
    catalogue = Catalogue.open(folder / "catalogue.db")
    fill(catalogue, titles, n=n)
    put_files(catalogue, folder / "music")
    today = datetime.now(UTC).replace(microsecond=0)
    now = [today - timedelta(days=40)]
    record = Record.open(folder / "record.db", clock=lambda: now[0])
    token = record.first_link()
    assert token is not None
    actor = record.create_account(token, NAME, PASSWORD)
    client = record.new_client(actor, agreed_by="client", avoid="", sounds_hurt="no", seizures="no")
    candidates = catalogue.candidates()
    session_id = ""
    request = PlanRequest(MOOD_PLACES["sad"], MOOD_PLACES["calm"], 12.0)
    playlist = plan(candidates, request)
    every = catalogue.tracks()
    for k in range(3):
        now[0] = today - timedelta(days=21 - 7 * k)
        made = record.draft_plan(actor, client.id, playlist, every, model_id="test-model")
        record.approve(actor, made.id, present=True)
        started = record.start_session(actor, made.id, with_client=True)
        first = playlist.tracks[0].track_id
        record.add_events(
            started.room_token,
            [
                _answer(now[0], "before", 0.3, 0.5),
                Event(uuid.uuid4().hex, "song_started", (now[0] + timedelta(seconds=30)).isoformat(), {"track": first}),
                _answer(now[0] + timedelta(minutes=12), "after", 0.5 + 0.05 * k, 0.3),
                Event(uuid.uuid4().hex, "words", now[0].isoformat(), {"text": titles[0] if titles else "It was fine."}),
            ],
        )
        record.mark_moment(actor, started.session_id, track_id=first, position_s=12.0, text="sang along")
        record.end_session(actor, started.session_id)
        session_id = started.session_id
    now[0] = today
    draft = record.draft_plan(
        actor, client.id, playlist, every, model_id="test-model", present_word="sad", target_word="calm"
    )
    record.mark_song(actor, client.id, every[0].id, "loved", title=every[0].title or "", artist=every[0].artist or "")
    return Home(folder, actor, client.id, draft.id, session_id, every[0].id)


def _answer(at: datetime, phase: str, feeling: float, energy: float) -> Event:
    said = {"valence": feeling, "arousal": energy}
    values = {"phase": phase, "scale": "affective_slider", "values": said}
    return Event(uuid.uuid4().hex, "check_in", at.isoformat(), values)
