"""What the how-to pages tell people to type works as it is written."""

from __future__ import annotations

import re
import shlex
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from app import ServeError, require_pair, require_safe_address
from settings import Settings
from tests.postgres import running_server

ROOT = Path(__file__).parents[2]
NAME = "music.clinic.lan"


def commands(page: str, *begin: str) -> list[str]:
    """The lines of a page's code that begin with one of these programs, joined where they go on."""
    text = (ROOT / "docs/how-to" / page).read_text("utf-8").replace(" \\\n", " ")
    return [line.strip() for line in re.findall(r"^    (.+)$", text, re.M) if line.split()[0] in begin]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    lines = commands("tablet-on-the-network.md", "openssl", "printf")
    assert len(lines) == 4
    for line in lines:
        words, _, into = line.partition(" > ")
        answer = subprocess.run(shlex.split(words), cwd=folder, capture_output=True, text=True)
        assert answer.returncode == 0, answer.stderr
        if into:
            (folder / into).write_text(answer.stdout)
    return folder


@pytest.fixture(scope="module")
def port(certificates: Path) -> Iterator[int]:
    """The server, started as the page says, but on a port that is free here."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    (line,) = [line for line in commands("tablet-on-the-network.md", "attune") if "--tls-cert" in line]
    words = [word.replace("8443", str(number)) for word in shlex.split(line)[1:]]
    server = subprocess.Popen(
        [sys.executable, "-m", "cli", *words, "--home", str(certificates / "home")],
        cwd=certificates,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    while f"https://{NAME}:{number}/" not in (said := server.stdout.readline()):
        assert said or server.poll() is None, "the server ended"
    yield number
    server.terminate()
    server.wait(30)
    server.stdout.close()


class Named(HTTPSConnection):
    """To this machine, under the name that the certificate is for."""

    def connect(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
                break
            except ConnectionRefusedError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        self.sock = self._context.wrap_socket(plain, server_hostname=NAME)  # type: ignore[attr-defined]


def status(port: int, root: Path, *, host: str) -> int:
    with closing(Named(NAME, port, context=ssl.create_default_context(cafile=str(root)))) as connection:
        connection.request("GET", "/sign-in", headers={"Host": f"{host}:{port}", "Connection": "close"})
        with connection.getresponse() as answer:
            return answer.status


def test_the_certificates_of_the_page_let_a_tablet_in_by_that_name_and_by_no_other(certificates, port):
    assert status(port, certificates / "root.pem", host=NAME) == 200
    assert status(port, certificates / "root.pem", host="evil.example") == 400


def test_files_that_are_no_pair_are_refused_before_anybody_is_told_an_address(certificates):
    require_pair(certificates / f"{NAME}.pem", certificates / f"{NAME}-key.pem")
    for key in ("root-key.pem", "music.ext"):
        with pytest.raises(ServeError, match="not a certificate and its key"):
            require_pair(certificates / f"{NAME}.pem", certificates / key)


def test_an_address_without_tls_is_refused_where_the_server_speaks_it(certificates):
    pair = {"tls_cert": certificates / f"{NAME}.pem", "tls_key": certificates / f"{NAME}-key.pem"}
    require_safe_address(Settings(host="0.0.0.0", public_url=f"https://{NAME}", **pair))  # noqa: S104 - as it would be
    with pytest.raises(ServeError, match="does not begin with https"):
        require_safe_address(Settings(host="0.0.0.0", public_url=f"http://{NAME}", **pair))  # noqa: S104


@pytest.mark.postgres
def test_the_statements_of_the_page_make_two_databases_that_attune_opens(tmp_path):
    import psycopg

    page = (ROOT / "docs/how-to/postgresql.md").read_text("utf-8")
    statements = [line.strip().rstrip(";") for line in re.findall(r"^    (CREATE .+)$", page, re.M)]
    assert len(statements) == 3
    with running_server() as postgres_server:
        admin = postgres_server("postgres").replace("+psycopg", "")
        with psycopg.connect(admin, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)
        names = re.findall(r"^    export (ATTUNE_\w+)=postgresql://attune@db.clinic.lan/(\w+)$", page, re.M)
        environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
        for variable, database in names:
            environment[variable] = postgres_server(database).replace("postgres@", "attune@")

        def attune(*words: str) -> subprocess.CompletedProcess[str]:
            command = [sys.executable, "-m", "cli", *words]
            return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

        doctor = attune("doctor", "--json", "--home", "home")
        assert doctor.returncode == 0, doctor.stdout + doctor.stderr
        assert "on a server" in doctor.stdout
        environment["ATTUNE_CATALOGUE_URL"] = "postgresql://attune@127.0.0.1:9/attune_catalogue"
        lost = attune("doctor", "--json", "--home", "home")
        assert lost.returncode == 1
        assert "cannot be reached" in lost.stdout
        assert "Traceback" not in lost.stderr
