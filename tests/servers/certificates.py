"""Certificates of a private authority, made for one run."""

from __future__ import annotations

import datetime
import shutil
import ssl
from dataclasses import dataclass
from pathlib import Path

import trustme


@dataclass(frozen=True, kw_only=True)
class Authority:
    """One private authority: `ca_file` is what a client is told to trust."""

    ca: trustme.CA
    ca_file: Path

    @property
    def ca_pem(self) -> str:
        """What stands in `ca_file`."""
        return self.ca_file.read_text("ascii")

    @classmethod
    def in_folder(cls, folder: Path, name: str = "ca.pem") -> Authority:
        """A fresh authority whose certificate stands in `folder`."""
        ca, ca_file = trustme.CA(), folder / name
        ca.cert_pem.write_to_path(str(ca_file))
        return cls(ca=ca, ca_file=ca_file)

    def put_in(self, folder: Path) -> str:
        """Lay `ca_file` into this folder; its name there."""
        shutil.copy(self.ca_file, folder / "ca.pem")
        return "ca.pem"

    def issue(self, *, expired: bool = False) -> trustme.LeafCert:
        """A certificate for this machine, valid now unless `expired`."""
        yesterday = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
        return self.ca.issue_cert(
            "localhost", "127.0.0.1", not_after=yesterday if expired else None
        )

    def server_context(self, *, expired: bool = False) -> ssl.SSLContext:
        """What a server on this machine presents."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.issue(expired=expired).configure_cert(context)
        return context
