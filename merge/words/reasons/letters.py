"""The letter and its look."""

from __future__ import annotations

from collections.abc import Mapping

from merge.job import Step
from merge.words.language import N_
from merge.words.reasons.form import Entry

LETTER: Mapping[str, Entry] = {
    "letter-missing": (
        N_("This file of the letter is not there."),
        N_("Write it anew, or name another: {step}"),
        Step(command="settings", options=("[letter]",)),
    ),
    "reminder-missing": (
        N_("The letter of the reminder is not there."),
        N_("Write it, then try again."),
    ),
    "reminder-foreign": (
        N_("This reminder is the model's: it speaks of another letter than yours."),
        N_("Write your own words in it."),
    ),
    "reminder-other-letter": (
        N_("Wave {wave} was opened with another letter: {path}."),
        N_("Use that one, or change its text."),
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
            "Write {{{{ {suggestion} }}}}. If each row has its own, keep that column under its "
            "own name when you import the sheet."
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
        N_("Write its subject and its text."),
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
    "div-unknown": (
        N_("“{words}” is no whole block that a letter knows, and everybody would read it."),
        N_(
            "Write ::: right, ::: center or ::: indent above it and ::: below it, or \\newpage, "
            "each on a line of its own, between two empty lines."
        ),
    ),
    "letter-not-word": (
        N_("No letter can be read from this file: it is of another kind, or it is damaged."),
        N_("Open it in Word or LibreOffice and save it as .docx, or as text in UTF-8."),
    ),
    "odt-hidden": (
        N_("This file has words that not everybody is to read, or from elsewhere: {words}"),
        N_(
            "Take them out in LibreOffice, or write them as plain text; conditions can be put into "
            "the letter afterwards. Save it as .docx only then: it would say them to everybody."
        ),
    ),
    "letter-encrypted": (
        N_("This file has a password, and cannot be read without it."),
        N_("Open it in Word or LibreOffice and save it without a password."),
    ),
    "letter-too-large": (
        N_("This file holds more than {megabytes} MB once unpacked."),
        N_("Give the letter alone: attach the rest as a file, and make its pictures smaller."),
    ),
    "letter-ready": (
        N_("This letter already has its subject and its blanks."),
        N_("Change the letter itself."),
    ),
    "names-file-missing": (
        N_("“{name}” is named here, and there is no such file in the campaign folder."),
        N_("Copy it there and write only its name, or take its name out."),
    ),
    "names-file-private": (
        N_(
            "No letter takes “{name}” along: the program keeps it here, or it is of a kind that "
            "could itself be a program."
        ),
        N_("Take it out of the letter."),
    ),
    "picture-unfit": (
        N_("“{name}” is no whole PNG or JPEG picture, which every mail program shows."),
        N_("Save it as PNG or JPEG, and copy it into the campaign folder again."),
    ),
    "picture-unclear": (
        N_("This picture cannot be understood. {words}"),
        N_(
            "Write it like this, without a blank in it: ![words](picture.png){{width=5cm}}; the "
            "width in cm, mm, px or %."
        ),
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
        N_("Look at it, then go on."),
    ),
    "letter-file-pixels": (
        N_("This picture has {megapixels} million pixels; at most {most} can be printed."),
        N_("Make it smaller: 2,000 pixels are enough for the width of a page."),
    ),
    "letter-runaway": (
        N_("This letter takes too much time or memory, or is nested too deeply: it was given up."),
        N_(
            "Nothing was made. Look at what was added last: a style in letter.css or a choice that "
            "repeats without end, a drawing or a picture (save it smaller, as PNG), the document "
            "itself (copy its text into a new one). If it is not yours, do not use it."
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
        N_("Shorten your address or your name, or take it out of the window: {step}"),
        Step(command="settings", options=("[sender], [letterhead], [paper] return_address",)),
    ),
    "signers-crowd": (
        N_("{n} people sign one letter; on paper, {most} may."),
        N_("Keep {most} at most, or send the list of all of them along as an attachment."),
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
        N_("Correct the word after the bar, or take the bar out."),
    ),
    "unknown-variable": (
        N_("The letter names “{name}”, which no column gives. Close to it: {suggestion}."),
        N_("Nothing has left: it would be missing in every letter ({letters}). Mend the letter."),
    ),
    "column-to-come": (
        N_("The letter waits for the column “{name}” of a list: there is no list yet."),
        N_("Import one that has such a column. No letter leaves before."),
    ),
    "writer-lacks": (
        N_("The letter needs “{name}” of the sender, and it is empty."),
        N_("Fill it in: {step}"),
        Step(command="settings", options=("[sender]",)),
    ),
    "front-matter": (
        N_("The head of the letter cannot be understood: {words}. Close to it: {suggestion}."),
        N_("It is lines of “name: value” between two lines of ---, and each name stands once."),
    ),
    "footnote": (
        N_("This footnote cannot be set: {words}"),
        N_(
            "Write [^1] where it is called, once, and [^1]: and its words, a sentence, on a line "
            "of their own, in the letter itself. Elsewhere, put what it says into the sentence."
        ),
    ),
    "subject-missing": (
        N_("The letter has no subject."),
        N_("Put “subject: …” between two lines of --- at its top."),
    ),
    "letter-changed": (
        N_("The letter was changed after the first ones had left."),
        N_("Look at the letter as it is now: {step}. If it is meant so, go on: {step2}"),
        Step(command="preview"),
        Step(command="{command}", options=("--accept-edit",)),
    ),
    "letter-changed-in-lots": (
        N_("The letter was changed after the first lots were made. They have it as it was."),
        N_(
            "To make them anew, give them back: {step}. To go on with the changed letter beside "
            "them: {step2}"
        ),
        Step(command="print", options=("--discard", N_("LOT"))),
        Step(command="print", options=("--accept-edit",)),
    ),
    "letter-untested": (
        N_("This version of the letter has not been tested."),
        N_("Send one to yourself first: {step}"),
        Step(command="send", options=("--test", N_("YOU@…"))),
    ),
    "check-failed": (
        N_("{faults} of {letters} letters are at fault, the first one being {key}."),
        N_("So many faults are the letter's or the sheet's. Nothing has left."),
    ),
    "letter-file-unfit": (
        N_("The letter to {key} shows what is no whole file of the campaign folder. {words}"),
        N_(
            "Copy it there, or take it out of the letter: nothing comes from the network. Until "
            "then the letter cannot be printed."
        ),
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
            "libpangoft2-1.0-0 libharfbuzz-subset0 (Fedora: sudo dnf install pango; macOS: brew "
            "install pango; Windows: in MSYS2, pacman -S mingw-w64-ucrt-x86_64-pango)."
        ),
    ),
}
