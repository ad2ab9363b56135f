"""Of people, who asks to be erased is erased wherever they are; see faces/cli/members.txt."""

from __future__ import annotations

from pathlib import Path

from tests.desk import Desk

HEADER = "Prénom;Nom;E-mail;Adresse;Code postal;Ville"
ANNE = "Anne;MARTIN;anne@example.org;1 rue du Port;35000;Rennes"
LOU = "Lou;ROY;lou@example.org;3 rue Haute;75011;Paris"


EVE = "Ève;MARTIN;couple@example.org;1 rue du Port;35000;Rennes"


def everywhere(tmp_path: Path) -> tuple[Desk, Desk, Desk]:
    """Anne is in two of three campaigns, in the second by another address that she has."""
    one, two, three = (Desk(tmp_path / name) for name in ("one", "two", "three"))
    second = "Anne;MARTIN;am@example.org, anne@example.org;1 rue du Port;35000;Rennes"
    for desk, rows in ((one, (ANNE, LOU)), (two, (LOU, second)), (three, (LOU, EVE))):
        desk.make(audience="people")
        desk.run("import", str(desk.sheet(*rows, header=HEADER)))
        (desk.folder / "letter.md").write_text("---\nsubject: Bonjour\n---\n\nBonjour,\n")
    return one, two, three


def held(desk: Desk) -> bytes:
    return b"".join(path.read_bytes() for path in desk.folder.glob("*.db*"))


def test_a_person_is_erased_in_all_campaigns_by_one_address(tmp_path: Path) -> None:
    one, two, three = everywhere(tmp_path)
    waiting = one.run("purge", "anne@example.org", "--everywhere", "--really", "--yes")
    assert (waiting.code, waiting.err.count("still wait to leave: 1")) == (1, 2)
    one.ok("suppress", "anne@example.org", "--reason", "asked to be erased")
    for desk in (one, two):
        desk.ok("print", "--all")
        desk.ok("print", "--posted", "1")
    one.ok("log", "--format", "csv", "-o", str(tmp_path / "log.csv"))
    rehearsed = one.ok("purge", "ANNE@example.org", "--everywhere")
    assert "nothing is erased" in rehearsed.err
    assert "log.csv (log, " in rehearsed.err  # no erasure reaches it
    assert (b"anne@example.org" in held(one), str(three.folder) in rehearsed.err) == (True, False)
    one.ok("purge", "anne@example.org", "--everywhere", "--really", "--yes")
    for desk in (one, two):
        assert not any(each in held(desk) for each in (b"anne@example.org", b"Martin", b"MARTIN"))
        assert b"lou@example.org" in held(desk)
    assert "Nobody in your campaigns" in one.ok("purge", "anne@example.org", "--everywhere").err
    again = Desk(tmp_path / "again")
    again.make(audience="people")
    again.ok("import", str(again.sheet(ANNE, header=HEADER)))
    assert again.figures()["email"]["queued"] == 1
    again.run("print", "--all")
    assert again.figures()["email"]["suppressed"] == 1  # erased, and still not written to
