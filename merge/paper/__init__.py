"""Letters → lots of pages that a copy shop or a home printer can take.

`lots` plans: who is in which lot, and on which page each letter starts. `pdf` makes the pages (the
door to WeasyPrint) and `binding` puts them together (the door to pikepdf). `cover` is the sheet on
top. Importing this package loads none of those libraries.
"""
