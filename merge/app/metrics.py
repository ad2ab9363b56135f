"""The figures of a server's campaigns in Prometheus' text format, from a worker.

Numbers alone, and campaigns by their ids: no recipient, no subject, no name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from merge.app.opening import now, users_accounts
from merge.errors import LedgerError, Refused
from merge.ledger import machines, work
from merge.ledger.gauges import RATE_WINDOW, gauges


@contextmanager
def serving(host: str, port: int) -> Iterator[int]:
    """Answer /metrics there while the context lasts, in a thread of its own; the port.

    Refused("metrics-unheard") where nobody can listen there.
    """
    registry = CollectorRegistry()
    registry.register(_Figures())
    try:
        server, thread = start_http_server(port, addr=host, registry=registry)
    except (OSError, OverflowError) as error:
        raise Refused("metrics-unheard", host=host, port=port, words=str(error)) from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Figures(Collector):
    """Reads them each time that somebody asks."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """All gauges; of a server that is away, that alone."""
        up = GaugeMetricFamily("publipostage_database_up", "Whether the database answered.")
        try:
            found = list(_figures())
        except LedgerError:
            found = []
        up.add_metric([], bool(found))
        yield up
        yield from found


def _figures() -> Iterator[GaugeMetricFamily]:
    readable = GaugeMetricFamily(
        "publipostage_campaign_readable",
        "Whether this version of the program reads the campaign's ledger.",
        labels=["campaign"],
    )
    letters = GaugeMetricFamily(
        "publipostage_letters",
        "Recipients by the channel and the state of their present letter.",
        labels=["campaign", "channel", "state"],
    )
    rate = GaugeMetricFamily(
        "publipostage_sent_per_second",
        f"E-mails sent, over the last {RATE_WINDOW.seconds // 60} minutes.",
        labels=["campaign"],
    )
    oldest = GaugeMetricFamily(
        "publipostage_oldest_queued_seconds",
        "How long the oldest queued letter waits; 0 for none.",
        labels=["campaign"],
    )
    at = now()
    with closing(users_accounts(looks=True)) as accounts:
        for each in gauges(accounts, at):
            readable.add_metric([each.campaign_id], each.counts is not None)
            if each.counts is None:
                continue
            for channel, by_status in each.counts.by_channel.items():
                for status, n in by_status.items():
                    letters.add_metric([each.campaign_id, str(channel), status.value], n)
            rate.add_metric([each.campaign_id], each.sent_lately / RATE_WINDOW.total_seconds())
            since = each.oldest_queued_at or at
            oldest.add_metric([each.campaign_id], max((at - since).total_seconds(), 0))
        server = accounts.server
    yield from (readable, letters, rate, oldest)
    n = len(work.due(server, at))
    yield GaugeMetricFamily("publipostage_work_waiting", "Work that a worker may take.", n)
    yield GaugeMetricFamily(
        "publipostage_workers", "Workers that live.", len(machines.workers(server))
    )
