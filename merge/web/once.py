"""One-time ids of forms: what is posted twice is done once."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable
from hashlib import sha256

from starlette.exceptions import HTTPException
from starlette.responses import Response

ANSWERS_KEPT = 50
"""A double click comes at once. Of older forms it is known that they were posted, and no more."""


class Once:
    """The forms of one server. An id that it did not give, as after a restart, is refused."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._answers: dict[str, asyncio.Future[Response] | None] = {}

    def give(self) -> str:
        """An id for a form."""
        chance = secrets.token_urlsafe(12)
        return f"{chance}.{self._signature(chance)}"

    async def answered(self, form: str, act: Callable[[], Awaitable[Response]]) -> Response:
        """Act, or hand out the answer of the first time. 400 for no id of ours, 410 for one whose
        answer is long gone."""
        chance, _, signature = form.partition(".")
        if not hmac.compare_digest(signature.encode(), self._signature(chance).encode()):
            raise HTTPException(400)
        if form in self._answers:
            first = self._answers[form]
            if first is None:
                raise HTTPException(410)
            return await asyncio.shield(first)
        future = self._answers[form] = asyncio.get_running_loop().create_future()
        kept = [each for each, answer in self._answers.items() if answer is not None]
        for old in kept[:-ANSWERS_KEPT]:
            self._answers[old] = None
        try:
            answer = await act()
        except BaseException as error:
            future.set_exception(error)
            future.exception()  # told to whoever waits, and else to nobody
            raise
        future.set_result(answer)
        return answer

    def forget(self) -> None:
        """That a form was posted stays known, and nothing of what it was answered."""
        for form, answer in self._answers.items():
            if answer is not None and answer.done():
                self._answers[form] = None

    def _signature(self, chance: str) -> str:
        return hmac.new(self._key, chance.encode(), sha256).hexdigest()[:32]
