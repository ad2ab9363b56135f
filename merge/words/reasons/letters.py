"""The letter and its look, one recipient's letter, the author's slips."""

from __future__ import annotations

from collections.abc import Mapping

from merge.words.language import _
from merge.words.reasons.form import Reason

LETTER: Mapping[str, Reason] = {
    "letter-missing": (
        _("This file of the letter is not there."),
        _(
            "[letter] in campaign.toml says what it is called: template is the letter, look its "
            "print look."
        ),
    ),
    "reminder-missing": (
        _("The letter of the reminder is not there."),
        _("Write it in the campaign folder, or name another file with --letter."),
    ),
    "reminder-other-letter": (
        _("Wave {wave} was opened with another letter: {path}."),
        _("Use that one, or change its text."),
    ),
    "letter-not-utf8": (
        _("This file is not in UTF-8."),
        _("Open it in a text editor and save it again as UTF-8."),
    ),
    "letter-unreadable": (
        _("This file cannot be read: {words}."),
        _("See that it is there and that you may read it."),
    ),
    "letter-empty": (_("The letter has no text."), _("Write it into that file.")),
    "letter-syntax": (
        _("The braces here cannot be understood: one is missing, or what is between them."),
        _("A blank looks like {{{{ commune }}}}, a choice like {{% if sexe %}} … {{% endif %}}."),
    ),
    "letter-forbids": (
        _("A letter cannot use “{name}”."),
        _("It holds blanks like {{{{ commune }}}} and choices like {{% if sexe %}}."),
    ),
    "compared-in-vain": (
        _("“{name}” is so in no letter: all would go the same way."),
        _(
            'Text stands in quotation marks (departement.code == "35"); sexe is "F" or "M", '
            "population a number."
        ),
    ),
    "letter-tangled": (
        _("This choice begins in one paragraph and ends in another: {words}"),
        _("Put its beginning and its end into the same paragraph, or each on a line of its own."),
    ),
    "letter-fails": (
        _("The letter cannot be made for {key}: {words}."),
        _("Look at the blanks of the letter."),
    ),
    "leftover": (
        _("This blank is filled by nothing: {words}"),
        _("Replace it by a blank like {{{{ commune }}}}."),
    ),
    "letter-table": (
        _("A letter has no tables: everybody would read “{words}” as it stands."),
        _("Make a list of it, or send it along as an attachment or a picture."),
    ),
    "letter-footnote": (
        _("A letter has no footnotes: everybody would read “{words}” as it stands."),
        _("Put what the note says into the sentence, in parentheses."),
    ),
    "letter-kind": (
        _("A letter cannot be read from “{kind}”."),
        _("Open it and save it as .docx (or .txt, or .md), then give that file."),
    ),
    "letter-not-word": (
        _("This file is not a Word document, or it is damaged."),
        _("Open it in Word or LibreOffice and save it again as .docx."),
    ),
    "letter-file-not-text": (
        _("This file is not text."),
        _("Save the letter as text (UTF-8) or as .docx."),
    ),
    "letter-too-large": (
        _("This Word file holds more than {megabytes} MB once unpacked."),
        _("Make its pictures smaller, or take some out."),
    ),
    "letter-ready": (
        _("This letter already has its subject and its blanks."),
        _("Leave out --subject and --fill, or change the letter itself."),
    ),
    "fill-unknown": (
        _("The letter has no blank called “{name}”."),
        _("Its blanks: {names}."),
    ),
    "blank-meaning": (
        _("“{words}” cannot fill a blank."),
        _("Write a name such as commune, date, lieu or signature, or the name of a column."),
    ),
    "names-file-missing": (
        _("The letter names “{name}”, and there is no such file in the campaign folder."),
        _("Put it there, or take its name out of the letter."),
    ),
    "names-file-outside": (
        _("The letter names “{name}”, which is not in the campaign folder."),
        _("Copy the file into the folder and write only its name."),
    ),
    "names-file-private": (
        _(
            "“{name}” belongs to the program and holds your recipients or your settings: it never "
            "leaves."
        ),
        _("Take it out of the letter."),
    ),
    "picture-unknown-kind": (
        _("“{name}” is no PNG or JPEG picture, the two kinds that every mail program shows."),
        _("Save it as PNG or JPEG."),
    ),
    "picture-torn": (
        _("“{name}” is not whole: it was copied in part."),
        _("Copy it into the campaign folder again."),
    ),
    "picture-with-blank": (
        _("A picture cannot have a blank in it: it is the same for all."),
        _("Write the file's own name, and words without braces."),
    ),
    "picture-unclear": (
        _("This picture cannot be understood."),
        _("Write it like this: ![words](picture.png)"),
    ),
    "html-unclosed": (
        _("{words} begins here and never ends."),
        _("Take it out of the letter."),
    ),
    "attachment-column-unknown": (
        _(
            "The letter wants each recipient's attachment from the column “{name}”, which the "
            "sheet does not have. Close to it: {suggestion}."
        ),
        _("Write the column's name as in the sheet."),
    ),
    "enclosures-too-large": (
        _("The pictures and attachments take {size_mb} MB; an e-mail may have {limit_mb} MB."),
        _("Make them smaller, or give a link."),
    ),
    "letter-file-changed": (
        _("This file changed or vanished while the letters were leaving."),
        _("Look at it, then run the same command again."),
    ),
    "page-runaway": (
        _(
            "Setting the page of a letter failed ({detail}), within {seconds} seconds and "
            "{megabytes} MB of memory."
        ),
        _(
            "Nothing was made. Look at what was changed last in letter.md, letter.css or the "
            "pictures; if they are not yours, do not use them."
        ),
    ),
    "page-runaway: time": (
        _(
            "Setting the page of a letter takes more than {seconds} seconds of computing; it was "
            "given up."
        ),
        _(
            "Nothing was made. It is in letter.css (variables or gradients that repeat without "
            "end), or in a drawing (SVG) whose parts repeat each other: save the drawing as PNG, "
            "or take it out. If this campaign is not yours, do not use it."
        ),
    ),
    "page-runaway: memory": (
        _(
            "Setting the page of a letter takes more than {megabytes} MB of memory; it was given "
            "up."
        ),
        _(
            "Nothing was made. It is in letter.css (variables or gradients that repeat without "
            "end), or in a picture: make it smaller, or take it out. If this campaign is not "
            "yours, do not use it."
        ),
    ),
    "page-runaway: depth": (
        _("Setting the page of a letter was given up: too many things are inside each other."),
        _(
            "Nothing was made. It is in letter.css (brackets within brackets, or a content that "
            "goes on and on), or in a drawing (SVG). If this campaign is not yours, do not use it."
        ),
    ),
    "letter-file-pixels": (
        _("This picture has {megapixels} million pixels; at most {most} can be printed."),
        _("Make it smaller: 2,000 pixels are enough for the width of a page."),
    ),
    "letter-runaway": (
        _("This letter takes too much to read ({words})."),
        _(
            "Nothing was made. If this letter is not yours, do not use it; if it is, remove what "
            "was added last."
        ),
    ),
    "draft-runaway": (
        _(
            "Reading this file takes more than {seconds} seconds of computing or {megabytes} MB of "
            "memory, or failed; it was given up."
        ),
        _(
            "Copy the text of the letter into a new document, and save that. If this file is not "
            "yours, do not use it."
        ),
    ),
    "local-inline": (
        _("{words} stands inside a paragraph, and local paragraphs cannot."),
        _("Put {{{{ local }}}} on a line of its own, with an empty line above and below."),
    ),
    "local-front-matter": (
        _("A local paragraph has no lines between ---: they belong to the letter."),
        _("Delete them and keep the text."),
    ),
    "local-picture": (_("A local paragraph cannot show a picture."), _("Take it out.")),
    "local-file-name": (
        _("This file in “local” is not named after a recipient."),
        _(
            "Call it by the INSEE code and .md, for instance 35238.md, one file a town, or move "
            "it elsewhere."
        ),
    ),
    "letter-glyph-missing": (
        _("None of the letter's fonts can print “{character}” ({codepoint})."),
        _(
            "Replace it, or name a font that has it in letter.css: one of this computer, or a file "
            "in the campaign folder. Nothing was printed."
        ),
    ),
    "signers-crowd": (
        _(
            "{n} people sign one letter; on paper {most} of these names fit on two pages, and no "
            "more."
        ),
        _("Keep {most} at most, or send the list of all of them along as an attachment."),
    ),
    "signature-picture-missing": (
        _("The picture of the signature is not there."),
        _("Put it into the campaign folder, or remove signature_picture from campaign.toml."),
    ),
    "signature-picture-kind": (
        _("The signature is no PNG or JPEG picture."),
        _("Save it as one."),
    ),
    "look-with-tags": (_("The look holds HTML tags."), _("It may hold nothing but CSS.")),
    "unknown-filter": (
        _("Nothing is called “|{name}”. Close to it: {suggestion}."),
        _("The guide lists what may follow a bar."),
    ),
    "unknown-variable": (
        _("The letter names “{name}”, which no column gives. Close to it: {suggestion}."),
        _("Nothing has left: it would be missing in every letter ({letters}). Mend letter.md."),
    ),
    "writer-lacks": (
        _("The letter needs “{name}” of [sender], and it is empty."),
        _("Fill it in campaign.toml."),
    ),
    "front-matter-open": (
        _("The lines at the top of the letter begin with --- and never end."),
        _("Put --- on a line of its own below them."),
    ),
    "front-matter-line": (_("This line is not of the form “name: value”: {words}"), ""),
    "front-matter-unknown": (
        _("The letter has no setting “{name}”. Close to it: {suggestion}."),
        _("At the top of a letter stands “subject”."),
    ),
    "front-matter-twice": (_("“{name}” stands here twice."), _("Remove one of them.")),
    "subject-missing": (
        _("The letter has no subject."),
        _("Put “subject: …” between two lines of --- at its top."),
    ),
    "letter-changed": (
        _("The letter was changed after the first ones had left."),
        _("To go on with the changed letter, add --accept-edit. Look at it first: preview."),
    ),
    "letter-changed-in-lots": (
        _("The letter was changed after the first lots were made. They have it as it was."),
        _(
            "To make them anew: publipostage print --discard LOT. Or to go on with the changed "
            "letter beside them, add --accept-edit. Look at it first: preview."
        ),
    ),
    "letter-untested": (
        _("Nobody has seen this version of the letter arrive."),
        _("Send one to yourself first: publipostage send --test YOU@… (or add --untested)"),
    ),
    "check-failed": (
        _("{faults} of {letters} letters are at fault, the first one being {key}."),
        _("So many faults are the letter's or the sheet's. Nothing has left."),
    ),
    "letter-file-missing": (
        _("The letter to {key} shows a picture that is not in the campaign folder."),
        _("Put it there, or take it out of the letter. Until then the letter cannot be printed."),
    ),
    "letter-file-remote": (
        _("The letter to {key} asks for something from the network."),
        _("Download it into the campaign folder. Until then the letter cannot be printed."),
    ),
    "letter-file-unreadable": (
        _("The letter to {key} shows something that cannot be read: {words}."),
        _("Until that is mended, the letter cannot be printed."),
    ),
    "letter-file-torn": (
        _("The letter to {key} shows a picture that is not whole or is damaged."),
        _("Copy it into the campaign folder again. Until then the letter cannot be printed."),
    ),
    "page-not-a4": (
        _("The letter to {key} is set on a page of {width_mm} × {height_mm} mm."),
        _("In letter.css, @page must say: size: A4"),
    ),
    "weasyprint-missing": (
        _("The program that makes the pages (WeasyPrint) cannot start: {words}."),
        _("E-mail works without it. To print: make install"),
    ),
    "pango-missing": (
        _("A library that makes the pages is missing: {library}."),
        _(
            "E-mail works without it. To print, type: sudo apt install libpango-1.0-0 "
            "libpangoft2-1.0-0 libharfbuzz-subset0"
        ),
    ),
}

FAULTS: Mapping[str, Reason] = {
    "address-bad-postcode": (
        _("“{value}” is not a postcode."),
        _("Mend it: publipostage edit {key} postcode=…"),
    ),
    "address-no-addressee": (_("there is nobody to address the letter to."), ""),
    "address-no-postcode": (
        _("the postcode is missing."),
        _("Fill it: publipostage edit {key} postcode=…"),
    ),
    "address-no-locality": (
        _("the locality is missing."),
        _("Fill it: publipostage edit {key} locality=…"),
    ),
    "address-bad-character": (
        _("a character of the postal address cannot be printed: “{value}”."),
        _("Mend it: publipostage edit {key} {field}=…"),
    ),
    "address-line-too-long": (
        _("a line of the postal address is longer than 38 characters: “{value}”."),
        _("Shorten it: publipostage edit {key} street=…"),
    ),
    "address-too-many-lines": (
        _("the postal address has more than six lines: “{value}”."),
        _("Shorten it: publipostage edit {key} street=…"),
    ),
    "address-not-in-window": (
        _("the window of the envelope does not show all of “{value}”."),
        _(
            "Shorten it: publipostage edit {key} street=… (for everybody: [paper] window, or what "
            "letter.css changes)"
        ),
    ),
    "text-in-window": (
        _("the window of the envelope also shows “{value}”."),
        _("In letter.css, leave the place around the address free."),
    ),
    "drawing-in-window": (
        _("the window of the envelope also shows a picture or a line."),
        _("In letter.css, leave the place around the address free."),
    ),
    "attachment-missing": (
        _("there is no file “{value}” in the folder “attachments”."),
        _("Put it there, or: publipostage edit {key} {field}=…"),
    ),
    "attachment-not-a-name": (
        _("“{value}” is not the bare name of a file."),
        _(
            "Put the file into “attachments” and write only its name: publipostage edit {key} "
            "{field}=…"
        ),
    ),
    "message-too-large": (
        _("with “{value}” the e-mail is larger than 10 MB, which many servers refuse."),
        _("Make the file smaller."),
    ),
    "server-takes-less": (
        _("its e-mail is larger than your mail server takes (in megabytes: {value})."),
        _("Make what goes along with it smaller; it waits until then."),
    ),
    "server-takes-less: all": (
        _("The e-mails are larger than your mail server takes (in megabytes: {value})."),
        _("Make what goes along with them smaller, then run the same command again."),
    ),
    "glyph-missing": (
        _("none of the letter's fonts can print “{value}”, which is in “{field}”."),
        _("Mend it: publipostage edit {key} {field}=… (or name a font that has it in letter.css)"),
    ),
    "no-signer": (
        _("nobody signs the letter to this town, and the letter names the signers."),
        _(
            "Add a row to the sheet of signers, or write {{% if signataires %}} … {{% endif %}} "
            "around the passage in letter.md."
        ),
    ),
    "not-a-date": (_("“{value}” is not a date."), _("Mend it: publipostage edit {key} {field}=…")),
    "not-a-link": (_("“{value}” is not a link."), _("Mend it: publipostage edit {key} {field}=…")),
    "address-dead": (
        _("a letter to “{value}” came back: nobody reads that mailbox."),
        _("Give another address, or none for paper: publipostage edit {key} email=…"),
    ),
    "address-lost": (
        _("no e-mail address is known any more."),
        _("Give one: publipostage edit {key} email=…"),
    ),
    "reply-undecided": (
        _("a mail may be its answer, and nobody has said yet whose that is."),
        _("Say so, then the reminder leaves or is closed: publipostage replies"),
    ),
    "empty-value": (
        _("“{field}” is empty, and the letter needs it."),
        _("Fill it: publipostage edit {key} {field}=…"),
    ),
}

SLIPS: Mapping[str, Reason] = {
    "slip-spelling": (
        _("“{found}” looks like a slip of the pen. It stays as it is."),
        _("Perhaps: {suggestion}"),
    ),
    "slip-relative-date": (_("“{found}” grows old: is it still true? It stays as it is."), ""),
    "slip-elision": (
        _("“{found}” would give “que Évreux” or “qu'Rennes”."),
        _("Turn the sentence, as in: que la commune {{{{ commune|de }}}}"),
    ),
    "slip-invisible": (
        _(
            "A sign that nobody sees ({found}) turns the reading direction, or prints as a box. It "
            "stays as it is."
        ),
        _("Write that row anew: a copied text may have brought it."),
    ),
    "slip-markup": (
        _("“{found}” is no markup of a letter: everybody would read these signs as they stand."),
        "",
    ),
    "slip-preposition": (
        _("“{found}” would give “de Le Havre”, “de Ain” or “à au Havre”."),
        _("Write {suggestion} instead, without the word before it."),
    ),
}

REMARKS: Mapping[str, Reason] = {
    "guessed-article": (
        _(
            "No official code tells the article of some communes ({n}). The letter would say: "
            "{words}."
        ),
        _("If one is wrong: publipostage edit KEY commune_de=… commune_a=…"),
    ),
    "recipient-named": (
        _("The letter speaks of “{words}”, and that town is to receive it ({keys})."),
        _("Give it another sentence, or leave it out (exclude, in campaign.toml)."),
    ),
    "called-otherwise": (
        _(
            "The letter says “{words}” to people who are called otherwise, or whose sex nobody "
            "knows: {n} of them."
        ),
        _("Write {{{{ salutation }}}} or {{{{ salutation_courte }}}}, which agree."),
    ),
    "village-called-ville": (
        _("The letter says “{words}” to communes of fewer than 2,000 inhabitants: {n} of them."),
        _("“commune” suits all of them."),
    ),
    "claims-residence": (
        _("“{words}”: where no signer lives this is not true. Such communes: {n}."),
        _("Write “Nous, {{{{ groupe }}}},” or list signers who live there (signers.csv)."),
    ),
    "local-unplaced": (
        _("There are local paragraphs ({n}), and {path} has no place for them."),
        _("Where they should stand in it, put {{{{ local }}}} on a line of its own."),
    ),
    "local-nobody": (
        _("{path} is for nobody: no recipient has this code."),
        _("Perhaps: {suggestion}"),
    ),
    "local-twice": (
        _("{key} has a local paragraph in {path} and in the sheet. The letter takes the file."),
        "",
    ),
    "html-removed": (
        _(
            "“{words}” was taken out of the letter: it cannot be said in an e-mail and on paper "
            "alike."
        ),
        "",
    ),
    "attachments-not-on-paper": (
        _("Who gets the letter on paper does not get {words}."),
        _("Print it and put it into the envelope."),
    ),
}
"""What a person should say yes to; for some there is only a number of those it concerns."""

LIMITS: Mapping[str, str] = {
    "time": _("more than four seconds of work"),
    "memory": _("more than 1 GB of memory"),
    "output": _("a letter of more than a million characters"),
    "depth": _("too many choices, brackets or emphases inside each other"),
    "crash": _("the program failed on it"),
}
"""The limits of "letter-runaway", by its `words`."""
