"""The command line: `python -m geo <command> --help`, the same as `mata-air <command>`.

An entry point like dashboard.py: it may reach outwards to texts and exports, and nothing imports it. With `--json`
one JSON object goes to stdout; messages and progress go to stderr. Exit 0 done, 1 the data are at fault, 2 the call
is, 3 a bug.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from cli.analyse import coverage, priorities, yardsticks
from cli.batch import batch
from cli.beside import beside
from cli.bring import check, demo, import_, propose
from cli.doctor import doctor
from cli.export import export_sites, form, guide, package, profile, registers
from cli.fetch import fetch, osm
from cli.forum import app as forum_app
from cli.options import Lang, session
from cli.plan import plan
from cli.pull import pull
from cli.returned import inbox, photo, returned
from cli.running.apart import leave
from cli.running.ending import Commands
from cli.serve import serve
from cli.watch import watch
from cli.years import document, frontier

#: Every command, in the order of the help.
COMMANDS: dict[str, Callable[..., None]] = {
    "check": check,
    "propose": propose,
    "import": import_,
    "watch": watch,
    "pull": pull,
    "osm": osm,
    "fetch": fetch,
    "demo": demo,
    "coverage": coverage,
    "priorities": priorities,
    "yardsticks": yardsticks,
    "plan": plan,
    "frontier": frontier,
    "document": document,
    "beside": beside,
    "batch": batch,
    "form": form,
    "export": export_sites,
    "package": package,
    "registers": registers,
    "profile": profile,
    "guide": guide,
    "returned": returned,
    "photo": photo,
    "inbox": inbox,
    "doctor": doctor,
    "run": serve,
}


def main(lang: Annotated[Lang, typer.Option(help="Language of messages: id or en.")] = Lang.id) -> None:
    """Set the language of what follows."""
    session.lang = lang.value


def application() -> typer.Typer:
    """The command line: every command of `COMMANDS`, and those of the forum behind `forum`."""
    made = typer.Typer(
        cls=Commands,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # plain help: the prettier one takes longer to load than all else here together
        help="Mata Air: coverage and priorities of water and sanitation.",
    )
    for name, command in COMMANDS.items():
        made.command(name)(command)
    made.add_typer(forum_app, name="forum")
    made.callback()(main)
    return made


app = application()


def run() -> None:
    """Run the command line and leave with its exit code."""
    leave(app)
