"""From an analysis to Folium layers and their legend. `LAYERS` lists them; nothing here computes or knows Streamlit."""

from layers.groups import LAYERS, Layer, feature_groups
from layers.legend import legend_html
from layers.markup import escape
from layers.partners import partners_layer, partners_legend
from layers.saved import saved_html

__all__ = [
    "LAYERS",
    "Layer",
    "escape",
    "feature_groups",
    "legend_html",
    "partners_layer",
    "partners_legend",
    "saved_html",
]
