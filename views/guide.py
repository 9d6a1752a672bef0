"""Panduan / Guide: how each of the four does what they came for, task by task, with pictures of the pages."""

from __future__ import annotations

from functools import partial

import streamlit as st

from exports.paper.guide import guide_pdf, picture_of, tasks_of
from texts import t
from views.parts.text import marked, plain, small
from views.session import state
from views.session.hosts import address


def page() -> None:
    """Draw the page."""
    lang = state.get("lang")
    small(t("guidebook.intro", lang))
    names = {who: t(f"guidebook.who.{who}", lang) for who in state.READERS}
    st.segmented_control(t("guidebook.who", lang), state.READERS, format_func=names.get, **state.bound("reader"))
    for task in tasks_of(state.get("reader")):
        _task(task, lang)
    st.download_button(
        t("guidebook.pdf", lang),
        partial(guide_pdf, lang),
        file_name=f"mata-air-{'panduan' if lang == 'id' else 'guide'}.pdf",
        mime="application/pdf",
        on_click="ignore",
        icon=":material/download:",
        key="guide-pdf",
    )


def _task(task: dict, lang: str) -> None:
    key = task["key"]
    with st.expander(t(f"task.{key}.title", lang), key=f"task-{key}", on_change="rerun") as fold:
        if not fold.open:
            return
        st.markdown(t(f"task.{key}.goal", lang))
        if "needs" in task:
            small(t(f"guidebook.needs.{task['needs']}", lang))
        for number, step in enumerate(task["steps"], start=1):
            st.markdown(f"{plain(number)}. {t(f'task.{key}.{number}', lang)}")
            picture = picture_of(key, number, lang)
            if picture is not None:
                st.image(
                    str(picture),
                    caption=marked("guidebook.picture", lang, title=t(f"task.{key}.title", lang), number=number),
                )
            if "query" in step and "needs" not in task:
                path = address("" if step["page"] == "map" else step["page"])
                st.link_button(t("guidebook.open", lang), f"{path}?{step['query']}&lang={lang}".replace("?&", "?"))


if __name__ == "__main__":
    page()
