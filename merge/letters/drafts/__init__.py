"""Somebody's file → the draft of a letter: Markdown with blanks, pictures, and what has no place.

`draft` is the way in. `plain` reads text, `word` a .docx and `odt` an OpenDocument, from the parts
of their `packages`; of both come HTML of one dialect, and from that the Markdown, by `fromhtml`.

`fieldcodes` knows what a field says, whichever of the two it stands in. In a Word file
`word_fields` puts blanks in the place of fields, and `word_layout` says by `word_styles` what is
aligned, indented, numbered or a table; both change the tree of `word_xml`. `odt_fields` and
`odt_styles` do as much for an OpenDocument. `lengths` knows the units of both.

`unplaced` is what a letter has no place for, with its words. `addressee` finds the block of the
address, which the envelope and the page fill.
"""
