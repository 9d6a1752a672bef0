"""From an analysis to Folium layers and their legend. `layers.groups.LAYERS` lists them.

In: an `Analysis` and a `View`. Out: Folium feature groups, legend, packed arrays for one canvas.
Nothing here computes or knows Streamlit.
"""
