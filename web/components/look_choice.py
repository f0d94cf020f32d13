"""Light, dark, or as the computer has it: chosen once and kept by the browser alone."""

from __future__ import annotations

from web.components.definitions import definition
from web.words import say

CHOICES = {"system": "System", "light": "Light", "dark": "Dark"}
"""Our names, and those under which Streamlit keeps a theme."""


def look_choice() -> None:
    """Show the three choices."""
    definition("look_choice", html='<div class="attune-look"></div>')(
        key="look-choice",
        data={
            "ask": say("clinician.look_ask"),
            "choices": [[kept, say(f"clinician.look_{name}")] for name, kept in CHOICES.items()],
        },
    )
