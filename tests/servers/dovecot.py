"""A real Dovecot that lets people in by the tokens of a provider alone: submission and IMAP.

It asks the provider of `tests.servers.authorization` about each token (RFC 7662), and passes mail
on to another server of the tests. Everything lies in a private folder, on free ports of loopback.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.authorization import USER, AuthorizationDesk
from tests.servers.certificates import Authority
from tests.servers.ports import PATIENCE_S, answers, free_ports, until
from tests.servers.postfix import DOVECOT_SINCE_2_4, dovecot_is_2_3

APT_PACKAGES = ("dovecot-core", "dovecot-imapd", "dovecot-submissiond")

_ALIKE = """\
base_dir = {root}/run
state_dir = {root}/run
log_path = {root}/dovecot.log
protocols = imap submission
listen = 127.0.0.1
ssl = yes
first_valid_uid = 1
auth_mechanisms = {mechanisms}
auth_failure_delay = 0
namespace inbox {{
  inbox = yes
  mailbox Gesendet {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {imap_port}
    ssl = yes
  }}
}}
service submission-login {{
  inet_listener submission {{
    port = 0
  }}
  inet_listener submissions {{
    port = {smtp_port}
    ssl = yes
  }}
}}
hostname = localhost
submission_relay_host = 127.0.0.1
submission_relay_port = {relay_port}
"""

# Debian 12, Ubuntu 24.04. Without its penalty whoever was refused once would wait 15 s.
_OF_2_3 = """\
ssl_cert = <{root}/server.pem
ssl_key = <{root}/server.pem
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {root}/oauth2.conf.ext
}}
mail_location = maildir:{root}/vmail/%n
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/vmail/%n
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""

# Debian 13. The first line has to be the file's first.
_SINCE_2_4 = (
    DOVECOT_SINCE_2_4
    + """\
ssl_server_cert_file = {root}/server.pem
ssl_server_key_file = {root}/server.pem
oauth2 {{
  {introspection}
}}
mail_driver = maildir
mail_path = {root}/vmail/%{{user | username}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {root}/vmail/%{{user | username}}
  }}
}}
"""
)

_INTROSPECTION = """\
introspection_mode = post
introspection_url = {introspection}
username_attribute = username
active_attribute = active
active_value = true
"""


def missing() -> str:
    """What keeps it from running here; "" when nothing does."""
    if sys.platform != "linux":
        return "Linux"
    if not Path("/usr/lib/dovecot/submission").exists():
        return "Dovecot's submission service"
    return "" if os.geteuid() == 0 else "root, which Dovecot starts as,"


@dataclass(frozen=True, kw_only=True)
class TokenServers:
    """Dovecot, running."""

    root: Path
    ca_file: Path
    smtp_port: int  # implicit TLS
    imap_port: int  # the same

    @property
    def copies(self) -> int:
        """How many mails lie in the folder of what was sent."""
        sent = self.root / "vmail" / USER.partition("@")[0] / ".Gesendet"
        return sum(1 for name in ("new", "cur") for _ in (sent / name).glob("*"))

    @property
    def log(self) -> str:
        path = self.root / "dovecot.log"
        return path.read_text(errors="replace") if path.exists() else ""


@contextmanager
def token_servers(
    root: Path, provider: AuthorizationDesk, *, relay_port: int, mechanisms: str
) -> Iterator[TokenServers]:
    """Start it under `root`, an empty folder of its own with a short path; stop it at the end."""
    import pwd  # here, so that this module can be imported where there are no users of Unix

    root.chmod(0o755)  # Dovecot's own users look into it
    owner = pwd.getpwnam("mail")
    for name in ("run", "vmail"):
        (root / name).mkdir()
    os.chown(root / "vmail", owner.pw_uid, owner.pw_gid)
    authority = Authority.in_folder(root)
    authority.issue().private_key_and_cert_chain_pem.write_to_path(root / "server.pem")
    smtp_port, imap_port = free_ports(2)
    conf, asks = root / "dovecot.conf", _INTROSPECTION.format(introspection=provider.introspection)
    (root / "oauth2.conf.ext").write_text(asks)
    conf.write_text(
        ((_OF_2_3 if dovecot_is_2_3() else _SINCE_2_4) + _ALIKE).format(
            root=root,
            uid=owner.pw_uid,
            gid=owner.pw_gid,
            mechanisms=mechanisms,
            introspection=asks,
            smtp_port=smtp_port,
            imap_port=imap_port,
            relay_port=relay_port,
        )
    )
    servers = TokenServers(
        root=root, ca_file=authority.ca_file, smtp_port=smtp_port, imap_port=imap_port
    )
    # In the foreground, so that its process id is ours to end.
    with subprocess.Popen(
        ["/usr/sbin/dovecot", "-F", "-c", str(conf)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            until(lambda: answers(smtp_port) and answers(imap_port), why_not=lambda: servers.log)
            yield servers
        finally:
            process.terminate()
            process.wait(PATIENCE_S)
