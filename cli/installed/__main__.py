"""`python -m mata_air`: the command `mata-air`."""

from . import run

run()
