"""Alembic's own entry: run the revisions in the transaction that `migrating` has begun."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    transactional_ddl=True,  # SQLite's DDL is, once the driver no longer commits by itself
)
context.run_migrations()
