"""The letter and its look, one recipient's letter, the author's slips."""

from __future__ import annotations

from collections.abc import Mapping

from merge.cli.language import _
from merge.cli.reasons.form import Reason

LETTER: Mapping[str, Reason] = {
    "letter-missing": (
        _("The letter is not there."),
        _("[letter] in campaign.toml says where it should be."),
    ),
    "letter-not-utf8": (
        _("This file is not in UTF-8."),
        _("Open it in a text editor and save it again as UTF-8."),
    ),
    "letter-unreadable": (_("This file cannot be read: {words}."), ""),
    "letter-empty": (_("The letter has no text."), ""),
    "letter-syntax": (
        _("The braces here cannot be understood: {words}."),
        _("A blank looks like {{{{ commune }}}}."),
    ),
    "letter-forbids": (
        _("A letter cannot use “{name}”."),
        _("It holds blanks like {{{{ commune }}}} and choices like {{% if sexe %}}."),
    ),
    "letter-tangled": (
        _("This choice begins in one paragraph and ends in another: {words}"),
        _("Put its beginning and its end into the same paragraph, or each on a line of its own."),
    ),
    "letter-picture": (
        _("A picture cannot stand here yet."),
        _("Take it out of the letter."),
    ),
    "letter-attachments": (
        _("This version of the program sends no attachments yet."),
        _("Take the line “attachments:” out of the letter, and give a link instead."),
    ),
    "letter-fails": (
        _("The letter cannot be made for {key}: {words}."),
        _("Look at the blanks of the letter."),
    ),
    "leftover": (
        _("This blank is filled by nothing: {words}"),
        _("Replace it by a blank like {{{{ commune }}}}."),
    ),
    "look-with-tags": (_("The look holds HTML tags."), _("It may hold nothing but CSS.")),
    "unknown-filter": (
        _("Nothing is called “|{name}”. Close to it: {suggestion}."),
        _("The guide lists what may follow a bar."),
    ),
    "unknown-variable": (
        _("The letter names “{name}”, which no column gives. Close to it: {suggestion}."),
        _("Nothing has left: it would be missing in every letter. Mend letter.md."),
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
        _("Put it there, or take it out of the letter. No page was made."),
    ),
    "letter-file-outside": (
        _("The letter to {key} asks for a file outside the campaign folder."),
        _("Copy it into the folder. No page was made."),
    ),
    "letter-file-remote": (
        _("The letter to {key} asks for something from the network."),
        _("Download it into the campaign folder. No page was made."),
    ),
    "letter-file-unreadable": (
        _("The letter to {key} shows something that cannot be read: {words}."),
        _("No page was made."),
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
            "libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation"
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
    "not-a-date": (_("“{value}” is not a date."), _("Mend it: publipostage edit {key} {field}=…")),
    "not-a-link": (_("“{value}” is not a link."), _("Mend it: publipostage edit {key} {field}=…")),
    "empty-value": (
        _("“{field}” is empty, and the letter needs it."),
        _("Fill it: publipostage edit {key} {field}=…"),
    ),
}

SLIPS: Mapping[str, Reason] = {
    "slip-spelling": (_("“{found}” looks like a slip of the pen. It stays as it is."), ""),
    "slip-relative-date": (_("“{found}” grows old: is it still true? It stays as it is."), ""),
}
