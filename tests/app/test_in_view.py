"""What lies in view, as the server is asked for it."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from geo.analysis.analyse import analyse
from geo.model.inputs import Inputs
from geo.model.params import Params
from layers.in_view import InView
from layers.view import View
from views.onmap import in_view as _in_view
from views.onmap.in_view import ROUTES, offered

pytestmark = pytest.mark.filterwarnings("ignore")  # Streamlit's own start-up warns


@pytest.fixture(scope="module")
def ready(shipped: Inputs) -> InView:
    return InView(analyse(shipped, Params(area="32.03.18"), ()), View("id"), ("villages", "water_points"))


@pytest.fixture
def client() -> Iterator[TestClient]:
    _in_view._ready.clear()
    with TestClient(Starlette(routes=ROUTES)) as made:
        yield made


def test_the_answer_holds_the_arrays_whole(client: TestClient, ready: InView) -> None:
    url = offered(("one",), lambda: ready)
    answer = client.get(f"{url}/9?box=0,0,256,256")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    (length,) = struct.unpack("<I", answer.content[:4])
    head = json.loads(answer.content[4 : 4 + length])
    whole = ready.part((0, 0, 256, 256), 9)
    assert head["plan"] == whole["plan"]
    at = 4 + length
    for name, size in head["lengths"].items():
        assert answer.content[at : at + size] == whole[name]
        at += size
    assert at == len(answer.content)
    assert np.frombuffer(whole["water_points_at"]).size == 2 * whole["water_points_class"].__len__()


@pytest.mark.parametrize(
    "asked", ["9", "9?box=", "9?box=0,0,1", "9?box=a,0,1,1", "9?box=2,0,1,1", "9?box=nan,0,1,1", "23?box=0,0,1,1"]
)
def test_a_bad_question_is_refused(client: TestClient, ready: InView, asked: str) -> None:
    assert client.get(f"{offered(('one',), lambda: ready)}/{asked}").status_code == 422


def test_a_map_that_is_no_more_is_told_and_made_again(client: TestClient, ready: InView) -> None:
    made = []

    def make() -> InView:
        made.append(1)
        return ready

    first = offered(("first",), make)
    assert offered(("first",), make) == first
    assert made == [1], "kept ready"
    for n in range(_in_view._KEPT):
        offered((n,), lambda: ready)
    assert client.get(f"{first}/9?box=0,0,1,1").status_code == 404
    assert offered(("first",), make) == first
    assert client.get(f"{first}/9?box=0,0,1,1").status_code == 200
    assert made == [1, 1]
