"""Every page of several campaigns, as a person reads it: short, light, and without a word of code.

What is folded, and the rows of a table, are read by whoever asks for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from merge.app import following, uploads
from merge.french.communes import reference
from tests import cameback, evening
from tests.desk import HAVRE, HEADER, NICE, Desk, Y
from tests.faces.page.test_web_jobs import over
from tests.faces.page.test_web_once import planned, yes
from tests.sending import with_account
from tests.servers.capture import CaptureServer
from tests.servers.ports import until
from tests.webserver import ANY, Page, address, asked, here, is_page

pytest_plugins = ["tests.servers.fixtures"]

ODD = (
    *(HEADER, NICE, "06088;Nice;M;Jean;NON;autre@example.org;;;"),
    *("35238;Rennes;;;B C;r@oange.fr;;;", "99999;Nulle-Part;M;X;Y;n@example;;;"),
    ";Saint-Denis;X;Camille;D;s@example.org;1 rue;9320;S",
)
"""Rows of which each has something that is asked, changed or left aside."""


def _many(desk: Desk, *more: str) -> None:
    """400 towns, and these rows; every hundredth has no word for a column."""
    towns = [*reference().values()][:400]
    rows = [
        f"{each.insee};{each.name};F;A;B;mairie-{each.insee}@example.org;;;;{'x' * (n % 100 > 0)}"
        for n, each in enumerate(towns)
    ]
    desk.run("import", str(desk.sheet(*rows, *more, header=f"{HEADER};Mot")))


def _empty(folder: Path, server: CaptureServer) -> Path:
    return Desk.made(folder).folder


def _faulty(folder: Path, server: CaptureServer) -> Path:
    """Slips in the letter and its subject, a blank that some lack, a list with odd rows."""
    desk = Desk.made(folder)
    _many(desk, NICE, HAVRE, Y, *ODD[3:])
    letter = desk.folder / "letter.md"
    text = letter.read_text("utf-8").replace("Pas de", "L'an dernier, pas  de de")
    letter.write_text(f"{text}\nNous vous ecrivons,Monsieur , et et {{{{ mot }}}} (M\n", "utf-8")
    desk.connect(server)
    return desk.folder


def _broken(folder: Path, server: CaptureServer) -> Path:
    """Of which no letter can be made."""
    desk = Desk.made(folder, NICE)
    desk.connect(server)
    letter = desk.folder / "letter.md"
    letter.write_text(f"{letter.read_text('utf-8')}\nÀ [xx], {{{{ rien }}}}\n", "utf-8")
    return desk.folder


def _running(folder: Path, server: CaptureServer) -> Path:
    desk = Desk.made(folder)
    _many(desk)
    desk.connect(server)
    with_account(desk, "per_minute = 20")
    return desk.folder


def _returns(folder: Path, server: CaptureServer) -> Path:
    return cameback.campaign(Desk(folder / "campaign"), server).folder


def _over(folder: Path, server: CaptureServer) -> Path:
    return evening.over(folder)


@pytest.mark.parametrize("make", [_empty, _faulty, _broken, _running, _returns, _over])
def test_a_page_is_short_and_light_and_says_no_code(
    make: Callable[[Path, CaptureServer], Path],
    tmp_path: Path,
    capture_server: CaptureServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    place = make(tmp_path, capture_server)
    waits = uploads.keep(place.resolve(), "communes.csv", BytesIO("\n".join(ODD).encode()))
    with here(place) as server:
        today = server.enter(language="fr")
        if make is _running:
            yes(planned(server.enter(server.token()).follow("Send")), 400)
            assert capture_server.wait_for(20)
        if make is _faulty:
            today.at("send?step=letters").submit("/check")
            until(lambda: "<progress" not in today.at("send?step=letters").answer.text)
        found = []
        for route in asked("GET"):
            path = address(route, **ANY, waiting=waits.token)
            shown = today.client.get(server.root + path)
            if is_page(shown):
                found += [f"{path}: {each}" for each in _against(shown)]
    if make is _running:
        seen = Desk(place).reads(following.last_sending)
        assert seen
        following.ask_to_stop(place, seen.record.number)
        over(Desk(place))
    assert not found, "\n".join(found)


CODE = re.compile(
    r"\b\w+\.(?:md|toml|css|db)\b|Tâche \d|Message-ID|\b(?:SMTP|IMAP|STARTTLS|TLS)\b|"
    r"\b\d{4}-\d\d-\d\d\b|\b\w+(?:Error|Exception)\b|\{\{|:::|subject:|\\|`|"
    r"\b[01] (?:lignes|lettres|courriels)\b|\b(?:nan|None|Undefined)\b"
)
MOST_WORDS, MOST_WORDS_WITH_A_TABLE, MOST_BYTES = 250, 500, 150_000
UNSEEN = (
    *(".//script", ".//style", ".//template", ".//noscript", ".//textarea", ".//option"),
    *(".//*[@id='editor']", ".//*[contains(@class, 'unseen')]"),
)
FOR_WHO_HELPS = ".//details[@id='advanced' or starts-with(normalize-space(summary), 'Détails')]"
FOLDED = (".//details/*[not(self::summary)]", ".//tbody")
PRIMARY = (
    ".//button[not(@class)] | .//*[contains(concat(' ', @class, ' '), ' btn ')"
    " and not(contains(@class, 'plain') or contains(@class, 'grave'))]"
)


def _drop(main: Any, *paths: str) -> None:
    for path in paths:
        for each in main.xpath(path):
            each.drop_tree()


def _against(shown: Page) -> Iterator[str]:
    """What a person would have against it."""
    html = shown.html
    if (weight := len(shown.answer.content)) > MOST_BYTES:
        yield f"{weight} bytes"
    if (titles := len(html.xpath("//h1"))) != 1:
        yield f"{titles} h1"
    for select in html.iter("select"):
        said = [each.text_content().strip() for each in select.iter("option")]
        if len({*said}) < len(said):
            yield f"the same choice twice: {said}"
    (main,) = html.iter("main")
    _drop(main, *UNSEEN, FOR_WHO_HELPS)
    for code in CODE.finditer(words := " ".join(main.text_content().split())):
        yield f"code: {words[max(code.start() - 40, 0) : code.end() + 20]}"
    has_table = bool(main.xpath(".//table"))
    _drop(main, *FOLDED)
    primary = [each.text_content().strip() for each in main.xpath(PRIMARY)]
    if len(primary) > 1:
        yield f"primary: {primary}"
    n, most = len(main.text_content().split()), MOST_WORDS_WITH_A_TABLE if has_table else MOST_WORDS
    if n > most:
        yield f"{n} words"
