"""Reasons and warnings of a plan in words: the same for the pages and the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from web.words import say, sentences

LEAST_HEARD = 0.04
MUCH = 0.15


def say_reason(kind: str, values: Mapping[str, Any]) -> str:
    """One reason or warning; where the target is too far, with what would help, in the order to try it."""
    if kind == "for_them":
        return say("mood.for_them", how=say_difference(values["valence"], values["arousal"]), n=values["n"])
    said = [say(f"reasons.{kind}", **values)]
    if kind == "too_far":
        if values.get("longer_minutes"):
            said.append(say("reasons.too_far_longer", **values))
        if values.get("nearer_valence") is not None:
            said.append(say("reasons.too_far_nearer", **values))
        if values.get("direct"):
            said.append(say("reasons.too_far_direct", **values))
    return " ".join(said)


def say_difference(valence: float, arousal: float) -> str:
    """How one listener hears songs beside everyone, such as "a little calmer"; steps too small to hear are not said."""
    parts = []
    for axis, moved in (("arousal", arousal), ("valence", valence)):
        if abs(moved) >= LEAST_HEARD:
            way = "up" if moved > 0 else "down"
            parts.append(say(f"mood.for_them_{axis}_{way}{'_more' if abs(moved) >= MUCH else ''}"))
    return say("mood.scale_and").join(parts) or say("mood.for_them_as_most")


def say_hidden(hidden: Mapping[str, int]) -> list[str]:
    """What each rule hides, the one that hides most first; rules that have no words of their own are left out."""
    keys = {rule: f"reasons.hides_{rule}" for rule in sorted(hidden, key=lambda rule: (-hidden[rule], rule))}
    return [say(key, count=hidden[rule]) for rule, key in keys.items() if key in sentences()]


def say_reasons(reasons: Iterable[Any]) -> str:
    """Several reasons, one after the other."""
    return " ".join(say_reason(reason.kind, reason.values) for reason in reasons)
