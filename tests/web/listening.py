"""A clinic in a folder: short tones as music, a real record, an approved plan, our routes around a stand-in page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import soundfile
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket

from music_library.errors import LibraryError
from practice import Actor, Record
from practice.sessions import StartedSession
from recommender.mood import Estimate, Mood
from recommender.playlist import PlannedTrack, PlanRequest, Playlist, Pool
from settings import Settings
from web.middleware import middleware
from web.routes import routes
from web.serving import Stores

SR = 22_050
SAID_TO_LAST_S = 160.0
"""What the plan believes; the tones are shorter, so that a test hears several."""
PASSWORD = "a long walk by the river"
ORIGIN = "http://127.0.0.1:8501"
LISTED, ALTERNATES, OPENERS, KNOWN, OTHER = ("t1", "t2", "t3"), ("a1", "a2"), ("t1", "o2", "o3"), ("k1", "k2"), "x1"
TITLES = {
    "t1": ("The Long Way Down to the Harbour", "Elin Marsh"),
    "t2": ("Grey Morning", "The Weavers' Lane"),
    "t3": ("Kettle Song", "Anna and Tom Price"),
    "a1": ("Low Tide", "Elin Marsh"),
    "a2": ("Paper Boats", "Harbour Choir"),
    "o2": ("Slow Train Home", "Idris Vaughan"),
    "o3": ("Under the Plum Tree", "The Weavers' Lane"),
    "k1": ("Calon Lân", "Treorchy Singers"),
    "k2": ("What a Day", "Josie Reed"),
    "x1": ("Not Approved", "Somebody"),
}


@dataclass(frozen=True)
class Song:
    """What a plan copies of a track."""

    id: str
    title: str | None
    artist: str | None
    duration_s: float = 6.0
    album: str | None = None
    loudness_lufs: float | None = -18.0
    valence: float | None = 0.0
    valence_sd: float | None = 0.3
    arousal: float | None = 0.0
    arousal_sd: float | None = 0.3


@dataclass
class Files:
    """The one thing that these pages ask of a catalogue: where a track's file is."""

    paths: dict[str, Path] = field(default_factory=dict)

    def file_of(self, track_id: str) -> Path:
        if track_id not in self.paths:
            raise LibraryError(f"track {track_id} is not in this library")
        return self.paths[track_id]


def application(stores: Stores) -> Starlette:
    """Our routes and guard; where Streamlit would be, a page that names its path and a websocket that echoes."""

    def page(request: Any) -> PlainTextResponse:
        return PlainTextResponse(f"page {request.url.path}")

    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        async for text in websocket.iter_text():
            await websocket.send_text(text)

    behind = [WebSocketRoute("/_stcore/stream", echo), Route("/{path:path}", page)]
    return Starlette(routes=[*routes(stores), Mount("/", routes=behind)], middleware=middleware(stores))


@dataclass
class Clinic:
    """The stores, the clinician, and the application around them."""

    stores: Stores
    actor: Actor
    files: Files
    titles: Mapping[str, tuple[str | None, str | None]]
    lengths: Mapping[str, float]

    @property
    def record(self) -> Record:
        return self.stores.record

    @property
    def app(self) -> Starlette:
        return application(self.stores)

    def start(
        self,
        *,
        client_id: str | None = None,
        with_client: bool = True,
        by_link: bool | None = None,
        preset: str | None = None,
        ask: Mapping[str, bool] | None = None,
        scale: str | None = None,
        known: tuple[str, ...] = KNOWN,
        route: str = "iso",
        listed: tuple[str, ...] = LISTED,
        lufs: Mapping[str, float] | None = None,
    ) -> StartedSession:
        """Draft, approve and start a session on the tones."""
        playlist = self.playlist(route=route, listed=listed, known=known)
        plan = self.record.draft_plan(self.actor, client_id, playlist, self.songs(lufs), model_id="test")
        self.record.approve(self.actor, plan.id, present=with_client)
        return self.record.start_session(
            self.actor, plan.id, with_client=with_client, by_link=by_link, preset=preset, ask=ask, scale=scale
        )

    def change_plan(self, plan_id: str) -> None:
        """Change an approved list, as a clinician does: it is a draft again."""
        version = self.record.plan(self.actor, plan_id).version
        playlist = self.playlist(listed=LISTED[1:])
        self.record.edit_plan(self.actor, plan_id, playlist, self.songs(), version=version, model_id="test")

    def songs(self, lufs: Mapping[str, float] | None = None) -> list[Song]:
        """What a plan copies of each tone."""
        loudness = dict.fromkeys(self.titles, -18.0) | dict(lufs or {})
        return [Song(i, *self.titles[i], duration_s=SAID_TO_LAST_S, loudness_lufs=loudness[i]) for i in self.titles]

    def playlist(
        self, *, route: str = "iso", listed: tuple[str, ...] = LISTED, known: tuple[str, ...] = KNOWN
    ) -> Playlist:
        """A list of tones with its pool."""
        request = PlanRequest(Mood(-0.7, -0.4), Mood(0.6, -0.6), minutes=8, route=route)  # type: ignore[arg-type]
        start_s, planned = 0.0, []
        for track_id in listed:
            length_s = SAID_TO_LAST_S
            planned.append(PlannedTrack(track_id, start_s, length_s, Mood(0, 0), Estimate(Mood(0, 0), 0.3, 0.3)))
            start_s += length_s
        pool = Pool(OPENERS, tuple(ALTERNATES if i == 0 else () for i in range(len(listed))), known, ("a2", "o3"))
        return Playlist(request, tuple(planned), start_s, None, pool=pool)

    def new_client(self, **said: Any) -> str:
        """A client's id."""
        return self.record.new_client(self.actor, agreed_by="client", **said).id


def tone(path: Path, *, hz: float, seconds: float) -> Path:
    """A tone with a slow tremolo, so that it is not mistaken for silence or a click."""
    t = np.arange(int(SR * seconds)) / SR
    y = 0.2 * np.sin(2 * np.pi * hz * t) * (1 + 0.3 * np.sin(2 * np.pi * 0.7 * t))
    soundfile.write(path, y.astype(np.float32), SR)
    return path


@cache
def blank_record() -> tuple[bytes, Actor]:
    """A record with one account, made once: migrations and password hashing take their time."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "record.db"
        record = Record.open(path)
        actor = record.create_account(record.first_link() or "", "Robin", PASSWORD)
        record.close()
        return path.read_bytes(), actor


def make_clinic(
    home: Path,
    *,
    seconds: float = 6.0,
    lengths: Mapping[str, float] | None = None,
    public_url: str = ORIGIN,
    titles: Mapping[str, tuple[str | None, str | None]] | None = None,
) -> Clinic:
    """Make the folder, the tones, the record and its first account."""
    music = home / "music"
    music.mkdir(parents=True)
    titles = titles or TITLES
    lengths = dict.fromkeys(titles, seconds) | dict(lengths or {})
    files = Files()
    for n, track_id in enumerate(titles):
        files.paths[track_id] = tone(music / f"{track_id}.wav", hz=220 * 2 ** (n / 12), seconds=lengths[track_id])
    blank, actor = blank_record()
    (home / "record.db").write_bytes(blank)
    record = Record.open(home / "record.db")
    stores = Stores(files, record, home, Settings(home=home, public_url=public_url))  # type: ignore[arg-type]
    return Clinic(stores, actor, files, titles, lengths)
