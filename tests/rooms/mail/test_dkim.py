"""A letter that came back shows who signs (DKIM): what holds, and what says nothing."""

from __future__ import annotations

import base64
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from merge.app.arrival import note_letter_to_oneself
from merge.mail import signatures
from merge.mail.signatures import keys_named, signers
from merge.settings import FILE_NAME
from tests.desk import NICE, Desk
from tests.examples import each_line
from tests.servers.dns import serving

LETTER = b"From: groupe@example.org\r\nTo: moi@example.org\r\nSubject: Essai\r\n\r\nMadame,\r\n"
NAME = "s1._domainkey.example.org"


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="module")
def published(key: rsa.RSAPrivateKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    public = key.public_key().public_bytes(serialization.Encoding.DER, form)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


@pytest.fixture(scope="module")
def signed(key: rsa.RSAPrivateKey) -> bytes:
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    return bytes(dkim.sign(LETTER, b"s1", b"Example.org", private)) + LETTER


def test_a_signature_that_holds_names_its_domain(signed: bytes, published: str) -> None:
    assert keys_named(signed) == [NAME]
    assert signers(signed, {NAME: published}) == ("example.org",)


def test_one_of_another_letter_without_its_key_or_forged_does_not_hold(
    signed: bytes, published: str
) -> None:
    assert signers(signed.replace(b"Madame", b"Monsieur"), {NAME: published}) == ()
    assert signers(signed, {}) == ()
    assert signers(signed, {NAME: "v=DKIM1; p="}) == ()
    assert signers(signed, {NAME: "hello"}) == ()


@each_line
def test_what_names_no_key_is_asked_about_nowhere(head: bytes) -> None:
    assert keys_named(head + LETTER) == []
    assert signers(head + LETTER, {}) == ()


def test_a_signature_in_the_text_is_none_and_of_many_a_few_are_looked_at(signed: bytes) -> None:
    assert keys_named(LETTER + b"\r\n" + signed) == []
    many = b"".join(b"DKIM-Signature: v=1; d=d%d.test; s=s\r\n" % n for n in range(100))
    assert len(keys_named(many + LETTER)) == 5


def test_check_says_what_the_letter_to_oneself_has_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signed: bytes, published: str
) -> None:
    desk = Desk.made(tmp_path, NICE)
    path = desk.folder / FILE_NAME
    named = '[account]\nprovider = "ovh"\n'
    path.write_text(path.read_text("utf-8").replace("[account]\n", named), "utf-8")
    zones = {
        "example.org": {
            "MX": ["10 smtp-in.orange.fr."],
            "TXT": ['"v=spf1 include:mx.ovh.com -all"'],
        },
        "mx.ovh.com": {"TXT": ['"v=spf1 ip4:192.0.2.1 -all"']},
        "_dmarc.example.org": {"TXT": ['"v=DMARC1; p=none"']},
        NAME: {"TXT": ['" "'.join(published[i : i + 200] for i in range(0, 600, 200)).join('""')]},
    }
    with serving(zones) as server:
        monkeypatch.setenv("PUBLIPOSTAGE_DNS", server.address)
        for letter, said in (
            (LETTER, "cannot be known from here: whether ovh signs your letters (DKIM)"),
            (signed, "passes."),
            (signed.replace(b"Madame", b"Monsieur"), "fails, because the signature (DKIM) of your"),
        ):
            note_letter_to_oneself(desk.folder, letter)
            assert f"- Orange (100 %, 1 recipient): {said}" in desk.run("check").err


def test_where_dkimpy_is_not_installed_nobody_is_asked_for_a_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signatures, "find_spec", lambda name: None)
    assert keys_named(b"DKIM-Signature: v=1; s=a; d=example.org; b=\r\n\r\n") == ()
    monkeypatch.undo()
    named = keys_named(b"DKIM-Signature: v=1; s=a; d=example.org; b=\r\n\r\n")
    assert named == ["a._domainkey.example.org"]
