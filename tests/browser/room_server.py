"""Serves the rooms of a clinic made by `tests.web.listening`, in a process of its own that a test may kill."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

from practice import Record
from settings import Settings
from tests.web.listening import Files, application
from web.serving import Stores


def main(home: Path, port: int) -> None:
    files = Files({path.stem: path for path in (home / "music").iterdir()})
    settings = Settings(home=home, public_url=f"http://127.0.0.1:{port}")
    stores = Stores(files, Record.open(home / "record.db"), home, settings)
    uvicorn.run(application(stores), host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
