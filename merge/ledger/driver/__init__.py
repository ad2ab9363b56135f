"""The driver: the ledger's one door to its database, which is SQLite.

Nothing outside this package names SQLite, its files, its locks or its dialect. The rest of the
ledger speaks SQLAlchemy Core and asks here for what no SQL says alike everywhere:

`database`   connect, a snapshot to read, a transaction to write, errors in our words, soundness,
             a copy of it alive, erasing and compacting, the end of a bulk load
`prepared`   the statements that run with every message, batches by compare-and-set among them
`locks`      who holds a campaign, shared or alone, and whether a sender still lives
`migrating`  the check of the schema, and bringing it up to date
`files`      where a database lies: which file it is, and whether it may be one
"""
