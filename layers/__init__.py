"""From an analysis to Folium layers and their legend. `LAYERS` lists them; nothing here computes or knows Streamlit."""

from layers.groups import LAYERS, Layer, feature_groups
from layers.legend import legend_html
from layers.markup import escape

__all__ = ["LAYERS", "Layer", "escape", "feature_groups", "legend_html"]
