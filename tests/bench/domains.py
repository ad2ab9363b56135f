"""How long it takes to ask for the mail servers of every domain of a campaign to all of France.

    python -m tests.bench.domains [--domains 12000] [--delay-ms 30]

A DNS on loopback answers each question after the delay.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

from merge.mail.dns import ask
from merge.mail.questions import DnsQuestion
from tests.servers.dns import apart


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--domains", type=int, default=12_000)
    parser.add_argument("--delay-ms", type=float, default=30.0)
    chosen = parser.parse_args()
    questions = [DnsQuestion(f"mairie-{n}.example", "MAIL") for n in range(chosen.domains)]
    with apart(chosen.delay_ms / 1000) as address:
        begun, cpu = time.perf_counter(), time.process_time()
        found = ask(questions, address)
        took, cpu = time.perf_counter() - begun, time.process_time() - cpu
    states = Counter(each.state for each in found.values())
    print(f"{chosen.domains} domains, {chosen.delay_ms:g} ms: {took:.1f} s ({cpu:.1f} s of CPU)")
    print(dict(states))


if __name__ == "__main__":
    main()
