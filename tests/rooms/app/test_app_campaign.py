"""A campaign from its first file to its letters, by `app` alone: what each face goes through."""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.app import account, answer, backup, check, edit, importing, new, preview, send, status
from merge.app import print as printing
from merge.app.opening import now
from merge.app.running import Clock
from merge.app.sheets import Reading
from merge.campaign.plan import Narrowing
from merge.errors import ExitCode
from merge.job import Consent, Event
from merge.ledger.records import Meaning, Way
from merge.model import Channel, Status
from merge.settings import Answers
from tests.desk import HAVRE, HEADER, NICE, Y
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]

ANSWERS = Answers(
    name="Pas de VSA",
    group="Collectif d'exemple",
    contact="contact@example.org",
    from_address="groupe@example.org",
    place="Rennes",
    address=("1 rue de l'Exemple",),
    signature=("Collectif d'exemple",),
    address_source="l'annuaire",
)


def begin(place: Path, file: Path | None = None) -> new.NewLetter:
    made = new.letter(new.read_draft(file), residents=True)
    new.create(place, ANSWERS, made, with_reminder=file is None)
    return made


def connect(place: Path, server: CaptureServer) -> None:
    """Say which account, with a yes to its servers and a password that nothing keeps."""
    given: account.Given = {
        "host": "localhost", "port": server.port, "tls": "implicit",
        "ca_file": str(server.authority.ca_file),
    }  # fmt: skip
    values = account.completed(place, given)
    assert not isinstance(values, account.Missing)
    with account.open(place, values) as job:
        plan = job.plan()
        assert job.run(plan, [want.agreed() for want in plan.wants]).code is ExitCode.DONE
        assert job.approve(plan, {}, tests=True) is not None


def take(place: Path, *rows: str) -> importing.Import:
    sheet = place.with_name("communes.csv")
    sheet.write_text("\n".join([HEADER, *rows]), "utf-8")
    with importing.open(place, [str(sheet)], Reading(), nobody) as job:
        return job.run((), lambda notice: None)


def nobody(event: Event) -> None:
    """A listener to whom nothing may be told that is not right."""
    assert event.code not in ("caution", "mailbox-trouble", "suppressed", "overtaken"), event


def test_a_campaign_goes_from_its_letter_to_mail_and_paper(
    tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    place = tmp_path / "campaign"
    assert not begin(place).left
    connect(place, capture_server)
    with account.trying(place) as trial:
        assert not trial.servers()
        assert trial.run().trouble is None
    taken = take(place, NICE, HAVRE, Y)
    assert (taken.change.added, taken.wants, taken.counts.recipients) == (3, (), 3)
    assert edit.run(place, "80829", {"courriel": ""}, nobody).recipient.commune == "Y"
    found = check.run(place, Narrowing(), nobody)
    assert (found.by_channel, found.findings.faults) == ({Channel.EMAIL: 1, Channel.PAPER: 2}, ())
    seen = preview.letter(place, "06088", "text", nobody)
    assert isinstance(seen.shown, bytes)
    assert "Nice" in seen.shown.decode()
    with send.open(place, send.Options(), listener=nobody) as sending:
        consents: list[Consent] = []
        sending.refresh()
        while wants := sending.plan(consents).wants:
            consents += [want.agreed() for want in wants]
            sending.refresh(consents)
        assert sending.run(consents).code is ExitCode.DONE
    assert [each.recipients for each in capture_server.messages] == [("nice@example.org",)]
    with printing.open(place, listener=nobody, watch=Clock()) as job:
        job.refresh()
        lots = job.run(Narrowing(), all_queued=False, accept_edit=False, separate=False)
    assert lots.counts.paper[Status.MADE] == 2
    written = answer.run(place, "Nice", Meaning.YES, nobody, way=Way.PHONE, note="", day=None)
    assert (written.answer.way, written.left_at is not None) == (Way.PHONE, True)
    counts = status.look(place, now()).counts
    assert (counts.email[Status.SENT], counts.paper[Status.MADE]) == (1, 2)


def test_a_letter_of_ones_own_says_what_is_still_to_be_said_of_it(tmp_path: Path) -> None:
    file = tmp_path / "lettre.txt"
    file.write_text("À [bidule], habitants de [ville]\n", "utf-8")
    draft = new.read_draft(file)
    assert new.has_no_subject(draft)
    asked = new.letter(draft, subject="Sans caméras")
    assert [blank.name for blank in asked.blanks] == ["bidule", "ville"]
    assert (asked.meanings["bidule"], len(asked.left)) == ("", 1)
    made = new.letter(draft, subject="Sans caméras", fills={"bidule": "slogan", "ville": "commune"})
    assert (made.blanks, made.left) == ([], ())
    assert "{{ slogan }}" in made.source


def test_a_copy_goes_on_only_after_a_yes_to_what_that_risks(tmp_path: Path) -> None:
    place, file = tmp_path / "campaign", tmp_path / "copy.zip"
    begin(place)
    take(place, NICE)
    assert not backup.save(place, file).left_out
    refused = backup.adopt(place, ())
    assert (refused.code, [want.code for want in refused.wants]) == (ExitCode.REFUSED, ["adopt"])
    assert backup.adopt(place, [want.agreed() for want in refused.wants]).code is ExitCode.DONE
