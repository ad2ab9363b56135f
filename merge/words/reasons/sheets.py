"""A spreadsheet that cannot be read, and rows that were not taken as they stand."""

from __future__ import annotations

from collections.abc import Mapping

from merge.words.language import _
from merge.words.reasons.form import Reason

SHEET: Mapping[str, Reason] = {
    "no-such-sheet": (_("There is no such file."), _("Look at its name and where it is.")),
    "sheet-is-a-folder": (_("This is a folder."), _("Give the file that is in it.")),
    "sheet-is-a-lock": (
        _(
            "This is not the workbook, but what a spreadsheet program leaves beside one it has "
            "open."
        ),
        _("Give the workbook itself, whose name has no “~” in front."),
    ),
    "sheet-unreadable": (
        _("This file cannot be read: {detail}."),
        _("See that it is there and that you may read it."),
    ),
    "unknown-extension": (
        _("Files that end in “{extension}” are not spreadsheets that can be read."),
        _("Save it as CSV, XLSX or ODS."),
    ),
    "not-a-sheet": (
        _("This is not a spreadsheet but a {kind} file."),
        _(
            "Save the table as CSV, XLSX or ODS. (Of JSON, the annuaire de l'administration of "
            "data.gouv.fr is understood.)"
        ),
    ),
    "sheet-empty": (
        _("This sheet is empty."),
        _("Is it the right file? In a workbook, --sheet NAME reads another sheet."),
    ),
    "log-columns": (
        _("This is not a provider's log that is understood. Its columns: {headers}."),
        _(
            "It takes the status, and the Message-ID or the recipient with date and time. Name "
            "the columns so in the first row; nothing was changed."
        ),
    ),
    "log-bad-date": (
        _("“{value}” is not a date with a time."),
        _("Write it as 2026-11-24 10:15. Nothing was changed."),
    ),
    "no-table-in-worksheet": (
        _("The sheet “{sheet}” of this workbook is no table of recipients."),
        _("Say which sheet to read with --sheet NAME; there are also: {others}."),
    ),
    "header-only": (
        _("There is a header and not one row below it."),
        _("Is it the right file? In a workbook, --sheet NAME reads another sheet."),
    ),
    "no-header": (
        _("No row of this sheet looks like a header."),
        _(
            "Write the columns' names into a first row (Code INSEE, Commune, Courriel…), or say "
            "which row has them: --header-row N"
        ),
    ),
    "header-row-beyond": (_("There is no header in row {row}."), _("The sheet has {rows} rows.")),
    "duplicate-header": (
        _("Two columns are called “{column}”."),
        _("Rename one of them in the sheet."),
    ),
    "unknown-encoding": (
        _("There is no encoding “{encoding}”."),
        _("Common ones: utf-8, cp1252, iso-8859-15, mac-roman."),
    ),
    "encoding-does-not-fit": (
        _("This row is not in {encoding}."),
        _("Leave --encoding out to let the program look, or try another one."),
    ),
    "nul-bytes": (
        _("This row holds bytes that are no text."),
        _("Open it in a spreadsheet and save it again as CSV (UTF-8)."),
    ),
    "bad-delimiter": (
        _("“{delimiter}” cannot separate columns."),
        _("One character, or the word “tab”."),
    ),
    "open-quote": (
        _("A quotation mark is opened here and never closed."),
        _("Remove it, or close it."),
    ),
    "row-too-wide": (
        _("This row has more fields than any other."),
        _("A cell that holds the separator must stand between quotation marks."),
    ),
    "rows-too-long": (
        _(
            "{rows} of {of} rows have more cells than the header: a “{delimiter}” stands in a cell "
            "without quotation marks, or is not what separates the columns. Rows, by their "
            "numbers: {examples}"
        ),
        _(
            "Nothing was taken. Save the table that this file was made from once more, from Excel "
            "or LibreOffice: as XLSX or ODS, or as CSV with the separator “;”, or with quotation "
            "marks around all text cells."
        ),
    ),
    "cell-too-long": (
        _("A cell in this row has more than {most} characters."),
        _("A quotation mark is probably opened here and never closed: remove it, or close it."),
    ),
    "cell-too-long: workbook": (
        _("A cell of this workbook has more than {most} characters."),
        _("Empty that cell, or save the columns you need as CSV (UTF-8)."),
    ),
    "sheet-runaway": (
        _(
            "Reading this file failed ({detail}), within {seconds} seconds and {megabytes} MB of "
            "memory."
        ),
        _("Open it in a spreadsheet program and save the sheet you need as CSV (UTF-8)."),
    ),
    "sheet-runaway: time": (
        _("Reading this file takes more than {seconds} seconds of computing; it was given up."),
        _(
            "Save the columns you need as CSV (UTF-8), and import that. If this file is not yours, "
            "do not use it."
        ),
    ),
    "sheet-runaway: memory": (
        _("Reading this file takes more than {megabytes} MB of memory; it was given up."),
        _(
            "Save the columns you need as CSV (UTF-8), and import that. If this file is not yours, "
            "do not use it."
        ),
    ),
    "sheet-runaway: depth": (
        _("Reading this file was given up: too many things are inside each other in it."),
        _(
            "Save the columns you need as CSV (UTF-8), and import that. If this file is not yours, "
            "do not use it."
        ),
    ),
    "sheet-changed": (
        _("The file was changed while it was being read."),
        _("Save and close it, then import again."),
    ),
    "too-many-rows": (
        _("The sheet has {rows} rows; at most {most} can be read."),
        _("Is it the right file? Else cut it into several."),
    ),
    "workbook-too-large": (
        _("This workbook takes {megabytes} MB; at most {most} can be opened."),
        _("Save the sheet you need as CSV (UTF-8)."),
    ),
    "json-too-large": (
        _("This JSON file has {megabytes} MB; at most {most} can be read."),
        _("Take the CSV of the same data."),
    ),
    "stray-cell": (
        _("Something stands in cell {cell}, far away from the table."),
        _("Empty that cell, or copy the table into another sheet."),
    ),
    "json-damaged": (
        _("This file of the annuaire is damaged or incomplete."),
        _("Download it again: the download probably stopped too early."),
    ),
    "workbook-password": (
        _("This workbook is protected by a password."),
        _("Open it and save it again without."),
    ),
    "workbook-damaged": (
        _("This workbook is damaged, or no workbook at all."),
        _("Open it in a spreadsheet program and save it again."),
    ),
    "no-such-worksheet": (_("There is no sheet “{sheet}” in it."), _("There are: {sheets}.")),
    "no-workbook": (
        _("This is no workbook, and has no sheet “{sheet}”."),
        _("Leave --sheet out, or give the workbook that has it."),
    ),
    "map-unknown-field": (
        _("--map: there is no field “{field}”."),
        _("Fields: {known}."),
    ),
    "map-unknown-column": (
        _("--map: this sheet has no column “{wanted}”."),
        _("It has: {headers}."),
    ),
    "two-columns-one-field": (
        _("The columns {columns} both mean “{field}”."),
        _("Say which one counts: --map {field}=COLUMN"),
    ),
    "no-recipient-column": (
        _("No column says who the recipients are. The columns are: {headers}."),
        _("A column with INSEE codes is needed; say which: --map insee=COLUMN"),
    ),
    "worksheet-without-recipients": (
        _("No column of the sheet “{sheet}” says who the recipients are: {headers}."),
        _(
            "Say which sheet to read with --sheet NAME (there are also: {others}), or, if it is "
            "this one, which column has the INSEE codes: --map insee=COLUMN"
        ),
    ),
    "wrong-encoding": (
        _("The header “{column}” was read in the wrong encoding ({encoding})."),
        _("Nothing was taken. Say which it is: --encoding {suggestion}"),
    ),
    "signers-without-names": (
        _("No column says who signs: {headers}."),
        _("Call it “Nom”."),
    ),
    "signers-two-columns": (
        _("The columns {columns} mean the same."),
        _("Remove or rename one of them."),
    ),
    "signers-unnamed-column": (
        _("The column with “{value}” has no header."),
        _("Give it one (“Commune”?), or empty it."),
    ),
    "signer-without-name": (
        _("Nobody is named in this row."),
        _("Write the name, or remove the row."),
    ),
    "signer-of-no-town": (
        _("Which commune “{value}” is cannot be told. Close to it: {suggestion}."),
        _("Write its INSEE code, or empty the cell if this person signs every letter."),
    ),
    "signer-control-character": (
        _("A character here cannot be printed ({value})."),
        _("Type the cell again."),
    ),
    "signer-row-broken": (
        _("This row has a field too many, or a quotation mark too many: “{value}”."),
        _("Mend it in the sheet."),
    ),
    "key-of-another-kind": (
        _("“{key}” is the key of {name} already: one is a commune, the other is not."),
        _("Nothing was taken. People with numbers of their own need a campaign of their own."),
    ),
    "unknown-department": (
        _("There is no département “{department}”."),
        _("Write it as 35, 2A or 974."),
    ),
    "wrong-encoding-or-column": (
        _(
            "{rows} of {of} names of communes are unknown or belong to another code "
            "({examples}). Read as {encoding}."
        ),
        _(
            "Nothing was taken. The encoding is wrong (--encoding cp1252 or utf-8), or a column is "
            "(--map)."
        ),
    ),
}

ROWS: Mapping[str, Reason] = {
    "close-header": (
        _("The column “{value}” was kept but not understood."),
        _("If it is meant so: --map {suggestion}"),
    ),
    "unnamed-column": (_("A column without a header was kept as “{column}”."), ""),
    "too-many-fields": (
        _("This row has a field too many (“{value}”): one of its cells was cut in two."),
        _("Put that cell between quotation marks, or take the delimiter out of it; import again."),
    ),
    "too-few-fields": (
        _(
            "This row ends early, with “{value}”, and the other rows have more: where a separator "
            "is missing, its cells stand in the wrong columns."
        ),
        _("Look at that row, and import again."),
    ),
    "stray-quote": (
        _("A quotation mark in this cell has swallowed the rows after it."),
        _("Take that mark out of the file, or write it twice, and import again."),
    ),
    "formula-not-computed": (
        _("This cell has a formula whose result is not in the workbook: read as empty."),
        _("Open it in a spreadsheet, save it there, and import it again."),
    ),
    "hidden-row": (
        _("The row of {value} is hidden in the workbook, and was read as the others."),
        _("If it is not meant: delete it, or copy what is shown into a new sheet."),
    ),
    "reads-as-empty": (_("“{value}” was taken for an empty cell."), ""),
    "control-character": (
        _("A character in this cell cannot be printed ({value})."),
        _("Type the words of that cell again."),
    ),
    "letter-mended": (
        _("“{value}” had letters of another encoding: taken as “{suggestion}”."),
        _("Look whether that is what was meant."),
    ),
    "encoding-unproven": (
        _("“{value}” was read as {suggestion}, and no name of a commune can prove it."),
        _("Look at the accents, or give --encoding."),
    ),
    "no-key": (
        _("“{value}” has no INSEE code, and no département and name that tell which one it is."),
        _("Perhaps: {suggestion}"),
    ),
    "no-name": (
        _("No name of a commune for “{value}”."),
        _("Write the name in that row, and import again."),
    ),
    "zero-restored": (_("“{value}” had lost its leading zero: taken as {suggestion}."), ""),
    "unknown-insee": (
        _("There is no commune with the INSEE code “{value}”."),
        _("Perhaps: {suggestion}"),
    ),
    "district-code": (
        _("“{value}” is an arrondissement and no commune; its city is {suggestion}."),
        _(
            "To write to mayors of arrondissements, put them into a campaign of their own: "
            "publipostage import FILE --map key={column}"
        ),
    ),
    "name-disagrees": (
        _("“{value}” is not the name that goes with this INSEE code."),
        _("The reference says: {suggestion}."),
    ),
    "short-name": (_("“{value}” is short for {suggestion}; the letter says the whole name."), ""),
    "name-of-another": (
        _("“{value}” is the name of another commune than this INSEE code."),
        _("Perhaps: {suggestion}"),
    ),
    "department-disagrees": (
        _("“{value}” lies in another département than the one that is given for this row."),
        _("Perhaps: {suggestion}"),
    ),
    "broken-json-cell": (
        _("This cell of the annuaire is cut off or was changed, so this mairie was left out."),
        _("Download the file again, and import it without opening it in a spreadsheet first."),
    ),
    "second-town-hall": (
        _("“{value}” is another town hall of the same commune; “{suggestion}” was taken."),
        "",
    ),
    "branch-office": (
        _("“{value}” is an annex or a mairie déléguée, not the mairie."),
        _("Its mairie is that of {suggestion}."),
    ),
    "vanished-commune": (
        _(
            "There is no longer a commune “{value}”: it was merged, or has another name or code "
            "now."
        ),
        _("If you mean {suggestion}, write that code in the sheet and import again."),
    ),
    "former-name": (
        _("“{value}” is called {suggestion} now; the letter says so."),
        _("Check that the mayor and the e-mail address are still right."),
    ),
    "matched-by-name": (_("“{value}” has no INSEE code: taken as {suggestion} by its name."), ""),
    "ambiguous-name": (
        _("“{value}” is the name of several communes."),
        _("Give the INSEE code; one of: {suggestion}"),
    ),
    "unknown-name": (
        _("No commune is called “{value}” there."),
        _("Perhaps: {suggestion}"),
    ),
    "duplicate-key": (
        _("“{value}” stands in an earlier row already ({suggestion}); that one was taken."),
        "",
    ),
    "shown-otherwise": (
        _("The sheet shows “{value}” in another way, which is not known here."),
        _("If the letter should say what the sheet shows, format the column as text and type it."),
    ),
    "unknown-sex": (
        _("“{value}” says neither F nor M: the letter will say both."),
        _("If you know it, write F or M there."),
    ),
    "sex-disagrees": (
        _("“{value}” for the sex, and a title before the name that says {suggestion}."),
        _("Mend whichever is wrong (F or M): until then the letter will say both."),
    ),
    "not-the-mayor": (
        _("“{value}” under “{column}” is not the mayor."),
        _("If it is the mayor all the same, write “Maire” there."),
    ),
    "title-in-name": (_("“{value}” has a title in it: taken as “{suggestion}”."), ""),
    "not-a-name": (
        _("“{value}” is no name: the letter names nobody."),
        _(
            "Leave nothing but the name in this cell (or is a separator missing in this row?), and "
            "import again."
        ),
    ),
    "surname-is-town": (
        _("“{value}” is the commune's own name, and was not taken for the mayor's."),
        _("If the mayor is called so: publipostage edit {suggestion}"),
    ),
    "unknown-article-code": (_("“{value}” is no article code (0 to 8)."), ""),
    "email-elsewhere": (
        _("This row has no e-mail where it is looked for; “{value}” stands in this column."),
        _("If it is the mairie's: publipostage edit {suggestion}"),
    ),
    "email-none-given": (_("“{value}” is no e-mail address."), ""),
    "email-is-url": (_("“{value}” is a web page, not an e-mail address."), ""),
    "email-no-at": (_("“{value}” has no @."), _("Perhaps: {suggestion}")),
    "email-has-spaces": (
        _("There is a space in “{value}”: half an address may be somebody else's."),
        _("Perhaps: {suggestion}"),
    ),
    "email-has-accents": (_("“{value}” has an accent."), _("Perhaps: {suggestion}")),
    "email-invalid": (_("“{value}” is not an e-mail address."), _("Perhaps: {suggestion}")),
    "email-mended": (_("“{value}” was taken as {suggestion}."), ""),
    "email-typo": (
        _("“{value}” was taken, and looks mistyped."),
        _("Perhaps: {suggestion}"),
    ),
    "shared-mailbox": (
        _("“{value}” is the address of {suggestion} earlier rows, too: it gets all those letters."),
        _("If that is a slip of the sheet, mend it and import again."),
    ),
    "email-extra-words": (_("“{value}” beside the address was left out."), ""),
    "email-in-street": (
        _("“{value}” is an e-mail address, and no line of a postal one."),
        _("If it is meant for the e-mails: --map email={column}"),
    ),
    "second-postcode": (
        _(
            "“{value}” ends with a postcode, and the row has another, {suggestion}: both are "
            "printed."
        ),
        _("Keep one of the two."),
    ),
    "postcode-left-out": (
        _(
            "“{value}” begins with a postcode, and the row has another, {suggestion}: that one "
            "alone is printed."
        ),
        _("Keep one of the two."),
    ),
    "locality-left-out": (
        _(
            "“{value}” names one town, another column of the row {suggestion}: the latter is "
            "printed."
        ),
        _("Keep one of the two."),
    ),
    "bad-postcode": (_("“{value}” is not a postcode."), _("Perhaps: {suggestion}")),
    "postcode-zero-restored": (
        _("“{value}” had lost its leading zero: taken as {suggestion}."),
        "",
    ),
    "postcode-disagrees": (
        _("“{value}” is the postcode of another place: a letter may go astray."),
        _("The reference says: {suggestion}."),
    ),
}

OF_A_SHEET: Mapping[str, Reason] = {
    "emails-not-taken": (
        _("{value} rows have an e-mail address under “{column}”, and none was taken from there."),
        _("If these are the e-mails: --map {suggestion}"),
    ),
    "emails-unusable": (
        _("{value} rows lost their e-mail: what stands under “{column}” is none (“{suggestion}”)."),
        _("Is it the right column? If not: --map email=COLUMN"),
    ),
    "postcodes-not-taken": (
        _("{value} rows have a postcode under “{column}”, and no postal address was taken."),
        _("If these are the postcodes: --map {suggestion}"),
    ),
    "postcodes-unusable": (
        _(
            "{value} rows lost their postal address: what stands under “{column}” is no postcode "
            "(“{suggestion}”)."
        ),
        _("Is it the right column? If not: --map postcode=COLUMN"),
    ),
    "addresses-without-postcode": (
        _("{value} rows have a street, but no postcode and no e-mail: nothing reaches them."),
        _("Add a column “Code postal”, or say which it is: --map postcode=COLUMN"),
    ),
}
"""What is probably wrong with a whole sheet, where many rows lost what would reach somebody."""

KINDS: Mapping[str, str] = {
    "close-header": _("columns that look like a known one"),
    "unnamed-column": _("columns without a header"),
    "too-many-fields": _("rows with a field too many"),
    "too-few-fields": _("rows with a field too few"),
    "stray-quote": _("rows swallowed by a quotation mark"),
    "formula-not-computed": _("formulas without a result"),
    "hidden-row": _("rows that are hidden in the workbook (a filter?)"),
    "reads-as-empty": _("cells that say “nothing” (nan, N/A…)"),
    "control-character": _("cells with a character that cannot be printed"),
    "letter-mended": _("cells whose letters were mended"),
    "encoding-unproven": _("encodings that nothing proves"),
    "no-key": _("rows that do not say which commune they mean"),
    "no-name": _("rows without a name"),
    "zero-restored": _("INSEE codes that had lost their leading zero"),
    "unknown-insee": _("INSEE codes of no commune"),
    "district-code": _("arrondissements of Paris, Lyon and Marseille"),
    "name-disagrees": _("names that differ from that of the code"),
    "short-name": _("names of which the end is missing"),
    "name-of-another": _("names of another commune than the code's"),
    "department-disagrees": _("codes or names of another département than the row's"),
    "broken-json-cell": _("cells of the annuaire that are cut off"),
    "second-town-hall": _("second town halls of one commune"),
    "vanished-commune": _("communes that are no more (merged, renamed)"),
    "former-name": _("communes that have another name now"),
    "branch-office": _("annexes and mairies déléguées"),
    "matched-by-name": _("matched by département and name"),
    "ambiguous-name": _("ambiguous: a name of several communes"),
    "unknown-name": _("unmatched: a name of no commune there"),
    "duplicate-key": _("rows of a commune that stands there already"),
    "shown-otherwise": _("cells that the sheet shows otherwise"),
    "unknown-sex": _("civilities that say neither F nor M"),
    "sex-disagrees": _("civilities that the title before the name contradicts"),
    "not-the-mayor": _("rows of deputies, councillors and former mayors"),
    "title-in-name": _("names with a title before them"),
    "not-a-name": _("names with something else beside them (a remark, a number, an @)"),
    "surname-is-town": _("names of the commune where the mayor's should stand"),
    "unknown-article-code": _("article codes that do not exist"),
    "email-elsewhere": _("rows whose only e-mail stands in a column that is not read"),
    "email-none-given": _("e-mail cells that say “none”"),
    "email-is-url": _("web pages in place of an e-mail"),
    "email-no-at": _("e-mails without an @"),
    "email-has-spaces": _("e-mails with a space"),
    "email-has-accents": _("e-mails with an accent"),
    "email-invalid": _("e-mails that are none"),
    "email-mended": _("e-mails freed of stray punctuation"),
    "email-typo": _("e-mails that look mistyped"),
    "shared-mailbox": _("e-mails that three rows or more have"),
    "email-extra-words": _("words beside an e-mail, left out"),
    "email-in-street": _("e-mail addresses in a postal address"),
    "second-postcode": _("addresses with two postcodes"),
    "postcode-left-out": _("postcodes that gave way to another"),
    "locality-left-out": _("towns that gave way to another"),
    "bad-postcode": _("postcodes that are none"),
    "postcode-zero-restored": _("postcodes that had lost their leading zero"),
    "postcode-disagrees": _("postcodes of another place"),
}
"""What each code of `ROWS` is called where it is counted."""
