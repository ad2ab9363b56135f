"""README's picture: the letter to Le Havre beside the log, made by the program itself.

One mairie is written to, one server falls silent after the letter, one town gets paper. The window
of the envelope (facts of a DL folded in three: x 100 to 190 mm, y 55 to 79 mm) is outlined in red.
"""

from __future__ import annotations

import base64
import io
import os
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

import pypdfium2
import weasyprint
from PIL import Image, ImageDraw

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from merge.paper.fonts.configuration import configuration  # noqa: E402 the line above is where it is
from tests.servers.faults import FaultServer  # noqa: E402 the same

PICTURE = ROOT / "docs" / "letter-and-log.png"
DOTS_PER_MM = 100 / 25.4
WINDOW_MM = (100, 55, 190, 79)
SHEET = """Code INSEE;Commune;Sexe;Prénom;Nom;Courriel;Adresse;Code postal;Ville
06088;Nice;M;Étienne;ÇELIK;mairie-06088@example.org;5 rue de l'Hôtel-de-Ville;06364;Nice
80829;Y;F;Zoé;LE GOFF;drop-after-dot@example.org;1 rue de la Mairie;80190;Y
76351;Le Havre;M;Jean;MARTIN;;Place de l'Hôtel-de-Ville;76600;Le Havre
"""


def main() -> None:
    """Run the three commands in a folder that goes away, and draw what they made."""
    with tempfile.TemporaryDirectory() as folder, FaultServer().running() as server:
        campaign, sheet = Path(folder) / "campaign", Path(folder) / "communes.csv"
        sheet.write_text(SHEET, encoding="utf-8")

        def publipostage(*words: str) -> str:
            return subprocess.run(  # noqa: S603 - our own program, on a sheet of our own
                [sys.executable, "-m", "merge", *words],
                cwd=ROOT,
                env=os.environ
                | {
                    "PUBLIPOSTAGE_HOME": folder,
                    "PUBLIPOSTAGE_DNS": "off",
                    "PUBLIPOSTAGE_LANG": "fr",
                    "PUBLIPOSTAGE_PASSWORD": "secret",
                    "PYTHONIOENCODING": "utf-8",
                },
                capture_output=True,
                encoding="utf-8",
                check=False,  # one letter in doubt is exit code 1
            ).stdout

        publipostage(
            "new", str(campaign), "--name", "Pas de VSA", "--group", "Collectif d'exemple",
            "--contact", "contact@example.org", "--from", "contact@example.org",
            "--place", "Rennes", "--address", "1 rue de l'Exemple", "--address", "35000 Rennes",
        )  # fmt: skip
        here = ("-C", str(campaign))
        publipostage(*here, "account", "set", "--host", "localhost", "--port", str(server.port),
                     "--tls", "none", "--no-test")  # fmt: skip
        publipostage(*here, "import", str(sheet))
        publipostage(*here, "send", "--really", "--yes", "--untested")
        publipostage(*here, "print")
        page = Path(folder) / "letter.pdf"
        publipostage(*here, "preview", "Le Havre", "--as", "pdf", "-o", str(page))
        draw(page, publipostage(*here, "log"))


def draw(page: Path, log: str) -> None:
    """The first page with the window outlined, and the log beside it, as one picture."""
    letter = _picture(page.read_bytes())
    ImageDraw.Draw(letter).rectangle(
        tuple(round(mm * DOTS_PER_MM) for mm in WINDOW_MM), outline="#d00000", width=3
    )
    content = io.BytesIO()
    letter.save(content, "PNG")
    source = base64.b64encode(content.getvalue()).decode()
    html = f"""<style>
        @page {{ size: 400mm 172mm; margin: 6mm; background: #e9e9ec }}
        body {{ display: flex; gap: 8mm; margin: 0; align-items: center }}
        img {{ height: 160mm; box-shadow: 0 0 1mm #777; border: .2mm solid #bbb }}
        pre {{ margin: 0; padding: 5mm; background: #1e1e24; color: #eee; border-radius: 2mm;
               font: 9.6pt/1.5 "Publipostage Mono", monospace; white-space: pre }}
        </style><body><img src="data:image/png;base64,{source}">
        <pre>$ publipostage log\n{escape(log)}</pre></body>"""
    page = weasyprint.HTML(string=html).write_pdf(font_config=configuration())
    _picture(page).save(PICTURE, optimize=True)


def _picture(pdf: bytes) -> Image.Image:
    document = pypdfium2.PdfDocument(pdf)
    picture: Image.Image = document[0].render(scale=DOTS_PER_MM * 25.4 / 72).to_pil()
    document.close()
    return picture.convert("RGB")


if __name__ == "__main__":
    main()
