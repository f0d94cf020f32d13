"""What both doors read before anything is opened: where the stores are and how the server listens."""

from __future__ import annotations

import re
from pathlib import Path

import platformdirs
from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_home() -> Path:
    """The user's own data folder, where nothing else is said."""
    return Path(platformdirs.user_data_dir("attune", appauthor=False))


class Settings(BaseSettings):
    """Settings from the environment (`ATTUNE_HOME`, `ATTUNE_PORT` …) and from the command line, which wins."""

    model_config = SettingsConfigDict(env_prefix="ATTUNE_", extra="ignore")

    home: Path = Field(default_factory=default_home, description="Folder of both stores, models and caches.")
    catalogue_url: str | None = Field(None, description="SQLAlchemy URL of the catalogue; catalogue.db in the home.")
    record_url: str | None = Field(None, description="SQLAlchemy URL of the record; record.db in the home.")
    record_key_file: Path | None = Field(None, description="File with the key of an encrypted record, mode 600.")
    host: str = Field("127.0.0.1", description="Address that the server listens on.")
    port: int = Field(8501, ge=0, le=65535, description="Port that the server listens on; 0 picks a free one.")
    public_url: str | None = Field(None, description="How tablets reach this server, such as https://music.clinic.lan.")
    tls_cert: Path | None = Field(None, description="Certificate file for TLS.")
    tls_key: Path | None = Field(None, description="Key file for TLS.")
    insecure_lan: bool = Field(False, description="Listen beyond this machine without TLS.")
    virus_scanner: str | None = Field(
        None, description="Program and options that look through each file handed in, such as 'clamdscan --fdpass'."
    )

    @field_validator("catalogue_url", "record_url")
    @classmethod
    def _known_kind(cls, url: str | None) -> str | None:
        # Anything else would be taken for the name of a file, and an empty store made there.
        if url is not None and not re.match(r"(sqlite|postgres(ql)?)(\+\w+)?://", url):
            raise ValueError("a URL begins with sqlite:/// or postgresql://")
        return url

    @property
    def catalogue(self) -> str:
        """Where the catalogue is, as a SQLAlchemy URL."""
        return self.catalogue_url or f"sqlite:///{self.home / 'catalogue.db'}"

    @property
    def record(self) -> str:
        """Where the record is, as a SQLAlchemy URL."""
        return self.record_url or f"sqlite:///{self.home / 'record.db'}"

    @property
    def record_file(self) -> Path | None:
        """The record, where it is a file."""
        if self.record_url is None:
            return self.home / "record.db"
        name, _, file = self.record_url.partition(":///")
        return Path(file) if name.startswith("sqlite") else None

    @property
    def servers(self) -> dict[str, str]:
        """What a backup calls the stores that are kept on a database server, and their URLs."""
        urls = {"record.db": self.record_url, "catalogue.db": self.catalogue_url}
        return {name: url for name, url in urls.items() if url is not None and not url.startswith("sqlite")}
