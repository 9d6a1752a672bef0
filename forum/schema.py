"""The tables of the record, brought to their newest shape by alembic when a record is opened."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from geo.model.errors import DataError

_TABLES = sa.MetaData()
EVENTS = sa.Table(
    "events",
    _TABLES,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("who", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("before", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
)
#: Not of the record: it tells what goes on, not what was said.
SESSIONS = sa.Table(
    "sessions",
    _TABLES,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("account", sa.String(320), nullable=False),
    sa.Column("at", sa.String(40), nullable=False),
    sa.Column("until", sa.String(40), nullable=False),
    sa.Column("ended", sa.String(40)),
)
#: What was voted in secret (`forum.polls.urn`): apart from the record until it is opened.
URNS = sa.Table(
    "urns",
    _TABLES,
    sa.Column("key", sa.String(80), primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
)
_MIGRATIONS = Path(__file__).resolve().parent / "migrations"
#: Of PostgreSQL's advisory locks, the one that holds a change of the tables.
_LOCK = 7_411_902


def has_events(connection: sa.Connection) -> bool:
    """Whether the database holds a record."""
    return sa.inspect(connection).has_table(EVENTS.name)


def upgrade(connection: sa.Connection) -> None:
    """Bring the tables to their newest shape, within the caller's transaction; two who do it at once do it once."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    newest = ScriptDirectory.from_config(config).get_current_head()
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found > str(newest):  # steps are numbered
        raise DataError("error.record_newer", found=found, known=newest)
    if found != newest:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
