"""`python -m forum`: the command line of `cli/forum.py`."""

from cli.forum import run

run()
