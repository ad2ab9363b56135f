"""The pages of plain WeasyPrint, many times faster. Start reading here.

WeasyPrint needs 75 ms for a letter, and for the next mayor's letter it does nearly all of that
again: it reads the same HTML and CSS, breaks the same paragraphs, draws the same words. A printer
of old did not. He set the page once, locked it in its frame, and for the next copy changed the few
lines of type that carry a name. This package does the same with WeasyPrint's own pages.

**Skeleton** (`skeletons`, `marks`, `plain`). A letter comes as what its template says and what was
filled in, by turns (`merge.model.Slotted`): Jinja knows the difference, and no author has to.
Letters that took the same branches have one skeleton. It is laid out once with a mark in each
blank. Where a mark comes up in a plain paragraph, or in the margin of the page, letters may differ;
a value anywhere else (an attribute, a table, a column, a link) is taken for a part of the skeleton,
and letters in which it differs do not share one.

**Lines** (`paragraphs`, `lines`, `faces`). The words of a paragraph are shaped once each, by Pango,
to whole numbers. Where WeasyPrint would end each line, what it would hyphenate and how wide it
would make the spaces is then arithmetic, and so are the operators that it would draw. What is not
plain arithmetic is not guessed: `Unlike` is raised, with a word that says why.

**Shape** (`shapes`). Two letters of one skeleton whose paragraphs have the same numbers of lines
have every box in the same place. The first letter of each shape is laid out and drawn by
WeasyPrint. Its lines are compared, operator by operator, with what `lines` made of them; the rest
is kept, what is long as `forms` that the pages of a PDF share. This letter and the next of its
shape are the same drawing with their own lines in the gaps (`sheets`), and WeasyPrint writes the
file.

**Trust.** Plain WeasyPrint (`merge.paper.typesetting`) is always right. A letter goes that way
whenever anything is not known for sure; the reason is counted (`Tally`). Before the first, a
press sets letters of our own both ways (`trial`), with whatever is installed on this machine, and
in the letter's own fonts where they are not the program's. One
fast letter in a hundred, by chance, is set plainly as well, and all its operators compared: every
line, and everything around the lines. (Twice as often as operators need be; no pixels, for equal
operators have equal pixels, which `make proof-print` shows.) If they ever differ, or something
fails that cannot fail, the run is set again plainly and so is all that follows.

`library` keeps what was learned for as long as a process lives, `lessons` decides within one lot
whether learning is worth its price, `machine` is the way of one letter through all this, and
`inner` has everything of WeasyPrint that is not its public interface: the version is held to one
major for its sake. On the campaign's letter, all of France needs about a dozen shapes.

A PDF with tags for screen readers is none of all that: `tagged` is plain WeasyPrint that remembers
what it has set before.
"""

from merge.paper.press.machine import Press, Tally, Tier
from merge.paper.press.tagged import Tagged

__all__ = ["Press", "Tagged", "Tally", "Tier"]
