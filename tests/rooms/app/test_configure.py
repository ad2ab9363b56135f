"""campaign.toml as a form: what is shown of it, and what may be written."""

import errno
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from merge.app import configure
from merge.errors import Misuse, Refused, SettingsError
from merge.settings import (
    Answers,
    campaign_toml,
    form_fields,
    load,
    understood,
    with_settings,
)
from tests.facts import claims, wrong

NEW = campaign_toml(
    Answers(name="N", group="G", contact="c@example.org", place="Rennes", signature=["G", "à tous"])
)
TABLE = Path(__file__).with_suffix(".txt")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, NEW)
    return tmp_path


def write(folder: Path, text: str) -> None:
    (folder / "campaign.toml").write_bytes(text.encode())


def read(folder: Path) -> str:
    return (folder / "campaign.toml").read_bytes().decode()


def changed(folder: Path, typed: Mapping[str, str]) -> Mapping[str, str]:
    """The codes of what is wrong."""
    troubles = configure.change(folder, configure.look(folder).version, typed)
    return {name: trouble.code for name, trouble in troubles.items()}


def meant(name: str, typed: str) -> str:
    """What stands in campaign.toml, as JSON."""
    value = understood(name, typed)
    (shown,) = (
        each for each in form_fields(with_settings(NEW, {name: value})) if each.doc.name == name
    )
    assert (shown.is_written, understood(name, shown.value)) == (True, value)
    return json.dumps(value, ensure_ascii=False, default=str).strip('"')


def code_of(name: str, typed: str) -> str:
    with pytest.raises(SettingsError) as caught:
        understood(name, typed)
    return caught.value.code


def test_what_is_typed_is_understood_as_configure_txt_says() -> None:
    typed, refused = claims(TABLE)
    assert wrong(TABLE, typed, meant) == []
    assert wrong(TABLE, refused, code_of) == []


def test_one_change_touches_nothing_else(folder: Path) -> None:
    before = read(folder).splitlines()
    assert changed(folder, {"account.per_day": "250", "paper.order": "sheet"}) == {}
    after = read(folder).splitlines()
    assert [line for line in after if line not in before] == ["per_day = 250", 'order = "sheet"']
    assert [line for line in before if line not in after] == []
    assert load(folder).account.per_day == 250


def test_what_is_wrong_alone_or_together_is_told_beside_its_field_and_nothing_is_written(
    folder: Path,
) -> None:
    wrong = {"account.per_day": "x", "letter.date": "y", "campaign.name": "M"}
    assert changed(folder, wrong) == {
        "account.per_day": "value-unfit",
        "letter.date": "value-unfit",
    }
    together = {"account.host": "smtp.example.org", "account.tls": "none"}
    assert changed(folder, together) == {"account.tls": "tls-none-outside-loopback"}
    assert changed(folder, {"account.ca_file": "ca.pem", "account.host": "smtp.example.org"}) == {
        "account.ca_file": "ca-file-unreadable"
    }
    assert read(folder) == NEW


def test_a_file_that_was_written_meanwhile_is_not_overwritten(folder: Path) -> None:
    version = configure.look(folder).version
    theirs = NEW.replace('"N"', '"Mine"')
    write(folder, theirs)
    with pytest.raises(Refused) as caught:
        configure.change(folder, version, {"account.per_day": "250"})
    assert (caught.value.code, read(folder)) == ("settings-changed", theirs)


def test_a_file_that_is_wrong_is_shown_and_can_be_mended_where_it_is(folder: Path) -> None:
    write(folder, NEW.replace("per_lot = 250", 'per_lot = "many"'))
    shown = configure.look(folder)
    assert (shown.trouble and shown.trouble.code) == "wrong-type"
    assert {each.doc.name: each.value for each in shown.fields}["paper.per_lot"] == "many"
    assert changed(folder, {"paper.per_lot": "many"}) == {"paper.per_lot": "wrong-type"}
    assert changed(folder, {"paper.per_lot": "99"}) == {}
    write(folder, NEW.replace("per_lot = 250", "per_lott = 250"))
    assert changed(folder, {"paper.per_lot": "99"}) == {"": "unknown-setting"}
    troubles = configure.write(folder, configure.look(folder).version, NEW)
    assert (troubles, read(folder)) == ({}, NEW)


def test_a_file_that_is_no_toml_is_shown_as_it_is(folder: Path) -> None:
    write(folder, "[campaign\n")
    shown = configure.look(folder)
    assert (shown.text, shown.fields) == ("[campaign\n", ())
    assert (shown.trouble and (shown.trouble.code, shown.trouble.row)) == ("settings-syntax", 1)
    with pytest.raises(SettingsError):
        configure.change(folder, shown.version, {"campaign.name": "N"})
    assert read(folder) == "[campaign\n"


def test_line_ends_of_windows_stay(folder: Path) -> None:
    write(folder, NEW.replace("\n", "\r\n"))
    assert changed(folder, {"sender.address": "1 rue X\r\n35000 Rennes"}) == {}
    assert read(folder).count("\r\n") == read(folder).count("\n")
    assert load(folder).sender.address == ("1 rue X", "35000 Rennes")


def test_a_full_disk_leaves_the_file_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    version = configure.look(folder).version
    monkeypatch.setattr("merge.disks.write", refuse)
    with pytest.raises(Misuse) as caught:
        configure.change(folder, version, {"account.per_day": "3"})
    assert (caught.value.code, read(folder)) == ("file-unwritable", NEW)
