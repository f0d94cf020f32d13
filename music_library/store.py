"""Where a catalogue is kept: opened, closed, and which version it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from sqlalchemy import Engine, select

from music_library.database import open_engine, reading, where
from music_library.schema import state


class Store:
    """The database of one home's tracks; what can be done with it stands in the classes that build on this one."""

    def __init__(self, engine: Engine, *, clock: Callable[[], float] = time.time) -> None:
        self.engine = engine
        self.clock = clock

    @classmethod
    def open(cls, url_or_path: str | Path, *, create: bool = True, clock: Callable[[], float] = time.time) -> Self:
        """Open a catalogue, or make it where there is none; see `database.open_engine` for what can go wrong."""
        return cls(open_engine(url_or_path, create=create), clock=clock)

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    @property
    def place(self) -> str:
        """Where the catalogue is, as a person would name it."""
        return where(self.engine)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.place!r})"

    def version(self) -> int:
        """A number that grows with every change of any track."""
        with reading(self.engine) as db:
            return int(db.execute(select(state.c.value).where(state.c.name == "revision")).scalar_one())
