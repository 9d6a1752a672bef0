"""A form for visiting known sites again (ODK Collect, KoboCollect): chosen on a map, with what is known of each.

A ZIP of two forms that ask the same: one takes its sites from a file beside it (`sites.geojson`), one from the entity
list `sites` of ODK Central, which its answers keep up to date. Their answers come back on page Data (`returned`) as
differences by id. Sources: xlsform.org (select from file, entities), docs.getodk.org/entities-intro, ODK entities
specification 2024.1.
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from typing import Any

import pandas as pd

from exports.tables.field import site_uuid
from exports.tables.sheet import Sheet, defused, expect
from exports.tables.xlsform import NAMES, both, choice_rows, labels, workbook
from texts import LANGUAGES, t

#: What of a site goes along, by the name it has in the form.
KNOWN = ("site_id", "service", "status", "status_word", "kind", "village", "last_seen", "place_shifted")
#: The beginning of the keys of the words for what a site is.
_WORDS = {"water": "technology", "sanitation": "kind"}
Row = dict[str, Any]


def to_followup(sheet: Sheet) -> bytes:
    """Write forms, sites and how to use them; the forms are converted once, and the sites counted when read back.

    Raises
    ------
    DataError
        If what was written does not hold every site.
    """
    from pyxform.xls2xform import convert

    sites = _sites(sheet)
    forms = {"kunjungan.xlsx": _form(entities=False), "kunjungan-entitas.xlsx": _form(entities=True)}
    for data in forms.values():
        convert(data, file_type=".xlsx")
    made = {**forms, "sites.geojson": _geojson(sites), "sites.csv": _csv(sites)}
    made["BACA.txt"] = t("followup.read_me", sheet.lang, count=len(sites), version=_version(sheet)).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in made.items():
            archive.writestr(name, data)
    data = buffer.getvalue()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        back = len(json.loads(archive.read("sites.geojson"))["features"])
        lines = len(list(csv.reader(io.StringIO(archive.read("sites.csv").decode("utf-8-sig"))))) - 1
    for found in (back, lines):
        expect(found, len(sites), "odk")
    return data


def visits_form() -> str:
    """Return the form as XML (XForm), its sites in the file `sites.geojson` beside it."""
    from pyxform.xls2xform import convert

    return str(convert(_form(entities=False), file_type=".xlsx").xform)


def visits_sites(sheet: Sheet) -> bytes:
    """Return the sites of a sheet as the form's `sites.geojson`."""
    return _geojson(_sites(sheet))


def _version(sheet: Sheet) -> str:
    return "" if sheet.analysis is None else sheet.analysis.provenance["version"]


def _sites(sheet: Sheet) -> list[Row]:
    """Each site with its place, a title for the map and the list, and what is known."""
    if "site_id" not in sheet.rows:  # villages are not visited as sites are
        return []
    found = []
    names = {} if sheet.analysis is None else dict(zip(*_villages(sheet), strict=True))
    for record, shape in zip(sheet.rows.drop(columns="geometry").to_dict("records"), sheet.rows.geometry, strict=True):
        site, service = str(record["site_id"]), str(record["service"])
        known = {name: _plain(record.get(name)) for name in ("name", "status", "village_code", "reported_on")}
        kind = _plain(record.get("technology") if service == "water" else record.get("kind"))
        village = names.get(known["village_code"], known["village_code"])
        title = " · ".join(part for part in (site, known["name"], village) if part)
        status = known["status"] or "unknown"
        words = t(f"status.{status}", sheet.lang), t(f"{_WORDS[service]}.{kind or 'unknown'}", sheet.lang)
        found.append(
            {
                "name": site_uuid(service, site), "label": title, "site_id": site, "service": service, "status": status,
                "status_word": words[0], "kind": words[1], "village": village, "last_seen": known["reported_on"],
                "place_shifted": "true" if str(record.get("place_shifted")).lower() == "true" else "",
                "lon": shape.x, "lat": shape.y,
            }
        )  # fmt: skip
    return found


def _villages(sheet: Sheet) -> tuple[pd.Series, pd.Series]:
    assert sheet.analysis is not None
    return sheet.analysis.villages["village_code"], sheet.analysis.villages["name"]


def _plain(value: Any) -> str:
    return "" if value is None or pd.isna(value) else str(value)[:300]


def _geojson(sites: list[Row]) -> bytes:
    """Places with `id` and `title`, as Collect asks of a file from which is chosen."""
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [one["lon"], one["lat"]]},
            "properties": {"id": one["name"], "title": one["label"]} | {name: one[name] for name in KNOWN},
        }
        for one in sites
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


def _csv(sites: list[Row]) -> bytes:
    """The rows for an entity list: Central takes `label` and the properties; `geometry` shows them on the map.

    What a spreadsheet would run is quoted, as in every CSV of ours; `returned` takes the quote off.
    """
    buffer = io.StringIO()
    lines = csv.writer(buffer, lineterminator="\n")
    lines.writerow(["name", "label", "geometry", *KNOWN])
    for one in sites:
        known = (defused(one[name]) for name in KNOWN)
        lines.writerow([one["name"], defused(one["label"]), f"{one['lat']} {one['lon']} 0 0", *known])
    return buffer.getvalue().encode()


def _form(*, entities: bool) -> bytes:
    return workbook(visit_pages(entities=entities))


def visit_pages(*, entities: bool = False) -> dict[str, list[Row]]:
    """Return the sheets of the form: sites from the file beside it or the entity list `sites`, which answers change."""
    ending = "csv" if entities else "geojson"
    pages = {"survey": _survey(ending, entities=entities), "choices": choice_rows("status")}
    if entities:
        pages["entities"] = [{"list_name": "sites", "entity_id": "${site}"}]
    title = t("followup.title", "id")
    pages["settings"] = [
        {"form_title": title, "form_id": f"mata_air_kunjungan{'_entitas' if entities else ''}", "version": "1",
         "default_language": NAMES["id"]}
    ]  # fmt: skip
    return pages


def _survey(ending: str, *, entities: bool) -> list[Row]:
    """What is asked at a site; what is known of it is shown first."""
    value = {"parameters": "value=id label=title"} if ending == "geojson" else {}
    rows: list[Row] = [
        {"type": "start", "name": "start"},
        {"type": f"select_one_from_file sites.{ending}", "name": "site", "appearance": "map", "required": "yes"}
        | value | labels(both("followup.site")),
    ]  # fmt: skip
    key = "id" if ending == "geojson" else "name"
    for name in KNOWN:
        of = f"instance('sites')/root/item[{key}=${{site}}]/{name}"
        rows.append({"type": "calculate", "name": f"known_{name}", "calculation": of})
    for name in ("site_id", "service", "place_shifted"):  # as what comes back is read
        rows.append({"type": "calculate", "name": name, "calculation": f"${{known_{name}}}"})
    told = {name: f"${{known_{name}}}" for name in KNOWN}
    words = {lang: t("followup.known", lang, **told) for lang in LANGUAGES}
    rows.append({"type": "note", "name": "known"} | labels(words))
    rows += [
        {"type": "date", "name": "visited_on", "default": "today()", "required": "yes"} | labels(both("followup.day")),
        {"type": "select_one status", "name": "status_new", "required": "yes"} | labels(both("followup.status")),
        {"type": "image", "name": "photo", "parameters": "max-pixels=1600"} | labels(both("followup.photo")),
        {"type": "text", "name": "note"} | labels(both("followup.note")),
        {"type": "geopoint", "name": "location"} | labels(both("followup.place")),
    ]
    if entities:  # what the list then says of the site
        kept = {"status_new": "status", "visited_on": "last_seen"}
        rows = [row | ({"save_to": kept[row["name"]]} if row["name"] in kept else {}) for row in rows]
    return rows
