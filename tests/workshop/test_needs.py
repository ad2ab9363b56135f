"""What the tests want of the system is what .ci/run installs, and the program names the same."""

from __future__ import annotations

import ast

from merge.words.reasons import REASONS
from tests.house import ROOT
from tests.servers import dovecot, postfix, postgres


def listed(name: str) -> set[str]:
    """The packages of a list in .ci/."""
    lines = (ROOT / ".ci" / name).read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}


def asked() -> set[str]:
    """The packages that calls of `need` name, and those of the real mail servers."""
    names = {*postfix.APT_PACKAGES, *dovecot.APT_PACKAGES, *postgres.APT_PACKAGES}
    for path in (ROOT / "tests").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "need":
                packages = node.args[2]
                if isinstance(packages, ast.Constant):
                    names.update(str(packages.value).split())
    return names


def test_ci_installs_what_the_tests_want_and_nothing_else():
    assert asked() - listed("apt-program") == listed("apt-tests")


def test_the_program_names_the_packages_that_make_installs():
    told = " ".join(map(str, REASONS["pango-missing"]))
    assert not {name for name in listed("apt-program") if name not in told}
