"""What people and their programs write in other languages than French: parts of patterns.

English, German, Spanish, Italian, Dutch, Portuguese and Catalan, the languages of which
`merge.letters.idiom` knows how a letter opens. What is heard is only proposed to a person; so what
an answer may say for another reason ("do not send it to others") stays out, and what may be a wish
is in.
"""

from __future__ import annotations

_MAIL_EN = r"(e-?mails?|mails?|mailings?|letters?|messages?)"
_MAIL_DE = r"(briefe?|post|e-?mails?|mails?|nachrichten|schreiben|werbung|zusendungen)"
_ALONE = r"(?<!\w )"  # the whole sentence, with what ends it
_TO_ITS_END = r"(?=\W*$)"

_ENGLISH = (
    r"(take|get) (me|us|this address|my address|our address) off",
    r"(remove|delete|erase) (my|our|this) (\w+ ){0,2}(address|data|details|name|e-?mail)",
    r"(do not|don['’]t|never) (ever )?(contact|e-?mail|mail|send|write|bother|spam) (to )?(me|us)",
    r"(do not|don['’]t|no longer) (wish|want) to (receive|get|hear|be (contacted|written|on))",
    rf"(no|(do not|don['’]t) (want|need|wish) any) (more|further) {_MAIL_EN}",
    r"opt(ing)?[ -]?out",
    r"object to (the |your )?(processing|use) of (my|our)",
)
_GERMAN = (
    r"stopp",
    rf"{_ALONE}(abmelden|abmeldung|abbestellen|austragen){_TO_ITS_END}",
    r"meld\w* (sie )?(mich|uns) (bitte )?ab",
    r"(streich|nehm|trag|lösch|entfern)\w* (\w+ ){0,4}(vo[mn]|aus) (\w+ ){0,3}"
    r"(verteiler|newsletter|\w*liste)",
    r"(schreib|schick|send|kontaktier|belästig)\w* (sie )?(mir|uns|mich) (\w+ ){0,4}mehr",
    rf"keine? (\w+ ){{0,3}}{_MAIL_DE} mehr",
    rf"keine weiteren? {_MAIL_DE}",
    r"hör\w* sie auf",
    r"(lösch|entfern|streich)\w* (sie )?(bitte )?(mich|uns|(mein|unser|dies)\w* (\w+ )?"
    r"(daten|adresse|anschrift|e-?mail\w*))",
    r"widersprech?\w* (\w+ ){0,3}(verarbeitung|nutzung|verwendung|speicherung)",
    r"lassen sie (mich|uns) in ruhe",
)
_SPANISH = (
    rf"{_ALONE}baja{_TO_ITS_END}",
    r"d[aeé]\w* de baja",
    r"no (me|nos) (vuelvan? a )?(escrib|env[ií]|contact|mand|molest)\w*",
    r"no (quiero|queremos|deseo|deseamos) (\w+ ){0,2}recibir",
    r"(deje|dejen|cese|cesen) de (escribir|enviar|mandar|molestar|contactar)\w*",
    r"(borr|elimin|supri|quit|cancel|retir)\w* (\w+ ){0,2}"
    r"(mis datos|mi (dirección|correo|e-?mail)|nuestros datos|nuestra dirección)",
    r"(me opongo|nos oponemos) al tratamiento",
    r"desuscri\w+",
)
_ITALIAN = (
    rf"{_ALONE}basta{_TO_ITS_END}",
    r"cancella(te)?(r)?(mi|ci)",
    r"disiscri\w+",
    r"non (mi |ci )?(scriv|mand|invi|contatt)\w* (mai )?più",
    r"non (desider|vogli|intend)\w* (\w+ ){0,2}ricever\w+",
    r"(smett|cess)\w+ di (scriver|inviar|mandar|contattar)\w+",
    r"(cancell|rimuov|elimin|togli)\w* (\w+ ){0,2}(miei|mio|nostr[io]) (dati|indirizzo)",
    r"(rimuov|togli)\w*(mi|ci) dal\w*",
    r"(mi oppongo|ci opponiamo) al trattamento",
)
_OTHERS = (
    r"uitschrijven",
    r"schrijf (mij|me|ons) (\w+ ){0,2}(uit|niet meer)",
    r"geen (\w+ ){0,2}(brieven|e-?mails?|mails?|post|berichten) meer",
    r"não (me |nos )?(escrev|envi|contact|mand)\w*(-me|-nos)? mais",
    r"não (quero|queremos|desejo|desejamos) (mais )?receber",
    r"descadastr\w+",
    r"don\w+([-'’]\w+)? de baixa",
    r"no (vull|volem) rebre",
)
ASKS_TO_STOP = "|".join((*_ENGLISH, *_GERMAN, *_SPANISH, *_ITALIAN, *_OTHERS))
"""A wish for no more letters, within word boundaries."""

AUTO_SUBJECT = (
    r"automatische antwort|automatisch antwoord|respuesta autom[áa]tica|risposta automatica"
    r"|resposta autom[àáa]tica"
)
"""What a program calls its reply, before the subject of what it replies to."""

AWAY = (
    r"abwesend|nicht im b[üu]ro|(im|in) urlaub|^urlaub|eingangsbestätigung"
    r"|ausen(cia|te)|fuera de la oficina|de vacaciones|acuse de recibo"
    r"|assen(te|za)|fuori (sede|ufficio|dall.ufficio)|in ferie|conferma di (ricezione|ricevimento)"
    r"|afwezig|ausência|fora do escrit[óo]rio"
    r"|on (\w+ )?leave\b|on (vacation|holidays?)\b|away from (my|the) (desk|office)|^auto:"
    r"|(message|e-?mail|letter|request) (has been|was) received|(have|has) received your"
    r"|ihre? (nachricht|e-?mail|mail|schreiben|anfrage) (ist|wurde) .{0,30}(eingegangen|erhalten)"
    r"|(hemos|he) recibido (su|tu)|abbiamo ricevuto (la|il)"
)
"""A subject that only a program writes: nobody is there, or that it arrived."""

REPLY_PREFIXES = r"aw|antw|wg|sv|rv|rif|r|res|enc|doorst"
"""What stands before the subject of what is answered or handed on, beside "Re"."""
