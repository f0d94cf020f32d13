"""The uses of the record once more, all of them, on a real PostgreSQL server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from music_library import Catalogue
from practice.backup import backup_home, restore_home
from practice.errors import StoreError
from practice.record import Record
from practice.schema import audit, metadata
from practice.servers import ServerStoreError
from practice.store import Actor, as_url, known_schemas, make_engine, migrate
from tests.postgres import postgres_server, postgres_url  # noqa: F401 - fixtures
from tests.practice.conftest import Clock, a_playlist, settled, some_tracks, started
from tests.practice.test_access import *  # noqa: F403 - its tests run here with this module's record
from tests.practice.test_access import everything
from tests.practice.test_accounts import *  # noqa: F403
from tests.practice.test_change import *  # noqa: F403
from tests.practice.test_consent import *  # noqa: F403
from tests.practice.test_export import *  # noqa: F403
from tests.practice.test_notes import *  # noqa: F403
from tests.practice.test_plan_course import *  # noqa: F403
from tests.practice.test_private_songs import *  # noqa: F403
from tests.practice.test_sessions import *  # noqa: F403
from tests.web.homes import fill

pytestmark = pytest.mark.postgres

# These look into SQLite's own files, or need no store.
for _name in (
    "test_just_trying_leaves_nothing_behind",
    "test_a_trial_that_was_left_is_erased_when_it_is_old",
    "test_an_erased_record_leaves_only_hashes_in_the_audit",
    "test_the_chance_is_what_two_noisy_ratings_of_one_state_give",
    "test_the_interval_of_the_mean_holds_what_it_should",
    "test_every_use_that_names_who_asks_is_in_this_matrix",
):
    del globals()[_name]


@pytest.fixture(scope="session")
def empty_database(postgres_server: Callable[[str], str]) -> str:  # noqa: F811 - the fixture
    """A database with the newest schema, made once: each test has its own copy."""
    import psycopg

    server = postgres_server("postgres").replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE attune_empty TEMPLATE template0")
    Record.open(postgres_server("attune_empty")).close()
    return "attune_empty"


@pytest.fixture
def record(
    postgres_server: Callable[[str], str],  # noqa: F811 - the fixture
    empty_database: str,
    request: pytest.FixtureRequest,
    clock: Clock,
) -> Iterator[Record]:
    import psycopg

    name = f"copy_{abs(hash(request.node.nodeid)):x}"
    server = postgres_server("postgres").replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE {empty_database}')
    opened = Record.open(postgres_server(name), clock=clock)
    yield opened
    opened.close()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def test_a_text_that_a_server_cannot_keep_is_named_and_nothing_changes(record: Record, clinician: Actor):
    client_id = settled(record, clinician)
    before = everything(record)
    with pytest.raises(StoreError, match="NUL"):
        record.set_goal(clinician, client_id, "to sing\0 again")
    assert everything(record) == before


def test_migrations_make_the_same_tables_here(record: Record):
    with record.engine.connect() as db:
        assert compare_metadata(MigrationContext.configure(db), metadata) == []


@pytest.mark.parametrize("older", known_schemas()[:-1])
def test_every_older_schema_is_brought_up_to_date_here(postgres_url: str, older: str):  # noqa: F811 - the fixture
    engine = make_engine(as_url(postgres_url))
    migrate(engine, to=older)
    engine.dispose()
    record = Record.open(postgres_url)
    assert record.first_link()
    record.close()


def test_a_newer_record_is_refused_here(postgres_url: str):  # noqa: F811 - the fixture
    record = Record.open(postgres_url)
    with record.engine.begin() as db:
        db.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    record.close()
    with pytest.raises(StoreError, match="newer Attune"):
        Record.open(postgres_url)


def test_a_server_that_is_not_there_is_named_without_its_password():
    with pytest.raises(StoreError, match="cannot be reached") as caught:
        Record.open("postgresql://ada:secret@127.0.0.1:1/attune")
    assert "secret" not in str(caught.value)


def test_the_audit_can_be_added_to_only_here(record: Record, clinician: Actor):
    assert settled(record, clinician)
    for statement in (audit.update().values(who="eve"), audit.delete(), sa.text("TRUNCATE audit")):
        with pytest.raises(sa.exc.DatabaseError, match="append-only"), record.engine.begin() as db:
            db.execute(statement)
    assert record.verify_audit().intact


def test_a_backup_of_a_server_comes_back_on_a_server_and_as_a_file(
    record: Record,
    clinician: Actor,
    clock: Clock,
    postgres_server: Callable[[str], str],  # noqa: F811 - the fixture
    postgres_url: str,  # noqa: F811 - the fixture
    tmp_path: Path,
):
    client_id = settled(record, clinician)
    first = started(record, clinician, client_id)[0]
    record.draft_plan(clinician, client_id, a_playlist(), some_tracks(), model_id="m")
    record.end_session(clinician, first)
    home = tmp_path / "home"
    home.mkdir()
    Catalogue.open(home / "catalogue.db").close()
    url = record.engine.url.render_as_string(hide_password=False)
    backup_home(home, tmp_path / "b.attune", servers={"record.db": url}, clock=clock)
    restore_home(tmp_path / "b.attune", tmp_path / "file")
    restore_home(tmp_path / "b.attune", tmp_path / "server", servers={"record.db": postgres_url})
    assert not (tmp_path / "server" / "record.db").exists()
    for where in (tmp_path / "file" / "record.db", postgres_url):
        again = Record.open(where, clock=clock)
        assert again.plans(clinician, client_id) == record.plans(clinician, client_id)
        assert again.session(clinician, first) == record.session(clinician, first)
        assert everything(again) == everything(record)
        assert again.verify_audit() == record.verify_audit()
        again.close()
    with pytest.raises(ServerStoreError, match="holds rows"):
        restore_home(tmp_path / "b.attune", tmp_path / "twice", servers={"record.db": postgres_url})
    assert list((tmp_path / "twice").iterdir()) == []


def test_a_backup_of_a_server_is_of_one_moment_while_writers_write(record: Record, clinician: Actor, tmp_path: Path):
    """Each write adds one client and rows of the audit: a view of two moments would break its chain or its count."""
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            settled(record, clinician)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(3):
            url = record.engine.url.render_as_string(hide_password=False)
            backup_home(tmp_path, tmp_path / f"{number}.attune", servers={"record.db": url})
    finally:
        stop.set()
        writer.join()
    for number in range(3):
        restore_home(tmp_path / f"{number}.attune", tmp_path / str(number))
        again = Record.open(tmp_path / str(number) / "record.db", clock=record.now)
        verdict = again.verify_audit()
        made = [row for row in again.audit_rows(clinician, limit=10_000) if row.action == "client_made"]
        assert (verdict.intact, len(made)) == (True, len(again.clients(clinician)))
        again.close()


def test_a_catalogue_on_a_server_comes_back_and_goes_on_counting(
    postgres_server: Callable[[str], str],  # noqa: F811 - the fixture
    postgres_url: str,  # noqa: F811 - the fixture
    record: Record,
    tmp_path: Path,
):
    import psycopg

    catalogue = Catalogue.open(postgres_url)
    fill(catalogue, (), n=5)
    backup_home(tmp_path, tmp_path / "b.attune", servers={"catalogue.db": postgres_url})
    server = postgres_server("postgres").replace("postgresql+psycopg://", "postgresql://")
    name = "copy_of_catalogue"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    try:
        restore_home(tmp_path / "b.attune", tmp_path / "again", servers={"catalogue.db": postgres_server(name)})
        again = Catalogue.open(postgres_server(name))
        assert again.tracks() == catalogue.tracks()
        fill(again, (), n=2)  # the counter of rows goes on after those that came back
        assert again.count() == 7
        again.close()
    finally:
        catalogue.close()
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
