"""The units of docs/many.md, as systemd reads them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from tests.house import ROOT
from tests.needs import need


def test_systemd_takes_both_units_of_the_recipe(tmp_path: Path) -> None:
    need(shutil.which("systemd-analyze"), "systemd-analyze", "systemd")
    text = (ROOT / "docs" / "many.md").read_text(encoding="utf-8")
    units = re.findall(r"^# /etc/systemd/system/(\S+\.service)\n(.*?)^```", text, re.M | re.S)
    assert [name for name, _unit in units] == [
        "publipostage-worker.service",
        "publipostage-page.service",
    ]
    for name, unit in units:
        program = re.search(r"^ExecStart=(\S+)", unit, re.M)
        assert program
        (tmp_path / name).write_text(unit.replace(program[1], "/bin/true"), encoding="utf-8")
        done = subprocess.run(
            ["systemd-analyze", "verify", str(tmp_path / name)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout + done.stderr) == (0, "")
