"""Sheet → recipients: what people have in their spreadsheets, as facts that can be trusted.

`sheet` reads (`text` what is no workbook; `header` finds the header, `miscut` the rows that were
cut in wrong places), `columns` understands the headers (`headers` are what people call them),
`suggesting` proposes what they do not say, `mending` puts mended cells in place, `contacts` makes
recipients of the rows, a column after the other (`frame`; `wholenames` takes a name apart,
`address` finds the last line of one), of several where `grouping` says so, and of several sheets;
`choosing` says who of them is written to. Nothing is guessed in silence: what was not taken as it
stands comes back as a RowProblem.
"""
