"""A button that prints the page as it stands."""

from __future__ import annotations

from web.components.definitions import definition


def print_button(label: str, *, is_primary: bool = True) -> None:
    """Show the button, filled where it is what the page is for; printing itself hides it and the sidebar."""
    definition("printing", html='<button type="button" class="attune-print"></button>')(
        key=f"print-{label}", data={"label": label, "quiet": not is_primary}
    )
