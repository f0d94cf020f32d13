"""The reference page of the features, written from the table itself."""

from __future__ import annotations

from features.vector import FEATURES, FEATURES_VERSION, FeatureSpec

_HEAD = """# The features

Written from `features/vector.py` (version {version}, {count} numbers); a test fails when this page is not current:

    python -c "from pathlib import Path; from features.reference import reference_page; \\
      Path('docs/reference/features.md').write_text(reference_page(), encoding='utf-8')"

Every number is heard in stretches of about a minute and, for the whole recording, averaged over them by their length;
tempo, pulse and level are measured on the whole. Level is relative to the recording's own loudness, so that a mastering
level is not taken for energy. Unknown is NaN. A mean frame is 2,048 samples at 22,050 Hz, every 512; pitch comes from
4,096, every 2,048.

| name | unit | range | meaning | source |
| --- | --- | --- | --- | --- |
"""


def reference_page() -> str:
    """The page as Markdown, one row a feature."""
    return _HEAD.format(version=FEATURES_VERSION, count=len(FEATURES)) + "".join(_row(spec) for spec in FEATURES)


def _row(spec: FeatureSpec) -> str:
    return f"| `{spec.name}` | {spec.unit} | {spec.low:g} to {spec.high:g} | {spec.meaning} | {spec.source} |\n"
