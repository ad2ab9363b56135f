"""publipostage: one letter, many mayors, each written to once.

`sheet → recipients → letters → deliveries → mail | paper → ledger`: follow one recipient
through the rooms in that order.
"""
