"""campaign.toml, the environment, the keyring."""

import dataclasses
import datetime
import importlib
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from merge.errors import SettingsError, Trouble
from merge.ledger.records import Destination
from merge.settings import (
    ENVIRONMENT,
    SETTINGS,
    Answers,
    Range,
    Settings,
    campaign_toml,
    given_password,
    kept_password,
    load,
    password,
    remember_password,
    require_account,
    with_account,
    without_passwords,
)
from merge.settings.check import places_of_keys
from merge.words.troubles import KIND_WORDS
from tests.drawer import Drawer
from tests.facts import wrong

TABLE = Path(__file__).with_suffix(".txt")
LEAST = """\
[campaign]
name = "Pas de caméras"

[sender]
name = "Collectif de Rennes"
contact = "contact@example.org"
place = "Rennes"
signature = ["Le collectif"]
"""


def loaded(folder: Path, text: str) -> Settings:
    (folder / "campaign.toml").write_text(text, encoding="utf-8")
    return load(folder)


def dotted(tables: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """The name of every setting that a TOML text gives."""
    for key, value in tables.items():
        if isinstance(value, dict) and key not in ("population", "window"):
            yield from dotted(value, f"{before}{key}.")
        else:
            yield before + key


def values(settings: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting as it was read."""
    for key, value in settings.items():
        if isinstance(value, dict) and key not in ("population", "window"):
            yield from values(value, f"{before}{key}.")
        else:
            yield before + key, value


def refused(folder: Path, text: str) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        loaded(folder, text)
    return caught.value


def test_every_setting_that_is_documented_is_read(tmp_path: Path) -> None:
    text = """
[campaign]
name = "n"
timezone = "Indian/Reunion"
retain_until = 2027-03-31
for = "people"
example = true
[sender]
name = "s"
contact = "c"
address = "1 rue X\\n35000 Rennes"
place = "p"
place_insee = "76351"
signature = ["a", "b"]
signature_picture = "signature.png"
signers = "signers.csv"
address_source = "l'annuaire"
[account]
provider = "ovh"
host = "127.0.0.1"
port = 2525
tls = "none"
send_by = "graph"
ca_file = "ca.pem"
login = "me"
from = "a@example.org"
reply_to = "b@example.org"
per_minute = 1
per_hour = 2
per_day = 3
one_click = "https://example.org/stop?ref={reference}"
large_sender = true
hours = "lun-ven 8h-20h"
connections = 4
messages_per_connection = 5
[account.imap]
host = "::1"
port = 1143
tls = "none"
ca_file = "imap.pem"
login = "myself"
sent = "Envoyés"
copies = "none"
[letter]
template = "t.md"
look = "l.css"
date = 2026-11-24
feminine = "le Maire"
language = "pt-BR"
attach_pdf = true
typographic = false
[letterhead]
logo = "logo.png"
colour = "#123456"
address = ["a"]
[select]
departments = ["2A"]
communes = ["35238"]
population = { min = 1, max = 9 }
exclude = ["Rennes"]
[paper]
format = "letter"
window = { left = 100, top = 50, width = 90, height = 35 }
return_address = true
fold_marks = true
households = true
duplex = "one-sided"
per_lot = 50
order = "sheet"
marks = false
press = false
grammage = 90
envelope_grammes = 6
[answers]
wordings = ["présent"]
"""
    settings = loaded(tmp_path, text)
    written = tomllib.loads(text)
    assert set(dotted(written)) == {d.name for d in SETTINGS}
    assert settings.sender.address == ("1 rue X", "35000 Rennes")
    assert settings.account.from_address == "a@example.org"
    assert settings.letter.date == datetime.date(2026, 11, 24)
    assert settings.select.population == Range(min=1, max=9)
    default = dict(values(dataclasses.asdict(loaded(tmp_path, LEAST))))
    as_default = {n for n, value in values(dataclasses.asdict(settings)) if value == default[n]}
    assert as_default == set()


def test_every_required_setting_has_an_example_that_is_shown_when_it_is_missing(
    tmp_path: Path,
) -> None:
    required = [doc for doc in SETTINGS if doc.required]
    assert len(required) == 4
    for doc in required:
        section, key = doc.name.split(".")
        given = tomllib.loads(LEAST)
        del given[section][key]
        text = "\n".join(
            f"[{name}]\n" + "\n".join(f"{k} = {v!r}" for k, v in keys.items())
            for name, keys in given.items()
        )
        error = refused(tmp_path, text)
        assert (error.code, error.facts["name"]) == ("missing-setting", doc.name)
        assert error.facts["example"] == f"{key} = {doc.example}"
        assert error.row is not None


def test_a_return_address_is_the_letterheads_else_the_senders(tmp_path: Path) -> None:
    wanted = "[paper]\nreturn_address = true\n"
    error = refused(tmp_path, LEAST + wanted)
    assert (error.code, error.facts["name"]) == ("missing-setting", "sender.address")
    head = '[letterhead]\naddress = ["1 rue Y", "35000 Rennes"]\n'
    by_head = loaded(tmp_path, LEAST + head + wanted)
    assert by_head.sender_lines == (by_head.sender.name, "1 rue Y", "35000 Rennes")
    own = f'address = ["{by_head.sender.name}", "2 rue Z", "35170 Bruz"]\n'
    by_sender = loaded(tmp_path, LEAST.replace("[sender]\n", f"[sender]\n{own}") + wanted)
    assert by_sender.sender_lines == (by_head.sender.name, "2 rue Z", "35170 Bruz")


def written(given: str) -> str:
    """A campaign.toml of the least that one has, and then of this."""
    least = {
        f"{section}.{key}": value
        for section, keys in tomllib.loads(LEAST).items()
        for key, value in keys.items()
    }
    lines = given.split(" ; ")
    for line in lines:
        least.pop(line.partition(" = ")[0], None)
    return "\n".join([*(f"{key} = {value!r}" for key, value in least.items()), *lines])


def test_each_value_is_read_or_is_an_error_with_its_place(tmp_path: Path) -> None:
    def refusal(given: str) -> str:
        error = refused(tmp_path, written(given))
        is_there = (error.row or 0) > LEAST.count(" = ") or "sender" in given
        return error.code if is_there else f"{error.code} in {error.row}"

    def became(given: str, name: str) -> object:
        return attrgetter(name)(loaded(tmp_path, written(given)))

    found = wrong(TABLE, "a wrong value is an error with its place", refusal)
    found += wrong(TABLE, "what each campaign has is missing", refusal)
    found += wrong(TABLE, "a setting is what is written, else what stands for it", became)
    assert found == []
    by_code = LEAST.replace('place = "Rennes"', 'place_insee = "76351"')
    assert loaded(tmp_path, by_code).sender.place == "Le Havre"


def test_what_stands_in_the_wrong_place_has_a_name_in_each_language(tmp_path: Path) -> None:
    for raw in ('"x"', "true", "1.5", '["a"]', "{ a = 1 }", "2026-11-24", "10:00:00"):
        error = refused(tmp_path, f"{LEAST}[account]\nport = {raw}\n")
        assert error.code == "wrong-type"
        assert error.facts["got"] in KIND_WORDS, raw


@pytest.mark.parametrize(
    ("line", "suggestion"),
    [("nmae = 1", "name"), ("zzz = 1", ""), ("'adress' = 1", "address"), ("[sendr]", "sender")],
)
def test_an_unknown_key_is_an_error_at_its_row_and_column(
    tmp_path: Path, line: str, suggestion: str
) -> None:
    error = refused(tmp_path, LEAST + "# name = 1\n  " + line + "\n")
    assert error.code == "unknown-setting"
    assert error.row == LEAST.count("\n") + 2
    assert error.column == 3 + line.startswith("[")
    assert error.facts["suggestion"] == suggestion
    assert error.place.endswith(f"campaign.toml:{error.row}:{error.column}")


@pytest.mark.parametrize(
    ("text", "row", "column"),
    [
        *[('[campaign]\nname = "x\n', 2, 10), ("[campaign]\nname\n", 2, 5)],
        *[("[campaign]\nname\n\n[sender]\n", 2, 5), ("[a]\nb = [1,\n", 2, 8)],
    ],
)
def test_a_syntax_error_has_its_row_and_column(
    tmp_path: Path, text: str, row: int, column: int
) -> None:
    error = refused(tmp_path, text)
    assert (error.code, error.row, error.column) == ("settings-syntax", row, column)


def test_what_is_no_file_of_settings_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder/campaign.toml").mkdir(parents=True)
    (tmp_path / "sheet.csv").touch()
    places = {"folder": "file-unreadable", "sheet.csv": "no-campaign"}
    if hasattr(os, "mkfifo"):
        (tmp_path / "pipe").mkdir()
        os.mkfifo(tmp_path / "pipe/campaign.toml")
        places["pipe"] = "folder-no-file"
    for place, code in places.items():
        with pytest.raises(Trouble, match=code):
            load(tmp_path / place)


def test_windows_line_ends_and_a_byte_order_mark_are_no_fault(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + LEAST.replace("\n", "\r\n").encode()
    (tmp_path / "campaign.toml").write_bytes(data)
    assert load(tmp_path).campaign.name == "Pas de caméras"


def test_a_file_in_the_encoding_of_windows_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_bytes(LEAST.encode("cp1252"))
    with pytest.raises(SettingsError) as caught:
        load(tmp_path)
    assert (caught.value.code, caught.value.row) == ("not-utf8", 2)


def test_an_account_is_asked_for_only_when_e_mail_is_sent(tmp_path: Path) -> None:
    settings = loaded(tmp_path, LEAST)
    with pytest.raises(SettingsError) as caught:
        require_account(settings)
    assert caught.value.code == "no-account"


def test_what_looks_like_a_key_inside_a_value_is_none() -> None:
    text = (
        'a = """\nb = 1 \\""" """"\nc = [ # [d]\n "e = 1", { f = 2 },\n]\n[ g . "h.i" ]\nj.k = 1\n'
    )
    assert places_of_keys(text) == {
        ("a",): (1, 1),
        ("c",): (3, 1),
        ("g",): (6, 3),
        ("g", "h.i"): (6, 7),
        ("g", "h.i", "j"): (7, 1),
        ("g", "h.i", "j", "k"): (7, 3),
    }


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    account = '[account]\nhost = "smtp.example.org"\nfrom = "a@example.org"\n'
    return loaded(tmp_path, LEAST + account)


SMTP = Destination(
    protocol="smtp",
    host="smtp.example.org",
    port=465,
    tls="implicit",
    ca="",
    login="a@example.org",
)
IMAP = dataclasses.replace(SMTP, protocol="imap", host="imap.example.org", port=993)


def test_a_password_is_taken_from_the_nearest_place(
    settings: Settings, drawer: Drawer, tmp_path: Path
) -> None:
    file = tmp_path / "secret"
    file.touch(mode=0o600)
    file.write_text("in the file \n")
    (tmp_path / "publipostage_password").write_text("from systemd")
    remember_password(SMTP, "in the keyring")
    environ = {
        "PUBLIPOSTAGE_PASSWORD": "here",
        "PUBLIPOSTAGE_PASSWORD_FILE": str(file),
        "CREDENTIALS_DIRECTORY": str(tmp_path),
    }
    found = []
    while environ:
        found.append(str(password(settings.account, SMTP, environ)))
        environ.pop(next(iter(environ)))
    found.append(str(password(settings.account, SMTP, {})))
    assert found == ["here", "in the file ", "from systemd", "in the keyring"]
    entry = ("publipostage:smtp:smtp.example.org:465:implicit", "a@example.org")
    assert drawer.kept == {entry: "in the keyring"}


def test_what_the_keyring_keeps_for_one_server_is_found_for_no_other(drawer: Drawer) -> None:
    remember_password(SMTP, "s3cret")
    assert kept_password(SMTP) == "s3cret"
    others: list[dict[str, Any]] = [
        {"protocol": "imap"},
        {"host": "smtp.example.com"},
        {"port": 2525},
        {"tls": "starttls"},
        {"tls": "none"},
        {"ca": "0" * 64},
        {"login": "b@example.org"},
    ]
    for other in others:
        assert kept_password(dataclasses.replace(SMTP, **other)) is None, other
    assert len(drawer.kept) == 1


def test_an_entry_of_before_is_the_sending_servers_until_it_has_its_own(drawer: Drawer) -> None:
    drawer.kept["publipostage:smtp.example.org", "a@example.org"] = "of before"
    assert kept_password(SMTP) == "of before"
    assert kept_password(dataclasses.replace(SMTP, login="b@example.org")) is None
    assert kept_password(dataclasses.replace(IMAP, host="smtp.example.org")) is None
    remember_password(SMTP, "new")
    assert kept_password(SMTP) == "new"


def test_meanwhile_nothing_of_a_password_stands_in_the_environment() -> None:
    kept = {"PATH": "/bin", "PUBLIPOSTAGE_HOME": "/h", "PUBLIPOSTAGE_LANG": "fr"}
    kept |= {"PUBLIPOSTAGE_DNS": "off"}
    kept["PUBLIPOSTAGE_METRICS"] = "9100"
    secret = {
        "PUBLIPOSTAGE_PASSWORD": "a",
        "PUBLIPOSTAGE_PASSWORD_FILE": "b",
        "PUBLIPOSTAGE_IMAP_PASSWORD": "c",
        "PUBLIPOSTAGE_IMAP_PASSWORD_FILE": "d",
        "PUBLIPOSTAGE_DATABASE": "e",
        "PUBLIPOSTAGE_DATABASE_FILE": "f",
        "CREDENTIALS_DIRECTORY": "g",
    }
    documented = {each.name for each in ENVIRONMENT}
    assert documented - set(kept) - {"PUBLIPOSTAGE_DEBUG"} == set(secret)
    environ = kept | secret
    with without_passwords(environ):
        assert environ == kept
    assert environ == kept | secret


def test_the_spaces_of_an_application_password_do_not_count_wherever_it_lies(
    settings: Settings, tmp_path: Path
) -> None:
    environ = {"PUBLIPOSTAGE_PASSWORD": "abcd efgh ijkl mnop"}
    gmail = loaded(tmp_path, LEAST + '[account]\nprovider = "gmail"\nfrom = "a@gmail.com"\n')
    assert password(gmail.account, SMTP, environ) == "abcdefghijklmnop"
    assert "abcd" not in repr(password(gmail.account, SMTP, environ))
    assert password(settings.account, SMTP, environ) == "abcd efgh ijkl mnop"


@pytest.mark.skipif(os.name != "posix", reason="mode bits and pipes mean nothing elsewhere")
def test_a_password_file_that_others_read_or_that_holds_none_is_refused(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = importlib.import_module("merge.settings.password")  # its function has the same name
    monkeypatch.setattr(room, "PIPE_PATIENCE_S", 0.01)
    file = tmp_path / "secret"

    def refusal() -> str:
        with pytest.raises(SettingsError) as caught:
            password(settings.account, SMTP, {"PUBLIPOSTAGE_PASSWORD_FILE": str(file)})
        assert "s3cret" not in str(caught.value.facts)
        return caught.value.code

    assert refusal() == "file-unreadable"
    os.mkfifo(file, 0o600)  # into which nobody writes
    assert refusal() == "password-file-unfit"
    file.unlink()
    for content in (
        b"\n",
        "s3cret\r\n".encode("utf-16"),  # what PowerShell's ">" writes
        "s3cret\r\n".encode("utf-16-le"),
        "s3crèt\r\n".encode("cp1252"),
        b"s3cret\nof groupe@example.org\n",
        b"s" * 20_000,  # another file: it may be one of gigabytes
    ):
        file.write_bytes(content)
        file.chmod(0o600)
        assert refusal() == "password-file-unfit"
    file.write_text("s3cret")
    for mode in (0o640, 0o604, 0o620):
        file.chmod(mode)
        assert refusal() == "password-file-readable"


@pytest.mark.skipif(not Path("/dev/fd").is_dir(), reason="a shell's <(…) needs /dev/fd")
def test_a_password_may_come_from_a_program_through_a_shell(settings: Settings) -> None:
    """PUBLIPOSTAGE_PASSWORD_FILE=<(pass show mail)"""
    reading, writing = os.pipe()
    with os.fdopen(writing, "wb") as file:
        file.write(b"s3cret\n")
    with os.fdopen(reading, "rb"):
        given = {"PUBLIPOSTAGE_PASSWORD_FILE": f"/dev/fd/{reading}"}
        assert password(settings.account, SMTP, given) == "s3cret"


@pytest.mark.parametrize("name", ["PUBLIPOSTAGE_PASSWORD", "PUBLIPOSTAGE_IMAP_PASSWORD"])
def test_a_password_in_another_encoding_is_told_and_not_shown(
    settings: Settings, name: str
) -> None:
    given = {name: os.fsdecode("s3crèt".encode("latin-1"))}
    with pytest.raises(SettingsError) as caught:
        password(settings.account, IMAP, given)
    assert (caught.value.code, caught.value.facts) == ("password-encoding", {"name": name})
    assert caught.value.__context__ is None


@pytest.mark.usefixtures("no_keyring")
def test_without_a_keyring_there_is_no_password_and_none_is_kept(settings: Settings) -> None:
    with pytest.raises(SettingsError) as asked:
        password(settings.account, SMTP, {})
    with pytest.raises(SettingsError) as told:
        remember_password(SMTP, "s3cret")
    assert (asked.value.code, told.value.code) == ("no-password", "no-keyring")


LINE = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=9)


@given(st.lists(LINE, min_size=6, max_size=6))
def test_what_new_writes_is_what_load_reads(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    name, sender, contact, place, first, last = lines
    assume(not re.fullmatch(r"[0-9][0-9AB][0-9]{3}", place))  # five such signs are an INSEE code
    answers = Answers(
        name=name,
        group=sender,
        contact=contact,
        place=place,
        signature=(first, last),
        address=(last, first),
        reply_to="b@example.org",
        from_address="a@example.org",
    )
    settings = loaded(tmp_path_factory.mktemp("campaign"), campaign_toml(answers))
    assert settings.campaign.name == name
    assert settings.sender.name == sender
    assert settings.sender.contact == contact
    assert settings.sender.place == place
    assert settings.sender.signature == (first, last)
    assert settings.sender.address == (last, first)
    assert settings.account.from_address == "a@example.org"
    assert settings.account.reply_to == "b@example.org"


def test_every_line_that_new_leaves_as_a_comment_is_a_setting_that_works(tmp_path: Path) -> None:
    text = campaign_toml(Answers(name="n", group="s", contact="c", place="p", signature=["x"]))
    uncommented = re.sub(r"(?m)^# (?=\w+ = )", "", text)
    assert uncommented.count(" = ") > text.count("\n[")
    settings = loaded(tmp_path, uncommented)
    assert settings.account.host == "smtp.example.org"
    assert settings.select.communes == ("35238", "Saint-Malo")


def test_setting_the_account_keeps_every_comment(tmp_path: Path) -> None:
    text = campaign_toml(Answers(name="n", group="s", contact="c", place="p", signature=["x"]))
    changed = with_account(text, {"provider": "gmail", "from": "a@example.org"})
    assert [line for line in text.splitlines() if line not in changed.splitlines()] == []
    assert loaded(tmp_path, changed).account.from_address == "a@example.org"
    assert loaded(tmp_path, with_account(LEAST, {"port": 587})).account.port == 587


def test_setting_the_account_leaves_its_mailbox_alone(tmp_path: Path) -> None:
    text = LEAST + '[account]\nhost = "a"\n[account.imap]\nhost = "b" # mine\n'
    changed = with_account(text, {"port": 587, "from": "a@example.org"})
    settings = loaded(tmp_path, changed)
    assert settings.account.imap.host == "b"
    assert (settings.account.port, settings.account.from_address) == (587, "a@example.org")
    assert "# mine" in changed


def test_the_password_is_the_accounts_unless_another_is_given(tmp_path: Path) -> None:
    environ = {"PUBLIPOSTAGE_PASSWORD": "one"}
    assert given_password(environ, imap=True) == "one"
    named = tmp_path / "secret"
    named.write_text("two\n", encoding="utf-8")
    named.chmod(0o600)
    environ["PUBLIPOSTAGE_IMAP_PASSWORD_FILE"] = str(named)
    assert given_password(environ, imap=True) == "two"
    environ["PUBLIPOSTAGE_IMAP_PASSWORD"] = "three"
    assert given_password(environ, imap=True) == "three"
    assert given_password(environ) == "one"
    assert "three" not in repr(given_password(environ, imap=True))
