"""A real Postfix with a real Dovecot: private folders, free ports on loopback, nothing system-wide.

Postfix takes mail over STARTTLS and over TLS after a login that Dovecot checks, and delivers it
into Maildirs that Dovecot serves by IMAP. No message can leave: an unknown domain fails in
Postfix itself (`default_transport = error:`) and DNS is switched off; mail to LATE_DOMAIN stays in
the queue, and its sender is told so after a second. It needs root, as Postfix does; both servers
are stopped by their process ids.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.certificates import Authority
from tests.servers.ports import PATIENCE_S, answers, free_ports, until

APT_PACKAGES = ("postfix", "dovecot-core", "dovecot-imapd")
"""Debian 13 and Ubuntu 24.04; preseed "postfix/main_mailer_type select No configuration"."""

DOMAIN = "example.org"
LATE_DOMAIN = "late.example.org"
TOWNS = "towns"
"""The mailbox of all addresses at towns.example.org but nobody's."""
PASSWORD = "secret"

_MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
meta_directory = /etc/postfix
shlib_directory = /usr/lib/postfix
mail_owner = postfix
setgid_group = postdrop
maillog_file = {root}/logs/maillog
maillog_file_prefixes = {root}/logs
myhostname = mx.{domain}
mydomain = {domain}
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
relayhost =
default_transport = error:5.1.2 test server, no mail leaves it
transport_maps = inline:{{ {{{late_domain}=retry:4.4.1 connection timed out}} }}
delay_warning_time = 1s
queue_run_delay = 1s
minimal_backoff_time = 1s
smtp_dns_support_level = disabled
virtual_mailbox_domains = {domain}
virtual_alias_domains = {towns}.{domain}
virtual_alias_maps = inline:{{ {{nobody@{towns}.{domain}=nobody@{domain}}}
 {{@{towns}.{domain}={towns}@{domain}}} }}
virtual_mailbox_maps = texthash:{root}/etc/mailboxes
virtual_mailbox_base = {root}/vmail
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_tls_cert_file = {root}/tls/server.pem
smtpd_tls_key_file = {root}/tls/server.pem
smtpd_tls_auth_only = yes
smtpd_client_connection_rate_limit = 0
smtpd_client_message_rate_limit = 0
"""

_MASTER_CF = """\
127.0.0.1:{starttls_port} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{tls_port} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
127.0.0.1:{late_port} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
  -o smtpd_reject_unlisted_recipient=no
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

DOVECOT_SINCE_2_4 = """\
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
"""
"""Its first lines; of those before it has none."""

_DOVECOT = """\
{version_line}
base_dir = {root}/run
state_dir = {root}/run
log_path = {root}/logs/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
first_valid_uid = 1
mail_uid = {uid}
mail_gid = {gid}
auth_mechanisms = plain login
auth_failure_delay = 0
namespace inbox {{
  inbox = yes
  mailbox Gesendet {{
    special_use = \\Sent
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {imap_starttls_port}
  }}
  inet_listener imaps {{
    port = {imap_port}
  }}
}}
service auth {{
  unix_listener {root}/queue/private/auth {{
    mode = 0660
    user = postfix
    group = postfix
  }}
}}
"""

# Debian 13 has Dovecot 2.4, which reads another language than 2.3 of Ubuntu 24.04.
_DOVECOT_2_4 = """\
ssl_server_cert_file = {root}/tls/server.pem
ssl_server_key_file = {root}/tls/server.pem
mail_driver = maildir
mail_path = {root}/vmail/%{{user | username}}
passdb passwd-file {{
  passwd_file_path = {root}/etc/users
}}
userdb static {{
  fields {{
    uid = {uid}
    gid = {gid}
    home = {root}/vmail/%{{user | username}}
  }}
}}
"""
_DOVECOT_2_3 = """\
ssl_cert = <{root}/tls/server.pem
ssl_key = <{root}/tls/server.pem
mail_location = maildir:{root}/vmail/%n
passdb {{
  driver = passwd-file
  args = {root}/etc/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={root}/vmail/%n
}}
"""


def missing() -> str:
    """What keeps the servers from running here; "" when nothing does."""
    if sys.platform != "linux":
        return "Linux"
    for program in ("/usr/sbin/postfix", "/usr/sbin/dovecot"):
        if not Path(program).exists():
            return f"{Path(program).name.capitalize()}"
    return "" if os.geteuid() == 0 else "root, which Postfix starts as,"


@dataclass(frozen=True, kw_only=True)
class RealServers:
    """Postfix and Dovecot, running. The mailboxes' password is PASSWORD."""

    root: Path
    authority: Authority
    starttls_port: int
    tls_port: int
    imap_port: int
    imap_starttls_port: int
    late_port: int  # TLS; takes mail for anybody, and sends it back when there is nobody

    def delivered(self, mailbox: str, count: int) -> list[bytes]:
        """The messages in the Maildir of `mailbox`@example.org once there are `count`."""
        until(lambda: len(self._new(mailbox)) >= count, why_not=lambda: self.log)
        return [path.read_bytes() for path in self._new(mailbox)]

    def _new(self, mailbox: str) -> list[Path]:
        # The Maildir comes with the first delivery; a mail reader moves what it saw into "cur".
        return sorted((self.root / "vmail" / mailbox).glob("[nc][eu][wr]/*"))

    @property
    def log(self) -> str:
        """What both servers wrote down, for the message of a failed assertion."""
        return "\n".join(p.read_text(errors="replace") for p in (self.root / "logs").iterdir())


def dovecot_is_2_3() -> bool:
    """Whether it speaks the language of before 2.4."""
    said = subprocess.run(["/usr/sbin/dovecot", "--version"], capture_output=True, check=True)
    return said.stdout.startswith(b"2.3")


@contextmanager
def real_servers(root: Path, mailboxes: Sequence[str]) -> Iterator[RealServers]:
    """Start both under `root`, an empty folder of this run's own; stop both at the end."""
    servers = _lay_out(root, mailboxes)
    # In the foreground, so that their process ids are ours to end.
    commands = (
        ["/usr/sbin/dovecot", "-F", "-c", f"{root}/etc/dovecot.conf"],
        ["/usr/sbin/postfix", "-c", f"{root}/etc", "start-fg"],
    )
    with contextlib.ExitStack() as running:
        said = running.enter_context((root / "logs" / "start").open("wb"))
        for command in commands:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
            running.callback(_stop, process, root)
        ports = (servers.starttls_port, servers.tls_port, servers.imap_port, servers.late_port)
        until(lambda: all(answers(port) for port in ports), why_not=lambda: servers.log)
        yield servers


def _stop(process: subprocess.Popen[bytes], root: Path) -> None:
    """SIGTERM to the master process, which ends its children first."""
    master = root / "queue" / "pid" / "master.pid"  # Postfix's, whose starter is only a script
    if "postfix" in str(process.args) and master.exists():
        os.kill(int(master.read_text()), signal.SIGTERM)
    else:
        process.terminate()
    process.wait(PATIENCE_S)


def _lay_out(root: Path, mailboxes: Sequence[str]) -> RealServers:
    for folder in ("etc", "queue", "queue/private", "data", "run", "tls", "vmail", "logs"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    import pwd  # here, so that this module can be imported where there are no users of Unix

    root.chmod(0o755)  # Postfix's own users look into it
    authority = Authority.in_folder(root / "tls")
    authority.issue().private_key_and_cert_chain_pem.write_to_path(root / "tls" / "server.pem")
    owner = pwd.getpwnam("mail")
    os.chown(root / "vmail", owner.pw_uid, owner.pw_gid)
    for folder in ("data", "queue/private"):
        os.chown(root / folder, pwd.getpwnam("postfix").pw_uid, -1)
    starttls_port, tls_port, imap_port, imap_starttls_port, late_port = free_ports(5)
    is_2_3 = dovecot_is_2_3()
    facts = {
        "root": root,
        "domain": DOMAIN,
        "late_domain": LATE_DOMAIN,
        "towns": TOWNS,
        "uid": owner.pw_uid,
        "gid": owner.pw_gid,
        "starttls_port": starttls_port,
        "tls_port": tls_port,
        "imap_port": imap_port,
        "imap_starttls_port": imap_starttls_port,
        "late_port": late_port,
        "version_line": "" if is_2_3 else DOVECOT_SINCE_2_4,
    }
    dialect = _DOVECOT_2_3 if is_2_3 else _DOVECOT_2_4
    etc = root / "etc"
    (etc / "main.cf").write_text(_MAIN_CF.format(**facts))
    (etc / "master.cf").write_text(_MASTER_CF.format(**facts))
    (etc / "dovecot.conf").write_text((_DOVECOT + dialect).format(**facts))
    (etc / "mailboxes").write_text("".join(f"{box}@{DOMAIN} {box}/\n" for box in mailboxes))
    (etc / "users").write_text(
        "".join(f"{box}@{DOMAIN}:{{PLAIN}}{PASSWORD}\n" for box in mailboxes)
    )
    return RealServers(
        root=root,
        authority=authority,
        starttls_port=starttls_port,
        tls_port=tls_port,
        imap_port=imap_port,
        imap_starttls_port=imap_starttls_port,
        late_port=late_port,
    )
