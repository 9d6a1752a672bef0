"""In which order to visit sites: short tours for teams and days, by a well-kept solver (PyVRP)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from pyvrp import Model
from pyvrp.stop import MaxIterations, MultipleCriteria, NoImprovement

from geo.model.arrays import Floats
from geo.model.errors import CallError, DataError
from geo.reach.network import Network, straight_m

#: More sites than this are no tour that people walk through one by one.
MOST = 600


@dataclass(frozen=True)
class Tour:
    """What a tour may be: where it starts and ends (lon, lat; the middle of the sites unless given), and the day.

    `kmh` is the speed on the road, `detour` how much longer the road is than the line, `visit_min` the minutes at a
    site, `hours` the working day, `teams` how many go at once; `effort` is how long an order is sought, in tries times
    sites.
    """

    start: tuple[float, float] | None = None
    end: tuple[float, float] | None = None
    teams: int = 1
    hours: float = 8.0
    kmh: float = 20.0
    detour: float = 1.4
    visit_min: float = 30.0
    effort: int = 120_000

    def __post_init__(self) -> None:
        for name in ("teams", "hours", "kmh", "detour", "effort"):
            if not 0 < getattr(self, name) < float("inf"):
                raise CallError("error.number", name=name, value=getattr(self, name))
        for place in (self.start, self.end):
            if place is not None and not (-180 <= place[0] <= 180 and -90 <= place[1] <= 90):
                raise CallError("error.number", name="lon, lat", value=place)


def visiting_order(lon: Floats, lat: Floats, tour: Tour, roads: Network | None = None) -> pd.DataFrame:
    """Return `day`, `team`, `visit` (from 1) and `leg_km` of each site, in the order given.

    Parameters
    ----------
    lon, lat
        Of the sites, degrees, shape (n,).
    tour
        Start, end, teams, length of the day, speeds.
    roads
        The road network; without it, or where it does not lead, a way is the line times the detour.

    Raises
    ------
    DataError
        If a site is farther than a day's work, or there are more than `MOST`.
    """
    count = len(lon)
    if count == 0:
        return pd.DataFrame({name: pd.Series(dtype=float) for name in ("day", "team", "visit", "leg_km")})
    if count > MOST:
        raise DataError("error.tour_sites", count=count, most=MOST)
    start = tour.start or (float(np.mean(lon)), float(np.mean(lat)))
    end = tour.end or start
    x, y = np.r_[start[0], end[0], lon], np.r_[start[1], end[1], lat]
    xy = np.column_stack([x, y])
    metres = straight_m(xy) * tour.detour if roads is None else roads.between(xy, detour=tour.detour)
    seconds = metres / (tour.kmh / 3.6)
    day = int(tour.hours * 3600)
    alone = seconds[0, 2:] + seconds[2:, 1] + tour.visit_min * 60
    if (alone > day).any():
        raise DataError("error.tour_far", number=int(np.argmax(alone)) + 1, hours=round(float(alone.max()) / 3600, 1))
    model = Model()
    places = [model.add_location(round(a * 1e5), round(b * 1e5)) for a, b in zip(x, y, strict=True)]
    depots = [model.add_depot(place) for place in places[:2]]
    for place in places[2:]:
        model.add_client(place, service_duration=round(tour.visit_min * 60))
    # a day is dear, so that few are needed; then time counts
    model.add_vehicle_type(
        count, start_depot=depots[0], end_depot=depots[1], shift_duration=day, fixed_cost=10 * day,
        unit_distance_cost=0, unit_duration_cost=1,
    )  # fmt: skip
    for i, one in enumerate(places):
        for j, other in enumerate(places):
            if i != j:
                model.add_edge(one, other, distance=round(metres[i, j]), duration=round(seconds[i, j]))
    # so many tries, never so many seconds: the same order on every machine and under any load
    stop = MultipleCriteria([MaxIterations(max(tour.effort // count, 50)), NoImprovement(2000)])
    found = model.solve(stop, seed=1, display=False)
    if not found.is_feasible():
        raise DataError("error.tour_far", number=0, hours=tour.hours)
    return _numbered(found.best.routes(), metres, count, tour.teams)


def _numbered(routes: object, metres: Floats, count: int, teams: int) -> pd.DataFrame:
    table = pd.DataFrame({"day": 0, "team": 0, "visit": 0, "leg_km": 0.0}, index=range(count))
    for number, route in enumerate(routes):  # type: ignore[arg-type, var-annotated]
        before = 0
        for visit, client in enumerate(_clients(route), start=1):
            leg = float(metres[before, client + 2]) / 1000
            table.loc[client] = [number // teams + 1, number % teams + 1, visit, round(leg, 3)]
            before = client + 2
    return table.astype({"day": int, "team": int, "visit": int})


def _clients(route: object) -> list[int]:
    """Positions of the clients of a route among the sites."""
    return [int(activity.idx) for activity in route if activity.is_client()]  # type: ignore[attr-defined]


def parse_place(text: str) -> tuple[float, float]:
    """Read "latitude, longitude" as a telephone copies it; in Indonesian also with decimal commas and a semicolon.

    Raises
    ------
    CallError
        If it is no place on earth.

    Examples
    --------
    >>> parse_place("-7.2113, 107.1502"), parse_place("-7,2113; 107,1502")
    ((-7.2113, 107.1502), (-7.2113, 107.1502))
    """
    parts = text.split(";") if ";" in text else text.split(",")
    try:
        lat, lon = (float(part.strip().replace(",", ".")) for part in parts)
    except ValueError as error:
        raise CallError("error.option", name="lat, lon", value=text, known="-7.2113, 107.1502") from error
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise CallError("error.number", name="lat, lon", value=text)
    return lat, lon
