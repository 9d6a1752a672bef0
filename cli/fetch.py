"""The commands that ask over the net what others publish of an area, as files to look at and to import."""

from __future__ import annotations

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import Area, Json, TellProgress, Workspace, finish, following, say, session
from geo.model.areas import normalise_code
from geo.model.errors import CallError
from geo.model.facts import facts
from texts import LANGUAGES, count, error_text, t

if TYPE_CHECKING:
    import geopandas as gpd
    import shapely

    from geo.fetching.fetch import Fetched, Haul
    from geo.fetching.openstreetmap import Downloaded
    from geo.fetching.sources import Source

_SERVER = str(facts("osm")["server"])
_ASKED = tuple(facts("osm")["ask"])


def fetch(
    area: Annotated[str | None, typer.Argument(help="Code of a regency, kecamatan or village, e.g. 32.03.18.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the files and fetched.json.")] = None,
    workspace: Workspace = None,
    bbox: Annotated[
        str | None, typer.Option(help="West,south,east,north in degrees instead of the area's own ground.")
    ] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Key of a source (--list), repeatable; the usual ones if left out.")
    ] = None,
    sources: Annotated[
        Path | None, typer.Option(envvar="MATA_AIR_OPEN_DATA", help="An office's own entries and mirrors (TOML).")
    ] = None,
    country: Annotated[str, typer.Option(help="Three letters (ISO 3166).")] = "IDN",
    year: Annotated[int, typer.Option(help="Of a population that comes by year.", min=2000, max=2100)] = 2025,
    server: Annotated[str, typer.Option(envvar="MATA_AIR_OVERPASS", help="Address of an Overpass API.")] = _SERVER,
    fresh: Annotated[bool, typer.Option("--fresh", help="Fetch again what is there already.")] = False,
    list_only: Annotated[bool, typer.Option("--list", help="Only tell which sources there are.")] = False,
    progress: TellProgress = False,
    as_json: Json = False,
) -> None:
    """Fetch open data of an area (boundaries, people, buildings, heights, ways); nothing is imported yet.

    Called again it goes on where it was broken off. Exit 1 if a source failed; the others are there.
    """
    from geo.fetching.sources import chosen
    from geo.fetching.sources import sources as known_sources

    if len(country) != 3 or not country.isascii() or not country.isalpha():
        raise CallError("error.fetch.country", value=country)
    known = known_sources(sources)
    wanted = [one.filled(country, year) for one in chosen(known, source)]
    if list_only:
        finish({"sources": {one.key: _about(one) for one in known.values()}}, as_json)
        return
    if out is None or (area is None and bbox is None):
        raise CallError("error.fetch.call")
    code = None if area is None else normalise_code(area)
    from geo.fetching.fetch import fetch as fetch_sources
    from geo.fetching.where import checked, ground_of

    villages = _villages(workspace)
    with following(progress):
        ground = checked(_box(bbox)) if bbox is not None else ground_of(code or "", villages, server)
        haul = fetch_sources(ground, out, wanted, server, villages, fresh=fresh)
    for one in haul.fetched.values():
        _tell(one, known[one.key])
    for key, error in haul.failed.items():
        say(t("cli.fetch_failed", session.lang, name=_named(known[key]), reason=error_text(error, session.lang)))
    told = {"area": code, "window": list(ground.bounds), "folder": str(out)}
    finish(told | _result(haul, out, as_json=as_json), as_json)
    if haul.failed:
        raise typer.Exit(1)


def _villages(workspace: Path | None) -> gpd.GeoDataFrame:
    """Those known: the workspace's, else those of the shipped areas."""
    if workspace is not None:
        from geo.workspace.versions import load

        return load(workspace).villages
    from geo.workspace.shipped import shipped_tables

    return shipped_tables()[0]["villages"]


def _named(source: Source) -> str:
    return source.names.get(session.lang) or source.names.get(LANGUAGES[0]) or source.key


def _about(source: Source) -> dict[str, Any]:
    told = {name: getattr(source, name) for name in ("gives", "licence", "attribution", "version", "page", "usual")}
    return {"name": _named(source)} | told | {"address": source.address, "checked": source.checked}


def _tell(one: Fetched, source: Source) -> None:
    key = "cli.fetch_none" if one.file is None else "cli.fetch_kept" if one.kept else "cli.fetched"
    megabytes = count(one.received / 1e6, session.lang, 1)
    words = {"name": _named(source), "licence": one.licence, "what": found_words(one.found), "megabytes": megabytes}
    words["day"] = one.fetched_on[:10]
    say(t(key, session.lang, **words))
    if one.moved:
        say(t("cli.fetch_moved", session.lang, name=_named(source), file=one.moved))
    _tell_unnamed(one.unnamed)


def found_words(found: dict[str, Any]) -> str:
    """What a file holds, in words."""
    lang = session.lang
    return ", ".join(t(f"fetch.found.{name}", lang, count=count(value, lang)) for name, value in found.items())


def _result(haul: Haul, out: Path, *, as_json: bool) -> dict[str, Any]:
    """What was fetched, and the call that would import it; sources one by one only for programs."""
    files = [(one.option, out / one.file) for one in haul.fetched.values() if one.file is not None and one.option]
    words = " ".join(f"{option} {shlex.quote(str(path))}" for option, path in files)
    call = {"import": f"mata-air import --workspace … {words}" if files else ""}
    if not as_json:
        return call
    told = {
        key: asdict(one) | {"option": one.option, "what": found_words(one.found)} for key, one in haul.fetched.items()
    }
    failed = {key: error_text(error, session.lang) for key, error in haul.failed.items()}
    return {"sources": told, "failed": failed} | call


def osm(
    out: Annotated[Path, typer.Option(help="Folder for the files, one a table: osm-<table>.geojson.")],
    workspace: Workspace = None,
    area: Area = None,
    bbox: Annotated[
        str | None, typer.Option(help="West,south,east,north in degrees, where no village is known yet.")
    ] = None,
    table: Annotated[list[str] | None, typer.Option(help=f"Repeatable: {', '.join(_ASKED)}; all if left out.")] = None,
    server: Annotated[str, typer.Option(envvar="MATA_AIR_OVERPASS", help="Address of an Overpass API.")] = _SERVER,
    progress: TellProgress = False,
    as_json: Json = False,
) -> None:
    """Ask OpenStreetMap for points, toilets, schools, health posts, ways and boundaries; nothing is imported yet."""
    for name in table or ():
        if name not in _ASKED:
            raise CallError("error.table", value=name, known=", ".join(_ASKED))
    from geo.fetching.openstreetmap import around, download
    from geo.workspace.versions import load

    villages = None
    if bbox is not None:
        ground = _box(bbox)
    elif workspace is not None:
        villages = load(workspace).villages
        ground = around(villages, area)
    else:
        raise CallError("error.osm_where")
    with following(progress):
        downloaded = download(ground, out, table or _ASKED, villages, server)
    for name, one in downloaded.items():
        _tell_table(name, one)
    finish({"tables": {name: _as_dict(one) for name, one in downloaded.items()}, "server": server}, as_json)


def _tell_table(name: str, one: Downloaded) -> None:
    words = {"table": t(f"table.{name}", session.lang), "count": one.rows}
    say(t("cli.osm_found", session.lang, **words))
    if one.areas:
        say(t("osm.areas", session.lang, **words | {"count": one.areas}))
    _tell_unnamed(one.unnamed)


def _tell_unnamed(names: tuple[str, ...]) -> None:
    """Boundaries whose name is no village of the area."""
    if names:
        say(t("osm.unnamed", session.lang, names=", ".join(names[:20]), count=len(names)))


def _as_dict(one: Downloaded) -> dict[str, Any]:
    file = None if one.path is None else str(one.path)
    return {"file": file, "rows": one.rows, "areas": one.areas, "unnamed": list(one.unnamed)}


def _box(text: str) -> shapely.Geometry:
    import shapely

    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError as error:
        raise CallError("error.bbox", value=text) from error
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise CallError("error.bbox", value=text)
    return shapely.box(west, south, east, north)
