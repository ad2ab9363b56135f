"""All the mails of a mailbox that came since it was last read, by IMAP, in bounded memory.

First their sizes, then as many beginnings at once as fit into some megabytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from merge.outcome import FIRST_LOOK_OCTETS, LARGEST_KEPT_OCTETS, Mail

if TYPE_CHECKING:
    from imapclient import IMAPClient

HEADERS_A_FETCH = 500
OCTETS_A_BATCH = 4_000_000


class ImapLetterbox:
    """Fills `merge.campaign.replies.Letterbox`: read with EXAMINE and PEEK, so that nothing
    in the mailbox changes.

    `ask` does what it is given, and makes whatever goes wrong an error of the house.
    """

    def __init__(
        self,
        client: IMAPClient,
        ask: Callable[[Callable[[], Any]], Any],
        folders: Sequence[str],
        since: datetime,
        after: str,
    ) -> None:
        self._client = client
        self._ask = ask
        self._folders = folders
        self._since = since
        self._bookmarks = bookmarks(after)

    @property
    def read_to(self) -> str:
        """The bookmarks behind the last batch."""
        return json.dumps(self._bookmarks, ensure_ascii=False)

    def mails(self) -> Iterator[Sequence[Mail]]:
        """A batch at a time; a bookmark moves when the next batch is asked for."""
        for folder in self._folders:
            validity, last, sizes = self._ask(partial(self._behind_bookmark, folder))
            for uids in _batches(sizes):
                yield self._ask(partial(self._beginnings, folder, uids, sizes))
                last = max([last, *uids])
                self._bookmarks[folder] = (validity, last)
            self._bookmarks[folder] = (validity, last)

    def _behind_bookmark(self, folder: str) -> tuple[int, int, dict[int, int]]:
        """UIDVALIDITY, the last UID read, and the size of each mail behind it."""
        client = self._client
        validity, last, uids = unread(client, folder, self._since, self._bookmarks.get(folder))
        sizes: dict[int, int] = {}
        for start in range(0, len(uids), HEADERS_A_FETCH):
            answers = client.fetch(uids[start : start + HEADERS_A_FETCH], ["RFC822.SIZE"])
            sizes |= {uid: int(answer[b"RFC822.SIZE"]) for uid, answer in answers.items()}
        return validity, last, dict(sorted(sizes.items()))

    def _beginnings(self, folder: str, uids: Sequence[int], sizes: Mapping[int, int]) -> list[Mail]:
        self._client.select_folder(folder, readonly=True)  # the reader may have looked elsewhere
        asked = [f"BODY.PEEK[]<0.{FIRST_LOOK_OCTETS}>", "INTERNALDATE"]
        answers = self._client.fetch(uids, asked)
        mails: list[Mail] = []
        for uid in uids:
            at = answers.get(uid, {}).get(b"INTERNALDATE")
            data = answers.get(uid, {}).get(b"BODY[]<0>")
            if isinstance(at, datetime) and isinstance(data, bytes):
                whole = partial(self._whole, folder, uid)
                size = sizes[uid] if len(data) >= FIRST_LOOK_OCTETS else len(data)
                mails.append(Mail(data=data, at=at.astimezone(UTC), size=size, whole=whole))
        return mails

    def _whole(self, folder: str, uid: int) -> bytes:
        def fetch() -> bytes:
            self._client.select_folder(folder, readonly=True)
            item = f"BODY.PEEK[]<0.{LARGEST_KEPT_OCTETS}>"
            data = self._client.fetch([uid], [item]).get(uid, {}).get(b"BODY[]<0>", b"")
            return bytes(data)

        data: bytes = self._ask(fetch)
        return data


def unread(
    client: IMAPClient, folder: str, since: datetime, bookmark: tuple[int, int] | None
) -> tuple[int, int, list[int]]:
    """UIDVALIDITY, the last UID that was read, and the UIDs behind it, in their order."""
    about = client.select_folder(folder, readonly=True)
    validity = int(about[b"UIDVALIDITY"])
    last = bookmark[1] if bookmark and bookmark[0] == validity else 0
    # SINCE is by the server's own day, which may be yesterday here.
    day = (since - timedelta(days=1)).date()
    wanted = ["UID", f"{last + 1}:*"] if last else ["SINCE", day]
    # "n:*" always names the last message, however small its number (RFC 3501 6.4.8).
    return validity, last, sorted(uid for uid in client.search(wanted) if uid > last)


def _batches(sizes: Mapping[int, int]) -> Iterator[list[int]]:
    """UIDs in their order, as many at once as fit into `OCTETS_A_BATCH` with their beginnings."""
    batch: list[int] = []
    octets = 0
    for uid, size in sizes.items():
        batch.append(uid)
        octets += min(size, FIRST_LOOK_OCTETS)
        if octets > OCTETS_A_BATCH or len(batch) == HEADERS_A_FETCH:
            yield batch
            batch, octets = [], 0
    if batch:
        yield batch


def bookmarks(text: str) -> dict[str, tuple[int, int]]:
    """Folder → (UIDVALIDITY, UID) of the last message read."""
    read: Mapping[str, Iterable[int]] = json.loads(text) if text else {}
    return {folder: (int(v), int(u)) for folder, (v, u) in read.items()}
