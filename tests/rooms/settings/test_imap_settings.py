"""[account.imap]: known with the provider, corrected by what is written, and never in the clear."""

from __future__ import annotations

from pathlib import Path

import pytest

from merge.errors import SettingsError
from merge.settings import PROVIDERS, given_password, parse, with_account

LEAST = """\
[campaign]
name = "n"
[sender]
name = "s"
contact = "c"
place = "p"
signature = ["x"]
"""


def refused(lines: str) -> tuple[str, int | None]:
    with pytest.raises(SettingsError) as caught:
        parse(LEAST + lines, "campaign.toml")
    return caught.value.code, caught.value.row


def test_without_a_word_about_it_there_is_no_imap() -> None:
    imap = parse(LEAST, "campaign.toml").account.imap
    assert (imap.host, imap.port, imap.tls, imap.copies) == ("", 993, "implicit", "program")


@pytest.mark.parametrize("provider", [name for name, each in PROVIDERS.items() if each.imap])
def test_a_provider_stands_for_its_mailboxes(provider: str) -> None:
    imap = parse(f'{LEAST}[account]\nprovider = "{provider}"\n', "campaign.toml").account.imap
    assert imap.host
    assert imap.port in (993, 1143)


def test_gmail_keeps_a_copy_itself_and_orange_does_not() -> None:
    def copies(provider: str) -> str:
        text = f'{LEAST}[account]\nprovider = "{provider}"\n'
        return parse(text, "campaign.toml").account.imap.copies

    assert (copies("gmail"), copies("orange")) == ("provider", "program")


def test_what_is_written_comes_before_what_the_provider_stands_for() -> None:
    text = '[account]\nprovider = "gmail"\n[account.imap]\nhost = ""\ncopies = "none"\n'
    imap = parse(LEAST + text, "campaign.toml").account.imap
    assert (imap.host, imap.copies) == ("", "none")


def test_the_port_follows_from_tls() -> None:
    text = '[account.imap]\nhost = "localhost"\ntls = "starttls"\n'
    assert parse(LEAST + text, "campaign.toml").account.imap.port == 143


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ('[account.imap]\nhots = "x"\n', "unknown-setting"),
        ('[account.imap]\nport = "993"\n', "wrong-type"),
        ("[account.imap]\nport = 0\n", "setting-out-of-range"),
        ('[account.imap]\ncopies = "both"\n', "not-one-of"),
        ('[account.imap]\nhost = "imap.example.org"\ntls = "none"\n', "tls-none-outside-loopback"),
        ('[account]\nimap = "imap.example.org"\n', "wrong-type"),
    ],
)
def test_what_is_wrong_is_told_at_its_row(lines: str, code: str) -> None:
    assert refused(lines) == (code, LEAST.count("\n") + lines.count("\n"))


def test_setting_the_account_leaves_its_mailbox_alone() -> None:
    text = LEAST + '[account]\nhost = "a"\n[account.imap]\nhost = "b" # mine\n'
    changed = with_account(text, {"port": 587, "from": "a@example.org"})
    settings = parse(changed, "campaign.toml")
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
    del environ["PUBLIPOSTAGE_IMAP_PASSWORD"]
    named.chmod(0o644)
    with pytest.raises(SettingsError) as caught:
        given_password(environ, imap=True)
    assert caught.value.code == "password-file-readable"
