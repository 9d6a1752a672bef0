"""How the tables of the record came to be, one step after another (alembic)."""
