"""The pages of plain WeasyPrint, many times faster. Start reading here.

WeasyPrint needs 75 ms for a letter, and for the next mayor's letter it does nearly all of that
again: it reads the same HTML and CSS, breaks the same paragraphs, draws the same words. The press
lets WeasyPrint set a page once, and for the next letter only puts other words into the lines that
differ.

**Master** (`master`). A letter comes as what its template says and what was filled
in, by turns (`merge.model.Slotted`): Jinja knows the difference, and no author has to. Letters that
took the same branches of the template have one master. It is laid out once with a placeholder in
each blank. Where a placeholder comes up in a plain paragraph, or in the margin of the page, letters
may differ; a value anywhere else (an attribute, a table, a column, a link) is taken for a part of
the master, and letters in which it differs do not share one.

**Lines** (`lines`). The words of a paragraph are shaped once each, by Pango, to whole numbers.
Where WeasyPrint would end each line, what it would hyphenate and how wide it would make the spaces
is then arithmetic, and so are the operators that it would draw. What is not plain arithmetic is not
guessed: `Unsupported` is raised.

**Hyphens** (`merge.paper.hyphenation`). Where a word may be cut, and whether a line may end there,
WeasyPrint itself asks the program, on plain pages as on those that a master is read from. `lines`
asks the same functions in the same order. A page that would end within a word gives that line to
the next.

**Layout** (`layouts`). Two letters of one master whose paragraphs have the same numbers of lines,
and give as many of them to the next page, have every box in the same place. The first letter of
each layout is laid out and drawn by WeasyPrint. Its lines are compared, operator by operator, with
what `lines` made of them; the rest is kept, what is long as form XObjects that the pages of a PDF
share. This letter and the next of its layout are the same drawing with their own lines in the gaps,
and WeasyPrint writes the file.

**Trust.** Plain WeasyPrint (`merge.paper.typesetting`) is always right. A letter goes that way
whenever anything is not known for sure. What a person may do about it is counted (`Tally`); which
line of which module was not sure, a debug message of `press` says. Before the first, a press sets
letters of our own both ways, with whatever is installed on this machine, and in the letter's own
fonts where they are not the program's. Of the fast letters that one command sets,
one in five hundred and never fewer than twenty, by chance and of each layout its share, are set
plainly as well, and all operators compared: every line, and everything around the lines.
(No pixels: equal operators have equal pixels, as tests/rooms/paper/test_press_proof.py shows.) If
they ever differ, or something fails that cannot fail, the run is set again plainly and so is all
that follows.

`press` is the way of one letter through all this; it keeps what was learned for as long as a
process lives, and decides within one run what is worth learning. `internals` has everything of
WeasyPrint that is not its public interface, but for its boxes (`merge.paper.loading`): the version
is held to one major for its sake. On the campaign's letter, all of France needs about a dozen
layouts.
"""

from merge.paper.press.press import Press, Tally, Tier, comparisons

__all__ = ["Press", "Tally", "Tier", "comparisons"]
