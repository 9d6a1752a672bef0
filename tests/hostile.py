"""More than a hundred files made to fill the memory, to hang, to break a reader or to slip past a guard."""

from __future__ import annotations

import io
import json
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from shapely.geometry import Point

FAR = "XFD1048576"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOC = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_REL = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_POINT = {"type": "Point", "coordinates": [107, -7]}
_KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{}</Document></kml>'
_GPX = '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{}</gpx>'


def workbook(sheet: str | bytes, where: str = "xl/worksheets/sheet1.xml", words: str = "") -> bytes:
    """The bytes of a workbook whose one sheet is this XML."""
    target = "/" + where
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="xml" ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_REL}"><Relationship Id="r1" Type="{_DOC}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOC}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_REL}"><Relationship Id="r1" Type="{_DOC}/worksheet" Target="{target}"/></Relationships>',
        where: sheet,
    }
    if words:
        parts["xl/sharedStrings.xml"] = f'<sst xmlns="{_MAIN}">{words}</sst>'
    return zipped(parts)


def zipped(parts: dict[str, str | bytes]) -> bytes:
    """The bytes of a zip."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return data.getvalue()


def sheet(cells: str, head: str = "", before: str = "") -> str:
    """A sheet with two plain rows before some cells."""
    plain = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>id</t></is></c><c r="B1" t="inlineStr"><is><t>lat</t></is></c></row>'
    )
    return f'{head}<worksheet xmlns="{_MAIN}">{before}<sheetData>{plain}{cells}</sheetData></worksheet>'


def _sheets() -> dict[str, bytes]:
    value = "<v>1</v>"
    spelt = {
        "plain": f'<row r="1048576"><c r="{FAR}">{value}</c></row>',
        "single": f"<row r='1048576'><c r='{FAR}'>{value}</c></row>",
        "spaces": f'<row r = "1048576"><c r = "{FAR}">{value}</c></row>',
        "newline": f'<row\nr="1048576"><c\n  r="{FAR}">{value}</c></row>',
        "prefix": f'<x:row xmlns:x="{_MAIN}" r="1048576"><x:c r="{FAR}"><x:v>1</x:v></x:c></x:row>',
        "entity": f'<row r="1048&#53;76"><c r="&#88;FD1048576">{value}</c></row>',
        "lower": f'<row r="1048576"><c r="{FAR.lower()}">{value}</c></row>',
        "other-first": f'<row spans="1:2" r="1048576"><c s="0" t="n" r="{FAR}">{value}</c></row>',
        "cell-only": f'<row><c r="{FAR}">{value}</c></row>',
        "dollar": f'<row r="1048576"><c r="$XFD$1048576">{value}</c></row>',
        "beyond": f'<row r="99999999999"><c r="A99999999999">{value}</c></row>',
        "letters": f'<row r="2"><c r="ZZZZZZZZ2">{value}</c></row>',
        "empty": f'<row r="2"><c r="">{value}</c></row>',
        "minus": f'<row r="-5"><c r="A-5">{value}</c></row>',
        "wide": f'<row r="2">{"<c>" + value + "</c>"}{"<c/>" * 16_000}<c>{value}</c></row>',
        "nested": "<row>" * 9000 + "</row>" * 9000,
        "unclosed": '<row r="2"><c r="A2">',
    }
    made = {f"xlsx-{name}.xlsx": workbook(sheet(cells)) for name, cells in spelt.items()}
    made["xlsx-elsewhere.xlsx"] = workbook(sheet(spelt["plain"]), "xl/lembar/a.xml")
    made["xlsx-utf16.xlsx"] = workbook(
        sheet(spelt["plain"], '<?xml version="1.0" encoding="UTF-16"?>').encode("utf-16")
    )
    laughs = "".join(f'<!ENTITY l{n} "{("&l" + str(n - 1) + ";") * 10 if n else "lol" * 10}">' for n in range(9))
    made["xlsx-laughs.xlsx"] = workbook(sheet('<row r="2"><c r="A2"><v>&l8;</v></c></row>', f"<!DOCTYPE x [{laughs}]>"))
    shared = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(2, 3000))
    made["xlsx-shared.xlsx"] = workbook(sheet(shared), words=f"<si><t>{'x' * 1_000_000}</t></si>")
    whole = workbook(sheet('<row r="2"><c r="A2"><v>1</v></c></row>' + " " * 300_000))
    made["xlsx-lying.xlsx"] = _lying(whole, b"xl/worksheets/sheet1.xml", 500)
    made["xlsx-locked.xlsx"] = _flagged(whole)
    made["xlsx-bomb.xlsx"] = workbook(sheet(" " * 60_000_000))
    made["xlsx-up.xlsx"] = zipped({"../../a.xml": "<a/>", "xl/workbook.xml": "<a/>"})
    made["xlsx-many.xlsx"] = zipped({f"xl/{n}.xml": "" for n in range(2100)})
    made["xlsx-none.xlsx"] = zipped({"a.txt": "a"})
    return made


def _lying(data: bytes, name: bytes, size: int) -> bytes:
    """The zip with a smaller size of one entry in its directory than it unpacks to."""
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(name))
    return data[: at + 24] + size.to_bytes(4, "little") + data[at + 28 :]


def _flagged(data: bytes) -> bytes:
    at = data.index(b"PK\x01\x02")
    return data[: at + 8] + b"\x01\x00" + data[at + 10 :]


def _texts() -> dict[str, bytes]:
    return {
        "csv-columns.csv": b"a," * 400_000 + b"b\n" + b"1," * 400_000 + b"2\n",
        "csv-tabs.tsv": b"a\t" * 300_000 + b"\n1\n",
        "csv-name.csv": b"id," + b"n" * 5000 + b"\n1,2\n",
        "csv-zeros.csv": b"id,lat\n" + bytes(100_000),
        "csv-separators.csv": b"," * 2_000_000,
        "csv-empty.csv": b"",
        "csv-blank.csv": b"\n" * 500_000,
        "csv-cell.csv": b'id,lat\n"' + b"x" * 3_000_000 + b'",1\n',
        "csv-quotes.csv": b"id,lat\n" + b'"' * 100_001,
    }


def collection(features: object, **more: object) -> bytes:
    """A GeoJSON collection with whatever stands for features."""
    return json.dumps({"type": "FeatureCollection", "features": features} | more).encode()


def feature(geometry: object = _POINT, properties: object = None) -> dict[str, object]:
    """A feature with whatever stands for its parts."""
    return {"type": "Feature", "properties": {"a": 1} if properties is None else properties, "geometry": geometry}


def _geojson() -> dict[str, bytes]:
    crs: dict[str, object] = {
        "list": [1], "text": "EPSG:4326", "number": 5, "true": True, "link": {"type": "link", "properties": {"href": "http://127.0.0.1:9/"}},
        "type": {"type": ["name"]}, "name-list": {"type": "name", "properties": {"name": ["EPSG:4326"]}},
        "file": {"type": "name", "properties": {"name": "/etc/passwd"}},
        "curl": {"type": "name", "properties": {"name": "/vsicurl/http://127.0.0.1:9/a"}},
        "proj": {"type": "name", "properties": {"name": "+proj=longlat +nadgrids=/etc/passwd"}},
        "properties": {"type": "name", "properties": 7},
    }  # fmt: skip
    made = {
        f"json-crs-{name}.geojson": collection([feature()], crs=value)
        for name, value in crs.items()
        if name != "properties"
    }
    shapes = {"inner": _POINT | {"crs": crs["curl"]}, "inner-list": _POINT | {"crs": [1]}}
    made |= {f"json-crs-{name}.geojson": collection([feature(shape)]) for name, shape in shapes.items()}
    features: dict[str, object] = {
        "number": 5, "text": "x", "object": {"a": 1}, "numbers": [1, 2], "nulls": [None], "lists": [[]], "none": [],
        "unique": [feature(properties={f"k{n}": 1}) for n in range(3000)],
        "name": [feature(properties={"n" * 5000: 1})],
    }  # fmt: skip
    made |= {f"json-features-{name}.geojson": collection(value) for name, value in features.items()}
    deep = b'{"type":"GeometryCollection","geometries":['
    made["json-deep.json"] = b"[" * 100_000
    made["json-deep-more.geojson"] = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
    made["json-deep-shape.geojson"] = (
        b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"a":1},"geometry":'
        + deep * 5000 + b"]}" * 5000 + b"}]}"
    )  # fmt: skip
    made["json-array.json"], made["json-scalar.json"], made["json-cut.geojson"] = b"[1]", b"7", b'{"type": "FeatureColl'
    made["json-vrt.geojson"] = (
        b'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
    )
    made["json-bytes.geojson"] = b'\xff\xfe{"type"'
    return made


def _markup() -> dict[str, bytes]:
    mark = "<Placemark><name>a</name>{}<Point><coordinates>107,-7</coordinates></Point></Placemark>"
    doctype = '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    data = "".join(f'<Data name="k{n}"><value>1</value></Data>' for n in range(3000))
    made = {
        "kml-doctype.kml": (doctype + _KML.format(mark.format(""))).encode(),
        "kml-doctype-16.kml": (doctype.replace("?>", ' encoding="UTF-16"?>', 1) + _KML.format("")).encode("utf-16"),
        "kml-deep.kml": _KML.format("<Folder>" * 50_000 + "</Folder>" * 50_000).encode(),
        "kml-unclosed.kml": b"<kml><Document><Placemark>",
        "kml-columns.kml": _KML.format(mark.format(f"<ExtendedData>{data}</ExtendedData>")).encode(),
        "kml-empty.kml": _KML.format("").encode(),
        "kml-html.kml": b"<html><body>404</body></html>",
        "gpx-doctype.gpx": ('<!DOCTYPE gpx SYSTEM "http://127.0.0.1:9/a">' + _GPX.format("")).encode(),
        "gpx-deep.gpx": _GPX.format("<extensions>" * 50_000 + "</extensions>" * 50_000).encode(),
        "gpx-empty.gpx": _GPX.format("").encode(),
        "gpx-cut.gpx": b'<gpx version="1.1"><wpt lat="1"',
    }
    made["kmz-none.kmz"] = zipped({"a.txt": "x"})
    made["kmz-bomb.kmz"] = zipped({"doc.kml": bytes(60_000_000)})
    made["kmz-deep.kmz"] = zipped({"a/" * 60 + "doc.kml": _KML.format("")})
    made["kmz-doctype.kmz"] = zipped({"doc.kml": doctype + _KML.format("")})
    return made


def _zips() -> dict[str, bytes]:
    shp = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, 2**30) + struct.pack("<2i8d", 1000, 1, *[0.0] * 8)
    dbf = struct.pack("<B3BIHH20x", 3, 26, 1, 1, 2**31, 65_535, 65_535) + b"\r"
    whole = zipped({"a.shp": shp, "a.shx": shp, "a.dbf": dbf, "a.prj": "garbage" * 1000})
    return {
        "zip-shape.zip": whole,
        "zip-bomb.zip": zipped({"a.shp": bytes(60_000_000)}),
        "zip-two.zip": zipped({"a.gpkg": "x", "b.gpkg": "y"}),
        "zip-none.zip": zipped({"a.txt": "x"}),
        "zip-up.zip": zipped({"../a.shp": shp}),
        "zip-root.zip": zipped({"/etc/a.shp": shp}),
        "zip-deep.zip": zipped({"a/" * 200 + "a.shp": shp}),
        "zip-name.zip": zipped({"n" * 4000 + ".shp": shp}),
        "zip-many.zip": zipped({f"{n}.txt": "" for n in range(2100)}),
        "zip-lying.zip": _lying(zipped({"a.gpkg": bytes(200_000)}), b"a.gpkg", 100),
        "zip-locked.zip": _flagged(zipped({"a.gpkg": "x"})),
        "zip-cut.zip": whole[:-30],
        "zip-text.zip": b"PK\x03\x04" + b"x" * 100,
    }


def _wkb(depth: int) -> bytes:
    """A collection in a collection …, and a point at the end."""
    return struct.pack("<BII", 1, 7, 1) * depth + struct.pack("<BIdd", 1, 1, 107.0, -7.0)


def _parquet(folder: Path) -> None:
    def write(name: str, columns: dict[str, object], geo: bytes | None = None, **how: object) -> None:
        table = pa.table(columns)
        table = table if geo is None else table.replace_schema_metadata({b"geo": geo})
        pq.write_table(table, folder / f"parquet-{name}.parquet", **how)

    point = struct.pack("<BIdd", 1, 1, 107.0, -7.0)
    column = {"encoding": "WKB", "geometry_types": []}
    told = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": column}}
    write("columns", {f"k{n}": [1] for n in range(3000)})
    write("nulls", {"a": pa.nulls(6_000_000, pa.int32())})
    words = pa.DictionaryArray.from_arrays(np.zeros(4000, np.int32), pa.array(["x" * 300_000]))
    write("words", {"a": words})
    plain = pa.array(["x" * 300_000] * 100)
    with pq.ParquetWriter(folder / "parquet-plain-words.parquet", pa.schema({"a": pa.string()})) as file:
        for _ in range(20):
            file.write_table(pa.table({"a": plain}))
    bad = {
        "none": b"", "text": b"x", "list": b"[]", "number": b"5", "deep": b"[" * 50_000,
        "primary": json.dumps(told | {"primary_column": "b"}).encode(),
        "columns-list": json.dumps(told | {"columns": []}).encode(),
        "crs-list": json.dumps(told | {"columns": {"geometry": column | {"crs": [1]}}}).encode(),
        "crs-number": json.dumps(told | {"columns": {"geometry": column | {"crs": 5}}}).encode(),
        "crs-text": json.dumps(told | {"columns": {"geometry": column | {"crs": "/etc/passwd"}}}).encode(),
        "encoding": json.dumps(told | {"columns": {"geometry": {"encoding": "x"}}}).encode(),
    }  # fmt: skip
    for name, geo in bad.items():
        write(f"geo-{name}", {"a": [1], "geometry": [point]}, geo)
    for name, shape in {
        "garbage": b"\x01garbage",
        "cut": point[:9],
        "huge": struct.pack("<BII", 1, 2, 2**31),
        "type": b"\x01\xff\xff\xff\xff",
    }.items():
        write(f"wkb-{name}", {"a": [1], "geometry": [shape]}, json.dumps(told).encode())
    (folder / "parquet-cut.parquet").write_bytes((folder / "parquet-nulls.parquet").read_bytes()[:-20])
    (folder / "parquet-text.parquet").write_bytes(b"PAR1" + b"x" * 100 + b"PAR1")


_ENDLESS = "with recursive n(x) as (select 1 union all select x + 1 from n) select x from n"


def _geopackages(folder: Path) -> None:
    frame = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=[Point(107.1, -7.2)] * 2, crs="EPSG:4326")
    frame.to_file(folder / "whole.gpkg", layer="titik", driver="GPKG", engine="pyogrio")
    whole = (folder / "whole.gpkg").read_bytes()
    (folder / "whole.gpkg").unlink()
    put = "insert into gpkg_contents (table_name, data_type, identifier) values ('{0}', 'attributes', '{0}')"
    views = {
        name: f"create view {name} as {_ENDLESS}"
        for name in ("v", "st_v", "rtree_v", "gpkg_v", "vw_gpkg_v", "st_spatial_ref_sys")
    }
    views["zeroblob_st"] = "create view zeroblob_st as select zeroblob(1000000000) as a"
    for name, sql in views.items():
        _changed(folder / f"gpkg-view-{name}.gpkg", whole, sql, put.format(name))
    _changed(
        folder / "gpkg-computed.gpkg",
        whole,
        "create table t (a, b generated always as (hex(zeroblob(400000000))))",
        "insert into t values (1)",
        put.format("t"),
    )
    _changed(folder / "gpkg-fts.gpkg", whole, "create virtual table rtree_t using fts5(a)", put.format("rtree_t"))
    hidden = "insert into sqlite_master values ('table', 'h', 'h', 0, 'create view h as …')".replace("…", _ENDLESS)
    _changed(folder / "gpkg-hidden.gpkg", whole, "pragma writable_schema = on", hidden, put.format("h"))
    trigger = "'create trigger r' || x || ' after insert on titik begin select 1; end'"
    many = "with recursive n(x) as (select 1 union all select x + 1 from n where x < 5100) select 'trigger', 'r' || x, 'titik', 0, … from n".replace(
        "…", trigger
    )
    _changed(folder / "gpkg-many.gpkg", whole, "pragma writable_schema = on", f"insert into sqlite_master {many}")
    for name, blob in {"garbage": "x'00'", "cut": "x'47500001e6100000'", "huge": "zeroblob(5000000)"}.items():
        _changed(folder / f"gpkg-shape-{name}.gpkg", whole, "update titik set geom = …".replace("…", blob))
    deep = b"GP\x00\x01" + struct.pack("<i", 4326) + _wkb(200_000)
    _changed(folder / "gpkg-shape-deep.gpkg", whole, "update titik set geom = x'…'".replace("…", deep.hex()))
    _changed(folder / "gpkg-contents.gpkg", whole, "delete from gpkg_contents", "drop table titik")
    _changed(
        folder / "gpkg-contents-view.gpkg",
        whole,
        "drop table gpkg_contents",
        f"create view gpkg_contents as {_ENDLESS}",
    )
    (folder / "gpkg-cut.gpkg").write_bytes(whole[:9000])
    (folder / "gpkg-zeros.gpkg").write_bytes(whole[:100] + bytes(len(whole) - 100))
    (folder / "gpkg-text.gpkg").write_bytes(b"GDALG")


def _changed(path: Path, whole: bytes, *statements: str) -> None:
    path.write_bytes(whole)
    book = sqlite3.connect(path, isolation_level=None)
    book.execute("begin")
    pragmas = [one for one in statements if one.startswith("pragma")]
    book.execute("commit")
    for one in pragmas:
        book.execute(one)
    book.execute("begin")
    for trigger in book.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        book.execute(f'drop trigger "{trigger[0]}"')
    for one in statements:
        if one not in pragmas:
            book.execute(one)
    book.execute("commit")
    book.close()


def tiff(wide: int, high: int, kind: int = 3, bits: int = 32, more: bytes = b"") -> bytes:
    """A GeoTIFF that says it is so large and holds nothing: its strips are left out."""
    tags = [(256, 4, 1, wide), (257, 4, 1, high), (258, 3, 1, bits), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, 0),
            (277, 3, 1, 1), (278, 4, 1, high), (279, 4, 1, 0), (339, 3, 1, kind)]  # fmt: skip
    geo = [(33550, 12, 3), (33922, 12, 6), (34735, 3, 16)]
    at = 8 + 2 + 12 * (len(tags) + len(geo)) + 4
    blocks = [struct.pack("<3d", 1e-4, 1e-4, 0), struct.pack("<6d", 0, 0, 0, 107, -7, 0),
              struct.pack("<16H", 1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326)]  # fmt: skip
    entries = [struct.pack("<HHII", *tag) for tag in tags]
    for (number, form, count), block in zip(geo, blocks, strict=True):
        entries.append(struct.pack("<HHII", number, form, count, at))
        at += len(block)
    entries.sort(key=lambda entry: struct.unpack("<H", entry[:2])[0])
    return b"II*\x00" + struct.pack("<IH", 8, len(entries)) + b"".join(entries) + bytes(4) + b"".join(blocks) + more


def _rasters() -> dict[str, bytes]:
    return {
        "tif-sparse.tif": tiff(5000, 5000),
        "tif-8000.tif": tiff(8000, 8000, 1, 8),
        "tif-vast.tif": tiff(2**31 - 1, 2**31 - 1),
        "tif-complex.tif": tiff(50, 50, 6, 64),
        "tif-cut.tif": tiff(500, 500)[:60],
        "tif-text.tif": b"II*\x00" + b"x" * 200,
        "tif-zip.tif": zipped({"a": "b"}),
    }


def mappings() -> dict[str, bytes]:
    """Mapping files: nested, too large, of wrong types."""
    return {
        "toml-deep.toml": b"a = " + b"[" * 50_000 + b"]" * 50_000,
        "toml-deep-tables.toml": b"a = " + b"{b=" * 5_000 + b"1" + b"}" * 5_000,
        "toml-large.toml": b"# x\n" * 500_000,
        "toml-list.toml": b"water_points = [1]",
        "toml-bytes.toml": b"\xff\xfe\x00",
        "toml-columns.toml": b"[water_points]\ncolumns = 5",
        "toml-options.toml": b"[water_points.options]\nsheet = [1]",
    }


def write_hostile(folder: Path) -> list[Path]:
    """Write them all and return where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    makers: list[Callable[[], dict[str, bytes]]] = [_sheets, _texts, _geojson, _markup, _zips, _rasters]
    for make in makers:
        for name, data in make().items():
            (folder / name).write_bytes(data)
    _parquet(folder)
    _geopackages(folder)
    return sorted(folder.iterdir())


def png(wide: int, high: int) -> bytes:
    """A picture of one colour, said to be so large, of some kilobytes."""

    def part(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packing = zlib.compressobj(9)
    rows = b"".join(packing.compress(bytes(1 + wide * 3)) for _ in range(high)) + packing.flush()
    head = struct.pack(">IIBBBBB", wide, high, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", rows) + part(b"IEND", b"")
