"""How Alembic runs here: on the connection of the store, in its transaction."""

from alembic import context

from annotation.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
