"""The ways that a letter can travel, a file each: its states, its moves, and whom it reaches.

`spec` is what a channel declares, `email` and `paper` are those that are always there, and
`registry` knows them all: the ledger, counts, `status --json` and words ask it.
"""
