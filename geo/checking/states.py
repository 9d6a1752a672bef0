"""The state of a site where it is no word in one column: ticks, questions, several columns, one a season."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np
import pandas as pd

from geo.cells.cell_parsers import MISSING
from geo.cells.vocabulary import asked_state, meant, normal, truth
from geo.checking import registers
from geo.checking.proposals import columns_found, plain_names
from geo.model.facts import columns_of, facts
from geo.model.names import plain
from geo.reading.raw_table import Fault, RawTable, with_cells


def ticks(raw: RawTable, table: str) -> RawTable | None:
    """A condition spread over columns of ticks: one tick is the status; none or several is told, and not known."""
    entry = facts("ticks")
    named = plain_names(raw.cells.columns)
    heads = {named[head]: status for head, status in entry.get(table, {}).items() if head in named}
    heads |= _other_states(raw, table, [column for column in map(str, raw.cells.columns) if column not in heads])
    known = columns_found(raw, table).get("status")
    if len(heads) < 2 or (known is not None and known not in heads and raw.cells[known].notna().any()):
        return None
    texts = raw.cells[list(heads)].apply(lambda column: registers.lower(column.str.replace("\ufe0f", "")))
    texts = texts.mask(texts.isin(list(MISSING)), None)
    total = np.array([_sums(row) for row in raw.cells.itertuples(index=False)], dtype=bool)
    texts.loc[total] = None  # "Jumlah 12 3 5" ticks nothing
    if _counts(texts.stack()):  # "Baik 3, Rusak 1": how many, no ticks
        return None
    marked = texts.isin(entry["marks"])
    odd = ~(marked | texts.isna() | texts.isin(entry["none"]))
    if not marked.any().any() or odd.sum().sum() * 5 > texts.notna().sum().sum():
        return None
    told = [Fault("read_as", "note", values={"shape": " / ".join(heads)})]
    questions = registers.two_questions(heads, marked, texts.notna() & ~odd)
    if questions is not None:
        return with_cells(raw, {"status": questions}, *told, out_of=heads)
    count = marked.sum(axis=1).where(~odd.any(axis=1), -1)
    status = pd.Series(None, index=raw.cells.index, dtype=object)
    for column, ours in heads.items():
        status[(marked[column] & (count == 1)).to_numpy(bool)] = ours
    shown = marked | odd
    for key, rows in (("no_tick", count == 0), ("several_ticks", count > 1), ("odd_tick", count < 0)):
        told += [
            Fault(key, "note", int(row), "status", " / ".join(shown.columns[shown.loc[row]]) or None)
            for row in raw.cells.index[rows.to_numpy(bool)]
        ]
    return with_cells(raw, {"status": status}, *told, out_of=heads)


def _other_states(raw: RawTable, table: str, columns: list[str]) -> dict[str, str]:
    """Columns of ticks alone under another word for a state ("Tdk Berfungsi", "Kondisi Baik"), and that state."""
    marks = {*facts("ticks")["marks"], *facts("ticks")["none"]}
    columns = [column for column in columns if (of_season(column, table) or ("", "none"))[1] == "none"]
    found = {column: state for column in columns if (state := asked_state(column, table)) is not None}
    return {
        column: state
        for column, state in found.items()
        if registers.lower(raw.cells[column].dropna()).isin(marks).all()
    }


#: What "no" means where "yes" means a state; of the others nothing is known.
_OPPOSITE = {
    "functional": "non_functional",
    "non_functional": "functional",
    "needs_repair": "functional",
    "not_in_use": "functional",
}


def answered(raw: RawTable, table: str) -> RawTable | None:
    """The state of a site as a question answered with yes or no ("Berfungsi?", "Broken?"), if nothing else says it."""
    if table not in ("water_points", "sanitation", "reports"):
        return None
    named = plain_names(raw.cells.columns)
    asked = [(yes, named[head]) for yes, heads in facts("ticks")["asked"].items() for head in heads if head in named]
    listed = {column for _, column in asked}
    told_by_head = {
        column: asked_state(column, table) for column in map(str, raw.cells.columns) if column not in listed
    }
    asked += [(yes, column) for column, yes in told_by_head.items() if yes is not None and column not in raw.used]
    asked = [(yes, column) for yes, column in asked if of_season(column, table) is None]
    counted = [column for _, column in asked if _counts(raw.cells[column])]
    if len(asked) > 1 and counted:  # "Baik 3, Rusak 1": how many of them, no answer
        return replace(raw, faults=(*raw.faults, Fault("states_counted", "note", None, ", ".join(counted))))
    if not asked:
        return None
    status = columns_found(raw, table).get("status")
    state, told, first = None, [], ""
    for yes, column in asked:
        if status not in (None, column) and raw.cells[status].notna().any():
            continue
        said = _answers(raw.cells[column])
        if said.notna().sum() == 0 or said.notna().sum() * 3 < raw.cells[column].notna().sum() * 2:
            continue
        values = {True: yes, False: _OPPOSITE.get(yes, "unknown")}
        mine = said.map(values).where(said.notna(), raw.cells[column])
        if state is None:
            told.append(Fault("asked", "note", None, column, values={"yes": values[True], "no": values[False]}))
            state, first = mine, column
        elif yes in ("functional", "non_functional") and (fills := state.isna() & said.notna()).any():
            state, count = state.where(~fills, mine), {"count": int(fills.sum()), "first": first}
            told.append(Fault("state_filled", "note", int(raw.cells.index[fills][0]), column, None, count))
    return None if state is None else with_cells(raw, {"status": state}, *told, out_of=[first])


def _answers(cells: pd.Series) -> pd.Series:
    """Yes or no by cell; Y and T alone are "ya" and "tidak"."""
    letters = set(registers.lower(cells).dropna()) - set(MISSING)
    if letters == {"y", "t"}:
        return registers.lower(cells).map({"y": True, "t": False})
    return _by_text(cells, lambda text: truth(text, "status"))


def _counts(cells: pd.Series) -> bool:
    """Whether cells hold numbers, of which a noticeable part is more than one: a slip of the pen or a sum is not."""
    texts = cells.dropna().astype(str).str.strip()
    numbers = texts[texts.str.fullmatch(r"\d{1,5}(?:\.0)?") & ~texts.isin(["0", "0.0"])]
    many = ~numbers.isin(["1", "1.0"])
    return bool(len(numbers)) and bool(many.sum() * 5 > len(texts[~texts.isin(["0", "0.0"])]))


#: How a row begins that sums up those above it.
_SUMS = frozenset(
    {"jumlah", "total", "subtotal", "sub total", "rata rata", "average", "grand total", "jml", "sum", "mean"}
)


def _sums(cells: Iterable[object]) -> bool:
    """Whether a row sums up others: so its first text says, and it has hardly any other."""
    texts = [cell for cell in cells if isinstance(cell, str) and re.search(r"[^\W\d]", cell)]
    return 0 < len(texts) <= 2 and normal(texts[0]) in _SUMS


#: Heads that say the state of a site besides its own column, maybe with the year in which it was seen.
_YEAR_IN_HEAD = re.compile(r"^(.*?)\s*\b((?:19|20)\d{2})$")


def several_states(raw: RawTable, table: str) -> RawTable | None:
    """Several columns that each say the state of a site: the first, or the newest, counts; the others fill its gaps.

    Where two say what cannot both be (one gives water, the other does not), that is told and the first stands.
    """
    if table not in ("water_points", "sanitation"):
        return None
    columns = _state_columns(raw, table)
    if len(columns) < 2:
        return None
    first, *others = columns
    status, told = raw.cells[first].copy(), []
    for other in others:
        mine, theirs = (cells.map(_state) for cells in (status, raw.cells[other]))
        fills = mine.isna() & theirs.notna()
        status = status.where(~fills, raw.cells[other])
        against = mine.notna() & theirs.notna() & (mine.isin(_GIVES) != theirs.isin(_GIVES))
        if fills.any():
            values = {"count": int(fills.sum()), "first": first}
            told.append(Fault("state_filled", "note", int(raw.cells.index[fills][0]), other, None, values))
        told += _against(raw, first, other, against)
    named = Fault("several_states", "note", values={"first": first, "others": ", ".join(others)})
    ours = raw.cells.drop(columns=[name for name in ("status",) if name in raw.cells])
    return with_cells(replace(raw, cells=ours), {"status": status}, named, *told, out_of=columns)


#: States in which a site serves somebody.
_GIVES = ("functional", "needs_repair", "dry_season")


def _state(text: object) -> str | None:
    word = meant(text, "status") if isinstance(text, str) else None
    return None if word is None or word.value == "unknown" else word.value


def _state_columns(raw: RawTable, table: str) -> list[str]:
    """Columns full of words for a state: as they are proposed, of heads with a year the newest first."""
    named = plain_names(raw.cells.columns)
    heads = [plain(one) for one in ("status", *facts("synonyms")[table]["status"])]
    found: list[tuple[int, int, str]] = []
    for name, column in named.items():
        year = _YEAR_IN_HEAD.match(name)
        bare = re.sub(r"\s+\d{1,3}$", "", year[1] if year else name)  # "kondisi_4" is a second head "kondisi"
        if bare in heads and column not in raw.used and _says_states(raw.cells[column]):
            found.append((-int(year[2]) if year else -10_000, heads.index(bare), column))
    return [column for _, _, column in sorted(found)]


def _says_states(cells: pd.Series) -> bool:
    texts = [text for text in cells.dropna().unique()[:50] if isinstance(text, str) and text.lower() not in MISSING]
    return bool(texts) and sum(_state(text) is not None for text in texts) * 2 > len(texts)


def _against(raw: RawTable, first: str, other: str, rows: pd.Series) -> list[Fault]:
    """One note for each pair of words that contradict each other."""
    pairs = raw.cells.loc[rows.to_numpy(bool), [first, other]]
    counts = pairs.groupby([first, other]).groups
    return [
        Fault("state_contradiction", "note", int(min(at)), f"{first} / {other}", f"{one} / {two}", {"count": len(at)})
        for (one, two), at in counts.items()
    ]


#: Pairs of letters that programs and people write for true and false; alone neither says which it is.
_TRUE_FALSE = ({"t": "true", "f": "false"}, {"v": "true", "f": "false"})


def true_or_false(raw: RawTable, table: str) -> RawTable | None:
    """Columns of T and F (as R and PostgreSQL write them) or of V and F (vrai, verdadero): true and false.

    Only where the head asks whether ("working", "improved"): under "kondisi" F is "fungsi" and T "tidak".
    """
    made: dict[str, pd.Series] = {}
    found = {source: name for name, source in columns_found(raw, table).items()}
    own, heads = columns_of(table), {head for some in facts("ticks")["asked"].values() for head in some}
    for column in map(str, raw.cells.columns):
        asked = plain(column) in heads or asked_state(column, table) is not None
        if not (asked or own.get(found.get(column, ""), {}).get("type") == "boolean"):
            continue
        texts = raw.cells[column].dropna().unique()[:4]
        letters = {normal(text) for text in texts if isinstance(text, str)}
        means = next((pair for pair in _TRUE_FALSE if letters == set(pair)), None)
        if means is not None:
            spelt = {text: means.get(normal(text), text) for text in texts}
            made[column] = raw.cells[column].map(lambda text, spelt=spelt: spelt.get(text, text))
    if not made:
        return None
    told = Fault("true_or_false", "note", values={"columns": ", ".join(made)})
    return with_cells(raw, made, told)


def _by_text(cells: pd.Series, said: Callable[[str], object]) -> pd.Series:
    """What a function says of each cell, asked once for each different text."""
    return cells.map({text: said(text) for text in cells.dropna().unique() if isinstance(text, str)}).astype(object)


def qualified(raw: RawTable, table: str) -> RawTable | None:
    """A question beside the state that says more of it ("Perlu perbaikan?"): what works and needs repair needs repair.

    Where the answer contradicts the state (it works, and it is dry), that is told and the state stands.
    """
    if table not in ("water_points", "sanitation"):
        return None
    own = columns_found(raw, table).get("status")
    if own is None or own not in raw.cells:
        return None
    asked = [
        (column, yes)
        for column in map(str, raw.cells.columns)
        if column not in raw.used and column != own
        and (yes := asked_state(column, table)) in ("needs_repair", "non_functional")
        and of_season(column, table) is None
    ]  # fmt: skip
    if not asked:
        return None
    status, told, used = raw.cells[own].copy(), [], []
    state = _by_text(status, _state)
    for column, yes in asked:
        said = _answers(raw.cells[column])
        if said.notna().sum() * 2 <= raw.cells[column].notna().sum() or not said.notna().any():
            continue
        used.append(column)
        hit = said.eq(True) & state.eq("functional")
        if yes == "needs_repair":
            status[hit] = "needs_repair"
            if hit.any():
                values = {"count": int(hit.sum())}
                told.append(Fault("state_qualified", "note", int(raw.cells.index[hit][0]), column, None, values))
        else:
            told += _against(raw, own, column, said.eq(True) & state.isin(_GIVES))
    return with_cells(raw, {"status": status}, *told, out_of=[own, *used]) if used else None


def seasons(raw: RawTable, table: str) -> RawTable | None:
    """Whether there is water in the dry season and in the wet one, each in a column: what works but then is dry.

    With a column for the state only what works there and is dry in the dry season changes; without one the seasons say
    it. Where they say what cannot be (water in the dry season alone), nothing is known.
    """
    if table != "water_points":
        return None
    heads: dict[str, tuple[str, str]] = {}
    for column in map(str, raw.cells.columns):
        said = of_season(column, table) if column not in raw.used else None
        if said is not None and raw.cells[column].notna().any():
            heads.setdefault(said[0], (column, said[1]))
    mine = raw.cells[[column for column, _ in heads.values()]]
    marked = mine.notna().any(axis=1) if _only_marks(mine) else pd.Series(False, index=raw.cells.index)
    dry, wet = (
        _water(raw.cells[heads[one][0]], heads[one][1], marked) if one in heads else _nothing(raw)
        for one in ("dry", "wet")
    )
    if "dry" not in heads:  # of the wet season alone nothing follows
        return None
    columns = [column for column, _ in heads.values()]
    if (dry.notna() | wet.notna()).sum() * 2 <= raw.cells[columns].notna().any(axis=1).sum() or not columns:
        return None
    own = columns_found(raw, table).get("status")
    if own is not None and own not in columns and raw.cells[own].notna().any():
        status = raw.cells[own].copy()
        hit = _by_text(status, _state).isin(("functional", "needs_repair")) & dry.eq(False) & ~wet.eq(False)
        status[hit] = "dry_season"
        status[status.isna() & dry.eq(True) & ~wet.eq(False)] = "functional"
    else:
        status = _nothing(raw)
        status[dry.eq(True) & ~wet.eq(False)] = "functional"
        status[dry.eq(False) & wet.eq(True)] = "dry_season"
        status[~dry.eq(True) & wet.eq(False)] = "non_functional"
        hit = status.eq("dry_season")
    told = Fault("seasons", "note", None, " / ".join(columns), values={"count": int(hit.sum())})
    return with_cells(raw, {"status": status}, told, out_of=[*columns, *([own] if own else [])])


def _nothing(raw: RawTable) -> pd.Series:
    return pd.Series(None, index=raw.cells.index, dtype=object)


#: The two answers, behind a head.
_YES_OR_NO = re.compile(r"\s*\((?:\s*(?:ya|tidak|tdk|yes|no|y|t|n)\s*[/,;|]?)+\)\s*$", re.IGNORECASE)


def of_season(head: str, table: str) -> tuple[str, str] | None:
    """The season whose water a head speaks of, and how; None where it says none, or both.

    Examples
    --------
    >>> of_season("Debit musim kemarau (l/dt)", "water_points"), of_season("Kering saat kemarau?", "water_points")
    (('dry', 'water'), ('dry', 'none'))
    >>> of_season("Bulan tersedia air", "water_points"), of_season("Jarak saat kemarau", "water_points")
    (('dry', 'months'), None)
    """
    entry, asked = facts("ticks")["seasons"], facts("ticks")["asked_words"]
    left = f" {normal(_YES_OR_NO.sub('', head))} "
    if left.strip() in entry["all_year"]:
        return "dry", "words"
    found = [season for season in ("dry", "wet") if any(f" {words} " in left for words in entry[season])]
    if len(found) != 1:
        words = set(left.split())
        known = {*entry["beside"], *entry["months"], *asked.get(table, ())} - {"debit", "flow", "yield", "discharge"}
        months = words & set(entry["months"]) and words & set(entry["available"]) and words <= known
        return ("dry", "months") if months else None
    if " air hujan " in left:  # rain water, a source
        return None
    for words in entry[found[0]]:
        left = left.replace(f" {words} ", "  ")
    rest = set(left.split())
    dried = rest & set(entry["dried"])
    known = {*entry["beside"], *asked["beside"], *asked.get(table, ()), *entry["dried"]}
    return (found[0], "none" if dried else "water") if rest <= known else None


def _only_marks(cells: pd.DataFrame) -> bool:
    """Whether the columns of seasons hold nothing but ticks: where there is none, there is no water."""
    marks = facts("ticks")["marks"]
    said = cells.stack().dropna() if cells.shape[1] > 1 else pd.Series(dtype=object)
    return bool(len(said)) and bool(registers.lower(said).isin(marks).all()) and bool(cells.isna().any(axis=None))


#: A flow, whatever its unit; months of a year.
_NUMBER = re.compile(r"\s*(\d{1,9}(?:[.,]\d{1,6})?)(?![\d.,/-])")
_YEAR = 12


def _water(cells: pd.Series, how: str, ticked: pd.Series) -> pd.Series:
    """Whether there is water, by cell; missing where a cell does not say it.

    `ticked`: rows with a tick for some season, where the columns hold ticks alone: an empty cell there says no.
    """
    marked = bool(ticked.any())
    entry = facts("ticks")["seasons"]

    def one(text: object) -> bool | None:
        if not isinstance(text, str) or text.strip().lower() in MISSING:
            return None
        plainly = normal(text)
        if marked and text.strip().lower() in facts("ticks")["marks"]:
            return True
        for value, words in ((True, entry["water"]), (False, entry["without"])):
            if plainly in words:
                return value
        number = _NUMBER.match(text)
        if number is not None and how in ("water", "months"):
            told = float(number[1].replace(",", "."))
            return told > 0 if how == "water" else told >= _YEAR if told <= _YEAR else None
        state = _state(text)
        if state is None:
            return None if how in ("words", "months") else truth(text)
        return state in ("functional", "needs_repair")

    found = _by_text(cells, one)
    if how == "none":
        found = found.map(lambda value: None if value is None or value != value else not value).astype(object)
    return found.where(cells.notna() | ~ticked, False) if marked else found
