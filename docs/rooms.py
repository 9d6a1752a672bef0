"""The rooms of the house and who takes from whom, read from the imports; and the picture of them."""

from __future__ import annotations

import ast
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: From the outside inwards; the colour of each in the picture.
FOLDERS = {
    "views": "#dbe9f6", "cli": "#e4dff0", "exports": "#e3f0da", "layers": "#fdebd0", "forum": "#f8dada",
    "texts": "#eeeeee", "geo": "#d7efec",
}  # fmt: skip
#: Folders whose modules stand in rooms.
_IN_ROOMS = ("views", "exports", "geo")
#: Where a folder's rooms begin, in columns of the picture.
_COLUMN = {"dashboard": 0, "views": 0, "cli": 2, "exports": 2, "layers": 3, "forum": 1, "texts": 3, "geo": 4}
#: Width and height of a box, from box to box across and down, pixels.
_WIDE, _TALL, _ACROSS, _DOWN = 132, 34, 160, 76


def room_of(parts: tuple[str, ...]) -> str:
    """The room of a module or file, by the parts of its name: `geo/model`, `views`, `cli`, `dashboard`.

    Examples
    --------
    >>> room_of(("geo", "model", "sites")), room_of(("views", "map")), room_of(("cli", "geo"))
    ('geo/model', 'views', 'cli')
    """
    return "/".join(parts[:2]) if parts[0] in _IN_ROOMS and len(parts) > 2 else parts[0]


def taken() -> dict[str, set[str]]:
    """What each room imports of the others, those inside functions too."""
    found: dict[str, set[str]] = {"dashboard": set()}
    files = [ROOT / "dashboard.py", *(path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))]
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in files}
    for path in files:
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[-1] == "__main__":  # `python -m geo` and `python -m forum`: they call `cli` and hold nothing else
            continue
        room = found.setdefault(room_of(parts), set())
        for name in _imported(path):
            if name in modules and (path.name != "__init__.py" or name.split(".")[0] != parts[0]):
                inner = name.split(".") if (ROOT / Path(*name.split("."))).is_dir() else [*name.split("."), ""]
                room.add(room_of((*inner, "")[:3]) if inner[-1] else room_of(tuple(inner[:-1])))
    del found["geo"]  # the folder's own door, which everybody goes through
    found["dashboard"].add("views")  # named in `PAGES`, not imported
    return {name: others - {name, "geo"} for name, others in found.items()}


def _imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def needed(taken_from: dict[str, set[str]]) -> dict[str, set[str]]:
    """The arrows that say it all: without those that a longer way along other arrows says too.

    Examples
    --------
    >>> {name: sorted(others) for name, others in needed({"a": {"b", "c"}, "b": {"c"}, "c": set()}).items()}
    {'a': ['b'], 'b': ['c'], 'c': []}
    """
    return {
        name: {other for other in others if not any(other in beyond(taken_from, via) for via in others - {other})}
        for name, others in taken_from.items()
    }


def beyond(taken_from: dict[str, set[str]], name: str) -> set[str]:
    """All that is reached from a room along imports."""
    seen: set[str] = set()
    ahead = [name]
    while ahead:
        new = taken_from[ahead.pop()] - seen
        seen |= new
        ahead += new
    return seen


def _places(taken_from: dict[str, set[str]]) -> dict[str, tuple[int, int]]:
    """Column and row of each room: below everybody who takes from it, in its folder's columns."""
    level: dict[str, int] = {}
    while len(level) < len(taken_from):
        for name, others in taken_from.items():
            if name not in level and others <= set(level):
                level[name] = 1 + max((level[other] for other in others), default=-1)
    top = max(level.values())
    found: dict[str, tuple[int, int]] = {}
    for name in sorted(taken_from):
        column, row = _COLUMN[name.split("/")[0]], top - level[name]
        while (column, row) in found.values():
            column += 1
        found[name] = (column, row)
    return found


def picture() -> str:
    """The rooms and their arrows as SVG; an arrow points to what is imported."""
    all_taken = taken()
    place = _places(all_taken)
    at = {name: (20 + column * _ACROSS, 20 + row * _DOWN) for name, (column, row) in place.items()}
    wide = max(x for x, _ in at.values()) + _WIDE + 20
    tall = max(y for _, y in at.values()) + _TALL + 20
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}" height="{tall}" '
        'font-family="sans-serif" font-size="14">',
        "<title>The rooms of Mata Air and what they import</title>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 Z" fill="#5b6770"/></marker></defs>',
        f'<rect width="{wide}" height="{tall}" fill="#ffffff"/>',
    ]
    for name, others in needed(all_taken).items():
        for other in sorted(others):
            (x, y), (u, v) = at[name], at[other]
            a, b, c = x + _WIDE // 2, y + _TALL, u + _WIDE // 2
            bend = (v - b) // 2
            lines.append(
                f'<path d="M{a} {b} C{a} {b + bend} {c} {v - bend} {c} {v}" fill="none" stroke="#5b6770" '
                'stroke-width="1.3" marker-end="url(#tip)"/>'
            )
    for name, (x, y) in at.items():
        fill, middle = FOLDERS.get(name.split("/")[0], "#ffffff"), x + _WIDE // 2
        lines += [
            f'<rect x="{x}" y="{y}" width="{_WIDE}" height="{_TALL}" rx="6" fill="{fill}" stroke="#33404a"/>',
            f'<text x="{middle}" y="{y + 22}" text-anchor="middle" fill="#16202a">{escape(_shown(name))}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


def _shown(name: str) -> str:
    return {"dashboard": "dashboard.py", "views": "views: pages", "exports": "exports: formats"}.get(name, name)


def tables() -> str:
    """Every room in the words of its own `__init__`, and what it takes from, as Markdown."""
    all_taken = taken()
    lines = []
    for folder in FOLDERS:
        rooms = sorted(name for name in all_taken if name.startswith(f"{folder}/"))
        lines += [f"### {folder}", "", *_told(folder), ""]
        if folder not in ("geo", *rooms) and all_taken[folder]:
            lines += [_takes(folder, all_taken), ""]
        for name in rooms:
            lines += [f"**{name}** · " + " ".join(_told(name)), "", _takes(name, all_taken), ""]
    return "\n".join(lines)


def _told(name: str) -> list[str]:
    text = ast.get_docstring(ast.parse((ROOT / name / "__init__.py").read_text(encoding="utf-8"))) or ""
    return [line for line in text.splitlines() if line]


def _takes(name: str, all_taken: dict[str, set[str]]) -> str:
    return f"*takes from:* {', '.join(f'`{other}`' for other in sorted(all_taken[name])) or 'nobody'}"
