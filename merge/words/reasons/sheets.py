"""A spreadsheet that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping

from merge.job import Step
from merge.words.language import N_
from merge.words.reasons.form import Entry

SHEET: Mapping[str, Entry] = {
    "file-unreadable": (
        N_("This file cannot be read: {words}."),
        N_("See that it is there and that you may read it."),
    ),
    "not-a-sheet": (
        N_("This is not a spreadsheet but a {kind} file."),
        N_(
            "Save the table as CSV (UTF-8), XLSX or ODS. (Of JSON, the annuaire de "
            "l'administration of data.gouv.fr is understood.)"
        ),
    ),
    "report-unlike": (
        N_("This is no report of publipostage: its column “{name}” is missing, or has “{value}”."),
        N_("Take the communes.csv as it was published, with nothing changed in it."),
    ),
    "sheet-empty": (
        N_("This sheet is empty, or has no row below its header."),
        N_("Is it the right file? If the workbook has several sheets, choose another."),
    ),
    "group-unknown-column": (
        N_(
            "The head of the letter says “group: {wanted}”, and no column of this sheet is called "
            "so. Its columns: {headers}."
        ),
        N_("Write the name of one of them there. Perhaps: {suggestion}"),
    ),
    "group-dropped-column": (
        N_(
            "The head of the letter says “group: {wanted}”, and that column is not kept: no letter "
            "needs birth dates and professions."
        ),
        N_("Write another column there, or keep this one under its own name: {step}"),
        Step(command="import", options=(N_("SHEET"), "--keep", "{wanted}")),
    ),
    "group-row-unread": (
        N_(
            "The cells of row {row} are not certain (“{words}”), and it may be a line of any "
            "letter: its sum would be wrong."
        ),
        N_("Correct that row in the sheet, and import it again. Nothing was imported."),
    ),
    "group-of-several-sheets": (
        N_(
            "The head of the letter says “group: {wanted}”, and nobody can tell whether a row of "
            "one sheet stands in another one again."
        ),
        N_("Put all rows into one sheet, and import that."),
    ),
    "no-table-in-worksheet": (
        N_("The sheet “{sheet}” of this workbook is no table of recipients."),
        N_(
            "Say which column tells who they are, or choose another sheet of the workbook "
            "({others}): {step}"
        ),
        Step(command="import", options=(N_("SHEET"), "--sheet", N_("NAME"))),
    ),
    "no-header": (
        N_("No row of this sheet looks like a header."),
        N_("Write the columns' names into a first row, or say which row has them: {step}"),
        Step(command="import", options=(N_("SHEET"), "--header-row", "N")),
    ),
    "header-row-beyond": (
        N_("There is no header in row {row}."),
        N_("The last row of the sheet is row {rows}."),
    ),
    "open-quote": (
        N_("A quotation mark is opened here and never closed."),
        N_("Remove it, or close it."),
    ),
    "rows-too-long": (
        N_(
            "{rows} of {of} rows have more cells than the header: a “{delimiter}” stands in a cell "
            "without quotation marks, or is not what separates the columns. Rows, by their "
            "numbers: {examples}"
        ),
        N_(
            "Nothing was taken. Save the table that this file was made from once more, from Excel "
            "or LibreOffice: as XLSX or ODS, or as CSV with the separator “;”, or with quotation "
            "marks around all text cells."
        ),
    ),
    "sheet-changed": (
        N_("The file was changed while it was being read."),
        N_("Save and close it, then import again."),
    ),
    "sheet-too-large": (
        N_("This file is too large, or takes too much to read ({words})."),
        N_(
            "Save the columns you need as CSV (UTF-8), in several files if need be, and import "
            "that. If this file is not yours, do not use it."
        ),
    ),
    "stray-cell": (
        N_("Something stands in cell {cell}, far away from the table."),
        N_("Empty that cell, or copy the table into another sheet."),
    ),
    "workbook-password": (
        N_("This workbook is protected by a password."),
        N_("Open it and save it again without."),
    ),
    "workbook-damaged": (
        N_("This file is damaged, or is not what its name says."),
        N_("Download it again, or open it in a spreadsheet program and save it again."),
    ),
    "no-workbook": (
        N_("This is no workbook, and has no sheet “{sheet}”."),
        N_("Hand over the workbook that has it."),
    ),
    "sheet-to-say": (
        N_("Only you know that. Nothing was kept."),
        N_("If the first of each is right: {step}. To leave it undecided: {step2}."),
        Step(command="import", options=("{command}",)),
        Step(command="import", options=("--yes",)),
    ),
    "two-columns-one-field": (
        N_("The columns {columns} both mean “{field}”."),
        N_("Choose which one counts: {step}"),
        Step(command="import", options=(N_("SHEET"), "--map", N_("{field}=COLUMN"))),
    ),
    "no-recipient-column": (
        N_("No column says who the recipients are. The columns are: {headers}."),
        N_("Say which column tells who they are: {step}"),
        Step(command="import", options=(N_("SHEET"), "--map", N_("{field}=COLUMN"))),
    ),
    "wrong-encoding": (
        N_("This is not in {encoding}. Close to it: {suggestion}."),
        N_("Nothing was taken. Choose another encoding, or let the program look."),
    ),
    "signers-unclear": (
        N_("The list of signers cannot be understood here: “{value}”."),
        N_(
            "Each column has a header; under “Nom” each row has a name, and the commune of whoever "
            "does not sign every letter is under “INSEE” or “Commune”. Mend it, or empty it."
        ),
    ),
    "signer-of-no-town": (
        N_("Which commune “{value}” is cannot be told. Close to it: {suggestion}."),
        N_("Write its INSEE code, or empty the cell if this person signs every letter."),
    ),
    "key-of-another-kind": (
        N_("“{key}” is the key of {name} already: one is a commune, the other is not."),
        N_("Nothing was taken. People with numbers of their own need a campaign of their own."),
    ),
    "wrong-encoding-or-column": (
        N_(
            "{rows} of {of} names of communes are unknown or belong to another code "
            "({examples}). Read as {encoding}."
        ),
        N_("Nothing was taken. Choose another encoding (cp1252 or utf-8), or another column."),
    ),
}
