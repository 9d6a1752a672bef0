"""Dates, numbers and positions: decided for a column, read in any usual spelling, refused where they may be two things."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.cells.cell_error import CellError
from geo.cells.dates import day_order, parse_date
from geo.cells.numbers import parse_measure, parse_number, style_of
from geo.cells.position_text import angle, pair, place_in_link
from geo.cells.shape_text import shape_of


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("10/23/2015 01:03:07 AM +0000", date(2015, 10, 23)), ("3-Mei-24", date(2024, 5, 3)),
        ("Senin, 3 Mei 2024", date(2024, 5, 3)), ("Jum'at, 3 Mei 2024", date(2024, 5, 3)),
        ("3 Mei 2024 10.20 WIB", date(2024, 5, 3)), ("20240503", date(2024, 5, 3)), ("May 3, 2024", date(2024, 5, 3)),
        ("45123", date(2023, 7, 16)), ("th 2015", date(2015, 1, 1)), ("3 de mayo de 2020", date(2020, 5, 3)),
        ("05-2023", date(2023, 5, 1)), ("Agt 2023", date(2023, 8, 1)), ("12.05.2021", date(2021, 5, 12)),
        ("2018 Jan 3 10:00:00 AM", date(2018, 1, 3)), ("2024-05-03T10:20:00+07:00", date(2024, 5, 3)),
    ],
)  # fmt: skip
def test_dates_as_people_write_them(text: str, day: date) -> None:
    assert parse_date(text)[0] == day


@pytest.mark.parametrize("text", ["31/02/2020", "2020-13-01", "kemarin", "32 Mei 2020", "3 Mai", "12"])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(CellError):
        parse_date(text)


def test_a_column_that_writes_both_orders_leaves_what_may_be_two_unread() -> None:
    order = day_order(["13/05/2018", "06/15/2018", "01/02/2018"])
    assert order == "mixed"
    assert parse_date("13/05/2018", order=order)[0] == date(2018, 5, 13)
    with pytest.raises(CellError) as told:
        parse_date("01/02/2018", order=order)
    assert told.value.key == "date_two_ways"


@given(st.lists(st.dates(date(1950, 1, 1), date(2025, 1, 1)), min_size=1, max_size=30), st.booleans())
def test_a_written_column_reads_back_whole_or_not_at_all(days: list[date], monthly: bool) -> None:
    texts = [day.strftime("%m/%d/%Y" if monthly else "%d/%m/%Y") for day in days]
    order = day_order(texts)
    proven = any(day.day > 12 for day in days)
    assert order == (("month" if monthly else "day") if proven else "unproven")
    if proven:
        assert [parse_date(text, order=order)[0] for text in texts] == days


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("100 jiwa", "people", 100), ("±400", "people", 400), ("Rp5.000.000", "IDR", 5e6), ("Rp 7.500.000,-", "IDR", 7.5e6),
        ("5 juta", "IDR", 5e6), ("1,5 jt", "IDR", 1.5e6), ("500rb", "IDR", 5e5), ("15 juta rupiah", "IDR", 15e6),
        ("th 2011", "year", 2011), ("2010-2012", "year", 2012), ("200-300 jiwa", "people", 200), (">100", "people", 100),
        ("12 ha", "km2", 0.12), ("1'250'000", "IDR", 1_250_000), ("1 250 000", "IDR", 1_250_000), ("2 M", "IDR", 2e9),
    ],
)  # fmt: skip
def test_numbers_with_what_stands_beside_them(text: str, unit: str, value: float) -> None:
    assert parse_measure(text, unit, grouped=unit not in ("year", "km2"))[0] == pytest.approx(value)


@pytest.mark.parametrize(
    ("text", "unit"), [("5 l/dt", "people"), ("50 KK", "people"), ("2 juta jiwa", "IDR"), ("2 M", "people")]
)
def test_another_unit_is_no_number_of_this_column(text: str, unit: str) -> None:
    with pytest.raises(CellError) as told:
        parse_measure(text, unit, grouped=True)
    assert told.value.key == "other_unit"


def test_thousands_and_decimals_are_the_columns() -> None:
    english = style_of(["1,234.5", "2,000"])
    assert parse_number("2,000", grouped=False, style=english)[0] == 2000
    decimal = style_of(["1.5", "2.250"])
    assert parse_number("2.250", grouped=True, style=decimal)[0] == 2.25
    with pytest.raises(CellError) as told:
        parse_number("2.250", grouped=True, style=style_of(["1.5", "1.234.567"]))
    assert told.value.key == "number_two_ways"


@given(st.integers(1_000, 999_999_999), st.sampled_from([".", ",", " ", "'"]))
def test_grouped_numbers_read_back(number: int, sign: str) -> None:
    text = f"{number:,}".replace(",", sign)
    assert parse_number(text, grouped=True)[0] == number


@given(st.floats(-11, 6).map(lambda x: round(x, 5)), st.floats(95, 141).map(lambda x: round(x, 5)),
       st.sampled_from(["{a}, {b}", "({a},{b})", "{a};{b}", "{a} {b}", "Lat: {a} Long: {b}", "[{a}, {b}]", "{b} BT, {s} {h}"]))  # fmt: skip
def test_pairs_of_any_usual_form_read_back(lat: float, lon: float, form: str) -> None:
    half = "LS" if lat < 0 else "LU"
    text = form.format(a=f"{lat:.5f}", b=f"{lon:.5f}", s=f"{abs(lat):.5f}", h=half)
    north, east, _ = pair(text)
    assert (north, east) == (pytest.approx(lat), pytest.approx(lon))


@pytest.mark.parametrize(
    "text",
    ["7°12'36\"S", "7° 12′ 36″ LS", "LS 07.12.36", "S 7°12.6'", "7:12:36 S", "7d12m36sS", "-7°12'36\"", "07-12-36 S",
     "7 derajat 12 menit 36 detik LS", "7˚12’36” LS", "-7.21", "-7,21", "−7.21", "-7.21 LS", "S7.21", "Lintang Selatan 7.21"],
)  # fmt: skip
def test_one_latitude_in_many_spellings(text: str) -> None:
    assert angle(text, "lat")[0] == pytest.approx(-7.21)


def test_a_sign_and_a_side_that_contradict_are_a_fault() -> None:
    for text, key in (("-7.2 N", "sign_contradicts"), ("7.2 BT", "other_axis"), ("7°75'S", "bad_number")):
        with pytest.raises(CellError) as told:
            angle(text, "lat")
        assert told.value.key == key


def test_a_link_holds_the_place_of_its_mark_or_none() -> None:
    whole = "https://www.google.com/maps/place/X/@-7.1,107.1,17z/data=!3m1!8m2!3d-7.21!4d107.12"
    assert place_in_link(whole) == (-7.21, 107.12)
    assert place_in_link("https://www.openstreetmap.org/?mlat=-7.21&mlon=107.12#map=17/-7/107") == (-7.21, 107.12)
    for text in ("https://www.google.com/maps/@-7.2,107.1,18z", "https://maps.app.goo.gl/abc"):
        with pytest.raises(CellError):
            place_in_link(text)


def test_shapes_in_text() -> None:
    forms = ["SRID=4326;POINT(107.12 -7.21)", "POINT(107.12 -7.21)", '{"type":"Point","coordinates":[107.12,-7.21]}',
             "0101000000E17A14AE47C75A40D7A3703D0AD71CC0", "POINT Z (107.12 -7.21 5)"]  # fmt: skip
    for text in forms:
        shape = shape_of(text)
        assert shape is not None
        assert (shape.x, shape.y) == (pytest.approx(107.12, abs=0.01), pytest.approx(-7.21, abs=0.01)), text
    assert shape_of("-7.2 107.1 0 0;-7.2 107.12 0 0;-7.22 107.12 0 0;-7.2 107.1 0 0").geom_type == "Polygon"
    assert shape_of("c(734000, 9201000)") is None
