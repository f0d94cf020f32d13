"""Alembic versions of the catalogue, oldest first; only ever added to."""
