"""What strangers hand in, made from what is right: seeds with pieces cut, doubled, swapped and put in their place."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

QUICK = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=int(os.environ.get("ATTUNE_FUZZ_EXAMPLES", "3000")), deadline=None,
                suppress_health_check=list(HealthCheck))  # fmt: skip

# Pieces that have broken readers before: other alphabets, huge and odd numbers, markup, paths, and half characters.
PIECES = (
    "", "\0", "\n", "\r\n", ",", ";", "\t", ":", '"', "'", "&a", "*a", "!!python/object:os.system", "<!ENTITY a 'b'>",
    "<![CDATA[", "]]>", "{", "[", "-", "1e999", "-1e999", "nan", "inf", "9" * 400, "0x10", "1_000", "\ufeff", "\u202e",
    "\ud7ff", "e\u0301", "../../etc/passwd", "/dev/zero", "=1+1", "null", "true", "~", "#", "%", "&#x0;", "\u0663",
)  # fmt: skip


@st.composite
def damaged_text(draw: st.DrawFn, seeds: tuple[str, ...]) -> str:
    """One of the seeds, changed in one to six places."""
    text = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        kind = draw(st.sampled_from(["cut", "put", "double", "other"]))
        piece = draw(st.sampled_from(PIECES) | st.text(max_size=8))
        middle = {"cut": "", "put": piece, "double": text[start:end] * 3, "other": text[start:end] + piece}[kind]
        text = text[:start] + middle + text[end:]
    return text


def damaged_bytes(seeds: tuple[bytes, ...]) -> st.SearchStrategy[bytes]:
    """The same for bytes: also what is no text at all."""
    texts = damaged_text(tuple(seed.decode("latin-1") for seed in seeds))
    return texts.map(lambda text: text.encode("latin-1", "replace")) | st.binary(max_size=300)


def any_json(keys: tuple[str, ...] = ()) -> st.SearchStrategy[Any]:
    """Any value that JSON can hold, with the reader's own names among the keys."""
    names = st.sampled_from(keys) | st.text(max_size=6) if keys else st.text(max_size=6)
    leaf = (
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
        | st.sampled_from(PIECES)
    )  # fmt: skip
    return st.recursive(
        leaf, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=5), max_leaves=12
    )


Place = tuple[str | int, ...]


def places(value: Any, at: Place = ()) -> list[Place]:
    """Every place of a JSON value, by its keys and numbers."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *[place for key, one in inner for place in places(one, (*at, key))]]


def changed_at(value: Any, place: Place, new: Any) -> Any:
    """The same value with something else in one place."""
    if not place:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[place[0]] = changed_at(value[place[0]], place[1:], new)
    return copy


def refusal(read: Callable[[], object], error: type[Exception]) -> str | None:
    """What a reader said when it refused with its own error; None where it read. Any other error is a fault."""
    try:
        read()
    except error as refused:
        return str(refused)
    return None


def quick_and_long(check: Callable[..., None], **made_from: st.SearchStrategy[Any]) -> list[Any]:
    """A check as two parameters: the same few examples always, many new ones in the soak."""
    return [
        pytest.param(QUICK(given(**made_from)(check)), id=f"{check.__name__}-quick"),
        pytest.param(LONG(given(**made_from)(check)), id=f"{check.__name__}-long", marks=pytest.mark.soak),
    ]
