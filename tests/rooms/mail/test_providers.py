"""What is known of mail hosts: how to reach them, their caps, whose mailbox an address is."""

from __future__ import annotations

from itertools import chain

from merge.settings import PROVIDERS, WITHOUT_PASSWORD, parse, provider_named, provider_of

# What the providers publish: messages an hour, messages a day. The pages are in providers.py.
PUBLISHED = {
    "gmail": (None, 500),
    "workspace": (None, 2000),
    "ovh": (200, None),
    "infomaniak": (None, 500),
    "ionos": (500, None),
    "icloud": (None, 1000),
    "zoho": (50, None),
    "brevo": (None, 300),
    "microsoft365": (30 * 60, 10_000),
    "gmail-api": (None, 500),
    "graph": (30 * 60, 10_000),
}


def test_a_cap_keeps_a_tenth_of_what_is_published_for_the_senders_own_mail() -> None:
    for name, provider in PROVIDERS.items():
        an_hour, a_day = PUBLISHED.get(name, (None, None))
        if an_hour is None and a_day is None:
            assert (provider.per_hour, provider.per_day) == (100, 300), f"{name}: without a source"
        if an_hour is not None:
            assert provider.per_hour == an_hour * 9 // 10
            assert a_day is not None or provider.per_day == 10 * provider.per_hour
        if a_day is not None:
            assert provider.per_day == a_day * 9 // 10


def test_a_domain_is_of_one_provider() -> None:
    domains = [*chain(*(p.domains for p in PROVIDERS.values()), *WITHOUT_PASSWORD.values())]
    assert len(domains) == len(set(domains))


OF_ADDRESSES = [
    ("prenom@orange.fr", "orange"),
    ("Prenom.Nom@Wanadoo.FR", "orange"),
    ("x@neuf.fr", "sfr"),
    ("x@gmail.com", "gmail"),
    ("x@hotmail.fr", "outlook"),
    ("x@pm.me", "proton"),
    ("collectif@exemple.org", ""),
    ("orange.fr@exemple.org", ""),
    ("not an address", ""),
]
CALLED = [
    ("Orange", "orange"),
    (" La  Poste ", "laposte"),
    ("hotmail", "outlook"),
    ("Google", "gmail"),
    ("wanadoo.fr", "orange"),
    ("Microsoft 365", "microsoft365"),
    ("smtp.example.org", ""),
]


def test_a_provider_is_known_by_the_domain_of_an_address_and_as_people_call_it() -> None:
    assert [(address, provider_of(address)) for address, _name in OF_ADDRESSES] == OF_ADDRESSES
    assert [(words, provider_named(words)) for words, _name in CALLED] == CALLED


def test_every_provider_by_its_own_name_makes_settings_that_hold() -> None:
    for name in PROVIDERS:
        assert provider_named(name) == name
        text = f"""
[campaign]
name = "n"
[sender]
name = "n"
contact = "c"
place = "p"
signature = ["s"]
[account]
provider = "{name}"
"""
        account = parse(text, "campaign.toml").account
        for key, value in PROVIDERS[name].account_settings().items():
            assert getattr(account, key) == value
