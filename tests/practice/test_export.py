"""What leaves the record: a whole copy for the clinician, one's own copy for the client, a table without names."""

from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from fhirclient.models.bundle import Bundle

from practice.erase import NOT_OF_A_CLIENT, rows_of
from practice.errors import BadClientError, NotAllowedError, NotThereError, RoomClosedError
from practice.export import safe_cell
from practice.record import Record
from practice.schema import metadata
from practice.store import Actor
from practice.training_table import TooFewClientsError
from tests.practice.conftest import PASSWORD, Clock, a_playlist, check_in, event, settled, some_tracks, started

NASTY = '=HYPERLINK("http://x")<script>alert(1)</script>'


@pytest.fixture
def full(record: Record, clinician: Actor, clock: Clock) -> tuple[str, str]:
    """A client with everything, whose texts try to be formulas and markup; id and room token."""
    client_id = settled(record, clinician, avoid="Zanzibar bagpipes")
    tracks = [replace(track, title=NASTY + track.id) for track in some_tracks()]
    plan = record.draft_plan(clinician, client_id, a_playlist(), tracks, model_id="m", present_word="Weltschmerz")
    record.approve(clinician, plan.id, present=True)
    session = record.start_session(clinician, plan.id, with_client=True)
    record.add_events(
        session.room_token,
        [
            check_in(1, "before", {"valence": 0.25, "arousal": None}, missing={"arousal": "not_sure"}),
            event(2, "song_started", track="t0"),
            event(3, "words", text="-2+3 Xylophones"),
            check_in(4, "after", {"valence": 0.75, "arousal": 0.5}),
        ],
    )
    record.mark_moment(clinician, session.session_id, track_id="t0", text="Quixotic smile")
    record.save_note(clinician, session.session_id, noticed="Hummed <b>along</b>", meaning="", next_time="", version=0)
    record.sign_note(clinician, session.session_id, version=1)
    record.add_addendum(clinician, session.session_id, "Jubilant call")
    record.set_goal(clinician, client_id, "Whistling goal")
    record.add_to_story(clinician, client_id, chapter="now", title="Kazoo song")
    record.set_agreement(clinician, client_id, "improve", is_on=True, said_by="client")
    record.keep_until(clinician, client_id, clock.now.date(), basis="eight years")
    record.write_reporting(clinician, client_id, "theory", "Iso principle")
    record.write_upset_form(clinician, client_id, seen="Flinched")
    record.ask_for(session.room_token, "complaint", "Grumbling")
    record.mark_message_read(clinician, session.session_id, "event-0003")
    return client_id, session.room_token


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_an_export_holds_answers_songs_notes_and_who_did_what(record: Record, clinician: Actor, full):
    export = record.export_client(clinician, full[0])
    with zipfile.ZipFile(io.BytesIO(export.zipped)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name).decode() for name in archive.namelist()} == dict(export.files)
    answers = {(row["phase"], row["item"]): row for row in rows(export.files["answers.csv"])}
    assert (answers["before", "valence"]["number"], answers["before", "arousal"]["missing"]) == ("0.25", "not_sure")
    assert answers["after", "valence"]["scale_id"] == "affective_slider"
    whole = json.loads(export.files["record.json"])
    assert whole["sessions"][0]["note"]["addenda"][0]["text"] == "Jubilant call"
    assert whole["plans"][0]["present_word"] == "Weltschmerz"
    assert {row["action"] for row in rows(export.files["audit.csv"])} >= {"client_made", "plan_approved", "note_signed"}
    assert "exported" in [row.action for row in record.audit_rows(clinician, limit=1)]


def test_every_word_of_a_record_is_in_its_export(record: Record, clinician: Actor, full):
    text = "\n".join(record.export_client(clinician, full[0]).files.values())
    for word in (
        "Zanzibar", "Weltschmerz", "Xylophones", "Quixotic", "Hummed", "Jubilant", "Whistling", "Kazoo", "eight years",
        "Iso principle", "Flinched",
    ):  # fmt: skip
        assert word in text, word


def test_no_cell_is_a_formula_and_no_text_is_markup(record: Record, clinician: Actor, full):
    files = record.export_client(clinician, full[0]).files
    for name, text in files.items():
        if name.endswith(".csv"):
            cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
            assert not [cell for cell in cells if cell.lstrip()[:1] in ("=", "+", "-", "@")], name
    assert "<script" not in files["notes.html"]
    assert "&lt;b&gt;along" in files["notes.html"]
    assert all(safe_cell(cell) == f"'{cell}" for cell in ("\x0b=1", "\xa0-1", "\uff1d1", "\ufeff@a", "\n1"))
    assert [safe_cell(cell) for cell in (" =1", "\t1", "@a", "a=1", -3)] == ["' =1", "'\t1", "'@a", "a=1", -3]


def test_the_seven_reporting_items_are_in_the_export(record: Record, clinician: Actor, full):
    items = json.loads(record.export_client(clinician, full[0]).files["reporting.json"])
    assert list(items) == ["theory", "content", "schedule", "interventionist", "fidelity", "setting", "unit"]
    assert items["theory"]["written"] == "Iso principle"
    assert items["interventionist"]["from_the_record"] == {"therapists": ["Ada Fenn"]}
    assert items["fidelity"]["from_the_record"]["songs started"] == 1


def test_the_fhir_bundle_is_valid_r4_and_names_nobody(record: Record, clinician: Actor, full):
    text = record.export_client(clinician, full[0]).files["fhir.json"]
    bundle = Bundle(json.loads(text))
    assert bundle.as_json()
    kinds = [entry.resource.resource_type for entry in bundle.entry]
    assert (kinds.count("Patient"), kinds.count("QuestionnaireResponse"), kinds.count("Observation")) == (1, 2, 4)
    observations = [entry.resource for entry in bundle.entry if entry.resource.resource_type == "Observation"]
    assert {each.category[0].coding[0].code for each in observations} == {"survey"}
    assert "loinc" not in text.lower()
    assert bundle.entry[0].resource.name is None
    values = {each.code.coding[0].code: each.valueQuantity for each in observations if "before" in each.code.text}
    assert values["affective_slider.valence"].value == 0.25
    absent = [each for each in observations if each.dataAbsentReason is not None]
    assert [each.dataAbsentReason.coding[0].code for each in absent] == ["asked-unknown"]


def test_words_and_what_a_carer_saw_are_codes_in_fhir(record: Record, clinician: Actor):
    client_id = settled(record, clinician, preset="carer")
    _, room_token = started(record, clinician, client_id)
    record.add_events(room_token, [check_in(1, "before", {"looks": "upset"})])
    bundle = Bundle(json.loads(record.export_client(clinician, client_id).files["fhir.json"]))
    observation = bundle.entry[-1].resource
    assert observation.valueCodeableConcept.coding[0].display == "upset"
    assert "carer" in observation.note[0].text


def test_every_table_is_either_erased_with_a_client_or_nobodys(record: Record):
    for table in metadata.sorted_tables:
        assert (rows_of(table, "x") is None) == (table.name in NOT_OF_A_CLIENT)


def test_an_erased_record_leaves_only_hashes_in_the_audit(record: Record, clinician: Actor, full, tmp_path: Path):
    other = settled(record, clinician, avoid="Ocarina")
    code = record.client(clinician, full[0]).code
    erased = record.erase_record(clinician, code.lower(), reason="asked for by the person, 2 March")
    assert erased.rows > 20
    with pytest.raises(NotThereError):
        record.client(clinician, full[0])
    with pytest.raises(RoomClosedError):
        record.room(full[1])
    with record.engine.connect() as db:
        for table in metadata.sorted_tables:
            mine = rows_of(table, full[0])
            if mine is not None:
                assert not db.execute(sa.select(table).where(mine)).first(), table.name
    assert record.verify_audit().intact
    assert record.audit_rows(clinician, limit=1)[0].details["sha256"] == erased.sha256
    assert record.client(clinician, other).avoid[0].value == "Ocarina"
    record.close()
    for file in tmp_path.iterdir():
        left = file.read_bytes()
        for word in (b"Zanzibar", b"Weltschmerz", b"Xylophones", b"Hummed", b"Kazoo", b"Flinched", b"Grumbling"):
            assert word not in left, (file, word)


def test_only_an_administrator_erases_a_record_and_only_with_a_reason(
    record: Record, clinician: Actor, colleague: Actor, full
):
    code = record.client(clinician, full[0]).code
    with pytest.raises(NotAllowedError):
        record.erase_record(colleague, code, reason="because I want to")
    with pytest.raises(BadClientError):
        record.erase_record(clinician, code, reason="hm")
    assert record.client(clinician, full[0])


def test_leaving_suggestions_and_training_holds_at_once_and_keeps_what_protects(record: Record, clinician: Actor, full):
    client_id, room_token = full
    record.add_events(room_token, [event(7, "kept", song="t3")])
    record.mark_song(clinician, client_id, "t5", "painful", title="Song 5")
    record.leave_suggestions(clinician, client_id)
    assert not record.agrees(clinician, client_id, "improve")
    marks = record.protection(clinician, client_id).marks
    assert (marks.known_well, marks.painful) == (frozenset(), {"t5"})


def _agreeing(record: Record, clinician: Actor, count: int) -> list[str]:
    made = []
    for number in range(count):
        client_id = settled(record, clinician)
        _, room_token = started(record, clinician, client_id)
        record.add_events(
            room_token,
            [
                event(1, "song_started", track="t1"),
                check_in(2, "middle", {"valence": 0.1 * number, "arousal": 0.5}),
            ],
        )
        record.set_agreement(clinician, client_id, "improve", is_on=True, said_by="client")
        made.append(client_id)
    return made


def test_a_training_table_needs_five_clients_who_agree(record: Record, clinician: Actor):
    made = _agreeing(record, clinician, 5)
    table = record.training_table(clinician, rng=random.Random(1))
    assert (table.rows, table.clients) == (5, 5)
    record.set_agreement(clinician, made[0], "improve", is_on=False, said_by="client")
    with pytest.raises(TooFewClientsError):
        record.training_table(clinician)


def test_a_training_table_names_nobody(record: Record, clinician: Actor, colleague: Actor):
    made = _agreeing(record, clinician, 6)
    record.mark_song(clinician, made[0], "t1", "private", title="Song 1")
    table = record.training_table(clinician, rng=random.Random(1))
    assert table.clients == 5, "a song that only one client knows would name them"
    written = rows(table.csv)
    assert {row["rater"] for row in written} == {f"r{number}" for number in range(1, 6)}
    assert sorted(float(row["valence"]) for row in written) == [-0.8, -0.6, -0.4, -0.2, 0.0]
    for client_id in made:
        client = record.client(clinician, client_id)
        assert client_id not in table.csv
        assert client.code not in table.csv
    assert "2026" not in table.csv
    retrainer = record.create_account(record.invite(clinician, "Ed Lake", role="retrainer"), password=PASSWORD)
    assert record.training_table(retrainer).rows == 5
    with pytest.raises(NotAllowedError):
        record.training_table(colleague)
