"""campaign.toml, the environment, the keyring."""

import dataclasses
import datetime
import importlib
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import tomlkit
from hypothesis import assume, given
from hypothesis import strategies as st

from merge.app.opening import users_accounts
from merge.errors import Refused, SettingsError
from merge.ledger.records import Destination
from merge.paper.window import FORMATS, PROFILES, Window
from merge.settings import (
    ENVIRONMENT,
    SETTINGS,
    Answers,
    Range,
    Settings,
    campaign_toml,
    kept_password,
    load,
    password,
    remember_password,
    require_account,
    with_account,
    without_passwords,
)
from merge.settings.check import places_of_keys
from merge.words.troubles import KIND_WORDS, explain
from tests.drawer import Drawer

OWN_WINDOW = "left = 100, top = 55.5, width = 90, height = 24"
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


def test_the_least_campaign_has_a_default_for_everything_else(tmp_path: Path) -> None:
    settings = loaded(tmp_path, LEAST)
    assert settings.campaign.timezone == "Europe/Paris"
    assert settings.letter.template == "letter.md"
    assert settings.letter.date is None
    assert (settings.account.per_hour, settings.account.per_day) == (100, 300)
    assert settings.paper.per_lot == 250


def test_every_setting_that_is_documented_is_read(tmp_path: Path) -> None:
    text = """
[campaign]
name = "n"
timezone = "Indian/Reunion"
retain_until = 2027-03-31
for = "people"
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


def test_every_setting_and_variable_has_a_sentence_of_help() -> None:
    for doc in SETTINGS + ENVIRONMENT:
        assert doc.help[0].isupper(), doc.name
        assert doc.help.endswith("."), doc.name


def test_every_required_setting_has_an_example_that_is_shown_when_it_is_missing(
    tmp_path: Path,
) -> None:
    required = [doc for doc in SETTINGS if doc.required]
    assert [doc.name for doc in required] == [
        "campaign.name",
        "sender.name",
        "sender.contact",
        "sender.signature",
    ]
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


def test_a_missing_place_may_come_from_its_insee_code(tmp_path: Path) -> None:
    by_code = LEAST.replace('place = "Rennes"', 'place_insee = "76351"')
    assert loaded(tmp_path, by_code).sender.place == "Le Havre"
    error = refused(tmp_path, LEAST.replace('place = "Rennes"\n', ""))
    assert (error.code, error.facts["name"]) == ("missing-setting", "sender.place")


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
    ("lines", "code"),
    [
        ('[account]\nport = "465"', "wrong-type"),
        ("[account]\nport = true", "wrong-type"),
        ("[select]\nexclude = 35238", "wrong-type"),
        ("[select]\nexclude = [35238]", "wrong-type"),
        ("[account]\nport = 70000", "setting-out-of-range"),
        ("[account]\nper_day = 0", "setting-out-of-range"),
        ('[account]\ntls = "ssl"', "not-one-of"),
        ('[account]\nprovider = "gmial"', "unknown-provider"),
        ('[account]\nprovider = "tuta"', "provider-without-password"),
        ('[account]\nhours = "jour et nuit"', "value-unfit"),
        ('[account]\none_click = "http://example.org/{reference}"', "value-unfit"),
        ('[account]\none_click = "https://example.org/stop"', "value-unfit"),
        ('[account]\none_click = "https://example.org/<{reference}>"', "value-unfit"),
        ("[account]\nhours = 8", "wrong-type"),
        ("[account]\nconnections = 0", "setting-out-of-range"),
        ("[account]\nconnections = 1000", "setting-out-of-range"),
        ("[account]\nmessages_per_connection = 0", "setting-out-of-range"),
        ('[account]\nfrom = "Collectif"', "value-unfit"),
        ('[account]\nfrom = "a@b.fr, c@d.fr"', "value-unfit"),
        ('[account]\nfrom = "groupe@exemple"', "value-unfit"),
        ('[account]\nreply_to = "groupe@exemple..fr"', "value-unfit"),
        ('[account]\nreply_to = "a@b.fr\\nBcc: x@y.fr"', "setting-control-character"),
        ('[account]\nhost = "smtp.example.org"\ntls = "none"', "tls-none-outside-loopback"),
        ("[account.pop]", "unknown-setting"),
        ('[letter]\ndate = "2026-11-24"', "wrong-type"),
        ('[letter]\nattach_pdf = "oui"', "wrong-type"),
        ("[letter]\ndate = 2026-11-24T10:00:00", "wrong-type"),
        ('[letter]\ntemplate = ""', "missing-setting"),
        ('[letter]\nfeminine = "Madame la Maire"', "not-one-of"),
        ("[select]\ndepartments = [35]", "wrong-type"),
        ('[select]\ndepartments = ["1"]', "value-unfit"),
        ('[select]\ndepartments = ["35", ""]', "value-unfit"),
        ('place_insee = "99999"', "value-unfit"),
        ("[select]\npopulation = 2000", "wrong-type"),
        ("[select]\npopulation = { min = 9, max = 1 }", "setting-out-of-range"),
        ("[select]\npopulation = { least = 9 }", "unknown-setting"),
        ("[paper]\nduplex = 2", "wrong-type"),
        ("[[paper]]\nduplex = 2", "wrong-type"),
        ('[paper]\nwindow = "nf-left"', "not-one-of"),
        ("[paper]\nwindow = 55", "wrong-type"),
        ("[paper]\nwindow = { left = 100, top = 55, width = 90 }", "missing-setting"),
        (f"[paper]\nwindow = {{ {OWN_WINDOW}, right = 1 }}", "unknown-setting"),
        (f"[paper]\nwindow = {{ {OWN_WINDOW}, folds = 99 }}", "wrong-type"),
        (f"[paper]\nwindow = {{ {OWN_WINDOW}, folds = [1, 2, 3] }}", "wrong-type"),
        (f"[paper]\nwindow = {{ {OWN_WINDOW}, folds = [297] }}", "setting-out-of-range"),
        (f"[paper]\nwindow = {{ {OWN_WINDOW}, play = 9 }}", "wrong-type"),
        (f"[paper]\nwindow = {{ {OWN_WINDOW}, play = [9] }}", "wrong-type"),
        (f"[paper]\nwindow = {{ {OWN_WINDOW}, play = [9, 31] }}", "setting-out-of-range"),
        (f"[paper]\nwindow = {{ {OWN_WINDOW.replace('90', 'true')} }}", "wrong-type"),
        (f"[paper]\nwindow = {{ {OWN_WINDOW.replace('90', 'nan')} }}", "setting-out-of-range"),
        (f"[paper]\nwindow = {{ {OWN_WINDOW.replace('90', '70')} }}", "setting-out-of-range"),
        (f"[paper]\nwindow = {{ {OWN_WINDOW.replace('90', '111')} }}", "setting-out-of-range"),
        ('[paper]\nformat = "A3"', "not-one-of"),
        ("[paper]\nformat = 4", "wrong-type"),
        ('[paper]\nformat = "A5"', "window-of-other-paper"),
        ('[paper]\nformat = "letter"\nwindow = "din"', "window-of-other-paper"),
        ('[paper]\nwindow = "us-10"', "window-of-other-paper"),
        (f'[paper]\nformat = "A5"\nwindow = {{ {OWN_WINDOW} }}', "setting-out-of-range"),
        (
            '[paper]\nformat = "A5"\n'
            "window = { left = 20, top = 55, width = 90, height = 24, folds = [210] }",
            "setting-out-of-range",
        ),
        ('[paper]\nfold_marks = "yes"', "wrong-type"),
        ("[paper]\nreturn_address = 1", "wrong-type"),
    ],
)
def test_a_wrong_value_is_an_error_with_its_place(tmp_path: Path, lines: str, code: str) -> None:
    error = refused(tmp_path, LEAST + lines + "\n")
    assert error.code == code
    assert error.row is not None
    assert error.row > LEAST.count("\n")
    assert error.exit_code == 2


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ('colour = "blue"', "value-unfit"),
        ('colour = "#12345"', "value-unfit"),
        ('colour = "#1a4f8b; x"', "value-unfit"),
        ('colour = "#ffee00"', "setting-pale-colour"),
        ('logo = "../logo.png"', "folder-name-outside"),
        ("address = 1", "wrong-type"),
    ],
)
def test_a_letterhead_that_nobody_could_read_is_told_with_its_row(
    tmp_path: Path, written: str, code: str
) -> None:
    error = refused(tmp_path, f"{LEAST}[letterhead]\n{written}\n")
    assert (error.code, error.row) == (code, LEAST.count("\n") + 2)
    assert loaded(tmp_path, f'{LEAST}[letterhead]\ncolour = "#1a4f8b"\n').letterhead.colour


@pytest.mark.parametrize("key", ["signers", "signature_picture"])
@pytest.mark.parametrize("file", ["../signers.csv", "/home/zoe/signers.csv", "a/../../b.csv"])
def test_a_file_of_the_campaign_is_in_its_folder(tmp_path: Path, key: str, file: str) -> None:
    error = refused(tmp_path, LEAST + f'{key} = "{file}"\n')
    assert (error.code, error.facts["value"]) == ("folder-name-outside", file)
    assert error.row == LEAST.count("\n") + 1
    assert loaded(tmp_path, LEAST + f'{key} = "pictures/a..b.png"\n').sender.name


@pytest.mark.parametrize("key", ["from", "reply_to"])
def test_what_an_address_book_has_around_ones_own_address_goes(tmp_path: Path, key: str) -> None:
    """Its "accent" was complained of, which nobody sees."""
    written = f'[account]\n{key} = "\u202acontact@example.org\u202c"\n'
    account = loaded(tmp_path, LEAST + written).account
    assert "contact@example.org" in (account.from_address, account.reply_to)


@pytest.mark.parametrize("key", ["template", "look"])
def test_so_are_the_letter_and_its_look(tmp_path: Path, key: str) -> None:
    error = refused(tmp_path, LEAST + f'[letter]\n{key} = "../elsewhere"\n')
    assert (error.code, error.facts["value"]) == ("folder-name-outside", "../elsewhere")
    assert error.row == LEAST.count("\n") + 2


@pytest.mark.parametrize("key", ["name", "contact"])
def test_no_letter_is_without_one_who_writes_and_a_way_to_answer(tmp_path: Path, key: str) -> None:
    campaign, sender = LEAST.split("[sender]")
    for empty in ('""', '" "'):
        without = re.sub(rf"(?m)^{key} = .*", f"{key} = {empty}", sender)
        error = refused(tmp_path, f"{campaign}[sender]{without}")
        assert (error.code, error.facts["name"]) == ("missing-setting", f"sender.{key}")


@pytest.mark.parametrize("empty", ['""', '"  "', "[]", "'''\n'''"])
def test_an_empty_sender_is_as_wrong_as_none(tmp_path: Path, empty: str) -> None:
    text = LEAST.replace('["Le collectif"]', empty)
    assert refused(tmp_path, text).code == "missing-setting"


@pytest.mark.parametrize(
    ("typed", "near"),
    [("deutsch", "de, nl"), ("german", "de"), ("enGB", "en-GB"), ("klingon", ""), ("../fr", "")],
)
def test_a_language_that_nobody_knows_is_refused_with_those_near_it(
    tmp_path: Path, typed: str, near: str
) -> None:
    error = refused(tmp_path, f'{LEAST}[letter]\nlanguage = "{typed}"\n')
    assert error.code == "value-unfit"
    assert error.facts["suggestion"] == near


@pytest.mark.parametrize("zone", ["Europe/Pari", "../etc/passwd", "Europe", "/etc/localtime"])
def test_a_time_zone_that_does_not_exist_is_refused(tmp_path: Path, zone: str) -> None:
    text = LEAST.replace("[sender]", f'timezone = "{zone}"\n[sender]')
    assert refused(tmp_path, text).code == "value-unfit"


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
    assert "stands between straight quotation marks" in explain(error)


@pytest.mark.parametrize(
    "text",
    [
        LEAST + "[sender]\n",
        LEAST + '[letter]\ntemplate = "a.md"\ntemplate = "b.md"\n',
        LEAST + "[paper]\nwindow = { left_mm = 1, left_mm = 2 }\n",
    ],
)
def test_what_stands_twice_is_told_in_words_of_ours(tmp_path: Path, text: str) -> None:
    error = refused(tmp_path, text)
    assert error.row is not None
    assert "stands here a second time" in explain(error)


def test_a_window_has_a_name_or_numbers(tmp_path: Path) -> None:
    assert loaded(tmp_path, LEAST).paper.envelope == PROFILES["nf-right"]
    named = loaded(tmp_path, f'{LEAST}[paper]\nwindow = "din"\n')
    assert named.paper.envelope == PROFILES["din"]
    own = loaded(tmp_path, f"{LEAST}[paper]\nwindow = {{ {OWN_WINDOW}, folds = [99.5, 198] }}\n")
    assert own.paper.envelope == Window(
        left_mm=100, top_mm=55.5, width_mm=90, height_mm=24, folds_mm=(99.5, 198)
    )
    slips = loaded(tmp_path, f"{LEAST}[paper]\nwindow = {{ {OWN_WINDOW}, play = [9, 4.5] }}\n")
    assert slips.paper.envelope == Window(
        left_mm=100, top_mm=55.5, width_mm=90, height_mm=24, play_across_mm=9, play_down_mm=4.5
    )


def test_a_window_is_one_of_the_paper_that_there_is(tmp_path: Path) -> None:
    paper = loaded(tmp_path, f'{LEAST}[paper]\nformat = "A5"\nwindow = "din-c6"\n').paper
    assert (paper.sheet, paper.envelope) == (FORMATS["A5"], PROFILES["din-c6"])
    of_letter = f'{LEAST}[paper]\nformat = "letter"\nwindow = {{ {OWN_WINDOW}, folds = [278] }}\n'
    assert loaded(tmp_path, of_letter).paper.envelope.sheet is FORMATS["letter"]
    refused_one = refused(tmp_path, f'{LEAST}[paper]\nwindow = "us-10"\nformat = "A5"\n')
    said = explain(refused_one)
    assert "The window us-10 is for US Letter, and the paper is A5." in said
    assert "For A5 there is: din-c6; or your own measures." in said
    assert refused_one.row == LEAST.count("\n") + 2


def test_where_there_is_no_campaign_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        load(tmp_path)
    assert caught.value.code == "no-campaign"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes on this system")
def test_a_pipe_in_the_place_of_the_settings_is_not_read_for_ever(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "campaign.toml")
    with pytest.raises(Refused, match="folder-no-file"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("make", "folder", "code"),
    [
        (lambda folder: (folder / "campaign.toml").mkdir(), "", "file-unreadable"),
        (lambda folder: (folder / "sheet.csv").touch(), "sheet.csv", "no-campaign"),
    ],
)
def test_what_is_no_file_of_settings_is_refused(
    make: Callable[[Path], None], folder: str, code: str, tmp_path: Path
) -> None:
    make(tmp_path)
    with pytest.raises(SettingsError) as caught:
        load(tmp_path / folder)
    assert caught.value.code == code


@pytest.mark.parametrize("given", ["true", "false"])
def test_a_switch_may_be_on_or_off(given: str, tmp_path: Path) -> None:
    text = f"{LEAST}[letter]\nattach_pdf = {given}\n[paper]\nfold_marks = {given}\n"
    settings = loaded(tmp_path, text)
    assert (settings.letter.attach_pdf, settings.paper.fold_marks) == ((given == "true"),) * 2


def test_a_number_may_be_the_lowest_and_the_highest(tmp_path: Path) -> None:
    account = loaded(tmp_path, f"{LEAST}[account]\nport = 65535\nper_day = 1\n").account
    assert (account.port, account.per_day) == (65535, 1)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("max = 500", Range(max=500)),
        ("min = 500", Range(min=500)),
        ("min = 500, max = 500", Range(min=500, max=500)),
    ],
)
def test_a_range_may_be_open_or_one_number(given: str, expected: Range, tmp_path: Path) -> None:
    settings = loaded(tmp_path, f"{LEAST}[select]\npopulation = {{ {given} }}\n")
    assert settings.select.population == expected


def test_what_may_be_left_out_may_be_empty(tmp_path: Path) -> None:
    settings = loaded(tmp_path, f'{LEAST}[account]\nreply_to = ""\n[select]\nexclude = []\n')
    assert (settings.account.reply_to, settings.select.exclude) == ("", ())


@pytest.mark.parametrize(
    "raw",
    ['"x"', "true", "1.5", '["a"]', "{ a = 1 }", "2026-11-24", "2026-11-24T10:00:00", "10:00:00"],
)
def test_what_stands_in_the_wrong_place_has_a_name_in_each_language(
    tmp_path: Path, raw: str
) -> None:
    error = refused(tmp_path, f"{LEAST}[account]\nport = {raw}\n")
    assert error.code == "wrong-type"
    assert error.facts["got"] in KIND_WORDS


def test_a_value_in_the_place_of_a_section_is_refused_where_it_stands(tmp_path: Path) -> None:
    error = refused(tmp_path, f"{LEAST}[account]\nimap = 993\n")
    assert (error.code, error.facts["name"]) == ("wrong-type", "account.imap")


def test_windows_line_ends_and_a_byte_order_mark_are_no_fault(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbf" + LEAST.replace("\n", "\r\n").encode()
    (tmp_path / "campaign.toml").write_bytes(data)
    assert load(tmp_path).campaign.name == "Pas de caméras"


def test_a_file_in_the_encoding_of_windows_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_bytes(LEAST.encode("cp1252"))
    with pytest.raises(SettingsError) as caught:
        load(tmp_path)
    assert (caught.value.code, caught.value.row) == ("not-utf8", 2)


def test_a_provider_stands_for_its_settings_and_what_is_written_wins(tmp_path: Path) -> None:
    account = loaded(tmp_path, LEAST + '[account]\nprovider = "gmail"\nper_day = 20\n').account
    assert (account.host, account.port, account.tls) == ("smtp.gmail.com", 465, "implicit")
    assert account.per_day == 20


def test_starttls_has_its_own_port(tmp_path: Path) -> None:
    text = LEAST + '[account]\nhost = "smtp.example.org"\ntls = "starttls"\n'
    assert loaded(tmp_path, text).account.port == 587


def test_an_account_is_asked_for_only_when_e_mail_is_sent(tmp_path: Path) -> None:
    settings = loaded(tmp_path, LEAST)
    with pytest.raises(SettingsError) as caught:
        require_account(settings)
    assert caught.value.code == "no-account"


KEYS = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=5)
VALUES = st.text(st.sampled_from("a='\"\\#[]{}\n,.é"), max_size=8)


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, VALUES, max_size=3), max_size=3))
def test_the_place_of_a_key_is_where_it_is_written(tree: dict[str, dict[str, str]]) -> None:
    text = "# [not a table]\n" + tomlkit.dumps(tree)
    found = places_of_keys(text)
    lines = text.split("\n")
    for section, keys in tree.items():
        for path in [(section,), *((section, key) for key in keys)]:
            row, column = found[path]
            assert lines[row - 1][column - 1 :].startswith(tomlkit.key(path[-1]).as_string())


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


@pytest.mark.parametrize(
    "other",
    [
        {"protocol": "imap"},
        {"host": "smtp.example.com"},
        {"port": 2525},
        {"tls": "starttls"},
        {"tls": "none"},
        {"ca": "0" * 64},
        {"login": "b@example.org"},
    ],
)
def test_what_the_keyring_keeps_for_one_server_is_found_for_no_other(
    drawer: Drawer, other: dict[str, Any]
) -> None:
    remember_password(SMTP, "s3cret")
    assert kept_password(SMTP) == "s3cret"
    assert kept_password(dataclasses.replace(SMTP, **other)) is None
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


def test_a_password_shows_itself_to_nobody_by_accident(settings: Settings) -> None:
    secret = password(settings.account, SMTP, {"PUBLIPOSTAGE_PASSWORD": "s3cret"})
    assert "s3cret" not in repr({"password": secret})
    assert secret == "s3cret"


@pytest.mark.skipif(os.name != "posix", reason="mode bits mean nothing elsewhere")
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_password_file_that_others_can_read_is_refused(
    settings: Settings, tmp_path: Path, mode: int
) -> None:
    file = tmp_path / "secret"
    file.write_text("s3cret")
    file.chmod(mode)
    with pytest.raises(SettingsError) as caught:
        password(settings.account, SMTP, {"PUBLIPOSTAGE_PASSWORD_FILE": str(file)})
    assert caught.value.code == "password-file-readable"
    assert "s3cret" not in str(caught.value.facts)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "file-unreadable"),
        (b"\n", "password-file-unfit"),
        ("s3cret\r\n".encode("utf-16"), "password-file-unfit"),  # what PowerShell's ">" writes
        ("s3cret\r\n".encode("utf-16-le"), "password-file-unfit"),
        ("s3crèt\r\n".encode("cp1252"), "password-file-unfit"),
        (b"s3cret\nof groupe@example.org\n", "password-file-unfit"),
        (b"s" * 20_000, "password-file-unfit"),  # another file: it may be one of gigabytes
    ],
)
def test_a_password_file_that_holds_no_password_says_why(
    settings: Settings, tmp_path: Path, content: bytes | None, code: str
) -> None:
    file = tmp_path / "secret"
    if content is not None:
        file.touch(mode=0o600)
        file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        password(settings.account, SMTP, {"PUBLIPOSTAGE_PASSWORD_FILE": str(file)})
    assert caught.value.code == code


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes on this system")
def test_a_pipe_that_nobody_writes_into_is_not_waited_for_without_end(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = importlib.import_module("merge.settings.password")  # its function has the same name
    monkeypatch.setattr(room, "PIPE_PATIENCE_S", 0.01)
    os.mkfifo(tmp_path / "secret", 0o600)
    with pytest.raises(SettingsError) as caught:
        password(settings.account, SMTP, {"PUBLIPOSTAGE_PASSWORD_FILE": str(tmp_path / "secret")})
    assert caught.value.code == "password-file-unfit"


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


def test_a_keyring_that_keeps_nothing_is_none(settings: Settings) -> None:
    with pytest.raises(SettingsError) as caught:
        remember_password(SMTP, "s3cret")  # into keyring's own "null"
    assert caught.value.code == "no-keyring"


def test_the_users_own_data_move_with_publipostage_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIPOSTAGE_HOME", str(tmp_path))
    assert users_accounts().path == tmp_path / "accounts.db"
    monkeypatch.delenv("PUBLIPOSTAGE_HOME")
    assert users_accounts().path.parent.name == "publipostage"


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
