"""The command that plans a playlist."""

from __future__ import annotations

import sys
from contextlib import closing
from dataclasses import asdict, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.opening import Home, open_catalogue, open_record, read_settings
from cli.printing import Json, fail, print_json, print_table
from music_library.errors import LibraryError
from recommender.errors import RecommenderError

if TYPE_CHECKING:
    from music_library import Catalogue
    from recommender import Mood


class Route(StrEnum):
    """The routes that a plan can take."""

    ISO = "iso"
    DIRECT = "direct"
    STAY = "stay"
    DRAWN = "drawn"


def plan(
    present: Annotated[str, typer.Option(help="Where the person is: a word, valence,arousal, or track:ID.")],
    target: Annotated[str, typer.Option(help="Where they want to be, said in the same way.")],
    minutes: Annotated[float, typer.Option(min=3, max=60, help="How long.")] = 24.0,
    route: Annotated[Route, typer.Option(help="How to get there.")] = Route.ISO,
    through: Annotated[list[str] | None, typer.Option(help="A point of a drawn route; may be given again.")] = None,
    hold_present: Annotated[
        float | None, typer.Option(min=0, max=60, help="Minutes at the present mood; the route decides where not said.")
    ] = None,
    hold_target: Annotated[float | None, typer.Option(min=0, max=60, help="Minutes at the target.")] = None,
    pace: Annotated[
        float, typer.Option(min=0.25, max=4, help="1 moves evenly, 2 leaves slowly and hurries later, 0.5 the reverse.")
    ] = 1.0,
    wind_down: Annotated[float, typer.Option(min=0, max=30, help="Minutes at the end that lead to a quiet close.")] = 0,
    cadence: Annotated[float | None, typer.Option(min=30, max=240, help="Steps a minute to match.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed, another of the best plans.")] = 0,
    rules: Annotated[Path | None, typer.Option(help="YAML file with rules.", dir_okay=False, exists=True)] = None,
    out: Annotated[
        list[Path] | None, typer.Option(help="Playlist file: .m3u8, .xspf or .jspf; may be given again.")
    ] = None,
    relative: Annotated[bool, typer.Option("--relative", help="Paths as seen from the playlist's folder.")] = False,
    as_json: Json = False,
    home: Home = None,
) -> None:
    """Plan a playlist from one mood to another out of the catalogue."""
    from music_library import plan_row, write_playlist
    from recommender import PlanRequest, Rules, rules_from_yaml
    from recommender import plan as make_plan
    from web.words.reasons import say_hidden, say_reasons

    if route is Route.DRAWN and not through:
        raise typer.BadParameter("a drawn route needs at least one --through point.", param_hint="--route")
    if through and route is not Route.DRAWN:
        raise typer.BadParameter(f"only a drawn route has points; --route is {route.value}.", param_hint="--through")
    for option, held in (
        ("--hold-present", hold_present),
        ("--hold-target", hold_target),
        ("--wind-down", wind_down),
    ):
        if held is not None and held > minutes / 2:
            raise typer.BadParameter(
                f"{held:g} of {minutes:g} minutes; at most half, {minutes / 2:g}, leaves a way to go.",
                param_hint=option,
            )
    wanted = out or []
    for file in wanted:
        if file.suffix.lower() not in {".m3u8", ".m3u", ".xspf", ".jspf"}:
            raise typer.BadParameter(f"{file.name} must end in .m3u8, .xspf or .jspf.", param_hint="--out")
    catalogue = open_catalogue(home)
    the_rules = Rules() if rules is None else rules_from_yaml(rules.read_text("utf-8"), source=str(rules))
    the_rules = replace(the_rules, avoid_tracks=the_rules.avoid_tracks | songs_kept_private(home))
    if cadence is not None:
        the_rules = replace(the_rules, cadence_bpm=cadence)
    request = PlanRequest(
        present=mood_of(present, catalogue, "--present"),
        target=mood_of(target, catalogue, "--target"),
        minutes=minutes,
        route=route.value,
        waypoints=tuple(mood_of(point, catalogue, "--through") for point in through or []),
        seed=seed,
        present_track=track_of(present),
        target_track=track_of(target),
        hold_present=None if hold_present is None else hold_present / minutes,
        hold_target=None if hold_target is None else hold_target / minutes,
        pace=pace,
        wind_down=wind_down / minutes,
    )
    there = catalogue.counts()
    if there.tracks and not there.ready:
        fail(
            f"none of the {there.tracks} songs here can be used: {there.failed} could not be analysed, "
            f"{there.missing} are missing, or have no mood yet. 'attune library --failed' says why; then scan again."
        )
    playlist = make_plan(catalogue.candidates(), request, the_rules)
    rows = [plan_row(catalogue, track, say_reasons(track.reasons[:1])) for track in playlist.tracks]
    for file in wanted:
        write_playlist(file, rows, relative=relative)
    if as_json:
        print_json(
            {
                "request": {
                    "present": list(request.present),
                    "target": list(request.target),
                    "minutes": minutes,
                    "route": route.value,
                    "waypoints": [list(point) for point in request.waypoints],
                    "seed": seed,
                },
                "tracks": rows,
                "slots": [asdict(slot) for slot in playlist.slots],
                "length_s": playlist.length_s,
                "bound_percent": playlist.bound_percent,
                "relaxed": list(playlist.relaxed),
                "warnings": [say_reasons([warning]) for warning in playlist.warnings],
                "hidden": dict(playlist.hidden),
                "figures": dict(playlist.figures),
            }
        )
        return
    columns = ("start_s", "title", "artist", "duration_s", "tempo_bpm", "key", "reason")
    between = [
        {**dict.fromkeys(columns), "start_s": slot.start_s, "title": f"({slot.kind})", "duration_s": slot.duration_s}
        for slot in playlist.slots
    ]
    print_table(columns, sorted([*between, *rows], key=lambda row: row["start_s"]))
    print(f"{playlist.length_s / 60:.1f} minutes", end="")
    print("" if playlist.bound_percent is None else f", within {playlist.bound_percent:.1f} % of the best possible")
    for warning in playlist.warnings:
        print(say_reasons([warning]), file=sys.stderr)
    if rules is not None or cadence is not None:
        for hides in say_hidden(playlist.hidden):
            print(f"{hides[0].upper()}{hides[1:]}.", file=sys.stderr)


def songs_kept_private(home: Path | None) -> frozenset[str]:
    """Songs that are some client's own: a plan that is made here is for nobody that the record knows."""
    settings = read_settings(home)
    if settings.record_file is not None and not settings.record_file.exists():
        return frozenset()
    with closing(open_record(home)) as record:
        return record.songs_of_somebody()


def mood_of(text: str, catalogue: Catalogue, option: str) -> Mood:
    """The point that a word, a pair of numbers or `track:ID` names."""
    from music_library.own_words import words_in_use
    from recommender import Mood, find_mood

    try:
        if text.startswith("track:"):
            track = catalogue.track(text.removeprefix("track:"))
            if track.valence is None or track.arousal is None:
                raise typer.BadParameter(f"{text} has no mood yet: scan it first.", param_hint=option)
            return Mood(track.valence, track.arousal)
        mood: Mood = find_mood(text, words_in_use(catalogue))
        return mood
    except (RecommenderError, LibraryError) as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def track_of(text: str) -> str | None:
    """The id in `track:ID`; None where the text is a word or a point."""
    return text.removeprefix("track:") if text.startswith("track:") else None
