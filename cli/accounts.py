"""Commands for the accounts of the people who work here."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from cli.opening import Home, open_record, read_settings
from cli.printing import Json, fail, print_json


def account_add(
    name: Annotated[str | None, typer.Argument(help="Who it is for.")] = None,
    role: Annotated[str, typer.Option(help="clinician, retrainer or administrator.")] = "clinician",
    home: Home = None,
) -> None:
    """Print a one-time link with which somebody makes an account."""
    from practice.accounts import ROLES

    if role not in ROLES:
        fail(f"{role!r} is not a role; the roles are {', '.join(ROLES)}.", exit_code=2)
    with closing(open_record(home)) as record:
        token = record.first_link()
        if token is not None:
            print("There is no account yet: whoever follows this link is clinician and administrator.", file=sys.stderr)
        else:
            if name is None:
                fail(
                    "there are accounts already: say who this one is for, as in 'attune account add NAME'.", exit_code=2
                )
            token = record.invite(None, name, role=role)
        print(welcome_link(home, token))


def account_list(as_json: Json = False, home: Home = None) -> None:
    """List the accounts."""
    with closing(open_record(home, create=False)) as record:
        rows = [
            {
                "name": account.name,
                "roles": " ".join([account.role, *account.also]),
                "created": account.created_at.isoformat(timespec="minutes"),
                "state": "stopped"
                if account.disabled_at
                else "in use"
                if account.has_password
                else "link not followed",
            }
            for account in record.accounts(None)
        ]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        print("  ".join(row.values()))
    if not rows:
        print("There are no accounts yet: 'attune account add' prints the link for the first.")


def account_reset(name: Annotated[str, typer.Argument()], home: Home = None) -> None:
    """Print a one-time link with which NAME sets a new password."""
    from practice.errors import NotThereError

    with closing(open_record(home, create=False)) as record:
        try:
            token = record.reset_account(None, name)
        except NotThereError:
            fail(f"there is no account of the name {name!r}. 'attune account list' shows those there are.")
        print(welcome_link(home, token))


def welcome_link(home: Path | None, token: str) -> str:
    """Where a one-time link is followed."""
    settings = read_settings(home)
    base = settings.public_url or f"http://{settings.host}:{settings.port}"
    return f"{base.rstrip('/')}/welcome?link={token}"
