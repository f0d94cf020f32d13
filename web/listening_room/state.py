"""What the client's page needs to know, as JSON: nothing of the client but a sign, and no address of any file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from web.listening_room.scripts import scale_kind

if TYPE_CHECKING:
    from practice.room import RoomSong, RoomState

MATCH_LUFS = -18.0
PEAK_DBTP = -1.0
UNKNOWN_LUFS = -10.0
"""A song whose loudness nobody knows is taken for a loud one, so that it comes out too quiet rather than too loud."""
UNKNOWN_PEAK_DBTP = 0.0

SIGN_COLOURS = {
    "red": "#c0392b", "orange": "#e67e22", "yellow": "#f1c40f", "green": "#2e8b57", "blue": "#2f6fd0",
    "purple": "#7d4bb0", "pink": "#e58fb1", "brown": "#8a5a33", "grey": "#8a8f94", "black": "#000", "white": "#fff",
    "silver": "#c0c4c8", "gold": "#d4a62a", "turquoise": "#1fa7a0",
}  # fmt: skip
"""How the colours of signs look; the word stands beside each."""


def match_gain_db(loudness_lufs: float | None, true_peak_db: float | None, *, limit_db: float) -> float:
    """The gain that brings a song to -18 LUFS, as far as its peak stays below -1 dBTP at the loudest level allowed.

    Parameters
    ----------
    loudness_lufs : float or None
        Integrated loudness of the song; None where unknown, taken as -10.
    true_peak_db : float or None
        Its true peak; None where unknown, taken as full scale.
    limit_db : float
        The loudest level that the listener can choose.
    """
    loudness = UNKNOWN_LUFS if loudness_lufs is None else loudness_lufs
    peak = UNKNOWN_PEAK_DBTP if true_peak_db is None else true_peak_db
    return round(min(MATCH_LUFS - loudness, PEAK_DBTP - limit_db - peak), 2)


def room_json(room: RoomState) -> dict[str, Any]:
    """The state that the room draws its screens from."""

    def track(song: RoomSong) -> dict[str, Any]:
        gain_db = match_gain_db(song.loudness_lufs, song.true_peak_db, limit_db=room.limit_db)
        return {"title": song.title or "", "artist": song.artist or "", "gain_db": gain_db}

    return {
        "session": room.session_id,
        "sign": {"words": room.sign, "colour": SIGN_COLOURS.get(room.sign.split()[0].lower(), "")}
        if room.sign
        else None,
        "trial": room.code is None,
        "preset": room.preset,
        "present": room.present,
        "room_name": room.room_name,
        "minutes": room.minutes,
        "songs": [song.id for song in room.songs],
        "slots": [{"before": slot.before_song, "kind": slot.kind, "minutes": slot.minutes} for slot in room.slots],
        "openers": list(room.openers),
        "alternates": [list(slot) for slot in room.alternates],
        "known": list(room.known_well),
        "replan": list(room.replan),
        "tracks": {song.id: track(song) for song in (*room.songs, *room.pool)},
        "sound": {
            "start_db": room.start_db,
            "limit_db": room.limit_db,
            "fade_in_s": room.fade_in_s,
            "cross_fade_s": room.cross_fade_s,
        },
        "code": room.code,
        "clinic": room.clinic,
        "scan_s": room.scan_s,
        "ask_middle": room.ask_middle,
        "ask_session_line": room.ask_session_line,
        "show_answers": room.show_answers,
        "pleasure_drop": room.pleasure_drop,
        "tension_high": list(room.tension_high),
        "mood_moved": room.mood_moved,
        "stop_asked_at": None if room.stop_asked_at is None else room.stop_asked_at.isoformat(),
        "next_asked": None if room.next_asked is None else room.next_asked["id"],
        "ended": room.ended_at is not None,
        "scale": {
            "id": room.scale,
            "kind": scale_kind(room),
            "items": [] if room.own_scale is None else [one.model_dump() for one in room.own_scale.items],
            "feeling_first": room.feeling_first,
            "tension": room.ask_tension,
            "pain": room.ask_pain,
        },
        "place": room.place,
    }
