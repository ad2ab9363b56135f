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
_CONTENT_TYPE = b"BODY[HEADER.FIELDS (CONTENT-TYPE)]"


class ImapLetterbox:
    """Fills `merge.campaign.replies.Letterbox`: read with EXAMINE and PEEK, so that nothing
    in the mailbox changes.

    `ask` does what it is given, and makes whatever goes wrong an error of the house. `only` picks
    mails by their Content-Type.
    """

    def __init__(
        self,
        client: IMAPClient,
        ask: Callable[[Callable[[], Any]], Any],
        folders: Sequence[str],
        since: datetime,
        after: str,
        *,
        only: Callable[[bytes], bool] | None = None,
    ) -> None:
        self._client = client
        self._ask = ask
        self._folders = folders
        self._since = since
        self._only = only
        self._bookmarks = bookmarks(after)

    @property
    def read_to(self) -> str:
        """The bookmarks behind the last batch."""
        return json.dumps(self._bookmarks, ensure_ascii=False)

    def mails(self) -> Iterator[Sequence[Mail]]:
        """A batch at a time; a bookmark moves when the next batch is asked for."""
        for folder in self._folders:
            validity, newest, sizes = self._ask(partial(self._behind_bookmark, folder))
            for uids in _batches(sizes):
                yield self._ask(partial(self._beginnings, folder, uids, sizes))
                self._bookmarks[folder] = (validity, uids[-1])
            self._bookmarks[folder] = (validity, newest)

    def _behind_bookmark(self, folder: str) -> tuple[int, int, dict[int, int]]:
        """UIDVALIDITY, the newest UID, and the size of each mail that is to be read."""
        client = self._client
        about = client.select_folder(folder, readonly=True)
        validity = int(about[b"UIDVALIDITY"])
        bookmark = self._bookmarks.get(folder)
        last = bookmark[1] if bookmark and bookmark[0] == validity else 0
        # SINCE is by the server's own day, which may be yesterday here.
        day = (self._since - timedelta(days=1)).date()
        found = client.search(["UID", f"{last + 1}:*"] if last else ["SINCE", day])
        # "n:*" always names the last message, however small its number (RFC 3501 6.4.8).
        uids = sorted(uid for uid in found if uid > last)
        sizes: dict[int, int] = {}
        asked = ["RFC822.SIZE", *(["BODY.PEEK[HEADER.FIELDS (CONTENT-TYPE)]"] * bool(self._only))]
        for start in range(0, len(uids), HEADERS_A_FETCH):
            for uid, answer in client.fetch(uids[start : start + HEADERS_A_FETCH], asked).items():
                if not self._only or self._only(answer.get(_CONTENT_TYPE, b"").strip()):
                    sizes[uid] = int(answer[b"RFC822.SIZE"])
        return validity, max([last, *uids]), dict(sorted(sizes.items()))

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
