"""The theme that the server is told is the one that stands in the configuration file."""

from __future__ import annotations

import tomllib
from pathlib import Path

from web.clinician.look import theme_options


def flat(table, prefix):
    for key, value in table.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}.{key}")
        else:
            yield f"{prefix}.{key}", value


def test_the_theme_is_the_same_however_the_server_is_started():
    written = tomllib.loads((Path(__file__).parents[2] / ".streamlit/config.toml").read_text("utf-8"))["theme"]
    assert dict(flat(written, "theme")) == theme_options()


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_and_links_stand_out_from_the_ground_in_both_themes():
    theme = theme_options()
    for scheme in ("light", "dark"):
        ground = theme[f"theme.{scheme}.backgroundColor"]
        for part in ("textColor", "linkColor", "primaryColor"):
            assert contrast(theme[f"theme.{scheme}.{part}"], ground) >= 4.5
