"""The command that asks OpenStreetMap what it has of an area, as files to look at and to import."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import Area, Json, TellProgress, Workspace, finish, following, say, session
from geo.model.errors import CallError
from geo.model.facts import facts
from texts import t

if TYPE_CHECKING:
    import shapely

    from geo.reading.openstreetmap import Downloaded

_ASKED = tuple(facts("osm")["ask"])
_SERVER = str(facts("osm")["server"])


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
    from geo.reading.openstreetmap import around, download
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
        _tell(name, one)
    finish({"tables": {name: _as_dict(one) for name, one in downloaded.items()}, "server": server}, as_json)


def _tell(name: str, one: Downloaded) -> None:
    words = {"table": t(f"table.{name}", session.lang), "count": one.rows}
    say(t("cli.osm_found", session.lang, **words))
    if one.areas:
        say(t("osm.areas", session.lang, **words | {"count": one.areas}))
    if one.unnamed:
        say(t("osm.unnamed", session.lang, names=", ".join(one.unnamed[:20]), count=len(one.unnamed)))


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
