"""What the commands share: each option once, the language of messages, and how results and faults are told.

An option is declared in one of the tables below and taken by every command that names the table. Nothing heavy is
imported here: what a command needs beyond its options it imports when it runs, so that `--help` is there at once.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from exports.formats import COVERAGE, endings
from geo.checking.column_mapping import CODES
from geo.model.errors import CallError, DataError, PlanningError
from geo.model.facts import facts, standard_keys
from geo.model.params import METRICS, SEASONS, SPREADS, Params
from geo.model.progress import heard, lines
from texts import t

if TYPE_CHECKING:
    from forum.record import Event
    from geo.checking.checked_table import Checked
    from geo.model.changes import Changes
    from geo.model.inputs import Inputs

_SHOWN_FAULTS = 200


class Lang(StrEnum):
    """Language of messages."""

    id = "id"
    en = "en"


@dataclass
class Session:
    lang: str = "id"


session = Session()

Json = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]
TellProgress = Annotated[bool, typer.Option("--progress", help="JSON lines on stderr on how far it is.")]
File = Annotated[Path | None, typer.Option()]
Workspace = Annotated[Path | None, typer.Option(help="Folder with the data versions.")]
WorkspaceFolder = Annotated[Path, typer.Option(help="Folder with the data versions.")]
MapFile = Annotated[Path | None, typer.Option("--mapping", help="TOML file: their columns and values to ours.")]
Fixes = Annotated[Path | None, typer.Option("--fixes", help="Write what is to be put right, by village (XLSX or CSV).")]
Strict = Annotated[bool, typer.Option("--strict", help="A cell that cannot be read rejects its whole row.")]
Codes = Annotated[
    str | None,
    typer.Option(help=f"What the codes of villages are: {', '.join(CODES)}. As the workspace says if left out."),
]
Rejects = Annotated[Path | None, typer.Option(help="Write the rejected rows here (CSV).")]
ChangesFile = Annotated[Path | None, typer.Option("--changes", help="JSON list of changes replayed over the data.")]
Area = Annotated[str | None, typer.Option(help="Kemendagri code, e.g. 32.03.18.")]
Elevation = Annotated[Path | None, typer.Option(help="GeoTIFF of heights (EPSG:4326), for --metric walk.")]
Version = Annotated[str | None, typer.Option("--data-version", help="A version of the workspace, not the current one.")]
TableOut = Annotated[Path, typer.Option(help=f"File ending in {', '.join(endings(COVERAGE))}.")]


def _amount(help_text: str, name: str) -> Any:
    """A number of `Params`; what holds where it is not given stands in the help."""
    return Annotated[float | None, typer.Option(help=f"{help_text} [default: {_shipped[name]:g}]")]


def _whole(help_text: str, name: str, least: int) -> Any:
    return Annotated[int | None, typer.Option(help=f"{help_text} [default: {_shipped[name]}]", min=least)]


def _word(help_text: str, name: str, words: list[str] | tuple[str, ...]) -> Any:
    return Annotated[str | None, typer.Option(help=f"{help_text}: {', '.join(words)}. [default: {_shipped[name]}]")]


_shipped = {name: field.default for name, field in Params.__dataclass_fields__.items()}

#: Where the data come from: a version of a workspace, or plain tables; and what is replayed over them.
GROUND: dict[str, Any] = {
    "workspace": Workspace,
    "data_version": Version,
    "villages": File,
    "settlements": File,
    "water": File,
    "sanitation": File,
    "institutions": File,
    "roads": File,
    "buildings": File,
    "elevation": Elevation,
    "mapping": MapFile,
    "changes": ChangesFile,
}
#: Every parameter of an analysis: option and the field of `Params` it sets.
FIELDS = {
    "area": "area",
    "standard": "standard",
    "radius": "radius_m",
    "metric": "metric",
    "walking_kmh": "walking_kmh",
    "queue_min": "queue_min",
    "detour": "detour",
    "season": "season",
    "no_capacity": "capacity",
    "assume_mapped": "assume_mapped",
    "weight": "weights",
    "top_n": "top_n",
    "draws": "draws",
    "spread": "spread",
    "as_of": "as_of",
}
PARAMETERS: dict[str, Any] = {
    "area": Area,
    "standard": _word("Yardstick", "standard", standard_keys()),
    "radius": Annotated[float | None, typer.Option(help="Reach in metres instead of the standard's.")],
    "metric": _word("How far: line is geodesic, walk goes over roads and slope, there and back", "metric", METRICS),
    "walking_kmh": _amount("Walking speed on the flat, km/h.", "walking_kmh"),
    "queue_min": _amount("Minutes of queue in a round trip.", "queue_min"),
    "detour": _amount("A way is so many times its straight line.", "detour"),
    "season": _word("Season", "season", SEASONS),
    "no_capacity": Annotated[bool, typer.Option("--no-capacity", help="Points serve everybody in reach.")],
    "assume_mapped": Annotated[bool, typer.Option("--assume-mapped", help="Take every inventory as completed.")],
    "weight": Annotated[
        list[str] | None, typer.Option("--weight", help="Criterion=weight, repeatable, e.g. gain_people=5.")
    ],
    "top_n": _whole("N of top_n_share.", "top_n", 1),
    "draws": _whole("Draws behind the ranges of ranks.", "draws", 1),
    "spread": _word("How the draws vary the weights", "spread", SPREADS),
    "as_of": Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day that ages are counted to. [default: today]")
    ],
}


#: What a plan may wish for: option → the field of `Wish` it sets, as it stands.
WISHES: dict[str, Any] = {
    "budget": Annotated[float | None, typer.Option(help="Rupiah to spend.")],
    "max_actions": Annotated[int | None, typer.Option(help="Number of actions instead of rupiah.", min=0)],
    "target_share": Annotated[
        float | None, typer.Option(help="Instead of a limit: the cheapest plan that serves this share.", min=0, max=1)
    ],
    "fewest": Annotated[bool, typer.Option("--fewest", help="With --target-share: fewest, not cheapest.")],
    "commit": Annotated[list[str] | None, typer.Option(help="A site already promised, repeatable.")],
    "poor_weight": Annotated[float | None, typer.Option(help="A poor person counts 1 + this. [default: 0]", min=0)],
    "floor_share": Annotated[
        float | None, typer.Option(help="Least share of each village with service. [default: 0]", min=0, max=1)
    ],
    "count_unmapped": Annotated[
        bool, typer.Option("--count-unmapped", help="People of unmapped villages count as gained, too.")
    ],
    "seconds": Annotated[float | None, typer.Option(help="Time to prove the best. [default: 60]", min=0.1)],
}


@dataclass(frozen=True)
class Asked:
    """What a call says of its data and of the analysis: the values of shared options, None or False where not given."""

    given: Mapping[str, Any]
    recorded: Changes = ()

    def params(self, base: Params | None = None) -> Params:
        """The parameters: those of `base` (the shipped defaults unless given) with what the call sets."""
        told = {name: value for name, value in self.given.items() if name in FIELDS and was_given(value)}
        values: dict[str, Any] = {FIELDS[name]: value for name, value in told.items()}
        if "capacity" in values:
            values["capacity"] = False  # the option is --no-capacity
        if "weights" in values:
            values["weights"] = weights_of(told["weight"])
        if "as_of" in values:
            values["as_of"] = told["as_of"].date()
        return (Params() if base is None else base).with_(**values)

    def tables(self) -> dict[str, Path]:
        """The plain tables that are named, by table."""
        named = {"water": "water_points"}
        plain = ("villages", "settlements", "water", "sanitation", "institutions", "roads", "buildings")
        return files_of(**{named.get(name, name): self.given.get(name) for name in plain})

    def inputs(self) -> Inputs:
        """A workspace's version, or plain tables; bad rows of plain tables are told and left out."""
        workspace, mapping, elevation = (self.given.get(name) for name in ("workspace", "mapping", "elevation"))
        tables = self.tables()
        if workspace is not None and (tables or mapping is not None or elevation is not None):
            raise CallError("error.both_inputs")
        if workspace is not None:
            from geo.workspace.versions import load

            return load(workspace, self.given.get("data_version"))
        if not {"villages", "settlements"} & set(tables):
            raise CallError("error.no_input")
        return _plain_inputs(tables, mapping, elevation)

    def changes(self) -> Changes:
        """The changes that are replayed over the data: of a file, then of a record that was read."""
        return (*read_changes(self.given.get("changes")), *self.recorded)


def was_given(value: object) -> bool:
    """Tell whether a call sets an option: 0 is a value, a flag that is off or an empty list is none."""
    return value is not None and value is not False and value != []


def _plain_inputs(tables: dict[str, Path], mapping: Path | None, elevation: Path | None) -> Inputs:
    from geo.workspace.importing import inputs_of, read_tables

    checked = read_tables(tables, mapping)
    for table in checked.values():
        tell_faults(table)
        if table.read and not table.accepted:
            raise DataError("error.nothing_accepted", path=table.path, count=table.read)
    return inputs_of(checked, elevation)


def takes(
    *tables: Mapping[str, Any], but: tuple[str, ...] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command takes the options of these tables beside its own, and gets their values as its first argument.

    Parameters
    ----------
    tables
        `GROUND`, `PARAMETERS`: name → annotation for Typer.
    but
        Names that this command does without.

    Examples
    --------
    >>> @takes({"area": Area})
    ... def named(asked: Asked, loud: bool = False) -> None:
    ...     print(asked.given["area"], loud)
    >>> named(area="32.03.18", loud=True)
    32.03.18 True
    >>> list(inspect.signature(named).parameters)
    ['loud', 'area']
    """
    options = {name: hint for table in tables for name, hint in table.items() if name not in but}

    def wrap(command: Callable[..., None]) -> Callable[..., None]:
        own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
        flags = {name for name, hint in options.items() if hint.__origin__ is bool}
        shared = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=False if name in flags else None, annotation=hint
            )
            for name, hint in options.items()
        ]

        @functools.wraps(command)
        def called(**values: Any) -> None:
            asked = Asked({name: values.pop(name, None) for name in options})
            command(asked, **values)

        own = [one.replace(kind=inspect.Parameter.KEYWORD_ONLY) for one in own]
        del called.__wrapped__
        signed: Any = called
        signed.__signature__ = inspect.Signature([*own, *shared])
        called.__annotations__ = {one.name: one.annotation for one in (*own, *shared)}
        return called

    return wrap


def weights_of(pairs: list[str] | None) -> tuple[tuple[str, float], ...]:
    """Weights as they are written on the command line, `criterion=weight`."""
    result = []
    for pair in pairs or []:
        name, _, value = pair.partition("=")
        try:
            result.append((name, float(value)))
        except ValueError as error:
            raise CallError("error.number", name=name, value=value) from error
    return tuple(result)


def read_changes(path: Path | None) -> Changes:
    """The changes of a scenario or of the forum, from a JSON file: a list, each with its `kind`."""
    if path is None:
        return ()
    from geo.model.changes import from_record

    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return tuple(from_record(entry) for entry in (found["changes"] if isinstance(found, dict) else found))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        if isinstance(error, PlanningError):
            raise
        raise DataError("error.changes_file", path=path.name, reason=str(error)) from error


def one_table(name: str) -> str:
    """A table's name, or an error that tells those there are."""
    if name not in facts("tables"):
        raise CallError("error.table", value=name, known=", ".join(facts("tables")))
    return name


def following(progress: bool) -> AbstractContextManager[None]:
    """Tell how far the work is in this block, if that is asked for."""
    return heard(lines()) if progress else nullcontext()


def read_record(url: str) -> tuple[Sequence[Event], Changes]:
    """Return what stands in a record that is there, and the changes that it makes to the data."""
    from forum.record import Record

    opened = Record(url, make=False)
    try:
        return opened.standing(), opened.changes()
    finally:
        opened.close()


def documents(out: Sequence[Path]) -> dict[Path, Callable[[Any], bytes]]:
    """Return who writes a document into each of some files, by their ending.

    Raises
    ------
    CallError
        If none does.
    """
    from exports.paper.blocks import WRITERS

    endings = {path: path.suffix.lower().removeprefix(".") for path in out}
    odd = next((path for path, ending in endings.items() if ending not in WRITERS), None)
    if odd is not None:
        raise CallError("error.out_format", path=odd.name, known=", ".join(WRITERS))
    return {path: WRITERS[ending] for path, ending in endings.items()}


def say(text: str) -> None:
    """A message to the user, on stderr."""
    typer.echo(text, err=True)


def finish(result: dict[str, Any], as_json: bool) -> None:
    """The result on stdout: one JSON object, or a line a figure."""
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False, allow_nan=False, default=jsonable))
        return
    for name, value in result.items():
        plain = json.dumps(value, ensure_ascii=False, default=jsonable) if isinstance(value, dict) else value
        typer.echo(f"{name}: {plain}")


def jsonable(value: object) -> object:
    """What JSON has no form for, in one it has."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    return str(value)


def tell_faults(checked: Checked) -> None:
    """Say each fault of a table with file, row and remedy, the first 200 of them."""
    from exports.tables.faults import fault_rows

    rows = fault_rows(checked, session.lang)
    for row in rows[:_SHOWN_FAULTS]:
        where = f"{row['file']}:{row['row']}" if row["row"] else row["file"]
        say(f"{where}: [{t('severity.' + row['severity'], session.lang)}] {row['message']} → {row['remedy']}")
    if len(rows) > _SHOWN_FAULTS:
        say(t("cli.more_faults", session.lang, count=len(rows) - _SHOWN_FAULTS))


def one_of_codes(codes: str | None) -> None:
    """Refuse what codes of villages cannot be."""
    if codes not in (None, *CODES):
        raise CallError("error.option", name="codes", value=codes, known=", ".join(CODES))


def files_of(**given: Path | None) -> dict[str, Path]:
    """The files that are named."""
    return {name: path for name, path in given.items() if path is not None}
