"""One-time ids of the page's forms."""

from __future__ import annotations

import asyncio

import pytest
from starlette.exceptions import HTTPException
from starlette.responses import Response

from merge.web.once import Once


def test_a_form_that_is_posted_twice_is_done_once():
    once, done = Once(), []

    async def act() -> Response:
        done.append(1)
        await asyncio.sleep(0)
        return Response("first")

    async def twice() -> tuple[Response, Response]:
        form = once.give()
        return await asyncio.gather(once.answered(form, act), once.answered(form, act))

    first, second = asyncio.run(twice())
    assert (done, first) == ([1], second)


def test_a_form_of_another_server_is_refused():
    async def never() -> Response:
        raise AssertionError

    for form in ("", "x.y", Once().give()):
        with pytest.raises(HTTPException):
            asyncio.run(Once().answered(form, never))
