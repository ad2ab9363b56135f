"""Letters → lots of pages that a copy shop or a home printer can take.

`lots` plans: who is in which lot, and on which page each letter starts. `window` knows where the
envelope shows the address. `pdf` makes a lot: `runs` of letters by `typesetting` (with WeasyPrint,
whose door `loading` is, and the `fonts` that come with the program), what stands in their windows
by `measuring` (the door to pypdfium2), put together by `binding` (the door to pikepdf) under the
sheet that `cover` writes. `testsheet` tries the envelope first. Importing this package loads none
of those libraries.
"""
