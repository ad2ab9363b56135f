"""A printer that fails on purpose: the path picks the failure. ipp://localhost:PORT/NAME

    fine            prints at once
    pending  held  processing  stopped               the job stays like that, for ever
    canceled  aborted                                how the job ends
    no-paper  jammed  opened  no-ink                 the job is in work, and the printer says why
    grumbles                                         it says what it lacks, and needs nobody
    vanished                                         the job is taken, and nobody knows of it
    unlisted                                         it is in the list of all jobs alone
    refuses         server-error-busy to the job, in words
    http-401 http-403 http-404 http-426              that reply to everything
    http-503-job                                     that reply to the job
    junk            answers in HTML, always          junk-job  junk-look   to the job, when asked
    drop-body       hangs up after the job's first bytes
    drop-reply      takes the job, and hangs up      slow-reply  takes it, answers when `let_go`
    gone-after      takes the job, then hangs up on every question about it
    no-pdf  no-a4  one-sided  not-accepting  paused  no-media   what it says of itself
    old             names its paper "a4"             fewer   knows media and sides, and no more

What it took, it counts in `taken`: a job after which the line dropped, too.
"""

from __future__ import annotations

import hashlib
import socketserver
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar

from merge.model import PrintJobState
from merge.paper.ipp import Attribute, IppResponse, IppTag, Operation, attribute, message, reply

HOST = "127.0.0.1"

_OK, _NOT_FOUND, _BUSY = 0x0000, 0x0406, 0x0507
_LACKS = {
    "no-paper": ("other-warning", "media-empty-error"),
    "jammed": ("media-jam",),
    "opened": ("cover-open-warning",),
    "no-ink": ("marker-supply-empty-error",),
    "grumbles": ("media-jam-report",),
}
_STATES = {
    "pending": PrintJobState.PENDING,
    "held": PrintJobState.HELD,
    "processing": PrintJobState.PROCESSING,
    "stopped": PrintJobState.STOPPED,
    "canceled": PrintJobState.CANCELED,
    "aborted": PrintJobState.ABORTED,
    **dict.fromkeys(_LACKS, PrintJobState.PROCESSING),
}
_SAYS: dict[str, tuple[Attribute, ...]] = {
    "no-pdf": (attribute("document-format-supported", IppTag.MIME_TYPE, "image/urf"),),
    "no-a4": (attribute("media-supported", IppTag.KEYWORD, "na_letter_8.5x11in"),),
    "old": (attribute("media-supported", IppTag.KEYWORD, "na-letter", "a4"),),
    "one-sided": (attribute("sides-supported", IppTag.KEYWORD, "one-sided"),),
    "not-accepting": (attribute("printer-is-accepting-jobs", IppTag.BOOLEAN, False),),
    "paused": (
        attribute("printer-state", IppTag.ENUM, 5),
        attribute("printer-state-message", IppTag.TEXT, "No paper in tray 1."),
    ),
}
_SAYS |= {
    name: (attribute("printer-state-reasons", IppTag.KEYWORD, *reasons),)
    for name, reasons in _LACKS.items()
}
_USUAL = (
    attribute("printer-state", IppTag.ENUM, 3),
    attribute("printer-is-accepting-jobs", IppTag.BOOLEAN, True),
    attribute("document-format-supported", IppTag.MIME_TYPE, "image/urf", "application/pdf"),
    attribute("media-supported", IppTag.KEYWORD, "na_letter_8.5x11in", "iso_a4_210x297mm"),
    attribute("sides-supported", IppTag.KEYWORD, "one-sided", "two-sided-long-edge"),
)
_MORE = (
    attribute("print-scaling-supported", IppTag.KEYWORD, "auto", "none"),
    attribute("job-sheets-supported", IppTag.KEYWORD, "none", "standard"),
    attribute("copies-supported", IppTag.INTEGER, 99),
    attribute("number-up-supported", IppTag.INTEGER, 1),
)


@dataclass(frozen=True, kw_only=True)
class Taken:
    """One job that the printer took upon itself."""

    number: int
    name: str
    facts: Mapping[str, tuple[Any, ...]]  # the job's attributes, and the operation's
    sha256: str


@dataclass(kw_only=True)
class FaultPrinter:
    """What the printer is and took. `state` overrides what the path says of jobs."""

    port: int = 0
    state: PrintJobState | None = None
    taken: list[Taken] = field(default_factory=list)
    looks: int = 0  # questions about one job
    arrived: threading.Event = field(default_factory=threading.Event)  # a job is in its hands
    looked: threading.Event = field(default_factory=threading.Event)  # somebody asked about it
    let_go: threading.Event = field(default_factory=threading.Event)

    def uri(self, name: str) -> str:
        """Where the printer with this failure is."""
        return f"ipp://localhost:{self.port}/{name}"

    @contextmanager
    def running(self) -> Iterator[FaultPrinter]:
        """Serve from threads until the block ends."""
        handler = type("Talk", (_Talk,), {"printer": self})
        with socketserver.ThreadingTCPServer((HOST, 0), handler) as server:
            server.daemon_threads = True
            self.port = server.server_address[1]
            thread = threading.Thread(target=server.serve_forever, args=(0.01,), name="printer")
            thread.start()
            try:
                yield self
            finally:
                self.let_go.set()
                server.shutdown()
                thread.join()


class _Talk(BaseHTTPRequestHandler):
    """One connection, one question."""

    printer: ClassVar[FaultPrinter]
    fault = ""

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: what counts is in `FaultPrinter`."""

    def do_POST(self) -> None:
        self.fault = self.path.strip("/")
        length = int(self.headers["Content-Length"])
        start = self.rfile.read(min(400, length))
        if self.fault == "drop-body" and start[2:4] == Operation.PRINT_JOB.to_bytes(2):
            self.printer.arrived.set()
            return  # the connection ends, and most of the job with it
        data = start + self.rfile.read(length - len(start))
        asked = reply(data)  # the operation stands where a reply has its status
        document = data[data.find(b"%PDF") :] if b"%PDF" in data else b""
        if self.fault.startswith("http-4"):
            self.http(int(self.fault.removeprefix("http-")), b"")
        elif self.fault == "junk":
            self.junk()
        else:
            self.answer(asked, document)

    def answer(self, asked: IppResponse, document: bytes) -> None:
        match asked.status:
            case Operation.GET_PRINTER_ATTRIBUTES:
                says = {one.name: one for one in _USUAL}
                says |= {one.name: one for one in _SAYS.get(self.fault, ())}
                if self.fault == "no-media":
                    del says["media-supported"]
                more = () if self.fault == "fewer" else _MORE
                self.ipp(_OK, [(IppTag.PRINTER, [*says.values(), *more])])
            case Operation.PRINT_JOB:
                self.take(asked, document)
            case Operation.GET_JOB_ATTRIBUTES:
                self.look(asked)
            case Operation.GET_JOBS:
                self.list_jobs(asked)

    def take(self, asked: IppResponse, document: bytes) -> None:
        if self.fault == "refuses":
            self.ipp(_BUSY, [], words="Too many jobs")
            return
        if self.fault == "http-503-job":
            self.http(503, b"")
            return
        facts = {name: values for _tag, group in asked.groups for name, values in group.items()}
        job = Taken(
            number=len(self.printer.taken) + 1,
            name=str(facts["job-name"][0]),
            facts=facts,
            sha256=hashlib.sha256(document).hexdigest(),
        )
        self.printer.taken.append(job)
        self.printer.arrived.set()
        if self.fault == "drop-reply":
            return
        if self.fault == "slow-reply":
            self.printer.let_go.wait(60)
        if self.fault == "junk-job":
            self.junk()
            return
        self.ipp(_OK, [(IppTag.JOB, self.about(job))])

    def look(self, asked: IppResponse) -> None:
        self.printer.looks += 1
        self.printer.looked.set()
        (number,) = asked.groups[0][1]["job-id"]
        found = [job for job in self.printer.taken if job.number == number]
        if self.fault == "gone-after":
            return
        if self.fault == "junk-look":
            self.junk()
        elif self.fault == "vanished" or not found:
            self.ipp(_NOT_FOUND, [], words="No such job")
        else:
            self.ipp(_OK, [(IppTag.JOB, self.about(found[0]))])

    def list_jobs(self, asked: IppResponse) -> None:
        (which,) = asked.groups[0][1]["which-jobs"]
        meant = {"all"} if self.fault == "unlisted" else {"all", self.list_of_all}
        shown = self.printer.taken if which in meant else []
        jobs = [] if self.fault == "vanished" else [(IppTag.JOB, self.about(job)) for job in shown]
        self.ipp(_OK, jobs)

    @property
    def list_of_all(self) -> str:
        """The list of RFC 8011 in which all jobs of this printer are."""
        return "completed" if self.state.is_over else "not-completed"

    @property
    def state(self) -> PrintJobState:
        return self.printer.state or _STATES.get(self.fault, PrintJobState.COMPLETED)

    def about(self, job: Taken) -> list[Attribute]:
        return [
            attribute("job-id", IppTag.INTEGER, job.number),
            attribute("job-name", IppTag.NAME, job.name),
            attribute("job-state", IppTag.ENUM, self.state),
        ]

    def ipp(
        self, status: int, groups: list[tuple[IppTag, list[Attribute]]], words: str = ""
    ) -> None:
        said = [attribute("status-message", IppTag.TEXT, words)] if words else []
        self.http(200, message(status, 1, [(IppTag.OPERATION, said), *groups]))

    def junk(self) -> None:
        self.http(200, b"<html>Welcome to your new fridge</html>")

    def http(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        with suppress(ConnectionError):  # who asked has been killed
            self.end_headers()
            self.wfile.write(body)
