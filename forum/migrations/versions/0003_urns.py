"""What was voted in secret, until it is opened."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the table: a row an urn, all of its ballots in it, so that no order of rows tells who came when."""
    op.create_table(
        "urns",
        sa.Column("key", sa.String(80), primary_key=True),
        sa.Column("content", sa.Text, nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Refuse: what was voted is never removed."""
    raise NotImplementedError("the record is append-only: restore a backup instead")
