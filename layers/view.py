"""What every layer is drawn for: the reader's language, service and chosen site."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from geo.model.sites import state_column

Features = list[dict[str, Any]]


@dataclass(frozen=True)
class View:
    """What the reader looks at: language, service, the chosen site, and a plan's sites (id, action, lon, lat).

    `walked`: the legend tells reach as the ground walked over, not as a circle. `popups`: a press opens what is known
    over the map, where no panel beside it says so.
    """

    lang: str
    service: str = "water"
    chosen: str | None = None
    planned: tuple[tuple[str, str, float, float], ...] = ()
    walked: bool = False
    popups: bool = True

    def column(self, name: str) -> str:
        """Name of a state's column for the service."""
        return state_column(self.service, name)
