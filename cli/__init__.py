"""The command-line door: reads settings, opens the stores, composes, and prints.

Rooms are imported inside the commands, so that `attune scan` never loads a web server and `--help` answers at once.
"""

from cli.entry import app, main

__all__ = ["app", "main"]
