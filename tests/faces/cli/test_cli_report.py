"""`report FOLDER`: pages and data for anybody, an edition each time, whatever is killed."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import html  # type: ignore[import-untyped]  # shipped without types
from tinyhtml5 import parser as html5  # type: ignore[import-untyped]  # WeasyPrint brings it

from merge.app import report_pages
from merge.app.opening import open_campaign
from merge.app.report import CONTRADICTORY, Report, Sums, combined
from merge.campaign.answers import ANSWERED, REPORT_COLUMNS, Row, State
from merge.french import maps
from merge.french.communes import reference
from merge.ledger.records import Answer, Grade, Meaning, Reply, Way
from merge.model import Audience
from merge.outcome import Sort
from tests.desk import HEADER, Desk, run
from tests.dying import dies

SENT = datetime(2026, 3, 1, 9, tzinfo=UTC)
TOWNS = (
    "35238;Rennes;F;Zénobie;QUARTZBERG;zenobie.q@example.org;7 impasse du Grillon;35000;Rennes",
    "35047;Bruz;M;Ulysse;WOXHALL;woxhall@example.org;9 quai des Hiboux;35170;Bruz",
    "35288;Saint-Malo;M;Barnabé;VEXLER;vexler@example.org;3 rue du Sextant;35400;Saint-Malo",
    "35115;Fougères;F;Philomène;KRUMB;krumb@example.org;2 rue des Bélîtres;35300;Fougères",
    "35360;Vitré;F;Cunégonde;ZYTHE;zythe@example.org;5 rue du Frelon;35500;Vitré",
    "35236;Redon;M;Hyacinthe;OBLOV;oblov@example.org;8 rue du Triton;35600;Redon",
    "06088;Nice;M;Évariste;DJINNOT;djinnot@example.org;1 rue du Lérot;06000;Nice",
    "97411;Saint-Denis;F;Ludivine;PAXTREM;paxtrem@example.org;4 rue du Gecko;97400;Saint-Denis",
)
NEVER = (
    *(cell for town in TOWNS for cell in town.split(";")[3:7]),
    *("secret de la note", "présent à la réunion", "paroles du courriel"),
)
DOCUMENT, KEPT = b"%PDF-1.7 the deliberation", b"%PDF-1.7 not for everybody"


def says(desk: Desk, town: str, meaning: str, days: int, **more: Any) -> None:
    at = SENT + timedelta(days=days)
    said: dict[str, Any] = {"note": "secret de la note", "noted_at": datetime.now(UTC), **more}
    with open_campaign(desk.folder, access="share", command="answer") as campaign:
        campaign.ledger.answers.add(Answer(key=town, meaning=meaning, at=at, **said))


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """Eight were written to: six have answered, one has not, and one letter came back."""
    desk.ok("import", str(desk.sheet(*TOWNS, header=HEADER)))
    at = f"{SENT:%Y-%m-%d %H:%M:%S.%f}"
    desk.sql("UPDATE deliveries SET status = 'sent', at = :at", at=at)
    desk.sql("UPDATE deliveries SET status = 'bounced' WHERE recipient = '97411'")
    with open_campaign(desk.folder, access="share", command="answer") as campaign:
        document, kept = campaign.archive.put([DOCUMENT, KEPT])
        mail = Reply(identity="1", sort=Sort.ANSWER, at=SENT + timedelta(days=9), key="35236")
        campaign.ledger.replies.keep([mail])
    proof = {"grade": Grade.DELIBERATION, "address": "https://bruz.example.org/d?a=1&b=2"}
    says(desk, "35047", Meaning.YES, 30, evidence=document, published=True, **proof)
    says(desk, "35238", Meaning.NO, 10, way=Way.POST, evidence=kept)
    says(desk, "35288", Meaning.CONDITIONS, 4, way=Way.PHONE)
    says(desk, "35115", "présent à la réunion", 6)
    says(desk, "06088", Meaning.RECEIVED, 2, way=Way.EMAIL)
    return desk


@pytest.fixture
def folder(desk: Desk, tmp_path: Path) -> Path:
    desk.ok("report", str(tmp_path / "site"))
    return tmp_path / "site"


def files(folder: Path) -> Mapping[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def rows(folder: Path) -> Mapping[str, Row]:
    text = (folder / "communes.csv").read_text("utf-8")
    return {row["insee"]: row for row in csv.DictReader(io.StringIO(text))}


def words(folder: Path, page: str) -> str:
    text = html.document_fromstring((folder / page).read_bytes()).text_content()
    return " ".join(text.split())


def is_whole(folder: Path) -> bool:
    lines = (folder / "SHA256SUMS").read_text("utf-8").splitlines()
    sums = {name: digest for digest, name in (line.split("  ") for line in lines)}
    there = {name: data for name, data in files(folder).items() if "editions/" not in name}
    made = {name: hashlib.sha256(data).hexdigest() for name, data in there.items()}
    return sums == {name: made[name] for name in made if name != "SHA256SUMS"}


def test_no_file_has_a_name_an_address_or_a_note_of_the_list(desk: Desk, folder: Path) -> None:
    says(desk, "35047", Meaning.NO, 31)
    with (desk.folder / "letter.md").open("a", encoding="utf-8") as letter:
        letter.write("\n{# secret de la note #}\n\n")
        letter.write('{% if maire.nom == "ZYTHE" %}Chère{% else %}Cher{% endif %} élu.\n')
    desk.ok("report", str(folder))
    assert "Chère / Cher élu." in words(folder, "methode.html")
    found = files(folder)
    assert {"index.html", "methode.html", "departement/35.html", "editions/"} <= {
        name if "editions/" not in name else "editions/" for name in found
    }
    told = [
        (name, never)
        for name, data in found.items()
        for never in NEVER
        if never.casefold() in data.decode("utf-8").casefold()
    ]
    assert told == []


def test_a_row_says_what_came_of_it_and_silence_is_no_refusal(folder: Path) -> None:
    assert is_whole(folder)
    columns = ("written_on", "answered_on", "state", "grade", "address")
    assert {insee: tuple(row[name] for name in columns) for insee, row in rows(folder).items()} == {
        "06088": ("2026-03-01", "2026-03-03", "answers-otherwise", "email", ""),
        "35047": (
            *("2026-03-01", "2026-03-31", "engaged", "deliberation"),
            "https://bruz.example.org/d?a=1&b=2",
        ),
        "35115": ("2026-03-01", "2026-03-07", "answers-otherwise", "", ""),
        "35236": ("2026-03-01", "2026-03-10", "answers-otherwise", "", ""),
        "35238": ("2026-03-01", "2026-03-11", "refuses", "letter", ""),
        "35288": ("2026-03-01", "2026-03-05", "engaged-with-conditions", "spoken", ""),
        "35360": ("2026-03-01", "", "no-answer-yet", "", ""),
        "97411": ("", "", "not-reached", "", ""),
    }
    said = words(folder, "index.html")
    assert "8 recipients written to" in said
    assert "6 have answered of 7 reached: 86 % (95 %: between 49 and 97 %)" in said
    assert "1 of these answers has not been read to the end yet" in said
    assert "Time to the answer: 8 days in the median; half of the answers took from 4 to 10" in said
    methode = words(folder, "methode.html")
    assert "[of the commune]" in methode
    assert "contact@example.org" in methode


def test_a_document_is_published_only_where_somebody_has_ticked_it(
    desk: Desk, folder: Path
) -> None:
    digests = [hashlib.sha256(each).hexdigest() for each in (DOCUMENT, KEPT)]
    assert [rows(folder)[insee]["evidence"] for insee in ("35047", "35238")] == digests
    assert [path.name for path in (folder / "preuves").iterdir()] == [f"{digests[0]}.pdf"]
    page = html.document_fromstring((folder / "departement" / "35.html").read_bytes())
    assert f"../preuves/{digests[0]}.pdf" in page.xpath("//td/a/@href")
    assert "https://bruz.example.org/d?a=1&b=2" in page.xpath("//td/a/@href")
    erased = desk.ok("purge", "--really", "--yes")
    assert str(folder) in erased.out + erased.err  # it is out of reach
    desk.ok("report", str(folder))
    assert not (folder / "preuves").exists()
    assert "0 corrections" in words(folder, "index.html")


def test_pages_are_right_load_a_style_alone_and_lead_to_what_is_there(folder: Path) -> None:
    pages = sorted(folder.rglob("*.html"))
    assert [each.stem for each in pages] == ["06", "35", "974", "index", "methode"]
    for path in pages:
        text = path.read_text("utf-8")
        parser = html5.HTMLParser()
        parser.parse(text)
        assert parser.errors == [], path
        page = html.document_fromstring(text)
        assert page.xpath("//script | //@style | //@src | //@onclick | //style") == []
        assert "default-src 'none'" in page.xpath("//meta[@http-equiv]/@content")[0]
        for link in page.xpath("//@href"):
            if not urlsplit(link).scheme:
                assert (path.parent / link).is_file(), link
    style = (folder / "style.css").read_text("utf-8")
    assert "url(" not in style
    assert "@import" not in style


def test_a_map_has_each_commune_once(folder: Path) -> None:
    page = html.document_fromstring((folder / "departement" / "35.html").read_bytes())
    assert page.xpath("//g/path/title/text()") == [
        "Bruz",
        "Fougères",
        "Redon",
        "Rennes",
        "Saint-Malo",
    ]
    assert {*page.xpath("//figure/svg/g/@class")} == {*State} - {State.SILENT, State.LOST}


def test_borders_are_drawn_once_and_enclose_the_same() -> None:
    """By the edges of the outlines themselves."""
    sheet = maps.of("35")
    assert sheet is not None
    square, beside, hole = (
        "M0 0l4 0 0 4-4 0z",
        "M4 0l4 0 0 4-4 0z",
        "M0 0l9 0 0 9-9 0zM3 3l0 3 3 0 0-3z",
    )
    assert maps.together([square, beside]) == ("M0 0m0 0 4 0 4 0 0 4-4 0-4 0 0-4", "M0 0m4 4 0-4")
    assert maps.together([hole, "M3 3l3 0 0 3-3 0z"])[0] == "M0 0m0 0 9 0 0 9-9 0 0-9"
    around, between = maps.together(sheet.paths.values())
    assert len(around + between) < 0.7 * len("".join(sheet.paths.values()))


def test_the_data_are_what_their_description_says(folder: Path) -> None:
    package = json.loads((folder / "datapackage.json").read_bytes())
    for each in package["resources"]:
        data = (folder / each["path"]).read_bytes()
        assert (each["bytes"], each["hash"]) == (
            len(data),
            f"sha256:{hashlib.sha256(data).hexdigest()}",
        )
    fields = package["resources"][0]["schema"]["fields"]
    assert tuple(field["name"] for field in fields) == REPORT_COLUMNS
    for row in rows(folder).values():
        for field in fields:
            cell = row[field["name"]]
            if cell and field["type"] == "date":
                assert date.fromisoformat(cell) >= SENT.date()
            elif cell:
                assert cell in field.get("constraints", {}).get("enum", [cell])
    places = json.loads((folder / "communes.geojson").read_bytes())
    assert places["type"] == "FeatureCollection"
    found = {each["properties"]["insee"]: each["geometry"] for each in places["features"]}
    assert found.keys() == {i for i, row in rows(folder).items() if row["answered_on"]}
    assert found["35238"]["type"] == "Point"
    longitude, latitude = found["35238"]["coordinates"]
    assert (abs(longitude + 1.68), abs(latitude - 48.11)) < (0.1, 0.1)


def test_the_next_edition_says_what_has_changed_and_keeps_the_one_before(
    desk: Desk, folder: Path
) -> None:
    before = files(folder)
    says(desk, "35238", Meaning.YES, 40)
    says(desk, "35360", Meaning.YES, 41)
    desk.ok("report", str(folder), "--contact", "droit@example.org")
    today = f"{datetime.now():%Y-%m-%d}"
    assert is_whole(folder)
    assert files(folder / "editions" / today) == before
    said = words(folder, "index.html")
    assert "1 new answer: Vitré (35)" in said
    assert "1 correction: Rennes (35)" in said
    corrected = {i for i, row in rows(folder).items() if row["corrected_on"] == today}
    assert corrected == {"35238"}
    assert f"corrected on {today}" in words(folder, "departement/35.html")
    methode = words(folder, "methode.html")
    assert f"Rennes (35): agrees, corrected on {today}" in methode
    assert "droit@example.org" in methode
    desk.ok("report", str(folder))
    assert "0 new answers" in words(folder, "index.html")
    assert rows(folder)["35238"]["corrected_on"] == today
    assert {each.name for each in (folder / "editions").iterdir()} == {today, f"{today}-2"}


@pytest.mark.parametrize(
    "what", ["a file beside", "a changed page", "another campaign", "no edition"]
)
def test_a_folder_with_anything_else_is_refused_and_left_as_it_is(
    what: str, desk: Desk, folder: Path, tmp_path: Path
) -> None:
    if what == "a file beside":
        (folder / "mine.txt").write_text("mine", encoding="utf-8")
    elif what == "a changed page":
        (folder / "index.html").write_text("mine", encoding="utf-8")
    elif what == "no edition":
        shutil.rmtree(folder)
        (folder / "below").mkdir(parents=True)
        (folder / "below" / "mine.txt").write_text("mine", encoding="utf-8")
    else:
        desk = Desk.made(tmp_path / "other")
    before = files(tmp_path / "site")
    said = desk.run("report", str(folder))
    assert said.code == 2
    assert "no edition of this report" in said.err
    assert files(folder) == before


@pytest.mark.parametrize(
    "point",
    [
        "shutil:copytree before",
        "merge.app.report_pages:files after",
        "pathlib:Path.rename before",
        "pathlib:Path.rename after",
        "merge.app.editions:_take_place before",
        "merge.app.editions:_take_place after",
    ],
)
def test_whatever_is_killed_the_next_one_finds_an_edition_and_keeps_it(
    point: str, desk: Desk, folder: Path, tmp_path: Path
) -> None:
    before = files(folder)
    says(desk, "35360", Meaning.YES, 41)
    dies(desk, *point.split(), "report", str(folder))
    if folder.exists():  # else between two renames
        assert is_whole(folder)
        is_new = rows(folder)["35360"]["state"] == "engaged"
        assert is_new == (point == "merge.app.editions:_take_place after")
    desk.ok("report", str(folder))
    assert is_whole(folder)
    assert rows(folder)["35360"]["state"] == "engaged"
    assert before in [files(each) for each in (folder / "editions").iterdir()]
    assert {each.name for each in tmp_path.glob("*site*")} == {"site"}


def test_what_a_campaign_or_a_commune_is_called_is_text(desk: Desk, tmp_path: Path) -> None:
    settings = desk.folder / "campaign.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("Pas de VSA", "<script>alert(1)</script>"), encoding="utf-8")
    desk.sql("UPDATE recipients SET commune = '<img src=x>' WHERE key = '35047'")
    desk.sql("UPDATE recipients SET commune = '=1+1' WHERE key = '35236'")
    desk.ok("report", str(tmp_path / "site"))
    for path in (tmp_path / "site").rglob("*.html"):
        assert html.document_fromstring(path.read_bytes()).xpath("//script | //img") == []
    assert rows(tmp_path / "site")["35236"]["commune"] == "'=1+1"


def test_figures_alone_of_people_and_no_map_of_organisations(tmp_path: Path) -> None:
    kinds: Sequence[tuple[Audience, str, int]] = (
        ("people", "figures.csv", 0),
        ("organisations", "recipients.csv", 1),
    )
    for audience, data, answered in kinds:
        desk = Desk(tmp_path / audience)
        desk.make(audience=audience)
        header = "Prénom;Nom;Organisation;E-mail"
        desk.ok(
            "import",
            str(desk.sheet("Zénobie;QUARTZBERG;École du Port;z@example.org", header=header)),
        )
        desk.ok("answer", "1", "yes")
        site = tmp_path / f"{audience}-site"
        desk.ok("report", str(site))
        found = files(site)
        assert found.keys() == {
            *("index.html", "methode.html", "style.css", "datapackage.json", "SHA256SUMS", data)
        }
        everything = b"".join(found.values()).decode()
        assert "Quartzberg" not in everything
        assert '<svg viewBox="0 0 6' not in everything
        assert ("École du Port" in everything) == bool(answered)
        desk.ok("report", str(site))  # an edition more


def test_reports_of_several_groups_keep_what_contradicts(
    desk: Desk, folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "Les Voisins" / "communes.csv"
    other.parent.mkdir()
    columns = [*REPORT_COLUMNS]
    lines = [
        "35047,<b>x</b>,35,email,2026-04-01,,2026-04-09,refuses,letter,javascript:alert(1),,",
        "35360,=cmd,99,paper,2026-04-01,,2026-04-02,engaged,letter,,,",
        "35238,Rennes,35,email,2026-04-01,,,no-answer-yet,,,,",
    ]
    other.write_text("\r\n".join([",".join(columns), *lines, ""]), encoding="utf-8")
    (other.parent / "datapackage.json").write_text("[" * 99_999, encoding="utf-8")
    joined = tmp_path / "joined"
    said = run("report", "--merge", str(folder / "communes.csv"), str(other), str(joined))
    assert said.code == 0, said.err
    assert f"{other}:2: javascript:alert(1): no address of the web" in said.err
    with (joined / "communes.csv").open(encoding="utf-8", newline="") as file:
        told = [(r["insee"], r["commune"], r["state"], r["asked_by"]) for r in csv.DictReader(file)]
    assert ("35047", "Bruz", "engaged", "Collectif d'exemple") in told
    assert ("35047", "Bruz", "refuses", "Les Voisins") in told
    assert ("35360", "Vitré", "engaged", "Les Voisins") in told
    text = words(joined, "index.html")
    assert "1 recipient has answered several groups differently" in text
    assert "1 contradictory answers" in text
    page = html.document_fromstring((joined / "departement" / "35.html").read_bytes())
    assert page.xpath("//g[@class='contradictory']/path/title/text()") == ["Bruz"]
    assert b"javascript:" not in b"".join(files(joined).values())
    run("report", "--merge", str(folder / "communes.csv"), str(other), str(joined))
    assert "0 new answers" in words(joined, "index.html")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "state,",
            "stat,",
            "communes.csv:1: This is no report of publipostage: its column “state”",
        ),
        ("refuses", "perhaps", "communes.csv:6: This is no report"),
        ("2026-03-11", "2026-13-11", "has “2026-13-11”"),
        ("35238", "3523X", "has “3523X”"),
        ("insee", "\x00", ""),
    ],
)
def test_a_file_that_is_no_report_is_refused_with_its_row(
    before: str, after: str, told: str, folder: Path, tmp_path: Path
) -> None:
    path = tmp_path / "their" / "communes.csv"
    path.parent.mkdir()
    text = (folder / "communes.csv").read_text("utf-8")
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    said = run("report", "--merge", str(path), str(path), str(tmp_path / "joined"))
    assert (said.code, (tmp_path / "joined").exists()) == (2, False)
    assert told in said.err


def test_options_that_make_no_sense_together_are_refused(desk: Desk, tmp_path: Path) -> None:
    site = str(tmp_path / "site")
    for asked in (
        (site, "--csv"),
        ("--contact", "x@example.org"),
        (site, "another"),
        ("--merge", site),
        ("--merge", "--csv", site, site, site),
    ):
        assert desk.run("report", *asked).code == 2
    assert not Path(site).exists()


def test_all_of_france_is_five_megabytes_and_no_page_is_heavy() -> None:
    """With an answer of every tenth commune, and the document of every second answer kept."""
    asked = {"channel": "email", "written_on": "2026-03-01"}
    answer = {"answered_on": "2026-04-01", "grade": "letter"}
    states, kept = itertools.cycle(ANSWERED), itertools.cycle(("", "a" * 64))
    rows = [
        dict.fromkeys(REPORT_COLUMNS, "")
        | {"insee": each.insee, "commune": each.name, "department": each.department, **asked}
        | (
            {**answer, "state": next(states), "evidence": next(kept)}
            if n % 10 == 0
            else {"state": State.SILENT}
        )
        for n, each in enumerate(reference().values())
    ]
    made = report_pages.files(Report(id="", name="N", group="G", at=SENT, rows=rows))
    assert sum(map(len, made.values())) < 5_000_000
    assert max(len(data) for name, data in made.items() if name.endswith(".html")) < 150_000


def test_towns_of_several_reports_are_one_each() -> None:
    def town(state: str) -> Row:
        return {"insee": "35238", "commune": "Rennes", "state": state}

    for states, one in (
        (["engaged", "engaged"], "engaged"),
        (["no-answer-yet", "refuses"], "refuses"),
        (["refuses", "not-reached"], "refuses"),
        (["not-reached", "no-answer-yet"], "no-answer-yet"),
        (["engaged", "refuses", "engaged"], CONTRADICTORY),
    ):
        assert [row["state"] for row in combined([*map(town, states)])] == [one]


def test_an_interval_is_wilsons_and_only_of_few() -> None:
    some = Sums(written=10, reached=10, states={State.ENGAGED: 1, State.SILENT: 9}, days=())
    assert some.share(1) == (10, (2, 40))
    assert some.quartiles == ()
    many = Sums(written=300, reached=300, states={State.ENGAGED: 30, State.SILENT: 270}, days=())
    assert many.share(30) == (10, None)
