"""Serves the rooms of a clinic made by `tests.web.listening`, in a process of its own that a test may kill."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from practice import Record
from settings import Settings
from tests.web.listening import Files, application
from web.serving import Stores


class Counting:
    """Writes down how many bytes each answer has; an answer that goes on for ever is not written."""

    def __init__(self, app: ASGIApp, log: Path) -> None:
        self.app = app
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        size = 0

        async def counted(message: Message) -> None:
            nonlocal size
            size += len(message.get("body", b""))
            await send(message)

        await self.app(scope, receive, counted)
        if scope["type"] == "http":
            with self.log.open("a", encoding="utf-8") as file:
                file.write(f"{scope['path']} {size}\n")


def main(home: Path, port: int) -> None:
    files = Files({path.stem: path for path in (home / "music").iterdir()})
    settings = Settings(home=home, public_url=f"http://127.0.0.1:{port}")
    stores = Stores(files, Record.open(home / "record.db"), home, settings)
    uvicorn.run(
        Counting(application(stores), home / "sent.log"),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
