"""Access tokens in the place of a password: always one that is good, refreshed one at a time.

An access token lives in the memory of its process alone. The refresh token is read anew each time,
and kept again where the provider gives another one for it (rotation): whoever shows a former one is
taken for a thief and logged out, so all of this happens under one lock across processes.

A kill between the provider's answer and its keeping leaves the former one, which is tried by itself
the next time: Google gives no other, and Microsoft lets it go on for its 90 days (learn.microsoft.
com, "Refresh tokens in the Microsoft identity platform"). Where a former one is worth nothing, that
costs a new sign-in, and nothing can be written down beforehand that would spare it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from merge.mail.signin import Grant, refreshed
from merge.mail.transport import Secret, Token

HOLDS_S = 60  # a token that is handed out is good for so long, or for half of its life


class TokenSource(Secret):
    """The access tokens of one grant, for all connections of this process; safe for threads.

    `read` gives the grant's text as it is kept now, `keep` keeps another and says whether it could,
    and one process alone holds `lock` meanwhile.
    """

    __slots__ = ("_access", "_good_until_s", "_held", "_keep", "_lock", "_read", "_turn")

    def __init__(
        self,
        *,
        read: Callable[[], str],
        keep: Callable[[str], bool],
        lock: Callable[[], AbstractContextManager[object]],
    ) -> None:
        super().__init__("")
        self._read = read
        self._keep = keep
        self._lock = lock
        self._turn = threading.Lock()
        self._access, self._good_until_s = "", 0.0
        self._held: tuple[str, Grant] | None = None  # the text that it came of, and no place took

    def __bool__(self) -> bool:
        return True

    @property
    def is_token(self) -> bool:
        """It is."""
        return True

    @property
    def is_held(self) -> bool:
        """Whether the grant as it is now is in the memory of this process alone."""
        return self._held is not None

    def token(self, refused: str = "") -> str:
        """One that holds for HOLDS_S, and is another than the one that was `refused`.

        AccountPaused: "sign-in-ended", "sign-in-refused"; Stopped("sign-in-unreachable");
        SettingsError: "grant-malformed", and as reading and keeping raise.
        """
        with self._turn:
            is_good = self._access and time.monotonic() < self._good_until_s
            if not is_good or self._access == refused:
                with self._lock():
                    self._refresh()
            return self._access

    def reveal(self) -> str:
        """As `token`."""
        return self.token()

    def at_login(self) -> Secret:
        """As `token`, for one connection."""
        return Token(self.token())

    def refuse(self, used: Secret) -> None:
        """The server takes it no more."""
        if used.reveal() == self._access:
            self._good_until_s = 0.0

    def _refresh(self) -> None:
        text = self._read()
        grant = self._held[1] if self._held and self._held[0] == text else Grant.of(text)
        access = refreshed(grant)
        if access.grant != grant:
            is_kept = self._keep(access.grant.text())
            self._held = None if is_kept else (text, access.grant)
        self._access = access.token
        holds_s = min(HOLDS_S, access.lasts_s / 2)
        self._good_until_s = time.monotonic() + access.lasts_s - holds_s
