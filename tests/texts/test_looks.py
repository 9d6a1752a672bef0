"""Colours of the map: those of the scale they are said to be of, and told apart."""

from __future__ import annotations

from cmcrameri import cm
from matplotlib.colors import to_hex, to_rgb

from geo.model.facts import facts
from texts.looks import share_classes, share_colour


def test_shares_have_the_colours_of_roma_at_the_middle_of_each_class() -> None:
    for low, high, colour in share_classes():
        middle = (low + high) / 2
        assert colour == to_hex(cm.roma(middle))
        assert share_colour(middle) == colour


def test_villages_by_partners_have_colours_of_the_same_scale() -> None:
    assert set(facts("looks")["partners"].values()) <= {colour for _, _, colour in share_classes()}


def test_a_village_without_figures_has_no_colour_of_the_scale() -> None:
    """Grey: its three parts are equal, and those of the scale differ by a fifth or more."""
    red, green, blue = to_rgb(share_colour(None))
    assert red == green == blue
    for _, _, colour in share_classes():
        assert max(to_rgb(colour)) - min(to_rgb(colour)) > 0.15
