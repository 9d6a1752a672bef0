"""FlatGeobuf, by GDAL's own driver in a process of its own: this one's GDAL has no driver that it need not have."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from exports.tables.sheet import Sheet, expect
from geo.model.errors import DataError

#: Reads what stands beside it (written here, never by a user), writes it, and says how many rows are in the result.
_WRITER = """
import json, sys
import geopandas, pyogrio
source, target, options = sys.argv[1:]
frame = geopandas.read_parquet(source)
pyogrio.write_dataframe(frame, target, driver="FlatGeobuf", layer="mata_air", **json.loads(options))
print(len(pyogrio.read_dataframe(target)))
"""


def to_fgb(sheet: Sheet) -> bytes:
    """FlatGeobuf: every row with a place, with an index of places; what it was made from stands in its description."""
    about = " · ".join(f"{label}: {text}" for label, text in sheet.about.items() if text)
    rows = sheet.rows[sheet.rows.geometry.notna()].reset_index(drop=True)
    for name in rows.columns.drop("geometry"):
        if not pd.api.types.is_numeric_dtype(rows[name]):
            texts = [None if value is None or value != value else str(value) for value in rows[name]]
            rows[name] = pd.Series(texts, index=rows.index, dtype="str")
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "rows.parquet", Path(folder) / "mata_air.fgb"
        options = json.dumps({"TITLE": sheet.title, "DESCRIPTION": about})
        call = [sys.executable, "-c", _WRITER, str(source), str(target), options]
        try:
            rows.to_parquet(source)
            done = subprocess.run(call, env=_with_drivers(), capture_output=True, text=True, check=False, timeout=300)
            written = done.stdout.split() if done.returncode == 0 else []
            data = target.read_bytes() if written else b""
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DataError("error.export_disk", format="fgb", reason=str(error)[:200]) from error
    if not data:
        raise DataError("error.export_disk", format="fgb", reason=(done.stderr.strip().splitlines() or ["–"])[-1][:200])
    expect(int(written[-1]), len(rows), "fgb")
    return data


def _with_drivers() -> dict[str, str]:
    """The environment without what takes drivers away; still without any way to the network."""
    return {name: value for name, value in os.environ.items() if name not in ("GDAL_SKIP", "OGR_SKIP")}
