"""What came back, and what a person says of it: kept one by one, many at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.app import inbox
from merge.app.inbox import TO_DECIDE, AnswerProof, CaseKind, Decided, Decision, Job
from merge.app.opening import Campaign, open_campaign
from merge.errors import Busy, Misuse
from merge.ledger.driver.locks import FileLocks
from merge.ledger.records import Grade
from merge.model import Status
from tests import mails
from tests.cameback import ANSWERS, BOUNCED, DOUBT, REFUSED, STOPS, campaign, doubt, drop, refers_to
from tests.desk import Desk
from tests.servers.capture import CaptureServer

pytest_plugins = ["tests.servers.fixtures"]

LATER = "2999-01-01T00:00:00.000000Z"


@pytest.fixture
def desk(tmp_path: Path, capture_server: CaptureServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", capture_server.password)
    return campaign(Desk(tmp_path / "campaign"), capture_server)


def waiting(desk: Desk) -> dict[CaseKind, list[str]]:
    """Whose they are, by kind; of a mail of nobody's, who is proposed."""

    def whose(campaign: Campaign) -> dict[CaseKind, list[str]]:
        return {
            kind: [
                case.recipient.key
                if case.recipient
                else ",".join(recipient.key for recipient, _by in case.possible)
                for case in inbox.look(campaign, [kind]).cases
            ]
            for kind in CaseKind
            if kind is not CaseKind.MAIL
        }

    return desk.reads(whose)


def numbers(desk: Desk, kind: CaseKind) -> list[int]:
    return [case.number for case in desk.reads(lambda it: inbox.look(it, [kind])).cases]


def say(desk: Desk, kind: CaseKind, choice: str, **more: object) -> Decided:
    """The same word about all of a kind."""
    decisions = [
        Decision(kind=kind, number=number, choice=choice, **more)  # type: ignore[arg-type] # a test's own words
        for number in numbers(desk, kind)
    ]
    return inbox.decide(desk.folder, decisions)


def status_of(desk: Desk, key: str) -> Status | None:
    with open_campaign(desk.folder, access="read", command="test") as campaign:
        delivery = campaign.ledger.delivery(key)
        return delivery.status if delivery else None


def shown_doubt(desk: Desk, choice: str) -> Decision:
    """A word on the letter in doubt as it is shown now."""
    (case,) = desk.reads(lambda it: inbox.look(it, [CaseKind.DOUBT])).cases
    return Decision(kind=CaseKind.DOUBT, number=case.number, choice=choice, at=case.at)


def test_everything_that_came_back_is_one_case(desk):
    found = waiting(desk)
    assert sorted(found.pop(CaseKind.WHOSE)) == ["57463", "76351"]
    assert found == {
        CaseKind.DOUBT: [DOUBT],
        CaseKind.STOP: [STOPS],
        CaseKind.ANSWER: [ANSWERS],
        CaseKind.REFUSED: [REFUSED],
        CaseKind.BOUNCE: [BOUNCED],
    }


def test_the_figures_are_those_of_the_cases(desk):
    """The frame's as well: six wait, and another address is no decision."""

    def counted(it: Campaign) -> tuple[dict[CaseKind, int], dict[CaseKind, int], int]:
        listed = {kind: len(inbox.look(it, [kind]).cases) for kind in CaseKind}
        return dict(inbox.counts(it, [*CaseKind])), listed, sum(inbox.counts(it).values())

    for said in ("", "yes", "later"):
        if said:
            say(desk, CaseKind.ANSWER if said == "yes" else CaseKind.REFUSED, said)
        counts, listed, waits = desk.reads(counted)
        assert counts == listed
        assert waits == sum(listed[kind] for kind in TO_DECIDE)
    assert (waits, counts[CaseKind.BOUNCE]) == (4, 1)


def test_the_newest_stand_first_however_few_are_asked_for(desk):
    every = desk.reads(inbox.look).cases
    assert desk.reads(lambda it: inbox.look(it, at_most=2)).cases == every[:2]
    assert [case.at for case in every] == sorted((case.at for case in every), reverse=True)


@pytest.mark.parametrize("choice", ["sent", "not-sent"])
def test_a_word_on_an_old_doubt_is_none_on_the_letter_that_left_since(desk, choice):
    word = shown_doubt(desk, choice)
    doubt(desk, DOUBT, LATER)
    decided = inbox.decide(desk.folder, [word])
    assert [trouble.code for _word, _who, trouble in decided.refused] == ["letter-left-again"]
    assert (decided.kept, status_of(desk, DOUBT)) == ([], Status.UNKNOWN)


def test_one_that_leaves_while_the_mailbox_is_asked_is_not_settled_either(desk, monkeypatch):
    word = shown_doubt(desk, "not-sent")
    monkeypatch.setattr(Job, "prove", lambda _job: doubt(desk, DOUBT, LATER))
    decided = inbox.decide(desk.folder, [word])
    assert [trouble.code for _word, _who, trouble in decided.refused] == ["letter-left-again"]
    assert status_of(desk, DOUBT) is Status.UNKNOWN


def test_what_the_mailbox_proves_meanwhile_counts_and_is_no_missing_case(desk, monkeypatch):
    word = shown_doubt(desk, "not-sent")

    def proves(job: Job) -> None:
        job.settle(DOUBT, Status.SENT)

    monkeypatch.setattr(Job, "prove", proves)
    decided = inbox.decide(desk.folder, [word])
    assert [(word, status) for word, _who, status in decided.kept] == [(word, Status.SENT)]
    assert (decided.refused, status_of(desk, DOUBT)) == ([], Status.SENT)


def test_a_request_that_comes_twice_is_proposed_once(desk):
    again = mails.answer(
        refers=refers_to(desk, STOPS), subject=f"STOP Réf. {STOPS}", body="", own_id="<again@x>"
    )
    desk.run("replies", "--yes", "--from", drop(desk, again))
    found = waiting(desk)
    assert found[CaseKind.STOP] == [STOPS]
    assert STOPS not in found[CaseKind.ANSWER]
    say(desk, CaseKind.STOP, "stop", note="wrote so")
    assert waiting(desk)[CaseKind.STOP] == []


def test_what_cannot_be_decided_is_told_beside_what_can(desk):
    first, second = numbers(desk, CaseKind.WHOSE)
    decided = inbox.decide(
        desk.folder,
        [
            Decision(kind=CaseKind.WHOSE, number=first, choice="attach", key="nobody of that name"),
            Decision(kind=CaseKind.WHOSE, number=second, choice="dismiss"),
            Decision(kind=CaseKind.WHOSE, number=99, choice="dismiss"),
            Decision(kind=CaseKind.WHOSE, number=second, choice="sent"),
        ],
    )
    assert [word.number for word, *_rest in decided.kept] == [second]
    assert {word.number: trouble.code for word, _who, trouble in decided.refused} == {
        99: "reply-missing",
        second: "reply-missing",
        first: "nobody-called",
    }


def test_an_answer_in_a_wording_of_the_campaign_s_own_is_an_answer_whatever_it_is_called(desk):
    path = desk.folder / "campaign.toml"
    own = '[answers]\nwordings = ["stop", "dismiss"]\n'
    path.write_text(path.read_text("utf-8") + own, "utf-8")
    say(desk, CaseKind.ANSWER, "dismiss")
    (noted,) = desk.reads(lambda it: list(it.ledger.answers.all(ANSWERS)))
    assert noted.meaning == "dismiss"
    assert ANSWERS not in waiting(desk)[CaseKind.ANSWER]
    assert len(numbers(desk, CaseKind.MAIL)) == 6


def test_an_answer_by_mail_is_of_its_day_and_proved_by_it(desk):
    (number,) = numbers(desk, CaseKind.ANSWER)
    say(desk, CaseKind.ANSWER, "yes", proof=AnswerProof(by_mail=True))
    (noted,) = desk.reads(lambda it: list(it.ledger.answers.all(ANSWERS)))
    assert (f"{noted.at:%Y-%m-%d}", noted.graded) == ("2026-11-25", Grade.EMAIL)
    proof, kind = desk.reads(lambda it: inbox.evidence(it, noted.evidence))
    assert (proof, kind) == (desk.reads(lambda it: inbox.kept(it, number)), "eml")


def test_a_document_is_ten_megabytes_at_most(desk):
    most = AnswerProof(document=b"%PDF-".ljust(10_000_000))
    desk.reads(lambda it: inbox.refuse_unfit(it, most))
    for unfit in (b"%PDF-".ljust(10_000_001), b""):
        proof = AnswerProof(document=unfit)
        with pytest.raises(Misuse, match="evidence-unfit"):
            desk.reads(lambda it, proof=proof: inbox.refuse_unfit(it, proof))


def test_while_another_command_has_the_campaign_nothing_is_lost_and_its_holder_is_told(desk):
    with FileLocks(desk.folder).exclusive("import"):
        decided = say(desk, CaseKind.DOUBT, "sent")
    assert decided.kept == []
    ((_word, who, trouble),) = decided.refused
    assert isinstance(trouble, Busy)
    assert who is not None
    assert who.key == DOUBT
    assert status_of(desk, DOUBT) is Status.UNKNOWN
