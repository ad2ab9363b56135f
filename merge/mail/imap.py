"""imaplib's connection, which listens only as long as `patience` does."""

from __future__ import annotations

import imaplib
import io
import socket
import ssl
from typing import Any

from merge.mail.patience import LEAST_OCTETS_A_S, Patience, connected

LONGEST_LINE = 10_000_000  # octets: a search names each message that it finds, on one line


class ImapTalk(imaplib.IMAP4):
    """One IMAP connection. `context` is that of implicit TLS.

    Until `ask_each` is called, all that is said shares one time limit: to connect and to log in.
    """

    def __init__(
        self, host: str, port: int, *, patience: Patience, context: ssl.SSLContext | None
    ) -> None:
        self._patience = patience
        self._context = context
        self._each_s: float | None = None
        self._reader: io.BufferedReader | None = None
        self._read_from: socket.socket | None = None
        super().__init__(host, port)

    def ask_each(self, most_s: float) -> None:
        """From here on every question has so much time."""
        self._each_s = most_s

    def read(self, size: int) -> bytes:
        """So many octets; fewer at the end."""
        self._patience.expect(size)
        return self._hearing().read(size)

    def readline(self) -> bytes:
        """One line; "" at the end."""
        return self._hearing().readline(LONGEST_LINE)

    def send(self, data: Any) -> None:
        """All of it, however slow the line."""
        if self._each_s is not None:
            self._patience.begin(self._each_s)
        self.sock.settimeout(
            self._patience.next_read_s() + memoryview(data).nbytes / LEAST_OCTETS_A_S
        )
        super().send(data)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        found = connected(self.host, self.port, self._patience)
        found.settimeout(self._patience.next_read_s())  # the whole of the handshake
        return (
            self._context.wrap_socket(found, server_hostname=self.host) if self._context else found
        )

    def _hearing(self) -> io.BufferedReader:
        if self._reader is None or self._read_from is not self.sock:  # STARTTLS
            self._reader, self._read_from = self._patience.reader(self.sock), self.sock
        return self._reader
