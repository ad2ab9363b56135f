"""Proves that every library of the program and its extras has a wheel for Windows and for macOS.

    python .ci/platforms.py            a line for each system, and what lacks a wheel

There nobody has a compiler. Markers are asked for the other system, for pip asks them of its own:
so the dependencies are followed here, and pip is asked for one layer of them at a time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PYTHON = "3.13"  # what the installer of `make dist` asks uv for
EXTRAS = ("postgres",)  # those of pyproject.toml that are for users


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One that nobody here has: pip's name for it, and what its markers are."""

    tag: str
    sys_platform: str
    os_name: str
    platform_system: str
    platform_machine: str

    def environment(self) -> dict[str, str]:
        """What a marker is evaluated in there."""
        return {
            "sys_platform": self.sys_platform,
            "os_name": self.os_name,
            "platform_system": self.platform_system,
            "platform_machine": self.platform_machine,
            "python_version": PYTHON,
            "python_full_version": f"{PYTHON}.0",
        }


SYSTEMS = (
    System(
        tag="win_amd64",
        sys_platform="win32",
        os_name="nt",
        platform_system="Windows",
        platform_machine="AMD64",
    ),
    System(
        # Apple's own processors, from macOS 15 on: pikepdf's newest has no wheel for the others.
        tag="macosx_15_0_arm64",
        sys_platform="darwin",
        os_name="posix",
        platform_system="Darwin",
        platform_machine="arm64",
    ),
)


class NoWheel(Exception):
    """pip's own words where it finds no wheel for what is asked, or no index."""


def pins() -> Mapping[str, str]:
    """Each library's requirement in .ci/constraints.txt, by its canonical name."""
    lines = (ROOT / ".ci/constraints.txt").read_text(encoding="utf-8").splitlines()
    wanted = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(each.name): str(each) for each in wanted}


def wheels(system: System) -> Mapping[str, str]:
    """The file of each library that the program may want there, by its name. NoWheel."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned, found = pins(), dict[str, str]()
    extras = [line for name in EXTRAS for line in project["optional-dependencies"][name]]
    layer = _needed([*project["dependencies"], *extras], system, ())
    while new := {name: layer[name] for name in layer if name not in found}:
        if unpinned := sorted(new.keys() - pinned.keys()):
            raise NoWheel(f"{system.tag}: .ci/pins does not name {', '.join(unpinned)}")
        layer = {}
        for each in report([pinned[name] for name in new], system.tag):
            metadata = each["metadata"]
            name = canonicalize_name(metadata["name"])
            found[name] = each["download_info"]["url"].rpartition("/")[2]
            layer |= _needed(metadata.get("requires_dist", ()), system, new[name])
    return found


def report(requirements: Iterable[str], tag: str) -> list[dict[str, Any]]:
    """What pip would install of these on the system of that tag, wheels alone. NoWheel."""
    with tempfile.TemporaryDirectory() as nowhere:
        done = subprocess.run(  # noqa: S603 - our own environment, and requirements of the project
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--report", "-"),
                *("--no-deps", "--ignore-installed", "--only-binary=:all:", "--target", nowhere),
                *("--platform", tag, "--implementation", "cp", "--python-version", PYTHON),
                *requirements,
            ],
            capture_output=True,
            encoding="utf-8",
            check=False,
            # Not the tests' guard, which lets no process off this computer.
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        )
    if done.returncode:
        raise NoWheel(f"{tag}: {done.stderr.strip()}")
    installed: list[dict[str, Any]] = json.loads(done.stdout)["install"]
    return installed


def _needed(
    requirements: Iterable[str], system: System, extras: Iterable[str]
) -> dict[str, frozenset[str]]:
    """The libraries of these that are wanted on that system, and the extras of each."""
    there = system.environment()
    wanted = dict[str, frozenset[str]]()
    for each in map(Requirement, requirements):
        marker = each.marker
        if marker is None or any(marker.evaluate(there | {"extra": it}) for it in (*extras, "")):
            name = canonicalize_name(each.name)
            wanted[name] = wanted.get(name, frozenset()) | each.extras
    return wanted


def main() -> int:
    """Say what each system would install."""
    for system in SYSTEMS:
        found = wheels(system)
        built = sum(not name.endswith("-none-any.whl") for name in found.values())
        print(f"{system.tag}: {len(found)} wheels, {built} of them built for it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
