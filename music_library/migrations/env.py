"""Run by Alembic inside the transaction that `database.migrate` opened."""

from alembic import context

from music_library.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
