"""Rows that were not taken as they stand, and what they have in common."""

from __future__ import annotations

from collections.abc import Mapping

from merge.job import Step
from merge.words.language import N_
from merge.words.reasons.form import Entry

ROWS: Mapping[str, Entry] = {
    "not-selected": (N_("The campaign's settings leave this row out."), ""),
    "close-header": (
        N_("The column “{value}” was kept, and nothing was taken from it."),
        N_("If it is meant so, say so at that column: {step}"),
        Step(command="import", options=(N_("SHEET"), "--map", "{suggestion}")),
    ),
    "unnamed-column": (N_("A column without a header was kept as “{column}”."), ""),
    "duplicate-header": (N_("Two columns are called “{value}”: this one is “{column}” here."), ""),
    "too-many-fields": (
        N_("This row has a field too many (“{value}”): one of its cells was cut in two."),
        N_("Put that cell between quotation marks, or take the delimiter out of it; import again."),
    ),
    "too-few-fields": (
        N_(
            "This row ends early, with “{value}”, and the other rows have more: where a separator "
            "is missing, its cells stand in the wrong columns."
        ),
        N_("Look at that row, and import again."),
    ),
    "stray-quote": (
        N_("A quotation mark in this cell has swallowed the rows after it."),
        N_("Take that mark out of the file, or write it twice, and import again."),
    ),
    "formula-not-computed": (
        N_("This cell has a formula whose result is not in the workbook: read as empty."),
        N_("Open it in a spreadsheet, save it there, and import it again."),
    ),
    "hidden-row": (
        N_("The row of {value} is hidden in the workbook, and was read as the others."),
        N_("If it is not meant: delete it, or copy what is shown into a new sheet."),
    ),
    "reads-as-empty": (N_("“{value}” was taken for an empty cell."), ""),
    "control-character": (
        N_("A character in this cell cannot be printed ({value})."),
        N_("Type the words of that cell again."),
    ),
    "letter-mended": (
        N_("“{value}” had letters of another encoding: taken as “{suggestion}”."),
        N_("Look whether that is what was meant."),
    ),
    "cell-mended": (
        N_("The sheet says “{value}” here; taken as “{suggestion}”, as it was mended before."),
        N_("Write it into the sheet, too, when you can."),
    ),
    "encoding-unproven": (
        N_("“{value}” was read as {suggestion}, and nothing in the file can prove it."),
        N_("Look at the accents, or choose another encoding."),
    ),
    "no-key": (
        N_("“{value}” has no INSEE code, and no département and name that tell which one it is."),
        N_("Perhaps: {suggestion}"),
    ),
    "key-too-long": (
        N_("“{value}” is too long to tell a recipient by: 255 characters at most."),
        N_("Let another column tell the recipients apart, or shorten it."),
    ),
    "no-name": (
        N_("No name of a commune for “{value}”."),
        N_("Write the name in that row, and import again."),
    ),
    "zero-restored": (N_("“{value}” had lost its leading zero: taken as {suggestion}."), ""),
    "unknown-insee": (
        N_("There is no commune with the INSEE code “{value}”."),
        N_("Perhaps: {suggestion}"),
    ),
    "district-code": (
        N_("“{value}” is an arrondissement and no commune; its city is {suggestion}."),
        N_("To write to mayors of arrondissements, put them into a campaign of their own: {step}"),
        Step(command="import", options=(N_("FILE"), "--map", "key={column}")),
    ),
    "name-disagrees": (
        N_("“{value}” is not the name that goes with this INSEE code."),
        N_("The reference says: {suggestion}."),
    ),
    "short-name": (N_("“{value}” is short for {suggestion}; the letter says the whole name."), ""),
    "name-of-another": (
        N_("“{value}” is the name of another commune than this INSEE code."),
        N_("Perhaps: {suggestion}"),
    ),
    "department-disagrees": (
        N_("“{value}” lies in another département than the one that is given for this row."),
        N_("Perhaps: {suggestion}"),
    ),
    "broken-json-cell": (
        N_("This cell of the annuaire is cut off or was changed, so this mairie was left out."),
        N_("Download the file again, and import it without opening it in a spreadsheet first."),
    ),
    "second-town-hall": (
        N_("“{value}” is another town hall of the same commune; “{suggestion}” was taken."),
        "",
    ),
    "branch-office": (
        N_("“{value}” is not the mairie: an annex, a mairie déléguée or another service."),
        N_("Its mairie is that of {suggestion}."),
    ),
    "vanished-commune": (
        N_(
            "There is no longer a commune “{value}”: it was merged, or has another name or code "
            "now."
        ),
        N_("If you mean {suggestion}, write that code in the sheet and import again."),
    ),
    "former-name": (
        N_("“{value}” is called {suggestion} now; the letter says so."),
        N_("Check that the mayor and the e-mail address are still right."),
    ),
    "matched-by-name": (N_("“{value}” has no INSEE code: taken as {suggestion} by its name."), ""),
    "ambiguous-name": (
        N_("“{value}” is the name of several communes."),
        N_("Give the INSEE code; one of: {suggestion}"),
    ),
    "unknown-name": (
        N_("No commune is called “{value}” there."),
        N_("Perhaps: {suggestion}"),
    ),
    "duplicate-key": (
        N_(
            "“{value}” stands in an earlier row already ({suggestion}); that one was taken. For "
            "one letter of several rows, write “group: {column}” below its subject, and import "
            "again."
        ),
        "",
    ),
    "same-row": (
        N_("This row differs in nothing from row {suggestion} ({value}); that one was taken."),
        N_("If these are two people, give each what tells them apart: a number, an address."),
    ),
    "no-group": (
        N_("This row has nothing in “{column}”, which says to whose letter it belongs."),
        N_("Write it there, and import again."),
    ),
    "group-contradicts": (
        N_(
            "The rows of one letter say different things here: {value}, and in an earlier row "
            "{suggestion}. The letter is held."
        ),
        N_(
            "Write the same in all its rows, and import again. Where it is not about the "
            "addressee but about each line, keep the column under its own name: {step}"
        ),
        Step(command="import", options=(N_("SHEET"), "--keep", "{column}")),
    ),
    "groups-alike": (
        N_("“{value}” and “{suggestion}” are two letters, and nearly written alike."),
        N_("If they are one, write it in one way, and import again."),
    ),
    "aside-row": (
        N_(
            "“{value}”: this row is a total, or repeats or explains the header; it is about nobody."
        ),
        "",
    ),
    "asked-not": (
        N_(
            "“{value}” under “{column}” says not to write: {suggestion} is left aside, and a "
            "letter to them that waits is held."
        ),
        N_(
            "To write all the same, take the word out of the cell, or keep the column under its "
            "own name: {step}"
        ),
        Step(command="import", options=(N_("SHEET"), "--keep", "{column}")),
    ),
    "row-of-nobody": (
        N_("This row has neither a name nor an e-mail: nobody can be written to."),
        N_("Write the name in the sheet, or take the row out."),
    ),
    "unknown-civility": (
        N_("“{value}” is no civility that is known: the letter will use none."),
        N_("Write M., Mme, Dr, Me, Pr or Mx there, or leave it empty."),
    ),
    "civilities-differ": (
        N_("“{value}” stands in the cell for it, and “{suggestion}” before the name."),
        N_("The cell for it counts. Correct the other one."),
    ),
    "name-kept-whole": (
        N_(
            "Which part of “{value}” is the first name cannot be told: the name stands whole on "
            "the envelope."
        ),
        N_(
            "Write the surname in capitals in the sheet, or say at that column which comes "
            "first: {step}"
        ),
        Step(command="import", options=(N_("SHEET"), "--map", "first_name_surname={column}")),
    ),
    "name-in-no-order": (
        N_(
            "“{value}” does not say where the first name ends, whichever comes first: the name "
            "stands whole on the envelope."
        ),
        N_("If that is not right, write the surname in capitals in the sheet, or a row for each."),
    ),
    "shown-otherwise": (
        N_("The sheet shows “{value}” in a format that the program does not know."),
        N_("If the letter should say what the sheet shows, format the column as text and type it."),
    ),
    "unknown-sex": (
        N_("“{value}” says neither F nor M: the letter will say both."),
        N_("If you know it, write F or M there."),
    ),
    "sex-disagrees": (
        N_("“{value}” for the sex, and a title before the name that says {suggestion}."),
        N_("Mend whichever is wrong (F or M): until then the letter will say both."),
    ),
    "not-the-mayor": (
        N_("“{value}” under “{column}” is not the mayor."),
        N_("If it is the mayor all the same, write “Maire” there."),
    ),
    "title-in-name": (N_("“{value}” has a title in it: taken as “{suggestion}”."), ""),
    "person-unnamed": (N_("“{value}” has no name here: the letter names nobody."), ""),
    "not-a-name": (
        N_("“{value}” is no name: the letter names nobody."),
        N_(
            "Leave nothing but the name in this cell (or is a separator missing in this row?), and "
            "import again."
        ),
    ),
    "name-not-parted": (
        N_("Which part of “{value}” is the first name cannot be told: the letter names nobody."),
        N_(
            "Write the surname in capitals in the sheet, say at that column which comes first, "
            "or correct this recipient: {step}"
        ),
        Step(command="edit", options=("{suggestion}",)),
    ),
    "surname-is-town": (
        N_("“{value}” is the commune's own name, and was not taken for the mayor's."),
        N_("If the mayor is called so: {step}"),
        Step(command="edit", options=("{suggestion}",)),
    ),
    "unknown-article-code": (N_("“{value}” is no article code (0 to 8)."), ""),
    "email-elsewhere": (
        N_("This row has no e-mail where it is looked for; “{value}” stands in this column."),
        N_("If it is theirs: {step}"),
        Step(command="edit", options=("{suggestion}",)),
    ),
    "email-none-given": (N_("“{value}” is not an e-mail address."), ""),
    "email-no-at": (N_("“{value}” has no @."), N_("Perhaps: {suggestion}")),
    "email-invalid": (N_("“{value}” is not an e-mail address."), N_("Perhaps: {suggestion}")),
    "email-mended": (N_("“{value}” was taken as {suggestion}."), ""),
    "email-typo": (
        N_("“{value}” was taken, and looks mistyped."),
        N_("Perhaps: {suggestion}"),
    ),
    "shared-mailbox": (
        N_(
            "“{value}” is the address of {suggestion} earlier rows, too: it gets all those letters."
        ),
        N_("If that is a slip of the sheet, mend it and import again."),
    ),
    "email-extra-words": (N_("“{value}” beside the address was left out."), ""),
    "email-in-street": (
        N_("“{value}” is an e-mail address, and no line of a postal one."),
        N_("If these are the e-mails, say so at that column: {step}"),
        Step(command="import", options=(N_("SHEET"), "--map", "email={column}")),
    ),
    "second-postcode": (
        N_(
            "“{value}” ends with a postcode, and the row has another, {suggestion}: both are "
            "printed."
        ),
        N_("Keep one of the two."),
    ),
    "locality-left-out": (
        N_("“{value}” says another postcode or town than the row, {suggestion}: that is printed."),
        N_("Keep one of the two."),
    ),
    "addresses-differ": (
        N_("“{value}” and “{suggestion}” are two addresses: no letter on paper goes to either."),
        N_("Keep the right one in that row, or say which of the two columns is the address."),
    ),
    "no-postcode-in-cell": (
        N_("No postcode and town can be told at the end of “{value}”."),
        N_("Write it as “1 rue de la Mairie, 35000 Rennes”, and import again."),
    ),
    "bad-postcode": (N_("“{value}” is not a postcode."), N_("Perhaps: {suggestion}")),
    "postcode-of-another-country": (
        N_("“{value}” is a postcode of another country: {suggestion}."),
        N_("Write the country in a column “Pays”, or mend the postcode."),
    ),
    "unknown-region": (
        N_("“{value}” is no state or province of that country: the address does without it."),
        N_("Write it as the country's post does, by its code or its name."),
    ),
    "unknown-country": (
        N_("“{value}” is no country that is known: no letter on paper goes there."),
        N_("Perhaps: {suggestion}"),
    ),
    "postcode-disagrees": (
        N_("“{value}” is the postcode of another place: a letter may go astray."),
        N_("The reference says: {suggestion}."),
    ),
}

OF_A_SHEET: Mapping[str, Entry] = {
    "emails-not-taken": (
        N_(
            "Under “{column}” stand e-mail addresses (rows: {value}), and none was taken from "
            "there."
        ),
        N_("If these are the e-mails, say so at that column: {step}"),
        Step(command="import", options=(N_("SHEET"), "--map", "{suggestion}")),
    ),
    "emails-unusable": (
        N_(
            "What stands under “{column}” is no e-mail address (rows: {value}; for example "
            "“{suggestion}”): none was taken."
        ),
        N_("Is it the right column? If not, choose another: {step}"),
        Step(command="import", options=(N_("SHEET"), "--map", "email=…")),
    ),
    "postcodes-not-taken": (
        N_("Under “{column}” stand postcodes (rows: {value}), and no postal address was taken."),
        N_("If these are the postcodes, say so at that column: {step}"),
        Step(command="import", options=(N_("SHEET"), "--map", "{suggestion}")),
    ),
    "postcodes-unusable": (
        N_(
            "What stands under “{column}” is no postcode (rows: {value}; for example "
            "“{suggestion}”): no postal address was taken."
        ),
        N_("Is it the right column? If not, choose another: {step}"),
        Step(command="import", options=(N_("SHEET"), "--map", "postcode=…")),
    ),
    "addresses-without-postcode": (
        N_("A street without a postcode, and no e-mail: nothing reaches them (rows: {value})."),
        N_("Add a column “Code postal”, or say which it is: {step}"),
        Step(command="import", options=(N_("SHEET"), "--map", "postcode=…")),
    ),
    "addresses-without-street": (
        N_("A town without a street, and no e-mail: their envelopes have no street ({value})."),
        N_("Say which column has it: {step}"),
        Step(command="import", options=(N_("SHEET"), "--map", "address=…")),
    ),
}
"""What is probably wrong with a whole sheet, where many rows lost what would reach somebody."""
