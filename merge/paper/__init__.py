"""Letters → lots of pages that a copy shop or a home printer can take.

`lots` plans: who is in which lot, and on which page each letter starts. `window` knows where the
envelope shows the address. `pdf` makes a lot: `runs` of letters, each finished by a `maker`. That
sets them by the `press` or by plain `typesetting` (with WeasyPrint, whose door `loading` is, and
the `fonts` that come with the program; `fitting` narrows tables, and `hyphenation` says where a
word may be cut), and reads what stands in their windows by `measuring`. `pictures` shows pages on a
screen (both are doors to pypdfium2). `binding` puts them together under the cover that `cover`
writes (what it weighs is in `postage`), and draws the `marks` of each sheet (a door to pikepdf).
`separating` cuts a lot into its letters, `lot_files` reads made lots again, `stationery` has labels
and envelopes, and `testsheet` tries the envelope first. `tagging` puts right how the PDF that goes
by mail is read out (a door to pikepdf, too). Importing this package loads none of those libraries.
"""
