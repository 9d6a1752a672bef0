"""What alembic runs: the steps that are missing, on the connection of `forum.schema.upgrade`, in its transaction."""

from __future__ import annotations

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
