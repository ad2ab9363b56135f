"""Sheets imported into one campaign, one after the other, and what came of them, told in short."""

from __future__ import annotations

import re

from merge.app import importing, letters
from merge.app.opening import open_campaign
from merge.app.sheets import Reading
from merge.errors import Trouble
from merge.job import Want, silent
from merge.ledger.records import FieldChange
from merge.model import Channel, Letter, Recipient, RowProblem
from tests.desk import Desk


class Imports:
    """A campaign, which `begin` empties: that takes less time than another one."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.empty = (desk.folder / "ledger.db").read_bytes()

    def begin(self, letter: str) -> None:
        """Nobody is in it, and this is its letter."""
        for file in self.desk.folder.glob("ledger.db*"):
            file.unlink()
        (self.desk.folder / "ledger.db").write_bytes(self.empty)
        (self.desk.folder / "letter.md").write_text(letter, encoding="utf-8")

    def take(self, header: str, rows: str, *options: str) -> list[str]:
        """What is told of a sheet that is taken: each problem with its row, what is asked; or why
        it is refused. Rows are parted by " / "; options are as `import` has them.
        """
        typed = [option.partition("=") for option in options]
        reading = Reading(
            overrides={name: column for name, _, column in typed if column},
            own=[name for name, _, column in typed if not column],
        )
        sheet = str(self.desk.sheet(*rows.split(" / "), header=header))
        told: list[str] = []

        def notice(each: RowProblem | FieldChange) -> None:
            if isinstance(each, RowProblem):
                told.append(f"!{each.row} {each.code}")

        try:
            job = importing.Job(self.desk.folder, [sheet], reading, silent)
            wants = job.run((), notice).wants
            if wants:
                job.run([each.agreed() for each in wants], lambda each: None)
        except Trouble as error:
            return [f"refused: {error.code}"]
        asked = (" ".join([f"?{each.code}", *_pairs(each)]) for each in wants)
        return [*told, *asked]

    def made(self, columns: str, read: str, body: str, steps: str) -> tuple[str, ...]:
        """Everybody's letter, of which this is the body, and what is told of the last sheet.

        `read` is "each row" or the line of the letter's head that makes groups, then options.
        Steps are parted by " // ": the rows of a sheet, which may begin with other columns in [ ];
        "sent", when the letters have left; an edit of the first recipient.
        """
        group, *options = read.split(", ")
        head = "subject: Objet" if group == "each row" else f"subject: Objet\n{group}"
        body = body.replace("⏎", "\n").replace("¦", "|")
        self.begin(f"---\n{head}\n---\n\nDébut\n\n{body}\n\nFin\n")
        told: list[str] = []
        for step in steps.replace("¦", "|").split(" // "):
            if step == "sent":
                self.desk.sql("UPDATE deliveries SET status = 'sent'")
            elif step.startswith("edit: "):
                self.desk.ok("edit", "1", *step.removeprefix("edit: ").split(", "))
            else:
                if step.startswith("["):
                    columns, _, step = step[1:].partition("] ")
                told = self.take(columns, step, *options)
        return (*(each.replace("|", "¦") for each in self.letters()), *told)

    def everybody(self) -> list[Recipient]:
        with open_campaign(self.desk.folder, access="read", command="show") as campaign:
            return list(campaign.ledger.recipients())

    def letters(self, channel: Channel = Channel.EMAIL) -> list[str]:
        """Everybody's, after the number that a sheet has of them: what stands in it between
        "Début" and "Fin", with plain spaces, or why there is none.
        """
        told = []
        try:
            with open_campaign(self.desk.folder, access="read", command="check") as campaign:
                template = letters.template(campaign)
                for each in campaign.ledger.recipients():
                    letter = template.render(each, channel)
                    if isinstance(letter, Letter):
                        said = re.sub("[ \u00a0\u202f]+", " ", letter.text)
                        between = re.search(r"Début\n+(.*?)\n+Fin", said, re.DOTALL)
                        assert between, said
                        text = " / ".join(filter(None, between[1].splitlines()))
                    else:
                        text = f"!{letter.code} {letter.value}".strip()
                    told.append(f"{each.number}: {text}".removeprefix(": "))
        except Trouble as error:
            return [f"!letter {error.code}"]
        return told


def _pairs(want: Want) -> list[str]:
    """Of whom it is asked: whoever is added, and who they may be."""
    return ["=".join(pair) for pair in want.facts.get("keys", ())]
