"""Writes `exports/paper/minutes.docx`, the template of the minutes (docxtpl): run it after a change of their structure.

An office may change the look of that file in Word; its tags in braces must stay.
"""

from __future__ import annotations

from pathlib import Path

from docx import Document
from docx.document import Document as Doc
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Pt

OUT = Path(__file__).resolve().parent.parent / "exports" / "paper" / "minutes.docx"


def table(document: Doc, name: str, columns: int) -> None:
    """A table with a head row and a row for each of a list."""
    grid = document.add_table(rows=4, cols=columns, style="Table Grid")
    for n in range(columns):
        head = grid.rows[0].cells[n].paragraphs[0].add_run(f"{{{{ heads.{name}[{n}] }}}}")
        head.bold = True
        grid.rows[2].cells[n].text = f"{{{{ r[{n}] }}}}"
    grid.rows[1].cells[0].text = f"{{%tr for r in {name} %}}"
    grid.rows[3].cells[0].text = "{%tr endfor %}"
    for row in grid.rows:
        for cell in row.cells:
            for paragraph in cell.paragraphs:
                for run in paragraph.runs:
                    run.font.size = Pt(8)


def lines(document: Doc, name: str) -> None:
    """A paragraph for each of a list, or that there is none."""
    document.add_paragraph(f"{{%p for line in {name} %}}")
    document.add_paragraph("{{ line }}", style="List Bullet")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph(f"{{%p if not {name} %}}")
    document.add_paragraph("{{ words.none }}")
    document.add_paragraph("{%p endif %}")


def main() -> None:
    """Write the template."""
    document = Document()
    document.styles["Normal"].font.name = "Arial"
    document.styles["Normal"].font.size = Pt(10)
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2)
    for text, size in (("{{ title }}", 14), ("{{ subtitle }}", 12)):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        run = paragraph.add_run(text)
        run.bold, run.font.size = True, Pt(size)
    document.add_paragraph("{%p if mark %}")
    document.add_paragraph("{{ mark }}")
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{{ intro }}")
    document.add_paragraph("{%p for b in basis %}")
    document.add_paragraph("{{ b[0] }}: {{ b[1] }}")
    document.add_paragraph("{%p endfor %}")
    document.add_heading("{{ words.attendance }}", 1)
    table(document, "attendance", 5)
    document.add_heading("{{ words.decided }}", 1)
    table(document, "decisions", 7)
    for name in ("rules", "aside"):
        document.add_heading(f"{{{{ words.{name} }}}}", 1)
        lines(document, name)
    document.add_heading("{{ words.votes }}", 1)
    lines(document, "votes")
    document.add_heading("{{ words.dissents }}", 1)
    lines(document, "dissents")
    document.add_paragraph("{%p if head_note %}")
    document.add_paragraph("{{ head_note }}")
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{{ closing }}")
    document.add_paragraph("{%p for s in signatures %}")
    document.add_paragraph("{{ s[0] }}\n\n\n______________________________\n{{ s[1] }}")
    document.add_paragraph("{%p endfor %}")
    wide = document.add_section()
    wide.orientation = WD_ORIENT.LANDSCAPE
    wide.page_width, wide.page_height = Cm(29.7), Cm(21)
    document.add_heading("{{ words.annex_1 }}", 1)
    table(document, "priorities", 10)
    document.add_heading("{{ words.annex_2 }}", 1)
    table(document, "village_plan", 10)
    document.add_paragraph("{{ footer }}")
    document.save(str(OUT))


if __name__ == "__main__":
    main()
