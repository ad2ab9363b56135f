"""What SpamAssassin says of the letters, before they leave and without asking anybody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from merge.app.arrival import SCORED_AT_MOST, ScoredLetter, SpamCheck
from merge.mail import spam as door
from merge.mail.spam import Rule, Score, scores
from merge.words import spam as words
from merge.words.language import speaking
from tests.desk import HAVRE, NICE, Desk, Y
from tests.needs import need
from tests.pages import need_pages
from tests.test_template import PNG
from tests.test_web_check import ended, page_of
from tests.webserver import serving

RENNES = "35238;Rennes;F;Nathalie;MARTIN;rennes@example.org;;;"
SPAM = (
    "---\nsubject: BUY VIAGRA NOW !!!\n---\n\nDear friend,\n\nBUY CHEAP VIAGRA AND CIALIS ONLINE, "
    "NO PRESCRIPTION NEEDED!!! MONEY BACK GUARANTEE!!!\n\n"
    "{% if sexe == 'F' %}You won $ 15,000,000.00.{% endif %}\n"
)
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="the fakes begin with #!")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` asks the SpamAssassin of this machine."""
    need(door.is_installed(), "SpamAssassin", "spamassassin")
    monkeypatch.delenv("PUBLIPOSTAGE_SPAMASSASSIN")


def message(desk: Desk, key: str = "06088") -> bytes:
    return desk.ok("preview", key, "--as", "eml").out.encode()


def written(desk: Desk, letter: str) -> Desk:
    (desk.folder / "letter.md").write_text(letter, encoding="utf-8")
    return desk


def told(desk: Desk) -> str:
    said = desk.run("check")
    assert said.code == 0
    return said.out + said.err


# --- the real one ---------------------------------------------------------------------------------


def test_the_model_letter_is_no_spam(asked: None, tmp_path: Path) -> None:
    said = told(Desk.made(tmp_path, NICE, RENNES, Y, HAVRE))
    assert "Will they be taken for spam? By SpamAssassin" in said
    assert "from a score of 5 on" in said
    assert "- 3 letters, among them the one to Nice (06088): score 0." in said


def test_each_variant_is_scored_with_its_reasons_in_words(asked: None, tmp_path: Path) -> None:
    said = told(written(Desk.made(tmp_path, NICE, RENNES), SPAM))
    of_nice, of_rennes = sorted(line for line in said.splitlines() if "score" in line)[:2]
    assert of_nice.startswith("- the letter to Nice (06088): score ")
    assert of_rennes.startswith("- the letter to Rennes (35238): score ")
    for line in (of_nice, of_rennes):
        assert ", spam, because " in line
        assert "it promises one's money back (" in line
        assert "it says “Dear friend” (" in line
        assert "“No prescription needed” (" in line  # in its own words


def test_nothing_is_said_of_servers_that_a_letter_has_not_passed(
    asked: None, tmp_path: Path
) -> None:
    desk = Desk.made(tmp_path, NICE)
    toml = desk.folder / "campaign.toml"
    toml.write_text(toml.read_text("utf-8").replace("groupe@example.org", "groupe@gmail.com"))
    (found,) = scores([message(desk)]).scores
    assert "FREEMAIL_FROM" in {each.name for each in found.rules}
    assert "FORGED_GMAIL_RCVD" not in {each.name for each in found.rules}
    assert found.points == pytest.approx(sum(each.points for each in found.rules))


def test_pictures_and_attachments_come_to_no_disk(asked: None, tmp_path: Path) -> None:
    desk = Desk.made(tmp_path, NICE)
    (desk.folder / "logo.png").write_bytes(PNG)
    (desk.folder / "tract.pdf").write_bytes(b"%PDF-1.7\n" * 100_000)
    head = "---\nsubject: Réunion\nattachments: tract.pdf\n---\n\n"
    found = scores([message(written(desk, f"{head}Venez.\n\n![logo](logo.png)"))] * 2)
    assert found.failure == ""  # a process that writes a file here is killed
    assert len(found.scores) == 2
    assert any(each.name.startswith("HTML_IMAGE_ONLY") for each in found.scores[1].rules)


def test_the_page_says_it_too(asked: None, tmp_path: Path) -> None:
    need_pages()
    with serving(campaign=Desk.made(tmp_path, NICE).folder) as server:
        page = ended(page_of(server).press("Check all letters"))
    assert "the letter to Nice (06088): score 0." in page.text


# --- fakes: one that fails ------------------------------------------------------------------------


def fake(folder: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """In place of Perl a program that knows what it was asked as `asked`."""
    tools = folder / "tools"
    tools.mkdir()
    source = f"#!{sys.executable} -IS\nimport os, sys, time\nasked = sys.stdin.buffer.read()\n"
    for name in ("perl", "spamassassin"):
        (tools / name).write_text(source + dedent(code), encoding="utf-8")
        (tools / name).chmod(0o700)
    monkeypatch.setenv("PATH", str(tools))
    monkeypatch.delenv("PUBLIPOSTAGE_SPAMASSASSIN")


GOOD = 'print(\'[1.5, 5, [["A", 1.5, "a b"]]]\', flush=True)\n'


@POSIX
@pytest.mark.parametrize(
    ("code", "failure", "detail", "n"),
    [
        ("time.sleep(3600)", "time", "", 0),
        (f"{GOOD}print('[2', end='', flush=True); time.sleep(3600)", "time", "", 1),
        ("print('noise', file=sys.stderr); sys.exit('no rules')", "crash", "no rules", 0),
        (f"{GOOD}os.kill(os.getpid(), 11)", "crash", "-11", 1),
        ("print('[' * 100_000)", "rubbish", "", 0),
        ("print('spam!')", "rubbish", "", 0),
        ("sys.stdout.buffer.write(bytes(range(256)) * 9)", "rubbish", "", 0),
        ("print('[1, 2, [[3, 4, 5]]]')", "rubbish", "", 0),
        (GOOD, "rubbish", "", 1),
        (GOOD * 3, "rubbish", "", 3),
    ],
)
def test_one_that_fails_is_a_reason(
    code: str,
    failure: str,
    detail: str,
    n: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fake(tmp_path, monkeypatch, code)
    found = scores([b"a", b"b"], time_s=3)
    assert (found.failure, found.detail, len(found.scores)) == (failure, detail, n)


@POSIX
def test_it_can_write_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake(tmp_path, monkeypatch, f"open({str(tmp_path / 'letter')!r}, 'wb', 0).write(asked)")
    assert "File too large" in scores([b"a"]).detail


@POSIX
def test_check_goes_on_where_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk.made(tmp_path, NICE)
    fake(tmp_path, monkeypatch, "sys.exit('no rules were found')")
    said = told(desk)
    reason = "it ended with an error (no rules were found)"
    assert f"SpamAssassin has not read all of the letters: {reason}." in said
    assert "Will they be taken for spam?" not in said
    assert "1 letter checked" in said


@POSIX
def test_it_gets_the_message_as_it_leaves_and_no_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_PASSWORD", "secret")
    fake(
        tmp_path,
        monkeypatch,
        """
        import json
        names = [repr(asked), *map(repr, os.environ.items())]
        print(json.dumps([0, 5, [[each, 0, ""] for each in names]]))
        """,
    )
    (found,) = scores([b"From: a\r\n\r\nb"]).scores
    assert found.rules[0].name == repr(b"12\nFrom: a\r\n\r\nb")
    assert "secret" not in str(found)


@POSIX
def test_it_has_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    alone = ["unshare", "--net", "true"]
    if sys.platform != "linux" or subprocess.run(alone, check=False).returncode:
        pytest.skip("only root has a network of its own to give away here")
    fake(
        tmp_path,
        monkeypatch,
        """
        import json, socket
        names = [name for _, name in socket.if_nameindex()]
        print(json.dumps([0, 5, [[each, 0, ""] for each in names]]))
        """,
    )
    (found,) = scores([b"a"]).scores
    assert {each.name for each in found.rules} <= {"lo"}  # which is down


def test_without_it_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk.made(tmp_path, NICE)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PUBLIPOSTAGE_SPAMASSASSIN")
    assert "SpamAssassin" not in told(desk)


@POSIX
def test_it_is_off_where_somebody_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk.made(tmp_path, NICE)
    fake(tmp_path, monkeypatch, GOOD)
    assert "the letter to Nice (06088): score 1.5, because “a b” (1.5)." in told(desk)
    monkeypatch.setenv("PUBLIPOSTAGE_SPAMASSASSIN", " Off")
    assert "SpamAssassin" not in told(desk)


@POSIX
def test_a_sender_that_no_message_can_have_is_for_send_to_refuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk.made(tmp_path, NICE)
    toml = desk.folder / "campaign.toml"
    toml.write_text(toml.read_text("utf-8").replace('from = "groupe@example.org"', 'from = ""'))
    fake(tmp_path, monkeypatch, GOOD)
    assert "SpamAssassin" not in told(desk)


# --- words ----------------------------------------------------------------------------------------


def scored(*points: float, rules: tuple[Rule, ...] = ()) -> SpamCheck:
    found = [
        ScoredLetter(key=str(i), letters=1, score=Score(each, 5.0, rules))
        for i, each in enumerate(points)
    ]
    return SpamCheck(variants=len(found), scored=found, failure="", detail="")


def said(found: SpamCheck) -> list[str]:
    return list(words.scored(found, {str(i): f"Commune {i}" for i in range(30)}))[1:]


def test_the_heaviest_reasons_come_first_and_in_french() -> None:
    rules = (
        Rule("SUBJ_ALL_CAPS", 0.5, "Subject is all capitals"),
        Rule("HTML_IMAGE_ONLY_12", 1.38, "HTML: images with 800-1200 bytes of words"),
        Rule("SOMETHING_NEW", 1.0, "Never seen"),
        Rule("HTML_MESSAGE", 0.001, "HTML included in message"),
        Rule("NICE", -1.0, "A friend"),
    )
    with speaking("fr"):
        assert said(scored(1.88, rules=rules)) == [
            "- la lettre à Commune 0 (0)\u00a0: score 1,9, car il y a des images, et peu de texte "
            "(1,4)\u202f; «\u00a0Never seen\u00a0» (1)\u202f; l’objet est en capitales (0,5)."
        ]


def test_letters_that_fare_alike_share_a_line_the_worst_first() -> None:
    assert said(scored(-0.01, 6.0, 0.0)) == [
        "- the letter to Commune 1 (1): score 6, spam.",
        "- 2 letters, among them the one to Commune 2 (2): score 0.",
    ]


def test_of_many_reasons_the_rest_is_counted() -> None:
    rules = tuple(Rule(f"R{i}", 1.0, f"reason {i}") for i in range(8))
    (line,) = said(scored(8.0, rules=rules))
    assert line.endswith("“reason 4” (1); … and 3 more.")


def test_of_many_variants_the_commonest_are_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = "Code INSEE;Commune;Courriel;Paragraphe local"
    codes = range(6001, 6001 + SCORED_AT_MOST + 5)
    desk = Desk(tmp_path / "campaign")
    desk.make()
    rows = [f"{code:05};;m{code}@example.org;Une phrase pour {code}." for code in codes]
    desk.ok("import", str(desk.sheet(*rows, header=header)))
    written(desk, "---\nsubject: Essai\n---\n\nBonjour,\n\n{{ local }}\n")
    fake(tmp_path, monkeypatch, "print('[0, 5, []]\\n' * asked.count(b'MIME-Version'), end='')")
    assert "one letter of each of the 20 commonest variants, of 25." in told(desk)
