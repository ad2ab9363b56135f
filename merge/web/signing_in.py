"""A sign-in at a provider that is under way: its person is there, and comes back to the page."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING

from merge.ledger.records import Destination

if TYPE_CHECKING:
    from merge.mail.signin import Grant, Pending


class SignInUnderWay:
    """A person is at their provider; a thread waits for what comes of it."""

    def __init__(self, pending: Pending, to: Destination, typed: Mapping[str, str]) -> None:
        self.pending = pending
        self.to = to
        self.typed = typed  # as it is shown again, where it comes to nothing
        self.grant: Future[Grant] = Future()
        self._is_stopped = threading.Event()
        threading.Thread(target=self._wait, daemon=True).start()

    @property
    def address(self) -> str:
        """Where to go on."""
        return self.pending.address

    @property
    def user_code(self) -> str:
        """What to type there; "" in the browser of this computer."""
        return self.pending.user_code

    def stop(self) -> None:
        """Wait no more."""
        self._is_stopped.set()

    def _wait(self) -> None:
        try:
            self.grant.set_result(self.pending.wait(self._is_stopped.is_set))
        except Exception as error:  # told by whoever asks for the grant
            self.grant.set_exception(error)
        finally:
            self.pending.close()
