"""A throw-away PostgreSQL server for the tests that carry the marker `postgres`.

`postgres_url` is the URL of an empty database, new for each test. Where the tests run as root, which initdb refuses,
the server runs as the user `postgres`, or else as `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import postgres_programs


def _as_other_user() -> tuple[list[str], int | None]:
    if os.geteuid() != 0:
        return [], None
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return ["runuser", "-u", name, "--"], user.pw_uid
    pytest.fail("PostgreSQL refuses to run as root, and there is no user 'postgres' or 'nobody' here")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Callable[[str], str]]:
    """A running server; call it with a name of a database to get its URL."""
    with running_server() as url_of:
        yield url_of


@contextmanager
def running_server() -> Iterator[Callable[[str], str]]:
    """Run a server for as long as it is used; call it with a name of a database to get its URL."""
    programs = postgres_programs()
    assert programs is not None, "tests that need it are left out where it is not installed"
    runner, uid = _as_other_user()
    # Not in pytest's own folder: that one may be entered by its owner alone.
    folder = Path(tempfile.mkdtemp(prefix="attune-postgres-"))
    if uid is not None:
        os.chown(folder, uid, -1)
    data = folder / "data"
    subprocess.run(
        [*runner, programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"],
        check=True,
        capture_output=True,
        cwd=folder,
    )
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [*runner, programs / "postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off"],
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    try:
        _wait_for(folder, server)
        yield lambda name: f"postgresql+psycopg://postgres@/{name}?host={folder}"
    finally:
        pid_file = data / "postmaster.pid"
        if pid_file.exists():
            # Its own process, not the runner's; at once: nothing in it is worth a checkpoint.
            os.kill(int(pid_file.read_text().split()[0]), signal.SIGQUIT)
        server.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(folder: Path, server: subprocess.Popen[bytes]) -> None:
    import psycopg

    for _ in range(300):
        if server.poll() is not None:
            pytest.fail(f"PostgreSQL did not start: {(folder / 'log').read_text('utf-8', 'replace')[-2000:]}")
        try:
            psycopg.connect(f"postgresql://postgres@/postgres?host={folder}").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("PostgreSQL did not answer within 30 s")


@pytest.fixture
def postgres_url(postgres_server: Callable[[str], str], request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a new, empty database."""
    import psycopg

    name = f"test_{abs(hash(request.node.nodeid)):x}"
    server = postgres_server("postgres").replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield postgres_server(name)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
