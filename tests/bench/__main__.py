"""`make bench`: what each step costs, through the program's own commands.

Every figure is of a whole process, from its start to its end: CPU seconds of all its threads, and
the most memory it held. Wall time is shown too, but two machines compare by CPU time only.

    python -m tests.bench [--sent N] [--printed N]
"""

from __future__ import annotations

import argparse
import csv
import logging
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from merge.errors import ExitCode
from merge.french.communes import Commune, reference
from tests.servers.capture import CaptureServer
from tests.servers.certificates import Authority

NO_LIMITS = "per_hour = 1000000\nper_day = 1000000\n"


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one process took. `n` is how many things it made."""

    step: str
    n: int
    cpu_s: float
    wall_s: float
    memory_mb: float

    def line(self) -> str:
        each_ms = 1000 * self.cpu_s / self.n
        return (
            f"{self.step:34}{self.n:8,}{self.cpu_s:9.2f}{self.wall_s:9.2f}"
            f"{each_ms:10.3f}{self.n / self.cpu_s:11,.0f}{self.memory_mb:9.0f}"
        )


def cost(step: str, n: int, command: list[str], expected: int = ExitCode.DONE) -> Cost:
    """Run a command and measure it. What it says is shown when it fails."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        talk = process.stderr.read()
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != expected:
        sys.exit(f"{' '.join(command)}\n{talk.decode()}exit code {process.returncode}")
    return Cost(
        step=step,
        n=n,
        cpu_s=usage.ru_utime + usage.ru_stime,
        wall_s=time.perf_counter() - start,
        memory_mb=usage.ru_maxrss / 1024,
    )


def write_sheet(path: Path, towns: Iterable[Commune], *, on_paper: int) -> None:
    """A sheet as a group would have it; the first `on_paper` towns have no e-mail."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(["Code INSEE", "Commune", "Courriel", "Adresse", "Code postal", "Ville"])
        for number, town in enumerate(towns):
            mail = "" if number < on_paper else f"mairie-{town.insee}@example.org"
            postcode = next(iter(town.postcodes), "97410")
            rows.writerow([town.insee, town.name, mail, "Place de la Mairie", postcode, town.name])


def measure(folder: Path, server: CaptureServer, *, sent: int, printed: int) -> Iterable[Cost]:
    """One campaign to all communes, step by step."""
    towns = list(reference().values())
    sheet, campaign = folder / "towns.csv", folder / "campaign"
    write_sheet(sheet, towns, on_paper=printed)
    program = [sys.executable, "-m", "merge"]
    inside = [*program, "-C", str(campaign)]

    yield cost("start (--help)", 1, [*program, "--help"])
    yield cost("new", 1, [
        *program, "new", str(campaign), "--name", "Bench", "--group", "Collectif d'exemple",
        "--contact", "contact@example.org", "--from", "contact@example.org", "--place", "Rennes",
        "--address", "35000 RENNES",
    ])  # fmt: skip
    yield cost("account set", 1, [
        *inside, "account", "set", "--host", "localhost", "--port", str(server.port),
        "--tls", "implicit", "--ca-file", str(server.folder / "ca.pem"),
    ])  # fmt: skip
    settings = campaign / "campaign.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("[account]\n", f"[account]\n{NO_LIMITS}"), encoding="utf-8")

    yield cost("import, all communes", len(towns), [*inside, "import", str(sheet)])
    yield cost("check, all letters", len(towns), [*inside, "check"])
    send = [*inside, "send", "--really", "--yes", "--untested", "--limit", str(sent)]
    yield cost("send, SMTP + TLS on loopback", sent, send, ExitCode.STOPPED)  # by its limit
    yield cost("print, letters of two pages", printed, [*inside, "print"])
    yield cost("log --format csv", len(towns), [*inside, "log", "--format", "csv"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.partition("\n")[0])
    parser.add_argument("--sent", type=int, default=1000, help="e-mails to send")
    parser.add_argument("--printed", type=int, default=100, help="letters to print")
    chosen = parser.parse_args()
    logging.getLogger("mail.log").setLevel(logging.ERROR)  # aiosmtpd talks of its next version

    print(f"{'':34}{'n':>8}{'CPU s':>9}{'wall s':>9}{'ms each':>10}{'per CPU s':>11}{'peak MB':>9}")
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "PUBLIPOSTAGE_HOME": f"{folder}/home",
            "PUBLIPOSTAGE_PASSWORD": "secret",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }
        mail = Path(folder) / "mail"
        mail.mkdir()
        server = CaptureServer(folder=mail, authority=Authority.in_folder(mail))
        with server.running():
            for step in measure(Path(folder), server, sent=chosen.sent, printed=chosen.printed):
                print(step.line(), flush=True)


if __name__ == "__main__":
    main()
