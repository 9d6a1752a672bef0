"""The assistant of an import: which of the file's columns and words are which of ours, each to be changed.

What is changed is written into the mapping (TOML) that stands below it and that the import uses; a mapping can be kept
under a name for the next file of the same make.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import streamlit as st
import tomli_w

from exports.tables.columns import describe
from geo.model.errors import DataError
from geo.model.facts import columns_of, facts
from texts import t
from views.parts.text import marked, plain, small
from views.session.buttons import answer, doing
from views.session.cache import workspace

_TEXT = "data-mapping"
#: So many unknown words are offered for matching.
_WORDS = 30


def columns_part(table: str, told: dict[str, Any], lang: str) -> None:
    """Every column of ours with the file's column that would be read into it."""
    if told["likeliest"] != table:
        st.info(t("assist.other_table", lang, table=t(f"table.{told['likeliest']}", lang)))
    columns = told["columns"]
    options = ["", *columns]
    names = [name for name in [*columns_of(table), "lat", "lon"] if name != "data_source"]
    with st.expander(t("assist.columns", lang), key="assist-columns"):
        small(t("assist.columns_help", lang))
        boxes = st.columns(3)
        for n, name in enumerate(names):
            source = told["sources"].get(name, "")
            made = source not in options  # a shape of the file made it of several columns
            label = plain(describe(name, lang).label) + (
                " *" if columns_of(table).get(name, {}).get("required") else ""
            )
            key = f"assist-{table}-{name}-{source}"
            with boxes[n % 3]:
                st.selectbox(
                    label,
                    options,
                    index=None if made else options.index(source),
                    format_func=lambda column: _shown(column, columns, lang),
                    placeholder=t("assist.made", lang) if made else None,
                    key=key,
                    on_change=_put,
                    args=(table, "columns", name, key),
                )


def _shown(column: str, columns: dict[str, Any], lang: str) -> str:
    if not column:
        return t("assist.none", lang)
    first = columns.get(column)
    return f"{column} ({str(first)[:24]})" if first else column


def words_part(table: str, faults: list[dict[str, Any]], lang: str) -> None:
    """Words that are none of ours, each to be matched with one."""
    unknown = list(dict.fromkeys((f["column"], f["value"]) for f in faults if f["key"] == "unknown_value"))
    choices = {name: column["choices"] for name, column in columns_of(table).items() if "choices" in column}
    unknown = [(column, word) for column, word in unknown if column in choices]
    if not unknown:
        return
    with st.expander(t("assist.words", lang, count=len(unknown)), expanded=True, key="assist-words"):
        boxes = st.columns(2)
        for n, (column, word) in enumerate(unknown[:_WORDS]):
            words = dict(describe(column, lang).choices)
            key = f"assist-word-{table}-{column}-{word}"
            with boxes[n % 2]:
                st.selectbox(
                    marked("assist.word", lang, column=describe(column, lang).label, word=word),
                    list(facts("choices")[choices[column]]),
                    index=None,
                    placeholder=t("control.choose", lang),
                    format_func=lambda value, words=words: words.get(value, value),
                    key=key,
                    on_change=_put,
                    args=(table, "values", column, key, word),
                )


def _put(table: str, part: str, name: str, key: str, word: str | None = None) -> None:
    """Write one choice into the mapping's text; a text that is no TOML is left as it is."""
    if key not in st.session_state:
        return
    try:
        content = tomllib.loads(st.session_state.get(_TEXT) or "")
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    section = content.setdefault(table, {}).setdefault(part, {})
    value = st.session_state[key]
    if word is None:
        section[name] = value or ""
    elif value is None:
        section.get(name, {}).pop(word, None)
    else:
        section.setdefault(name, {})[word] = value
    st.session_state[_TEXT] = tomli_w.dumps(content)


def put_option(table: str, name: str, value: object) -> None:
    """Write an option of the reader into the mapping's text."""
    _written(table, "options", name, value)


def put_scale(table: str, column: str, factor: float) -> None:
    """Write what the numbers of a column are to be multiplied by into the mapping's text."""
    _written(table, "scale", column, factor)


def _written(table: str, part: str, name: str, value: object) -> None:
    try:
        content = tomllib.loads(st.session_state.get(_TEXT) or "")
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    content.setdefault(table, {}).setdefault(part, {})[name] = value
    st.session_state[_TEXT] = tomli_w.dumps(content)


def kept_part(lang: str) -> None:
    """Keep the mapping under a name, or take one that was kept."""
    folder = workspace() / "mappings"
    kept = _names(folder)
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        st.selectbox(
            t("assist.kept", lang),
            kept,
            index=None,
            placeholder=t("control.choose", lang),
            key="assist-kept",
            on_change=_take,
            args=(folder,),
        )
    with right:
        st.text_input(t("assist.name", lang), key="assist-name", max_chars=60)
    st.button(t("assist.keep", lang), **doing("assist-keep", ("assist-name", _TEXT), _keep, folder, act="import"))
    answer("assist-keep", lang)


def _names(folder: Path) -> list[str]:
    """The mappings that were kept."""
    return sorted(path.stem for path in folder.glob("*.toml")) if folder.is_dir() else []


def _take(folder: Path) -> None:
    name = st.session_state.get("assist-kept")
    if name in _names(folder):  # a browser may send what was never offered
        st.session_state[_TEXT] = (folder / f"{name}.toml").read_text(encoding="utf-8")


def _keep(name: str | None, text: str | None, folder: Path) -> None:
    clean = re.sub(r"[^\w\- ]", "_", (name or "").strip())
    if not clean or not (text or "").strip():
        raise DataError("error.mapping_unnamed")
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{clean}.part"
    part.write_text(text or "", encoding="utf-8")
    part.replace(folder / f"{clean}.toml")
