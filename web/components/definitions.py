"""Registers the components that our own script and style files make up."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer


def key_of(what: str) -> str:
    """A component's key for what is not our own wording: Streamlit refuses two underscores in a row in one."""
    return hashlib.sha256(what.encode()).hexdigest()[:20]


@cache
def definition(name: str, *, html: str, draws: bool = False) -> ComponentRenderer:
    """The component of `name`.js and `name`.css beside this module, registered once.

    `html` is fixed markup of ours; whatever comes from a file or a person goes in as data and is set as text. One that
    `draws` gets the functions of `elements.js` put before its own script.
    """
    folder = resources.files(__package__)
    style = folder / f"{name}.css"
    scripts = [folder / "elements.js"] if draws else []
    return st.components.v2.component(
        f"attune.{name}",
        html=html,
        css=style.read_text("utf-8") if style.is_file() else None,
        js="".join(script.read_text("utf-8") for script in [*scripts, folder / f"{name}.js"]),
    )
