"""Pictures with a text for those who do not see them: Streamlit's own have none."""

from __future__ import annotations

from base64 import b64encode

import streamlit as st

from layers.markup import escape


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
