"""What is told and left as it is: points that may be one thing recorded twice, overlaps and gaps of villages, persons,
positions that are hardly meant, counts that contradict each other.

Twins are never merged, boundaries never moved; a person's name is told before anything is shared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.cells.position_text import INHABITED
from geo.model.arrays import Floats, Ints
from geo.model.facts import facts
from geo.model.sites import xy_of
from geo.reach.distance import GEOD
from geo.reach.near import neighbour, on_ball
from geo.reading.raw_table import Fault, RawTable

#: So near to each other (metres), two points of one kind may be one.
NEAR_M = 25.0
#: Which tables are looked through, and the column that tells the kind.
_KINDS = {"water_points": "technology", "sanitation": "kind", "institutions": "kind"}


#: A receiver that was less sure of a position than this did not find the place, metres.
_POOR_M = 30.0
#: Heads of how sure a receiver was, and such a position in one cell of a form.
_SURE = re.compile(r"(?:^|[ _/-])(?:accuracy|precision|akurasi|presisi)$", re.IGNORECASE)
_GEOPOINT = re.compile(r"^\s*-?\d+\.\d+ -?\d+\.\d+ -?\d+(?:\.\d+)? (\d+(?:\.\d+)?)\s*$")


def poor_positions(raw: RawTable) -> list[Fault]:
    """Tell how many positions were taken while the receiver was far from sure of them."""
    cells = raw.as_written
    for column in map(str, cells.columns):
        texts = cells[column].dropna().astype(str)
        if _SURE.search(column):
            metres = pd.to_numeric(texts.str.replace(",", "."), errors="coerce")
        elif len(texts) and _GEOPOINT.match(texts.iloc[0]):
            metres = pd.to_numeric(texts.str.extract(_GEOPOINT)[0], errors="coerce")
        else:
            continue
        poor = metres[metres > _POOR_M]
        if len(poor):
            values = {"count": len(poor), "most": f"{poor.max():.0f}", "least": f"{_POOR_M:.0f}"}
            return [Fault("poor_positions", "note", int(str(poor.index[0])), column, None, values)]
        return []
    return []


def possible_duplicates(rows: gpd.GeoDataFrame, table: str) -> list[Fault]:
    """Return a note for each point with another of its kind within 25 m: the nearest one, each pair once.

    Parameters
    ----------
    rows
        Accepted rows with `source_row`.
    table
        What they are; tables without points of kinds have no duplicates.
    """
    if table not in _KINDS or len(rows) < 2:
        return []
    key = facts("tables")[table]["key"]
    xy = xy_of(rows)
    number, ids = rows["source_row"].to_numpy(), rows[key].astype(str).to_numpy()
    found = []
    for members in rows.groupby(_KINDS[table], dropna=False).indices.values():
        nearest, metres = _nearest_other(xy[members])
        for own in np.flatnonzero(nearest >= 0):
            other = int(nearest[own])
            if nearest[other] == own and other > own:
                continue  # each is the other's nearest: told at the later of the two
            one, two = members[own], members[other]
            values = {"far": round(float(metres[own])), "other": ids[two], "other_row": int(number[two])}
            found.append(Fault("possible_duplicate", "note", int(number[one]), key, ids[one], values))
    return sorted(found, key=lambda fault: fault.row or 0)


def _nearest_other(xy: Floats) -> tuple[Ints, Floats]:
    """For each point the position of the nearest other one within 25 m (-1: none) and the metres to it.

    Points of one place stand for one, so that thousands at a village's middle cost no more than as many apart.
    """
    places, first, of = np.unique(xy, axis=0, return_index=True, return_inverse=True)
    of = of.ravel()
    nearest, metres = _nearest_place(places, first, of)
    shared = np.bincount(of)[of] > 1
    nearest[shared], metres[shared] = first[of[shared]], 0.0
    order = np.argsort(of, kind="stable")
    begin = np.searchsorted(of[order], np.arange(len(places)))
    several = np.flatnonzero(np.bincount(of) > 1)
    nearest[first[several]] = order[begin[several] + 1]  # the first of a place has the second of it
    return nearest, metres


def _nearest_place(places: Floats, first: Ints, of: Ints) -> tuple[Ints, Floats]:
    """The first point of the nearest other place, and the metres, for each point."""
    nearest, metres = np.full(len(of), -1, dtype=np.int64), np.full(len(of), np.nan)
    if len(places) < 2:
        return nearest, metres
    other = neighbour(on_ball(places), NEAR_M * 1.02)
    at = np.flatnonzero(other < len(places))
    far = GEOD.inv(*places[at].T, *places[other[at]].T)[2]
    at, far = at[far <= NEAR_M], far[far <= NEAR_M]
    by_place, metres_of = np.full(len(places), -1, dtype=np.int64), np.full(len(places), np.nan)
    by_place[at], metres_of[at] = first[other[at]], far
    return by_place[of], metres_of[of]


def duplicates_of_known(rows: gpd.GeoDataFrame, known: gpd.GeoDataFrame, table: str) -> list[Fault]:
    """Return a note for each new point with a known one of its kind within 25 m; of one id they are the same point.

    Parameters
    ----------
    rows
        Accepted rows with `source_row`.
    known
        Rows that are there already.
    table
        What both are.
    """
    if table not in _KINDS or rows.empty or known.empty:
        return []
    from scipy.spatial import cKDTree

    key, kind = facts("tables")[table]["key"], _KINDS[table]
    old, new = known[key].astype(str).to_numpy(), rows[key].astype(str).to_numpy()
    fresh = ~pd.Index(new).isin(pd.Index(old))
    found = []
    for word in rows.loc[fresh, kind].dropna().unique():
        mine, theirs = np.flatnonzero(fresh & (rows[kind] == word)), np.flatnonzero(known[kind] == word)
        if not len(theirs):
            continue
        here, there = xy_of(rows.iloc[mine]), xy_of(known.iloc[theirs])
        _, best = cKDTree(on_ball(there)).query(on_ball(here), distance_upper_bound=NEAR_M * 1.02)
        for own in np.flatnonzero(best < len(theirs)):
            far = float(GEOD.inv(*here[own], *there[best[own]])[2])
            if far > NEAR_M:
                continue
            values = {"far": round(far), "other": old[theirs[best[own]]]}
            row = int(rows["source_row"].iloc[mine[own]])
            found.append(Fault("duplicate_of_known", "note", row, key, new[mine[own]], values))
    return sorted(found, key=lambda fault: fault.row or 0)


#: An overlap smaller than this part of the smaller village is the thickness of a line.
_PART = 0.005
#: Gaps are looked for among at most so many villages (their union takes long for a country).
_MOST = 5_000
_KM2_PER_DEGREE2 = 111.32**2  # only to say about how large a gap is


def neighbour_faults(villages: gpd.GeoDataFrame) -> list[Fault]:
    """Return a note for each overlap of two villages, and one for all gaps between them.

    A person in an overlap is counted for the village with the lower code, one in a gap for none, unless the settlement
    says its village itself.
    """
    areas = villages[villages.geom_type.isin(("Polygon", "MultiPolygon")).to_numpy()]
    if len(areas) < 2:
        return []
    return [*_overlaps(areas), *_gaps(areas)]


def _overlaps(areas: gpd.GeoDataFrame) -> list[Fault]:
    shapes, codes = areas.geometry.to_numpy(), areas["village_code"].to_numpy()
    rows = areas["source_row"].to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    common = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    part = common / np.maximum(np.minimum(shapely.area(shapes[one]), shapely.area(shapes[other])), 1e-300)
    found = []
    for k in np.flatnonzero(part > _PART):
        values = {"other": str(codes[other[k]]), "percent": f"{part[k]:.0%}".rstrip("%")}
        found.append(Fault("overlap", "note", int(rows[one[k]]), "geometry", str(codes[one[k]]), values))
    return found


def _gaps(areas: gpd.GeoDataFrame) -> list[Fault]:
    if len(areas) > _MOST:
        return []
    whole = shapely.union_all(areas.geometry.to_numpy())
    holes = [shapely.Polygon(ring) for part in shapely.get_parts(whole) for ring in part.interiors]
    sizes = [hole.area * np.cos(np.radians(hole.centroid.y)) * _KM2_PER_DEGREE2 for hole in holes]
    if not sizes:
        return []
    middle = holes[int(np.argmax(sizes))].representative_point()
    values = {"count": len(sizes), "km2": f"{sum(sizes):.3g}", "place": f"{middle.y:.4f}, {middle.x:.4f}"}
    return [Fault("boundary_gaps", "note", column="geometry", values=values)]


#: Texts that people write as they like and that leave in files.
_FREE = ("name", "source", "quality", "containment", "manager")
#: A form of address, then a word with a capital: "Pak Ujang", "H. Dadang", "Ibu Siti". Offices (Pak RT) are none.
_ADDRESSED = re.compile(
    r"\b(?:[Pp]ak|[Bb]pk\.?|[Bb]apak|[Bb]u|[Ii]bu|H\.|Hj\.|[Hh]aji|[Uu]stadz?|[Kk]yai|[Kk]ang|[Mm]ang|[Tt]eh|[Mm]bah"
    r"|[Aa]bah)"
    r"\s+(?!RT\b|RW\b|Kades\b|Kadus\b|Lurah\b|Camat\b|Guru\b)[A-Z][a-z]+"
)


#: By what a person is reached: an e-mail address, an Indonesian mobile number.
_REACHED = re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}|(?<!\d)(?:\+62|62|0)[ -]?8\d{1,3}(?:[ -]?\d){6,9}(?!\d)")


def names_a_person(text: str) -> bool:
    """Whether a text seems to name a person, or how one is reached.

    Examples
    --------
    >>> names_a_person("Sumur Pak Ujang"), names_a_person("Sumur Pak RT"), names_a_person("siti@desa.id")
    (True, False, True)
    """
    return bool(_ADDRESSED.search(text) or _REACHED.search(text))


def persons_named(rows: pd.DataFrame) -> list[Fault]:
    """Return a note for each text that seems to name a person.

    Examples
    --------
    >>> rows = pd.DataFrame({"name": ["Sumur Pak Ujang", "Sumur Pak RT", "Mata air"], "source_row": [2, 3, 4]})
    >>> [(fault.row, fault.value) for fault in persons_named(rows)]
    [(2, 'Sumur Pak Ujang')]
    """
    found = []
    for name in _FREE:
        if name in rows:
            texts = rows[name]
            told = [text for text in texts.dropna().unique() if isinstance(text, str)]
            named = [text for text in told if names_a_person(text)]
            hit = texts.isin(named)
            for row, text in zip(rows.loc[hit.to_numpy(bool), "source_row"], texts[hit.to_numpy(bool)], strict=True):
                found.append(Fault("person_named", "note", int(row), name, str(text)))
    return found


#: A position this many times farther from the middle of all than the median one, and at least so far, is far away.
_TIMES_FAR, _FAR_M = 20.0, 50_000.0
#: So many positions make a middle.
_ENOUGH = 5
#: So many rows of one kind are told one by one.
_EACH = 20


def odd_places(rows: gpd.GeoDataFrame) -> list[Fault]:
    """Return notes for positions that are hardly meant: 0, whole degrees, far from all others, across the equator.

    Parameters
    ----------
    rows
        Accepted rows with `source_row`.
    """
    shapes = rows.geometry[rows.geometry.notna() & ~rows.geometry.is_empty]
    points = shapes[shapes.geom_type == "Point"]
    found: list[Fault] = []
    if len(points):
        lon, lat = points.x.to_numpy(), points.y.to_numpy()
        zero = (np.abs(lat) < 1e-6) | (np.abs(lon) < 1e-6)
        whole = (lat == np.round(lat)) & (lon == np.round(lon)) & ~zero
        rest = ~zero & ~whole
        found += _each(rows, points[(lat < INHABITED[0]) | (lat > INHABITED[1])], "nobody_lives")
        found += _each(rows, points[zero], "coordinate_zero")
        found += _each(rows, points[whole], "whole_degrees")
        found += _far(rows, points[rest])
    return [*found, *_other_side(rows, shapes)]


def _each(rows: gpd.GeoDataFrame, points: gpd.GeoSeries, key: str, told: Mapping[object, object] = {}) -> list[Fault]:
    """A note for each of some points; of many the first, with their number."""
    found = []
    for index, point in points.iloc[:_EACH].items():
        values = {"count": len(points), "far": told.get(index, "")}
        row = int(rows.at[index, "source_row"])
        found.append(Fault(key, "note", row, "lat/lon", f"{point.y:.6g}, {point.x:.6g}", values))
    return found


def _far(rows: gpd.GeoDataFrame, points: gpd.GeoSeries) -> list[Fault]:
    """Points far away from all others: mostly a digit, a decimal point or an exchange of the two."""
    if len(points) < _ENOUGH:
        return []
    lon, lat = points.x.to_numpy(), points.y.to_numpy()
    middle = float(np.median(lon)), float(np.median(lat))
    _, _, metres = GEOD.inv(np.full(len(lon), middle[0]), np.full(len(lat), middle[1]), lon, lat)
    limit = max(_FAR_M, _TIMES_FAR * float(np.median(metres)))
    far = metres > limit
    if not far.any() or far.sum() * 3 > len(far):
        return []
    told = dict(zip(points.index[far], np.round(metres[far] / 1000).astype(int), strict=True))
    return _each(rows, points[far], "far_from_others", told)


def _other_side(rows: gpd.GeoDataFrame, shapes: gpd.GeoSeries) -> list[Fault]:
    """Positions on the other side of the equator that would lie among all others if mirrored: a minus sign left out."""
    lat = shapes.representative_point().y
    north = lat > 0
    few, many = (lat[north], lat[~north]) if north.sum() * 2 < len(lat) else (lat[~north], lat[north])
    if not len(few) or len(few) * 3 > len(many):
        return []
    room = max(float(many.max() - many.min()), 0.1)  # few rows tell little of how far an area reaches
    inside = few[(-few).between(many.min() - room, many.max() + room) & (few.abs() > 1.0)]
    if not len(inside):
        return []
    first = rows.loc[inside.index[0]]
    values = {"count": len(inside), "lat": f"{inside.iloc[0]:.4f}"}
    return [Fault("other_hemisphere", "note", int(first["source_row"]), "lat", f"{inside.iloc[0]:.4f}", values)]


#: Households on the rungs of the sanitation ladder.
RUNGS = ("hh_safe", "hh_own", "hh_shared", "hh_unimproved", "hh_open")


def odd_counts(villages: pd.DataFrame) -> list[Fault]:
    """Return notes for counts of a village that contradict each other: the parts of its households, and its people."""
    names = ("population", "households", "households_piped", "hh_handwashing", "hh_water_safe", *RUNGS)
    numbers = {name: pd.to_numeric(villages[name], errors="coerce") for name in names}
    households, people = numbers["households"], numbers["population"]
    on_rungs = pd.concat([numbers[name] for name in RUNGS], axis=1).sum(axis=1, min_count=1)
    own = [pd.to_numeric(villages[name], errors="coerce") for name in ("hh_jsp", "hh_jssp")]
    stbm = pd.concat([*own, numbers["hh_shared"], numbers["hh_open"]], axis=1).sum(axis=1, min_count=1)
    stbm = stbm.where(own[0].notna() | own[1].notna())  # STBM's own rungs, which stand for `hh_own`
    parts = {"households_piped": numbers["households_piped"], "hh_handwashing": numbers["hh_handwashing"],
             "hh_water_safe": numbers["hh_water_safe"], "hh_safe … hh_open": on_rungs,
             "hh_jsp + hh_jssp + hh_shared + hh_open": stbm}  # fmt: skip
    found = []
    for name, part in parts.items():
        for at in villages.index[(part > households).to_numpy(bool)]:
            values = {"households": f"{households[at]:.0f}", "code": str(villages.at[at, "village_code"])}
            row = int(villages.at[at, "source_row"])
            found.append(Fault("more_than_households", "note", row, name, f"{part[at]:.0f}", values))
    for at in villages.index[(households > people).to_numpy(bool)]:
        values = {"people": f"{people[at]:.0f}", "code": str(villages.at[at, "village_code"])}
        row = int(villages.at[at, "source_row"])
        found.append(Fault("more_households_than_people", "note", row, "households", f"{households[at]:.0f}", values))
    return sorted(found, key=lambda fault: fault.row or 0)


#: What a spreadsheet makes of an id: 3203182001001 a number with few digits, "1-3" a day.
_SPOILT = re.compile(
    r"^(?:\d(?:[.,]\d+)?[Ee]\+\d+|\d{1,2}-[A-Za-z]{3,4}|[A-Za-z]{3,4}-\d{2}|\d{4}-\d{2}-\d{2}(?:[ T]00:00:00)?)$"
)


def spoilt_ids(typed: pd.DataFrame, key: str) -> list[Fault]:
    """Return a note for ids that a spreadsheet spoilt; one that several rows then share is taken from them, in place.

    Examples
    --------
    >>> typed = pd.DataFrame({"point_id": ["3.2E+12", "3.2E+12", "1-Mar", "P-5"]}, dtype=object)
    >>> [(fault.key, fault.row, fault.value) for fault in spoilt_ids(typed, "point_id")]
    [('id_spoilt_shared', 0, '3.2E+12'), ('id_spoilt', 2, '1-Mar')]
    >>> typed["point_id"].tolist()
    [None, None, '1-Mar', 'P-5']
    """
    texts = typed[key]
    spoilt = texts.map(lambda text: isinstance(text, str) and _SPOILT.match(text) is not None)
    shared = spoilt & texts.duplicated(keep=False)
    found = []
    for name, rows in (("id_spoilt_shared", shared), ("id_spoilt", spoilt & ~shared)):
        at = typed.index[rows.to_numpy(bool)]
        if len(at):
            found.append(Fault(name, "note", int(at[0]), key, str(texts[at[0]]), {"count": len(at)}))
    typed.loc[shared.to_numpy(bool), key] = None
    return found


def examples(rows: pd.DataFrame, table: str) -> list[Fault]:
    """Return a note for each row that seems to be a form's example and no thing."""
    found: dict[int, Fault] = {}
    for name in dict.fromkeys((facts("tables")[table]["key"], "name")):
        if name in rows:
            first = rows[name].map(lambda text: next(iter(re.findall(r"[a-z]+", str(text).lower())), ""))
            hit = first.isin(facts("sections")["examples"]).to_numpy(bool)
            for row, text in zip(rows.loc[hit, "source_row"], rows.loc[hit, name], strict=True):
                found.setdefault(int(row), Fault("example_row", "note", int(row), name, str(text)))
    return list(found.values())
