"""What a therapist asks of a room while a song plays: approved songs only, and only what can still come."""

from __future__ import annotations

import pytest

from practice.errors import CannotAskRoomError
from practice.record import Record
from practice.store import Actor
from tests.practice.conftest import event, started


def plays(record: Record, room_token: str, number: int, *order: str, n: int) -> None:
    """The room tells which song plays, as it does at the start of each."""
    heard = list(order[: n + 1])
    told = [
        event(number, "song_started", track=order[n]),
        event(number + 1, "place", screen="playing", n=n, order=list(order), heard=heard),
    ]
    record.add_events(room_token, told)


def wish(record: Record, room_token: str) -> dict[str, str]:
    asked = record.room_position(room_token).next_asked
    assert asked is not None
    return dict(asked)


def test_another_next_song_is_an_approved_alternate_of_the_next_place(record: Record, clinician: Actor, client_id: str):
    session_id, token = started(record, clinician, client_id)
    plays(record, token, 1, "t0", "t1", "t2", "t3", n=0)
    song = record.ask_for_different_next(clinician, session_id)
    assert (song.id, song.title) == ("t7", "Song 7")
    asked = wish(record, token)
    assert (asked["what"], asked["track"], asked["during"]) == ("different", "t7", "t0")
    assert record.room(token).next_asked == asked


def test_asked_again_it_is_another_one_until_none_is_left(record: Record, clinician: Actor, client_id: str):
    session_id, token = started(record, clinician, client_id)
    plays(record, token, 1, "t0", "t2", "t1", "t3", n=0)
    order, seen = ["t0", "t2", "t1", "t3"], []
    for number in (3, 5, 7):
        seen.append(record.ask_for_different_next(clinician, session_id).id)
        order[1] = seen[-1]
        record.add_events(token, [event(number, "place", screen="playing", n=0, order=order, heard=["t0", *seen])])
    assert seen == ["t9", "t4", "t5"]
    with pytest.raises(CannotAskRoomError, match="No other song") as refused:
        record.ask_for_different_next(clinician, session_id)
    assert refused.value.values["why"] == "none_left"


def test_what_was_put_on_the_avoid_list_since_never_comes_next(record: Record, clinician: Actor, client_id: str):
    session_id, token = started(record, clinician, client_id)
    plays(record, token, 1, "t0", "t1", "t2", "t3", n=0)
    record.avoid(clinician, client_id, "track", "t7")
    assert record.ask_for_different_next(clinician, session_id).id == "t9"


def test_the_closing_song_is_the_last_of_the_list_as_it_plays(record: Record, clinician: Actor, client_id: str):
    session_id, token = started(record, clinician, client_id)
    plays(record, token, 1, "t4", "t1", "t3", "t2", n=1)
    assert record.ask_for_closing(clinician, session_id).id == "t2"
    assert wish(record, token)["what"] == "closing"
    assert record.room_order(clinician, session_id) == ("t4", "t1", "t3", "t2")


@pytest.mark.parametrize("ask", ["ask_for_different_next", "ask_for_closing"])
def test_nothing_can_be_asked_where_nothing_plays_or_nothing_follows(
    record: Record, clinician: Actor, client_id: str, ask: str
):
    session_id, token = started(record, clinician, client_id)
    assert record.room_order(clinician, session_id) == ("t0", "t1", "t2", "t3")
    for told, why in (
        ([], "not_playing"),
        ([event(1, "place", screen="playing", n=7, order=["t0", "zzz"], heard=[])], "not_playing"),
        ([event(2, "song_started", track="t3"), event(3, "place", n=3, order=["t0", "t1", "t2", "t3"])], "last"),
        ([event(4, "stopped", by="client")], "not_playing"),
    ):
        record.add_events(token, told)
        with pytest.raises(CannotAskRoomError) as refused:
            getattr(record, ask)(clinician, session_id)
        assert refused.value.values["why"] == why
    assert record.room_position(token).next_asked is None
