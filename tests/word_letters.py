"""Twenty letters as associations write them in Word, to Anaïs Le Goff of Saint-Malo.

`python -m tests.word_letters` has LibreOffice write what it makes of each as text into
`tests/golden/word`, with the letters' digest: tests compare with these, and need no LibreOffice.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.examples import sections
from tests.word_files import expanded, word_file

GOLDEN = Path(__file__).parent / "golden" / "word"
NUMBERS = (
    '<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    '<w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/>'
    '<w:lvlText w:val="•"/></w:lvl></w:abstractNum><w:abstractNum w:abstractNumId="1">'
    '<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/>'
    '</w:lvl></w:abstractNum><w:abstractNum w:abstractNumId="2"><w:lvl w:ilvl="0">'
    '<w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1)"/></w:lvl>'
    '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="2"/></w:num></w:numbering>'
)


LETTERS: Mapping[str, str] = {
    name: expanded("".join(lines))
    for name, lines in sections(Path(__file__).with_suffix(".txt")).items()
}


def content(name: str) -> bytes:
    """The Word file of that name."""
    return word_file(LETTERS[name], numbering=NUMBERS)


def digest(name: str) -> str:
    """What tells that a text of LibreOffice is of this letter."""
    return hashlib.sha256(LETTERS[name].encode()).hexdigest()[:16]


def main() -> None:
    """Write the texts of LibreOffice anew."""
    with tempfile.TemporaryDirectory() as folder:
        for name in LETTERS:
            Path(folder, f"{name}.docx").write_bytes(content(name))
        files = [str(each) for each in Path(folder).glob("*.docx")]
        command = ("soffice", "--headless", "--convert-to", "txt:Text", "--outdir", folder)
        subprocess.run([*command, *files], check=True)
        GOLDEN.mkdir(exist_ok=True)
        for name in LETTERS:
            said = Path(folder, f"{name}.txt").read_text("utf-8-sig")
            (GOLDEN / f"{name}.txt").write_text(f"{digest(name)}\n{said}", "utf-8")


if __name__ == "__main__":
    main()
