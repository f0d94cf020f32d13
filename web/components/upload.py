"""A place for one file that somebody brings, which a screen reader can name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from web.components.definitions import definition

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile


def upload(label: str, *, endings: Sequence[str], key: str) -> UploadedFile | None:
    """Ask for one file with one of these endings."""
    file: UploadedFile | None = st.file_uploader(label, type=list(endings), key=key)
    definition("upload", html="<span></span>")(key=f"{key}-name", height=1)
    return file
