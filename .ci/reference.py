"""Write docs/reference.md: the tables of commands, settings and exit codes, in French.

They come from the program itself; tests/workshop/test_docs.py holds that they are up to date: no
command, option, setting or exit code can go undocumented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click

REFERENCE = Path(__file__).parents[1] / "docs" / "reference.md"


def tables() -> dict[str, str]:
    """Each table by the name of its place in the file."""
    from merge.cli.language import speaking

    with speaking("fr"):
        return _tables()


def _tables() -> dict[str, str]:
    from merge.settings import ENVIRONMENT, SETTINGS
    from merge.words.language import translate

    return {
        "commands": _table(("Commande", "Ce qu'elle fait"), _commands()),
        "settings": _table(
            ("Réglage", "Valeur", "Par défaut", "À quoi il sert"),
            (
                (
                    f"`{doc.name}`",
                    _kind(doc.kind),
                    "à donner" if doc.required else f"`{doc.default}`" if doc.default else "",
                    translate(doc.help),
                )
                for doc in SETTINGS
            ),
        ),
        "environment": _table(
            ("Variable", "À quoi elle sert"),
            ((f"`{doc.name}`", translate(doc.help)) for doc in ENVIRONMENT),
        ),
        "exit-codes": _table(("Code", "Ce qu'il veut dire"), _exit_codes()),
    }


def written(text: str) -> str:
    """The text with every table as the program says it is."""
    for name, table in tables().items():
        place = re.compile(rf"(<!-- begin {name} -->\n).*?(<!-- end {name} -->)", re.DOTALL)
        text, found = place.subn(lambda m, t=table: f"{m[1]}{t}{m[2]}", text)  # type: ignore[misc]
        if found != 1:
            raise SystemExit(f"docs/reference.md has no place for the table “{name}”")
    return text


def _commands() -> Iterator[tuple[str, str]]:
    from merge.cli.commands import publipostage

    def rows(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
        context = click.Context(command, info_name=name)
        arguments = [
            p.make_metavar(context) for p in command.params if isinstance(p, click.Argument)
        ]
        what = " ".join((command.help or "").split())
        if not isinstance(command, click.Group) or name == "":
            yield f"`{' '.join(filter(None, ['publipostage', name, *arguments]))}`", what
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                yield f"— {_option(parameter, context)}", " ".join((parameter.help or "").split())
        if isinstance(command, click.Group):
            for each in command.commands.values():
                yield from rows(each, f"{name} {each.name}".strip())

    return rows(publipostage, "")


def _option(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    return f"`{record[0]}`" if record else ""


def _exit_codes() -> Iterator[tuple[str, str]]:
    from merge.errors import ExitCode
    from merge.words.language import translate
    from merge.words.troubles import EXIT_CODE_WORDS

    return ((f"`{code.value}`", translate(EXIT_CODE_WORDS[code])) for code in ExitCode)


def _kind(kind: str) -> str:
    from merge.words.language import translate
    from merge.words.troubles import KIND_WORDS

    return translate(KIND_WORDS.get(kind, "")) or f"`{kind}`"


def _table(headers: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [headers, ("---",) * len(headers), *rows]
    return "".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines
    )


if __name__ == "__main__":
    REFERENCE.write_text(written(REFERENCE.read_text(encoding="utf-8")), encoding="utf-8")
