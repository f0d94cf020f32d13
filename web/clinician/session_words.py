"""Sessions, their answers and what changed, in words; no widgets here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from practice.scales import shipped_scales
from web.clinician import dates
from web.clinician.moving import movement_says
from web.components.live_room import LiveState
from web.words import say

if TYPE_CHECKING:
    from practice.change import MeanChange, Odds
    from practice.facts import MarkedMoment, Played, Said, SessionFacts
    from practice.review import Change
    from practice.session_summaries import SessionAnswer, SessionSummary

ITEMS = ("valence", "arousal", "tension", "pain")
PHASES = ("before", "middle", "after")


def line(session: SessionSummary) -> str:
    """A session as one line: when, how many songs, what changed."""
    parts = [dates.moment(session.started_at)]
    songs = session.songs_started
    parts.append(say("clinician.session_song" if songs == 1 else "clinician.session_songs", n=songs))
    if session.is_open:
        parts.append(say("clinician.session_open"))
    parts += [
        say("clinician.session_change", item=say(f"clinician.item_{item}"), before=pair[0], after=pair[1])
        for item in ITEMS
        if (pair := before_and_after(session.answers, item)) is not None
    ]
    return "  ·  ".join(parts)


def before_and_after(answers: Sequence[SessionAnswer], item: str) -> tuple[str, str] | None:
    """What was answered before and after on the same scale, as 0 to 100 or in words; None unless both are there."""
    found: dict[str, SessionAnswer] = {
        answer.phase: answer for answer in answers if answer.item == item and answer.missing is None
    }
    before, after = found.get("before"), found.get("after")
    if before is None or after is None or before.scale_id != after.scale_id:
        return None
    return said(before), said(after)


def said(answer: SessionAnswer) -> str:
    """One answer: a line as 0 to 100, words as they were; what was not answered says so."""
    if answer.missing is not None:
        return say("clinician.answer_missing")
    if answer.number is not None:
        # A scale that the clinic brought has numbers of its own; ours are lines from 0 to 1.
        return str(round(100 * answer.number)) if answer.scale_id in shipped_scales() else f"{answer.number:g}"
    return (answer.choice or "").replace("_", " ")


def answer_rows(answers: Sequence[SessionAnswer]) -> list[dict[str, str]]:
    """A table of the answers: one row a question and who gave it, one column each for before, middle and after."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    asked = {answer.phase for answer in answers}
    phases = [*(phase for phase in PHASES if phase in asked), *sorted(asked - set(PHASES))]
    for answer in answers:
        item = say(f"clinician.item_{answer.item}") if answer.item in ITEMS else answer.item.replace("_", " ")
        name = item if answer.said_by == "client" else f"{item} ({say('clinician.said_by_observer')})"
        row = rows.setdefault(
            (answer.item, answer.said_by),
            {say("clinician.answers_asked"): name} | {phase_name(phase): "" for phase in phases},
        )
        row[phase_name(answer.phase)] = f"{said(answer)} ({dates.hour(answer.at)})"
    order = {item: place for place, item in enumerate(ITEMS)}
    return [rows[key] for key in sorted(rows, key=lambda key: (order.get(key[0], len(order)), key[1]))]


def phase_name(phase: str) -> str:
    """When something was asked, in words."""
    return say(f"clinician.phase_{phase}") if phase in PHASES else phase


def fact_lines(facts: SessionFacts) -> list[str]:
    """Date, length, who was there and stops, one to a line."""
    lines = [f"{dates.local(facts.started_at):%A} {dates.moment(facts.started_at)}"]
    if facts.minutes is not None:
        lines.append(say("clinician.fact_minutes", minutes=round(facts.minutes)))
    lines.append(say("clinician.fact_present" if facts.with_client else "clinician.fact_alone"))
    if facts.movement is not None:
        lines.append(movement_says(facts.movement))
    if facts.stops:
        times = ", ".join(dates.hour(at) for at in facts.stops)
        lines.append(say("clinician.fact_stops", n=len(facts.stops), times=times))
    return lines


def played_row(played: Played) -> dict[str, str]:
    """A song that was heard, as a row of the table."""
    return {
        say("clinician.music_columns_title"): played.title,
        say("clinician.played_at"): dates.hour(played.started_at),
        say("clinician.music_columns_artist"): played.artist,
        say("clinician.played_how"): say(f"clinician.played_{played.how}"),
    }


def said_line(said_by_them: Said) -> str:
    """What the client let the therapist know."""
    kind = say(f"clinician.message_{said_by_them.kind}")
    return f"{dates.hour(said_by_them.at)}  {kind} {said_by_them.text}".rstrip()


def moment_line(moment: MarkedMoment) -> str:
    """A marked moment as one line."""
    where = f" {clock(moment.position_s)}" if moment.position_s is not None else ""
    return f"{dates.hour(moment.at)}  {moment.title}{where}  {moment.text}".rstrip()


def clock(seconds: float) -> str:
    """Minutes and seconds as a player shows them."""
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"


def change_says(change: Change) -> str:
    """One change, how big it is and how often one that big comes by itself."""
    before, after = round(100 * change.before), round(100 * change.after)
    difference = after - before
    direction = "same" if difference == 0 else "up" if difference > 0 else "down"
    item = say(f"clinician.item_{change.item}").capitalize()
    text = say(f"clinician.change_{direction}", item=item, before=before, after=after, by=abs(difference))
    return text if difference == 0 else f"{text} {chance_says(change.odds)}"


def chance_says(odds: Odds) -> str:
    """A chance as people say it."""
    return say(f"clinician.chance_{'fewer' if odds.fewer else 'about'}", count=odds.count, of=odds.of)


def mean_says(mean: MeanChange) -> str:
    """The mean change of several sessions and how far it may be off."""
    return say(
        "clinician.mean_change",
        sessions=mean.sessions,
        mean=f"{100 * mean.mean:+.0f}",
        low=f"{100 * (mean.mean - mean.half_width):+.0f}",
        high=f"{100 * (mean.mean + mean.half_width):+.0f}",
    )


def live_state(session: SessionSummary, facts: SessionFacts, order: Sequence[str]) -> LiveState:
    """How a room stands, for the live view."""
    playing = None
    if session.is_open and facts.played and facts.played[-1].how == "open":
        playing = {"track_id": facts.played[-1].track_id, "since": facts.played[-1].started_at.isoformat()}
    return LiveState(
        is_open=session.is_open,
        songs_started=session.songs_started,
        playing=playing,
        stopped_at=facts.stops[-1].isoformat() if facts.stops else None,
        answered=last_answer(facts.answers),
        said=tuple({"time": dates.hour(one.at), "kind": one.kind, "text": one.text} for one in facts.said),
        order=order,
    )


def last_answer(answers: Sequence[SessionAnswer]) -> dict[str, object] | None:
    """The feeling and energy that were answered last; None where no line was answered."""
    on_lines = [answer for answer in answers if answer.item in {"valence", "arousal"}]
    if not on_lines:
        return None
    latest = max(on_lines, key=lambda answer: answer.at)
    same = {answer.item: answer.number for answer in on_lines if answer.phase == latest.phase}
    return {"time": dates.hour(latest.at), "valence": same.get("valence"), "arousal": same.get("arousal")}
