"""The printer: an IPP printer of one's own, or a queue of CUPS before one. Fills `PrintQueue`.

What a printer says of itself is read before a lot is made: that it takes jobs, PDF, the paper and
both sides. A job always names its paper, its sides and "actual size": left to itself a queue prints
on Letter, and a page that was fitted moves the address out of the window (the same for copies,
pages on a sheet and banners, where the printer knows the words).

A job is handed over once. From the first byte of the request on, whatever goes wrong leaves it
in doubt; only a connection that never came about, or a refusal in the printer's own words, is
certain. Of a job's state nothing is believed but `job-state` (RFC 8011 5.3.7): the reasons beside
it are stale or empty with most printers. What the printer says that it lacks is only passed on.
"""

from __future__ import annotations

import http.client
import os
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, urlsplit

from merge.errors import Misuse, Refused
from merge.model import HandedOver, PaperName, PrintFile, PrintJobState, SeenJob, Status
from merge.paper.ipp import (
    NOT_FOUND,
    Attribute,
    Group,
    IppResponse,
    IppTag,
    NotIppError,
    Operation,
    attribute,
    reply,
    request,
)
from merge.paper.window import FORMATS

PORT = 631  # RFC 8010 4
_PRINTER_PATH = "/ipp/print"  # IPP Everywhere, PWG 5100.14 4.3
_QUEUE_NAME = re.compile(r"[^\s/#\\'\"?]{1,127}")  # lpadmin(8)
# What a person types who leaves "ipp://" out: it would be looked for among the queues.
_BARE_ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|[^:]+:\d+")
_PASSWORD = re.compile(r"(?<=//)[^/@]*@")
USER = "publipostage"  # always the same: CUPS shows the name of a job to its owner alone

ANSWER_TIMEOUT_S = 30.0
_QUEUES_TIMEOUT_S = 3.0
STALL_TIMEOUT_S = 300.0  # a printer without a disk takes the pages as it prints them
_LONGEST_REPLY = 4_000_000  # bytes; CUPS lists 500 jobs in about 100,000

_PDF = "application/pdf"
_STOPPED = 5  # printer-state, RFC 8011 5.4.11
_SIDES = {True: "two-sided-long-edge", False: "one-sided"}
_ASKED = (
    *("printer-state", "printer-state-message", "printer-is-accepting-jobs"),
    *("document-format-supported", "media-supported", "sides-supported"),
    *("print-scaling-supported", "job-sheets-supported", "copies-supported"),
    "number-up-supported",
)
_SAID_WHERE_KNOWN = (
    attribute("print-scaling", IppTag.KEYWORD, "none"),
    attribute("job-sheets", IppTag.KEYWORD, "none"),
    attribute("copies", IppTag.INTEGER, 1),
    attribute("number-up", IppTag.INTEGER, 1),
)


def printer_uri(text: str) -> str:
    """`ipp://…` or `ipps://…` as it is, with the path that printers have; the name of a queue as
    that queue of this computer's CUPS.

    Misuse("printer-name") for anything else.
    """
    refused = Misuse("printer-name", text=_PASSWORD.sub("…@", text))
    if "://" not in text:
        if not _QUEUE_NAME.fullmatch(text) or _BARE_ADDRESS.fullmatch(text):
            raise refused
        return f"ipp://localhost:{PORT}/printers/{quote(text)}"
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").encode("idna")
        usable = parts.scheme in ("ipp", "ipps") and host and parts.port != 0
    except ValueError:  # a port that is no number, a bracket left open, two dots in a row
        raise refused from None
    if not usable or parts.username or not text.isascii() or not text.isprintable():
        raise refused
    path = parts.path if parts.path not in ("", "/") else _PRINTER_PATH
    return f"{parts.scheme}://{parts.netloc}{path}"


def queues(port: int = PORT) -> Sequence[str]:
    """The queues of this computer's CUPS by their names; none where there is no CUPS.

    CUPS-Get-Printers, as in https://www.cups.org/doc/spec-ipp.html.
    """
    server = IppQueue(f"ipp://localhost:{port}/", answer_timeout_s=_QUEUES_TIMEOUT_S)
    try:
        answer = server._ask(
            Operation.CUPS_GET_PRINTERS,
            attribute("requested-attributes", IppTag.KEYWORD, "printer-name"),
        )
    except Refused:
        return ()
    groups = answer.all_of(IppTag.PRINTER) if answer.is_done else ()
    names = (str(name) for group in groups for name in group.get("printer-name", ()))
    return [name for name in names if _QUEUE_NAME.fullmatch(name)]


class IppQueue:
    """One printer or queue, by its URI; a connection for each question."""

    def __init__(
        self,
        uri: str,
        *,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
        stall_timeout_s: float = STALL_TIMEOUT_S,
    ) -> None:
        self.uri = uri
        self._answer_timeout_s = answer_timeout_s
        self._stall_timeout_s = stall_timeout_s
        self._numbers = count(1)
        self._about = (
            attribute("printer-uri", IppTag.URI, uri),
            attribute("requesting-user-name", IppTag.NAME, USER),
        )

    # Before anything is made

    def check(self, *, duplex: bool, paper: PaperName) -> None:
        """Refused("printer-…") when it is out of reach or cannot do what a lot needs."""
        found = self._describe()
        if found.get("printer-is-accepting-jobs", (True,)) == (False,):
            raise Refused("printer-not-accepting", path=self.uri)
        if found.get("printer-state") == (_STOPPED,):
            words = " ".join(str(text) for text in found.get("printer-state-message", ()))
            raise Refused("printer-stopped", path=self.uri, words=words)
        if _PDF not in found.get("document-format-supported", ()):
            raise Refused("printer-no-pdf", path=self.uri)
        if not _media(found, paper):
            raise Refused("printer-no-media", path=self.uri, paper=FORMATS[paper].title)
        if duplex and _SIDES[True] not in found.get("sides-supported", ()):
            raise Refused("printer-no-duplex", path=self.uri)

    def _describe(self) -> Group:
        asked = attribute("requested-attributes", IppTag.KEYWORD, *_ASKED)
        answer = self._ask(Operation.GET_PRINTER_ATTRIBUTES, asked)
        if not answer.is_done:
            raise self._refusal(answer)
        groups = answer.all_of(IppTag.PRINTER)
        if not groups:
            raise Refused("printer-junk", path=self.uri)
        return groups[0]

    # The job

    def hand_over(self, file: PrintFile, name: str) -> HandedOver:
        """Print-Job, once (RFC 8011 4.2.1). Never raises but when interrupted."""
        with ExitStack() as stack:
            try:
                # Open before the job begins: nobody moves its pages away any more.
                pages = stack.enter_context(Path(file.path).open("rb"))
                found = self._describe()
                connection = stack.enter_context(closing(self._connected(self._stall_timeout_s)))
            except OSError:
                return HandedOver(status=Status.FAILED, words="pages-unreadable")
            except Refused as trouble:
                says_why = trouble.code == "printer-refuses"
                words = str(trouble.facts["words"]) if says_why else trouble.code
                return HandedOver(status=Status.FAILED, words=words)
            about = (
                *self._about,
                attribute("job-name", IppTag.NAME, name),
                attribute("ipp-attribute-fidelity", IppTag.BOOLEAN, True),
                attribute("document-format", IppTag.MIME_TYPE, _PDF),
            )
            job = _job(found, file)
            head = request(Operation.PRINT_JOB, next(self._numbers), about, job)
            try:
                status, body = self._post(connection, head, pages)
            except (OSError, http.client.HTTPException) as error:
                return HandedOver(status=Status.UNKNOWN, words=_silence(error))
        return _taken(status, body)

    def look(self, number: int) -> SeenJob | None:
        """Get-Job-Attributes (RFC 8011 4.3.4)."""
        answer = self._ask(
            Operation.GET_JOB_ATTRIBUTES, attribute("job-id", IppTag.INTEGER, number), _JOB_FACTS
        )
        if answer.status in NOT_FOUND:
            return None
        if not answer.is_done:
            raise self._refusal(answer)
        jobs = list(_seen(answer))
        if len(jobs) != 1:
            raise Refused("printer-junk", path=self.uri)
        return self._with_complaint(jobs[0])

    def find(self, name: str) -> SeenJob | None:
        """Get-Jobs (RFC 8011 4.2.6), those that are over included where the printer keeps them.

        CUPS on a busy machine now and then has a job that is over under "all" alone (PWG 5100.7).
        """
        for which in ("not-completed", "completed", "all"):
            answer = self._ask(
                Operation.GET_JOBS, attribute("which-jobs", IppTag.KEYWORD, which), _JOB_FACTS
            )
            if not answer.is_done and which == "not-completed":
                raise self._refusal(answer)
            for job in _seen(answer):
                if job.name == name:
                    return self._with_complaint(job)
        return None

    def _with_complaint(self, job: SeenJob) -> SeenJob:
        """The printer's own reasons (RFC 8011 5.4.12), where it still has to work on the job.

        A "report" needs nobody, and CUPS keeps one of a jam that is long gone.
        """
        if job.state.is_over or job.state is PrintJobState.HELD:
            return job
        asked = attribute("requested-attributes", IppTag.KEYWORD, "printer-state-reasons")
        groups = self._ask(Operation.GET_PRINTER_ATTRIBUTES, asked).all_of(IppTag.PRINTER)
        reasons = groups[0].get("printer-state-reasons", ()) if groups else ()
        found = [
            complaint
            for reason in map(str, reasons)
            for beginning, complaint in _COMPLAINTS.items()
            if reason.startswith(beginning) and not reason.endswith("-report")
        ]
        return replace(job, complaint=found[0]) if found else job

    # The wire

    def _ask(self, operation: Operation, *about: Attribute) -> IppResponse:
        """One question that changes nothing. Refused("printer-…") when there is no answer."""
        data = request(operation, next(self._numbers), (*self._about, *about))
        with closing(self._connected(self._answer_timeout_s)) as connection:
            try:
                status, body = self._post(connection, data)
            except (OSError, http.client.HTTPException) as error:
                words = _silence(error)
                raise Refused("printer-unreachable", path=self.uri, words=words) from None
        if status == http.HTTPStatus.UPGRADE_REQUIRED:
            raise Refused("printer-wants-tls", path=self.uri)
        if status in _FORBIDDEN:
            raise Refused("printer-forbids", path=self.uri, words=_http_words(status))
        if status == http.HTTPStatus.NOT_FOUND:
            raise Refused("printer-missing", path=self.uri)
        try:
            return reply(body)
        except NotIppError:
            raise Refused("printer-junk", path=self.uri) from None

    def _connected(self, timeout_s: float) -> http.client.HTTPConnection:
        parts = urlsplit(self.uri)
        host, port = parts.hostname or "", parts.port or PORT
        connection = (
            http.client.HTTPSConnection(
                host, port, timeout=timeout_s, context=ssl.create_default_context()
            )
            if parts.scheme == "ipps"
            else http.client.HTTPConnection(host, port, timeout=timeout_s)
        )
        try:
            connection.connect()
        except OSError as error:
            connection.close()
            raise Refused(
                "printer-tls" if isinstance(error, ssl.SSLError) else "printer-unreachable",
                path=self.uri,
                words=_silence(error),
            ) from None
        return connection

    def _post(
        self,
        connection: http.client.HTTPConnection,
        head: bytes,
        document: BinaryIO | None = None,
    ) -> tuple[int, bytes]:
        size = os.fstat(document.fileno()).st_size if document is not None else 0
        headers = {
            "Content-Type": "application/ipp",
            "Content-Length": str(len(head) + size),
            "User-Agent": USER,
        }
        body = _blocks(head, document)
        connection.request("POST", urlsplit(self.uri).path, body=body, headers=headers)
        answer = connection.getresponse()
        data = answer.read(_LONGEST_REPLY + 1)
        return answer.status, data if len(data) <= _LONGEST_REPLY else b""

    def _refusal(self, answer: IppResponse) -> Refused:
        if answer.status in NOT_FOUND:
            return Refused("printer-missing", path=self.uri)
        return Refused("printer-refuses", path=self.uri, words=_words(answer))


_FORBIDDEN = (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN)
_JOB_FACTS = attribute("requested-attributes", IppTag.KEYWORD, "job-id", "job-name", "job-state")
_STATES = frozenset(PrintJobState)
_COMPLAINTS: Mapping[str, str] = {
    "media-empty": "job-no-paper",
    "media-needed": "job-no-paper",
    "input-tray-missing": "job-no-paper",
    "media-jam": "job-jam",
    "door-open": "job-open",
    "cover-open": "job-open",
    "interlock-open": "job-open",
    "marker-supply-empty": "job-no-ink",
    "toner-empty": "job-no-ink",
}
_BLOCK = 1 << 16


def _blocks(head: bytes, document: BinaryIO | None) -> Iterator[bytes]:
    yield head
    if document is not None:
        while block := document.read(_BLOCK):
            yield block


def _media(found: Group, paper: PaperName) -> str:
    """What this printer calls that paper; "" when it names its own and that is not among it."""
    names, known = FORMATS[paper].media, found.get("media-supported", ())
    return next((name for name in names if name in known), "" if known else names[0])


def _job(found: Group, file: PrintFile) -> Sequence[Attribute]:
    media = _media(found, file.paper) or FORMATS[file.paper].media[0]
    return (
        attribute("media", IppTag.KEYWORD, media),
        attribute("sides", IppTag.KEYWORD, _SIDES[file.duplex]),
        *(one for one in _SAID_WHERE_KNOWN if f"{one.name}-supported" in found),
    )


def _taken(status: int, body: bytes) -> HandedOver:
    """What a reply to Print-Job proves."""
    if status != http.HTTPStatus.OK:
        refused = 400 <= status < 500  # RFC 9110 15.5: it did not take it; a 5xx may have
        return HandedOver(
            status=Status.FAILED if refused else Status.UNKNOWN,
            code=status,
            words=_http_words(status),
        )
    try:
        answer = reply(body)
    except NotIppError:
        return HandedOver(status=Status.UNKNOWN, words="printer-junk")
    if not answer.is_done:
        return HandedOver(status=Status.FAILED, code=answer.status, words=_words(answer))
    for group in answer.all_of(IppTag.JOB):
        (number, *_) = group.get("job-id", (None,))
        if isinstance(number, int):
            return HandedOver(status=Status.ACCEPTED, number=number, code=answer.status)
    return HandedOver(status=Status.UNKNOWN, code=answer.status, words="printer-junk")


def _seen(answer: IppResponse) -> Iterator[SeenJob]:
    for group in answer.all_of(IppTag.JOB):
        (number, *_), (state, *_) = group.get("job-id", (0,)), group.get("job-state", (0,))
        if isinstance(number, int) and isinstance(state, int) and state in _STATES:
            (name, *_) = group.get("job-name", ("",))
            yield SeenJob(number=number, name=str(name), state=PrintJobState(state))


def _words(answer: IppResponse) -> str:
    status = f"IPP {answer.status:#06x}"
    return f"{answer.words} ({status})" if answer.words else status


def _http_words(status: int) -> str:
    try:
        return f"HTTP {status} {http.HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def _silence(error: Exception) -> str:
    """Why there was no answer, in the system's words where it has any."""
    if isinstance(error, TimeoutError):
        return "no-reply-in-time"
    if isinstance(error, BrokenPipeError | ConnectionResetError | ConnectionAbortedError):
        return "connection-lost"
    if isinstance(error, ssl.SSLError):
        return error.reason or "TLS"
    if isinstance(error, http.client.HTTPException):
        return "printer-junk" if not isinstance(error, ConnectionError) else "connection-lost"
    return (isinstance(error, OSError) and error.strerror) or "connection-lost"
