"""What no transcript shows of the command line: what has left, what is kept, who may read it."""

from __future__ import annotations

import csv
import email
import email.policy
import errno
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from machineid import MachineIdNotFound

from merge.app import backup
from merge.cli.language import wanted
from merge.cli.output import prepare
from tests.desk import HAVRE, HEADER, NICE, SAMPLE, Desk, Said, Y, run
from tests.servers.capture import CaptureServer
from tests.tables import sheet_told

pytest_plugins = ["tests.servers.fixtures"]


@pytest.fixture
def filled(desk: Desk) -> Desk:
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y)))
    return desk


def text_of(data: bytes) -> str:
    message = email.message_from_bytes(data, policy=email.policy.default)
    part = message.get_body(("plain",))
    assert part
    return str(part.get_content())


def test_what_arrives_is_what_show_keeps_bit_for_bit(
    filled: Desk, capture_server: CaptureServer
) -> None:
    filled.connect(capture_server)
    filled.ok("send", "--really", "--yes", "--untested")
    nice = next(m for m in capture_server.messages if m.recipients == ("nice@example.org",))
    assert filled.ok("show", "Nice", "--eml").out.encode() == nice.data
    assert "habitant·es de Nice" in text_of(nice.data)


@pytest.mark.parametrize(("above", "offered"), [(2, True), (3, False)])
def test_from_shows_the_group_and_many_are_offered_a_way_out(
    filled: Desk, monkeypatch: pytest.MonkeyPatch, above: int, offered: bool
) -> None:
    monkeypatch.setattr("merge.app.mail.UNSUBSCRIBE_ABOVE", above)
    filled.ok("send")
    for written in (filled.folder / "outbox" / "rehearsal").glob("*.eml"):
        message = email.message_from_bytes(written.read_bytes(), policy=email.policy.default)
        assert message["From"].addresses[0].display_name == "Collectif d'exemple"
        header = str(message["List-Unsubscribe"] or "")
        mailto = "<mailto:groupe@example.org?subject=STOP%20R%C3%A9f.%20"
        assert header.startswith(mailto) is bool(header) is offered


def test_a_word_in_another_encoding_is_told_and_nothing_is_begun(tmp_path: Path) -> None:
    word = os.fsdecode("Collectif d'été".encode("latin-1"))
    said = run("new", str(tmp_path / "campaign"), "--group", word)
    assert said.code == 2
    assert not list(tmp_path.iterdir())


def test_a_report_called_xlsx_is_a_workbook(desk: Desk, tmp_path: Path) -> None:
    report = tmp_path / "report.xlsx"
    desk.run("import", str(desk.sheet("99999;Nulle-Part;;;;;;;")), "--report", str(report))
    headers, *problems = sheet_told(report.read_bytes())
    assert headers.startswith("File · Row · ")
    assert [problem for problem in problems if " · 99999 · " in problem]


def test_no_cell_of_the_log_starts_a_formula(desk: Desk, tmp_path: Path) -> None:
    row = "x1;=cmd;M;A;B;;1 rue A;06364;=HYPERLINK(1)"
    sheet = desk.sheet(row, header=HEADER.replace("Code INSEE", "Ref"))
    desk.ok("import", str(sheet), "--map", "key=Ref")
    cells = [
        cell
        for line in csv.reader(io.StringIO(desk.ok("log", "--format", "csv").out))
        for cell in line
    ]
    assert "'=cmd" in cells
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]


def new_for(group: str, tmp_path: Path) -> tuple[Said, Path]:
    """What `new` says to a group that gives all on the command line, and its folder."""
    folder = tmp_path / "campaign"
    said = run(
        "new", str(folder), "--name", "N", "--group", group, "--contact", "c@example.org",
        "--from", "c@example.org", "--place", "Rennes",
    )  # fmt: skip
    return said, folder


def test_what_holds_names_is_written_for_its_owner_alone(filled: Desk, tmp_path: Path) -> None:
    sheet = str(filled.sheet(NICE, HAVRE, Y))
    log, letter, report = tmp_path / "log.csv", tmp_path / "nice.eml", tmp_path / "report.csv"
    filled.ok("log", "--format", "csv", "-o", str(log))
    filled.ok("preview", "Nice", "--as", "eml", "-o", str(letter))
    filled.ok("import", sheet, "--report", str(report))
    assert {file.stat().st_mode & 0o077 for file in (log, letter, report)} == {0}
    log.chmod(0o644)
    filled.ok("log", "--format", "csv", "-o", str(log))
    assert log.stat().st_mode & 0o777 == 0o600
    filled.ok("report", str(tmp_path / "site"))  # to put online
    assert (tmp_path / "site" / "index.html").stat().st_mode & 0o044


@pytest.mark.parametrize("asked", ["group", "residents"])
def test_whoever_stops_new_is_told_that_nothing_was_made(
    asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stops(prompt: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("click.termui.visible_prompt_func", stops)
    monkeypatch.setattr("merge.cli.output.somebody_is_there", lambda: True)
    folder = tmp_path / "campaign"
    if asked == "group":
        said = run("new", str(folder), "--name", "N")
    else:
        said, folder = new_for("G", tmp_path)
    assert (said.code, folder.exists()) == (130, False)


def test_new_leaves_nothing_behind_where_the_quotas_cannot_be_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> None:
        raise PermissionError(errno.EACCES, "no", str(folder))

    monkeypatch.setattr("merge.ledger.accounts.make_private_folder", refuse)
    said, folder = new_for("G", tmp_path)
    assert (said.code, folder.exists()) == (3, False)


def test_a_full_device_is_told(filled: Desk) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "merge", "-C", str(filled.folder), "log"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert (done.returncode, b"Traceback" in done.stderr) == (2, False)
    assert b"the disk is full" in done.stderr


def test_status_is_told_without_an_accounts_file_that_cannot_be_read(filled: Desk) -> None:
    filled.ok("print")
    accounts = Path(os.environ["PUBLIPOSTAGE_HOME"]) / "accounts.db"
    for log in accounts.parent.glob("accounts.db-*"):
        log.unlink()
    accounts.write_bytes(b"nothing of the kind" * 1000)
    filled.ok("status")


def test_steps_that_a_ledger_has_missed_are_taken_over_by_their_number_alone(
    filled: Desk, tmp_path: Path
) -> None:
    shutil.copy(filled.folder / "ledger.db", tmp_path / "kept.db")
    filled.ok("print")
    filled.ok("print", "--posted", "1")
    shutil.copy(tmp_path / "kept.db", filled.folder / "ledger.db")
    said = filled.run("adopt", "--yes")
    missed = re.search(r"It has missed (\d+) step", said.err)
    assert missed
    n = int(missed[1])
    assert said.code == 3
    assert filled.run("adopt", "--yes", "--missed", str(n + 1)).code == 3
    assert filled.run("print").code == 3
    filled.ok("adopt", "--missed", str(n))
    filled.ok("adopt", "--yes")


def test_adopt_asks_again_when_the_risk_has_changed_meanwhile(
    filled: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, plans = backup.adoption, list[backup.AdoptionPlan]()

    def adoption(place: Path) -> backup.AdoptionPlan:
        plans.append(real(place))
        risk = replace(plans[-1].risk, waiting=2) if len(plans) == 1 else plans[-1].risk
        return replace(plans[-1], risk=risk)

    monkeypatch.setattr(backup, "adoption", adoption)
    said = filled.run("adopt", typed="y\ny\n")
    assert (said.code, said.err.count("Take it over?")) == (0, 2)


def test_a_home_folder_carried_to_a_second_machine_does_not_vouch_for_a_campaign(
    filled: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("machineid.id", lambda: "the second machine")
    assert filled.run("print").code == 3
    filled.ok("status")


def test_a_machine_without_an_id_can_be_worked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> str:
        raise MachineIdNotFound

    monkeypatch.setattr("machineid.id", none)
    desk = Desk(tmp_path / "campaign")
    desk.make()
    desk.ok("import", str(desk.sheet(HAVRE)))


def test_an_attachment_goes_with_every_letter_or_nothing_leaves(
    filled: Desk, capture_server: CaptureServer
) -> None:
    filled.connect(capture_server)
    letter = filled.folder / "letter.md"
    text = letter.read_text("utf-8").replace("---\nsubject", "---\nattachments: a.pdf\nsubject", 1)
    letter.write_text(text, "utf-8")
    said = filled.run("send")
    assert said.code == 2
    (filled.folder / "a.pdf").write_bytes(b"%PDF-1.7 annex")
    filled.ok("send", "--really", "--yes", "--untested")
    for message in capture_server.messages:
        parsed = email.message_from_bytes(message.data, policy=email.policy.default)
        (annex,) = parsed.iter_attachments()
        assert (annex.get_filename(), annex.get_content()) == ("a.pdf", b"%PDF-1.7 annex")
    assert len(capture_server.messages) == 2


def test_each_can_take_its_own_letter_along_as_a_pdf(
    filled: Desk, capture_server: CaptureServer
) -> None:
    filled.connect(capture_server)
    settings = filled.folder / "campaign.toml"
    text = settings.read_text("utf-8").replace("# attach_pdf = true", "attach_pdf = true")
    settings.write_text(text, "utf-8")
    filled.ok("send", "--really", "--yes", "--untested")
    assert len(capture_server.messages) == 2
    for message, commune in zip(capture_server.messages, ("Nice", "Y"), strict=True):
        parsed = email.message_from_bytes(message.data, policy=email.policy.default)
        (page,) = parsed.iter_attachments()
        assert page.get_filename() == {"Nice": "Réf. 06088.pdf", "Y": "Réf. 80829.pdf"}[commune]
        printed = filled.folder / "printed.pdf"
        filled.ok("preview", commune, "--as", "pdf", "-o", str(printed))
        assert page.get_content() == printed.read_bytes()


def test_the_password_stands_nowhere_in_the_campaign(
    filled: Desk, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    filled.connect(capture_server)
    filled.ok("send", "--really", "--yes", "--untested")
    home = Path(os.environ["PUBLIPOSTAGE_HOME"])
    for file in [*filled.folder.rglob("*"), *home.rglob("*")]:
        if file.is_file():
            assert capture_server.password.encode() not in file.read_bytes(), file


def test_an_error_that_nobody_foresaw_shows_no_traceback(
    filled: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("merge.app.overview.figures", fail)
    said = filled.run("status", "--json")
    assert said.code == 1
    assert "Traceback" not in said.err


def speak(
    *words: str, program: Sequence[str] = ("-m", "merge"), **environ: str
) -> subprocess.CompletedProcess[bytes]:
    keep = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "PUBLIPOSTAGE_HOME")}
    return subprocess.run(
        [sys.executable, *program, *words],
        env=keep | environ,
        capture_output=True,
        check=False,
    )


def test_french_unless_told_otherwise() -> None:
    table = [
        ({"LANG": "fr_FR.UTF-8"}, "fr"),
        ({"LANG": "C.UTF-8"}, "fr"),
        ({}, "fr"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "en_GB.UTF-8", "PUBLIPOSTAGE_LANG": "fr"}, "fr"),
    ]
    assert [wanted(environ) for environ, _language in table] == [each for _, each in table]


def test_french_passes_a_pipe_that_has_no_accents(filled: Desk) -> None:
    commands = [["status"], ["log"], ["preview", "Nice"], ["nonsense"]]
    several = (
        "import sys; from merge.cli import main; "
        f"sys.exit([main(['-C', sys.argv[1], *words]) for words in {commands}] != [0, 0, 0, 2])"
    )
    environ = {"PYTHONIOENCODING": "ascii", "LANG": "fr_FR"}
    said = speak(str(filled.folder), program=("-c", several), **environ)
    assert said.returncode == 0, said.stderr
    assert b"Traceback" not in said.stderr
    assert b"UnicodeEncodeError" not in said.stderr


def test_what_a_pipe_cannot_show_is_shown_as_nearly_as_it_can() -> None:
    pipe = io.TextIOWrapper(io.BytesIO(), encoding="cp1252", newline="")
    prepare([pipe])
    pipe.write("Œuilly\u202f→ L'Haÿ ✓ 日")
    pipe.flush()
    assert isinstance(pipe.buffer, io.BytesIO)
    assert pipe.buffer.getvalue().decode("cp1252") == "Œuilly\xa0-> L'Haÿ x ?"


def test_a_closed_pipe_is_no_failure(filled: Desk) -> None:
    command = f"{sys.executable} -m merge -C {filled.folder} log --format csv"
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | true"],
        capture_output=True,
        check=False,
    )
    assert done.stderr == b""


def test_the_header_that_the_guide_shows_is_understood() -> None:
    assert SAMPLE.read_text("utf-8-sig").splitlines()[0] == HEADER
