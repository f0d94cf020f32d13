"""What the commands open: settings, both stores, the record's key and the mood model of a home."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.printing import complain, fail

if TYPE_CHECKING:
    from music_library import Catalogue
    from practice import Record
    from practice.encryption import RecordKey
    from recommender import MoodModel
    from settings import Settings

Home = Annotated[
    Path | None,
    typer.Option("--home", envvar="ATTUNE_HOME", help="Folder of both stores, models and caches.", file_okay=False),
]


def settings_of(home: Path | None, **given: Any) -> Settings:
    """Settings of this run; nothing is made."""
    from pydantic import ValidationError

    from settings import Settings

    try:
        settings = Settings(**given if home is None else {**given, "home": home})
    except ValidationError as error:
        for wrong in error.errors():
            name = f"ATTUNE_{'_'.join(str(part) for part in wrong['loc']).upper()}"
            expected = wrong["msg"].removeprefix("Value error, ")
            complain(f"attune: {name} is {str(wrong['input'])!r}: {expected}. Change it, or take it away.")
        raise typer.Exit(2) from error
    return settings.model_copy(update={"home": settings.home.expanduser().absolute()})


def read_settings(home: Path | None, **given: Any) -> Settings:
    """Settings of this run; the home is made where it is not there yet."""
    settings = settings_of(home, **given)
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        fail(f"the home {settings.home} cannot be made: {error.strerror}. Name another with --home.")
    return settings


def open_catalogue(home: Path | None) -> Catalogue:
    """The catalogue of the home."""
    from music_library import Catalogue

    return Catalogue.open(read_settings(home).catalogue)


def open_record(home: Path | None, key: RecordKey | None = None, *, create: bool = True) -> Record:
    """The record of the home, under a key that is known already or is found now; made only where `create` says so."""
    from practice import Record

    settings = read_settings(home) if create else settings_of(home)
    key = (key or record_key(settings)) if settings.record_file else None
    return Record.open(settings.record, key=key, create=create)


def record_key(settings: Settings) -> RecordKey | None:
    """The key of an encrypted record: from its file, or typed."""
    from practice.encryption import find_key

    return find_key(settings.record_file, settings.record_key_file, ask=ask_unseen)


def ask_unseen(question: str) -> str:
    """What somebody types without its being shown; a line of the input where no terminal is there."""
    from getpass import getpass

    if sys.stdin.isatty():
        return getpass(question)
    return sys.stdin.readline().rstrip("\n")


def model_in_use(home: Path | None) -> MoodModel:
    """The mood model that this home uses: one that was promoted, or the starter model."""
    from music_library import model_in_use as find_model

    return find_model(read_settings(home).home)
