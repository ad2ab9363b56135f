"""One recipient mended by hand, with the same checks as a sheet's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from merge.errors import Misuse
from merge.french.communes import fold, reference
from merge.french.courtesy import civility_of
from merge.french.grammar import surname_case
from merge.model import Recipient, Sex
from merge.post.countries import HOME, country_of
from merge.post.envelope import town_and_region
from merge.post.forms import PostcodeProblem, read_postcode, region_of, regions
from merge.recipients.address import (
    is_same,
    left_out,
    locality_in,
    parted,
    postcode_of,
    problem_of,
    second_postcode,
    with_region,
    without_last_line,
)
from merge.recipients.cells import CONTROL, CellProblem, Problems, clean, one_line
from merge.recipients.emails import addresses
from merge.recipients.headers import field_called, field_named
from merge.recipients.mayors import is_no_name, sex, sex_of, title
from merge.recipients.wholenames import is_particle
from merge.recipients.wholenames import sex_of as sex_of_civility

_TEXTS = {"commune", "first_name", "surname", "locality", "organisation", "number"}
_OF_OTHERS = {"organisation", "number", "country"}  # than communes
CORRECTIONS = ("commune_de", "commune_a")  # a recipient's own "du Havre", "au Havre"
_OF_COMMUNES = {"commune", "article_code", *CORRECTIONS}
ON_ONE_LINE = frozenset({*_TEXTS, "email", "sex", "postcode", "country", "article_code"})
_EXAMPLES = {
    "email": "mairie@example.org",
    "sex": "F, M",
    "civility": "Mme",
    "first_name": "Anne",
    "surname": "MARTIN",
    "street": "1 rue de la Mairie",
    "postcode": "35000",
    "country": "Belgique, BE",
    "article_code": "0, 1, 2… 8",
}
EDITABLE = ("email", "sex", *sorted(_TEXTS), "street", "postcode", "country", "article_code")


def edited(recipient: Recipient, changes: Mapping[str, str]) -> Recipient:
    """The recipient with these fields changed, each checked as a sheet's would be.

    A field is called by a name of `EDITABLE`, by a header that means it (`courriel`), or by a
    header that the sheet had beyond the known ones. "" empties a field.

    Misuse: "not-one-of", "edit-bad-value" (`reason` is the code of a row problem),
    "edit-empty-name", "edit-of-rows" for a cell of several rows that are one recipient.
    """
    values: dict[str, Any] = {}  # of each field's own type, which a mapping cannot say
    others = dict(recipient.fields)
    meant = {called: _kept_twice(recipient, name_of(called, others)) for called in changes}
    by_country = sorted(changes.items(), key=lambda each: meant[each[0]] != "country")
    for called, typed in by_country:  # what is a postcode follows from it
        name, text = name_of(called, others), clean(typed)
        if CONTROL.search(typed) or (name in ON_ONE_LINE and len(typed.splitlines()) > 1):
            shown, example = one_line(CONTROL.sub(" ", typed)), _EXAMPLES.get(name, "…")
            raise Misuse("edit-bad-value", field=called, value=shown, example=example)
        if is_of_rows(recipient, name):
            raise Misuse("edit-of-rows", field=called)
        if name in others or (name in CORRECTIONS and _has(recipient, name)):
            others[name] = text
            if meant[called] == "region":
                values |= _in_region(recipient._replace(**values), name, text)
            if meant[called] != "country":
                continue
            name = "country"
        if name in EDITABLE and _has(recipient, name):
            try:
                there = recipient._replace(country=values.get("country", recipient.country))
                values |= _edited_field(there, name, text)
            except Misuse as error:
                error.facts["field"] = called  # as the person who typed it knows it
                raise
        else:
            its_own = [each for each in (*EDITABLE, *CORRECTIONS) if _has(recipient, each)]
            known = tuple(dict.fromkeys((*its_own, *others)))
            raise Misuse("not-one-of", value=called, choices=known)
    if stated := _stated(changes, others):
        values = {"sex": recipient.sex or stated, **values}
    values |= _other_part(recipient, values)
    return recipient._replace(fields=others, **_with_last_line(recipient, values))


def _kept_twice(recipient: Recipient, name: str) -> str:
    """The field that a column of the sheet is, where the letter has its cell too: a person's
    country, or state.
    """
    if recipient.commune or name not in recipient.fields:
        return name
    field = field_called(name, "people")
    return field if field in ("country", "region") else name


def is_of_rows(recipient: Recipient, name: str) -> bool:
    """Whether the sheet alone says this: each row of the recipient does, or it holds them together.

    What a column says of whom they are about is mended as for anybody.
    """
    if not recipient.lines:
        return False
    return name == "number" or (name in recipient.lines[0] and not field_called(name, "people"))


def _other_part(recipient: Recipient, values: Mapping[str, Any]) -> Mapping[str, str]:
    """The other part of a name that was kept whole as the surname, where one part is typed:
    "Lefèvre" for "Françoise" of "Françoise Lefèvre".
    """
    typed = [name for name in ("first_name", "surname") if values.get(name)]
    if recipient.commune or recipient.first_name or len(typed) != 1 or len(values) > 1:
        return {}
    part, whole = values[typed[0]], recipient.surname.split()
    n = len(part.split())
    for said, rest in ((whole[:n], whole[n:]), (whole[-n:], whole[:-n])):
        if rest and fold(" ".join(said)) == fold(part) and not all(map(is_particle, rest)):
            return {"surname" if typed == ["first_name"] else "first_name": " ".join(rest)}
    return {}


def _has(recipient: Recipient, name: str) -> bool:
    """Whether it has such a field at all: a person has no article, and a commune no number."""
    return name not in (_OF_OTHERS if recipient.commune else _OF_COMMUNES)


def _stated(changes: Mapping[str, str], others: Mapping[str, str]) -> Sex:
    """The sex that the title before a name that is typed says."""
    named = ((name_of(called, others), clean(typed)) for called, typed in changes.items())
    return sex(
        "", [title(*each) for each in named if each[0] in ("first_name", "surname")], Problems()
    )


def _with_last_line(recipient: Recipient, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values, with postcode and locality where a sheet's would be: "1 rue X, 35000 Rennes" is
    three of them, and a mairie is in its commune where no locality is written. The street may be
    the old one, which waited for this postcode.
    """
    settled = dict(values)
    if "country" in values:
        settled.setdefault("postcode", recipient.postcode)
        recipient = recipient._replace(country=values["country"])
    if recipient.country:
        if settled.get("postcode"):
            settled["postcode"] = _postcode(recipient, settled["postcode"])
        return settled
    waiting = recipient.street if "postcode" in values else ()
    street, code, town = without_last_line(values.get("street", waiting))
    if code and is_same(values.get("postcode", code), code):
        settled = {"postcode": code, **values, "street": tuple(street)}
        if town:
            settled.setdefault("locality", town)
    if found := parted(settled.get("locality", "")):
        settled = {"postcode": found[0], **settled, "locality": found[1]}
    if settled.get("postcode"):
        settled["postcode"] = _postcode(recipient, settled["postcode"])
        commune = reference().get(recipient.insee or "")
        if commune:
            town = settled.get("locality", recipient.locality)
            settled["locality"] = locality_in(commune.name, town)
    return settled


def name_of(called: str, others: Mapping[str, str]) -> str:
    """A field by its own name, by the sheet's header, or by a header that means it: "Courriel"."""
    if called in others or called in EDITABLE or called in CORRECTIONS:
        return called
    same = [header for header in others if fold(header) == fold(called)]
    meant = field_named(called) or ""
    return same[0] if same else {"address": "street", "key": "number"}.get(meant, meant)


def _edited_field(recipient: Recipient, name: str, text: str) -> Mapping[str, object]:
    if name == "email":
        found, problems = addresses(text)
        if problems and not found:
            raise _bad_value(problems[0])
        return {"email": found[0] if found else None, "alternates": found[1:]}
    if name == "sex" and not recipient.commune:
        civility = civility_of(text)
        if civility is None:
            raise _bad_value(CellProblem(code="unknown-civility", field=name, value=text))
        return {"civility": civility, "sex": sex_of_civility(civility)}
    if name == "sex":
        if text and sex_of(text) is None:
            raise _bad_value(CellProblem(code="unknown-sex", field=name, value=text))
        return {"sex": sex_of(text)}
    if name == "article_code":
        if text not in ("", *"012345678"):
            raise _bad_value(CellProblem(code="unknown-article-code", field=name, value=text))
        return {"article_code": int(text) if text else None}
    if name == "country":
        country = country_of(text) if text else HOME
        if country is None:
            raise _bad_value(CellProblem(code="unknown-country", field=name, value=text))
        return {"country": "" if country == HOME else country}
    if name == "postcode":
        return {"postcode": _postcode(recipient, text)}
    if name == "street":
        lines = tuple(one_line(line) for line in text.splitlines() if line.strip())
        if mailbox := next((line for line in lines if addresses(line)[0]), ""):
            raise _bad_value(CellProblem(code="email-in-street", field=name, value=mailbox))
        return {"street": lines}
    if name in ("first_name", "surname"):
        if is_no_name(name, text):
            raise _bad_value(CellProblem(code="not-a-name", field=name, value=text))
        typed = one_line(text)
        return {name: surname_case(typed.removeprefix(title(name, typed)))}
    commune = reference().get(recipient.insee or "")
    if name == "commune" and text and commune:
        if fold(text) == fold(commune.name):
            return {name: commune.name}
        # The code says which town this is; another name would write to the wrong one.
        raise _bad_value(
            CellProblem(code="name-disagrees", field=name, value=text, suggestion=commune.name)
        )
    if name == "commune" and not text:
        raise Misuse("edit-empty-name")
    return {name: one_line(text)}


def noticed(edited: Recipient, changes: Mapping[str, str]) -> Sequence[CellProblem]:
    """What a sheet's report would say of these changes, though they were taken."""
    problems = Problems()
    stated = _stated(changes, edited.fields)
    if stated and edited.sex != stated:
        problems.tell("sex-disagrees", "sex", edited.sex or "", stated)
    for called, typed in changes.items():
        name = name_of(called, edited.fields)
        if name == "email":
            problems += addresses(clean(typed))[1]
        elif name in ("postcode", "street", "locality") and not edited.country:
            commune = reference().get(edited.insee or "")
            postcode_of(edited.postcode, commune, edited.locality, edited.department, problems)
            second_postcode(edited.street, edited.postcode, problems)
            if name == "locality":
                left_out(name, typed, edited.postcode, edited.locality, problems)
        elif name in ("first_name", "surname") and title(name, clean(typed)):
            problems.tell("title-in-name", name, typed, getattr(edited, name))
    return tuple(dict.fromkeys(problems))


def _in_region(recipient: Recipient, header: str, typed: str) -> Mapping[str, str]:
    """The town in another state, where the sheet has a column of states: "Boston, MA"."""
    country = recipient.country or HOME
    region = region_of(typed, country)
    if region is None:
        some = ", ".join(list(dict.fromkeys(regions(country).values()))[:3])
        raise Misuse(
            "edit-bad-value", field=header, value=typed, reason="unknown-region", example=some
        )
    town, _region = town_and_region(recipient.locality)
    return {"locality": with_region(town, region)} if region else {}


def _postcode(recipient: Recipient, typed: str) -> str:
    if recipient.country and typed:
        read = read_postcode(typed, recipient.country)
        if isinstance(read, PostcodeProblem):
            raise _bad_value(problem_of(read))
        return read.code
    commune = reference().get(recipient.insee or "")
    problems = Problems()
    postcode = postcode_of(typed, commune, recipient.locality, recipient.department, problems)
    if problems and not postcode:
        raise _bad_value(problems[0])
    return postcode


def _bad_value(problem: CellProblem) -> Misuse:
    return Misuse(
        "edit-bad-value",
        field=problem.field,
        value=problem.value,
        reason=problem.code,
        suggestion=problem.suggestion,
        example=_EXAMPLES.get(problem.field, problem.suggestion or "…"),
    )
