"""What people call a site: its own name, or that of the settlement where something new would stand."""

from __future__ import annotations

from geo.model.inputs import Inputs
from geo.model.per_version import per_version
from geo.model.sites import SITE_TABLES, site_id_column


@per_version
def _names(inputs: Inputs) -> dict[str, str]:
    """Names by id: of sites, and of settlements."""
    columns = [(table, site_id_column(service)) for service, table in SITE_TABLES.items()]
    found: dict[str, str] = {}
    for table, key in [("settlements", "settlement_id"), *columns]:
        rows = inputs.tables()[table]
        told = rows["name"].notna()
        found |= dict(zip(rows.loc[told, key].astype(str), rows.loc[told, "name"].astype(str), strict=True))
    return found


def called(inputs: Inputs, site_id: str) -> str:
    """Return how a site is called, its id behind its name; the id alone where nobody named it.

    What is new ("new-32.03.18.2008-D4") is called by the settlement that it is for.
    """
    names = _names(inputs)
    name = names.get(site_id) or names.get(site_id.partition("-")[2])
    return f"{name} ({site_id})" if name and name != site_id else site_id
