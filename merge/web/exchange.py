"""An exchange: a request and its answer, as a page is handed it.

It knows the language, the campaign and the form. A handler is a function from an `Exchange` to a
response, a coroutine or plain, in a thread; `get` and `post` make a route of it. A form that is
posted twice, by a double click or by Back, does nothing the second time: its one-time id finds the
answer that the first got. Nobody waits longer than `SOON_S` for a page: then it says what is being
done, and asks for the answer until it is there.
"""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Awaitable, Callable, Coroutine, Hashable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from merge.app.opening import Campaign, open_campaign
from merge.app.overview import Glance, glance
from merge.errors import ExitCode, Misuse, Trouble
from merge.ledger.driver.database import in_haste
from merge.web import frame as frames
from merge.web.frame import PageFrame
from merge.web.memory import Awaited
from merge.words import speaking
from merge.words.pages import doing
from merge.words.reasons.form import Reason
from merge.words.troubles import reason_of, unexpected, unwritten

if TYPE_CHECKING:
    from merge.web.site import Site

MOST_FIELDS = 5_000
MOST_FILES = 50
SOON_S = 1.0
AWAITED_S = 60.0
"""So long an answer that took a while is kept for whoever comes back for it."""
MOST_NUMBER = 2**53
"""In an address: no ledger has a larger one, and no database knows one without end."""

STATUS = {ExitCode.MISUSE: 422, ExitCode.REFUSED: 409, ExitCode.STOPPED: 409}

Handler = Callable[["Exchange"], Response | Awaitable[Response]]


class Exchange:
    """One request of the user, and how it is answered."""

    def __init__(self, site: Site, request: Request, language: str, form: FormData) -> None:
        self.site = site
        self.jobs = site.jobs
        self.request = request
        self.language = language
        self._form = form

    # What was asked

    @property
    def number(self) -> int | None:
        """The campaign's, in this server; None on a page that is of none."""
        return self.request.path_params.get("campaign")

    @cached_property
    def place(self) -> Path:
        """The campaign folder that the address names; 404 for one that is not open, or of none."""
        return self.site.place(self.number or 0)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Within it there is `campaign`: opened when it is first asked for, once."""
        with ExitStack() as self._opened:
            try:
                yield
            finally:
                self._forget()

    def let_go(self) -> None:
        """Close `campaign`: whoever asks for it again gets it as it is by then."""
        self._opened.close()
        self._forget()

    def _forget(self) -> None:
        for name in ("campaign", "glance"):
            vars(self).pop(name, None)

    @cached_property
    def campaign(self) -> Campaign:
        """That campaign, to be read."""
        return self._opened.enter_context(
            open_campaign(self.place, access="read", command="status")
        )

    @cached_property
    def glance(self) -> Glance:
        """What the frame says of it."""
        return glance(self.campaign)

    def query(self, name: str, default: str = "") -> str:
        """What stands in the address behind the question mark."""
        return _typed(self.request.query_params.get(name, default))

    def text(self, name: str) -> str:
        """What was typed into that field; "" where the form has none. Line ends are "\\n"."""
        value = self._form.get(name, "")
        return _typed(value) if isinstance(value, str) else ""

    def path(self, name: str) -> Path | None:
        """The file or folder that was named; what is no whole path counts from the user's own
        folder. None for none; Misuse("no-path") for what can be none.
        """
        words = self.text(name).strip()
        try:
            if "\n" in words:
                raise Misuse("no-path", value=words)
            return Path.home() / Path(words).expanduser() if words else None
        except RuntimeError:  # "~" and the name of nobody here
            raise Misuse("no-path", value=words) from None

    def texts(self, name: str) -> Sequence[str]:
        """Of a field that may be there several times, as boxes are."""
        return [_typed(value) for value in self._form.getlist(name) if isinstance(value, str)]

    def typed(self) -> Mapping[str, str]:
        """Every field as it was typed, to show it again; passwords excepted."""
        return {
            name: _typed(value)
            for name, value in self._form.items()
            if isinstance(value, str) and "password" not in name
        }

    @property
    def asks(self) -> Hashable:
        """What a form asks, by which another one asks the same; a file is like no other."""
        items = self._form.multi_items()
        return self.request.url.path, *(each for each in items if each[0] != "once")

    def files(self, name: str) -> Sequence[UploadFile]:
        """Files that were chosen or dropped; a field left empty has none."""
        found = self._form.getlist(name)
        return [each for each in found if isinstance(each, UploadFile) and each.filename]

    @property
    def is_swap(self) -> bool:
        """htmx asks for a part of the page, and not a person for the whole."""
        return self.request.headers.get("hx-request") == "true"

    @property
    def is_part(self) -> bool:
        """The answer will be a picture or a frame of a page, where no other page belongs."""
        return self.request.headers.get("sec-fetch-dest") in ("iframe", "image")

    # How it is answered

    @cached_property
    def frame(self) -> PageFrame | None:
        """What stands around a whole page; None on a page that is of no campaign."""
        return None if self.number is None else frames.of(self)

    def url(self, name: str, /, **parameters: Any) -> str:
        """The address of a page, in this campaign where it is of one."""
        if name in self.site.of_a_campaign and "campaign" not in parameters:
            parameters["campaign"] = self.number
        query = parameters.pop("query", None)
        return self.site.url(name, parameters, query)

    def go(self, name: str, /, **parameters: Any) -> Response:
        """Answer a form: the browser gets that page, and Back does not post again."""
        return RedirectResponse(self.url(name, **parameters), status_code=303)

    def see(self, template: str, /, status: int = 200, **values: Any) -> Response:
        """A page."""
        return HTMLResponse(self.site.render(template, self, values), status_code=status)

    def trouble(self, trouble: Trouble) -> Response:
        """What the command line would say, as a page of its own."""
        reason = reason_of(trouble)
        with self.reading():
            return self.see(
                "trouble.html",
                STATUS.get(trouble.exit_code, 500),
                reason=reason,
                ways_out=frames.ways_out(self, reason.steps),
                place_of_trouble=trouble.place,
            )


def _typed(value: str) -> str:
    """Nobody types NUL, and no name of a file may have one."""
    return value.replace("\r\n", "\n").replace("\0", "")


def number_in(text: str) -> int | None:
    """As it stands in an address or a field; None for what is no number of anybody."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


def get(path: str, name: str, handler: Handler) -> Route:
    """A page at that address, by the name of `Exchange.url`."""
    return Route(path, _endpoint(handler, name), methods=["GET"], name=name)


def post(path: str, name: str, handler: Handler) -> Route:
    """What a form does."""
    return Route(path, _endpoint(handler, name), methods=["POST"], name=name)


def ask(path: str, name: str, handler: Handler) -> Route:
    """What a form asks while it is being filled: it does nothing that counts, has no one-time id,
    and may come any number of times."""
    return Route(path, _endpoint(handler, name, once=False), methods=["POST"], name=name)


def _endpoint(
    handler: Handler, name: str, *, once: bool = True
) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        site: Site = request.app.state.site
        site.seen()
        if any(isinstance(n, int) and n > MOST_NUMBER for n in request.path_params.values()):
            raise HTTPException(404)
        language = language_of(request.headers.get("accept-language", ""))
        with speaking(language, on_page=True), in_haste():
            if request.method != "POST":
                return await _looked(handler, Exchange(site, request, language, FormData()), name)
            async with AsyncExitStack() as until_answered:
                coming = request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS)
                try:
                    form = await until_answered.enter_async_context(coming)
                except OSError as error:  # a large file waits on the disk, which may be full
                    return _failed(Exchange(site, request, language, FormData()), error)
                exchange = Exchange(site, request, language, form)

                async def act() -> Response:
                    async with until_answered.pop_all():
                        return await _answered(handler, exchange)

                return await (_posted(act, exchange, name) if once else act())

    return answer


async def _looked(handler: Handler, exchange: Exchange, name: str) -> Response:
    """A page; where it takes a while, one that says so and asks for it until it is there."""
    site, request = exchange.site, exchange.request
    address = f"{request.url.path}?{request.url.query}"
    if exchange.is_part or (exchange.is_swap and address not in site.awaited):
        return await _answered(handler, exchange)
    if address not in site.awaited:
        task = asyncio.create_task(_answered(handler, exchange))
        await asyncio.wait([task], timeout=SOON_S)
        if task.done():
            return task.result()
        _await(site, address, task, name)
    found = site.awaited[address]
    if exchange.is_swap:
        headers = {"HX-Refresh": "true"} if found.task.done() else None
        return Response(status_code=204, headers=headers)
    if found.task.done():
        is_file = "content-disposition" in found.task.result().headers
        if found.is_announced or not is_file:
            del site.awaited[address]
            return found.task.result()
        found.is_announced = True  # a browser that gets it stays on the page that it is at
    waits = Exchange(site, request, exchange.language, FormData())
    with waits.reading():
        return waits.see("awaited.html", doing=doing(found.route), is_file=found.is_announced)


async def _posted(
    act: Callable[[], Coroutine[Any, Any, Response]], exchange: Exchange, name: str
) -> Response:
    """What came of a form; where it takes a while, the address of a page that waits for it."""
    form = exchange.text("once")
    task = exchange.site.once.begin(form, act, exchange.asks)
    await asyncio.wait([task], timeout=None if exchange.is_swap else SOON_S)
    if task.done():
        return task.result()
    address = exchange.url("posted-alone" if exchange.number is None else "posted", form=form)
    _await(exchange.site, f"{address}?", task, name)
    return RedirectResponse(address, status_code=303)


def _await(site: Site, address: str, task: asyncio.Task[Response], name: str) -> None:
    site.awaited[address] = Awaited(task, name)
    later = asyncio.get_running_loop().call_later
    task.add_done_callback(lambda _done: later(AWAITED_S, site.awaited.pop, address, None))


async def posted(exchange: Exchange) -> Response:
    """What came of a form that took a while."""
    form = str(exchange.request.path_params["form"])
    return await asyncio.shield(exchange.site.once.answer(form))


async def _answered(handler: Handler, exchange: Exchange) -> Response:
    try:
        with exchange.reading():
            if exchange.number is not None:
                await exchange.site.keep_up(exchange)
            if exchange.request.method == "POST":  # most change it
                exchange.let_go()
            is_plain = not inspect.iscoroutinefunction(handler)
            answer = await asyncio.to_thread(handler, exchange) if is_plain else handler(exchange)
            return await answer if inspect.isawaitable(answer) else answer
    except Trouble as trouble:
        return exchange.trouble(trouble)
    except (HTTPException, asyncio.CancelledError):
        raise
    except Exception as error:
        if os.environ.get("PUBLIPOSTAGE_DEBUG"):
            raise
        return _failed(exchange, error)


def _failed(exchange: Exchange, error: Exception) -> Response:
    said = unwritten(error) if isinstance(error, OSError) else unexpected(error)
    reason = Reason(why=said, remedy="")
    with exchange.reading():
        told = {"ways_out": (), "place_of_trouble": type(error).__name__}
        return exchange.see("trouble.html", 500, reason=reason, **told)


def language_of(accepted: str) -> str:
    """French, unless the browser asks for another language first. ("fr;q=0.8, en" is English.)"""
    wanted = []
    for n, each in enumerate(accepted.split(",")):
        name, _, weight = each.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1), n, name.partition("-")[0].lower()))
        except ValueError:
            continue
    first = min(wanted)[2] if wanted else ""
    return "fr" if first in ("fr", "", "*") else "en"
