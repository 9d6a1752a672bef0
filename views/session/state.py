"""The state a page shows, kept over page switches and mirrored in the URL, so that a link shows the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from geo.analysis.drawn import from_text
from geo.analysis.standards_compared import THREE
from geo.model.areas import area_code
from geo.model.changes import ACTIONS
from geo.model.errors import PlanningError
from geo.model.facts import criteria, readers, standard_keys
from geo.model.params import METRICS, SEASONS, SPREADS, Params
from geo.model.sites import SERVICES
from geo.priorities.costs import shipped_costs
from geo.priorities.weights import METHODS
from geo.years.wish import MOST_YEARS
from layers.groups import LAYERS
from texts import LANGUAGES

#: Whom the guide speaks to.
READERS = readers()
SHOWN = ",".join(name for name, layer in LAYERS.items() if layer.shown)
DEFAULTS = {
    "lang": "id",
    "area": "32.03.18",
    "service": "water",
    "standard": "id",
    "radius": "",
    "season": "wet",
    "capacity": "yes",
    "metric": "line",
    "speed": "40",
    "queue": "0",
    "detour": "10",
    "mapped": "no",
    "as_of": "",
    "top": "10",
    "draws": "2000",
    "layers": SHOWN,
    "weights": "",
    "site": "",
    "spread": "around",
    "weigh": "sliders",
    "unit": "idr",
    "budget": "500",
    "number": "10",
    "target": "80",
    "actions": "repair",
    "tech": "borehole",
    "poor": "0",
    "floor": "0",
    "unmapped": "no",
    "horizon": "1",
    "aim": "0",
    "carry": "no",
    "upkeep": "no",
    "wear": "no",
    "rise": "0",
    "grow": "0",
    "commit": "",
    "compare": "",
    "yardsticks": ",".join(THREE),
    "in_village": "",
    "with_status": "",
    "of_kind": "",
    "min_age": "0",
    "desk": "meetings",
    "meeting": "0",
    "poll": "0",
    "part": "present",
    "item": "0",
    "projector": "no",
    "guide": "0",
    "reader": READERS[0],
    "base": "auto",
    "tools": "no",
    "drawn": "",
    "year": "0",
}
_LISTS = {"layers", "actions", "commit", "compare", "yardsticks", "in_village", "with_status", "of_kind"}
#: Yes or no by a switch, whose widget holds True or False.
_SWITCHES = {"unmapped", "carry", "upkeep", "wear", "mapped"}
#: Whole numbers and what each may be: from nought to the most, unless it begins elsewhere or goes in steps.
_MOST = {"budget": 1_000_000, "number": 10_000, "target": 100, "poor": 10, "floor": 100, "queue": 60}
_MOST |= {"horizon": MOST_YEARS, "aim": 100, "rise": 300, "grow": 100}
_MOST |= {"meeting": 1_000_000, "poll": 1_000_000, "item": 1_000, "min_age": 20, "guide": 10, "year": 2100}
_NUMBERS = {name: range(most + 1) for name, most in _MOST.items()}
_NUMBERS |= {"speed": range(10, 81, 5), "detour": range(10, 31), "top": range(1, 1_001), "draws": range(100, 10_001)}
_CHOICES = {
    "lang": LANGUAGES,
    "service": SERVICES,
    "season": SEASONS,
    "capacity": ("yes", "no"),
    "tools": ("no", "yes"),
    **dict.fromkeys(sorted(_SWITCHES), ("no", "yes")),
    "projector": ("no", "yes"),
    "metric": METRICS,
    "standard": tuple(standard_keys()),
    "spread": SPREADS,
    "weigh": METHODS,
    "unit": ("idr", "actions", "target"),
    "desk": ("meetings", "partners", "proposals", "reports", "training", "ballots", "members", "public"),
    "reader": READERS,
    "part": ("present", "weights", "sites", "minutes", "promises"),
    "tech": tuple(line.technology for line in shipped_costs().lines if line.action == "new"),
}
EVERYWHERE = "all"
#: Key of the widget that says who writes down what a meeting says: asked for once, at the top of the page.
WHO = "forum-who"


def _valid(name: str, value: str) -> bool:
    if name in _CHOICES:
        return value in _CHOICES[name]
    if name == "layers":
        return all(part in LAYERS and LAYERS[part].switch for part in value.split(",") if part)
    try:
        if name == "area" and value != EVERYWHERE:
            area_code(value)
        if name == "radius" and value:
            return 50 <= float(value) <= 3000 and float(value) % 50 == 0  # what the slider can show
        if name in _NUMBERS:
            return value.isdigit() and int(value) in _NUMBERS[name]
        if name == "as_of":
            return not value or date.fromisoformat(value) <= date.today()
        if name == "drawn":
            return not value or bool(from_text(value))
        if name == "yardsticks":
            return all(part in standard_keys() for part in value.split(",") if part)
        if name == "actions":
            return bool(value) and all(part in ACTIONS for part in value.split(","))
        if name == "weights":
            parse_weights(value)
    except (PlanningError, ValueError):
        return False
    return len(value) <= (2_000 if name in _LISTS else 400)  # some 140 villages; an address may be longer still


def start() -> list[tuple[str, str]]:
    """Fill the session's state from the URL at its first run; return what the URL asked for and cannot be had."""
    if "s_lang" in st.session_state:
        return []
    refused = []
    for name, default in DEFAULTS.items():
        value = st.query_params.get(name, default)
        if not _valid(name, value):
            refused.append((name, value))
            value = default
        st.session_state[f"s_{name}"] = value
    if "layers" not in st.query_params:
        _show_sites_of(get("service"))
    return refused


def get(name: str) -> str:
    """Return a value of the state (text, as in the URL)."""
    return str(st.session_state[f"s_{name}"])


def put(name: str, value: str) -> None:
    """Set a value, and the widget that shows it."""
    st.session_state[f"s_{name}"] = value
    st.session_state.pop(f"w_{name}", None)


def keep(name: str, value: str) -> None:
    """Set a value if it differs: what can no longer be had is dropped, the widget keeps the rest."""
    if value != get(name):
        put(name, value)


def bound(name: str) -> dict[str, Any]:
    """Return the arguments that tie a widget to a value: its key, and what happens on a change."""
    key = f"w_{name}"
    if key not in st.session_state:
        value = get(name)
        parts = [part for part in value.split(",") if part]
        plain = value == "yes" if name in _SWITCHES else int(value) if name in _NUMBERS else value
        if name == "as_of":
            plain = date.fromisoformat(value) if value else None
        st.session_state[key] = parts if name in _LISTS else plain

    def changed() -> None:
        if key not in st.session_state:
            return  # what an earlier click in the same moment put there stands
        value = st.session_state[key]
        if value is None or (name == "actions" and not value):
            value = DEFAULTS[name]
        told = ",".join(map(str, value)) if isinstance(value, list) else str(value)
        if name in _SWITCHES:
            told = "yes" if value else "no"
        if not _valid(name, told):  # a browser may still send the words of the language before
            st.session_state.pop(key, None)
            return
        st.session_state[f"s_{name}"] = told
        if name in ("standard", "speed", "queue", "detour"):
            put("radius", "")
        if name == "service":
            _show_sites_of(str(value))
        if name == "lang":
            _say_again(but=key)  # a browser keeps the words of what was chosen before

    return {"key": key, "on_change": changed}


def arrive(page: StreamlitPage) -> StreamlitPage:
    """Return the page after it had the widgets tell the browser what they show, where it is another one.

    A browser forgets a widget when a page is left before it was drawn whole; it would begin with the widget's first
    choice, and send that as what was chosen.
    """
    if st.session_state.get("at_page") != page.url_path:
        st.session_state["at_page"] = page.url_path
        _say_again()
    return page


def _say_again(but: str = "") -> None:
    """Have the widgets shown anew."""
    for key in [str(key) for key in st.session_state if str(key).startswith("w_") and key != but]:
        st.session_state[key] = st.session_state[key]


def _show_sites_of(service: str) -> None:
    """Show the sites of the service looked at in place of the other's."""
    mine, other = ("water_points", "sanitation") if service == "water" else ("sanitation", "water_points")
    layers = [part for part in get("layers").split(",") if part]
    if other in layers and mine not in layers:
        put("layers", ",".join(mine if part == other else part for part in layers))


def sync_url() -> None:
    """Write what differs from the defaults into the URL."""
    wanted = {name: get(name) for name, default in DEFAULTS.items() if get(name) != default}
    if st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def parse_weights(text: str) -> tuple[tuple[str, float], ...]:
    """Read weights as the URL has them, ``gain_people:5,cost_per_person_idr:2``."""
    pairs = []
    for part in text.split(","):
        if part:
            name, _, value = part.partition(":")
            if name not in criteria() or not 0 <= float(value) <= 10:
                raise ValueError(part)
            pairs.append((name, float(value)))
    return tuple(pairs)


def params(values: Mapping[str, str] | None = None) -> Params:
    """Return the parameters of the analysis that the state asks for, or some values of it."""

    def told(name: str) -> str:
        return get(name) if values is None else values[name]

    area, radius = told("area"), told("radius")
    return Params(
        area=None if area == EVERYWHERE else area,
        standard=told("standard"),
        radius_m=float(radius) if radius else None,
        season=told("season"),
        capacity=told("capacity") == "yes",
        metric=told("metric"),
        walking_kmh=int(told("speed")) / 10,
        queue_min=float(told("queue")),
        detour=int(told("detour")) / 10,
        assume_mapped=told("mapped") == "yes",
        weights=parse_weights(told("weights")),
        top_n=int(told("top")),
        draws=int(told("draws")),
        spread=told("spread"),
        as_of=date.fromisoformat(told("as_of")) if told("as_of") else date.today(),
    )
