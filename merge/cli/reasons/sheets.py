"""A spreadsheet that cannot be read, and rows that were not taken as they stand."""

from __future__ import annotations

from collections.abc import Mapping

from merge.cli.language import _
from merge.cli.reasons.form import Reason

SHEET: Mapping[str, Reason] = {
    "no-such-sheet": (_("There is no such file."), _("Look at its name and where it is.")),
    "sheet-is-a-folder": (_("This is a folder."), _("Give the file that is in it.")),
    "sheet-unreadable": (_("This file cannot be read: {detail}."), ""),
    "unknown-extension": (
        _("Files that end in “{extension}” are not spreadsheets that can be read."),
        _("Save it as CSV, XLSX or ODS."),
    ),
    "not-a-sheet": (
        _("This is not a spreadsheet but {kind}."),
        _("Save the table as CSV, XLSX or ODS."),
    ),
    "sheet-empty": (_("This sheet is empty."), ""),
    "header-only": (_("There is a header and not one row below it."), ""),
    "no-header": (
        _("No row of this sheet looks like a header."),
        _("Say which it is with --header-row N, and its columns with --map FIELD=COLUMN."),
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
    "workbook-password": (
        _("This workbook is protected by a password."),
        _("Open it and save it again without."),
    ),
    "workbook-damaged": (
        _("This workbook cannot be read: {detail}."),
        _("Open it in a spreadsheet program and save it again."),
    ),
    "no-such-worksheet": (_("There is no sheet “{sheet}” in it."), _("There are: {sheets}.")),
    "map-unknown-field": (
        _("--map: there is no field “{field}”."),
        _("Known: {known}."),
    ),
    "map-unknown-column": (
        _("--map: this sheet has no column “{column}”."),
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
    "wrong-encoding": (
        _("The header “{column}” was read in the wrong encoding ({encoding})."),
        _("Nothing was taken. Say which it is: --encoding {suggestion}"),
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
        "",
    ),
    "stray-quote": (_("A quotation mark in this cell has swallowed the rows after it."), ""),
    "reads-as-empty": (_("“{value}” was taken for an empty cell."), ""),
    "control-character": (_("A character in this cell cannot be printed ({value})."), ""),
    "encoding-unproven": (
        _("“{value}” was read as {suggestion}, and no name of a commune can prove it."),
        _("Look at the accents, or give --encoding."),
    ),
    "no-key": (
        _("“{value}” has no INSEE code, and no département and name that tell which one it is."),
        _("Perhaps: {suggestion}"),
    ),
    "no-name": (_("No name of a commune for “{value}”."), ""),
    "zero-restored": (_("“{value}” had lost its leading zero: taken as {suggestion}."), ""),
    "unknown-insee": (
        _("There is no commune with the INSEE code “{value}”."),
        _("Perhaps: {suggestion}"),
    ),
    "name-disagrees": (
        _("“{value}” is not the name that goes with this INSEE code."),
        _("The reference says: {suggestion}."),
    ),
    "name-of-another": (
        _("“{value}” is the name of another commune than this INSEE code."),
        _("Perhaps: {suggestion}"),
    ),
    "branch-office": (_("“{value}” is an annex or a mairie déléguée, not the mairie."), ""),
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
    "unknown-sex": (_("“{value}” says neither F nor M: the letter will say both."), ""),
    "unknown-article-code": (_("“{value}” is no article code (0 to 8)."), ""),
    "email-none-given": (_("“{value}” is no address: this one gets paper."), ""),
    "email-is-url": (_("“{value}” is a web page, not an e-mail address."), ""),
    "email-no-at": (_("“{value}” has no @."), _("Perhaps: {suggestion}")),
    "email-has-spaces": (_("There is a space in “{value}”."), _("Perhaps: {suggestion}")),
    "email-has-accents": (_("“{value}” has an accent."), _("Perhaps: {suggestion}")),
    "email-invalid": (_("“{value}” is not an e-mail address."), _("Perhaps: {suggestion}")),
    "email-mended": (_("“{value}” was taken as {suggestion}."), ""),
    "email-typo": (
        _("“{value}” was taken, and looks mistyped."),
        _("Perhaps: {suggestion}"),
    ),
    "email-extra-words": (_("“{value}” beside the address was left out."), ""),
    "bad-postcode": (_("“{value}” is not a postcode."), _("Perhaps: {suggestion}")),
    "postcode-zero-restored": (
        _("“{value}” had lost its leading zero: taken as {suggestion}."),
        "",
    ),
    "postcode-disagrees": (
        _("“{value}” is not a postcode of this commune (it may be its CEDEX)."),
        _("The reference says: {suggestion}."),
    ),
}
