"""A campaign to which something of every sort came back: for tests of what a person decides."""

from __future__ import annotations

from merge.mail.message import message_digest
from tests import mails
from tests.desk import HAVRE, NICE, Desk, Y
from tests.servers.capture import CaptureServer

BREST = "29019;Brest;M;Bob;BREIZ;brest@example.org;1 rue de Siam;29200;Brest"
RENNES = "35238;Rennes;F;A;B;rennes@example.org;1 place de la Mairie;35000;Rennes"
LILLE = "59350;Lille;F;Cléo;DUPONT;lille@example.org;1 place Roger-Salengro;59000;Lille"
METZ = "57463;Metz;M;Dan;DURAND;metz@example.org;1 place d'Armes;57000;Metz"
DOUBT, ANSWERS, STOPS, BOUNCED, REFUSED = "80829", "06088", "29019", "35238", "59350"


def refers_to(desk: Desk, key: str) -> str:
    """The Message-ID of the first letter to a town."""
    ((campaign,),) = desk.sql("SELECT uuid FROM campaign")
    return f"<{message_digest(campaign, key, 1)}@example.org>"


def came_back(desk: Desk, key: str, to: str, status: str, said: str) -> bytes:
    """A server's report of the letter to a town: only the letter's headers are in it."""
    back = f"To: {to}\nMessage-ID: {refers_to(desk, key)}\n"
    returned = f"Content-Type: text/rfc822-headers\n\n{back}"
    return mails.report("failed", status, said, returned=returned, to=to)


def drop(desk: Desk, *found: bytes) -> str:
    """These mails in a folder beside the campaign."""
    folder = desk.folder.parent / "mails"
    folder.mkdir(exist_ok=True)
    for number, data in enumerate(found):
        (folder / f"{number}.eml").write_bytes(data)
    return str(folder)


def doubt(desk: Desk, key: str, at: str = "") -> None:
    """Nobody knows any more whether the letter to a town was taken; `at` is when it left."""
    desk.sql(
        "UPDATE deliveries SET status = 'unknown', detail = 'sender-died' WHERE recipient = :key",
        key=key,
    )
    if at:
        desk.sql("UPDATE deliveries SET at = :at WHERE recipient = :key", at=at, key=key)


def campaign(desk: Desk, server: CaptureServer) -> Desk:
    """One of each: a doubt (Y), an answer (Nice), a STOP (Brest), a bounce (Rennes), one because of
    us (Lille), and two mails that repeat nothing of ours (Metz, Le Havre).
    """
    desk.make()
    desk.ok("import", str(desk.sheet(NICE, HAVRE, Y, BREST, RENNES, LILLE, METZ)))
    desk.connect(server)
    desk.ok("send", "--really", "--yes", "--untested")
    found = [
        mails.answer(
            sender="Mairie de Nice <nice@example.org>",
            refers=refers_to(desk, ANSWERS),
            body="Nous nous y engageons.",
            own_id="<1@example.org>",
        ),
        mails.answer(
            sender="Mairie de Brest <brest@example.org>",
            refers=refers_to(desk, STOPS),
            body="Merci de ne plus nous écrire.",
            own_id="<2@example.org>",
        ),
        came_back(desk, BOUNCED, "rennes@example.org", "5.1.1", "550 5.1.1 no such user"),
        came_back(desk, REFUSED, "lille@example.org", "5.7.1", "550 5.7.1 rejected as spam"),
        mails.answer(
            sender="Mairie de Metz <secretariat@example.com>", refers="", own_id="<3@example.com>"
        ),
        mails.answer(
            sender="Ville du Havre <accueil@example.com>", refers="", own_id="<4@example.com>"
        ),
    ]
    desk.run("replies", "--yes", "--from", drop(desk, *found))
    doubt(desk, DOUBT)
    return desk
