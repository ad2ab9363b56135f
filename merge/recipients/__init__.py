"""Sheet → recipients: what people have in their spreadsheets, as facts that can be trusted.

`sheet` reads, `columns` understands the headers, `contacts` makes recipients of the rows, and
`choosing` says who of them is written to. Nothing is guessed in silence: what was not taken as
it stands comes back as a RowProblem.
"""
