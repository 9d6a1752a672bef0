"""The analysis of Mata Air: pure Python on tables and arrays; no Streamlit, no Folium, no SQL.

Importing this package first cuts GDAL down to the drivers needed and off the network (`geo.gdal_guard`), which only
works before GDAL itself is imported.
"""

from geo.gdal_guard import harden as _harden

_harden()
