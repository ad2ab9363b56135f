"""Alembic's revisions of ledger.db. `merge.ledger.migrating` runs them; there is no alembic.ini."""
