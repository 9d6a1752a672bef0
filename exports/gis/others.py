"""Formats that others ask for: CSV with HXL tags, and the zipped shapefile with its warning."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from pathlib import Path

import pandas as pd

from exports.tables.sheet import Sheet, expect, guarded, plain_table
from geo.model.facts import facts

#: A shapefile's field names end after ten characters.
_FIELD = 10
WARNING = (
    "Shapefile: nama kolom dipotong 10 huruf, teks 254 huruf, tanggal menjadi teks. Pakai GeoPackage bila bisa.\n"
    "Shapefile: column names are cut to 10 letters, texts to 254, dates become text. Use GeoPackage where you can.\n"
)


def hxl_tags(columns: list[str]) -> list[str]:
    """Return the HXL hashtag of each column; those without one are #meta with their name.

    Examples
    --------
    >>> hxl_tags(["lat", "topsis_rank"])
    ['#geo+lat', '#meta+topsis_rank']
    """
    tags = facts("hxl")["tags"]
    return [tags.get(name, "#meta+" + "".join(c for c in name.lower() if c.isalnum() or c == "_")) for name in columns]


def to_hxl(sheet: Sheet) -> bytes:
    """CSV with a row of HXL tags under the header (HXL 1.1); text cells guarded."""
    plain = guarded(plain_table(sheet))
    tags = pd.DataFrame([hxl_tags([str(name) for name in plain.columns])], columns=plain.columns)
    data: bytes = pd.concat([tags.astype(object), plain.astype(object)]).to_csv(index=False).encode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    expect(len(rows) - 2, len(plain), "hxl")
    return data


def field_names(columns: list[str]) -> dict[str, str]:
    """Return different names of at most ten characters.

    Examples
    --------
    >>> field_names(["cost_per_person_idr", "cost_per_person_usd", "lat"])
    {'cost_per_person_idr': 'cost_per_p', 'cost_per_person_usd': 'cost_per_1', 'lat': 'lat'}
    """
    names: dict[str, str] = {}
    for column in columns:
        name, number = column[:_FIELD], 0
        while name.lower() in {taken.lower() for taken in names.values()}:
            number += 1
            name = column[: _FIELD - len(str(number))] + str(number)
        names[column] = name
    return names


def _filled(rows: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Texts as a shapefile keeps them: trimmed at the end, missing as empty."""
    plain = pd.DataFrame(rows).reindex(columns=names).reset_index(drop=True).astype(object)
    return plain.map(lambda value: "" if value is None or value != value else str(value).rstrip())


def to_shp(sheet: Sheet) -> bytes:
    """Zipped shapefile (UTF-8), with a text that says what it cannot hold and a list of the cut names."""
    import pyogrio

    rows = sheet.rows[sheet.rows.geometry.notna()].copy()
    names = field_names([str(name) for name in rows.columns.drop("geometry")])
    for name in names:
        if not pd.api.types.is_numeric_dtype(rows[name]):
            texts = [None if v is None or v != v else str(v)[:254] for v in rows[name]]
            rows[name] = pd.Series(texts, index=rows.index, dtype="str")
    rows = rows.rename(columns=names)
    kinds = "Point" if len(rows) == 0 or (rows.geom_type == "Point").all() else "Polygon"
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mata_air.shp"
        if len(names) and len(rows) == 0:
            rows = rows.astype("str").set_geometry(rows.geometry)
        pyogrio.write_dataframe(
            rows, path, driver="ESRI Shapefile", encoding="UTF-8", geometry_type=kinds, promote_to_multi=False
        )
        # the number of rows stands in the header: only their content tells whether all of it was written
        back = pyogrio.read_dataframe(path, encoding="UTF-8", read_geometry=False)
        expect(len(back), len(rows), "shp")
        columns = [str(name) for name in rows.columns.drop("geometry")]
        worded = [name for name in columns if not pd.api.types.is_numeric_dtype(rows[name])]
        same = (_filled(back, worded) == _filled(rows, worded)).all(axis=1)
        expect(int(same.sum()), len(rows), "shp")
        listed = "\n".join(f"{short} = {long}" for long, short in names.items() if short != long)
        told = "\n".join(f"{label}: {text}" for label, text in sheet.about.items())
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(Path(folder).iterdir()):
                archive.write(part, part.name)
            archive.writestr("BACA-README.txt", f"{sheet.title}\n{told}\n\n{WARNING}\n{listed}\n")
    return buffer.getvalue()
