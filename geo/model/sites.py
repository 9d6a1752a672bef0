"""Sites of a service: which table, which columns, which statuses; the states of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from geo.model.arrays import Floats

#: The tables of a data version.
TABLES = (
    "villages",
    "settlements",
    "water_points",
    "sanitation",
    "institutions",
    "reports",
    "roads",
    "rivers",
    "buildings",
)
#: Tables that a form of a survey (ODK, Kobo) can be made for.
SURVEYED = ("water_points", "sanitation", "institutions", "community")
#: Of these, the forms that telephones are offered and may send (reports of the community have their own page).
FORMS = tuple(name for name in SURVEYED if name != "community")
#: The form by which known sites are visited again: its answers are differences, no rows of a table.
VISITS = "kunjungan"
SERVICES = ("water", "sanitation")
#: Options of `import` that are not called as their table.
IMPORT_OPTIONS = {"water_points": "water"}
#: The table with the sites of a service.
SITE_TABLES = {"water": "water_points", "sanitation": "sanitation"}
STATUSES = ("functional", "needs_repair", "not_in_use", "dry_season", "non_functional", "abandoned", "unknown")
#: Statuses of sites that a repair could bring back.
REPAIRABLE = ("needs_repair", "not_in_use", "dry_season", "non_functional", "unknown")
#: Where each person stands; the states of a place sum to its people.
STATES = ("on_premises", "served", "over_capacity", "out_of_reach", "unmapped")
#: The source of a row that is none of real data.
SAMPLE = "sample"
#: How the name of a file ends whose content is sample, where its rows cannot say so.
SAMPLE_FILE = " (sample)"
#: How the source of a row ends whose facts are real and whose survey columns are sample.
SAMPLE_SURVEY = "; survey columns: sample"


def site_id_column(service: str) -> str:
    """Name of the id column of a service's sites.

    Examples
    --------
    >>> site_id_column("water")
    'point_id'
    """
    return "point_id" if service == "water" else "facility_id"


def kind_column(service: str) -> str:
    """Name of the column that says what a service's site is; also the beginning of the keys of its words.

    Examples
    --------
    >>> kind_column("water"), kind_column("sanitation")
    ('technology', 'kind')
    """
    return "technology" if service == "water" else "kind"


def state_column(service: str, name: str) -> str:
    """Name of a figure of people by service, in the tables of villages and places.

    Examples
    --------
    >>> state_column("water", "served"), state_column("sanitation", "share")
    ('served', 'sanitation_share')
    """
    return name if service == "water" else f"sanitation_{name}"


def xy_of(table: pd.DataFrame) -> Floats:
    """Longitude and latitude of a table's points, shape (n, 2): from `lon` and `lat` where it has them."""
    import numpy as np

    if not len(table):
        return np.empty((0, 2))
    if "lon" in table and "lat" in table:
        return np.column_stack([table["lon"].to_numpy(dtype=float), table["lat"].to_numpy(dtype=float)])
    points = table.geometry.array
    return np.column_stack([points.x, points.y])
