"""One song: how it sounds, what a person hears in it, and what its words are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import streamlit as st

from music_library.columns import key_number
from music_library.errors import LibraryError
from music_library.lyrics import LONGEST, keep_lyrics, lyrics_of
from recommender import Mood
from recommender.candidates import KEY_NAMES
from recommender.similar import more_like
from web.clinician import dates, explaining, library_view, look, marking, navigation, state, suggesting
from web.clinician.access import asker, do
from web.clinician.plan_edits import MOST_LIKE
from web.components.mood_plane import Chosen, PathSong, Placed, mood_plane, say_place
from web.components.plan_chart import HEARING, Acted, SongRow, plan_chart
from web.components.tap_pad import tap_pad
from web.serving import stores
from web.words import say

if TYPE_CHECKING:
    from music_library import Track
    from practice import Actor

EVERYONE = "everyone"
MODES = {"minor": -1.0, "between": 0.0, "major": 1.0}


def song_page() -> None:
    """Let the clinician hear one song and put right what the estimate got wrong."""
    actor = asker()
    try:
        track = stores().catalogue.track(navigation.asked_for("song"))
    except LibraryError as error:
        st.title(say("clinician.song_name"), anchor=False)
        look.notice(str(error), key="song")
        return
    st.title(say("clinician.song_name"), anchor=False)
    look.trouble()
    marking.done()
    plan_chart([row_of(track)], key=f"song-{track.id}", actions=HEARING)
    if track.error:
        look.notice(track.error, key="song-error")
        return
    with st.container(key="side-by-side"):
        left, right = st.columns([0.6, 0.4], gap="medium")
    with left:
        sounds_like(track)
        why(track)
        like(track)
        marking.write_into_files([track.id], key=track.id)
    with right:
        words(actor, track)
        lyrics(track)
        whose(actor, track)
        tempo(track)
        key_and_mode(track)


def row_of(track: Track, *, is_guess_shown: bool = True) -> SongRow:
    """The song as a row that can be heard; without our guess, where somebody is to say their own first."""
    mood = Mood(track.valence or 0.0, track.arousal or 0.0)
    spread = (track.valence_sd or 0.0, track.arousal_sd or 0.0)
    knows = is_guess_shown and track.valence is not None
    return SongRow(
        id=track.id,
        n=1,
        title=suggesting.title_of(track),
        artist=track.artist or "",
        facts=suggesting.facts_of(track),
        why=suggesting.spread_says(mood, *spread) if knows else "",
        badges=tuple(suggesting.badges_of((), track)) if is_guess_shown else (),
        at=(mood.valence, mood.arousal),
        spread=(1.28 * spread[0], 1.28 * spread[1]),
        spread_says=suggesting.spread_says(mood, *spread) if knows else "",
    )


def sounds_like(track: Track) -> None:
    """The map with our guess and the clinician's place."""
    st.header(say("clinician.song_sounds"), anchor=False)
    st.write(say("clinician.song_sounds_means"))
    guess = None
    if track.estimated_valence is not None and track.estimated_arousal is not None:
        guess = Mood(track.estimated_valence, track.estimated_arousal)
    is_said = track.mood_source == "correction" and track.valence is not None and track.arousal is not None
    own = st.session_state.get(state.OWN_PLACE, {}).get(track.id)
    if own is None and is_said:
        own = Placed(Mood(track.valence or 0.0, track.arousal or 0.0))
    mood_plane(
        key=f"song-map-{track.id}",
        present=None,
        target=own,
        path=[PathSong(guess, track.valence_sd or 0.3, track.arousal_sd or 0.2)] if guess else (),
        path_says=say("clinician.song_guess", word=say_place(guess)) if guess else "",
        on_chosen=lambda chosen: place(track.id, chosen),
        only_target=True,
    )
    with st.container(horizontal=True):
        unsaved = own is not None and not (is_said and own.mood == Mood(track.valence or 0.0, track.arousal or 0.0))
        st.button(
            say("clinician.song_keep"), type="primary", disabled=not unsaved, on_click=keep_place, args=(track.id,)
        )
        if is_said:
            st.button(say("clinician.song_take_back"), on_click=take_back, args=(track.id, ("valence", "arousal")))


def place(track_id: str, chosen: Chosen) -> None:
    """Hold the place that was pressed until it is kept."""
    asker()
    if chosen.placed is not None:
        st.session_state.setdefault(state.OWN_PLACE, {})[track_id] = chosen.placed


def keep_place(track_id: str) -> None:
    """Let the clinician's place stand before the estimate."""
    actor = asker()
    own: Placed = st.session_state[state.OWN_PLACE].pop(track_id)
    stores().catalogue.correct(track_id, account=actor.account_id, valence=own.mood.valence, arousal=own.mood.arousal)


def take_back(track_id: str, kinds: tuple[str, ...]) -> None:
    """Let the estimate count again."""
    actor = asker()
    st.session_state.get(state.OWN_PLACE, {}).pop(track_id, None)
    stores().catalogue.take_back(track_id, account=actor.account_id, kinds=kinds)


def why(track: Track) -> None:
    """What in the sound puts the song where our guess is."""
    lines = explaining.why_lines([track.id]).get(track.id, ())
    if lines:
        st.header(say("mood.why_title"), anchor=False)
        st.text("\n".join(lines))
        look.quiet(say("mood.why_means"), key="why")


def like(track: Track) -> None:
    """Songs that are near this one in mood and sound together; each can be heard here or opened."""
    candidates = library_view.candidates()
    if track.id not in candidates.position_of:
        return
    st.header(say("mood.like_title"), anchor=False)
    found = more_like(candidates, track.id, count=MOST_LIKE)
    if not found:
        st.write(say("mood.like_none"))
        return
    look.quiet(say("mood.like_means"), key="like")
    plan_chart(rows_like(found), key=f"like-{track.id}", actions=("hear", "open"), on_acted=open_song)


def rows_like(track_ids: Sequence[str]) -> list[SongRow]:
    """Songs as rows, numbered in their order."""
    tracks = {one.id: one for one in stores().catalogue.tracks_by_id(list(track_ids))}
    return [replace(row_of(tracks[one]), n=n) for n, one in enumerate(filter(tracks.get, track_ids), 1)]


def open_song(acted: Acted) -> None:
    """Go on to the song that was pressed, on the same page."""
    asker()
    st.query_params["song"] = acted.track_id


def tempo(track: Track) -> None:
    """The tempo, its half and its double, typed or tapped."""
    st.header(say("clinician.song_tempo"), anchor=False)
    bpm = track.tempo_bpm
    st.text(say("clinician.facts_tempo", tempo=f"{bpm:.0f}") if bpm else say("clinician.facts_no_tempo"))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        if bpm:
            st.button("÷2", on_click=set_tempo, args=(track.id, bpm / 2), help=say("clinician.song_tempo_half"))
            st.button("×2", on_click=set_tempo, args=(track.id, bpm * 2), help=say("clinician.song_tempo_double"))
        typed = st.number_input(
            say("clinician.song_tempo_type"), 20.0, 320.0, value=None, step=1.0, key=f"tempo-{track.id}"
        )
        if typed is not None:
            st.button(say("clinician.song_tempo_keep"), on_click=set_tempo, args=(track.id, typed))
        if track.heard_tempo_bpm is not None and bpm != track.heard_tempo_bpm:
            st.button(
                say("clinician.song_take_back"), key="tempo-back", on_click=take_back, args=(track.id, ("tempo_bpm",))
            )
    tap_pad(
        "tap", key=f"tap-{track.id}", says=say("mood.tap_along"), on_tapped=lambda times: set_tapped(track.id, times)
    )


def set_tapped(track_id: str, times: list[float]) -> None:
    """Keep the tempo that was tapped along with the song."""
    from recommender.errors import RecommenderError
    from recommender.tempo_match import cadence_of_taps

    try:
        tapped = cadence_of_taps(times)
    except RecommenderError as error:
        st.session_state[state.TROUBLE] = str(error)
        return
    if tapped is not None:
        set_tempo(track_id, round(tapped.bpm, 1))


def set_tempo(track_id: str, bpm: float) -> None:
    """Let the clinician's tempo stand before the one that was heard."""
    correct(track_id, tempo_bpm=bpm)


def correct(track_id: str, **values: Any) -> None:
    """Let what the clinician says stand before what was heard."""
    actor = asker()
    try:
        stores().catalogue.correct(track_id, account=actor.account_id, **values)
    except LibraryError as error:
        st.session_state[state.TROUBLE] = str(error)


def key_and_mode(track: Track) -> None:
    """The key, and whether it sounds major or minor, where the ear knows better."""
    st.header(say("mood.key_title"), anchor=False)
    heard = track.heard_key or say("mood.key_not_heard")
    look.quiet(say("mood.key_heard", key=heard, mode=mode_says(track.heard_mode)), key="key-heard")
    number = None if track.key is None else key_number(track.key)
    with st.form(f"key-{track.id}", border=False):
        key = st.selectbox(say("mood.key_ask"), KEY_NAMES, index=number, placeholder=say("mood.option_unknown"))
        mode = st.radio(
            say("mood.mode_ask"),
            list(MODES),
            index=None if track.mode is None else list(MODES).index(mode_name(track.mode)),
            horizontal=True,
            format_func=lambda name: say(f"mood.mode_{name}"),
        )
        if st.form_submit_button(say("mood.key_keep")):
            said: dict[str, Any] = {}
            if key is not None and key != (KEY_NAMES[number] if number is not None else None):
                said["key"] = key
            if mode is not None and (track.mode is None or mode != mode_name(track.mode)):
                said["mode"] = MODES[mode]
            if said:
                correct(track.id, **said)
            st.rerun()
    if track.key != track.heard_key or track.mode != track.heard_mode:
        st.button(say("clinician.song_take_back"), key="key-back", on_click=take_back, args=(track.id, ("key", "mode")))


def mode_name(mode: float) -> str:
    """The nearest of the three that can be said."""
    return min(MODES, key=lambda name: abs(MODES[name] - mode))


def mode_says(mode: float | None) -> str:
    """How major or minor a song was heard."""
    return say("mood.option_unknown") if mode is None else say(f"mood.mode_{mode_name(mode)}")


def words(actor: Actor, track: Track) -> None:
    """Sung or not, language, whether somebody has listened to the words, and what they are about."""
    st.header(say("clinician.song_words"), anchor=False)
    heard = track.id in stores().catalogue.heard_by(actor.account_id, [track.id])
    with st.form(f"words-{track.id}", border=False):
        options = ("none", "unchecked", "checked")
        now = "none" if track.instrumental else "checked" if track.words_checked else "unchecked"
        if track.words_checked and (who := checked_says(actor, track)):
            look.quiet(who, key="words-checked")
        how = st.radio(
            say("clinician.song_words_ask"),
            options,
            index=options.index(now),
            format_func=lambda name: say(f"clinician.words_{name}"),
        )
        language = st.text_input(
            say("mood.mark_language"), value=track.language or "", max_chars=16, help=say("mood.mark_language_help")
        )
        themes = st.pills(
            say("clinician.song_themes"),
            marking.THEMES,
            selection_mode="multi",
            default=[name for name in marking.THEMES if marking.theme(name) in track.themes],
            format_func=marking.theme,
        )
        with st.container(horizontal=True):
            explicit = three_way("mark_explicit", track.explicit)
            faith = three_way("mark_faith", track.faith)
        is_heard = st.checkbox(say("clinician.song_heard"), value=heard)
        if not st.form_submit_button(say("mood.words_keep"), type="primary"):
            return
    language = language.strip().lower()
    said = {"language": language or None, "explicit": explicit, "faith": faith}
    marks: dict[str, Any] = {
        # Words that nobody has checked may be there or not: what is not known of the voice stays not known.
        "voice": "instrumental" if how == "none" else "sung" if how == "checked" or track.voice else None,
        "not_known": [name for name, value in said.items() if value is None and getattr(track, name) is not None],
        "language": language or None,
        "words_checked": how == "checked",
        "themes": [marking.theme(name) for name in themes] if how != "none" else [],
        "explicit": explicit,
        "faith": faith,
        "heard": is_heard,
    }
    if marking.keep([track.id], marks):
        st.session_state[state.DONE] = say("mood.kept")
    st.rerun()


def checked_says(actor: Actor, track: Track) -> str:
    """Who checked the words last, and when; empty where that was said before accounts were kept."""
    said = [one for one in stores().catalogue.statements(track.id) if one.kind == "words_checked" and one.value]
    if not said:
        return ""
    by = "you" if said[-1].account == actor.account_id else "colleague"
    return say(f"mood.words_checked_by_{by}", day=dates.day(datetime.fromtimestamp(said[-1].said_at, UTC)))


def lyrics(track: Track) -> None:
    """The words themselves, from the file or as somebody pasted them; folded away until somebody reads them."""
    found = lyrics_of(stores().catalogue, track.id)
    with st.expander(say("mood.lyrics")):
        if found is None:
            st.write(say("mood.lyrics_none"))
        else:
            look.quiet(say(f"mood.lyrics_{'pasted' if found.is_pasted else 'of_file'}"), key="lyrics-from")
            st.text(found.text)
        with st.form(f"lyrics-{track.id}", border=False):
            text = st.text_area(
                say("mood.lyrics_paste"),
                value=found.text if found is not None and found.is_pasted else "",
                max_chars=LONGEST,
                help=say("mood.lyrics_paste_means"),
            )
            if st.form_submit_button(say("mood.lyrics_keep")) and keep_words(track.id, text):
                st.rerun()


def keep_words(track_id: str, text: str) -> bool:
    """Keep the words as they were pasted, and say whether that was done."""
    actor = asker()
    try:
        keep_lyrics(stores().catalogue, track_id, text, account=actor.account_id)
    except LibraryError as error:
        st.session_state[state.TROUBLE] = str(error)
        return True
    st.session_state[state.DONE] = say("mood.kept")
    return True


def whose(actor: Actor, track: Track) -> None:
    """Whether everybody may be played this song, or only the client whose own it is."""
    if "clinician" not in actor.roles:
        return
    st.header(say("mood.private_title"), anchor=False)
    record = stores().record
    codes = {client.id: f"{client.code} · {client.sign}" for client in record.clients(actor)}
    owners = record.owners_of(actor, track.id)
    if owners.others:
        look.quiet(say("mood.private_colleague"), key="private-colleague")
    mine = [client_id for client_id in owners.mine if client_id in codes]
    chosen = st.selectbox(
        say("mood.private_ask"),
        [EVERYONE, *codes],
        index=1 + list(codes).index(mine[0]) if mine else 0,
        format_func=lambda one: say("mood.private_everyone") if one == EVERYONE else codes[one],
        help=say("mood.private_means"),
        key=f"whose-{track.id}",
    )
    if chosen != (mine[0] if mine else EVERYONE):
        st.button(
            say("mood.private_keep"),
            type="primary",
            on_click=keep_whose,
            args=(track.id, suggesting.title_of(track), track.artist or "", chosen),
        )


def keep_whose(track_id: str, title: str, artist: str, client_id: str) -> None:
    """Let a song be one client's own, or everybody's again."""
    owner = None if client_id == EVERYONE else client_id
    if do(lambda actor: stores().record.set_owner(actor, track_id, owner, title=title, artist=artist)):
        st.session_state[state.DONE] = say("mood.kept")


def three_way(name: str, now: bool | None) -> bool | None:
    """Yes, no, or not known."""
    names = ("unknown", "yes", "no")
    index = 0 if now is None else 1 if now else 2
    chosen = st.radio(say(f"mood.{name}"), names, index=index, format_func=marking.option)
    return None if chosen == "unknown" else chosen == "yes"
