"""From what was set on the page to a playlist, its rows and its path; no widgets here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from practice.strands import Strand, holds
from recommender import Mood, PlanRequest, Rules
from recommender import plan as plan_playlist
from web.components.mood_plane import PathSong, Placed, say_place
from web.components.plan_chart import SongRow
from web.words import say
from web.words.reasons import say_hidden, say_reason

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from music_library import Track
    from practice.plan_copies import PlanSong
    from recommender import Candidates, Playlist, Reason
    from recommender.errors import NoPlaylistError
    from recommender.playlist import RouteKind

MINUTES = (8, 12, 24, 36, 45)
USUAL_MINUTES = 24
SMALL_LIBRARY_MINUTES = 12
SMALL_LIBRARY_HOURS = 2.5
UNSURE_SD = 0.4
SECOND_REASONS = (
    "tempo_close",
    "tempo_double",
    "tempo_half",
    "key_close",
    "liked",
    "known_well",
    "tempo_preferred",
    "rested",
)
BADGES = {"unsure": "badge_unsure", "outside_training": "badge_outside_training"}
MAP_CELLS = 28
MOST_DOTS = 350
ENOUGH = 3
"""Songs near a place: fewer leave a plan no choice."""


HOLDS = {"usual": None, "short": 0.1, "long": 0.35}
"""Part of the list held at the mood now, or at the target (d)."""
PACES = {"even": 1.0, "slow_first": 2.0, "quick_first": 0.5}
WIND_DOWN = 0.25
"""Part of the list that winds down to a quiet close, where that is wanted (d)."""


@dataclass(frozen=True)
class Shape:
    """How the way is gone, by the names of what was chosen."""

    hold_present: str = "usual"
    hold_target: str = "usual"
    pace: str = "even"
    winds_down: bool = False

    def of_request(self, strand: Strand) -> dict[str, Any]:
        """As the planner takes it; what the kind of session holds counts where nothing else was said."""
        asked = {"hold_present": HOLDS[self.hold_present], "hold_target": HOLDS[self.hold_target]}
        said = {name: share for name, share in asked.items() if share is not None}
        return {
            **holds(strand),
            **said,
            "pace": PACES[self.pace],
            "wind_down": WIND_DOWN if self.winds_down else 0.0,
        }


def way_says(request: PlanRequest, strand: Strand) -> str:
    """How the way is gone, where that is not the usual: longer or shorter at an end, not evenly, winding down."""
    usual = holds(strand)
    parts = []
    for end in ("hold_present", "hold_target"):
        share = getattr(request, end)
        if share is not None and share != usual.get(end):
            parts.append(say(f"clinician.way_{end}", share=round(100 * share)))
    if request.pace != 1.0:
        parts.append(say(f"clinician.way_pace_{'slow' if request.pace > 1 else 'quick'}_first"))
    if request.wind_down:
        parts.append(say("clinician.way_winds_down"))
    return ", ".join(parts)


@dataclass(frozen=True)
class Wish:
    """What the clinician set: where it starts and leads, how long, by which route."""

    present: Placed
    target: Placed
    minutes: int
    route: RouteKind = "iso"
    seed: int = 0
    strand: Strand = "feel"
    through: tuple[Mood, ...] = ()
    """The points of a drawn route."""
    shape: Shape = Shape()

    def request(self) -> PlanRequest:
        """As the planner takes it."""
        return PlanRequest(
            present=self.present.mood,
            target=self.target.mood,
            minutes=float(self.minutes),
            # A drawn route that has no points yet is the straight way.
            route="iso" if self.route == "drawn" and not self.through else self.route,
            waypoints=self.through if self.route == "drawn" else (),
            seed=self.seed,
            **self.shape.of_request(self.strand),
        )


def usual_minutes(hours: float) -> int:
    """The length that is chosen at first: shorter where the library could not fill a long one well."""
    return SMALL_LIBRARY_MINUTES if hours < SMALL_LIBRARY_HOURS else USUAL_MINUTES


def suggest(candidates: Candidates, wish: Wish, rules: Rules | None = None) -> Playlist:
    """A playlist for what was set.

    Raises
    ------
    NoPlaylistError
        If no list obeys the rules.
    """
    return plan_playlist(candidates, wish.request(), rules or Rules())


def is_short_of_music(playlist: Playlist | None) -> bool:
    """Whether more music would make a better list: there is none yet, or not one of the wanted length."""
    return playlist is None or "length" in playlist.relaxed


def rows_of(
    playlist: Playlist, tracks: Mapping[str, Track], *, extra: Mapping[str, Sequence[str]] | None = None
) -> list[SongRow]:
    """The rows of a list; `extra` holds further badges by track id."""
    rows = []
    for n, planned in enumerate(playlist.tracks, 1):
        track = tracks[planned.track_id]
        estimate = planned.estimate
        rows.append(
            SongRow(
                id=planned.track_id,
                n=n,
                title=title_of(track),
                artist=track.artist or "",
                facts=facts_of(track),
                why=why(planned.reasons),
                badges=(*badges_of(planned.reasons, track), *(extra or {}).get(planned.track_id, ())),
                at=(estimate.mood.valence, estimate.mood.arousal),
                spread=(1.28 * estimate.valence_sd, 1.28 * estimate.arousal_sd),
                spread_says=spread_says(estimate.mood, estimate.valence_sd, estimate.arousal_sd),
                locked=planned.locked,
            )
        )
    return rows


def badges_of(
    reasons: Sequence[Reason],
    track: Track | None,
    *,
    is_heard: bool = True,
    is_new: bool = False,
    plays: int = 0,
) -> list[str]:
    """What to look out for in a song: heard by the clinician, new to the client, and played to them lately."""
    names = [BADGES[reason.kind] for reason in reasons if reason.kind in BADGES]
    if track is not None and not (track.words_checked or track.instrumental):
        names.append("badge_words_not_checked")
    if not is_heard:
        names.append("badge_not_heard")
    if is_new:
        names.append("badge_new_to_them")
    worn = [say("clinician.badge_worn", count=plays)] if plays else []
    return [say(f"clinician.{name}") for name in names] + worn


def mood_of(song: PlanSong) -> Mood:
    """The mood of a plan's own copy of a song; the middle where none is known, which only an old plan can hold."""
    return Mood(song.valence or 0.0, song.arousal or 0.0)


def title_of(track: Track) -> str:
    """The title, or the file's name where the file says none."""
    return track.title or str(track.path).replace("\\", "/").rpartition("/")[2] or track.id


def facts_of(track: Track) -> str:
    """Length, tempo and key in one line; what is not known is left out or said."""
    parts = [clock(track.duration_s)] if track.duration_s else []
    if track.tempo_bpm:
        parts.append(say("clinician.facts_tempo", tempo=round(track.tempo_bpm)))
    else:
        parts.append(say("clinician.facts_no_tempo"))
    if track.key:
        parts.append(track.key)
    return "  ·  ".join(parts)


def clock(seconds: float) -> str:
    """Minutes and seconds as a player shows them."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def why(reasons: Sequence[Reason]) -> str:
    """Why a song is there: its place on the way, and one thing more if it is worth a sentence."""
    if not reasons:
        return ""
    chosen = [reasons[0], *[reason for reason in reasons[1:] if reason.kind in SECOND_REASONS][:1]]
    return " ".join(sentence(reason) for reason in chosen)


def sentence(reason: Reason) -> str:
    """One reason or warning in words."""
    return say_reason(reason.kind, reason.values)


def nothing_fits(error: NoPlaylistError, wish: Wish) -> str:
    """Why there is no list, what gets in the way most, and the nearest mood that there is music for."""
    lines = [
        say(
            "clinician.nothing_between",
            present=say_place(wish.present.mood, wish.present.word),
            target=say_place(wish.target.mood, wish.target.word),
        )
    ]
    if error.values.get("nearest") is not None:
        lines.append(say("clinician.nothing_nearest", place=say_place(Mood(*error.values["nearest"]))))
    known = say_hidden(error.values.get("hidden") or {})
    if known:
        lines.append(say("clinician.nothing_hides", what="; ".join(known[:3])))
    return " ".join(lines)


def of9(value: float) -> int:
    """A place on the 9-step scale that the map speaks in."""
    return math.floor((value + 1) / 2 * 8 + 0.5) + 1


def spread_says(mood: Mood, valence_sd: float, arousal_sd: float) -> str:
    """An estimate and how far it may be off, in the map's words; four in five lie within."""
    return say(
        "clinician.spread_says",
        word=say_place(mood),
        feeling=of9(mood.valence),
        energy=of9(mood.arousal),
        feeling_off=max(1, round(1.28 * valence_sd * 4)),
        energy_off=max(1, round(1.28 * arousal_sd * 4)),
    )


def path_of(playlist: Playlist) -> list[PathSong]:
    """The songs as points over the map."""
    return [
        PathSong(
            track.estimate.mood,
            track.estimate.valence_sd,
            track.estimate.arousal_sd,
            unsure=is_unsure(track.reasons),
        )
        for track in playlist.tracks
    ]


def is_unsure(reasons: Sequence[Reason]) -> bool:
    """Whether the estimate of a song is too wide to lean on."""
    return any(reason.kind in BADGES for reason in reasons)


def path_says(playlist: Playlist, wish: Wish) -> str:
    """The path of a playlist for somebody who does not see it."""
    unsure = [is_unsure(track.reasons) for track in playlist.tracks]
    return say_path([track.estimate.mood for track in playlist.tracks], unsure, wish.present, wish.target)


def say_path(songs: Sequence[Mood], unsure: Sequence[bool], present: Placed, target: Placed) -> str:
    """A path for somebody who does not see it."""
    names: dict[str, Any] = {
        "n": len(songs),
        "present": say_place(present.mood, present.word),
        "target": say_place(target.mood, target.word),
    }
    if len(songs) < 2:
        return say("clinician.path_says_one", **names)
    steps = [before.distance(after) for before, after in pairwise(songs)]
    largest = steps.index(max(steps)) + 1
    text = say("clinician.path_says", first=largest, second=largest + 1, **names)
    named = [str(n) for n, is_unsure in enumerate(unsure, 1) if is_unsure]
    return text + (say("clinician.path_says_unsure", songs=", ".join(named)) if named else "")


@dataclass(frozen=True)
class Dots:
    """Where the library has music, as the map shows it."""

    at: tuple[tuple[float, float, float], ...]
    """Valence, arousal and share; one dot a track, or one for each small square where there are many."""
    labels: tuple[str, ...]
    """What each dot is."""
    reach: tuple[tuple[int, ...], ...]
    """0, 1 or 2 for each square, by valence, then arousal: no song near, a few, or enough."""


def dots_of(candidates: Candidates, allowed: NDArray[np.bool_] | None = None) -> Dots:
    """The dots of all tracks, or of those that are `allowed`, and how far they reach."""
    from recommender.reach import songs_near

    usable = np.isfinite(candidates.places).all(axis=1)
    rows = np.flatnonzero(usable if allowed is None else usable & allowed)
    places = candidates.places[rows]
    near = songs_near(places)
    reach = tuple(tuple(row) for row in np.select([near == 0, near < ENOUGH], [0, 1], 2).tolist())
    if len(rows) <= MOST_DOTS:
        at = tuple((round(v, 3), round(a, 3), 0.1) for v, a in places.tolist())
        return Dots(at, tuple(_label(candidates, row) for row in rows.tolist()), reach)
    columns = np.clip((places + 1) / 2 * MAP_CELLS, 0, MAP_CELLS - 1).astype(int)
    counts = np.bincount(columns[:, 0] * MAP_CELLS + columns[:, 1], minlength=MAP_CELLS**2)
    squares = np.flatnonzero(counts).tolist()
    most = int(counts.max())
    at = tuple(
        (_middle(square // MAP_CELLS), _middle(square % MAP_CELLS), round(int(counts[square]) / most, 4))
        for square in squares
    )
    return Dots(at, tuple(_how_many(int(counts[square])) for square in squares), reach)


def _how_many(n: int) -> str:
    return say("clinician.map_songs_here" if n > 1 else "clinician.map_song_here", n=n)


def _label(candidates: Candidates, row: int) -> str:
    """A song's title and artist as far as they are known; its id where they are not."""
    named = [names[row] for names in (candidates.titles, candidates.artists) if len(names) == len(candidates)]
    return " · ".join(filter(None, named)) or str(candidates.ids[row])


def _middle(cell: int) -> float:
    return round((cell + 0.5) * 2 / MAP_CELLS - 1, 3)
