"""The command that starts the web application."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.opening import Home, read_settings, record_key
from cli.printing import announce, fail


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 picks a free one.")] = None,
    public_url: Annotated[str | None, typer.Option(help="How tablets reach this server.")] = None,
    tls_cert: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
    tls_key: Annotated[Path | None, typer.Option(exists=True, dir_okay=False)] = None,
    insecure_lan: Annotated[bool, typer.Option("--insecure-lan", help="Listen beyond this machine without TLS.")] = (
        False
    ),
    demo: Annotated[bool, typer.Option("--demo", help="Make the demo music in the background.")] = False,
    home: Home = None,
) -> None:
    """Start the web application and print how to reach it."""
    import app as web_door

    given = {
        "host": host,
        "port": port,
        "public_url": public_url,
        "tls_cert": tls_cert,
        "tls_key": tls_key,
        "insecure_lan": insecure_lan or None,
    }
    settings = read_settings(home, **{name: value for name, value in given.items() if value is not None})
    try:
        web_door.serve(settings, demo=demo, announce=announce, key=record_key(settings))
    except web_door.ServeError as error:
        fail(str(error))
