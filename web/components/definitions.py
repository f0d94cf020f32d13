"""Registers the components that our own script and style files make up."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer


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
