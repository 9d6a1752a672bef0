"""A field for a picture: made small in a worker, kept by content, its name handed back."""

from __future__ import annotations

import streamlit as st

from geo.model.errors import PlanningError
from texts import t
from views.parts.text import refusal
from views.session.cache import workspace
from views.session.worker import kept, once, run_limited


def photo_field(epoch: str, lang: str) -> str:
    """Ask for a picture and return under which name it is kept; empty for none.

    Parameters
    ----------
    epoch
        Key of the number that is raised to empty the field.
    """
    file = st.file_uploader(
        t("proposal.photo", lang),
        type=["jpg", "jpeg", "png", "webp"],
        key=f"{epoch}-{st.session_state.get(epoch, 0)}",
    )
    if file is None:
        return ""
    asking = ["photo", str(kept(file.name, file.getvalue())), "--workspace", str(workspace())]
    try:
        return str(once(asking, lambda: run_limited(asking, lang, epoch))["photo"])
    except PlanningError as error:
        st.error(refusal(error, lang))
        return ""
