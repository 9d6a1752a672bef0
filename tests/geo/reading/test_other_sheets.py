"""ODS and XLS are read as XLSX is; an ODS that would unpack to millions of cells is refused before it is opened."""

from __future__ import annotations

import base64
import zipfile
import zlib
from pathlib import Path

import pytest

from geo.model.errors import DataError
from geo.reading.readers import read_any
from geo.workspace.importing import check_file

ROWS = [["id", "kondisi", "lat", "lon"], ["a", "rusak", "-7.21", "107.12"], ["b", "baik", "-7.22", "107.13"]]
#: The same rows as XLS (BIFF8), written by xlwt 1.3: nothing that is installed here writes this format.
XLS = (
    "c-rk)O=uHA6#i!OAKEmjsn7}~6s%f%5icUNtAh4qsUj#M=%xv>Y)E7q4|=g$a})$mikCt`yi~pTLlyPrL8$0K5QL;2JqZ<hXtTa~"
    "nblN#Xh4g~e9OFf^JeComwj(0yZdH7Rh@p&Q^QXfMgVm$hH#TjP>K1CB&gr>r0UmEDxStag;<mV84h8t{dGjfP{z9k1NVb3NdgO0"
    "PT?FzOT~O<195<Tu!Qtsh@`-6vLw*WUUjk@XSs>xJs$a#<vzAtV>v`)tKuZ)&C!89DvM7TecYFT<bA|*KCopMy6{S7@ulmcF*bz#"
    "u5A_m&W_$-8)iUp8_5^*u2rZaO#z(2S1$uB`aAVSM%y>mE<pCB)%M65_8UeJn1pwR6TE^H76RZy_LyC^os4C>%h=23sw|YDc8;R$"
    "l!`ff!lt1Gt1M-yNO@s}0QdZa<&d5w-mGOiaY@EIJh^Izw{zyVk<6ik^%UoSlGa(i`{nK7?3j6)Et9-*<Luum-GztCat2LKa1VP7"
    "*)za1cCx&}tXo*`VVS0^rMiEtODTt@c+6Gq?Wc8iGv1lon)L0YS3Vzk+*|o%?jU`3q;@eq``(;JAKj)L&6n2{2F0MbbyMPr>DNM?"
    "6CYW2|8izTjimD3Q-5$BSV5fC6w5|S-W~D1WvF}AXa%ShP+VdSF2P(uHC`|m1q#o|H^E%b7d<b9@jH@BvKVWy7|aq@ERA?Y6pO(u"
    "bIfv<S%!^HJd{)DB>aImG&D3cG&D3cG&Drxy@H=%<x^@%y&*)@cbyd~b^V#-zr|6M=ql5T=|L2!c5$Jl{Mn3<@VUe~=lI_XC63eT"
    "E*xap52xk)rS~7v{Cn0tG5PzpP^;_LTk-P`um26)PT7b"
)
HEAD = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.3">'
    "<office:body><office:spreadsheet>"
)


def cell(text: str, repeated: str = "") -> str:
    more = f' table:number-columns-repeated="{repeated}"' if repeated else ""
    return f'<table:table-cell office:value-type="string"{more}><text:p>{text}</text:p></table:table-cell>'


def ods(path: Path, rows: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        end = "</office:spreadsheet></office:body></office:document-content>"
        archive.writestr("content.xml", f'{HEAD}<table:table table:name="Titik">{rows}</table:table>{end}')
    return path


def lines(rows: list[list[str]]) -> str:
    return "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)


def test_ods_is_read(tmp_path: Path) -> None:
    empty = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    found = check_file(ods(tmp_path / "titik.ods", lines(ROWS) + empty), "water_points")
    assert (found.read, found.accepted) == (2, 2)
    assert found.rows["status"].tolist() == ["non_functional", "functional"]
    assert [round(p.y, 2) for p in found.rows.geometry] == [-7.21, -7.22]


@pytest.mark.parametrize("ending", ["xls", "xlsx"])
def test_xls_is_read_whatever_it_is_called(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"titik.{ending}"
    path.write_bytes(zlib.decompress(base64.b85decode("".join(XLS))))
    if ending == "xlsx":
        with pytest.raises(DataError):
            read_any(path.rename(tmp_path / "leer.ods"))
        return
    found = check_file(path, "water_points")
    assert found.rows["status"].tolist() == ["non_functional", "functional"]
    assert [round(p.x, 2) for p in found.rows.geometry] == [107.12, 107.13]


def test_text_that_is_called_xls_is_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "titik.xls"
    path.write_text("\n".join("\t".join(row) for row in ROWS), encoding="utf-8")
    assert check_file(path, "water_points").accepted == 2


@pytest.mark.parametrize(
    "rows",
    [
        f'<table:table-row table:number-rows-repeated="1000000">{cell("x")}{cell("y", "100")}</table:table-row>',
        f'<table:table-row table:number-rows-repeated="1048570"><table:table-cell/></table:table-row>'
        f'<table:table-row><table:table-cell table:number-columns-repeated="16000"/>{cell("x")}</table:table-row>',
        f"<table:table-row>{cell('x', '999999999')}</table:table-row>",
    ],
)
def test_an_ods_of_millions_of_cells_is_refused(rows: str, tmp_path: Path) -> None:
    path = ods(tmp_path / "besar.ods", rows)
    assert path.stat().st_size < 2_000
    with pytest.raises(DataError) as told:
        read_any(path)
    assert told.value.key == "error.far_cell"


@pytest.mark.parametrize("text", ["-1", "x", "99999999999", ""])
def test_an_ods_that_says_no_number_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(DataError):
        read_any(
            ods(
                tmp_path / "aneh.ods",
                f'<table:table-row table:number-rows-repeated="{text}">{cell("x")}</table:table-row>',
            )
        )
