"""In which order letters go: no mail domain gets many in a row."""

from __future__ import annotations

from collections import Counter

from hypothesis import example, given
from hypothesis import strategies as st

from merge.campaign.letters_to_send import spread

WAITING = st.lists(st.sampled_from(["orange.fr", "wanadoo.fr", "ville.example"]), max_size=60)


@given(domains=WAITING)
def test_spreading_loses_nobody_and_keeps_each_domains_order(domains: list[str]) -> None:
    order = list(spread(enumerate(domains)))
    assert sorted(order) == list(range(len(domains)))
    for domain in set(domains):
        own = [n for n in order if domains[n] == domain]
        assert own == sorted(own)


@example(domains=["orange.fr"] * 24 + ["wanadoo.fr"] * 12 + ["ville.example"] * 4)
@given(domains=WAITING)
def test_no_mail_domain_gets_more_of_any_stretch_than_its_share(domains: list[str]) -> None:
    order = spread(enumerate(domains))
    shares = Counter(domains)
    for length in range(1, len(order) + 1):
        begun = Counter(domains[n] for n in order[:length])
        for domain, share in shares.items():
            assert begun[domain] <= share * length / len(order) + len(shares)


def test_those_with_one_provider_keep_the_order_in_which_they_were_queued() -> None:
    assert list(spread((n, "orange.fr") for n in (4, 7, 9))) == [4, 7, 9]
