"""The opened stores that every page, route and middleware works with; `app.py` sets them once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from music_library import Catalogue
    from practice import Record
    from practice.encryption import RecordKey


class ServerSettings(Protocol):
    """What the pages ask of the settings that the doors read."""

    home: Path
    host: str
    public_url: str | None
    insecure_lan: bool
    virus_scanner: str | None

    @property
    def record_file(self) -> Path | None:
        """The record, where it is a file."""
        ...

    @property
    def servers(self) -> dict[str, str]:
        """The stores that are kept on a database server, and their URLs."""
        ...

    @property
    def catalogue(self) -> str:
        """Where the catalogue is."""
        ...

    @property
    def record(self) -> str:
        """Where the record is."""
        ...


@dataclass(frozen=True)
class Stores:
    """Both stores, the folder that holds them, and how this server was started."""

    catalogue: Catalogue
    record: Record
    home: Path
    settings: ServerSettings


def open_stores(settings: ServerSettings, key: RecordKey | None = None) -> Stores:
    """Open (or make) both stores, and erase trial sessions that a stopped server left behind.

    A backup that somebody wanted brought back at the next start is put in place first.
    """
    from music_library import Catalogue
    from practice import Record
    from practice.bring_back import put_in_place
    from practice.store import now_utc

    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    brought_back = put_in_place(settings.home, at=now_utc())
    record = Record.open(settings.record, key=key if settings.record_file else None)
    if brought_back is not None:
        record.note_brought_back(brought_back[0])
    record.erase_leftovers(all_trials=True)
    return Stores(Catalogue.open(settings.catalogue), record, settings.home, settings)


_opened: list[Stores] = []


def use_stores(stores: Stores) -> None:
    """Let pages find these stores; called once at start (and by tests, once each)."""
    _opened[:] = [stores]


def are_open() -> bool:
    """Whether this process has opened its stores."""
    return bool(_opened)


def stores() -> Stores:
    """The stores of this process.

    Raises
    ------
    RuntimeError
        If the server was not started by `attune serve`: Streamlit alone opens no stores.
    """
    if not _opened:
        raise RuntimeError("no stores are open: start the server with 'attune serve', not with 'streamlit run'")
    return _opened[0]
