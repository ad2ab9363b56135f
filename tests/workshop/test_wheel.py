"""The wheel is enough: away from the clone it makes a campaign and shows a letter."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.house import ROOT

MUST_CARRY = (
    "merge/py.typed",
    "merge/french/communes.csv",
    "merge/french/vanished.csv",
    "merge/french/outlines/35.csv",
    "merge/paper/fonts/LiberationSerif-Regular.ttf",
    "merge/paper/fonts/LICENSE",
    "merge/locale/fr/LC_MESSAGES/messages.mo",
    "merge/templates/vsa/letter.md",
    "merge/templates/vsa/reminder.md",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing but the wheel, and the libraries lent by this one.

    They are lent by a .pth file, so that this environment's own .pth files, the link to the clone
    among them, are not read.
    """
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder, symlinks=True)
    paths = {"base": str(folder), "platbase": str(folder)}
    own = Path(sysconfig.get_path("purelib", "venv", paths))
    lent = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (own / "lent.pth").write_text("\n".join(lent), encoding="utf-8")
    python = Path(sysconfig.get_path("scripts", "venv", paths)) / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check"]
    install = ["install", "--quiet", "--no-deps", "--no-index", "--ignore-installed", str(wheel)]
    subprocess.run(pip + install, check=True, capture_output=True)
    return python.parent


@pytest.fixture
def run(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Runs a program of that environment, in an empty folder and without the clone."""
    guard = os.environ["PYTHONPATH"].split(os.pathsep)[0]
    monkeypatch.setenv("PYTHONPATH", guard)

    def run(program: str, *arguments: str) -> str:
        done = subprocess.run(
            [str(installed / program), *arguments],
            cwd=tmp_path,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def test_the_wheel_carries_its_data_and_nothing_of_the_workshop(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert not set(MUST_CARRY) - names
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"merge", "publipostage"}


def test_it_does_not_run_from_the_clone(run):
    where = run("python", "-c", "import merge; print(merge.__file__)")
    assert not Path(where).is_relative_to(ROOT)


def test_from_an_empty_folder_to_a_letter(run, tmp_path):
    shutil.copy(ROOT / "data/communes.csv", tmp_path / "towns.csv")
    run("publipostage", "new", "campaign", "--name", "Exemple", "--group", "Collectif d'exemple",
        "--contact", "contact@example.org", "--from", "contact@example.org", "--place", "Rennes",
        "--address", "1 rue de l'Exemple", "--address", "35000 RENNES")  # fmt: skip
    run("publipostage", "-C", "campaign", "import", "towns.csv")
    run("publipostage", "-C", "campaign", "check")
    assert "ville du Havre" in run("publipostage", "-C", "campaign", "preview", "Le Havre")
