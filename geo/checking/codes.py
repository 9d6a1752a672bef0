"""Codes instead of words: explained in the head, in a legend, or in a column beside; codes of villages in parts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial, reduce

import pandas as pd

from geo.cells.cell_parsers import MISSING
from geo.cells.legends import Legend, code_of, legends_in, pairs_in
from geo.cells.vocabulary import Word, meant
from geo.checking import registers
from geo.checking.proposals import columns_found, plain_names
from geo.model.facts import columns_of, facts
from geo.model.names import plain
from geo.reading.raw_table import Fault, RawTable, with_cells

#: Words for "another one, named beside it".
_OTHER = frozenset(
    {"lainnya", "lain", "lain lain", "other", "others", "other specify", "autre", "otro", "outro", "nyingine"}
)
_NAMED_BESIDE = frozenset({"lainnya", "lain", "other", "specify", "sebutkan", "autre", "otro"})
#: Columns of ours whose codes and other words are looked for.
_CODED = ("status", "technology", "kind")


def codes_in_head(raw: RawTable, table: str) -> RawTable | None:
    """Heads that say what their codes mean ("Kondisi (0=baik, 1=rusak)"): the words take the codes' place."""
    shaped, told = {}, []
    for column in map(str, raw.cells.columns):
        means, cells = pairs_in(column), raw.cells[column]
        if len(means) < 2 or not cells.dropna().map(code_of).isin(list(means)).any():
            continue
        shaped[column] = _in_words(cells, means)
        told.append(Fault("codes_in_head", "note", None, column, values={"codes": ", ".join(means)}))
    return with_cells(raw, shaped, *told) if shaped else None


def _in_words(cells: pd.Series, means: Mapping[str, str]) -> pd.Series:
    """Cells with words in place of the codes that mean them."""
    return cells.map(lambda text: means.get(code_of(text), text), na_action="ignore")


def legend_lines(raw: RawTable, table: str) -> RawTable | None:
    """Lines of the list itself that explain codes ("Kondisi: 1 = baik, 2 = rusak"): kept for `legends`."""
    if raw.geometry is not None or raw.cells.shape[1] <= _LINE:
        return None
    short = raw.cells[raw.cells.notna().sum(axis=1) <= _LINE].tail(_LINES)
    lines = [[cell for cell in row if cell is not None] for row in short.to_numpy().tolist()]
    return replace(raw, elsewhere=(*raw.elsewhere, ("", lines))) if legends_in(lines) else None


#: A line that explains fills so many cells at the most, and there are no more such lines than these.
_LINE, _LINES = 3, 100


def legends(raw: RawTable, table: str) -> RawTable | None:
    """Codes of a kind or state whose words a legend has, in the list or on another sheet: the words count.

    A legend is of a column whose codes it has and whose words its words are; of several that say different things, the
    one that is called as the column is.
    """
    explained = [legend for name, grid in raw.elsewhere for legend in legends_in(grid, name)]
    if not explained:
        return None
    columns, found = columns_of(table), columns_found(raw, table)
    shaped, told = {}, []
    if "technology" not in found and "source" in found:
        found["technology"] = found["source"]
    for name, column in found.items():
        choices = columns.get(name, {}).get("choices")
        if choices is None or column not in raw.cells:
            continue
        codes = raw.cells[column].dropna().map(code_of).value_counts()
        fits = [one for one in explained if _fits(one, codes, choices)]
        said = {tuple((code, one.means.get(code)) for code in codes.index) for one in fits}
        if len(said) > 1:
            words = set(plain(column).split())
            fits = [one for one in fits if words & set(plain(one.named).split())]
            said = {tuple((code, one.means.get(code)) for code in codes.index) for one in fits}
        if len(said) != 1:
            continue
        means = fits[0].means
        shaped[column] = _in_words(raw.cells[column], means)
        used = "; ".join(f"{code} = {means[code]}" for code in codes.index if code in means)
        told.append(Fault("legend_read", "note", None, column, values={"codes": used}))
    return with_cells(raw, shaped, *told) if shaped else None


def _fits(legend: Legend, codes: pd.Series, choices: str) -> bool:
    """Whether a legend has most codes of a column, and its words for them are words of that choice."""
    mine = codes[codes.index.isin(list(legend.means))]
    words = {legend.means[code] for code in mine.index}
    if not len(mine) or mine.sum() < _MOST * codes.sum() or len(words) < min(len(mine), 2):
        return False
    known = [word is not None for word in (meant(legend.means[code], choices) for code in mine.index)]
    doubtful = [
        code.isdigit() or (word := meant(code, choices)) is None or word.value == "unknown" for code in mine.index
    ]
    return any(doubtful) and sum(known) > _MOST * len(known)


#: So many different texts of a column are tried.
_TRIED = 50


def kind_of_source(raw: RawTable, table: str) -> RawTable | None:
    """A water point's source ("borehole") where no column has its technology: what it is, as far as it says."""
    found = columns_found(raw, table)
    column = found.get("source")
    if table != "water_points" or column is None or column not in raw.cells or _filled(raw, found.get("technology")):
        return None
    texts = raw.cells[column].dropna().astype(str)
    tried = [meant(text, "technology") for text in texts.unique()[:_TRIED]]
    if not tried or sum(word is not None and word.value != "unknown" for word in tried) < _MOST * len(tried):
        return None
    told = Fault("kind_of_source", "note", None, column, values={"count": len(texts)})
    return with_cells(raw, {"technology": raw.cells[column]}, told)


def _filled(raw: RawTable, column: str | None) -> bool:
    """Whether there is such a column, and anything in it."""
    return column is not None and column in raw.cells and bool(raw.cells[column].notna().any())


def labels_beside(raw: RawTable, table: str) -> RawTable | None:
    """A column of codes with its words in another column beside it: the words count."""
    found = columns_found(raw, table)
    column = found.get("status")
    if table not in ("water_points", "sanitation") or column is None or not _codes(raw.cells[column]):
        return None
    for other in map(str, raw.cells.columns):
        words = set(plain(other).split())
        if other == column or not words & set(plain(column).split()) or other in found.values():
            continue
        texts = raw.cells[other].dropna().astype(str)
        known = texts.map(lambda text: meant(text, "status"))
        if len(texts) and known.map(lambda word: word is not None and word.value != "unknown").mean() > _MOST:
            rest = raw.cells.drop(columns=["status"], errors="ignore") if column == "status" else raw.cells
            told = Fault("labels_beside", "note", None, other, values={"codes": column})
            return with_cells(replace(raw, cells=rest), {"status": raw.cells[other]}, told, out_of=[column, other])
    return None


#: Part of a column's words that have to be known.
_MOST = 0.7


def _codes(cells: pd.Series) -> bool:
    texts = cells.dropna().astype(str).str.strip()
    return bool(len(texts)) and bool(texts.str.fullmatch(r"\d{1,2}").all())


def other_said(raw: RawTable, table: str) -> RawTable | None:
    """ "Other" with what it is in a column of its own ("jenis_lainnya", "type_other"): that word counts."""
    found = columns_found(raw, table)
    for name in _CODED:
        column = found.get(name)
        if column is None or column not in raw.cells:
            continue
        mine = set(plain(column).split())
        hit = raw.cells[column].map(lambda text: isinstance(text, str) and plain(text.replace("_", " ")) in _OTHER)
        for beside in map(str, raw.cells.columns) if hit.any() else ():
            words = set(plain(beside).split())
            if beside == column or not (words & _NAMED_BESIDE and words & mine):
                continue
            said = raw.cells[column].where(~hit.astype(bool) | raw.cells[beside].isna(), raw.cells[beside])
            told = Fault("other_said", "note", None, beside, values={"column": column, "count": int(hit.sum())})
            return with_cells(raw, {column: said}, told, out_of=[beside])
    return None


#: Column of ours that says what a thing is, and the choice of its words.
_KINDS = {"water_points": ("technology", "technology"), "sanitation": ("kind", "facility_kind")}


def kinds_ticked(raw: RawTable, table: str) -> RawTable | None:
    """What a thing is, spread over columns that are headed by kinds and hold ticks: the one that is ticked."""
    name, choices = _KINDS.get(table, ("", ""))
    if not name:
        return None
    heads = {column: word.value for column in map(str, raw.cells.columns) if (word := _kind_of(column, choices))}
    known = columns_found(raw, table).get(name) if len(heads) > 1 else None
    if len(heads) < 2 or (known is not None and raw.cells[known].notna().any()):
        return None
    texts = raw.cells[list(heads)].apply(lambda column: registers.lower(column.str.replace("\ufe0f", "")))
    texts = texts.mask(texts.isin(list(MISSING)), None)
    entry = facts("ticks")
    texts = texts[[one for one in texts if texts[one].dropna().isin([*entry["marks"], *entry["none"]]).all()]]
    marked = texts.isin(entry["marks"])
    count = marked.sum(axis=1)
    if texts.shape[1] < 2 or not (count == 1).any() or (count > 1).sum() > (count == 1).sum():
        return None
    kind = pd.Series(None, index=raw.cells.index, dtype=object)
    for column in texts:
        kind[(marked[column] & (count == 1)).to_numpy(bool)] = heads[column]
    told = [Fault("kinds_ticked", "note", values={"columns": ", ".join(texts)})]
    told += [
        Fault("several_ticks", "note", int(row), name, " / ".join(marked.columns[marked.loc[row]]))
        for row in raw.cells.index[(count > 1).to_numpy(bool)]
    ]
    return with_cells(raw, {name: kind}, *told, out_of=list(texts))


def _kind_of(column: str, choices: str) -> Word | None:
    """What a head names, if it is a word for a kind (of a group of columns its last part)."""
    word = meant(column, choices) or meant(column.rpartition("/")[2], choices)
    return None if word is None or word.value == "unknown" else word


def kind_in_head(raw: RawTable, table: str) -> RawTable | None:
    """A list that says nowhere what its institutions are, but in a head ("NPSN", "Nama Puskesmas"): all are of that."""
    if table != "institutions" or columns_found(raw, table).get("kind") is not None:
        return None
    named, heads = plain_names(raw.cells.columns), facts("synonyms")["own_heads"]["institutions"]
    said = {kind: next((named[head] for head in own if head in named), None) for kind, own in heads.items()}
    found = {kind: column for kind, column in said.items() if column is not None}
    if len(found) != 1:
        return None
    ((kind, column),) = found.items()
    told = Fault("kind_in_head", "note", None, "kind", column, {"read": kind})
    return with_cells(raw, {"kind": pd.Series(kind, index=raw.cells.index, dtype=object)}, told)


def code_parts(raw: RawTable, table: str) -> RawTable | None:
    """Province, regency, district and village each as a number in a column of its own: a village's code is all four.

    Numbers of fewer digits have lost their zeros; a part that has more than its digits is no part, and where the
    last column has the whole code it stays as it is.
    """
    if "village_code" not in columns_of(table):
        return None
    named = plain_names(raw.cells.columns)
    heads = facts("places")["code_parts"]
    columns = [next((named[head] for head in heads[part] if head in named and _is_number(raw.cells[named[head]])), None)
               for part in _PARTS]  # fmt: skip
    found = [column for column in columns if column is not None]
    sizes, name = dict(_PARTS), "village_code"
    if len(found) < len(_PARTS):
        both = _district_and_village(raw, named, columns[-1])
        if both is None:
            return None
        found, sizes = both, {"district": _DISTRICT, "village": 4}
    elif _of_bps(raw, found) and "bps_code" in columns_of(table):
        sizes, name = _BPS_PARTS, "bps_code"
    written: list[pd.Series] = []
    for column, (part, digits) in zip(found, sizes.items(), strict=True):
        cells = raw.cells[column].map(_bare).astype(object)
        if cells.str.len().max() > digits or (part == "village" and digits == 4 and cells.str.len().max() < digits):
            return None
        written.append(cells.map(partial(_padded, digits=digits)))
    dot = "." if name == "village_code" else ""
    codes = reduce(lambda one, other: one + dot + other, written)
    shape = " + ".join(found)
    told = Fault("read_as", "note", values={"shape": shape})
    if name == "bps_code":  # "kode desa" is a part here, no code
        raw = replace(raw, cells=raw.cells.drop(columns=found))
    return with_cells(raw, {name: codes.where(~codes.str.contains("?", regex=False))}, told, out_of=found)


#: Parts of a village's code of the statistics office and their digits.
_BPS_PARTS = {"province": 2, "regency": 2, "district": 3, "village": 3}


def _of_bps(raw: RawTable, found: list[str]) -> bool:
    """Whether the parts are those of a BPS code: three digits for the village, and for the kecamatan."""
    sizes = [raw.cells[column].map(_bare).astype("str").str.len().max() for column in found]
    return len(sizes) == len(_PARTS) and sizes[3] <= 3 and sizes[2] <= 3


#: Digits of a kecamatan's whole code.
_DISTRICT = 6


def _bare(text: object) -> str:
    """The digits of a part of a code, as a spreadsheet may have spoiled it."""
    plain = str(text).strip().removesuffix(".0") if isinstance(text, str) else ""
    return plain.replace(".", "") if plain.replace(".", "").isdigit() else plain


def _padded(text: str, digits: int) -> str:
    """A part of a code with its zeros, a kecamatan's whole one with its dots; "?" where it is none."""
    if not text.isdigit():
        return "?"
    whole = text.zfill(digits)
    return ".".join(re.findall("..", whole)) if digits == _DISTRICT else whole


def _district_and_village(raw: RawTable, named: dict[str, str], village: str | None) -> list[str] | None:
    """A kecamatan's whole code and the village's own number, each in a column; None where the file has not both."""
    if village is None or not raw.cells[village].dropna().astype(str).str.fullmatch(r"\s*\d{4}(?:\.0)?\s*").all():
        return None
    for head in facts("places")["code_parts"]["whole_district"]:
        cells = raw.cells[named[head]].dropna().astype(str) if head in named else pd.Series(dtype=object)
        if len(cells) and cells.str.fullmatch(r"\s*\d{2}\.?\d{2}\.?\d{2}(?:\.0)?\s*").all():
            return [named[head], village]
    return None


#: Parts of a village's code and their digits.
_PARTS = {"province": 2, "regency": 2, "district": 2, "village": 4}


def _is_number(cells: pd.Series) -> bool:
    told = cells.dropna().astype(str).str.strip()
    return bool(len(told)) and bool(told.str.fullmatch(r"\d{1,4}(?:\.0)?").all())
