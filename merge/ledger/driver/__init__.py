"""The driver: the ledger's one door to its database, SQLite's files or a PostgreSQL server.

Nothing outside this package names either of them, their files, locks or dialects. The rest of the
ledger speaks SQLAlchemy Core and asks here for what no SQL says alike everywhere:

`database`   the port: a snapshot to read, a transaction to write, soundness, erasing and compacting
`sqlite`     a file behind it, and `files`: where it may lie, and its errors in our words
`postgres`   a schema of a server behind it; `session` opens it, with its errors in our words
`addresses`  where a database is; `places` makes the one that is there, and its locks
`expressions` what each database says in its own words
`locks`      who holds a campaign, shared or alone, and whether a sender still lives: by OS locks
`advisory`   the same on a server, and who is seen there
`migrating`  the check of the schema, and bringing it up to date
"""
