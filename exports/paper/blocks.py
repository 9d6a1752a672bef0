"""A document as blocks: headings, paragraphs, tables and pictures, written as DOCX, PDF and XLSX from the same rows."""

from __future__ import annotations

import io
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from exports.gis.gps import printable
from exports.paper.site_sheets import pages_of, typeset
from exports.tables.sheet import defused, expect

_TEMPLATE = Path(__file__).with_name("document.typ")
#: How a spreadsheet shows numbers.
_FORMATS = {"money": '"Rp"#,##0', "share": "0%", "count": "#,##0"}
#: Names of sheets that Excel takes: so long, without these signs.
_SHEET_NAME, _NOT_IN_NAMES = 31, str.maketrans("", "", "[]:*?/\\'")


@dataclass(frozen=True)
class Heading:
    """A heading; `level` from 1."""

    text: str
    level: int = 1


@dataclass(frozen=True)
class Text:
    """A paragraph; `note` in small print."""

    text: str
    note: bool = False


@dataclass(frozen=True)
class Rows:
    """A table: its title, what its columns are called, cells as they are read, and as numbers for a spreadsheet.

    `values` has what a cell is where it is not the text itself (a number, None); the same shape as `cells`. `money` and
    `share` are the columns (from 0) of rupiah and of shares.
    """

    title: str
    heads: Sequence[str]
    cells: Sequence[Sequence[str]]
    values: Sequence[Sequence[Any]] = ()
    note: str = ""
    money: Sequence[int] = ()
    share: Sequence[int] = ()

    @property
    def numeric(self) -> list[bool]:
        """Columns that hold numbers."""
        if not self.values:
            return [False] * len(self.heads)
        return [
            any(isinstance(row[n], (int, float)) for row in self.values)
            and all(row[n] is None or isinstance(row[n], (int, float)) for row in self.values)
            for n in range(len(self.heads))
        ]


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture (PNG; WebP for a PDF alone) with what it shows in words; `wide`: a share of the width of the text;
    `caption`: what stands above it."""

    data: bytes
    alt: str
    wide: float = 1.0
    caption: str = ""


Block = Heading | Text | Rows | Picture


@dataclass(frozen=True)
class Document:
    """A whole document: title, what stands under it, marks that stand on its first page, a footer, its blocks.

    `contents`: a PDF has a list of its headings.
    """

    title: str
    subtitle: str
    marks: Sequence[str]
    footer: str
    lang: str
    blocks: Sequence[Block] = field(default_factory=tuple)
    contents: bool = True

    @property
    def tables(self) -> list[Rows]:
        """Its tables."""
        return [block for block in self.blocks if isinstance(block, Rows)]


def document_pdf(document: Document) -> bytes:
    """The document as a tagged PDF, set by typst: all text comes as data, none of it is run."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        blocks = [_told(block, folder, n) for n, block in enumerate(document.blocks)]
        words = {"title": document.title, "subtitle": document.subtitle, "footer": document.footer}
        words |= {"contents": "yes" if document.contents else ""}
        told = words | {"lang": document.lang, "marks": list(document.marks), "blocks": blocks}
        data = typeset(_TEMPLATE, told, folder)
    expect(int(pages_of(data) > 0), 1, "pdf")
    return data


def _told(block: Block, folder: Path, number: int) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"kind": "heading", "text": printable(block.text), "level": block.level}
    if isinstance(block, Text):
        return {"kind": "note" if block.note else "text", "text": printable(block.text)}
    if isinstance(block, Picture):
        name = f"picture-{number}.{'webp' if block.data[:4] == b'RIFF' else 'png'}"
        (folder / name).write_bytes(block.data)
        told = {"file": name, "alt": block.alt, "wide": block.wide, "caption": printable(block.caption)}
        return {"kind": "picture", **told}
    cells = [[_BROKEN.sub("\\1\u200b", printable(cell)) for cell in row] for row in block.cells]
    heads = {"title": printable(block.title), "heads": list(block.heads), "note": printable(block.note)}
    return {"kind": "table", "cells": cells, "right": block.numeric, "widths": _widths(block), **heads}


#: From so many columns on the width of each is given by its letters; a text asks for so many at most.
_MANY_COLUMNS, _ASKED = 7, 28
#: No word asks for more letters than this: a longer one is broken.
_LONGEST, _BROKEN = 20, re.compile(r"(\S{20})(?=\S)")


def _widths(block: Rows) -> list[float]:
    """The width of each column: 0 as wide as what it holds, else a share: its longest word, and some of its texts."""
    if len(block.heads) < _MANY_COLUMNS:
        return [0.0] * len(block.heads)
    found = []
    for n, number in enumerate(block.numeric):
        texts = [block.heads[n], *(row[n] for row in block.cells)]
        words = min(max((len(word) for text in texts for word in text.split()), default=1) + 1, _LONGEST)
        whole = max(map(len, texts[1:] if number else texts), default=words)
        found.append(words + 0.3 * max(min(whole, _ASKED) - words, 0) if not number else max(words, whole + 1))
    return [float(one) for one in found]


def signed(file: Any, title: str, lang: str) -> None:
    """Say in a DOCX what it is, whose, when it was made and in which language it is written."""
    told, now = file.core_properties, datetime.now(UTC)
    told.title, told.author, told.language, told.comments = title, "Mata Air", lang, ""
    told.created = told.modified = now
    value = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}val"
    for one in file.styles.element.xpath("//w:rPrDefault//w:lang"):
        one.set(value, {"id": "id-ID", "en": "en-GB"}[lang])


def document_docx(document: Document) -> bytes:
    """The document as DOCX, to be edited in any word processor: real headings, tables with a head that repeats."""
    from docx import Document as Docx
    from docx.shared import Cm, Pt

    file = Docx()
    for section in file.sections:
        section.page_width, section.page_height = Cm(21), Cm(29.7)
        section.left_margin = section.right_margin = Cm(2)
        section.footer.paragraphs[0].text = document.footer
    signed(file, document.title, document.lang)
    file.styles["Normal"].font.size = Pt(10)
    file.add_heading(document.title, 0)
    file.add_paragraph(document.subtitle)
    for mark in document.marks:
        file.add_paragraph().add_run(mark).bold = True
    wide = Cm(17)  # of an A4 page without its margins
    for block in document.blocks:
        if isinstance(block, Heading):
            file.add_heading(printable(block.text), block.level)
        elif isinstance(block, Text):
            run = file.add_paragraph().add_run(printable(block.text))
            run.font.size = Pt(8 if block.note else 10)
        elif isinstance(block, Picture):
            if block.caption:
                above = file.add_paragraph()
                above.add_run(printable(block.caption)).bold = True
                above.paragraph_format.keep_with_next = True
            shape = file.add_picture(io.BytesIO(block.data), width=int(wide * block.wide))
            shape._inline.docPr.set("descr", block.alt)  # what is read aloud in its place
        else:
            _docx_table(file, block)
    buffer = io.BytesIO()
    file.save(buffer)
    again = Docx(io.BytesIO(buffer.getvalue()))
    expect(len(again.tables), len(document.tables), "docx")
    return buffer.getvalue()


def _docx_table(file: Any, block: Rows) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    title = file.add_paragraph()
    title.add_run(printable(block.title)).bold = True
    title.paragraph_format.keep_with_next = True
    table = file.add_table(rows=1 + len(block.cells), cols=len(block.heads), style="Table Grid")
    table.autofit = True
    right = block.numeric
    for r, row in enumerate([list(block.heads), *block.cells]):
        for cell, text, number in zip(table.rows[r].cells, row, right, strict=True):
            paragraph = cell.paragraphs[0]
            run = paragraph.add_run(printable(text))
            run.font.size, run.bold = Pt(8), r == 0
            if number and r:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    head = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(head)  # python-docx has no name for a head that repeats
    if block.note:
        file.add_paragraph().add_run(printable(block.note)).font.size = Pt(8)


def document_xlsx(document: Document) -> bytes:
    """The tables of the document, a sheet each, numbers as numbers; the first sheet says what they are."""
    import xlsxwriter

    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": False}
    book = xlsxwriter.Workbook(buffer, options)
    bold, wrapped = book.add_format({"bold": True, "text_wrap": True}), book.add_format({"text_wrap": True})
    first = book.add_worksheet(document.title.translate(_NOT_IN_NAMES)[:_SHEET_NAME])
    first.set_column(0, 0, 110)
    lines = [document.title, document.subtitle, *document.marks, document.footer]
    for n, line in enumerate([*lines, "", *(f"{k}. {table.title}" for k, table in enumerate(document.tables, 1))]):
        first.write_string(n, 0, defused(line), wrapped)
    formats = {name: book.add_format({"num_format": form}) for name, form in _FORMATS.items()}
    for k, table in enumerate(document.tables, 1):
        page = book.add_worksheet(f"{k} {table.title.translate(_NOT_IN_NAMES)}"[:_SHEET_NAME])
        for column, head in enumerate(table.heads):
            page.write_string(0, column, defused(head), bold)
            longest = max((len(row[column]) for row in table.cells), default=0)
            page.set_column(column, column, max(10, min(40, max(len(head), longest) + 2)))
        for r, row in enumerate(table.cells, 1):
            for column, text in enumerate(row):
                value = table.values[r - 1][column] if table.values else text
                if isinstance(value, (int, float)) and value == value:
                    kind = "money" if column in table.money else "share" if column in table.share else "count"
                    page.write_number(r, column, value, formats[kind])
                elif value is not None:
                    page.write_string(r, column, str(defused(text)))
        for n, line in enumerate([table.note, *document.marks], len(table.cells) + 2):
            page.write_string(n, 0, defused(line))
        page.freeze_panes(1, 0)
    book.close()
    return buffer.getvalue()


WRITERS = {"pdf": document_pdf, "docx": document_docx, "xlsx": document_xlsx}
#: Their media types.
MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
