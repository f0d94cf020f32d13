"""Schemas of the record, oldest first; only ever added to."""
