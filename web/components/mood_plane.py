"""The map: where it feels now and where it is to lead, set by mouse, touch, keyboard or word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from recommender import MOOD_PLACES, Mood, place_of
from recommender.mood_words import CENTRE
from web import mood_words
from web.components.definitions import definition
from web.words import say

MOST_POINTS = 8
"""Of a drawn route: more than that nobody can tell apart."""


@dataclass(frozen=True)
class Placed:
    """A point that a person chose, with the word if it was a word."""

    mood: Mood
    word: str | None = None

    def as_data(self) -> dict[str, object]:
        """As the component takes it."""
        return {"at": [self.mood.valence, self.mood.arousal], "word": self.word}


@dataclass(frozen=True)
class PathSong:
    """One song of the path over the map."""

    mood: Mood
    valence_sd: float
    arousal_sd: float
    unsure: bool = False

    def as_data(self) -> dict[str, object]:
        """As the component takes it; the outline holds four in five."""
        return {
            "at": [self.mood.valence, self.mood.arousal],
            "spread": [1.28 * self.valence_sd, 1.28 * self.arousal_sd],
            "unsure": self.unsure,
        }


@dataclass(frozen=True)
class Chosen:
    """What was just set on the map."""

    which: str
    """`present`, `target` or `through`."""
    placed: Placed | None
    """None: they will say (present), or stay with this (target)."""
    through: tuple[Mood, ...] = ()
    """The points of a drawn route, in order."""


def mood_plane(
    *,
    key: str,
    present: Placed | None,
    target: Placed | None,
    unsaid: bool = False,
    stay: bool = False,
    path: Sequence[PathSong] = (),
    path_says: str = "",
    library: Sequence[tuple[float, float, float]] = (),
    labels: Sequence[str] = (),
    reach: Sequence[Sequence[int]] = (),
    only_target: bool = False,
    through: Sequence[Mood] | None = None,
    on_chosen: Callable[[Chosen], None] | None = None,
) -> None:
    """Draw the map; without `on_chosen` it only shows.

    Parameters
    ----------
    unsaid, stay : bool
        Whether the client will say it, and whether the session stays with what is there.
    library : sequence of (valence, arousal, share)
        Where the library has music; share in [0, 1] is the size of the dot.
    labels : sequence of str
        What each dot of the library is, said where the pointer rests.
    reach : rows of 0, 1 or 2
        By valence, then arousal, both from -1 up: whether no song, a few, or enough lie near that square.
    through : sequence of Mood, optional
        The points of a drawn route; None where the route is not drawn.
    only_target : bool
        Whether one place is asked for instead of two.
    path_says : str
        What the path is to somebody who does not see it.
    """

    def chosen() -> None:
        value = st.session_state[key].chosen
        if on_chosen is not None and value:
            on_chosen(read_chosen(value))

    definition("mood_plane", html='<div class="attune-plane"></div>', draws=True)(
        key=key,
        data={
            "texts": texts(),
            "places": places(),
            "neutral": mood_words.in_use()[CENTRE].spread,
            "present": present.as_data() if present else None,
            "target": target.as_data() if target else None,
            "unsaid": unsaid,
            "stay": stay,
            "path": [song.as_data() for song in path],
            "alt": path_says,
            "library": [list(dot) for dot in library],
            "labels": list(labels),
            "reach": [list(row) for row in reach],
            "through": None if through is None else [list(point) for point in through],
            "only_show": on_chosen is None,
            "only_target": only_target,
        },
        on_chosen_change=chosen,
    )


def read_chosen(value: object) -> Chosen:
    """What the browser sent, checked: a point outside the plane or a word that is none is not taken.

    Raises
    ------
    ValueError
        If it is not shaped as the component sends it.
    """
    if not isinstance(value, dict) or value.get("which") not in {"present", "target", "through"}:
        raise ValueError("the map sent something that is no choice")
    which = str(value["which"])
    if which == "through":
        return Chosen(which, None, _read_points(value.get("points")))
    if value.get("unsaid") or value.get("stay"):
        return Chosen(which, None)
    mood = _read_point(value.get("valence"), value.get("arousal"))
    word = value.get("word")
    known = {w for name in MOOD_PLACES for w in (name, *name.split(" or "))}
    return Chosen(which, Placed(mood, word if word in known else None))


def _read_point(valence: object, arousal: object) -> Mood:
    try:
        mood = Mood(float(valence), float(arousal))  # type: ignore[arg-type]
    except (TypeError, ValueError) as error:
        raise ValueError("the map sent something that is no point") from error
    if not (-1 <= mood.valence <= 1 and -1 <= mood.arousal <= 1):
        raise ValueError("the map sent a point outside the plane")
    return mood


def _read_points(points: object) -> tuple[Mood, ...]:
    if not isinstance(points, list) or len(points) > MOST_POINTS:
        raise ValueError("the map sent something that is no route")
    if not all(isinstance(point, list) and len(point) == 2 for point in points):
        raise ValueError("the map sent something that is no point")
    return tuple(_read_point(*point) for point in points)


def texts() -> dict[str, str]:
    """Every sentence of the map."""
    names = (
        "title left right top bottom one_breath which present target present_short target_short present_list "
        "target_list they_say stay or middle role not_set "
        "own_list own_short "
        "through through_add through_remove through_how reach_none reach_few"
    )
    # The browser fills these in, so their places stay as they are.
    filled_in = {
        "says": say("clinician.map_says", word="{word}", feeling="{feeling}", energy="{energy}"),
        "through_n": say("clinician.map_through_n", n="{n}"),
        "through_own": say("clinician.map_through_own", place="{place}"),
    }
    return {**{key: say(f"clinician.map_{key}") for key in names.split()}, **filled_in}


def places() -> list[dict[str, object]]:
    """The sixteen named places, those of one quadrant together."""
    by_quadrant: dict[str, list[dict[str, object]]] = {
        "bad_high": [],
        "good_high": [],
        "bad_low": [],
        "good_low": [],
    }
    words = mood_words.in_use()
    for name in MOOD_PLACES:
        mood = words[name].mood
        place: dict[str, object] = {
            "name": name,
            "words": name.split(" or "),
            "at": list(mood),
            "quadrant": mood.quadrant,
        }
        by_quadrant[mood.quadrant].append(place)
    return [place for group in by_quadrant.values() for place in group]


def say_place(mood: Mood, word: str | None = None) -> str:
    """The word nearest to a point, as the map says it."""
    if word:
        return word
    name = place_of(mood, mood_words.in_use())
    return say("clinician.map_middle") if name == CENTRE else name
