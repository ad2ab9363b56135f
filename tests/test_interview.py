"""The interview of `new` cannot fail: each answer is looked at where it is typed, and kept."""

from __future__ import annotations

import errno
import os
import pty
import sys
import time
from pathlib import Path

import pytest

from merge.app import interview
from merge.errors import Misuse, SettingsError
from merge.settings import NEEDED, QUESTIONS, Question, answer, answers, load, places
from merge.words.interview import SOURCES
from tests.desk import Said, run

FIRST = "Nom\nCollectif\n06 00 00 00 00\ng@example.org\n"
COMMUNES = "1\n"
REST = f"\nRennes\n12 rue de la Paix, 35000 Rennes\n{COMMUNES}1\n"
MODEL = "\n"
RIGHT = "\n"
NOBODY_LIVES_THERE = "n\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "campaign"


@pytest.fixture
def someone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("merge.cli.output.somebody_is_there", lambda: True)


def types(folder: Path, typed: str, *options: str) -> Said:
    return run("new", str(folder), *options, typed=typed)


# --- one answer ---


@pytest.mark.parametrize(
    ("question", "typed", "meant"),
    [
        ("name", "  Pas de VSA\u00a0", "Pas de VSA"),
        ("address", "12 rue de la Paix, 35000 Rennes", "12 rue de la Paix\n35000 Rennes"),
        ("address", "12, rue de la Paix\r\n35000  Rennes", "12, rue de la Paix\n35000 Rennes"),
        ("address", "Chez X\nLe Bourg\n35000 Rennes", "Chez X\nLe Bourg\n35000 Rennes"),
        ("address", "rue X 4, CH-1003 Lausanne", "rue X 4\nCH-1003 Lausanne"),
        ("address", "BP 12345, 35031 Rennes Cedex", "BP 12345\n35031 Rennes Cedex"),
        ("address", " ", ""),
        ("place", "2a004", "2A004"),
        ("place", "le havre", "Le Havre"),
        ("place", "Lausanne", "Lausanne"),
        ("reply_to", "", ""),
        ("signature", "Anne\n\nBob\n", "Anne\nBob"),
    ],
)
def test_an_answer_is_understood_by_itself(question: Question, typed: str, meant: str) -> None:
    assert answer(question, typed) == meant


@pytest.mark.parametrize(
    ("question", "typed", "code"),
    [
        *((each, " ", "answer-empty") for each in sorted(NEEDED)),
        ("name", "a\tb", "answer-unprintable"),
        ("group", "a\nb", "answer-unprintable"),
        ("signature", "a\tb\x07", "answer-unprintable"),
        ("from_address", "un groupe", "setting-not-an-address"),
        ("reply_to", "g@exemple", "setting-not-an-address"),
        ("place", "35000", "setting-unknown-insee"),
        ("place", "g@example.org", "answer-no-place"),
        ("address", "12 rue de la Paix", "answer-no-town"),
        ("address", "35000 Rennes", "answer-no-street"),
    ],
)
def test_a_wrong_answer_says_why(question: Question, typed: str, code: str) -> None:
    with pytest.raises(SettingsError) as caught:
        answer(question, typed)
    assert caught.value.code == code


def test_every_right_set_of_answers_makes_settings(folder: Path) -> None:
    given = dict.fromkeys(QUESTIONS, "x") | {"from_address": "g@example.org", "reply_to": ""}
    made = answers({question: answer(question, given[question]) for question in NEEDED})
    assert (made.signature, made.address, made.reply_to) == (("x",), [], "")


def test_a_name_of_several_communes_offers_them() -> None:
    assert [each.insee for each in places("château-chinon")] == ["58062", "58063"]
    assert len(places("Saint-Denis")) > 1
    assert len(places("Rennes")) == 1
    assert places("Lausanne") == ()


# --- the whole of it ---


@pytest.mark.usefixtures("someone")
def test_a_person_is_asked_for_everything_and_nothing_is_left_behind(folder: Path) -> None:
    said = types(folder, FIRST + REST + RIGHT + MODEL + NOBODY_LIVES_THERE)
    assert said.code == 0, said.err
    settings = load(folder)
    assert settings.sender.address == ("12 rue de la Paix", "35000 Rennes")
    assert settings.sender.address_source.startswith("l'annuaire")
    assert interview.unfinished() == []


@pytest.mark.usefixtures("someone")
def test_choices_are_numbers_and_other_words_are_taken_as_an_answer(folder: Path) -> None:
    rest = f"\nchâteau-chinon\n2\n\n{COMMUNES}9\nnos propres appels\n"
    said = types(folder, FIRST + rest + RIGHT + MODEL + NOBODY_LIVES_THERE)
    assert said.code == 0, said.err
    assert "Type a number from 1 to 3." in said.err
    settings = load(folder)
    assert (settings.sender.place_insee, settings.sender.address) == ("58063", ())
    assert "Château-Chinon (Campagne) (58063)" in said.err
    assert settings.sender.address_source == "nos propres appels"


@pytest.mark.usefixtures("someone")
def test_an_answer_can_be_changed_before_anything_is_made(folder: Path) -> None:
    changes = "2\nAutre collectif\n\n"
    said = types(folder, FIRST + REST + changes + MODEL + NOBODY_LIVES_THERE)
    assert said.code == 0, said.err
    assert load(folder).sender.name == "Autre collectif"


@pytest.mark.usefixtures("someone")
def test_a_letter_of_ones_own_is_chosen_by_its_number_and_its_blanks_too(
    folder: Path, tmp_path: Path
) -> None:
    letter = tmp_path / "la lettre.txt"
    letter.write_text("À [bidule], habitants de [xx], [zut]\n", "utf-8")
    own = f"2\nnowhere.txt\n'{letter}'\nMon objet\n1\n\n-\n"
    said = types(folder, FIRST + REST + RIGHT + own)
    assert said.code == 0, said.err
    source = (folder / "letter.md").read_text("utf-8")
    assert "{{ commune|a|majuscule }}, habitants {{ commune|de }}, [zut]" in source
    assert "subject: Mon objet" in source


@pytest.mark.usefixtures("someone")
def test_whoever_stops_finds_the_answers_again_and_types_no_more_than_is_missing(
    folder: Path,
) -> None:
    stopped = types(folder, FIRST)
    assert stopped.code == 130
    assert "No campaign was made. Your answers are kept" in stopped.err
    (kept,) = interview.unfinished()
    assert (kept.folder, len(kept.answers), folder.exists()) == (str(folder), 4, False)
    said = types(folder, "1\n" + REST + RIGHT + MODEL + NOBODY_LIVES_THERE)
    assert said.code == 0, said.err
    assert "4 of your answers are kept" in said.err
    assert load(folder).sender.contact == "06 00 00 00 00"
    assert interview.unfinished() == []


@pytest.mark.usefixtures("someone")
def test_whoever_begins_anew_is_asked_for_everything(folder: Path) -> None:
    types(folder, FIRST)
    again = FIRST.replace("Collectif", "Autre")
    said = types(folder, "2\n" + again + REST + RIGHT + MODEL + NOBODY_LIVES_THERE)
    assert (said.code, load(folder).sender.name) == (0, "Autre")


@pytest.mark.usefixtures("someone")
def test_an_option_comes_before_what_was_kept(folder: Path) -> None:
    types(folder, FIRST)
    typed = "1\n" + REST + RIGHT + MODEL + NOBODY_LIVES_THERE
    said = types(folder, typed, "--group", "Autre")
    assert (said.code, load(folder).sender.name) == (0, "Autre")


@pytest.mark.usefixtures("someone")
def test_what_the_page_kept_is_taken_up_as_far_as_it_is_right(folder: Path) -> None:
    kept = {"name": "Nom", "group": "Collectif", "place": "35000", "residents": "no"}
    interview.keep(None, folder, kept)
    typed = "1\n06 00 00 00 00\ng@example.org\n" + REST + RIGHT + MODEL
    said = types(folder, typed)
    assert said.code == 0, said.err
    assert (load(folder).sender.name, load(folder).sender.place) == ("Collectif", "Rennes")
    assert "Nous, {{ groupe }}," in (folder / "letter.md").read_text("utf-8")


@pytest.mark.parametrize("where", ["merge.app.new.disks.write", "merge.ledger.opening.begin"])
@pytest.mark.parametrize("was_there", [True, False])
def test_half_a_campaign_is_not_left_where_a_whole_one_is_to_stand(
    folder: Path, monkeypatch: pytest.MonkeyPatch, where: str, was_there: bool
) -> None:
    calls = []

    def full(*words: object, **_: object) -> None:
        calls.append(words)
        if len(calls) > 1 or "ledger" in where:
            raise OSError(errno.ENOSPC, "No space left on device", "x")

    if was_there:
        folder.mkdir()
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(where, full)
        assert types(folder, "Nom\nCollectif\nc\ng@example.org\nRennes\n").code in (2, 3)
    assert folder.exists() is was_there
    assert types(folder, "Nom\nCollectif\nc\ng@example.org\nRennes\n").code == 0


@pytest.mark.usefixtures("someone")
def test_what_goes_wrong_when_it_is_made_loses_no_answer(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("merge.app.new.disks.make_private_folder", full)
        meanwhile.setattr("merge.app.interview.disks.make_private_folder", lambda _: None)
        (Path(os.environ["PUBLIPOSTAGE_HOME"]) / "begun").mkdir(parents=True)
        said = types(folder, FIRST + REST + RIGHT + MODEL + NOBODY_LIVES_THERE)
    assert (said.code, "Your answers are kept" in said.err) == (2, True)
    said = types(folder, "1\n\n")
    assert said.code == 0, said.err
    assert load(folder).sender.place == "Rennes"


@pytest.mark.usefixtures("someone")
def test_where_no_answer_can_be_kept_the_interview_goes_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise Misuse("file-unwritable", path="x", words="full")

    monkeypatch.setattr("merge.app.interview.keep", full)
    assert types(folder, FIRST + REST + RIGHT + MODEL + NOBODY_LIVES_THERE).code == 0


def test_a_script_finds_no_answers_of_a_person_and_leaves_none(folder: Path) -> None:
    interview.keep(None, folder, {"name": "Autre"})
    assert types(folder, "Nom\nCollectif\nc\ng@example.org\nRennes\n").code == 0
    assert load(folder).campaign.name == "Nom"
    assert len(interview.unfinished()) == 1


def test_a_window_that_is_closed_leaves_the_answers(folder: Path) -> None:
    """A real terminal that hangs up: nobody is told, and nothing is lost."""
    pid, terminal = pty.fork()
    if not pid:
        os.execv(sys.executable, [sys.executable, "-m", "merge", "new", str(folder)])  # noqa: S606 ours
    for typed in FIRST.splitlines():
        shown = b""
        while b": " not in shown:
            shown += os.read(terminal, 1024)
        os.write(terminal, f"{typed}\n".encode())
    while not interview.unfinished() or len(interview.unfinished()[0].answers) < 4:
        time.sleep(0.01)  # for another process, which no lock tells of
    os.close(terminal)
    os.waitpid(pid, 0)
    assert interview.unfinished()[0].answers["from_address"] == "g@example.org"
    assert not folder.exists()


# --- what is kept ---


def test_what_is_kept_is_its_users_alone(folder: Path) -> None:
    number = interview.keep(None, folder, {"name": "N"})
    at = Path(os.environ["PUBLIPOSTAGE_HOME"]) / "begun"
    assert at.stat().st_mode & 0o077 == 0
    assert [each.stat().st_mode & 0o777 for each in at.iterdir()] == [0o600]
    assert interview.keep(number, folder, {"name": "M"}) == number
    assert interview.keep(None, None, {}) == number + 1
    interview.forget(number)
    interview.forget(number)
    assert [each.number for each in interview.unfinished()] == [number + 1]


@pytest.mark.parametrize("content", ["", "[]", '{"folder": 1}', '{"answers": []}', "\0"])
def test_what_cannot_be_read_is_left_alone(folder: Path, content: str) -> None:
    number = interview.keep(None, folder, {"name": "N"})
    (Path(os.environ["PUBLIPOSTAGE_HOME"]) / "begun" / "7.json").write_text(content, "utf-8")
    assert [each.number for each in interview.unfinished()] == [number]


# --- people and organisations ---

MEMBERS = "\nRennes\n\n"  # no other address for answers, the place, no postal address


@pytest.mark.usefixtures("someone")
@pytest.mark.parametrize("audience", ["2", "3"])
def test_of_others_than_communes_the_source_of_addresses_is_asked_and_never_proposed(
    folder: Path, audience: str
) -> None:
    said = types(folder, f"{FIRST}{MEMBERS}{audience}\n\nvotre adhésion\n{RIGHT}{MODEL}")
    assert "an empty letter" in said.out + said.err
    assert "surveillance" not in said.out + said.err
    assert said.code == 0, said.err
    assert "annuaire" not in said.err + (folder / "campaign.toml").read_text("utf-8")
    assert load(folder).sender.address_source == "votre adhésion"


def test_a_script_that_says_no_source_of_addresses_of_people_is_told_to(folder: Path) -> None:
    options = ("--name", "N", "--group", "G", "--contact", "c", "--from", "g@example.org")
    said = types(folder, "", *options, "--place", "Rennes", "--for", "people")
    assert said.code == 0, said.err
    assert load(folder).sender.address_source == ""
    assert "Say where the addresses come from" in said.err
    assert "annuaire" not in (folder / "campaign.toml").read_text("utf-8")


@pytest.mark.usefixtures("someone")
def test_the_source_of_mairies_is_not_taken_up_for_people(folder: Path) -> None:
    kept = {"name": "N", "audience": "communes", "address_source": SOURCES[0]}
    interview.keep(None, folder, kept)
    rest = "Collectif\n06 00 00 00 00\ng@example.org\n"
    said = types(folder, f"1\n{rest}{MEMBERS}votre adhésion\n{RIGHT}{MODEL}", "--for", "people")
    assert said.code == 0, said.err
    assert load(folder).sender.address_source == "votre adhésion"


def reviewed(said: Said) -> str:
    """The answers as they were shown last."""
    return (said.out + said.err).rpartition("Your answers:")[2]


@pytest.mark.usefixtures("someone")
def test_whom_a_campaign_writes_to_is_among_the_answers_and_can_be_changed(folder: Path) -> None:
    begun = f"{FIRST}{MEMBERS}{COMMUNES}1\n"
    said = types(folder, f"{begun}8\n2\nvotre adhésion\n{RIGHT}{MODEL}")
    assert said.code == 0, said.err
    assert "  8  Who is written to: Communes" in said.out + said.err
    assert "  8  Who is written to: People" in reviewed(said)
    assert "9  Where the addresses come from: votre adhésion" in reviewed(said)
    settings = load(folder)
    assert settings.campaign.audience == "people"
    assert settings.sender.address_source == "votre adhésion"


@pytest.mark.usefixtures("someone")
def test_whom_a_campaign_writes_to_is_asked_again_of_whoever_goes_on(folder: Path) -> None:
    kept = {"name": "N", "audience": "people", "address_source": "votre adhésion"}
    interview.keep(None, folder, kept)
    rest = "Collectif\n06 00 00 00 00\ng@example.org\n"
    typed = f"1\n{rest}{MEMBERS}3\n3\nvotre inscription\n{RIGHT}{MODEL}"
    said = types(folder, typed)
    assert said.code == 0, said.err
    assert "  3  Who is written to: Organisations" in reviewed(said)
    assert load(folder).campaign.audience == "organisations"
    assert load(folder).sender.address_source == "votre inscription"


@pytest.mark.usefixtures("someone")
def test_whom_it_writes_to_is_not_asked_of_whoever_said_so(folder: Path) -> None:
    said = types(folder, f"{FIRST}{MEMBERS}votre adhésion\n{RIGHT}{MODEL}", "--for", "people")
    assert said.code == 0, said.err
    assert "Who is written to" not in said.out + said.err
