"""One client's record as files: CSV, JSON, a printable page, FHIR, and a README; and the client's own copy."""

from __future__ import annotations

import csv
import hashlib
import html
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection

from music_library.track import FORMULA
from practice import audit as audit_trail
from practice.caseload import require_client
from practice.facts import facts_as_data, facts_of
from practice.fhir import bundle_of
from practice.goals import REPORTING_ITEMS
from practice.plan_copies import plan_as_data, read_plan
from practice.schema import (
    accounts,
    addenda,
    agreements,
    audit,
    avoid_list,
    clients,
    endings,
    goals,
    group_seats,
    group_turns,
    life_story,
    limits,
    moments,
    notes,
    plans,
    reporting,
    retention,
    sessions,
    song_marks,
    upset_forms,
)
from practice.store import Actor, Store

_README = """\
A copy of one client's record, made by Attune on {when}.

record.json      everything below in one file, and the plans with every song of list and pool
sessions.csv     one line a session
answers.csv      one line an answer, raw, with the scale and its version; a missing answer says why
songs.csv        one line a song that was started
said.csv         the client's own words and what they let the therapist know
goals.csv, agreements.csv, limits.csv, avoid.csv, marks.csv, story.csv
notes.html       the notes, printable
reporting.json   the seven reporting items for music-based interventions
fhir.json        a FHIR R4 Bundle: questionnaire responses and observations (category survey, own code system)
audit.csv        who did what with this record

Sliders run from 0 to 1. Answers on scales of words keep their words. What a carer saw is marked "observer".
These are the client's own answers. They do not show what caused a change.
Cells that could be read as formulas begin with an apostrophe.
"""
OF_ONE_CLIENT = {
    "limits": limits,
    "avoid": avoid_list,
    "marks": song_marks,
    "goals": goals,
    "story": life_story,
    "agreements": agreements,
    "upset_forms": upset_forms,
}


@dataclass(frozen=True)
class Export:
    """The files of an export by name, and the zip that holds them."""

    files: Mapping[str, str]
    zipped: bytes


def safe_cell(value: Any) -> Any:
    """A CSV cell that no table program takes for a formula [1]_.

    References
    ----------
    .. [1] OWASP, "CSV Injection".
    """
    if isinstance(value, str) and (FORMULA.match(value) or value[:1] in ("\t", "\r", "\n")):
        return "'" + value
    return value


def as_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows as CSV with a heading; nested values as JSON."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        cells = (row.get(name) for name in columns)
        writer.writerow(
            safe_cell(json.dumps(cell, ensure_ascii=False) if isinstance(cell, (list, dict)) else cell)
            for cell in cells
        )
    return text.getvalue()


def _as_json(value: Any) -> str:
    def plain(thing: Any) -> Any:
        if isinstance(thing, (datetime, date)):
            return thing.isoformat()
        if isinstance(thing, (set, frozenset)):
            return sorted(thing)
        raise TypeError(f"{type(thing)} cannot be exported")

    return json.dumps(value, default=plain, indent=2, ensure_ascii=False, allow_nan=False)


def _zip(files: Mapping[str, str], *, at: datetime) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, at.timetuple()[:6]), text.encode(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _rows(db: Connection, table: sa.Table, client_id: str, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """A table's rows of one client, accounts by their names."""
    hidden = {"client_id", "version"}
    people = {"set_by", "added_by", "removed_by", "ended_by", "noted_by", "written_by"}
    found = []
    for row in db.execute(sa.select(table).where(table.c.client_id == client_id)).mappings():
        found.append(
            {
                name: names.get(value, "") if name in people and value is not None else value
                for name, value in row.items()
                if name not in hidden
            }
        )
    return found


def gather(db: Connection, client_id: str) -> dict[str, Any]:
    """Everything that the record holds about one client, as plain data."""
    names = {row.id: row.name for row in db.execute(sa.select(accounts.c.id, accounts.c.name))}
    client = dict(db.execute(sa.select(clients).where(clients.c.id == client_id)).mappings().one())
    client["created_by"] = names[client["created_by"]]
    told = []
    for row in db.execute(sa.select(sessions).where(sessions.c.client_id == client_id).order_by(sessions.c.started_at)):
        facts = facts_as_data(facts_of(db, row))
        facts |= {"plan_id": row.plan_id, "therapist": names[row.account_id], "by_link": row.by_link}
        facts["in_a_group"] = seat_as_data(db, str(row.id))
        note = db.execute(sa.select(notes).where(notes.c.session_id == row.id)).mappings().one_or_none()
        if note is not None:
            added = db.execute(
                sa.select(addenda).where(addenda.c.note_id == note["id"]).order_by(addenda.c.written_at)
            ).mappings()
            facts["note"] = {
                **{name: note[name] for name in ("noticed", "meaning", "next_time", "signed_at", "seal")},
                "written_by": names[note["written_by"]],
                "signed_by": names.get(note["signed_by"]),
                "addenda": [
                    {"text": each["text"], "by": names[each["written_by"]], "at": each["written_at"]} for each in added
                ],
            }
        facts["marked"] = [
            {**moment, "marked_by": names[moment["marked_by"]]}
            for moment in db.execute(sa.select(moments).where(moments.c.session_id == row.id)).mappings()
        ]
        told.append(facts)
    kept = db.execute(sa.select(retention).where(retention.c.client_id == client_id)).mappings().one_or_none()
    ending = db.execute(sa.select(endings).where(endings.c.client_id == client_id)).mappings().one_or_none()
    return {
        "client": client,
        "sessions": told,
        "plans": [
            plan_as_data(read_plan(db, plan_id))
            for plan_id in db.execute(
                sa.select(plans.c.id).where(plans.c.client_id == client_id).order_by(plans.c.created_at)
            ).scalars()
        ],
        **{name: _rows(db, table, client_id, names) for name, table in OF_ONE_CLIENT.items()},
        "keep_until": None if kept is None else {"month": kept["keep_until"], "basis": kept["basis"]},
        "ending": None
        if ending is None
        else {"words": ending["words"], "asked_again": ending["asked_again"], "ended_at": ending["ended_at"]},
    }


def seat_as_data(db: Connection, session_id: str) -> dict[str, Any] | None:
    """Somebody's own part in a group: colour, when they left, and what they brought. Of the others nothing."""
    seat = db.execute(sa.select(group_seats).where(group_seats.c.session_id == session_id)).one_or_none()
    if seat is None:
        return None
    brought = db.execute(
        sa.select(group_turns).where(group_turns.c.session_id == session_id).order_by(group_turns.c.rank)
    ).all()
    return {
        "colour": seat.colour,
        "left_at": seat.left_at,
        "brought": [
            {"track_id": turn.track_id, "place": None if turn.position is None else turn.position + 1}
            for turn in brought
        ],
    }


def seven_items(db: Connection, client_id: str, data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The seven reporting items [1]_: what the clinician wrote, beside what the record itself can say.

    References
    ----------
    .. [1] Robb, S. L. et al. "Reporting guidelines for music-based interventions." J. Health Psychology, 2011.
    """
    written = {row.item: row.text for row in db.execute(sa.select(reporting).where(reporting.c.client_id == client_id))}
    told = data["sessions"]
    heard = {(song["title"], song["artist"]) for session in told for song in session["played"]}
    from_record: dict[str, Any] = {
        "content": {"songs": sorted(f"{title} · {artist}" for title, artist in heard)},
        "schedule": {"sessions": [{"on": session["started_at"], "minutes": session["minutes"]} for session in told]},
        "interventionist": {"therapists": sorted({session["therapist"] for session in told})},
        "fidelity": {
            "songs planned": sum(len(plan["places"]) for plan in data["plans"] if plan["state"] != "draft"),
            "songs started": sum(len(session["played"]) for session in told),
            "stops": sum(len(session["stops"]) for session in told),
        },
        "unit": {
            "of delivery": "one person",
            "sessions in a group": sum(session["in_a_group"] is not None for session in told),
        },
    }
    return {
        item: {"written": written.get(item, ""), "from_the_record": from_record.get(item)} for item in REPORTING_ITEMS
    }


def _flat(sessions_told: Iterable[Mapping[str, Any]], name: str) -> list[dict[str, Any]]:
    return [{"session_id": told["session_id"], **entry} for told in sessions_told for entry in told[name]]


def _notes_page(data: Mapping[str, Any]) -> str:
    """The notes as a page to print; every text is escaped."""

    def text(value: Any) -> str:
        return html.escape(str(value or ""))

    parts = [
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Notes</title>",
        "<style>body{font:12pt/1.5 serif;max-width:42em;margin:2em auto}h2{page-break-before:auto}dt{font-weight:bold}"
        "</style>",
        f"<h1>{text(data['client']['code'])} · {text(data['client']['sign'])}</h1>",
    ]
    for told in data["sessions"]:
        note = told.get("note")
        parts.append(f"<h2>{text(told['started_at'][:16].replace('T', ' '))}</h2><dl>")
        parts.append(f"<dt>Length</dt><dd>{text(told['minutes'])} minutes</dd>")
        songs = "; ".join(f"{song['title']} · {song['artist']} ({song['how']})" for song in told["played"])
        parts.append(f"<dt>Songs</dt><dd>{text(songs)}</dd>")
        said = "; ".join(entry["text"] for entry in told["said"] if entry["kind"] == "words")
        parts.append(f"<dt>Their words</dt><dd>{text(said)}</dd>")
        if note is not None:
            for name, label in (
                ("noticed", "What I noticed"),
                ("meaning", "What it may mean"),
                ("next_time", "Next time"),
            ):
                parts.append(f"<dt>{label}</dt><dd>{text(note[name])}</dd>")
            signed = f"{note['signed_by']}, {note['signed_at']}" if note["signed_by"] else "not signed"
            parts.append(f"<dt>Signed</dt><dd>{text(signed)}</dd>")
            parts.extend(
                f"<dt>Added</dt><dd>{text(each['text'])} ({text(each['by'])}, {text(each['at'])})</dd>"
                for each in note["addenda"]
            )
        parts.append("</dl>")
    return "\n".join(parts)


def files_of(db: Connection, client_id: str, *, at: datetime) -> dict[str, str]:
    """Every file of an export by name."""
    data = gather(db, client_id)
    told = data["sessions"]
    asked = audit.c.subject.in_(
        [client_id, *[one["session_id"] for one in told], *[one["id"] for one in data["plans"]]]
    )
    trail = [dict(row) for row in db.execute(sa.select(audit).where(asked).order_by(audit.c.seq)).mappings()]
    names = {row.id: row.name for row in db.execute(sa.select(accounts.c.id, accounts.c.name))}
    for row in trail:
        row["who"] = names.get(row["who"], row["who"])
    session_columns = [
        "session_id",
        "started_at",
        "ended_at",
        "minutes",
        "preset",
        "with_client",
        "therapist",
        "plan_id",
    ]
    answer_columns = ["session_id", "phase", "item", "scale_id", "scale_version", "number", "choice", "missing"]
    files = {
        "README.txt": _README.format(when=at.strftime("%d %B %Y")),
        "record.json": _as_json(data),
        "sessions.csv": as_csv(told, session_columns),
        "answers.csv": as_csv(_flat(told, "answers"), [*answer_columns, "said_by", "at"]),
        "songs.csv": as_csv(
            _flat(told, "played"), ["session_id", "track_id", "title", "artist", "started_at", "ended_at", "how"]
        ),
        "said.csv": as_csv(_flat(told, "said"), ["session_id", "at", "kind", "text"]),
        "notes.html": _notes_page(data),
        "reporting.json": _as_json(seven_items(db, client_id, data)),
        "fhir.json": _as_json(bundle_of(data, at=at)),
        "audit.csv": as_csv(trail, ["seq", "at", "who", "action", "subject", "details"]),
    }
    for name, table in OF_ONE_CLIENT.items():
        columns = [column.name for column in table.columns if column.name not in ("client_id", "version")]
        files[f"{name}.csv"] = as_csv(data[name], columns)
    return files


class Exports(Store):
    """The uses of exports."""

    def export_client(self, actor: Actor, client_id: str) -> Export:
        """A client's whole record, for their clinician; the audit notes it with the hash of what left.

        Raises
        ------
        NotThereError
            If there is no such client, or they are not in the caseload.
        """
        with self._transaction() as db:
            require_client(db, actor, client_id, at=self.now())
            now = self.now()
            files = files_of(db, client_id, at=now)
            zipped = _zip(files, at=now)
            audit_trail.note(
                db, at=now, who=actor.account_id, action="exported", subject=client_id,
                sha256=hashlib.sha256(zipped).hexdigest(),
            )  # fmt: skip
        return Export(files, zipped)
