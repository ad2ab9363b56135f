"""SPF and DMARC, as a receiver reads them: what passes, fails, and cannot be known from here."""

from __future__ import annotations

from collections.abc import Mapping

from merge.mail.authentication import PASSES, Asking, Finding, dmarc, is_aligned, spf
from merge.mail.dns import ask
from merge.mail.questions import DnsAnswer, DnsQuestion
from tests.examples import each_line
from tests.servers.dns import Zone, serving

PROVIDER = "_spf.provider.test"


def texts(*records: str) -> Zone:
    return {"TXT": [f'"{record}"' for record in records]}


def asking(zones: Mapping[str, Zone], unanswered: str = "") -> Asking:
    """Zones without a server: what a name has not is proved."""

    def answer(question: DnsQuestion) -> DnsAnswer:
        if question.name == unanswered:
            return DnsAnswer("failed")
        if question.name not in zones:
            return DnsAnswer("no-domain")
        found = tuple(each.strip('"') for each in zones[question.name].get(question.kind, ()))
        return DnsAnswer("found", found) if found else DnsAnswer("nothing")

    return answer


def found(record: str, **others: str) -> Finding:
    zones = {"example.org": texts(record), PROVIDER: texts("v=spf1 ip4:192.0.2.0/24 -all")}
    zones |= {name.replace("_", "."): texts(other) for name, other in others.items()}
    zones["address.test"] = {"A": ["192.0.2.1"], "MX": ["10 address.test."]}
    return spf("example.org", [PROVIDER], asking(zones))


@each_line
def test_a_domain_that_names_its_provider_passes(record: str) -> None:
    assert found(record) == PASSES


def test_the_provider_may_be_named_by_a_record_that_is_included_or_led_to() -> None:
    named = f"v=spf1 include:{PROVIDER} -all"
    assert found("v=spf1 include:deep.test -all", deep_test=named) == PASSES
    assert found("v=spf1 redirect=deep.test", deep_test=named) == PASSES


@each_line
def test_what_names_nobody_or_breaks_a_rule_fails(record: str, code: str) -> None:
    assert found(record, deep_test="v=spf1 a:address.test -all")[:2] == ("fails", code)


@each_line
def test_what_is_said_by_address_cannot_be_known_from_here(record: str) -> None:
    own = {"own.example.org": "v=spf1 ip4:192.0.2.1 -all"}
    assert found(record, **own) == Finding("unknown", "spf-by-address")


def test_of_a_provider_that_publishes_no_record_nothing_is_known() -> None:
    zones = {"example.org": texts("v=spf1 include:other.test -all"), "other.test": texts("v=spf1")}
    assert spf("example.org", [], asking(zones)).verdict == "unknown"


def test_two_records_are_as_none() -> None:
    zones = {"example.org": texts("v=spf1 -all", "v=spf1 +all")}
    assert spf("example.org", [PROVIDER], asking(zones)).code == "spf-several"


def test_what_nobody_answers_is_neither_passed_nor_failed() -> None:
    zones = {"example.org": texts("v=spf1 include:late.test -all")}
    for name in ("example.org", "late.test"):
        answer = spf("example.org", [PROVIDER], asking(zones, unanswered=name))
        assert answer == Finding("unknown", "spf-unanswered", name)
    assert dmarc("example.org", asking(zones, "_dmarc.example.org")).finding.verdict == "unknown"


def test_a_record_is_read_from_a_server() -> None:
    zones: dict[str, Zone] = {
        "example.org": {"TXT": [f'"v=spf1 include:" "{PROVIDER}" " -all"']},
        PROVIDER: texts("v=spf1 a:gone.test mx:mx.test -all"),
        "mx.test": {"MX": ["10 a.test."]},
    }
    with serving(zones) as server:

        def over_the_wire(question: DnsQuestion) -> DnsAnswer:
            return ask([question], server.address)[question]

        assert spf("example.org", [PROVIDER], over_the_wire) == PASSES


def policy(record: str, at: str = "_dmarc.example.org") -> tuple[str, str, bool]:
    read = dmarc("mail.example.org", asking({at: texts(record)}))
    return read.finding.code, read.policy, read.is_strict


def test_a_domain_s_policy_is_its_own_or_that_of_the_one_above() -> None:
    assert policy("v=DMARC1; p=reject", "_dmarc.mail.example.org") == ("", "reject", False)
    assert policy("v=DMARC1; p=none; adkim=s") == ("", "none", True)
    assert policy("v=DMARC1; p=none; sp=quarantine") == ("", "quarantine", False)
    assert policy("v=DMARC1; p=reject", "_dmarc.org") == ("dmarc-none", "", False)
    assert policy("v=DMARC1; p=maybe") == ("dmarc-broken", "", False)
    assert policy("hello") == ("dmarc-none", "", False)


def test_a_signature_of_the_same_organisation_counts_unless_it_must_be_the_very_domain() -> None:
    assert is_aligned("example.org", "mail.example.org", is_strict=False)
    assert is_aligned("mail.example.org", "example.org", is_strict=False)
    assert not is_aligned("mail.example.org", "example.org", is_strict=True)
    assert not is_aligned("other.org", "example.org", is_strict=False)
    assert not is_aligned("org", "example.org", is_strict=False)
