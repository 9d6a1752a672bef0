"""Pictures with a text for those who do not see them: Streamlit's own have none."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import streamlit as st

from layers.markup import escape
from texts import day, t


def picture(data: bytes, kind: str, text: str, width: int) -> None:
    """Show a picture with its text below it.

    Parameters
    ----------
    data
        The file.
    kind
        Of the file: ``png``, ``jpeg`` …
    text
        What it shows.
    width
        In pixels, at most; never wider than its place.
    """
    source = f"data:image/{kind};base64,{b64encode(data).decode()}"
    shown = f'<img src="{source}" alt="{escape(text)}" style="width:{width}px;max-width:100%">'
    st.html(f'{shown}<div style="font-size:.875rem">{escape(text)}</div>')


def kept_photo(folder: Path, photo: str, on: date | None, said: Sequence[str], lang: str) -> None:
    """Show a kept photo with what it is of and its day beneath; nothing where it is not here.

    Parameters
    ----------
    folder
        The workspace.
    photo
        Its name there, ``photos/….jpg``.
    on
        The day on which it came in; None: nobody knows.
    said
        What it shows, in parts.
    """
    path = folder / "photos" / Path(photo).name
    if path.is_file():
        when = day(on, lang) if on else t("photo.undated", lang)
        picture(path.read_bytes(), "jpeg", " · ".join([*said, when]), 320)
