"""The annuaire de l'administration (DILA, on data.gouv.fr) → one row of text a mairie.

It comes as one bulk JSON, as answers and JSON exports of its API, and as a CSV; in the last two
the nested fields are strings of JSON. All services of the state may be in it, and of the mairies
also the branches: what is no commune's own town hall is left out. Specification: "Base de données
locales de Service-public", V1.4.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from merge.errors import SheetError
from merge.french.communes import CITY_OF_DISTRICT, Commune, fold, reference
from merge.model import RowProblem
from merge.recipients.cells import Cells, shown
from merge.recipients.records import numbered
from merge.recipients.towns import says

if TYPE_CHECKING:
    from merge.recipients.sheet import Sheet

HEADERS = (
    *("Code INSEE", "Commune", "Courriel", "Complément d'adresse", "Adresse", "Adresse 2"),
    *("Code postal", "Ville", "Téléphone", "Site internet", "Formulaire de contact"),
)
"""What is kept of a mairie, in the words of `columns`. "Adresse 2" is its BP or CS, "Courriel"
holds all its addresses, "Commune" is what the service is called ("Mairie - Montbouy")."""

_USED = (
    *("nom", "pivot", "ancien_code_pivot", "code_insee_commune", "adresse", "adresse_courriel"),
    *("telephone", "site_internet", "formulaire_contact"),
)
_FIELDS = frozenset(
    {"affectation_personne", "ancien_nom", "ancien_identifiant", "annuaire", "application_mobile"}
    | {"categorie", "commentaire_plage_ouverture", "copyright", "date_creation", "date_diffusion"}
    | {"date_modification", "hierarchie", "id", "information_complementaire", "itm_identifiant"}
    | {"mission", "organigramme", "partenaire", "partenaire_date_modification"}
    | {"partenaire_identifiant", "plage_ouverture", "reseau_social", "service_disponible", "sigle"}
    | {"siren", "siret", "statut_de_diffusion", "sve", "tchat", "telecopie", "telephone_accessible"}
    | {"texte_reference", "type_organisme", "type_repertoire", "url_service_public"}
    | {"version_etat_modification", "version_source", "version_type", *_USED}
)
# Beside a commune's own: "mairie_com" is one of an overseas collectivity. Not those of a district
# ("paris_mairie_arrondissement") nor the one on wheels ("mairie_mobile").
_TOWN_HALL_TYPES = frozenset({"mairie", "mairie_com", "paris_mairie"})
_BRANCH = re.compile(  # in a folded name; no commune of the reference has such words in its own
    r"\b(?:delegue|annexe|associe|arrondissement|secteur|proximite|antenne|mobile|de quartier)"
)
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")

Service = Mapping[str, object]


def read_json(data: bytes) -> list[Cells]:
    """The services as the CSV has them, one a row: `_USED`, then their cells.

    SheetError: "not-a-sheet" for another JSON, "workbook-damaged" (the row: the line) for a text
    that ends too early.
    """
    # What is no text comes out as U+FFFD, and its row is refused as one with a control character.
    text = data.decode(json.detect_encoding(data), errors="replace")
    try:
        document = json.loads(text, object_hook=_folded, parse_int=str, parse_float=str)
    except json.JSONDecodeError as error:
        raise SheetError("workbook-damaged", row=error.lineno) from None
    except RecursionError:
        raise SheetError("not-a-sheet", kind="JSON") from None
    return [_USED, *_services(document)]


def _folded(found: dict[str, object]) -> object:
    """A service as soon as it is read, without its opening hours and the rest: its cells."""
    is_service = {"nom", "pivot"} <= found.keys()
    return tuple(_cell(found.get(field)) for field in _USED) if is_service else found


def _cell(value: object) -> str:
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", value)
    return json.dumps(value) if isinstance(value, list | dict) else ""


def _services(document: object) -> Sequence[Cells]:
    """The list in the document: bulk ("service"), API ("results"), export (alone)."""
    if isinstance(document, dict):
        document = document.get("service", document.get("results"))
    services = [each for each in _listed(document) if isinstance(each, tuple)]
    if not services and document != []:
        raise SheetError("not-a-sheet", kind="JSON")
    return services


def unfolded(sheet: Sheet) -> Sheet:
    """The annuaire's CSV as a sheet that says the same in plain cells; any other as it is.

    Its headers are `HEADERS` and those of what a person added to the export. Where the person's own
    is like one of `HEADERS` ("Courriel"), the annuaire's is "Courriel (annuaire)". Its mairies keep
    their numbers. Two problems more, both not taken: "broken-json-cell", "second-town-hall"
    (`value` is its name, `suggestion` the one that is kept).
    """
    columns: dict[str, str] = {}
    for header in sheet.headers:
        field = _field(header)
        if field not in columns or header == field:  # "Téléphone" is a person's own
            columns[field] = header
    if not {"nom", "pivot"} <= columns.keys():
        return sheet
    exported = {header for field, header in columns.items() if field in _FIELDS}
    added = [header for header in sheet.headers if header not in exported]
    taken = set(map(fold, added))
    rows, problems = _mairies(sheet, columns)
    frame = sheet.frame.loc[[*rows], added].copy()
    own = [f"{each} (annuaire)" if fold(each) in taken else each for each in HEADERS]
    for i, each in enumerate(own):
        frame.insert(i, each, [cells[i] for cells in rows.values()])
    told = (*sheet.told, *problems)
    return replace(sheet, headers=(*own, *added), frame=frame.astype(object), told=told)


def _mairies(sheet: Sheet, columns: Mapping[str, str]) -> tuple[dict[int, Cells], list[RowProblem]]:
    found: dict[int, Cells] = {}
    told: list[RowProblem] = []
    town_halls: dict[int, _TownHall] = {}

    def tell(code: str, row: int, field: str, value: str, suggestion: str = "") -> None:
        words = shown(value), shown(suggestion)
        told.append(sheet.problem(code, row, columns[field], *words, taken=False))

    for row, cells in numbered(sheet.frame[[*columns.values()]]):
        said = dict(zip(columns, cells, strict=True))
        service = said | {field: _parsed(said[field]) for field in _USED if field in said}
        broken = [field for field, value in service.items() if value is None]
        town_hall = None if "pivot" in broken else _town_hall(service)
        if town_hall:
            # One with a broken cell still stands for its commune: no other replaces it.
            town_halls[row] = town_hall
        if broken and (town_hall or "pivot" in broken):
            tell("broken-json-cell", row, broken[0], said[broken[0]])
        elif town_hall:
            found[row] = _cells(service, town_hall)
    best = dict(zip(town_halls, _elected([*town_halls.values()]), strict=True))
    for row in [*found]:
        own, kept = town_halls[row], best[row]
        if kept is not own:
            del found[row]
            tell("second-town-hall", row, "nom", own.name, kept.name)
    return found, told


@dataclass(frozen=True, slots=True)
class _TownHall:
    """Which mairie a service is. Of those with one `whole_code` the lowest `rank` is kept."""

    code: str  # INSEE's, as it is written; "" where there is none
    whole_code: str  # with the zero that a spreadsheet takes away
    name: str
    commune: str  # as the name says it
    # names another commune, says more than the name, was not number one, how long its name is
    rank: tuple[bool, bool, bool, int]


def _field(header: str) -> str:
    return fold(header).replace(" ", "_")


def _elected(town_halls: Sequence[_TownHall]) -> list[_TownHall]:
    """For each, the one that is kept for its commune: itself, or a better one."""
    best: dict[str, _TownHall] = {}
    for each in town_halls:
        if each.rank < best.setdefault(each.whole_code, each).rank:
            best[each.whole_code] = each
    return [best[each.whole_code] if each.code else each for each in town_halls]


def _parsed(cell: str) -> object:
    """What a cell says, be it text or JSON; None where it begins as JSON and is none."""
    if not cell.lstrip().startswith(("[", "{")):
        return cell
    try:
        return json.loads(cell, parse_int=str, parse_float=str)
    except (json.JSONDecodeError, RecursionError):
        return None


def _town_hall(service: Service) -> _TownHall | None:
    """The mairie that a service is; None for everything else, branches included."""
    codes: list[str] = []
    types: set[str] = set()
    for pivot in _listed(service.get("pivot")):
        if not isinstance(pivot, dict):
            types.update(_texts(pivot))
            continue
        own = set(_texts(pivot.get("type_service_local")))
        types |= own
        if own & _TOWN_HALL_TYPES:
            codes += _texts(pivot.get("code_insee_commune"))
    if not types & _TOWN_HALL_TYPES:
        return None
    codes = codes or _texts(service.get("code_insee_commune"))
    known = (code for code in codes if _whole(code) in reference())
    code = next(known, codes[0] if codes else "")
    name = _text(service.get("nom"))
    if _BRANCH.search(fold(name)) or code in CITY_OF_DISTRICT:
        return None
    said = _said(name, reference().get(_whole(code)))
    is_first = _text(service.get("ancien_code_pivot")) == f"mairie-{_whole(code)}-01"
    rank = (not said, said != name, not is_first, len(name))
    return _TownHall(code, _whole(code), name, said or name, rank)


def _whole(code: str) -> str:
    return code.upper().zfill(5)


def _said(name: str, commune: Commune | None) -> str:
    """The name if it is the commune's ("Mairie - Lyon"), else what between its dashes is.

    "Lyon" of "Mairie - Lyon - Mairie centrale"; "" where nothing is.
    """
    if commune is None:
        return ""
    parts = (name, *re.split(r"\s+[-–—]\s+", name))
    return next((part for part in parts if says(part, commune)), "")


def _cells(service: Service, town_hall: _TownHall) -> Cells:
    """A cell for each of `HEADERS`."""
    address = _address(service.get("adresse"))
    complements = (_text(address.get(name)) for name in ("complement1", "complement2"))
    emails = (
        email.strip()
        for text in _texts(service.get("adresse_courriel"))
        for email in text.split(";")
    )
    return (
        town_hall.code,
        town_hall.commune,
        "; ".join(filter(None, emails)),
        "\n".join(filter(None, complements)),
        _text(address.get("numero_voie")),
        _text(address.get("service_distribution")),
        _text(address.get("code_postal")),
        _text(address.get("nom_commune")),
        *(
            "; ".join(_texts(service.get(field)))
            for field in ("telephone", "site_internet", "formulaire_contact")
        ),
    )


def _address(value: object) -> Service:
    """The one for letters, if a letter would arrive there; else that of the building."""
    addresses = [
        each if isinstance(each, dict) else {"numero_voie": each} for each in _listed(value)
    ]

    def order(address: Service) -> tuple[bool, bool]:
        reached = _text(address.get("code_postal")) and _text(address.get("nom_commune"))
        return not reached, fold(_text(address.get("type_adresse"))) != "adresse postale"

    return min(addresses, key=order, default={})


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else [value]


def _texts(value: object) -> list[str]:
    """The texts in a value: itself, those of a list, the "valeur" of each of its objects."""
    items = (item.get("valeur") if isinstance(item, dict) else item for item in _listed(value))
    return [
        _LONE_SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
        for item in items
        for each in _listed(item)
        if isinstance(each, str) and (text := each.strip())
    ]


def _text(value: object) -> str:
    return " ".join(_texts(value))
