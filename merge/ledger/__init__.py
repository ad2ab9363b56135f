"""The ledger that tells the truth: who was written to, over which channel, and what came of it.

`opening` is the way in: it makes sure that the ledger may be trusted (`database`, `migrating`,
`identity`) and that nobody else holds them (`locks`), then hands out `Ledger`, whose tables stand
in `schema` and whose states in `states`. The exact bytes of every message are in `archive`; what
belongs to the sender and not to one campaign is in `accounts`; `backup` copies all of it alive.

This room is the only door to SQLAlchemy, Alembic and filelock.
"""
