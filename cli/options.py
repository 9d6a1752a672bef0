"""What the commands share: options, the language of messages, and how results and faults are told.

Part of the entry point `cli/geo.py`: it may reach outwards, and only entry points import it.
"""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from exports import fault_rows
from geo.checking.checked_table import Checked
from geo.model.progress import heard, lines
from texts import t

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
MapFile = Annotated[Path | None, typer.Option("--mapping", help="TOML file: their columns and values to ours.")]
Fixes = Annotated[Path | None, typer.Option("--fixes", help="Write what is to be put right, by village (XLSX or CSV).")]
ChangesFile = Annotated[Path | None, typer.Option("--changes", help="JSON list of changes replayed over the data.")]
Area = Annotated[str | None, typer.Option(help="Kemendagri code, e.g. 32.03.18.")]
Standard = Annotated[str, typer.Option(help="Yardstick: jmp, wpdx, sphere, unhcr, id.")]
Radius = Annotated[float | None, typer.Option(help="Reach in metres instead of the standard's.")]
Metric = Annotated[str, typer.Option(help="line (geodesic), or walk (over roads and slope, there and back).")]
Elevation = Annotated[Path | None, typer.Option(help="GeoTIFF of heights (EPSG:4326), for --metric walk.")]
Speed = Annotated[float, typer.Option("--walking-kmh", help="Walking speed on the flat.")]
Queue = Annotated[float, typer.Option("--queue-min", help="Minutes of queue in a round trip.")]
Season = Annotated[str, typer.Option(help="wet or dry.")]
NoCapacity = Annotated[bool, typer.Option("--no-capacity", help="Points serve everybody in reach.")]
Mapped = Annotated[bool, typer.Option("--assume-mapped", help="Take every inventory as completed.")]
Weights = Annotated[
    list[str] | None, typer.Option("--weight", help="Criterion=weight, repeatable, e.g. gain_people=5.")
]
Version = Annotated[str | None, typer.Option("--data-version", help="A version of the workspace, not the current one.")]


def following(progress: bool) -> AbstractContextManager[None]:
    """Tell how far the work is in this block, if that is asked for."""
    return heard(lines()) if progress else nullcontext()


def say(text: str) -> None:
    typer.echo(text, err=True)


def finish(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False, allow_nan=False, default=jsonable))
        return
    for name, value in result.items():
        plain = json.dumps(value, ensure_ascii=False, default=jsonable) if isinstance(value, dict) else value
        typer.echo(f"{name}: {plain}")


def jsonable(value: object) -> object:
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if hasattr(value, "item"):
        return value.item()
    return str(value)


def tell_faults(checked: Checked) -> None:
    rows = fault_rows(checked, session.lang)
    for row in rows[:_SHOWN_FAULTS]:
        where = f"{row['file']}:{row['row']}" if row["row"] else row["file"]
        say(f"{where}: [{t('severity.' + row['severity'], session.lang)}] {row['message']} → {row['remedy']}")
    if len(rows) > _SHOWN_FAULTS:
        say(t("cli.more_faults", session.lang, count=len(rows) - _SHOWN_FAULTS))


def files_of(**given: Path | None) -> dict[str, Path]:
    return {name: path for name, path in given.items() if path is not None}
