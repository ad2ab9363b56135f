"""A real CUPS before a real IPP Everywhere printer: private folders, free ports on loopback.

The printer is CUPS's own `ippeveprinter`, which keeps what it printed; the queue before it is one
of a `cupsd` of this run. Neither needs root, systemd or avahi; all are stopped by their process
ids. As root, cupsd wants another user for its filters, as everywhere.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.servers.ports import answers, free_ports

APT_PACKAGES = ("cups", "cups-client", "cups-ipp-utils", "cups-filters", "dbus")
"""Debian 13 and Ubuntu 24.04, with --no-install-recommends; no service need run."""

QUEUE = "virt"
_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"  # Debian keeps servers off a user's path
_PROGRAMS = ("cupsd", "ippeveprinter", "ipptool", "lpadmin", "cancel", "lp", "dbus-daemon")

_BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={root}/bus.sock</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/><allow user="*"/></policy></busconfig>
"""

_CUPS_FILES = """\
User {user}
Group {group}
SystemGroup root
ServerRoot {root}/etc
CacheDir {root}/cache
RequestRoot {root}/requests
StateDir {root}/state
AccessLog {root}/log/access
ErrorLog {root}/log/error
PageLog {root}/log/page
ServerKeychain {root}/ssl
Sandboxing relaxed
"""

_CUPSD = """\
Listen 127.0.0.1:{port}
Browsing No
WebInterface No
DefaultAuthType None
PreserveJobHistory Yes
JobRetryInterval 1
DirtyCleanInterval 0
<Location />
  Order allow,deny
  Allow localhost
</Location>
<Policy default>
  <Limit All>
    AuthType None
    Order allow,deny
    Allow localhost
  </Limit>
</Policy>
"""

# A sheet of paper is kept when it is out. While there is a file "empty" the printer waits for
# paper, and says so; with "broken" it gives jobs up; while there is "jam" it stays in the middle.
_PRESS = """\
#!/bin/sh
echo "$IPP_SIDES $IPP_JOB_NAME" >>"{root}/begun"
echo "$IPP_MEDIA $IPP_MEDIA_COL" >>"{root}/media"
number=$(wc -l <"{root}/begun")
if [ -e "{root}/empty" ]; then
    echo "STATE: +media-empty-error" >&2
    while [ -e "{root}/empty" ]; do sleep 0.02; done
    echo "STATE: -media-empty-error" >&2
fi
if [ -e "{root}/broken" ]; then exit 1; fi
while [ -e "{root}/jam" ]; do sleep 0.02; done
cp "$1" "{root}/printed/.$number"
mv "{root}/printed/.$number" "{root}/printed/$number.pdf"
"""

_CANCEL = """\
{
  OPERATION Cancel-Job
  GROUP operation-attributes-tag
  ATTR charset attributes-charset utf-8
  ATTR language attributes-natural-language en
  ATTR uri printer-uri $uri
  ATTR integer job-id 1
  ATTR name requesting-user-name root
  STATUS successful-ok
}
"""


def missing() -> str:
    """What keeps the printer from running here; "" when nothing does."""
    if sys.platform != "linux":
        return "Linux"
    for program in _PROGRAMS:
        if not shutil.which(program, path=_PATH):
            return program
    return ""


@dataclass(kw_only=True)
class RealPrinter:
    """A printer and the queue before it, running."""

    root: Path
    cups_port: int
    printer_port: int
    _processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _device: subprocess.Popen[bytes] | None = None
    _cups: subprocess.Popen[bytes] | None = None

    @property
    def queue(self) -> str:
        """The URI of the CUPS queue."""
        return f"ipp://localhost:{self.cups_port}/printers/{QUEUE}"

    @property
    def device(self) -> str:
        """The URI of the printer itself."""
        return f"ipp://localhost:{self.printer_port}/ipp/print"

    @property
    def printed(self) -> list[Path]:
        """The PDF of every job that came out, oldest first."""
        return sorted((self.root / "printed").glob("*.pdf"), key=lambda path: int(path.stem))

    @property
    def begun(self) -> list[list[str]]:
        """What the printer was told of each job that it began: its sides, its name."""
        file = self.root / "begun"
        return [line.split() for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def media(self) -> list[str]:
        """The paper that the printer was told of each job that it began."""
        return (self.root / "media").read_text().splitlines()

    def wait_for(self, until: Callable[[], object], timeout_s: float = 30) -> None:
        """Look again and again: no printer tells anybody what it has done."""
        deadline = time.monotonic() + timeout_s
        while not until():
            assert time.monotonic() < deadline, f"waited {timeout_s} s in vain\n{self.log}"
            time.sleep(0.02)

    def run(self, *command: str) -> str:
        """One of CUPS's own commands, for this server."""
        found = shutil.which(command[0], path=_PATH)
        assert found, command[0]
        environment = os.environ | {"CUPS_SERVER": f"127.0.0.1:{self.cups_port}", "LC_ALL": "C"}
        done = subprocess.run(
            [found, *command[1:]], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    @contextmanager
    def jammed(self) -> Iterator[None]:
        """The printer takes jobs and stays in the middle of them."""
        with self._marked("jam"):
            yield

    @contextmanager
    def out_of_paper(self) -> Iterator[None]:
        """The printer takes jobs, says what it lacks, and waits for it."""
        with self._marked("empty"):
            yield

    @contextmanager
    def broken(self) -> Iterator[None]:
        """The printer takes jobs and gives them up."""
        with self._marked("broken"):
            yield

    @contextmanager
    def _marked(self, name: str) -> Iterator[None]:
        mark = self.root / name
        mark.touch()
        try:
            yield
        finally:
            mark.unlink(missing_ok=True)

    def cancel_at_the_device(self) -> None:
        """Press the red button: the first job since it was switched on ends, whoever sent it."""
        test = self.root / "cancel.test"
        test.write_text(_CANCEL)
        self.run("ipptool", self.device, str(test))

    def start_cups(self) -> None:
        """Start the print server."""
        etc = self.root / "etc"
        self._cups = self.start(
            *("cupsd", "-f", "-c", f"{etc}/cupsd.conf", "-s", f"{etc}/cups-files.conf")
        )
        self.wait_for(lambda: answers(self.cups_port))

    def kill_cups(self) -> None:
        """SIGKILL to the print server, in the middle of anything."""
        assert self._cups is not None
        os.killpg(self._cups.pid, signal.SIGKILL)
        self._cups.wait()

    def is_being_fed(self, folder: str, least: int) -> bool:
        """Whether a document is on its way into "requests" of CUPS or "spool" of the printer."""
        files = (self.root / folder).rglob("*")
        return any(file.is_file() and file.stat().st_size >= least for file in files)

    def switch_on(self, takes: str = "application/pdf") -> None:
        """Start the printer."""
        self._device = self.start(
            *("ippeveprinter", "-r", "off", "-2", "-p", str(self.printer_port), "-n", "localhost"),
            *("-f", takes, "-d", str(self.root / "spool")),
            *("-c", str(self.root / "press.sh"), "Virtuelle"),
        )
        self.wait_for(lambda: answers(self.printer_port))

    def switch_off(self) -> None:
        """Cut the printer's power: SIGKILL to it and its press, in the middle of anything."""
        assert self._device is not None
        os.killpg(self._device.pid, signal.SIGKILL)
        self._device.wait()

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """A server of this run, ended with it."""
        environment = os.environ | {
            "PATH": _PATH,
            "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.root}/bus.sock",
            "LC_ALL": "C",
        }
        with (self.root / "log" / command[0]).open("ab") as log:
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # its children end with it
            )
        self._processes.append(process)
        return process

    def stop(self) -> None:
        """End all that was started, last first."""
        for process in reversed(self._processes):
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    @property
    def log(self) -> str:
        """What all of them wrote down, for the message of a failed assertion."""
        return "\n".join(p.read_text(errors="replace") for p in (self.root / "log").iterdir())


@contextmanager
def real_printer(root: Path) -> Iterator[RealPrinter]:
    """Start all of it under `root`, an empty folder of this run's own; stop it at the end."""
    cups_port, printer_port = free_ports(2)
    printer = RealPrinter(root=root, cups_port=cups_port, printer_port=printer_port)
    _lay_out(printer)
    try:
        printer.start("dbus-daemon", f"--config-file={root}/bus.conf", "--nofork")
        printer.wait_for(lambda: (root / "bus.sock").exists())
        printer.switch_on()
        printer.start_cups()
        printer.run(
            *("lpadmin", "-p", QUEUE, "-E", "-v", printer.device, "-m", "everywhere"),
            *("-o", "printer-error-policy=abort-job"),
        )
        yield printer
    finally:
        printer.stop()


def _lay_out(printer: RealPrinter) -> None:
    import grp  # here, so that this module can be imported where there are no users of Unix
    import pwd

    root = printer.root
    for name in ("etc", "cache", "requests", "state", "log", "ssl", "spool", "printed"):
        (root / name).mkdir()
    user, group = pwd.getpwuid(os.geteuid()).pw_name, grp.getgrgid(os.getegid()).gr_name
    if os.geteuid() == 0:
        user = group = "lp"
        root.chmod(0o755)  # cupsd's filters look into it
    facts = {"root": root, "user": user, "group": group, "port": printer.cups_port}
    (root / "bus.conf").write_text(_BUS.format(**facts))
    (root / "etc" / "cups-files.conf").write_text(_CUPS_FILES.format(**facts))
    (root / "etc" / "cupsd.conf").write_text(_CUPSD.format(**facts))
    press = root / "press.sh"
    press.write_text(_PRESS.format(**facts))
    press.chmod(0o755)
