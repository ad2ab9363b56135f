"""Template + recipient → Letter: one source, from which the e-mail and the page say the same.

`template` is the way in. `frontmatter`, `leftovers`, `language` and `markdown` read the letter
once; `values` are what stands in its blanks for one recipient.
"""
