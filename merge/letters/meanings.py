"""What another hand's blank means: "ville", "insérer ici votre commune" → `commune`.

Two tables. The first reads the words in the blank; the second reads the words before a blank that
says nothing itself (`XXX`, `____`, `[xx]`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from merge.letters.kinds import variable_name
from merge.letters.values import OF_OTHERS


@dataclass(frozen=True, slots=True)
class BlankMeaning:
    """An expression of the letter's language, "" for none. What is not `certain` wants a yes."""

    expression: str
    certain: bool = True


UNKNOWN = BlankMeaning("", certain=False)

AS_CIVILITY = '"Monsieur"|accord("Madame", "Madame, Monsieur")'
"""The civility before a mayor's name, as a column "Civilité" says it."""

_SYNONYMS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "commune": (
            "commune", "ville", "municipalite", "village", "localite", "mairie", "collectivite",
            "cite", "libelle_commune", "commune_destinataire", "ville_destinataire",
        ),
        "maire": (
            "maire", "elu", "elue",
            "prenom_nom_maire", "nom_prenom_maire", "prenom_nom_elu", "nom_prenom_elu",
        ),
        "maire.nom": ("nom_elu", "nom_de_l_elu", "nom_de_lelu"),
        "maire.prenom": ("prenom_elu", "prenom_de_l_elu", "prenom_de_lelu", "prenom_maire"),
        "salutation": ("salutation", "formule_appel", "greetingline", "civilite_maire"),
        "titre": ("titre", "titre_maire"),
        "date": ("date", "date_jour", "date_envoi", "date_lettre", "jj_mm_aaaa"),
        "annee": ("annee",),
        "lieu": ("lieu", "fait_a", "lieu_redaction"),
        "signature": (
            "signature", "signatures", "signez", "signer", "signe", "votre_nom", "nom_prenom",
            "votre_signature", "nom_et_prenom", "vos_nom_et_prenom", "vos_nom_et_prenoms",
        ),
        "signataires": ("signataire", "signataires"),
        "groupe": (
            "groupe", "association", "collectif", "asso", "organisation", "section",
            "association_collectif", "collectif_association", "expediteur",
        ),
        "contact": (
            "contact", "coordonnees", "courriel", "email", "e_mail", "mail", "mel", "telephone",
            "tel", "adresse_mail", "adresse_e_mail", "adresse_email", "adresse_courriel",
            "adresse_electronique", "numero_telephone",
        ),
        "departement": ("departement", "dept", "libelle_departement"),
        "departement.code": (
            "code_departement", "numero_departement", "departement_code", "num_departement",
        ),
        "code_postal": ("code_postal", "cp", "codepostal"),
        "insee": ("insee", "code_insee", "code_commune", "codeinsee"),
        "population": ("population", "habitants", "nombre_habitants", "nb_habitants"),
        "reference": ("reference", "ref"),
    }
)  # fmt: skip
# Words that could mean the mayor or whoever writes.
DOUBTFUL: Mapping[str, str] = MappingProxyType(
    {
        "nom": "maire.nom",
        "prenom": "maire.prenom",
        "civilite": "titre",
        "jour": "date",
    }
)
_BY_WORD = {word: expression for expression, words in _SYNONYMS.items() for word in words}
# What people say around the thing: "insérer ici le nom de votre ville".
_AROUND = (
    "inserer inserez insere ici votre vos notre nos mon ma mes le la les l de du des d nom et a "
    "completer completez remplir remplacer remplacez par mettre mettez indiquer indiquez ecrire "
    "ecrivez preciser precisez saisir saisissez entrer entrez cliquez taper tapez pour champ "
    "concernee concerne choisie choisi en lettres"
)
_TOWN_WORDS = frozenset({"commune", "ville", "municipalite", "village"})
_POSTCODE_AND_TOWN = re.compile(
    r"(?:cp|code_?postal|codepostal)_(?:et_)?(?:ville|commune|localite)"
)
_SAYS_NOTHING = re.compile(r"x*|y+|z+|n+")


def folded(text: str) -> str:
    """The text in small letters without accents, for comparing."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in parts if not unicodedata.combining(each))


def says_nothing(name: str) -> bool:
    """Whether a blank only says that it is one: XXX, ____, [à compléter]."""
    words = variable_name(name).split("_")
    return _SAYS_NOTHING.fullmatch(
        "".join(word for word in words if word not in _AROUND.split())
    ) is not (None) and variable_name(name) not in (_BY_WORD.keys() | DOUBTFUL.keys())


def of_name(name: str) -> BlankMeaning:
    """What the words in a blank mean."""
    key = variable_name(name)
    words = key.split("_")
    # "Nom" says nothing in "nom de la ville", and half of "nom et prénom du maire".
    around = {*_AROUND.split()} - ({"nom"} if "prenom" in words else set())
    core = "_".join(word for word in words if word not in around)
    for each in (key, core):
        if expression := _BY_WORD.get(each):
            return BlankMeaning(expression)
    if expression := DOUBTFUL.get(key):
        return BlankMeaning(expression, certain=False)
    if agreeing := _agreeing(name):
        return agreeing
    if _POSTCODE_AND_TOWN.fullmatch(core):
        return BlankMeaning('code_postal ~ " " ~ commune')
    if _TOWN_WORDS & set(core.split("_")):
        return BlankMeaning("commune", certain=False)
    return UNKNOWN


def _agreeing(name: str) -> BlankMeaning | None:
    """ "Cher / Chère" is one word that agrees with the mayor."""
    forms = [form.strip() for form in name.split("/")]
    if len(forms) != 2 or not all(re.fullmatch(r"[^\W\d_]+", form) for form in forms):
        return None
    masculine, feminine = sorted(forms, key=lambda form: (form.endswith("e"), len(form)))
    if not feminine.endswith("e") or folded(masculine[:2]) != folded(feminine[:2]):
        return None
    return BlankMeaning(f'"{masculine}"|accord("{feminine}")', certain=False)


_OTHERS: Mapping[str, str] = MappingProxyType(
    {
        "commune": "ville",
        "maire": "nom_complet",
        "maire.nom": "nom",
        "maire.prenom": "prenom",
        "titre": "civilite",
        AS_CIVILITY: "civilite",
        'code_postal ~ " " ~ commune': 'code_postal ~ " " ~ ville',
    }
)


def for_others(name: str, means: BlankMeaning) -> BlankMeaning:
    """What a blank means in a letter to people or organisations, who are no mayors."""
    key = variable_name(name)
    if key in OF_OTHERS:  # "[courriel]" may be the writer's
        return BlankMeaning(key, certain=key not in ("adresse", "courriel"))
    base, bar, filters = means.expression.partition("|")
    if means.expression in _OTHERS:
        return BlankMeaning(_OTHERS[means.expression], certain=means.certain)
    if base.strip() in _OTHERS:
        return BlankMeaning(f"{_OTHERS[base.strip()]}{bar}{filters}", certain=means.certain)
    return UNKNOWN if base.strip() in ("departement", "insee", "population") else means


_NAME_NEXT = re.compile(r"[\s*_]{0,4}[\[«<{]\s*(?:nom|prenom)\b")


def is_before_name(after: str) -> bool:
    """Whether a blank with a name comes next: "[Civilité] [Nom]"."""
    return _NAME_NEXT.match(folded(after[:30])) is not None


_OF_TOWN = re.compile(
    r"(?:\b(?:ville|commune|mairie|maires?|municipalite|village|territoire|conseil municipal|elus?"
    r"|elu[^\w\s]es)|\b(?:habitant|citoyen|administre|contribuable|riverain)\S*)\s*$"
)
_TOWN = re.compile(r"\b(?:ville|commune|village)\s*$")
_BEFORE: Iterable[tuple[re.Pattern[str], str]] = (
    (re.compile(r"\b(?:collectif|association|asso|groupe)\s*$"), "groupe"),
    (re.compile(r"\b(?:contact|courriel|e-?mail|mel|tel|telephone)\s*:?\s*$"), "contact"),
    (re.compile(r"\bdepartement\s*:?\s*$"), "departement"),
    (re.compile(r"\bcode postal\s*:?\s*$"), "code_postal"),
    (re.compile(r"\bsignature\s*:?\s*$"), "signature"),
)
_DATE_AT_MOST = 60  # characters of the line "Rennes, le …": a longer one is a sentence
_LE = re.compile(r"(?:^|,)\s*(?:fait\s+)?le\s*$")
_THEN_DATE = re.compile(r"\W{0,4}\s*\b(?:fait\s+)?le\b")
_DATELINE = re.compile(r"(?:^|,|\bdate\s*:)\s*(?:fait\s+)?(?:le\s*)?$")
_TITLE = re.compile(r"\b(?:m\.|mr\.?|mme\.?|monsieur|madame|l[ea] maire)[\s,]*$")
_ALONE_OR_MADE_AT = re.compile(r"\W*(?:fait)?\s*$")


def from_place(before: str, after: str, preposition: str) -> BlankMeaning:
    """What a blank that says nothing means where it stands.

    `before` is the text up to the blank and its `preposition` ("de", "a" or ""), `after` the text
    behind it.
    """
    line = folded(before.rpartition("\n")[2])
    if is_of_letterhead(before, after, preposition):
        return BlankMeaning("lieu")
    if preposition == "de" and _OF_TOWN.search(folded(before[-80:])):
        return BlankMeaning("commune")
    if preposition:
        return UNKNOWN
    if is_behind_title(before):
        return BlankMeaning("maire.nom", certain=False)
    rest = after.partition("\n")[0]
    if _LE.search(line) and len(line) + len(rest) <= _DATE_AT_MOST:
        return BlankMeaning("date")
    if _TOWN.search(line):
        return BlankMeaning("commune")
    return next((BlankMeaning(meaning) for form, meaning in _BEFORE if form.search(line)), UNKNOWN)


def is_behind_title(before: str) -> bool:
    """Whether somebody's name comes next: "A Monsieur …", "le maire, …"."""
    return _TITLE.search(folded(before.rpartition("\n")[2])) is not None


def is_dateline(before: str, after: str) -> bool:
    """Whether a date between the two is the letter's own: "Rennes, le …", and nothing besides."""
    line, rest = before.rpartition("\n")[2], after.partition("\n")[0]
    words = " ".join(f"{line} {rest}".split())
    return len(words) <= _DATE_AT_MOST and _DATELINE.search(folded(line)) is not None


def is_of_letterhead(before: str, after: str, preposition: str) -> bool:
    """Whether this is the place that a letter is dated from: "Fait à …", "À …,", "…, le …"."""
    line = folded(before.rpartition("\n")[2])
    if not _ALONE_OR_MADE_AT.fullmatch(line) or preposition == "de":
        return False
    dated = _THEN_DATE.match(folded(after[:40])) is not None
    return dated or (preposition == "a" and "fait" in line)
