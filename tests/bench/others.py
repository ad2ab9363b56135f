"""The same letter, sent as one would without us. Each is a process of its own.

mailmerge runs as it is, with its template, database and configuration. The other two are the
loops that a user writes around a library; they import nothing of ours, so that what they cost
is theirs.

    python -m tests.bench.others yagmail|smtplib PORT FOLDER
"""

from __future__ import annotations

import csv
import smtplib
import sys
from collections.abc import Iterator, Mapping
from email.message import EmailMessage
from pathlib import Path

SENDER = "contact@example.org"
DATABASE, SUBJECT, TEXT, HTML = "mailmerge_database.csv", "subject.j2", "text.j2", "html.j2"


def by_yagmail(port: int, folder: Path) -> None:
    """yagmail's README in a loop: `send` with a subject and contents, and nothing else set."""
    import yagmail

    with yagmail.SMTP(
        SENDER,
        host="127.0.0.1",
        port=port,
        smtp_ssl=False,
        smtp_starttls=False,
        smtp_skip_login=True,
    ) as mailbox:
        for to, subject, _text, html in _rendered(folder):
            mailbox.send(to=to, subject=subject, contents=html, prettify_html=False)


def by_smtplib(port: int, folder: Path) -> None:
    """One connection of the standard library, kept open."""
    with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as mailbox:
        for to, subject, text, html in _rendered(folder):
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = SENDER, to, subject
            message.set_content(text)
            message.add_alternative(html, subtype="html")
            mailbox.send_message(message)


def _rendered(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """Address, subject, text and HTML for each row of mailmerge's database, by Jinja."""
    import jinja2

    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(folder))  # noqa: S701 as theirs
    subject, text, html = (environment.get_template(name) for name in (SUBJECT, TEXT, HTML))
    with (folder / DATABASE).open(encoding="utf-8", newline="") as file:
        row: Mapping[str, str]
        for row in csv.DictReader(file):
            yield row["email"], subject.render(row), text.render(row), html.render(row)


if __name__ == "__main__":
    _, name, port, folder = sys.argv
    {"yagmail": by_yagmail, "smtplib": by_smtplib}[name](int(port), Path(folder))
