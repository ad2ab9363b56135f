"""What a check finds: one letter's faults, the author's slips, what a person should look at."""

from __future__ import annotations

from collections.abc import Mapping

from merge.job import Step
from merge.words.language import N_
from merge.words.reasons.form import Entry

_AMOUNTS = N_(
    "Write a number there with all its decimals (1234,00; 0 where nothing is owed), in one "
    "currency for the letter, and import the sheet again."
)
FAULTS: Mapping[str, Entry] = {
    "address-bad-postcode": (
        N_("“{value}” is not a postcode."),
        N_("Mend it: {step}"),
        Step(command="edit", options=("{key}", "postcode=…")),
    ),
    "address-postcode-of-another-country": (
        N_("“{value}” is a postcode of another country."),
        N_("Mend one of the two: {step}"),
        Step(command="edit", options=("{key}", "postcode=…", "country=…")),
    ),
    "address-unknown-country": (
        N_("nobody knows the country “{value}”."),
        N_("Mend it: {step}"),
        Step(command="edit", options=("{key}", "country=…")),
    ),
    "address-no-addressee": (N_("there is nobody to address the letter to."), ""),
    "address-no-postcode": (
        N_("the postcode is missing."),
        N_("Fill it: {step}"),
        Step(command="edit", options=("{key}", "postcode=…")),
    ),
    "address-no-locality": (
        N_("the locality is missing."),
        N_("Fill it: {step}"),
        Step(command="edit", options=("{key}", "locality=…")),
    ),
    "address-bad-character": (
        N_("a character of the postal address cannot be printed: “{value}”."),
        N_("Mend it: {step}"),
        Step(command="edit", options=("{key}", "{field}=…")),
    ),
    "address-line-too-long": (
        N_("a line of the postal address is longer than 38 characters: “{value}”."),
        N_("Shorten it: {step}"),
        Step(command="edit", options=("{key}", "{field}=…")),
    ),
    "address-too-many-lines": (
        N_("the postal address has more than six lines: “{value}”."),
        N_("Shorten it: {step}"),
        Step(command="edit", options=("{key}", "{field}=…")),
    ),
    "address-not-in-window": (
        N_("the window of the envelope does not show all of “{value}”."),
        N_("Choose the window, and leave the address as it is in the look of the letter: {step}"),
        Step(command="settings", options=("[paper] window",)),
    ),
    "address-not-on-label": (
        N_("the labels have no room for all of “{value}”."),
        N_("Those of L7163 are wider: {step}"),
        Step(command="print", options=("--lot", N_("LOT"), "--labels", "L7163")),
    ),
    "address-not-on-envelope": (N_("the envelope has no room for all of “{value}”."), ""),
    "return-address-not-in-window": (
        N_("the window of the envelope does not show “{value}” above the address, as it should."),
        N_("Shorten your address or your name, or take it out of the window: {step}"),
        Step(command="settings", options=("[sender], [letterhead], [paper] return_address",)),
    ),
    "text-in-window": (
        N_("the window of the envelope also shows “{value}”."),
        N_("In the look of the letter, leave the place around the address free."),
    ),
    "marks-covered": (
        N_("something of the letter stands where each sheet says which one of the lot it is."),
        N_(
            "In letter.css, leave that edge of the sheet white, or set marks = false in "
            "campaign.toml, [paper]."
        ),
    ),
    "drawing-in-window": (
        N_("the window of the envelope also shows a picture or a line."),
        N_("In the look of the letter, leave the place around the address free."),
    ),
    "attachment-missing": (
        N_("there is no file “{value}” in the folder “attachments”."),
        N_("Put it there, or: {step}"),
        Step(command="edit", options=("{key}", "{field}=…")),
    ),
    "attachment-not-a-name": (
        N_("“{value}” is not the bare name of a file."),
        N_("Put the file into “attachments” and write only its name: {step}"),
        Step(command="edit", options=("{key}", "{field}=…")),
    ),
    "message-too-large": (
        N_("with “{value}” the e-mail is larger than 10 MB, which many servers refuse."),
        N_("Make the file smaller."),
    ),
    "server-takes-less": (
        N_("its e-mail is larger than your mail server takes (in megabytes: {value})."),
        N_("Make what goes along with it smaller; it waits until then."),
    ),
    "server-takes-less: all": (
        N_("The e-mails are larger than your mail server takes (in megabytes: {value})."),
        N_("Make what goes along with them smaller, then go on."),
    ),
    "glyph-missing": (
        N_("none of the letter's fonts can print “{value}”, which is in “{field}”."),
        N_("Mend it: {step} (or name a font that has it in letter.css)"),
        Step(command="edit", options=("{key}", "{field}=…")),
    ),
    "no-signer": (
        N_("nobody signs this letter, and it names the signers."),
        N_(
            "Add a row to the sheet of signers, or write {{% if signataires %}} … {{% endif %}} "
            "around the passage in letter.md."
        ),
    ),
    "no-salutation": (
        N_("nothing says how to call this reader in the language of the letter."),
        N_(
            "Give the list a column “Salutation” with the words of each, or write them "
            "into letter.md."
        ),
    ),
    "not-a-date": (
        N_("“{value}” is not a date."),
        N_("Mend it: {step}"),
        Step(command="edit", options=("{key}", "{field}=…")),
    ),
    "not-a-number": (
        N_("“{value}” is not a number, or may be two of them."),
        N_("Mend it: {step}"),
        Step(command="edit", options=("{key}", "{field}=…")),
    ),
    "other-currency": (
        N_("the letter would print “{value}” in another currency, or as a share."),
        N_("Write the currency of the cell between the quotation marks of |nombre, or none."),
    ),
    "not-a-link": (
        N_("“{value}” is not a link."),
        N_("Mend it: {step}"),
        Step(command="edit", options=("{key}", "{field}=…")),
    ),
    "address-dead": (
        N_("a letter to “{value}” came back: nobody reads that mailbox."),
        N_("Give another address, or none for paper: {step}"),
        Step(command="edit", options=("{key}", "email=…")),
    ),
    "address-lost": (
        N_("no e-mail address is known any more."),
        N_("Give one: {step}"),
        Step(command="edit", options=("{key}", "email=…")),
    ),
    "reply-undecided": (
        N_("a mail may be its answer, and nobody has said yet whose that is."),
        N_("Say so, then the reminder leaves or is closed: {step}"),
        Step(command="replies"),
    ),
    "row-asks-not": (
        N_("the sheet says not to write to them: “{value}” under “{field}”."),
        N_(
            "To write all the same, take the word out of the cell, or keep the column under its "
            "own name: {step}"
        ),
        Step(command="import", options=(N_("SHEET"), "--keep", "{field}")),
    ),
    "rows-contradict": (
        N_("its rows in the sheet say different things of “{field}”: {value}."),
        N_("Write the same in all of them, and import the sheet again."),
    ),
    "rows-faulty": (
        N_("a row of it could not be taken, and its sum would be wrong: row {value}."),
        N_("Correct it in the sheet, and import the sheet again."),
    ),
    "grouped-otherwise": (
        N_("its list was put together otherwise than “group:” in the head of the letter says now."),
        N_("Import the sheet again."),
    ),
    "not-in-rows": (
        N_("its rows in the sheet have no column “{field}” of their own."),
        N_("Keep that column under its own name when you import the sheet, or name another."),
    ),
    "lines-differ": (
        N_("its rows say different things in “{field}”, and the letter says it once."),
        N_("Say it in a row of a table ({{{{ ligne.… }}}}), or write the same in all rows."),
    ),
    "not-an-amount": (
        N_("the sum of “{field}” has a cell that is no certain amount, in row {value}."),
        _AMOUNTS,
    ),
    "not-an-amount: cells": (
        N_("“{field}” has cells that are no certain amounts, and the letter adds it up."),
        _AMOUNTS,
    ),
    "empty-value": (
        N_("“{field}” is empty, and the letter needs it."),
        N_("Fill it: {step}"),
        Step(command="edit", options=("{key}", "{field}=…")),
    ),
}

SLIPS: Mapping[str, Entry] = {
    "slip-spelling": (
        N_("“{found}” looks like a slip of the pen. It stays as it is."),
        N_("Perhaps: {suggestion}"),
    ),
    "slip-relative-date": (
        N_("“{found}” will be out of date: is it still true? It stays as it is."),
        "",
    ),
    "slip-elision": (
        N_("“{found}” would give “que Évreux” or “qu'Rennes”."),
        N_("Rephrase the sentence, as in: que la commune {{{{ commune|de }}}}"),
    ),
    "slip-invisible": (
        N_(
            "An invisible character ({found}) turns the reading direction, or prints as a "
            "box. It stays as it is."
        ),
        N_("Type that line again: a copied text may have brought it."),
    ),
    "slip-markup": (
        N_("“{found}” is no markup of a letter: everybody would read these signs as they stand."),
        "",
    ),
    "slip-preposition": (
        N_("“{found}” would give “de Le Havre”, “de Ain” or “à au Havre”."),
        N_("Write {suggestion} instead, without the word before it."),
    ),
}

REMARKS: Mapping[str, Entry] = {
    "guessed-article": (
        N_(
            "Some communes ({n}) have no official code for their article. The letter would "
            "say: {words}."
        ),
        N_("If one is wrong: {step}"),
        Step(command="edit", options=(N_("KEY"), "commune_de=…", "commune_a=…")),
    ),
    "recipient-named": (
        N_("The letter mentions “{words}”, which is to receive it ({keys})."),
        N_("Give it another sentence, or leave it out: {step}"),
        Step(command="settings", options=("[select] exclude",)),
    ),
    "called-otherwise": (
        N_(
            "The letter says “{words}” to people who are addressed otherwise, or whose sex "
            "nobody knows: {n} of them."
        ),
        N_("Write {{{{ salutation }}}} or {{{{ salutation_courte }}}}, which agree."),
    ),
    "village-called-ville": (
        N_("The letter says “{words}” to communes of fewer than 2,000 inhabitants: {n} of them."),
        N_("“commune” suits all of them."),
    ),
    "claims-residence": (
        N_("“{words}”: where no signer lives this is not true. Such communes: {n}."),
        N_("Write “Nous, {{{{ groupe }}}},” or list signers who live there."),
    ),
    "local-unplaced": (
        N_("There are local paragraphs ({n}), and this letter has no place for them."),
        N_("Where they should stand in it, put {{{{ local }}}} on a line of its own."),
    ),
    "font-missing": (
        N_("The look asks for the font “{words}”, which this computer does not have."),
        N_("Another is taken. Install it, put its file into the folder, or ask for one it has."),
    ),
    "html-removed": (
        N_("“{words}” was taken out of the letter: e-mail and paper cannot both show it."),
        "",
    ),
    "sender-repeated": (
        N_(
            "The letter begins with “{words}”. Each page has that at its top by itself, and each "
            "e-mail too where settings have a [letterhead]."
        ),
        N_("Take those lines out of the letter."),
    ),
    "ours-not-column": (
        N_("The letter says here what the program reads, and not your list's column “{words}”."),
        N_("If you mean the column, write {{{{ colonne.{words} }}}}."),
    ),
    "attachments-not-on-paper": (
        N_("Those who get the letter on paper do not get {words}."),
        N_("Print it and put it into the envelope."),
    ),
}
"""What a person should say yes to; for some there is only a number of those it concerns."""
