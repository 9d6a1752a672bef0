"""`python -m geo`: the command line of `cli/geo.py`."""

from cli.geo import run

run()
