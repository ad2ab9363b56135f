"""What is said of a campaign to people or to organisations: nothing of mayors, nothing of communes.

Whole evenings are played for each, on the terminal and on every page; both are read in French.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import chdir
from io import BytesIO
from pathlib import Path
from typing import Any, get_args

import pytest
from lxml import html  # type: ignore[import-untyped]  # shipped without types

from merge.app import uploads
from merge.errors import SheetError
from merge.model import Audience
from merge.recipients.columns import assign, understood
from merge.recipients.headers import fields_of
from merge.words import columns, speaking
from merge.words.language import opened_for
from tests import mails
from tests.desk import a_user
from tests.evening import GROUP, Evening
from tests.servers.faults import FaultServer
from tests.webserver import ANY, Page, address, asked, here

NAMES: dict[Audience, tuple[str, Sequence[str]]] = {
    "people": (
        "Civilité;Prénom;Nom",
        (
            *("Mme;Anne;MARTIN", "M.;Paul;MARTIN", "Dr;Lou;ROY", "Mme;Ève;LEROY", ";Claude;PETIT"),
            *("Mme;Zoé;LE GALL", "M.;Luc;BLANC", "Mme;Inès;MOREL", "M.;Jean-Luc;FABRE"),
            *("Mme;Käthe;MEYER", "M.;Étienne;CELIK", "Mme;Nathalie;APPERE"),
        ),
    ),
    "organisations": (
        "Organisation;Prénom;Nom",
        (
            *("École Ferry;;", "Lycée Curie;Anne;MARTIN", "Collège Hugo;;", "Amicale du Port;;"),
            *("Théâtre du Lac;;", "Ciné-club;;", "Chorale;Luc;BLANC", "Fanfare;;"),
            *("Imprimerie Roy;;", "Librairie du Port;;", "Ludothèque;;", "Ets Petit;Lou;PETIT"),
        ),
    ),
}
PERSON = "Nom;Adresse;Code postal;Ville"
MAILBOXES = ("anne@example.org", "drop-after-dot@example.org", "550@example.org")
LETTER = """\
---
subject: Pour vous
---

{{ salutation }},

Nous vous écrivons à {{ ville }}, {{ rang }}.

{{ signature }}
"""


def sheet(audience: Audience) -> str:
    """Twelve of them: two have no mailbox, and what one has is none."""
    header, names = NAMES[audience]
    mailboxes = [*MAILBOXES, *(f"b{n}@example.org" for n in range(6)), "x(at)example.org", "", ""]
    rows = [
        f"{name};{mailbox};{n} rue du Port;35000;Rennes;{n}"
        for n, (name, mailbox) in enumerate(zip(names, mailboxes, strict=True), 1)
    ]
    return "\n".join([f"{header};Courriel;Adresse;Code postal;Ville;Rang", *rows, ""])


def evening(folder: Path, audience: Audience) -> tuple[Path, list[str]]:
    """The campaign of one, and what the terminal has shown of it."""
    campaign = folder / "campagne"
    campaign.mkdir()
    (folder / "liste.csv").write_text(sheet(audience), encoding="utf-8-sig")
    shown = Evening()
    with FaultServer().running() as server, chdir(campaign):
        play(shown, audience, server.port)
    return campaign, shown.shown


def play(shown: Evening, audience: Audience, port: int) -> None:
    """From `new` to `report`."""
    types = shown.types
    types("new", ".", *GROUP, "--for", audience, "--address-source", "votre adhésion")
    types("import", "../liste.csv")
    Path("letter.md").write_text(LETTER, encoding="utf-8")
    types("check")
    types("preview", "1")
    types("send")
    types("account", "set", "--host", "localhost", "--port", str(port), "--tls", "none")
    types("send", "--really", "--untested", "--yes")
    types("status")
    Path("mails").mkdir()
    for name, data in {
        "1.eml": shown.answer("1", "Anne <anne@example.org>"),
        "2.eml": shown.came_back("4", "b0@example.org"),
        "3.eml": mails.answer(refers="", sender="Lou <x@example.com>"),
    }.items():
        Path("mails", name).write_bytes(data)
    types("replies", "--from", "mails")
    types("answer", "1", "yes", "--note", "Avec plaisir")
    types("resolve")
    types("edit", "10", "courriel=dix@example.org")
    types("suppress", "b3@example.org")
    types("print")
    types("print", "--printed", "1")
    types("print", "--posted", "1")
    types("send", "--really", "--yes")
    types("status")
    types("log")
    types("log", "--attempts")
    types("log", "--format", "csv")
    types("show", "1")
    types("show", "12")
    types("show", "nobody")
    types("remind", "--after", "21d")
    types("purge")
    types("report")
    types("report", "--csv")
    types("report", "../site")
    types("print", "--returned", "11")
    types("edit", "1", "titre=Marquis")
    types("edit", "1", "civilité=Marquis")
    Path("vide.csv").write_text("Rue;Note\n1 rue du Port;x\n", encoding="utf-8")
    types("import", "vide.csv")
    for wrong in ("{{ x.y }}", "[nom]", "{{ prenom", "{{ salutation.__class__ }}"):
        Path("letter.md").write_text(LETTER.replace("{{ rang }}", wrong), encoding="utf-8")
        types("check")
    Path("letter.md").write_text(LETTER, encoding="utf-8")


# --- the two evenings -----------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["people", "organisations"])
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, list[str]]]:
    folder = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**a_user(folder), "PUBLIPOSTAGE_LANG": "fr"}.items():
            patch.setenv(name, value)
        campaign, shown = evening(folder, request.param)
        again = BytesIO(sheet(request.param).encode())
        waits = uploads.keep(campaign.resolve(), "liste.csv", again)
        WAITS["waiting"] = waits.token
        yield campaign, shown


@pytest.fixture
def today(played: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(played[0].parent / "home"))
    with here(played[0]) as server:
        yield server.enter(language="fr")


OF_COMMUNES = re.compile(
    r"\b(ma[iî]res?|mairies?|communes?|insee|habitante?s?|population|article)\b", re.IGNORECASE
)
JUSTIFIED = (
    # The choice of whom a campaign writes to.
    *("communes (leurs maires)", '"communes" (leurs maires)'),
    "comme d’habitude communes personnes",
    # Where they live who write.
    *("La commune d’où vous écrivez", "La même commune, par son code INSEE"),
    "La même ville, par son code INSEE.",
    # Columns of a file for other programs.
    *("key,commune,channel,status", "insee,commune,department,channel"),
)


def of_communes(text: str) -> list[str]:
    """What speaks of mayors or communes, each with the words around it."""
    for each in JUSTIFIED:
        text = text.replace(each, "")
    return [text[max(0, m.start() - 60) : m.end() + 30] for m in OF_COMMUNES.finditer(text)]


def test_no_command_speaks_of_mayors_or_communes(played: tuple[Path, list[str]]) -> None:
    campaign, shown = played
    found = [each for line in "\n".join(shown).splitlines() for each in of_communes(line)]
    pages = (campaign.parent / "site").glob("*.html")
    report = "".join(html.fromstring(page.read_bytes()).text_content() for page in pages)
    assert not found + of_communes(report), "\n".join(found)
    assert "12 destinataires" in "\n".join(shown)
    assert "engagée" not in "\n".join(shown) + report


# --- every page -----------------------------------------------------------------------------------

WAITS: dict[str, object] = {}
"""A file that was read, and not yet taken."""

NOT_HERE = {
    "delete": 409,
    "result-published": 404,
    "evidence": 422,
    "posted": 400,
    **dict.fromkeys(
        ("recipient-file", "paper-file", "letter-file", "keeping-file", "result-map"),
        404,
    ),
}
"""No map, no picture, no document, nothing published or asked for twice; number 1 has no paper; no
test sheet or copy was made."""
_READ = ("placeholder", "title", "aria-label", "alt", "label")


def read_of(shown: Page) -> str:
    """All that a person reads or hears of a page, and what its scripts are told."""
    heard = [each.get(name) for each in shown.html.iter() for name in _READ if each.get(name)]
    return " ".join(" ".join([*shown.html.itertext(), *heard]).split())


def test_no_page_speaks_of_mayors_or_communes(today: Page) -> None:
    root = today.url.partition("c/1")[0]
    (frame,) = today.client.get(f"{root}c/1/letter").html.iter("iframe")
    token = str(frame.get("src")).split("/")[-2]
    known = {**ANY, **WAITS, "token": token, "file": "letter.pdf"}
    found, read = [], 0
    for route in (each for each in asked("GET") if "{campaign" in each.path):
        shown = today.client.get(root + address(route, **known))
        assert shown.status == NOT_HERE.get(route.name, 200), (route.name, shown.answer.text[:500])
        if shown.answer.headers.get("content-type", "").startswith("text/html"):
            read += 1
            found += [f"{route.name}: {each}" for each in of_communes(read_of(shown))]
    assert not found, "\n".join(found)
    assert read > 20


def test_result_has_no_departements_where_the_list_has_none(today: Page) -> None:
    root = today.url.partition("c/1")[0]
    result = read_of(today.client.get(f"{root}c/1/result"))
    assert "épartement" not in result
    assert "engagé" not in result


def test_what_was_wrong_in_a_form_is_told_in_their_words(today: Page) -> None:
    root = today.url.partition("c/1")[0] + "c/1"
    by_hand = today.client.get(f"{root}/recipients").press("Regarder")
    assert by_hand.status == 422
    typed: dict[str, Any] = {"edit-3": "Marquis"}
    edited = today.client.get(f"{root}/recipients/1").press("Garder la correction", **typed)
    assert edited.status == 422
    assert not [each for page in (by_hand, edited) for each in of_communes(read_of(page))]


# --- what decides columns and fields --------------------------------------------------------------


@pytest.mark.parametrize("called", get_args(Audience))
def test_a_page_offers_for_a_column_what_its_recipients_can_have(called: Audience) -> None:
    with speaking("en"):
        opened_for(called)
        offered = [field for _label, fields in columns.groups() for field, _words in fields]
    assert len(offered) == len(set(offered))
    of_others = {"organisation", "country", "region"} if called == "communes" else set()
    assert set(offered) == set(fields_of(called)) - of_others


def test_a_column_is_not_taken_for_what_only_communes_have() -> None:
    for called in ("insee", "article_code", "code insee"):
        with pytest.raises(SheetError) as refused:
            assign(["Nom", "X"], overrides={called: "X"}, audience="people")
        assert refused.value.code == "not-one-of"
        assert "insee" not in str(refused.value.facts["choices"])
    assert assign(["Nom", "X"], overrides={"commune": "X"}, audience="people").fields == {
        "surname": 0,
        "locality": 1,
    }
    assert not understood(["Nom", "Code INSE"], audience="people").close
