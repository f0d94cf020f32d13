"""Opening: any older schema is brought up to date after a backup, a newer or damaged one is left as it is."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from music_library.catalogue import Catalogue
from music_library.database import explained, migrate, open_engine, schema_version
from music_library.errors import (
    CatalogueMissingError,
    DamagedCatalogueError,
    DiskFullError,
    NewerSchemaError,
    ReadOnlyError,
)
from music_library.schema import SCHEMA_HEAD, SCHEMA_VERSIONS, metadata


def test_the_migrations_end_in_the_tables_of_the_schema(catalogue):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with catalogue.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_the_schema_versions_are_those_of_the_migrations():
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", "music_library:migrations")
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert [revision.revision for revision in script.walk_revisions()][::-1] == list(SCHEMA_VERSIONS)
    assert script.get_heads() == [SCHEMA_HEAD]


def of_schema(version: str, file: Path) -> None:
    """Make a catalogue as an older version made it, with one statement that a person made."""
    engine = create_engine(f"sqlite:///{file}")
    migrate(engine, to=version)
    with engine.begin() as db:
        db.execute(
            text(
                "INSERT INTO tracks (id, path, content_hash, title, added_at, is_missing, flags, search_text,"
                " said_tempo_bpm) VALUES ('t1', '/a.mp3', 'x', 'A song', 0, false, '', '', 77)"
            )
        )
    engine.dispose()


@pytest.mark.parametrize("version", SCHEMA_VERSIONS)
def test_a_catalogue_of_any_older_schema_opens_with_what_people_said(tmp_path, version):
    file = tmp_path / "catalogue.db"
    of_schema(version, file)
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchall() == [(version,)]
    catalogue = Catalogue.open(file)
    assert schema_version(catalogue.engine) == SCHEMA_HEAD
    assert [(track.title, track.tempo_bpm) for track in catalogue.tracks()] == [("A song", 77)]
    catalogue.close()
    copies = list(tmp_path.glob("catalogue.db.before-*"))
    assert len(copies) == (version != SCHEMA_HEAD)


def test_a_migration_is_preceded_by_a_backup(tmp_path, monkeypatch):
    file = tmp_path / "catalogue.db"
    catalogue = Catalogue.open(file)
    with catalogue.engine.begin() as db:
        db.execute(text("UPDATE state SET value = 41"))
    # As if this version knew one schema more, which changes nothing.
    monkeypatch.setattr("music_library.database.SCHEMA_HEAD", "9000")
    monkeypatch.setattr("alembic.command.upgrade", lambda *_: None)
    migrate(catalogue.engine)
    catalogue.close()
    copies = list(tmp_path.glob("catalogue.db.before-*"))
    assert len(copies) == 1
    with closing(sqlite3.connect(copies[0])) as copy:
        assert copy.execute("SELECT value FROM state").fetchone() == (41,)


def test_a_half_migrated_catalogue_is_named_and_left_as_it_is(tmp_path):
    file = tmp_path / "catalogue.db"
    of_schema(SCHEMA_VERSIONS[0], file)
    with closing(sqlite3.connect(file)) as db:  # as if an older program had stopped in the middle
        db.execute("CREATE TABLE library_reference (model_id TEXT)")
        tables = db.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()
    with pytest.raises(DamagedCatalogueError, match=r"brought up to date.*attune restore"):
        open_engine(file)
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("SELECT version_num FROM alembic_version").fetchall() == [(SCHEMA_VERSIONS[0],)]
        assert db.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall() == tables


@pytest.mark.postgres
def test_a_newer_schema_is_refused_on_postgresql(postgres_url):
    engine = open_engine(postgres_url)
    with engine.begin() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(NewerSchemaError, match="newer version"):
        open_engine(postgres_url)


def test_a_newer_schema_is_refused_and_left_as_it_is(tmp_path):
    file = tmp_path / "catalogue.db"
    open_engine(file).dispose()
    with closing(sqlite3.connect(file)) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
        db.commit()
    before = file.read_bytes()
    with pytest.raises(NewerSchemaError, match="newer version"):
        Catalogue.open(file)
    assert file.read_bytes() == before


def test_what_is_no_database_is_refused_and_left_as_it_is(tmp_path):
    file = tmp_path / "catalogue.db"
    file.write_bytes(b"my shopping list\n" * 100)
    with pytest.raises(DamagedCatalogueError, match="attune restore"):
        Catalogue.open(file)
    assert file.read_bytes() == b"my shopping list\n" * 100


def test_flipped_pages_are_told_and_nothing_is_made_anew(tmp_path):
    file = tmp_path / "catalogue.db"
    catalogue = Catalogue.open(file)
    with catalogue.engine.begin() as db:
        for i in range(200):
            db.execute(text("INSERT INTO state VALUES (:n, 1)"), {"n": f"{i:030}"})
    catalogue.close()
    content = bytearray(file.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    file.write_bytes(content)
    with pytest.raises(DamagedCatalogueError, match="damaged"):
        Catalogue.open(file).tracks()
    assert file.read_bytes()[4096:] == bytes(len(content) - 4096)


def test_nothing_is_made_where_nothing_shall_be(tmp_path):
    with pytest.raises(CatalogueMissingError, match="Scan a folder"):
        Catalogue.open(tmp_path / "none.db", create=False)
    assert not (tmp_path / "none.db").exists()


def test_a_full_disk_is_named(catalogue):
    with pytest.raises(DiskFullError, match="full"), explained(catalogue.engine):
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("database or disk is full"))


def test_a_full_disk_keeps_what_was_there(tmp_path):
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    with catalogue.engine.connect() as db:
        pages = db.exec_driver_sql("PRAGMA page_count").scalar()

    from sqlalchemy import event

    @event.listens_for(catalogue.engine, "connect")
    def _limit(dbapi, _):
        dbapi.execute(f"PRAGMA max_page_count={pages}")

    catalogue.engine.dispose()  # every further connection finds no more room
    from music_library.database import writing

    def fill() -> None:
        with writing(catalogue.engine) as db:
            for i in range(2000):
                db.execute(text("INSERT INTO state VALUES (:n, 1)"), {"n": f"{i:030}"})

    with pytest.raises(DiskFullError, match=str(tmp_path)):
        fill()
    with catalogue.engine.connect() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM state").scalar() == 1
        assert db.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
    catalogue.close()


def test_a_folder_without_the_right_to_write_is_named(tmp_path):
    # In a process of its own, because root may write everything and has to give that right up first.
    without_the_right = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    home = Path(tempfile.mkdtemp(prefix="attune-read-only-"))
    Catalogue.open(home / "catalogue.db").close()
    for path in (home / "catalogue.db", *home.iterdir()):
        path.chmod(0o444)
    home.chmod(0o555)
    code = (
        "import sys\n"
        "from music_library.catalogue import Catalogue\n"
        "from music_library.errors import ReadOnlyError\n"
        "import music_library.jobs\n"
        "try:\n"
        "    music_library.jobs.JobReport(Catalogue.open(sys.argv[1]), 'scan', [])\n"
        "except ReadOnlyError as error:\n"
        "    print(error)\n"
    )
    try:
        root = Path(__file__).resolve().parent.parent.parent
        said = subprocess.run(
            [*without_the_right, sys.executable, "-c", code, home / "catalogue.db"],
            env={**os.environ, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert said.stdout.startswith(f"{home / 'catalogue.db'} cannot be written."), said.stderr
    finally:
        home.chmod(0o755)
        shutil.rmtree(home)


def test_a_home_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ReadOnlyError, match="cannot be written"):
        Catalogue.open(tmp_path / "not" / "there" / "catalogue.db")


def test_several_that_open_a_new_catalogue_at_once_all_get_it(tmp_path):
    file = tmp_path / "catalogue.db"
    with ThreadPoolExecutor(6) as pool:
        catalogues = list(pool.map(lambda _: Catalogue.open(file), range(6)))
    assert [catalogue.version() for catalogue in catalogues] == [0] * 6
    for catalogue in catalogues:
        catalogue.close()


def test_a_commit_has_reached_the_disk_and_readers_do_not_wait(tmp_path):
    catalogue = Catalogue.open(tmp_path / "catalogue.db")
    with catalogue.engine.connect() as db:
        assert db.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert db.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert db.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    catalogue.close()


def test_a_catalogue_can_be_moved_with_its_home(tmp_path):
    (tmp_path / "a").mkdir()
    Catalogue.open(tmp_path / "a" / "catalogue.db").close()
    shutil.move(tmp_path / "a", tmp_path / "b")
    moved = Catalogue.open(tmp_path / "b" / "catalogue.db", create=False)
    assert moved.count() == 0
    moved.close()


def test_opening_again_keeps_the_locks_of_what_is_open(tmp_path):
    # Whoever opens the database's file in any other way than through SQLite, and closes it, loses all its locks: then
    # another process takes the catalogue for closed, and spoils it. Leaving the WAL needs that nobody has it open.
    file = tmp_path / "catalogue.db"
    catalogue = Catalogue.open(file)
    with catalogue.engine.connect() as reading:
        reading.exec_driver_sql("SELECT count(*) FROM tracks").scalar()
        Catalogue.open(file).close()
        code = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0).execute('PRAGMA journal_mode=DELETE')"
        other = subprocess.run([sys.executable, "-c", code, file], capture_output=True, text=True, timeout=120)
        assert "database is locked" in other.stderr
    catalogue.close()
