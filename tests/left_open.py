"""Stores that a file's clinics leave open are closed when the file is through: Python 3.13 warns of each other one."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from web import serving


@pytest.fixture(scope="module", autouse=True)
def left_open() -> Iterator[None]:
    """For tests whose servers, pages and rooms ask a store until the end; those of the inner rooms close theirs."""
    opened: list[sqlite3.Connection] = []

    def keep(connection: object, _record: object) -> None:
        if isinstance(connection, sqlite3.Connection):
            opened.append(connection)

    event.listen(Pool, "connect", keep)
    yield
    event.remove(Pool, "connect", keep)
    serving._opened.clear()  # pages of the next file must not ask a store that is closed
    for connection in opened:
        connection.close()
