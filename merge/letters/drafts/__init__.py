"""Somebody's file → the draft of a letter: Markdown with blanks, pictures, and what has no place.

`draft` is the way in. `plain` reads text, and `word` a .docx, from the parts of its `packages`; of
that comes HTML, and from that the Markdown, by `fromhtml`. Of an .odt LibreOffice makes a .docx,
once `odt` has looked for what would be said wrongly then.

`fieldcodes` knows what a field says. `word_fields` puts blanks in the place of fields, and
`word_layout` says by `word_styles` what is aligned, indented, numbered or a table, in `lengths`;
both change the tree of `word_xml`.

`unplaced` is what a letter has no place for, with its words. `addressee` finds the block of the
address, which the envelope and the page fill.
"""
