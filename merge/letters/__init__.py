"""Template + recipient → Letter: one source, from which the e-mail and the page say the same.

`template` is the way in. Once a letter, `frontmatter` reads its head, `language` its blanks,
`markdown` its paragraphs (with `markup` for HTML among them),
`enclosures` its files and `local` the paragraphs for one recipient; `filling` compiles the result.
`markdown` parses the `dialect` with its tags hidden behind `placeholders`, and writes what it finds
`inhtml` and `intext`, with `pictures`, `tables` and `footnotes` (numbered by `notes`); `parts` are
what the frames have places for, a `letterhead` above them.
Once a recipient, `values` are what stands in the blanks, of the `kinds` that there are, changed by
`filters`; `lines` are the rows of several that are one recipient, with sums of `amounts`; `signers`
are who signs, `addresses` keeps web addresses whole on paper.

For the author: `leftovers` finds what was forgotten, `remarks` what to confirm, `similarity` how
alike the letters are; `trial` renders one for a made-up recipient first. `examples` are whom a
letter is shown to before there is a list.

A letter that somebody wrote elsewhere becomes one of `drafts/`, with its `blanks` and their
`meanings`.

An editor sees the source as `blocks`, those that it has a shape for as `prose` or `aligned`:
`editable` is that as a document of its own, and `head` changes the lines at the top.
"""
