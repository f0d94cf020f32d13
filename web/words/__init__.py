"""Every sentence that a person reads, by language; everything else says what it means as a key and values."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import yaml

DEFAULT_LANGUAGE = "en"


@cache
def sentences(language: str = DEFAULT_LANGUAGE) -> dict[str, str]:
    """All sentences of a language, by dotted key; each YAML file is one namespace."""
    table: dict[str, str] = {}
    folder = resources.files(__package__) / language
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".yaml"):
            namespace = file.name.removesuffix(".yaml")
            for key, sentence in (yaml.safe_load(file.read_text("utf-8")) or {}).items():
                table[f"{namespace}.{key}"] = sentence
    return table


def say(key: str, /, language: str = DEFAULT_LANGUAGE, **values: Any) -> str:
    """The sentence of `key` (such as `listening_room.stop`) with its values filled in.

    Raises
    ------
    KeyError
        If neither `language` nor English has the sentence.
    """
    table = sentences(language)
    sentence = table[key] if key in table else sentences(DEFAULT_LANGUAGE)[key]
    return sentence.format(**values)
