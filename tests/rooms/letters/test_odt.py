"""Claims about letters from LibreOffice (.odt): read as the .docx that it makes of them."""

from __future__ import annotations

import os
import select
from contextlib import suppress
from pathlib import Path

import pytest

from merge.app import confined
from merge.confined import helpers, limits
from merge.errors import LetterError
from merge.letters.drafts import odt
from tests.examples import each_line
from tests.word_files import docx, odt_file, run

# --- what a .docx would say wrongly ---------------------------------------------------------------


@each_line
def test_what_is_not_for_everybody_is_named_before_libreoffice_shows_it(
    body: str, words: str
) -> None:
    with pytest.raises(LetterError, match="odt-hidden") as refused:
        odt.refuse_hidden(odt_file(body * 2))
    assert refused.value.facts == {"words": words}


def test_nothing_else_is_refused() -> None:
    odt.refuse_hidden(
        odt_file(
            '<text:section text:display="true"><text:p><text:a xlink:href="https://example.org">'
            '<text:database-display text:column-name="Nom"/></text:a></text:p></text:section>'
            '<draw:image xlink:href="Pictures/1.png"/><draw:object xlink:href="./Object 1"/>'
        )
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "letter-not-word"),
        (odt_file("")[:150], "letter-not-word"),
        (odt_file("", parts={"content.xml": "<office"}), "letter-not-word"),
        (odt_file("", parts={"styles.xml": "<"}), "letter-not-word"),
        (
            odt_file("", parts={"META-INF/manifest.xml": "<encryption-data/>"}),
            "letter-encrypted",
        ),
        (odt_file("", parts={"Pictures/2.png": bytes(60_000_000)}), "letter-too-large"),
        (odt_file(" " * 6_000_000), "letter-too-large"),
    ],
)
def test_what_cannot_be_read_is_said_so(content: bytes, expected: str) -> None:
    with pytest.raises(LetterError, match=expected):
        odt.refuse_hidden(content)


# --- LibreOffice ----------------------------------------------------------------------------------


def soffice(folder: Path, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "soffice").write_text(f"#!/bin/sh\n{script}\n", "utf-8")
    (folder / "soffice").chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What comes first on the PATH; a helper that is begun has it."""
    folder = tmp_path / "programs"
    monkeypatch.setenv("PATH", os.pathsep.join((str(folder), "/usr/bin", "/bin")))
    helpers.end()
    return folder


def test_libreoffice_makes_a_docx_of_it_where_it_has_no_network(programs: Path) -> None:
    (programs.parent / "made.docx").write_bytes(
        docx(f"<w:p>{run('Objet : été')}</w:p><w:p>{run('Un.')}</w:p>")
    )
    said = programs.parent / "said"
    soffice(
        programs,
        f'printf "%s\\n" "$HOME" "$@" > "{said}"; '
        f'cp "{programs.parent}/made.docx" "$HOME/letter.docx"',
    )
    offline = helpers.run(limits.is_offline, limits.A_MAIL)
    if not offline:
        with pytest.raises(LetterError, match="letter-not-word"):
            confined.read_draft(odt_file(""), "Lettre.ODT")
        return
    assert confined.read_draft(odt_file(""), "Lettre.ODT").subject == "été"
    home, *words = said.read_text("utf-8").splitlines()
    assert f"-env:UserInstallation=file://{home}/profile" in words
    assert words[-3:] == ["--outdir", home, f"{home}/letter.odt"]
    assert not Path(home).exists()


@pytest.mark.usefixtures("programs")
def test_without_libreoffice_an_odt_is_to_be_saved_as_a_docx(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "programs"))
    with pytest.raises(LetterError, match="letter-not-word") as refused:
        confined.read_draft(odt_file(""), "lettre.odt")
    assert refused.value.path == "lettre.odt"


def test_what_libreoffice_leaves_running_is_ended(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined, "is_offline", lambda: True)
    pid = programs.parent / "pid"
    soffice(programs, f'sleep 600 & echo $! > "{pid}"; echo made > "$HOME/letter.docx"')
    assert confined.docx_of_odt(odt_file("")) == b"made\n"
    with suppress(ProcessLookupError):
        left = os.pidfd_open(int(pid.read_text()))
        assert select.select([left], [], [], 60)[0] == [left]
        os.close(left)


def test_of_what_libreoffice_cannot_load_nothing_is_made(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confined, "is_offline", lambda: True)
    soffice(programs, "exit 0")
    with pytest.raises(LetterError, match="letter-not-word"):
        confined.docx_of_odt(odt_file(""))
