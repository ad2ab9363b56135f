"""What the mail bench sets beside us sends the same letters, and a long way loses nothing."""

from __future__ import annotations

from email import message_from_bytes, policy
from itertools import islice
from pathlib import Path

from merge.french.communes import reference
from tests.bench import others
from tests.bench.mail import without_us
from tests.servers.faults import FaultServer
from tests.servers.link import link


def test_a_loop_of_smtplib_sends_each_letter_as_text_and_html_over_a_long_way(
    tmp_path: Path,
) -> None:
    towns = list(islice(reference().values(), 3))
    with FaultServer().running() as server, link(server.port, trip_ms=2) as way:
        without_us(tmp_path / "others", towns, way.port)
        others.by_smtplib(way.port, tmp_path / "others")
    assert [each.recipient for each in server.accepted] == [
        f"mairie-{town.insee}@example.org" for town in towns
    ]
    for each, town in zip(server.accepted, towns, strict=True):
        message = message_from_bytes(each.data, policy=policy.default)
        assert town.name in message["Subject"]
        for part in ("plain", "html"):
            body = message.get_body((part,))
            assert body is not None
            assert "vidéosurveillance algorithmique" in body.get_content()
            assert "{{" not in body.get_content()
