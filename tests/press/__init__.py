"""The proof that the press sets the same pages as WeasyPrint does by itself, and its material.

Plain WeasyPrint (`merge.paper.typesetting.Typesetter`) is the oracle. `judge` compares two PDFs
page by page; `nasty_templates` has templates that are hard to set fast and people who are hard to
write to; `campaign` has the real letter; `fonts` makes a machine that has some fonts alone.
"""
