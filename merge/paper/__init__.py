"""Letters → lots of pages that a copy shop or a home printer can take.

`lots` plans: who is in which lot, and on which page each letter starts. `window` knows where the
envelope shows the address. `pdf` makes a lot: `runs` of letters, set by the `press` or by plain
`typesetting` (with WeasyPrint, whose door `loading` is, and the `fonts` that come with the program;
`hyphenation` says where a word may be cut). `measuring` reads what stands in their windows (the
door to pypdfium2), and `binding` puts them together under the `cover`, with marks on each sheet (a
door to pikepdf). `lot_files` reads made lots again and cuts them into letters, `stationery` has
labels, envelopes and the sheet to try one. `tagging` puts right how the PDF that goes by mail is
read out (a door to pikepdf, too). Importing this package loads none of those libraries.
"""
