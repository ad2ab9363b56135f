"""Alembic's revisions of ledger.db, run by `driver.migrating`; there is no alembic.ini."""
