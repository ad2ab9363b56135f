"""The ledger that tells the truth: who was written to, over which channel, and what came of it.

`opening` is the way in: it makes sure that a ledger may be trusted (`identity`) and that nobody
else holds it, then hands out a `Ledger`. Each of its parts is a file: `reading`, `importing` (with
`requeueing` and `identifying`), `sending`, `resolving`, `mailbox`, `printing`, `purging`, with
`replies`, `reminders`, `readings`, `commands`, `figures` and `listing` beside them; `ledger` puts
them together. They take and give the plain `records`; the tables stand in `schema` (by
`column_types`), what may follow what in `states`, the conditions that several parts ask for in
`deliveries`. The exact bytes of every message are in `archive`. What belongs to the sender and not
to one campaign is in `accounts` (its tables in `accounts_schema`), with `quota` and the list of
`suppression`, what lies elsewhere and what DNS said within a day. `backup` copies all of it alive,
and ends it here where it is to go on elsewhere; `unpacking` takes it out of a .zip. From and to a
server it goes by `copying`; there, `work` is the queue, and `machines` says who is at work.

This room is the only door to SQLAlchemy; `driver` alone knows which database there is.
"""
