"""What the first page would wait for, done while the server starts."""

from __future__ import annotations

import gc
import threading

from geo.model.errors import PlanningError
from layers.groups import feature_groups
from layers.view import View
from texts import LANGUAGES
from views.server.online import online_there
from views.session import state
from views.session.cache import analysis, districts, prepare_workspace


def warm() -> None:
    """Begin to compute the page that opens first; whoever comes meanwhile waits no longer than without."""
    threading.Thread(target=_first_page, daemon=True).start()


def _first_page() -> None:
    online_there()  # asked while everything else starts
    try:
        prepare_workspace()
        if state.DEFAULTS["area"] in districts():
            found = analysis(state.params(state.DEFAULTS))
            feature_groups(found, View(LANGUAGES[0], popups=False), state.SHOWN.split(","))
    except PlanningError:  # the page says it, in the reader's language
        pass
    gc.collect()
    gc.freeze()  # what is loaded now stays: no collection need look through it again
