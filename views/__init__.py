"""The pages. With dashboard.py the only code that imports Streamlit."""
