"""What a server of the page remembers."""

from __future__ import annotations

import asyncio

import pytest
from starlette.exceptions import HTTPException
from starlette.responses import Response

from merge.web.memory import ANSWERS_KEPT, Once, Recent


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


def test_an_old_form_that_is_posted_again_does_nothing_though_its_answer_is_gone():
    once, done = Once(), []

    async def act() -> Response:
        done.append(1)
        return Response("done")

    async def first_and_again() -> None:
        forms = [once.give() for _ in range(ANSWERS_KEPT + 2)]
        for form in (*forms, forms[-1]):
            await once.answered(form, act)
        with pytest.raises(HTTPException) as gone:
            await once.answered(forms[0], act)
        assert gone.value.status_code == 410

    asyncio.run(first_and_again())
    assert len(done) == ANSWERS_KEPT + 2


def test_only_what_was_set_last_is_remembered() -> None:
    recent = Recent[str, int](2)
    recent["a"], recent["b"] = 1, 2
    recent["a"] = 3  # once more: it is the newest
    recent["c"] = 4
    assert dict(recent) == {"a": 3, "c": 4}
