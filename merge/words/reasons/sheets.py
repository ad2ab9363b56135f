"""A spreadsheet that cannot be read."""

from __future__ import annotations

from collections.abc import Mapping

from merge.job import Step
from merge.words.language import N_
from merge.words.reasons.form import Entry

SHEET: Mapping[str, Entry] = {
    "no-such-sheet": (N_("There is no such file."), N_("Look at its name and where it is.")),
    "sheet-is-a-folder": (N_("This is a folder."), N_("Give the file that is in it.")),
    "sheet-is-a-lock": (
        N_(
            "This is not the workbook, but what a spreadsheet program leaves beside one it has "
            "open."
        ),
        N_("Give the workbook itself, whose name has no “~” in front."),
    ),
    "sheet-unreadable": (
        N_("This file cannot be read: {detail}."),
        N_("See that it is there and that you may read it."),
    ),
    "unknown-extension": (
        N_("Files that end in “{extension}” are not spreadsheets that can be read."),
        N_("Save it as CSV, XLSX or ODS."),
    ),
    "not-a-sheet": (
        N_("This is not a spreadsheet but a {kind} file."),
        N_(
            "Save the table as CSV, XLSX or ODS. (Of JSON, the annuaire de l'administration of "
            "data.gouv.fr is understood.)"
        ),
    ),
    "sheet-empty": (
        N_("This sheet is empty."),
        N_("Is it the right file? In a workbook, --sheet NAME reads another sheet."),
    ),
    "group-unknown-column": (
        N_(
            "The head of the letter says “group: {wanted}”, and no column of this sheet is called "
            "so. Its columns: {headers}."
        ),
        N_("Write the name of one of them there. Perhaps: {suggestion}"),
    ),
    "group-unknown-column: letter": (
        N_(
            "The head of the letter says “group: {wanted}”, and no column that was kept of the "
            "list is called so. Its columns: {headers}."
        ),
        N_("Write the name of one of them there. Perhaps: {suggestion}"),
    ),
    "group-dropped-column": (
        N_(
            "The head of the letter says “group: {wanted}”, and that column is not kept: no letter "
            "needs birth dates and professions."
        ),
        N_("Write another column there, or keep this one: --keep '{wanted}'"),
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
        N_("Say which sheet to read with --sheet NAME; there are also: {others}."),
    ),
    "header-only": (
        N_("There is a header and not one row below it."),
        N_("Is it the right file? In a workbook, --sheet NAME reads another sheet."),
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
    "duplicate-header": (
        N_("Two columns are called “{column}”."),
        N_("Rename one of them in the sheet."),
    ),
    "unknown-encoding": (
        N_("There is no encoding “{encoding}”."),
        N_("Common ones: utf-8, cp1252, iso-8859-15, mac-roman."),
    ),
    "encoding-does-not-fit": (
        N_("This row is not in {encoding}."),
        N_("Leave --encoding out to let the program look, or try another one."),
    ),
    "nul-bytes": (
        N_("This row holds bytes that are not text."),
        N_("Open it in a spreadsheet and save it again as CSV (UTF-8)."),
    ),
    "bad-delimiter": (
        N_("“{delimiter}” cannot separate columns."),
        N_("One character, or the word “tab”."),
    ),
    "open-quote": (
        N_("A quotation mark is opened here and never closed."),
        N_("Remove it, or close it."),
    ),
    "row-too-wide": (
        N_("This row has more fields than any other."),
        N_("A cell that holds the separator must stand between quotation marks."),
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
    "cell-too-long": (
        N_("A cell in this row has more than {most} characters."),
        N_("A quotation mark is probably opened here and never closed: remove it, or close it."),
    ),
    "cell-too-long: workbook": (
        N_("A cell of this workbook has more than {most} characters."),
        N_("Empty that cell, or save the columns you need as CSV (UTF-8)."),
    ),
    "sheet-runaway": (
        N_(
            "Reading this file failed ({detail}), within {seconds} seconds and {megabytes} MB of "
            "memory."
        ),
        N_("Open it in a spreadsheet program and save the sheet you need as CSV (UTF-8)."),
    ),
    "sheet-runaway: time": (
        N_("Reading this file takes more than {seconds} seconds of computing; it was given up."),
        N_(
            "Save the columns you need as CSV (UTF-8), and import that. If this file is not yours, "
            "do not use it."
        ),
    ),
    "sheet-runaway: memory": (
        N_("Reading this file takes more than {megabytes} MB of memory; it was given up."),
        N_(
            "Save the columns you need as CSV (UTF-8), and import that. If this file is not yours, "
            "do not use it."
        ),
    ),
    "sheet-runaway: depth": (
        N_("Reading this file was given up: it is nested too deeply."),
        N_(
            "Save the columns you need as CSV (UTF-8), and import that. If this file is not yours, "
            "do not use it."
        ),
    ),
    "sheet-changed": (
        N_("The file was changed while it was being read."),
        N_("Save and close it, then import again."),
    ),
    "too-many-rows": (
        N_("The sheet has {rows} rows; at most {most} can be read."),
        N_("Is it the right file? Else cut it into several."),
    ),
    "workbook-too-large": (
        N_("This workbook takes {megabytes} MB; at most {most} can be opened."),
        N_("Save the sheet you need as CSV (UTF-8)."),
    ),
    "json-too-large": (
        N_("This JSON file has {megabytes} MB; at most {most} can be read."),
        N_("Take the CSV of the same data."),
    ),
    "stray-cell": (
        N_("Something stands in cell {cell}, far away from the table."),
        N_("Empty that cell, or copy the table into another sheet."),
    ),
    "json-damaged": (
        N_("This file of the annuaire is damaged or incomplete."),
        N_("Download it again: the download probably stopped too early."),
    ),
    "workbook-password": (
        N_("This workbook is protected by a password."),
        N_("Open it and save it again without."),
    ),
    "workbook-damaged": (
        N_("This workbook is damaged, or no workbook at all."),
        N_("Open it in a spreadsheet program and save it again."),
    ),
    "no-such-worksheet": (N_("There is no sheet “{sheet}” in it."), N_("There are: {sheets}.")),
    "no-workbook": (
        N_("This is no workbook, and has no sheet “{sheet}”."),
        N_("Leave --sheet out, or give the workbook that has it."),
    ),
    "map-unknown-field": (
        N_("--map: there is no field “{field}”."),
        N_("Fields: {known}."),
    ),
    "map-unknown-column": (
        N_("--map: this sheet has no column “{wanted}”."),
        N_("It has: {headers}."),
    ),
    "sheet-to-say": (
        N_("Only you know that. Nothing was kept."),
        N_("If the first of each is right: {step}. To leave it undecided: {step2}."),
        Step(command="import", options=("{command}",)),
        Step(command="import", options=("--yes",)),
    ),
    "two-columns-one-field": (
        N_("The columns {columns} both mean “{field}”."),
        N_("Say which one counts: --map {field}=COLUMN"),
    ),
    "no-recipient-column": (
        N_("No column says who the recipients are. The columns are: {headers}."),
        N_("Say which column tells who they are: {step}"),
        Step(command="import", options=(N_("SHEET"), "--map", N_("{field}=COLUMN"))),
    ),
    "worksheet-without-recipients": (
        N_("No column of the sheet “{sheet}” says who the recipients are: {headers}."),
        N_(
            "Say which column tells who they are, or choose another sheet of the workbook "
            "({others}): {step}"
        ),
        Step(command="import", options=(N_("SHEET"), "--sheet", N_("NAME"))),
    ),
    "wrong-encoding": (
        N_("The header “{column}” was read in the wrong encoding ({encoding})."),
        N_("Nothing was taken. Say which it is: --encoding {suggestion}"),
    ),
    "signers-without-names": (
        N_("No column says who signs: {headers}."),
        N_("Call it “Nom”."),
    ),
    "signers-two-columns": (
        N_("The columns {columns} mean the same."),
        N_("Remove or rename one of them."),
    ),
    "signers-unnamed-column": (
        N_("The column with “{value}” has no header."),
        N_("Give it one (“Commune”?), or empty it."),
    ),
    "signer-without-name": (
        N_("Nobody is named in this row."),
        N_("Write the name, or remove the row."),
    ),
    "signer-of-no-town": (
        N_("Which commune “{value}” is cannot be told. Close to it: {suggestion}."),
        N_("Write its INSEE code, or empty the cell if this person signs every letter."),
    ),
    "signer-control-character": (
        N_("A character here cannot be printed ({value})."),
        N_("Type the cell again."),
    ),
    "signer-row-broken": (
        N_("This row has a field too many, or a quotation mark too many: “{value}”."),
        N_("Mend it in the sheet."),
    ),
    "key-of-another-kind": (
        N_("“{key}” is the key of {name} already: one is a commune, the other is not."),
        N_("Nothing was taken. People with numbers of their own need a campaign of their own."),
    ),
    "unknown-department": (
        N_("There is no département “{department}”."),
        N_("Write it as 35, 2A or 974."),
    ),
    "wrong-encoding-or-column": (
        N_(
            "{rows} of {of} names of communes are unknown or belong to another code "
            "({examples}). Read as {encoding}."
        ),
        N_(
            "Nothing was taken. The encoding is wrong (--encoding cp1252 or utf-8), or a column is "
            "(--map)."
        ),
    ),
}
