"""What Streamlit's own theme leaves unreadable or too wide."""

from __future__ import annotations

# tags of a chosen list and primary buttons: Streamlit writes white on the pale blue that is primary in the dark theme
STYLE = """<style>
.stMultiSelect [data-tag] { background: #01497c !important; color: #ffffff !important; }
.stMultiSelect [data-tag] * { color: #ffffff !important; }
[data-testid^="stBaseButton-primary"] { background: #01497c !important; }
[data-testid^="stBaseButton-primary"] * { color: #ffffff !important; }
.stMainBlockContainer { padding: 3.6rem 2rem 3rem 2rem !important; }
@media (max-width: 640px) { .stMainBlockContainer { padding: 3.6rem 1rem 2rem 1rem !important; } }
</style>"""
