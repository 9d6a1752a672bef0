"""Streamlit's own words: every one that is said again is still Streamlit's, and none stays English."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.file_util import get_static_dir

from texts import keys_of, t
from views.parts.words import SHOWN, TOLD, script

#: Built of parts by Streamlit, or by libraries within it: not to be found in one piece.
_BUILT = {"apply", "submit", "picked_date", "too_many"}


@pytest.fixture(scope="module")
def streamlit_scripts() -> str:
    return "".join(path.read_text(encoding="utf-8") for path in (Path(get_static_dir()) / "static" / "js").glob("*.js"))


def parts(text: str) -> Iterator[str]:
    return (part.strip() for part in text.split("{}") if part.strip())


@pytest.mark.parametrize("key", sorted({*SHOWN, *TOLD} - _BUILT))
def test_the_english_is_streamlits_own(key: str, streamlit_scripts: str) -> None:
    for part in parts(t(f"frame.{key}", "en", what="{}")):
        assert part in streamlit_scripts


def test_each_word_is_said_once_and_none_stays_english() -> None:
    assert len(set(SHOWN) | set(TOLD)) == len(SHOWN) + len(TOLD)
    assert {key.removeprefix("frame.") for key in keys_of("id") if key.startswith("frame.")} == {*SHOWN, *TOLD}
    for lang in ("id", "en"):
        said = [t(f"frame.{key}", lang, what="{}") for key in (*SHOWN, *TOLD)]
        assert len(set(said)) == len(said)
    for key in (*SHOWN, *TOLD):
        assert t(f"frame.{key}", "id", what="{}") != t(f"frame.{key}", "en", what="{}")


def test_the_script_cannot_end_its_own_element() -> None:
    assert script().count(b"</script>") == 1
    assert script().endswith(b");</script>")
