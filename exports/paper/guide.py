"""The guide (Panduan): tasks of `data/guide_tasks.toml`, and all of them as a PDF for training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from exports.paper.blocks import Block, Document, Heading, Picture, Text, document_pdf
from geo.model.facts import DATA_DIR, facts, readers
from texts import t

#: For whom there are tasks, in the order of the guide.
READERS = readers()


def tasks_of(who: str) -> list[dict[str, Any]]:
    """Return the tasks of one of `READERS`, each with its `key` and `steps`; the words are in texts/."""
    return [task for task in facts("guide_tasks")["tasks"] if task["who"] == who]


def picture_of(key: str, number: int, lang: str) -> Path | None:
    """Return the picture of a step, as docs/take_pictures.py took it; None where there is none."""
    path = DATA_DIR / "guide" / f"{key}-{number}-{lang}.webp"
    return path if path.is_file() else None


def guide_pdf(lang: str) -> bytes:
    """Write the whole guide as PDF: a chapter a reader, a section a task, its steps with their pictures."""
    blocks: list[Block] = []
    for who in READERS:
        blocks.append(Heading(t(f"guidebook.who.{who}", lang)))
        for task in tasks_of(who):
            blocks += _section(task, lang)
    title, subtitle, footer = (t(f"guidebook.{name}", lang) for name in ("title", "subtitle", "footer"))
    return document_pdf(Document(title, subtitle, [], footer, lang, blocks))


def _section(task: dict[str, Any], lang: str) -> list[Block]:
    key = task["key"]
    title = t(f"task.{key}.title", lang)
    blocks: list[Block] = [Heading(title, 2), Text(t(f"task.{key}.goal", lang))]
    if "needs" in task:
        blocks.append(Text(t(f"guidebook.needs.{task['needs']}", lang), note=True))
    for number in range(1, len(task["steps"]) + 1):
        blocks.append(Text(f"{number}. {_plain(t(f'task.{key}.{number}', lang))}"))
        picture = picture_of(key, number, lang)
        if picture is not None:
            blocks.append(Picture(picture.read_bytes(), t("guidebook.picture", lang, title=title, number=number), 0.8))
    return blocks


def _plain(text: str) -> str:
    """A step without Markdown: what a page calls its buttons stands in quotes."""
    parts = text.split("**")
    return "".join(f"“{part}”" if n % 2 else part for n, part in enumerate(parts)).replace("`", "")
