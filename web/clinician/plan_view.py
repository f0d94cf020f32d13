"""How a plan is shown: what it is called, its path on the map, the rows of its list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from web.clinician import dates, joining_in, look, suggesting
from web.components.mood_plane import PathSong, Placed, mood_plane, say_place
from web.components.plan_chart import SlotRow, SongRow
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from collections.abc import Mapping

    from music_library import Track
    from practice import Actor
    from practice.plan_copies import Plan


def heading(plan: Plan, code: str) -> str:
    """Whose plan it is, how long, and what state it is in."""
    return say(
        f"clinician.plan_heading_{plan.state}",
        code=code,
        present=say_place(plan.present, plan.present_word or None),
        target=say_place(plan.target, plan.target_word or None),
        minutes=round(plan.length_s / 60),
        name=plan.approved_by or "",
        until=dates.day(plan.expires_at) if plan.expires_at else "",
    )


def show_path(plan: Plan) -> None:
    """The map with the plan's path."""
    path = [
        PathSong(
            suggesting.mood_of(place.song),
            place.song.valence_sd or 0.0,
            place.song.arousal_sd or 0.0,
            unsure=suggesting.is_unsure(place.reasons),
        )
        for place in plan.places
    ]
    present, target = Placed(plan.present, plan.present_word or None), Placed(plan.target, plan.target_word or None)
    unsure = [suggesting.is_unsure(place.reasons) for place in plan.places]
    says = suggesting.say_path([song.mood for song in path], unsure, present, target)
    mood_plane(key=f"plan-map-{plan.id}", present=present, target=target, path=path, path_says=says)
    if plan.warnings:
        look.quiet(" ".join(suggesting.sentence(warning) for warning in plan.warnings), key="warnings")


def rows_of(plan: Plan, locks: Mapping[int, str], actor: Actor) -> list[SongRow]:
    """The rows of a stored plan, with what the catalogue knows of each song beside the plan's own copy."""
    ids = [place.song.id for place in plan.places]
    tracks = {track.id: track for track in stores().catalogue.tracks_by_id(ids)}
    heard = stores().catalogue.heard_by(actor.account_id, ids)
    plays = stores().record.plays(actor, plan.client_id) if plan.client_id else {}
    known = stores().record.songs_known(actor, plan.client_id) if plan.client_id else set(ids)
    rows = []
    for n, place in enumerate(plan.places, 1):
        song, track = place.song, tracks.get(place.song.id)
        mood = suggesting.mood_of(song)
        rows.append(
            SongRow(
                id=song.id,
                n=n,
                title=song.title or (suggesting.title_of(track) if track else song.id),
                artist=song.artist,
                facts=suggesting.facts_of(track) if track else suggesting.clock(song.duration_s),
                why=suggesting.why(place.reasons),
                badges=tuple(
                    suggesting.badges_of(
                        place.reasons,
                        track,
                        is_heard=song.id in heard,
                        is_new=song.id not in known,
                        plays=plays.get(song.id, 0),
                    )
                ),
                at=(mood.valence, mood.arousal),
                spread=(1.28 * (song.valence_sd or 0.0), 1.28 * (song.arousal_sd or 0.0)),
                spread_says=suggesting.spread_says(mood, song.valence_sd or 0.0, song.arousal_sd or 0.0),
                locked=locks.get(n - 1) == song.id,
            )
        )
    return rows


def slot_rows(plan: Plan) -> list[SlotRow]:
    """What is no song, with the key and tempo on either side: so that a therapist can join in."""
    tracks = {track.id: track for track in stores().catalogue.tracks_by_id([place.song.id for place in plan.places])}
    rows = []
    for slot in plan.slots:
        sides = (("before", slot.position - 1), ("after", slot.position))
        said = [
            say(f"clinician.slot_{side}", facts=facts)
            for side, place in sides
            if 0 <= place < len(plan.places) and (facts := joining(tracks.get(plan.places[place].song.id)))
        ]
        text = say(f"clinician.slot_{slot.kind}", minutes=round(slot.duration_s / 60, 1))
        rows.append(SlotRow(slot.position, text, " ".join(said) if slot.kind == "live" else ""))
    return rows


def joining(track: Track | None) -> str:
    """Tempo, key, and how to play in it; empty where neither is known."""
    if track is None:
        return ""
    tempo = say("clinician.facts_tempo", tempo=round(track.tempo_bpm)) if track.tempo_bpm else ""
    return ", ".join(filter(None, (track.key, tempo, joining_in.hint(track.key))))
