"""How the program ends: what a failure is called, and what becomes of output that nobody reads."""

from __future__ import annotations

import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, cast


class ReaderGoneError(Exception):
    """Whoever read our output, `head` for one, has seen enough; no failure.

    It is no `OSError`: Typer and Rich would take that for theirs and end with 1.
    """


class _Pipe(io.FileIO):
    def write(self, data: object) -> int:
        try:
            return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError as error:
            raise ReaderGoneError from error


@contextmanager
def readers_may_leave() -> Iterator[None]:
    """Let a reader of the output go before its end, and let there be none at all.

    Inside, `sys.stdout` raises `ReaderGoneError` where it is a pipe that was closed; the program then stops quietly
    and with success, as its reader wished.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us: then there is nobody to tell
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    before = sys.stdout
    if not _is_pipe(before):
        yield
        return
    before.flush()
    piped = io.TextIOWrapper(
        io.BufferedWriter(_Pipe(before.fileno(), "w", closefd=False)),
        encoding=before.encoding,
        errors=before.errors,
        line_buffering=bool(before.line_buffering),
        write_through=cast(io.TextIOWrapper, before).write_through,
    )
    sys.stdout = piped
    try:
        try:
            yield
        finally:
            sys.stdout = before
            piped.flush()
    except ReaderGoneError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), before.fileno())  # what is still held back goes nowhere
        piped.flush()
    finally:
        piped.detach()


def _is_pipe(stream: TextIO) -> bool:
    """Whether `stream` is this process's own output and ends in a pipe; a test's is neither."""
    return stream is sys.__stdout__ and stat.S_ISFIFO(os.fstat(stream.fileno()).st_mode)


def says(error: Exception) -> str:
    """The sentence of an error; what the machine itself refused is named with its file."""
    if isinstance(error, OSError) and error.strerror and type(error).__module__ == "builtins":
        return f"{error.filename or 'the output'}: {error.strerror}. Check that it is there, may be used, and has room."
    return str(error)
