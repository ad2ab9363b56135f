"""A simulated inserter drops, doubles and swaps sheets; its log settles lots letter by letter."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from merge.app.opening import open_campaign
from merge.campaign.inserter import InserterLog, LotPlace, Unread, read_log
from merge.errors import SheetError
from merge.ledger.printing import Inserted
from merge.model import Page, Status
from tests.codes import matrices
from tests.desk import HAVRE, Desk
from tests.pages import need_pages
from tests.test_page import picture_of

HEADERS = ("Enveloppe", "Code", "Statut")
ROWS = [
    HAVRE,
    *(
        f"{code};{name};F;Anne;ROY;;1 rue de la Mairie;{postcode};{name}"
        for code, name, postcode in (
            ("35238", "Rennes", "35000"),
            ("44109", "Nantes", "44000"),
            ("59350", "Lille", "59000"),
            ("80829", "Y", "80190"),
        )
    ),
]

# --- What a log says, without a campaign ----------------------------------------------------------

DIGESTS = {1: "aaaaaaaa00", 2: "bbbbbbbb00", 3: "cccccccc00"}
PAGES = {
    LotPlace(1, at): Page(key=f"k{at}", position=at, sheets=2, sha256=digest)
    for at, digest in DIGESTS.items()
}


def code(place: int, leaf: int) -> str:
    return f"1-{place}-{leaf}-2-{DIGESTS[place][:8].upper()}"


def log_of(*rows: Sequence[str] | None, headers: Sequence[str] = HEADERS) -> InserterLog:
    return read_log(
        headers,
        list(enumerate(rows, start=2)),
        PAGES,
        {page.key: at for at, page in PAGES.items()},
        lots={1: 4},
        path="log.csv",
    )


def verdicts(*rows: Sequence[str] | None) -> Mapping[int, str]:
    return {at.place: said for at, said in log_of(*rows).verdicts.items()}


@pytest.mark.parametrize("envelope", ["1", ""])
def test_a_letter_is_inserted_once_each_of_its_sheets_is(envelope: str) -> None:
    assert verdicts((envelope, code(1, 1), "OK"), (envelope, code(1, 2), "inséré")) == {
        1: "inserted"
    }
    assert verdicts((envelope, code(1, 1), "OK")) == {1: "missing"}
    assert verdicts((envelope, code(1, 1), "ok"), (envelope, code(1, 2), "Manquante")) == {
        1: "missing"
    }
    assert verdicts((envelope, "Réf. k1", "inserted")) == {1: "inserted"}


def test_a_sheet_that_was_fed_again_is_inserted_after_all() -> None:
    rows = [("1", code(1, 2), "jam"), ("2", code(1, 1), "ok"), ("2", code(1, 2), "ok")]
    assert verdicts(*rows) == {1: "inserted"}
    assert verdicts(*rows[1:], rows[0]) == {1: "mixed"}  # missing after it was there: look


@pytest.mark.parametrize("envelopes", [("1", "1", "1"), ("1", "1", "2"), ("", "", "")])
def test_a_sheet_that_went_in_twice_is_a_double(envelopes: Sequence[str]) -> None:
    sheets = [code(1, 1), code(1, 2), code(1, 2)]
    rows = [(envelope, sheet, "ok") for envelope, sheet in zip(envelopes, sheets, strict=True)]
    assert verdicts(*rows) == {1: "doubled"}
    assert verdicts(("1", code(1, 1), "double feed"), ("1", code(1, 2), "ok")) == {1: "doubled"}


@pytest.mark.parametrize("envelopes", [("5", "5", "6", "6"), ("", "", "", "")])
def test_swapped_sheets_are_told_of_both_letters(envelopes: Sequence[str]) -> None:
    sheets = [code(1, 1), code(2, 2), code(2, 1), code(1, 2)]
    rows = [(envelope, sheet, "ok") for envelope, sheet in zip(envelopes, sheets, strict=True)]
    assert verdicts(*rows) == {1: "mixed", 2: "mixed"}
    assert verdicts(("1", code(1, 2), "ok"), ("1", code(1, 1), "ok")) == {1: "mixed"}


def test_rows_that_settle_nothing_are_told_by_their_number() -> None:
    found = log_of(
        ("1", "hello", "ok"),
        ("1", code(1, 1), "perhaps"),
        None,
        ("1", "1-1-1-2-AAAAAAAB", "ok"),
        ("1", "9-1-1-2-AAAAAAAA", "ok"),
        ("1", "1-4-1-2-AAAAAAAA", "ok"),
        ("1", "1-1-1-3-AAAAAAAA", "ok"),
    )
    assert found.verdicts == {}
    assert found.unread == [
        Unread(2, "code", "hello"),
        Unread(3, "status", "perhaps"),
        Unread(4, "row", ""),
        Unread(5, "elsewhere", "1-1-1-2-AAAAAAAB"),
        Unread(6, "elsewhere", "9-1-1-2-AAAAAAAA"),
        Unread(7, "left", "1-4-1-2-AAAAAAAA"),
        Unread(8, "elsewhere", "1-1-1-3-AAAAAAAA"),
    ]


def test_a_table_that_is_no_such_log_is_refused() -> None:
    with pytest.raises(SheetError, match="inserter-log-columns"):
        log_of(("x", "y"), headers=("Commune", "Statut"))


# --- The machine ----------------------------------------------------------------------------------


class Machine:
    """Takes the sheets of a printed lot, one behind the other, and says what it saw of each."""

    def __init__(self, lot: Path) -> None:
        with pdfium.PdfDocument(lot) as pages:
            pictures = [picture_of(pages, number, dpi=100) for number in range(1, len(pages) + 1)]
        self.sheets = [read[0] for read in map(matrices, pictures) if read]

    def run(self, log: Path, *faults: Callable[[list[list[str]]], None]) -> Path:
        """Put them into envelopes, each as the codes say, but for the faults; write the log."""
        sets: dict[str, list[str]] = {}
        for sheet in self.sheets:
            sets.setdefault("-".join(sheet.split("-")[:2]), []).append(sheet)
        envelopes = list(sets.values())
        for fault in faults:
            fault(envelopes)
        with log.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(HEADERS)
            for number, envelope in enumerate(envelopes, start=1):
                for sheet in envelope:
                    lost = sheet.endswith("?")
                    writer.writerow([number, sheet.strip("?"), "manquant" if lost else "inséré"])
        return log


def drop(place: int, leaf: int) -> Callable[[list[list[str]]], None]:
    def fault(envelopes: list[list[str]]) -> None:
        envelopes[place - 1][leaf - 1] += "?"

    return fault


def double(place: int) -> Callable[[list[list[str]]], None]:
    def fault(envelopes: list[list[str]]) -> None:
        envelopes[place - 1].append(envelopes[place - 1][-1])

    return fault


def swap(one: int, other: int) -> Callable[[list[list[str]]], None]:
    def fault(envelopes: list[list[str]]) -> None:
        first, second = envelopes[one - 1], envelopes[other - 1]
        first[-1], second[-1] = second[-1], first[-1]

    return fault


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """Five letters of two sheets each, in a lot that is made."""
    need_pages()
    desk = Desk.made(tmp_path, *ROWS)
    settings = desk.folder / "campaign.toml"
    said = settings.read_text(encoding="utf-8")
    said = said.replace('duplex = "long-edge"', 'duplex = "one-sided"\ndata_matrix = true')
    assert "data_matrix" in said
    settings.write_text(said, encoding="utf-8")
    desk.ok("print")
    return desk


def lot(desk: Desk) -> Path:
    return desk.folder / "outbox/lots/lot-0001.pdf"


def stands(desk: Desk) -> tuple[Status, Mapping[int, str]]:
    """The lot, and what the ledger has of each place by an inserter."""
    with open_campaign(desk.folder, access="read", command="log") as campaign:
        ledger = campaign.ledger
        said = {key: each.verdict for (_lot, key), each in ledger.inserted().items()}
        places = {page.position: said[page.key] for page in ledger.pages(1) if page.key in said}
        (lot,) = (each for each in ledger.lots() if each.number == 1)
        return lot.status, places


def attempts(desk: Desk) -> int:
    with open_campaign(desk.folder, access="read", command="log") as campaign:
        return len(list(campaign.ledger.attempts()))


def test_a_lot_that_went_in_whole_is_printed_and_never_posted_by_the_machine(
    desk: Desk, tmp_path: Path
) -> None:
    machine = Machine(lot(desk))
    assert len(set(machine.sheets)) == 10
    said = desk.ok("print", "--inserted", str(machine.run(tmp_path / "log.csv")))
    assert "5 letters are in their envelopes, says the inserter." in said.err
    assert "print --posted 1" in said.err
    assert stands(desk) == (Status.PRINTED, dict.fromkeys(range(1, 6), "inserted"))
    assert desk.figures()["paper"]["posted"] == 0
    desk.ok("print", "--posted", "1")
    assert desk.figures()["paper"]["posted"] == 5


def test_what_was_dropped_doubled_or_swapped_waits_for_a_person(desk: Desk, tmp_path: Path) -> None:
    log = Machine(lot(desk)).run(tmp_path / "log.csv", drop(1, 2), double(2), swap(3, 4))
    said = desk.run("print", "--inserted", str(log))
    assert said.code == 1
    wanted = {1: "missing", 2: "doubled", 3: "mixed", 4: "mixed", 5: "inserted"}
    assert stands(desk) == (Status.MADE, wanted)
    for place in (1, 2, 3, 4):
        assert f"Lot 1, letter {place}: do not post this envelope." in said.err
    assert "letter 5" not in said.err
    assert "letter 1" in desk.ok("status").out
    assert "Lot 1: taken twice" in desk.ok("log", "--attempts").out
    refused = desk.run("print", "--posted", "1", "--yes")
    assert refused.code == 3
    assert "--except" in refused.err
    assert desk.figures()["paper"]["posted"] == 0


def test_run_twice_it_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    log = Machine(lot(desk)).run(tmp_path / "log.csv", drop(1, 2), double(2))
    first = desk.run("print", "--inserted", str(log))
    before, so_many = stands(desk), attempts(desk)
    again = desk.run("print", "--inserted", str(log))
    assert (stands(desk), attempts(desk)) == (before, so_many)
    assert first.code == again.code == 1
    assert "this log was settled before" in again.err


def test_the_dropped_letter_is_printed_again_and_inserted_with_its_own_code(
    desk: Desk, tmp_path: Path
) -> None:
    first = Machine(lot(desk)).run(tmp_path / "log.csv", drop(2, 1))
    desk.run("print", "--inserted", str(first))
    desk.ok("print", "--lot", "1", "--from", "2", "--to", "2")
    (part,) = (desk.folder / "outbox/lots").glob("lot-0001-*2*.pdf")
    desk.ok("print", "--inserted", str(Machine(part).run(tmp_path / "again.csv")))
    assert stands(desk) == (Status.PRINTED, dict.fromkeys(range(1, 6), "inserted"))
    desk.run("print", "--inserted", str(first))  # the old log takes nothing back
    assert stands(desk) == (Status.PRINTED, dict.fromkeys(range(1, 6), "inserted"))


def _run(desk: Desk, log: Path, *rows: tuple[int, str]) -> Path:
    """A log that says something of these letters, each of two sheets."""
    with open_campaign(desk.folder, access="read", command="log") as campaign:
        pages = {page.position: page for page in campaign.ledger.pages(1)}
    with log.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(HEADERS)
        for place, what in rows:
            writer.writerow(["", pages[place].key, what])
    return log


TWO_LOGS = [
    (("inséré",), ("inséré",), False, "inserted"),  # one envelope, told twice
    (("inséré",), ("inséré",), True, "twice"),
    (("inséré",), ("manquant",), True, "inserted"),
    (("inséré",), ("manquant",), False, "inserted"),
    (("manquant",), ("manquant",), True, "missing"),
    (("double",), ("inséré",), True, "doubled"),
    (("inséré", "inséré"), ("inséré",), False, "doubled"),
    (("inséré", "manquant"), ("inséré",), True, "mixed"),
    (("inséré", "manquant"), ("double",), True, "doubled"),
]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(("one", "other", "again", "verdict"), TWO_LOGS)
def test_two_logs_that_name_a_letter_say_the_same_in_whichever_order_they_are_read(
    one: Sequence[str], other: Sequence[str], again: bool, verdict: str, turned: bool
) -> None:
    logs = {"a": one, "b": other}
    said = {
        name: verdicts(*(("1", "k1", word) for word in words))[1] for name, words in logs.items()
    }
    by_log = dict(reversed(said.items())) if turned else said
    assert Inserted(by_log, printed_again=again).verdict == verdict


def test_a_letter_that_was_printed_again_and_went_in_twice_is_told(
    desk: Desk, tmp_path: Path
) -> None:
    everybody = [(place, "inséré") for place in range(1, 6)]
    desk.run("print", "--inserted", str(_run(desk, tmp_path / "1.csv", *everybody[:4])))
    desk.ok("print", "--lot", "1", "--from", "4", "--to", "5")
    again = desk.run("print", "--inserted", str(_run(desk, tmp_path / "2.csv", *everybody[2:])))
    assert again.code == 1
    assert "2 letters are in their envelopes" in again.err  # 3, told once more, and 5
    assert "Lot 1, letter 4: do not post this envelope." in again.err
    assert "take out both envelopes" in again.err
    wanted = (Status.MADE, {**dict.fromkeys((1, 2, 3, 5), "inserted"), 4: "twice"})
    assert stands(desk) == wanted
    known = desk.run("print", "--inserted", str(tmp_path / "1.csv"))
    assert "this log was settled before" in known.err
    assert stands(desk) == wanted


def test_who_was_left_out_by_a_person_waits_again(desk: Desk, tmp_path: Path) -> None:
    log = Machine(lot(desk)).run(tmp_path / "log.csv", drop(1, 1))
    desk.run("print", "--inserted", str(log))
    with open_campaign(desk.folder, access="read", command="log") as campaign:
        key = campaign.ledger.pages(1)[0].key
    desk.ok("print", "--posted", "1", "--yes", "--except", key)
    paper = desk.figures()["paper"]
    assert (paper["posted"], paper["queued"]) == (4, 1)
    late = desk.run("print", "--inserted", str(log))  # and the same log, after that
    assert late.code == 1
    assert "Row 2 of the log" in late.err
    assert desk.figures()["paper"] == paper


def test_lines_that_cannot_be_read_are_told_and_the_others_are_settled(
    desk: Desk, tmp_path: Path
) -> None:
    log = Machine(lot(desk)).run(tmp_path / "log.csv")
    lines = log.read_text(encoding="utf-8").splitlines()
    lines[3] = lines[3].replace("inséré", "???")
    lines.insert(1, "1;smudge;inséré")
    log.write_text("\n".join(lines), encoding="utf-8")
    said = desk.run("print", "--inserted", str(log))
    assert said.code == 1
    assert "Row 2 of the log: “smudge”" in said.err
    assert "Row 5 of the log: “???”" in said.err
    status, places = stands(desk)
    assert status is Status.MADE
    assert sorted(places.values()) == ["inserted"] * 4 + ["missing"]


@pytest.mark.parametrize(
    ("content", "words"),
    [("a;b\n1;2\n", "columns: a, b"), ("code;status\n1-1-1-1-AAAAAAAA;ok\n", "another lot")],
)
def test_a_log_of_something_else_settles_nothing(
    desk: Desk, tmp_path: Path, content: str, words: str
) -> None:
    (tmp_path / "log.csv").write_text(content, encoding="utf-8")
    said = desk.run("print", "--inserted", str(tmp_path / "log.csv"))
    assert said.code in (1, 2)
    assert words in said.err
    assert stands(desk) == (Status.MADE, {})


def test_a_log_that_is_not_there_is_told(desk: Desk, tmp_path: Path) -> None:
    said = desk.run("print", "--inserted", str(tmp_path / "none.csv"))
    assert said.code == 2
    assert "none.csv" in said.err
