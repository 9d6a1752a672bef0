"""Mata Air as a wheel installs it: the package `mata_air`, whose command is `mata-air` (docs/decisions/0014).

In: the arguments of a command. Out: what `cli.geo` makes of them. In the wheel this folder is the package `mata_air`,
and all other folders lie in its `house`, where they find each other under the names that they have in the repository.
"""

from __future__ import annotations

import sys
from pathlib import Path

#: Where the folders of the repository lie in the wheel.
HOUSE = Path(__file__).resolve().with_name("house")


def run() -> None:
    """Run `mata-air` and leave with its exit code."""
    sys.path.insert(0, str(HOUSE))  # before all others: `geo` is ours in this process, whatever else is installed
    from cli.geo import run as command

    command()
