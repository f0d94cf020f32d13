"""Reasons and warnings of a plan in words: the same for the pages and the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from web.words import say, sentences


def say_reason(kind: str, values: Mapping[str, Any]) -> str:
    """One reason or warning; where the target is too far, with what would help, in the order to try it."""
    said = [say(f"reasons.{kind}", **values)]
    if kind == "too_far":
        if values.get("longer_minutes"):
            said.append(say("reasons.too_far_longer", **values))
        if values.get("nearer_valence") is not None:
            said.append(say("reasons.too_far_nearer", **values))
        if values.get("direct"):
            said.append(say("reasons.too_far_direct", **values))
    return " ".join(said)


def say_hidden(hidden: Mapping[str, int]) -> list[str]:
    """What each rule hides, the one that hides most first; rules that have no words of their own are left out."""
    keys = {rule: f"reasons.hides_{rule}" for rule in sorted(hidden, key=lambda rule: (-hidden[rule], rule))}
    return [say(key, count=hidden[rule]) for rule, key in keys.items() if key in sentences()]


def say_reasons(reasons: Iterable[Any]) -> str:
    """Several reasons, one after the other."""
    return " ".join(say_reason(reason.kind, reason.values) for reason in reasons)
