"""Rows as registers of others ask for them, from data/registers.toml: STBM's recap, Prodeskel, OpenSID's map.

What is not counted stays empty: no zero for a village whose inventory is not complete, no sum of what is half known.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from exports.open_data.package import rows_of
from exports.tables.sheet import INERT, expect, sample_mark, without_personal
from geo.analysis.analyse import is_sample_source, sample_tables
from geo.analysis.placed import codes_of
from geo.checking.notices import RUNGS, names_a_person
from geo.model.areas import area_mask
from geo.model.errors import CallError
from geo.model.facts import facts
from geo.model.inputs import Inputs
from texts import t

_SITES = {"water_points": ("point_id", "technology"), "sanitation": ("facility_id", "kind")}
_PLACES = "opensid_lokasi"
#: Letters of a name in OpenSID's table.
_NAME = 50


def registers_xlsx(inputs: Inputs, area: str | None, lang: str, on: date) -> bytes:
    """Return a workbook with a sheet a register, and one that says how each was counted, by which version.

    Parameters
    ----------
    inputs
        The data version.
    area
        Code of the area; None: all.
    lang
        Language of the notes; heads stay as the registers have them.
    on
        Day that stands on it.

    Raises
    ------
    CallError
        If the area has no village.
    """
    import xlsxwriter
    from python_calamine import CalamineWorkbook

    sheets = {str(entry["sheet"]): _table(name, inputs, area, lang) for name, entry in facts("registers").items()}
    sheets[t("registers.notes", lang)] = _notes(inputs, area, lang, on)
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, INERT) as book:
        head = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        for name, table in sheets.items():
            page = book.add_worksheet(name)
            page.write_row(0, 0, list(table.columns), head)
            for n, row in enumerate(table.itertuples(index=False), start=1):  # nothing of a text is run (`INERT`)
                page.write_row(n, 0, [None if pd.isna(cell) else cell for cell in row])
            page.freeze_panes(1, 0)
            page.set_column(0, max(len(table.columns) - 1, 0), 60 if name == t("registers.notes", lang) else 18)
    data = buffer.getvalue()
    read = CalamineWorkbook.from_filelike(io.BytesIO(data))
    for name, table in sheets.items():
        expect(len(read.get_sheet_by_name(name).to_python()) - 1, len(table), "xlsx")
    return data


def _table(name: str, inputs: Inputs, area: str | None, lang: str) -> pd.DataFrame:
    if name == _PLACES:
        return _places(inputs, area, lang)
    villages = rows_of(inputs, "villages", area)
    if villages.empty:
        raise CallError("error.area_without_data", value=area or "–")
    columns: Mapping[str, Any] = facts("registers")[name]["columns"]
    sites = {one["table"] for one in columns.values() if one["of"] == "units"}
    found = {table: _counted(inputs, table) for table in sites if len(getattr(inputs, table))}
    made = villages[["village_code", "name"]].set_axis(["kode_desa", "desa"], axis=1)
    made["inventaris_lengkap"] = villages["surveyed_on"].notna().map({True: "ya", False: "belum"})
    for head, one in columns.items():
        made[head] = _column(one, villages, found)
    if name == "stbm":
        _recap(made)
    made_up = villages["data_source"].map(is_sample_source)
    for counted in found.values():
        made_up |= villages["village_code"].isin(counted.loc[counted["sample"], "code"])
    notes = [("registers.sample", made_up), ("registers.too_many", _too_many(villages))]
    told = pd.DataFrame({key: hit.map({True: t(key, lang), False: ""}) for key, hit in notes})
    made["catatan"] = told.agg(lambda row: "; ".join(filter(None, row)), axis=1)
    return made


def _too_many(villages: pd.DataFrame) -> pd.Series:
    """Villages of which more households are on rungs than there are."""
    on_rungs = villages.reindex(columns=list(RUNGS)).apply(pd.to_numeric, errors="coerce").sum(axis=1)
    return on_rungs > pd.to_numeric(villages["households"], errors="coerce")


def _column(one: Mapping[str, Any], villages: pd.DataFrame, found: Mapping[str, Any]) -> pd.Series:
    """One column of a register, empty where nobody counted."""
    empty = pd.Series(pd.NA, index=villages.index, dtype="Int64")
    if one["of"] == "households":
        counted = _sum(villages, one["sum"])
        return counted.fillna(_sum(villages, one["instead"])) if "instead" in one else counted
    if one["of"] == "day":
        return pd.to_datetime(villages[one["from"]], errors="coerce").dt.strftime("%Y-%m-%d").fillna("")
    if one["of"] == "units" and one["table"] in found:
        table = found[one["table"]]
        hit = table[table["what"].isin(one["kinds"])]
        number = villages["village_code"].map(hit.groupby("code").size()).astype("Int64")
        return number.where(villages["surveyed_on"].isna() | number.notna(), 0)  # none, where all were looked for
    return empty


def _sum(villages: pd.DataFrame, names: Sequence[str]) -> pd.Series:
    """A sum of counts, where each of them was counted."""
    none = pd.Series(pd.NA, index=villages.index)
    parts = [pd.to_numeric(villages.get(name, none), errors="coerce") for name in names]
    return pd.concat(parts, axis=1).sum(axis=1, skipna=False).round().astype("Int64")


def _recap(made: pd.DataFrame) -> None:
    """What follows where each household stands on a rung: how many are not counted, the share, open defecation."""
    rungs = ["akses_aman", "layak_sendiri", "layak_bersama", "belum_layak", "babs"]
    counted = made[rungs].astype("Float64").sum(axis=1, min_count=1)
    kk = made["jumlah_kk"].astype("Float64")
    left = (kk - counted).where(kk - counted >= 0)
    whole = made[rungs].notna().all(axis=1) & left.eq(0).fillna(False)
    served = made[rungs[:3]].astype("Float64").sum(axis=1)
    place = made.columns.get_loc("babs") + 1
    made.insert(place, "belum_terdata", left.round().astype("Int64"))
    made.insert(place + 1, "persen_akses_layak", (100 * served / kk.where(kk > 0)).where(whole).round(1))
    open_ones = made["babs"].astype("Float64")
    free = pd.Series("", index=made.index).mask(open_ones.gt(0).fillna(False), "tidak")
    made.insert(
        place + 2, "tanpa_babs", free.mask(open_ones.eq(0).fillna(False) & whole & kk.gt(0).fillna(False), "ya")
    )


def _counted(inputs: Inputs, table: str) -> pd.DataFrame:
    """Sites that are not abandoned, by the index of their table: village, kind, whether made up."""
    rows = getattr(inputs, table)
    told = pd.DataFrame(
        {
            "code": codes_of(inputs, table)[0],
            "what": rows[_SITES[table][1]].fillna("").astype(str),
            "sample": rows["data_source"].map(is_sample_source),
        }
    )
    return told[rows["status"].ne("abandoned")]


def _places(inputs: Inputs, area: str | None, lang: str) -> pd.DataFrame:
    """OpenSID's `lokasi`: water points, and toilets that are for all; no place of a single household."""
    parts = []
    for table, (key, kind) in _SITES.items():
        rows, sites = getattr(inputs, table), _counted(inputs, table)
        sites = sites[area_mask(sites["code"], area) & rows.geometry.notna()[sites.index]]
        if table == "sanitation":
            sites = sites[sites["what"].eq("public_toilet")]
        if sites.empty:
            continue
        ids = rows.loc[sites.index, key]
        public = rows_of(inputs, table, None).set_index(key).loc[ids].reset_index()  # as anybody may have it
        words = [t(f"{kind}.{word}", lang) if isinstance(word, str) else "" for word in public[kind]]
        status = public["status"].map(lambda word: t(f"status.{word}", lang))
        notes = [t("registers.sample", lang) if one else "" for one in sites["sample"]]
        parts.append(
            pd.DataFrame(
                {
                    "kode_desa": sites["code"].fillna("").to_numpy(),
                    "desk": [
                        ". ".join(filter(None, (word, state, note)))
                        for word, state, note in zip(words, status, notes, strict=True)
                    ],
                    "nama": [_named(row[key], row["name"]) for _, row in public.iterrows()],
                    "enabled": 1,
                    "lat": public.geometry.y.round(7),
                    "lng": public.geometry.x.round(7),
                    "ref_point": pd.Series(pd.NA, index=public.index, dtype="Int64"),
                    "foto": "",
                    "id_cluster": pd.Series(pd.NA, index=public.index, dtype="Int64"),
                }
            )
        )
    heads = ["kode_desa", "desk", "nama", "enabled", "lat", "lng", "ref_point", "foto", "id_cluster"]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=heads)


def _named(key: object, name: object) -> str:
    """What a point is called on a map for all: by its id where its name is that of a person; no number of one."""
    text = name if isinstance(name, str) and name.strip() and not names_a_person(name) else str(key)
    return " ".join(str(without_personal(text)).split())[:_NAME]


def _notes(inputs: Inputs, area: str | None, lang: str, on: date) -> pd.DataFrame:
    """How each register was counted, from which version, and what is made up."""
    told = [
        (t("about.version", lang), str(inputs.version)),
        (t("about.date", lang), on.isoformat()),
        (t("about.area", lang), area or "–"),
        (t("registers.empty_head", lang), t("registers.empty", lang)),
        (t("registers.kk_head", lang), t("registers.kk", lang)),
    ]
    for table in _SITES:
        codes, unsure = codes_of(inputs, table)
        here = (area_mask(codes, area) | codes.isna()) if area else pd.Series(data=True, index=codes.index)
        words = {"guessed": int((unsure & codes.notna() & here).sum()), "without": int(codes.isna().sum())}
        if any(words.values()):
            told.append((t(f"table.{table}", lang), t("registers.unsure", lang, **words)))
        if not len(codes):
            told.append((t(f"table.{table}", lang), t("registers.no_table", lang)))
    if mark := sample_mark(sample_tables(inputs), lang):
        told.append((t("registers.sample", lang), mark))
    for entry in facts("registers").values():
        second = f" {t('registers.secondary', lang)}" if entry.get("secondary") else ""
        told.append((str(entry["sheet"]), f"{entry[lang]} {t('registers.source', lang)}: {entry['source']}.{second}"))
    return pd.DataFrame(told, columns=[t("registers.what", lang), t("registers.said", lang)])
