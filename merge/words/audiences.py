"""What is said otherwise where a campaign writes to people or organisations, and not to communes.

On the left the sentence of communes, as it stands where it is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from merge.model import Audience
from merge.words.language import N_, Subject, about, from_here_about


def speak_of(audience: Audience) -> None:
    """From here on the sentences are about a campaign that writes to these."""
    from_here_about(_subject(audience))


def speaking_of(audience: Audience) -> AbstractContextManager[None]:
    """Within it they are, and after it about the campaign that they were about before."""
    return about(_subject(audience))


def _subject(audience: Audience) -> Subject:
    return Subject() if audience == "communes" else Subject(audience, _OF_OTHERS)


_OF_OTHERS: Mapping[str, str] = {
    "Commune": N_("Name"),
    "by commune": N_("by name"),
    "Mayor": N_("Person"),
    "The commune": N_("The recipient"),
    "The mayor": N_("The person"),
    "Which town": N_("Whom"),
    "town written to": N_("recipient written to"),
    "towns written to": N_("recipients written to"),
    "A column with INSEE codes, or with names of communes, is needed: choose it.": N_(
        "A column with names, or with e-mail addresses, is needed: choose it."
    ),
    "A column with INSEE codes is needed; say which: --map insee=COLUMN": N_(
        "A column with names or e-mail addresses is needed; say which: --map whole_name=COLUMN"
    ),
    "Write the columns' names into a first row (Code INSEE, Commune, Courriel…), or say which row "
    "has them: --header-row N": N_(
        "Write the columns' names into a first row (Nom, Courriel, Adresse…), or say which row has "
        "them: --header-row N"
    ),
    "If one of the first rows has the columns' names, say which. If none has, write them into the "
    "file (Code INSEE, Commune, Courriel…), and hand it over again.": N_(
        "If one of the first rows has the columns' names, say which. If none has, write them into "
        "the file (Nom, Courriel, Adresse…), and hand it over again."
    ),
    "Give an INSEE code, the name of a commune, or an e-mail address.": N_(
        "Give a number, a name, or an e-mail address."
    ),
    "Say whom: a commune, an e-mail address, or a domain such as @example.org.": N_(
        "Say whom: a name, an e-mail address, or a domain such as @example.org."
    ),
    "A mail of this town came, and nobody has said what it means.": N_(
        "A mail from here came, and nobody has said what it means."
    ),
    "The letter has left. When the town answers, by whatever way, write it down.": N_(
        "The letter has left. When an answer comes, by whatever way, write it down."
    ),
    "Say what the town has answered.": N_("Say what was answered."),
    "What does the town say?": N_("What was answered?"),
    "rows of a commune that stands there already": N_("rows of a number that stands there already"),
    "“{value}” stands in an earlier row already ({suggestion}); that one was taken.": N_(
        "“{value}” stands in an earlier row already ({suggestion}); that one was taken. For one "
        "letter of several rows, write “group: {column}” below its subject, and import again."
    ),
    "WARNING: {n} of those added is of a commune that is here already under another key, which "
    "would get a second letter: {keys}. If that is not meant: {step}": N_(
        "WARNING: {n} of those added has the name and an address of somebody who is here already "
        "and stands in no row of these sheets, and who would get a second letter: {keys}. If that "
        "is not meant: {step}"
    ),
    "WARNING: {n} of those added are of communes that are here already under another key, which "
    "would get a second letter: {keys}. If that is not meant: {step}": N_(
        "WARNING: {n} of those added have names and addresses of people who are here already and "
        "stand in no row of these sheets, and who would get a second letter: {keys}. If that is "
        "not meant: {step}"
    ),
    "{n} town has not answered: call it, or write to it once more.": N_(
        "{n} recipient has not answered: call, or write once more."
    ),
    "{n} towns have not answered: call them, or write to them once more.": N_(
        "{n} recipients have not answered: call them, or write to them once more."
    ),
    "Fill in at least which town it is.": N_("Fill in at least a name or an e-mail address."),
    "it names the commune": N_("it gives the name"),
    "A commune or its code, an e-mail address, or a whole domain such as @example.org.": N_(
        "A name or a number, an e-mail address, or a whole domain such as @example.org."
    ),
    "A commune, a name or a code": N_("A name or a number"),
    "Your text, and beside it what the town hall will read.": N_(
        "Your text, and beside it what its reader will see."
    ),
    "Blanks are set off: each shows its value for this commune. Enter, or a click, changes one; "
    "Escape leads back from the buttons to the text.": N_(
        "Blanks are set off: each shows its value for this recipient. Enter, or a click, changes "
        "one; Escape leads back from the buttons to the text."
    ),
    "Everybody on the list, how each letter stands, and what was answered. Click a commune to see "
    "all about it.": N_(
        "Everybody on the list, how each letter stands, and what was answered. Click a name to see "
        "all about it."
    ),
    "Commune, code, mayor or address; accents and capitals do not matter.": N_(
        "Name, number or address; accents and capitals do not matter."
    ),
    "Communes or codes, one a line": N_("Names or numbers, one a line"),
    "The commune or its code.": N_("The name or the number."),
    "The commune's name, and the list's other columns": N_("The list's other columns"),
    "The name of the commune, or its code.": N_("The name, or the number."),
    "A name, an INSEE code or an e-mail address, one a line.": N_(
        "A name, a number or an e-mail address, one a line."
    ),
    "Nobody yet. Choose the table that you have, as it is: Excel, LibreOffice, CSV, or the "
    "directory of mairies.": N_(
        "Nobody yet. Choose the table that you have, as it is: Excel, LibreOffice or CSV."
    ),
    "The INSEE code, or the commune and its département, say which town it is. It is shown as a "
    "list of one row before it is taken.": N_(
        "A name or an e-mail address says who it is. It is shown as a list of one row before it is "
        "taken."
    ),
    "A newer file updates who is there: towns are known by their INSEE code, and what you changed "
    "by hand stays.": N_(
        "A newer file updates who is there: they are known by their number, or by their name and "
        "an address, and what you changed by hand stays."
    ),
    "Figures, map and answers of the towns, to put online or to print. It names no person.": N_(
        "Figures, and what each has answered, to put online or to print. It names no person."
    ),
    "The letter says that those who write live in the town it goes to.": N_(
        "The letter says that those who write live where it goes to."
    ),
    "{shared} % of each letter is word for word in the next one; {without} of {letters} have "
    "nothing of their own. A mairie recognises a circular and puts it aside, and mail "
    "providers (Orange hosts 48 % of the mairies' addresses) may take many alike messages for "
    "spam. One true sentence about the town changes that: write it in a column “Paragraphe "
    "local”.": N_(
        "{shared} % of each letter is word for word in the next one; {without} of {letters} have "
        "nothing of their own. Readers recognise a circular, and mail providers may take many "
        "alike messages for spam. One true sentence for each changes that: write it in "
        "a column “Paragraphe local”."
    ),
    "Answer of the town": N_("Answer of the recipient"),
    "A commune or its code, a recipient's key or e-mail address. Empty is everybody.": N_(
        "A name, a number or an e-mail address. Empty is everybody."
    ),
    "Page {page} of the letter to {commune}": N_("Page {page} of the letter to: {commune}"),
    "Only these communes": N_("Only these recipients"),
    "Never these communes": N_("Never these recipients"),
    "A line each: names, or INSEE codes. Empty: all of your list.": N_(
        "A line each: names, or numbers. Empty: all of your list."
    ),
    "A line each: names, or INSEE codes.": N_("A line each: names, or numbers."),
    "{n} letter waits for the next address of the same town.": N_(
        "{n} letter waits for the next address of the same recipient."
    ),
    "{n} letters wait for the next address of the same town.": N_(
        "{n} letters wait for the next address of the same recipients."
    ),
    "What only {commune} reads": N_("What only {commune} is told"),
    "Code": N_("Number"),
    "Sex": N_("Civility"),
    "COMMUNE": N_("NAME"),
    "Written to": N_("Were written to"),
    "Committed": N_("Have agreed"),
    "is committed": N_("has agreed"),
    "are committed": N_("have agreed"),
    "Blanks such as [commune], XXX or «Nom» are found.": N_(
        "Blanks such as [name], XXX or «Nom» are found."
    ),
    "Words in brackets are blanks, such as [of the commune]. **Two stars** make bold, *one* "
    "italics. An empty line makes two paragraphs; a field that you empty is gone.": N_(
        "Words in brackets are blanks, such as [form of address]. **Two stars** make bold, *one* "
        "italics. An empty line makes two paragraphs; a field that you empty is gone."
    ),
    "A blank looks like {{{{ commune }}}}, a choice like {{% if sexe %}} … {{% endif %}}.": N_(
        "A blank looks like {{{{ prenom }}}}, a choice like {{% if prenom %}} … {{% endif %}}."
    ),
    "It holds blanks like {{{{ commune }}}} and choices like {{% if sexe %}}.": N_(
        "It holds blanks like {{{{ prenom }}}} and choices like {{% if prenom %}}."
    ),
    "Replace it by a blank like {{{{ commune }}}}.": N_(
        "Replace it by a blank like {{{{ prenom }}}}."
    ),
    'Text stands in quotation marks (departement.code == "35"); sexe is "F" or "M", population a '
    "number.": N_('Text stands in quotation marks (ville == "Rennes"); sexe is "F" or "M".'),
    "Write a name such as commune, date, lieu or signature, or the name of a column.": N_(
        "Write a name such as prenom, date, lieu or signature, or the name of a column."
    ),
    "Do not send the same again at once. Wait a day; write a true sentence about each town "
    "(column “Paragraphe local”), leave out pictures and links that are not needed, and send "
    "fewer: per_hour = 30 in [account] of campaign.toml.": N_(
        "Do not send the same again at once. Wait a day; write a true sentence for each "
        "(column “Paragraphe local”), leave out pictures and links that are not needed, and send "
        "fewer: per_hour = 30 in [account] of campaign.toml."
    ),
    "nobody signs the letter to this town, and the letter names the signers.": N_(
        "nobody signs this letter, and it names the signers."
    ),
    "For each, look for a copy in the folder of sent mail, an answer, or a line in the provider's "
    "log. If you cannot know, leave it: two letters annoy a mairie more than a phone call.": N_(
        "For each, look for a copy in the folder of sent mail, an answer, or a line in the "
        "provider's log. If you cannot know, leave it: two letters annoy more than a phone call."
    ),
    "They seem to want no more letters. Whoever is on the suppression list is not written to "
    "again, by e-mail or on paper, in any of your campaigns.": N_(
        "These seem to want no more letters. Whoever is on the suppression list is not written to "
        "again, by e-mail or on paper, in any of your campaigns."
    ),
    "Towns could be written to twice. Read this first: {step}": N_(
        "The same people could be written to twice. Read this first: {step}"
    ),
    "Towns could be written to twice. Read first: {step}": N_(
        "The same people could be written to twice. Read first: {step}"
    ),
    "It has missed {n} step after which letters may have left. Those towns would be written to a "
    "second time.": N_(
        "It has missed {n} step after which letters may have left. Whoever got them would be "
        "written to a second time."
    ),
    "It has missed {n} steps after which letters may have left. Those towns would be written to a "
    "second time.": N_(
        "It has missed {n} steps after which letters may have left. Whoever got them would be "
        "written to a second time."
    ),
    "“{value}” was read as {suggestion}, and no name of a commune can prove it.": N_(
        "“{value}” was read as {suggestion}, and nothing in the file can prove it."
    ),
    "If it is the mairie's: {step}": N_("If it is theirs: {step}"),
    "If it is the mairie's, correct this recipient once the list is taken.": N_(
        "If it is theirs, correct this recipient once the list is taken."
    ),
    "Give an INSEE code or a name from the sheet.": N_("Give a number or a name from the sheet."),
    "Choose another sheet of the workbook ({others}), or, if it is this one, the column that has "
    "the INSEE codes.": N_(
        "Choose another sheet of the workbook ({others}), or, if it is this one, the column that "
        "has the names."
    ),
    "Say which sheet to read with --sheet NAME (there are also: {others}), or, if it is this one, "
    "which column has the INSEE codes: --map insee=COLUMN": N_(
        "Say which sheet to read with --sheet NAME (there are also: {others}), or, if it is this "
        "one, which column has the names: --map whole_name=COLUMN"
    ),
    "The list may have changed since: look for the commune by its name.": N_(
        "The list may have changed since: look for the name."
    ),
    "Call one of them “name”: an address, a domain, a commune or its code in each row.": N_(
        "Call one of them “name”: an address, a domain, a name or a number in each row."
    ),
    "A sheet in the campaign folder of those who sign too: a name, and the commune whose letter "
    "alone it signs.": N_("A sheet in the campaign folder with the names of those who sign too."),
}
