"""The commands by their names, in the order in which `attune --help` lists them, and how the program ends."""

from __future__ import annotations

import sys

import typer

from cli import accounts, health, keeping, models, planning, serving, songs
from cli.ending import readers_may_leave, says
from cli.errors import ATTUNE_ERRORS
from cli.printing import complain

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Music for a mood.")
app.command()(songs.scan)
app.command()(songs.library)
app.command()(songs.analyse)
app.command()(planning.plan)
app.command()(models.train)
app.command()(models.evaluate)
app.command()(serving.serve)
app.command()(songs.demo)
app.command()(keeping.backup)
app.command()(keeping.restore)
app.command()(keeping.encrypt)
app.command()(keeping.decrypt)
app.command("verify-audit")(keeping.verify_audit)
app.command()(health.doctor)

tags_app = typer.Typer(no_args_is_help=True, help="Tables of tagged tracks.")
tags_app.command("check")(models.tags_check)
tags_app.command("write")(models.tags_write)
app.add_typer(tags_app, name="tags")

model_app = typer.Typer(no_args_is_help=True, help="Mood models: which there are and which is in use.")
model_app.command("list")(models.model_list)
model_app.command("promote")(models.model_promote)
model_app.command("rollback")(models.model_rollback)
app.add_typer(model_app, name="model")

account_app = typer.Typer(no_args_is_help=True, help="Accounts of the people who work here.")
account_app.command("add")(accounts.account_add)
account_app.command("list")(accounts.account_list)
account_app.command("reset")(accounts.account_reset)
app.add_typer(account_app, name="account")


def main() -> None:
    """Run the command line: 0 is success, 2 a usage error, 1 a failure that is named on stderr, 130 Ctrl-C."""
    with readers_may_leave():
        try:
            app()
        except ATTUNE_ERRORS as error:
            complain(f"attune: {says(error)}")
            sys.exit(1)
        except KeyboardInterrupt:  # outside of any command
            sys.exit(130)
