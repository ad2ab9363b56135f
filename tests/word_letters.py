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

from tests.rooms.letters.test_word import char, code, field, run
from tests.word_files import word_file

GOLDEN = Path(__file__).parent / "golden" / "word"
ALIGNED = {"d": '<w:jc w:val="right"/>', "c": '<w:jc w:val="center"/>', "j": '<w:jc w:val="both"/>'}
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


def p(*runs: str, set_: str = "", style: str = "", more: str = "") -> str:
    """A paragraph; a run that is plain words is one."""
    called = f'<w:pStyle w:val="{style}"/>' if style else ""
    inside = "".join(each if each.startswith("<") else run(each) for each in runs)
    return f"<w:p><w:pPr>{called}{more}{ALIGNED.get(set_, '')}</w:pPr>{inside}</w:p>"


def b(words: str) -> str:
    """Bold words."""
    return run(words, "b")


def f(name: str, said: str, switches: str = "") -> str:
    """A merge field, with what the last print left of it."""
    return field(f" MERGEFIELD {name} {switches} ", run(said))


def if_(name: str, test: str, first: str, second: str, said: str) -> str:
    """An IF with two ways of plain words."""
    left = char("begin") + code(" IF ") + f(name, "x") + code(f' {test} "{first}" "{second}" ')
    return left + char("separate") + run(said) + char("end")


def items(number: int, *lines: str) -> str:
    """A list: 1 of bullets, 2 of numbers, 3 of letters."""
    of = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr>'
    return "".join(p(each, more=of) for each in lines)


def table(*rows: tuple[str, ...], bare: bool = False) -> str:
    """A table with lines, or one that only sets things side by side; its first row is bold."""
    style = "" if bare else '<w:tblStyle w:val="Grilledutableau"/>'
    grid = '<w:gridCol w:w="3000"/>' * len(rows[0])
    lines = ""
    for i, row in enumerate(rows):
        shown = (c if c.startswith("<w:p>") else p(c if i or bare else b(c)) for c in row)
        lines += f"<w:tr>{''.join(f'<w:tc>{each}</w:tc>' for each in shown)}</w:tr>"
    return f"<w:tbl><w:tblPr>{style}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{lines}</w:tbl>" + p("")


HEAD = p(b("Les Amis du Marais")) + p("12 rue des Saulniers, 35400 Saint-Malo")
DATED = p("Saint-Malo, le 3 mai 2026", set_="d")
DEAR = p("Chère ", f("Prénom", "Anaïs"), ",")
END = p("Bien à vous,") + p("Le bureau", set_="d")
TO = p(f("Prénom", "Anaïs"), " ", f("Nom", "LE GOFF", r"\* Upper")) + p(
    f("Rue", "quai Duguay-Trouin")
)
TO += p(f("CP", "35400"), " ", f("Ville", "Saint-Malo"))

LETTERS: Mapping[str, str] = {
    "cotisation": HEAD
    + DATED
    + TO
    + DEAR
    + p(
        "Votre cotisation de ",
        f("Montant", "1 234,50 €", r'\# "# ##0,00 €"'),
        " est à jour depuis le ",
        f("Adhésion", "01/03/2026", r'\@ "dd/MM/yyyy"'),
        ". Merci !",
    )
    + END,
    "assemblee": HEAD
    + p("Convocation à l'assemblée générale", style="Titre1")
    + DEAR
    + p(
        "Vous êtes ",
        if_("Sexe", '= "F"', "conviée", "convié", "conviée"),
        " le samedi 6 juin à 14 h.",
    )
    + p(b("Ordre du jour"))
    + items(2, "Rapport moral", "Rapport financier", "Élection du bureau")
    + p("Un pouvoir est joint.")
    + END,
    "permanences": HEAD
    + DEAR
    + p("Nos permanences de l'été :")
    + table(
        ("Jour", "Heure", "Lieu"),
        ("lundi", "9 h – 12 h", "Maison du peuple"),
        ("jeudi", "14 h – 18 h", "12 rue des Saulniers"),
    )
    + p("Sans rendez-vous.", set_="c")
    + END,
    "entete": table(
        (
            p(b("Les Amis du Marais")) + p("12 rue des Saulniers"),
            p("Saint-Malo,", set_="d") + p("le 3 mai 2026", set_="d"),
        ),
        bare=True,
    )
    + DEAR
    + p("Nous vous remercions de votre don.", set_="j")
    + END,
    "don": HEAD
    + p("Reçu au titre des dons", style="Titre1", set_="c")
    + table(
        ("Nom", "Montant", "Date"),
        (
            p(f("Nom", "Le Goff")),
            p(f("Montant", "1 234,50 €", r'\# "# ##0,00 €"'), set_="d"),
            "1er mars",
        ),
    )
    + p("Article 200 du code général des impôts.")
    + END,
    "benevoles": HEAD
    + DEAR
    + p("Pour la fête du 14 juillet il nous faut :")
    + items(1, "deux personnes au bar", "trois à la buvette", "une à la caisse")
    + p("Qui vient ? Répondez avant le ", b("1er juillet"), ".")
    + END,
    "mairie": DATED
    + p("Madame, Monsieur,")
    + p("Nous demandons :")
    + items(3, "un passage piéton", "un banc", "de l'ombre")
    + p("Point a) : il y a eu deux accidents. Point c) : il a fait 41 °C.")
    + END,
    "rappel": HEAD
    + DEAR
    + p(
        if_(
            "Enfants",
            "> 1",
            "Vos enfants sont inscrits",
            "Votre enfant est inscrit",
            "Vos enfants sont inscrits",
        ),
        " au club.",
    )
    + p("Il reste ", f("Reste", "0,13", r'\# "0,00"'), " € à régler.")
    + END,
    "deux_listes": HEAD
    + items(2, "Signez", "Datez")
    + p("Puis, au retour :")
    + items(2, "Postez")
    + END,
    "chapitres": p("Bilan de l'année", style="Titre1")
    + p("Activités", style="Titre2")
    + p("Douze sorties, quatre-vingts personnes.")
    + p("Comptes", style="Titre2")
    + table(("Poste", "Somme"), ("Dons", p("1 200 €", set_="d")), ("Salle", p("300 €", set_="d"))),
    "citation": HEAD
    + DEAR
    + p("Comme disait notre présidente :")
    + p("« Le marais n'attend pas. »", more='<w:ind w:left="1134"/>')
    + p("Alors, venez !")
    + END,
    "lien": HEAD
    + p(
        "Lisez ",
        f'<w:hyperlink r:id="link">{run("notre page")}</w:hyperlink>',
        " avant la réunion.",
    )
    + END,
    "deux_pages": HEAD
    + p("Première page.")
    + p('<w:r><w:br w:type="page"/></w:r>')
    + p("Bulletin à renvoyer")
    + p("Nom :")
    + p("☐ oui   ☐ non"),
    "lignes": p(
        run("Collectif des Quais"),
        "<w:r><w:br/></w:r>",
        run("4 place du Port"),
        "<w:r><w:br/></w:r>",
        run("35400 Saint-Malo"),
    )
    + DATED
    + DEAR
    + p("À bientôt.")
    + END,
    "ecole": HEAD
    + p("Aux parents de ", f("Prénom", "Anaïs"), ",")
    + p("Sortie au musée : ", b("5 €"), " par enfant.")
    + table(("Classe", "Départ"), ("CP", "8 h 30"), ("CE1", "9 h"))
    + END,
    "sport": p(b("Club de voile"), set_="c")
    + DEAR
    + p("Le certificat médical est ", run("obligatoire", "b", "i"), ".")
    + items(1, "pour les mineurs : questionnaire", "pour les adultes : certificat")
    + END,
    "quartier": HEAD
    + DEAR
    + p(
        "Vous habitez ",
        f("Rue", "au quai Duguay-Trouin,", r'\b "au " \f ","'),
        " à ",
        f("Ville", "Saint-Malo"),
        if_("CP", '= "35*"', ", en Ille-et-Vilaine", "", ", en Ille-et-Vilaine"),
        ".",
    )
    + END,
    "signatures": DEAR
    + p("Fait en deux exemplaires.")
    + table((p("La présidente") + p("A. Le Bihan"), p("Le trésorier") + p("Y. Morvan")), bare=True),
    "signes": HEAD + p("3 * 2 = 6 & 5 < 7 ; 50 % # [sic] {} _a_ ~ | \\ ` 1) 2. - fin") + END,
    "long": HEAD
    + DATED
    + DEAR
    + "".join(
        p(f"Paragraphe {n} : l'eau monte, la digue tient, et nous veillons.", set_="j")
        for n in range(1, 13)
    )
    + END,
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
