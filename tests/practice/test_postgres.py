"""The uses of the record once more, all of them, on a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from practice.errors import StoreError
from practice.record import Record
from practice.schema import audit, metadata
from practice.store import Actor, as_url, known_schemas, make_engine, migrate
from tests.postgres import postgres_server, postgres_url  # noqa: F401 - fixtures
from tests.practice.conftest import Clock, settled
from tests.practice.test_access import *  # noqa: F403 - its tests run here with this module's record
from tests.practice.test_accounts import *  # noqa: F403
from tests.practice.test_change import *  # noqa: F403
from tests.practice.test_consent import *  # noqa: F403
from tests.practice.test_export import *  # noqa: F403
from tests.practice.test_notes import *  # noqa: F403
from tests.practice.test_sessions import *  # noqa: F403

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
