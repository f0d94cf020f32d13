"""Names for people that are not their names: a code with a check character, and a sign in words."""

from __future__ import annotations

import random
import secrets
from collections.abc import Collection

from practice.errors import BadClientError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, which are misread."""
_CHECKS = ALPHABET + "*~$=U"
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_LETTERS = 7

COLOURS = ("green", "blue", "yellow", "purple", "orange", "silver", "white", "brown", "golden", "grey", "pink", "black")
THINGS = (
    "otter", "heron", "fox", "owl", "hare", "robin", "badger", "seal", "swan", "wren", "deer", "finch", "lamb",
    "pony", "duck", "goose", "mole", "newt", "crab", "whale", "panda", "koala", "tiger", "camel", "boat", "kite",
    "bell", "drum", "lamp", "leaf", "pear", "plum", "star", "shell", "stone", "tree", "river",
    "bridge", "window", "garden",
)  # fmt: skip
"""Plain things that make nobody look foolish and that a picture can show."""


def _check(body: str) -> str:
    number = 0
    for letter in body:
        number = number * 32 + ALPHABET.index(letter)
    return _CHECKS[number % 37]


def new_code() -> str:
    """A code such as `N4M-7F3K-Q`: 35 random bits and a check character.

    Bodies whose check would be one of the five extra signs are drawn again, so a code has letters and digits only.
    """
    while True:
        body = "".join(secrets.choice(ALPHABET) for _ in range(_LETTERS))
        if _check(body) in ALPHABET:
            return f"{body[:3]}-{body[3:]}-{_check(body)}"


def read_code(typed: str) -> str:
    """The code that somebody meant: any case, spaces and dashes anywhere, O for 0, I or L for 1.

    Raises
    ------
    BadClientError
        If it is no code or the check character does not fit: one wrong or two swapped characters are always caught.
    """
    letters = "".join(typed.upper().translate(_MISREAD).replace("-", " ").split())
    if len(letters) != _LETTERS + 1 or any(letter not in ALPHABET for letter in letters):
        raise BadClientError(f"{typed!r} is not a client code. A code looks like N4M-7F3K-Q.", code=typed)
    body, check = letters[:-1], letters[-1]
    if _check(body) != check:
        raise BadClientError(f"{typed!r} has a wrong character in it. Look at the code again.", code=typed)
    return f"{body[:3]}-{body[3:]}-{check}"


def new_sign(taken: Collection[str]) -> str:
    """A sign such as `green otter`, not one of `taken` while any other is left."""
    signs = [f"{colour} {thing}" for colour in COLOURS for thing in THINGS]
    free = [sign for sign in signs if sign not in set(taken)]
    return random.SystemRandom().choice(free or signs)
