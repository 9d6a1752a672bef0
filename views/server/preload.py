"""What the first page will ask for, named in its head: a browser fetches it while it starts, not part by part later.

Streamlit fetches the script of a widget when the first one is drawn, and what that imports after it; by then the
server draws the map. Here they come beside Streamlit's own scripts, which its page names in the same way.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from streamlit.file_util import get_static_dir

#: Scripts of Streamlit's page (names without their version) that the map's page draws with.
PARTS = (
    "Html",
    "purify.es",
    "Selectbox",
    "Slider",
    "Button",
    "ButtonGroup",
    "ComponentInstance",
)
_IMPORTED = re.compile(r'(?:from|import)\s*"\./([^"]+\.js)"')


@cache
def early_links() -> bytes:
    """Links for the head of the page: `modulepreload` of those parts and of all that they import."""
    served = Path(get_static_dir())
    scripts = served / "static" / "js"
    known = (served / "index.html").read_text(encoding="utf-8")
    todo = [path.name for part in PARTS for path in sorted(scripts.glob(f"{part}.*.js")) if _is(part, path)]
    wanted: dict[str, None] = {}
    while todo:
        name = todo.pop(0)
        if name not in wanted and name not in known and (scripts / name).is_file():
            wanted[name] = None
            todo += _IMPORTED.findall((scripts / name).read_text(encoding="utf-8"))
    links = [f'<link rel="modulepreload" crossorigin href="./static/js/{name}">' for name in wanted]
    return "\n".join(links).encode()


def _is(part: str, path: Path) -> bool:
    """Whether a file is this part and no other whose name begins so (`Html.8f2a.js`, not `Html.tools.8f2a.js`)."""
    return path.name.removeprefix(f"{part}.").count(".") == 1
