"""The letter and its look."""

from __future__ import annotations

from collections.abc import Mapping

from merge.job import Step
from merge.words.language import N_
from merge.words.reasons.form import Entry

LETTER: Mapping[str, Entry] = {
    "letter-missing": (
        N_("This file of the letter is not there."),
        N_(
            "[letter] in campaign.toml says what it is called: template is the letter, look its "
            "print look."
        ),
    ),
    "reminder-missing": (
        N_("The letter of the reminder is not there."),
        N_("Write it in the campaign folder, or name another file with --letter."),
    ),
    "reminder-begun": (
        N_("There was no letter for the reminder; one that you have to write is there now."),
        N_("Write its words, then give the command again."),
    ),
    "reminder-foreign": (
        N_("This reminder is the model's: it speaks of another letter than yours."),
        N_("Write your own words in it, or delete it: `remind` then begins one for your letter."),
    ),
    "reminder-other-letter": (
        N_("Wave {wave} was opened with another letter: {path}."),
        N_("Use that one, or change its text."),
    ),
    "letter-not-utf8": (
        N_("This file is not in UTF-8."),
        N_("Open it in a text editor and save it again as UTF-8."),
    ),
    "letter-unreadable": (
        N_("This file cannot be read: {words}."),
        N_("See that it is there and that you may read it."),
    ),
    "letter-of-a-book": (
        N_("The letter would have about {n} pages; {most} are the most."),
        N_("Shorten it, or send the long part along as an attachment."),
    ),
    "letter-empty": (N_("The letter has no text."), N_("Write it into that file.")),
    "letter-syntax": (
        N_("The braces here cannot be understood: one is missing, or what is between them."),
        N_("A blank looks like {{{{ date }}}}, a choice like {{% if sexe %}} … {{% endif %}}."),
    ),
    "letter-forbids": (
        N_("A letter cannot use “{name}”."),
        N_("It holds blanks like {{{{ date }}}} and choices like {{% if sexe %}}."),
    ),
    "line-outside-table": (
        N_("“{words}” is a cell of one row, and stands outside of a row of a table."),
        N_(
            "Put it into a row of a table, below its head: that row is repeated for each line. A "
            "sum is {{{{ total.… }}}}."
        ),
    ),
    "letter-not-grouped": (
        N_("“{name}” is for a letter of several rows, and the head of this one has no “group:”."),
        N_(
            "Write “group: COLUMN” below its subject, with the column that is the same in all rows "
            "of one letter; then import the sheet again."
        ),
    ),
    "said-once": (
        N_("“{name}” is no column of the rows: “{suggestion}” is said of the whole letter."),
        N_(
            "Write {{{{ {suggestion} }}}}. If each row has its own, keep that column for the "
            "letter when you import the sheet (--keep COLUMN)."
        ),
    ),
    "column-behind-dot": (
        N_("“{name}” says nothing by itself: it wants a column behind a dot."),
        N_("For example: {{{{ {name}.montant }}}}"),
    ),
    "compared-in-vain": (
        N_("“{name}” never matches any letter: all would go the same way."),
        N_('Text stands in quotation marks (sexe == "F"), a number without.'),
    ),
    "letter-tangled": (
        N_("This choice begins in one paragraph and ends in another: {words}"),
        N_("Put its beginning and its end into the same paragraph, or each on a line of its own."),
    ),
    "letter-fails": (
        N_("The letter cannot be made for {key}: {words}."),
        N_("Look at the blanks of the letter."),
    ),
    "leftover": (
        N_("This blank is filled by nothing: {words}"),
        N_("Replace it by a blank like {{{{ date }}}}."),
    ),
    "leftover: unwritten": (
        N_("The letter has still to be written: {words}"),
        N_("Write its subject and its text there, then run the same command again."),
    ),
    "leftover-column": (
        N_("This blank is filled by nothing: {words}"),
        N_("A column of your list is called so: write {{{{ {suggestion} }}}} there."),
    ),
    "letter-table": (
        N_("This is no table, and everybody would read “{words}” as it stands."),
        N_(
            "Write one as | A | B |, below it |---|---| with as many columns, then a line for "
            "each row."
        ),
    ),
    "table-cells": (
        N_("This row of a table has {n} cells, and its head {most}: some would be lost."),
        N_("Give the head as many columns, or write a bar that is part of the words as \\|."),
    ),
    "table-wide": (
        N_("This table has {n} columns: on a page {most} can be read."),
        N_("Make several tables of it, or send it along as an attachment."),
    ),
    "letter-html": (
        N_("A letter is text with a few signs (Markdown), and no HTML document."),
        N_("Save its text as letter.md; how its page looks stands in letter.css."),
    ),
    "letter-footnote": (
        N_("This is no footnote, and everybody would read “{words}” as it stands."),
        N_("Write [^1] where it is called, and [^1]: and its words on a line of their own."),
    ),
    "footnote-missing": (
        N_("The footnote {words} is called, and nothing says what it says."),
        N_("Write {words}: and its words on a line of their own."),
    ),
    "footnote-unused": (
        N_("The footnote {words} is written and never called: nobody would read it."),
        N_("Write {words} where it belongs, or remove the note."),
    ),
    "footnote-twice": (
        N_("Two footnotes are called {words}: one would be lost."),
        N_("Give each a name of its own."),
    ),
    "footnote-empty": (
        N_("The footnote {words} says nothing."),
        N_("Write its words behind the colon, or remove it."),
    ),
    "footnote-words": (
        N_("The footnote {words} holds more than words: a list, a table or the like."),
        N_("Write it as a sentence, or put it into the letter."),
    ),
    "footnote-nested": (
        N_("A footnote holds another footnote, {words}."),
        N_("Put what the inner one says into the sentence, in parentheses."),
    ),
    "footnote-outside": (
        N_("A footnote can stand in the letter alone, not in its subject or the foot."),
        N_("Put what the note says into the sentence, in parentheses."),
    ),
    "div-unknown": (
        N_("“{words}” is none of the blocks that a letter knows."),
        N_(
            "Write ::: right, ::: center or ::: indent above it and ::: below it, each on a line "
            "of its own."
        ),
    ),
    "div-open": (
        N_("This block begins with ::: and never ends."),
        N_("Write ::: below it, on a line of its own."),
    ),
    "page-break-inside": (
        N_("“{words}” stands among other words, and everybody would read it."),
        N_("Put it on a line of its own, between two empty lines."),
    ),
    "picture-width": (
        N_("“{words}” is no width of a picture."),
        N_("Write ![words](file.png){{width=5cm}}, in cm, mm, px or %, without a space."),
    ),
    "letter-kind": (
        N_("A letter cannot be read from “{kind}”."),
        N_("Open it and save it as .docx (or .odt, .txt, .md), then give that file."),
    ),
    "letter-not-word": (
        N_("This file is not a Word or LibreOffice document, or it is damaged."),
        N_("Open it in Word or LibreOffice and save it again as .docx."),
    ),
    "letter-encrypted": (
        N_("This file has a password, and cannot be read without it."),
        N_("Open it in Word or LibreOffice and save it without a password."),
    ),
    "letter-file-not-text": (
        N_("This file is not text."),
        N_("Save the letter as text (UTF-8) or as .docx."),
    ),
    "letter-too-long": (
        N_("The text of this file is longer than {megabytes} MB: that is a book, and no letter."),
        N_("Give the letter alone, and attach the rest to it as a file."),
    ),
    "letter-too-large": (
        N_("This file holds more than {megabytes} MB once unpacked."),
        N_("Make its pictures smaller, or take some out."),
    ),
    "letter-ready": (
        N_("This letter already has its subject and its blanks."),
        N_("Leave out --subject and --fill, or change the letter itself."),
    ),
    "fill-unknown": (
        N_("The letter has no blank called “{name}”."),
        N_("Its blanks: {names}."),
    ),
    "blank-meaning": (
        N_("“{words}” cannot fill a blank."),
        N_("Write a name such as date, lieu or signature, or the name of a column."),
    ),
    "names-file-missing": (
        N_("The letter names “{name}”, and there is no such file in the campaign folder."),
        N_("Put it there, or take its name out of the letter."),
    ),
    "names-file-outside": (
        N_("The letter names “{name}”, which is not in the campaign folder."),
        N_("Copy the file into the folder and write only its name."),
    ),
    "names-file-private": (
        N_(
            "No letter takes “{name}” along: the program keeps it here, or it is of a kind that "
            "could itself be a program."
        ),
        N_("Take it out of the letter."),
    ),
    "picture-unknown-kind": (
        N_("“{name}” is no PNG or JPEG picture, the two kinds that every mail program shows."),
        N_("Save it as PNG or JPEG."),
    ),
    "picture-torn": (
        N_("“{name}” is not whole: it was copied in part."),
        N_("Copy it into the campaign folder again."),
    ),
    "picture-with-blank": (
        N_("A picture cannot have a blank in it: it is the same for all."),
        N_("Write the file's own name, and words without braces."),
    ),
    "picture-unclear": (
        N_("This picture cannot be understood."),
        N_("Write it like this: ![words](picture.png)"),
    ),
    "html-unclosed": (
        N_("{words} begins here and never ends."),
        N_("Take it out of the letter."),
    ),
    "attachment-column-unknown": (
        N_(
            "The letter wants each recipient's attachment from the column “{name}”, which the "
            "sheet does not have. Close to it: {suggestion}."
        ),
        N_("Write the column's name as in the sheet."),
    ),
    "enclosures-too-large": (
        N_("The pictures and attachments take {size_mb} MB; an e-mail may have {limit_mb} MB."),
        N_("Make them smaller, or give a link."),
    ),
    "letter-file-changed": (
        N_("This file changed or vanished while the letters were leaving."),
        N_("Look at it, then run the same command again."),
    ),
    "page-runaway": (
        N_(
            "Setting the page of a letter failed ({detail}), within {seconds} seconds and "
            "{megabytes} MB of memory."
        ),
        N_(
            "Nothing was made. Look at what was changed last in letter.md, letter.css or the "
            "pictures; if they are not yours, do not use them."
        ),
    ),
    "page-runaway: time": (
        N_(
            "Setting the page of a letter takes more than {seconds} seconds of computing; it was "
            "given up."
        ),
        N_(
            "Nothing was made. It is in letter.css (variables or gradients that repeat without "
            "end), or in a drawing (SVG) whose parts repeat each other: save the drawing as PNG, "
            "or take it out. If this campaign is not yours, do not use it."
        ),
    ),
    "page-runaway: memory": (
        N_(
            "Setting the page of a letter takes more than {megabytes} MB of memory; it was given "
            "up."
        ),
        N_(
            "Nothing was made. It is in letter.css (variables or gradients that repeat without "
            "end), or in a picture: make it smaller, or take it out. If this campaign is not "
            "yours, do not use it."
        ),
    ),
    "page-runaway: depth": (
        N_("Setting the page of a letter was given up: something in it is nested too deeply."),
        N_(
            "Nothing was made. It is in letter.css (brackets within brackets, or a content that "
            "goes on and on), or in a drawing (SVG). If this campaign is not yours, do not use it."
        ),
    ),
    "letter-file-pixels": (
        N_("This picture has {megapixels} million pixels; at most {most} can be printed."),
        N_("Make it smaller: 2,000 pixels are enough for the width of a page."),
    ),
    "letter-runaway": (
        N_("This letter takes too much to read ({words})."),
        N_(
            "Nothing was made. If this letter is not yours, do not use it; if it is, remove what "
            "was added last."
        ),
    ),
    "draft-runaway": (
        N_(
            "Reading this file takes more than {seconds} seconds of computing or {megabytes} MB of "
            "memory, or failed; it was given up."
        ),
        N_(
            "Copy the text of the letter into a new document, and save that. If this file is not "
            "yours, do not use it."
        ),
    ),
    "local-inline": (
        N_("{words} stands inside a paragraph, and local paragraphs cannot."),
        N_("Put {{{{ local }}}} on a line of its own, with an empty line above and below."),
    ),
    "local-files": (
        N_("Paragraphs for one recipient are no files any more, and {n} are in “local”."),
        N_(
            "Copy each into the list, into a column “Paragraphe local”, in the row of the code "
            "that the file is named after; import the list again, and delete the folder."
        ),
    ),
    "letter-glyph-missing": (
        N_("None of the letter's fonts can print “{character}” ({codepoint})."),
        N_(
            "Replace it, or name a font that has it in letter.css: one of this computer, or a file "
            "in the campaign folder. Nothing was printed."
        ),
    ),
    "return-address-wide": (
        N_(
            "The return address is {width_mm} mm long, and a line of the window {room_mm} mm: "
            "“{words}”."
        ),
        N_(
            "Shorten address in [letterhead] or [sender], or name in [sender], or remove "
            "return_address from [paper] in campaign.toml."
        ),
    ),
    "signers-crowd": (
        N_("{n} people sign one letter; on paper, {most} may."),
        N_("Keep {most} at most, or send the list of all of them along as an attachment."),
    ),
    "signature-picture-missing": (
        N_("The picture of the signature is not there."),
        N_("Put it into the campaign folder, or remove signature_picture from campaign.toml."),
    ),
    "signature-picture-kind": (
        N_("The signature is no PNG or JPEG picture."),
        N_("Save it as one."),
    ),
    "logo-missing": (
        N_("The logo is not there."),
        N_("Put it into the campaign folder, or remove logo from [letterhead] in campaign.toml."),
    ),
    "logo-unknown-kind": (
        N_("The logo is no PNG or JPEG picture."),
        N_("Save it as one."),
    ),
    "logo-torn": (
        N_("The logo is cut short, as a copy is that was broken off."),
        N_("Copy it again."),
    ),
    "logo-too-large": (
        N_("The logo has {size_mb} MB; it goes with every e-mail, and may have {limit_mb}."),
        N_("Make it smaller: 1,000 pixels are enough."),
    ),
    "look-with-tags": (N_("The look holds HTML tags."), N_("It may hold nothing but CSS.")),
    "foot-missing": (
        N_("There is no foot in the language of the letter ({language})."),
        N_(
            "Every letter says at its foot who writes, how to answer, where the address comes from "
            "and how to stop it. Write that into foot.md in the campaign folder, with {{{{ groupe "
            "}}}}, {{{{ repondre_a }}}}, {{{{ reference }}}}, {{{{ origine_adresse }}}} and the "
            "word STOP."
        ),
    ),
    "foot-lacks": (
        N_("The foot of the letter does not say: {words}."),
        N_(
            "Every letter says who writes, how to answer, where the address comes from and how to "
            "stop it. Add what is missing, outside of any choice."
        ),
    ),
    "french-filter": (
        N_("“|{name}” knows French, and the letter is in another language."),
        N_("Write the words out, or give them in a column of the list."),
    ),
    "unknown-filter": (
        N_("Nothing is called “|{name}”. Close to it: {suggestion}."),
        N_("The guide lists what may follow a bar."),
    ),
    "unknown-variable": (
        N_("The letter names “{name}”, which no column gives. Close to it: {suggestion}."),
        N_("Nothing has left: it would be missing in every letter ({letters}). Mend letter.md."),
    ),
    "column-to-come": (
        N_("The letter waits for the column “{name}” of a list: there is no list yet."),
        N_("Import one that has such a column. No letter leaves before."),
    ),
    "writer-lacks": (
        N_("The letter needs “{name}” of [sender], and it is empty."),
        N_("Fill it in campaign.toml."),
    ),
    "front-matter-open": (
        N_("The lines at the top of the letter begin with --- and never end."),
        N_("Put --- on a line of its own below them."),
    ),
    "front-matter-line": (N_("This line is not of the form “name: value”: {words}"), ""),
    "front-matter-unknown": (
        N_("The letter has no setting “{name}”. Close to it: {suggestion}."),
        N_("At the top of a letter stands “subject”."),
    ),
    "front-matter-twice": (N_("“{name}” stands here twice."), N_("Remove one of them.")),
    "subject-missing": (
        N_("The letter has no subject."),
        N_("Put “subject: …” between two lines of --- at its top."),
    ),
    "letter-changed": (
        N_("The letter was changed after the first ones had left."),
        N_("To go on with the changed letter, add --accept-edit. Look at it first: preview."),
    ),
    "letter-changed-in-lots": (
        N_("The letter was changed after the first lots were made. They have it as it was."),
        N_(
            "To make them anew: {step}. Or to go on with the changed letter beside them, add "
            "--accept-edit. Look at it first: preview."
        ),
        Step(command="print", options=("--discard", N_("LOT"))),
    ),
    "letter-untested": (
        N_("This version of the letter has not been tested."),
        N_("Send one to yourself first: {step} (or add --untested)"),
        Step(command="send", options=("--test", N_("YOU@…"))),
    ),
    "check-failed": (
        N_("{faults} of {letters} letters are at fault, the first one being {key}."),
        N_("So many faults are the letter's or the sheet's. Nothing has left."),
    ),
    "letter-file-missing": (
        N_("The letter to {key} shows a picture that is not in the campaign folder."),
        N_("Put it there, or take it out of the letter. Until then the letter cannot be printed."),
    ),
    "letter-file-remote": (
        N_("The letter to {key} asks for something from the network."),
        N_("Download it into the campaign folder. Until then the letter cannot be printed."),
    ),
    "letter-file-unreadable": (
        N_("The letter to {key} shows something that cannot be read: {words}."),
        N_("Until that is mended, the letter cannot be printed."),
    ),
    "letter-file-torn": (
        N_("The letter to {key} shows a picture that is not whole or is damaged."),
        N_("Copy it into the campaign folder again. Until then the letter cannot be printed."),
    ),
    "letter-too-many-pages": (
        N_("The letter to {key} has {n} pages; {most} are the most."),
        N_("Look at its page breaks, at letter.css, or shorten it."),
    ),
    "page-size": (
        N_("The letter to {key} is set on a page of {width_mm} × {height_mm} mm, not on {wanted}."),
        N_(
            "The size of the page is format, in [paper] of campaign.toml: take “size: …” out of "
            "@page in letter.css, or change format."
        ),
    ),
    "weasyprint-missing": (
        N_("The program that makes the pages (WeasyPrint) cannot start: {words}."),
        N_("E-mail works without it. To print: make install"),
    ),
    "pango-missing": (
        N_("A library that makes the pages is missing: {library}."),
        N_(
            "E-mail works without it. To print, type: sudo apt install libpango-1.0-0 "
            "libpangoft2-1.0-0 libharfbuzz-subset0"
        ),
    ),
    "pango-missing: fedora": (
        N_("A library that makes the pages is missing: {library}."),
        N_("E-mail works without it. To print, type: sudo dnf install pango"),
    ),
    "pango-missing: macos": (
        N_("A library that makes the pages is missing: {library}."),
        N_(
            "E-mail works without it. To print, type: brew install pango (Homebrew itself is at "
            "https://brew.sh)."
        ),
    ),
    "pango-missing: windows": (
        N_("A library that makes the pages is missing: {library}."),
        N_(
            "E-mail works without it. To print, install MSYS2 (https://www.msys2.org), type in its "
            "window: pacman -S mingw-w64-ucrt-x86_64-pango, and start this program again."
        ),
    ),
}


LIMITS: Mapping[str, str] = {
    "time": N_("more than four seconds of work"),
    "memory": N_("more than 1 GB of memory"),
    "output": N_("a letter of more than a million characters"),
    "depth": N_("too many choices, brackets or emphases inside each other"),
    "crash": N_("the program failed on it"),
}
"""The limits of "letter-runaway", by its `words`."""
