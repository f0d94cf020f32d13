"""The web door: opens the stores, composes routes, middleware and pages into one application, and serves it.

Streamlit runs this same file as its script, once for each visitor and rerun: then it only names the pages.
"""

from __future__ import annotations

import errno
import ipaddress
import signal
import socket
import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import streamlit as st

    from practice.encryption import RecordKey
    from settings import Settings
    from web.serving import Stores

PORTS_TRIED = 20


class ServeError(Exception):
    """The server cannot listen as it was asked to; the message says what to change."""


def streamlit_options(settings: Settings, port: int) -> Mapping[str, Any]:
    """What Streamlit must know of this run; looks stand in `.streamlit/config.toml`."""
    from web.clinician.look import theme_options

    return {
        **theme_options(),
        "server.address": settings.host,
        "server.port": port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.enableStaticServing": False,
        # Said here although they are so by themselves: no file or variable of the machine may loosen them.
        "server.enableXsrfProtection": True,
        "server.enableCORS": True,
        "server.enableAgentApi": False,
        "client.allowedOrigins": [],
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "global.developmentMode": False,
    }


def build(stores: Stores) -> st.App:
    """Compose the application: our routes and middleware around Streamlit's."""
    import streamlit as st

    from web.middleware import middleware
    from web.routes import routes
    from web.serving import use_stores

    use_stores(stores)
    return st.App(__file__, routes=routes(stores), middleware=middleware(stores))


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def require_safe_address(settings: Settings) -> None:
    """Refuse to listen beyond this machine without TLS, unless that was asked for in so many words.

    Raises
    ------
    ServeError
        If the address is not loopback and neither TLS nor `insecure_lan` was given, or TLS is half given.
    """
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise ServeError("TLS needs both files: give --tls-cert and --tls-key.")
    if settings.tls_cert is not None and settings.tls_key is not None:
        require_pair(settings.tls_cert, settings.tls_key)
        if settings.public_url is not None and not settings.public_url.startswith("https://"):
            raise ServeError(
                f"{settings.public_url} does not begin with https://, and the server speaks TLS. Say https."
            )
    if is_loopback(settings.host) or settings.insecure_lan:
        return
    if settings.tls_cert is None:
        raise ServeError(
            f"{settings.host} can be reached from other machines, and without TLS others on the network could read "
            "along. Give --tls-cert and --tls-key, or keep to 127.0.0.1, or say --insecure-lan: tablets then lose "
            "reloading without a network and the lock that keeps the screen awake."
        )
    if settings.public_url is None:
        raise ServeError("Say how tablets reach this server: --public-url https://NAME, as the certificate names it.")


def require_pair(certificate: Path, key: Path) -> None:
    """Refuse files that are no certificate and its key, before anybody is told an address.

    Raises
    ------
    ServeError
        If they do not belong together, are no PEM files, or the key asks for a passphrase.
    """
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password=lambda: b"")
    except OSError as error:  # ssl's own errors are of this kind
        raise ServeError(
            f"{certificate} and {key} are not a certificate and its key ({error.strerror or error}). Give the two PEM "
            "files that were made together; the key without a passphrase."
        ) from error


def bind(host: str, port: int, *, exact: bool) -> socket.socket:
    """A listening socket on `port`, or on the next free one where the port was not asked for.

    Raises
    ------
    ServeError
        If the port is taken, or this machine has no such address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in range(port, port + (1 if exact else PORTS_TRIED)):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, candidate))
        except OSError as error:
            listener.close()
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise ServeError(f"Cannot listen on {host}: {error.strerror}. Is it an address of this one?") from error
        else:
            listener.set_inheritable(True)
            listener.listen(1024)  # whoever follows the printed link at once waits instead of being refused
            return listener
    raise ServeError(f"Port {port} on {host} is taken: stop what uses it, or give another --port (0 picks a free one).")


def serve(settings: Settings, *, demo: bool, announce: Callable[[str], None], key: RecordKey | None = None) -> None:
    """Open the stores and serve until interrupted.

    Parameters
    ----------
    settings : Settings
        Where the stores are and how to listen; where no port was asked for, the next free one will do.
    demo : bool
        Whether the demo music is made in the background; not if somebody has taken it out of this home.
    announce : callable
        Takes the lines that a person in the terminal reads.
    key : RecordKey, optional
        Of an encrypted record.

    Raises
    ------
    ServeError
        If the server cannot listen as asked.
    """
    require_safe_address(settings)
    listener = bind(settings.host, settings.port, exact="port" in settings.model_fields_set)
    port = listener.getsockname()[1]
    scheme = "https" if settings.tls_cert else "http"
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = (settings.public_url or f"{scheme}://{host}:{port}").rstrip("/")

    import uvicorn
    from streamlit.web import bootstrap

    from web.serving import open_stores

    stores = open_stores(settings.model_copy(update={"port": port, "public_url": url}), key)
    bootstrap.load_config_options(dict(streamlit_options(settings, port)))
    token = stores.record.first_link()
    announce(
        f"Attune is here. Open this link once to make your account:\n\n  {url}/welcome?link={token}\n"
        if token
        else f"Attune is here:\n\n  {url}/\n"
    )
    announce("Press Ctrl-C to stop it.")
    server = uvicorn.Server(
        uvicorn.Config(
            build(stores),
            host=settings.host,
            port=port,
            ssl_certfile=settings.tls_cert,
            ssl_keyfile=settings.tls_key,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=3,
        )
    )
    with composing(settings.home, wanted=demo):
        server.run(sockets=[listener])


@contextmanager
def composing(home: Path, *, wanted: bool) -> Iterator[None]:
    """Make the demo music beside the server, for as long as it runs; a next start goes on where this one was."""
    from music_library.demo.leaving import is_left_out
    from music_library.errors import ScanRunningError
    from music_library.jobs import pause_and_wait, start_demo

    job_id = None
    if wanted and not is_left_out(home):
        with suppress(ScanRunningError):  # somebody has it made already
            job_id = start_demo(home)
    # The server hands a signal on when it has ended; this one would end us before the music's process.
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        if job_id is not None:
            pause_and_wait(home, job_id)
        signal.signal(signal.SIGTERM, before)


def show_pages() -> None:
    """What Streamlit runs for each visitor: name the pages and run the chosen one."""
    import streamlit as st

    from web.clinician import navigation

    st.set_page_config(page_title="Attune", layout="wide", initial_sidebar_state="auto")
    st.navigation(navigation.pages()).run()


if __name__ == "__main__":
    show_pages()
