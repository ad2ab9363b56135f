"""The page's server, here or in a process of its own; a client that asks as a browser does."""

from __future__ import annotations

import asyncio
import io
import os
import pickle
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urljoin

import httpx
import lxml.html  # type: ignore[import-untyped]  # shipped without types
import uvicorn
from starlette.routing import Route

from merge.app.opening import home
from merge.web import exchange
from merge.web.child import Request, WorkAnswer, _answer
from merge.web.instance import Address, Instance
from merge.web.jobs import Jobs
from merge.web.pages.send import STEPS
from merge.web.server import Connection, tcp_socket
from merge.web.site import Site, found_routes
from tests.servers.ports import PATIENCE_S, until

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
ANY: dict[str, object] = {"form": "csv", "name": "absent.zip"}
"""What stands for parts of an address that are no number."""


def asked(method: str) -> list[Route]:
    """All addresses that answer it, and the steps of page “Send”; not the way in and out."""
    ways = [each for each in found_routes() if method in (each.methods or ())]
    ways += [
        Route(f"{each.path}?step={step}", each.endpoint, name=each.name)
        for each in ways
        for step in STEPS
        if each.name == "send"
    ]
    return [each for each in ways if each.name not in ("start", "enter", "end")]


def address(route: Route, other: object = 1, **parameters: object) -> str:
    """Below the root, with these parameters, and `other` for each that is not said."""
    known = {"campaign": 1, **parameters}
    path = re.sub(r"{(\w+)(?::\w+)?}", lambda it: str(known.get(it[1], other)), route.path)
    return path.lstrip("/")


class Page:
    """What came back: its status, its address, and its forms, which can be filled and sent."""

    def __init__(self, client: Client, answer: httpx.Response) -> None:
        self.client = client
        self.answer = answer
        self.status = answer.status_code
        self.url = str(answer.url)
        if 'id="wrong"' in answer.text:
            assert not self.dead_ends, self.dead_ends

    @property
    def html(self) -> Any:
        """The page, parsed. As for a browser, the line that ends a <textarea> tag is none in it."""
        text = re.sub(r"(<textarea[^>]*>)\n", r"\1", self.answer.text)
        return lxml.html.document_fromstring(text)

    @property
    def text(self) -> str:
        """What a person reads of it, each run of spaces as one."""
        return " ".join(self.html.body.text_content().split())

    @property
    def title(self) -> str:
        return str(self.html.findtext(".//title")).strip()

    @property
    def dead_ends(self) -> list[str]:
        """Links of the summary of what is wrong that lead to nothing that can have the focus."""
        html = self.html
        dead = []
        for link in html.xpath("//*[@id='wrong']//a[starts-with(@href, '#')]"):
            place = html.get_element_by_id(link.get("href").removeprefix("#"), None)
            takes_focus = ("input", "select", "textarea", "button", "summary")
            if place is None or not (place.tag in takes_focus or place.get("tabindex")):
                dead.append(link.get("href"))
        return dead

    @property
    def of_one_name(self) -> set[str]:
        """Names of buttons that do different things: whoever hears them cannot tell them apart."""
        does: dict[str, object] = {}
        confused = set()
        for button in self.html.iter("button"):
            if button.get("aria-hidden"):  # nobody hears it
                continue
            name = " ".join((button.get("aria-label") or button.text_content()).split())
            what = [button.get("value"), button.get("formaction")]
            there = button.get("form")
            for form in (
                [self.html.get_element_by_id(there)] if there else button.iterancestors("form")
            ):
                fields = [each for each in form.form_values() if each[0] != "once"]
                what += [form.get("action"), *fields]
            if does.setdefault(name, what) != what:
                confused.add(name)
        return confused

    def follow(self, words: str) -> Page:
        """Click the link that says this."""
        for link in self.html.iter("a"):
            if words in " ".join(link.text_content().split()):
                return self.client.get(urljoin(self.url, link.get("href")))
        raise AssertionError(f"no link “{words}” on: {self.text}")

    def form(self, button: str) -> Any:
        """The form with the button that says this, and in it what stands elsewhere (`form="…"`)."""
        html = self.html
        for each in html.xpath("//*[@form]"):
            html.get_element_by_id(each.get("form")).append(each)
        for form in html.forms:
            for each in form.iter("button"):
                if button in " ".join(each.text_content().split()):
                    return form
        raise AssertionError(f"no button “{button}” on: {self.text}")

    def press(
        self, button: str, files: Mapping[str, tuple[str, bytes]] | None = None, **typed: Any
    ) -> Page:
        """Fill the form with that button, and press it. Names with "-" are typed with "_"."""
        form = self.form(button)
        pressed = next(
            each for each in form.iter("button") if button in " ".join(each.text_content().split())
        )
        return self._post(form, pressed, files, typed)

    def _post(
        self, form: Any, pressed: Any, files: Mapping[str, tuple[str, bytes]] | None, typed: Any
    ) -> Page:
        for name, value in typed.items():
            known = name if name in form.fields else name.replace("_", "-")
            form.fields[known] = value
        data: dict[str, list[str]] = {}
        for name, value in form.form_values():
            data.setdefault(name, []).append(value)
        if pressed.get("name"):
            data.setdefault(pressed.get("name"), []).append(pressed.get("value") or "")
        action = pressed.get("formaction") or form.get("action") or self.url
        return self.client.post(urljoin(self.url, action), data, files, method=form.method)

    def _leads(self, form: Any, button: Any, way: str) -> bool:
        action = button.get("formaction") or form.get("action") or self.url
        return str(action).partition("#")[0].endswith(way)

    def at(self, path: str) -> Page:
        """Another page of the campaign that this one is of."""
        return self.client.get(re.sub(r"(/c/\d+/).*", rf"\g<1>{path}", self.url))

    def submit(
        self, way: str, files: Mapping[str, tuple[str, bytes]] | None = None, /, **typed: Any
    ) -> Page:
        """Fill the form that posts to the address with that end, whatever its button says. Of
        several it is the first that has all these fields; a field may be a button's."""
        html = self.html
        for each in html.xpath("//*[@form]"):
            html.get_element_by_id(each.get("form")).append(each)
        for form in html.forms:
            buttons = [each for each in form.iter("button") if self._leads(form, each, way)]
            pressed = [each for each in buttons if each.get("value") == typed.get(each.get("name"))]
            if not buttons:
                continue
            button = [*pressed, *buttons][0]
            others = {*typed, *(files or ())} - ({button.get("name")} if pressed else set())
            known = {*form.fields.keys(), *(each.replace("-", "_") for each in form.fields)}
            if others <= known:
                rest = {name: typed[name] for name in typed if name in others}
                return self._post(form, button, files, rest)
        raise AssertionError(f"no form to {way} with {[*typed]} on: {self.text}")


def is_page(shown: Page) -> bool:
    """Not a file, not a part of a page, and not what stands in a frame of one."""
    headers = shown.answer.headers
    is_frame = "sandbox" in headers.get("content-security-policy", "")
    is_whole = shown.answer.content.lstrip().lower().startswith(b"<!doctype html>")
    return is_whole and not is_frame


class Client:
    """A browser without JavaScript: cookies, redirects, and where a request comes from."""

    def __init__(self, language: str = "en") -> None:
        self.http = httpx.Client(
            follow_redirects=True,
            timeout=PATIENCE_S,
            trust_env=False,
            headers={"Accept-Language": language},
        )

    def get(self, url: str) -> Page:
        return self._arrived(self.http.get(url, headers=SAME_ORIGIN))

    def _arrived(self, answer: httpx.Response) -> Page:
        """What comes of it, where a page says that it takes a while."""
        came = [answer]

        def is_there() -> bool:
            if waits := 'id="awaited"' in came[-1].text:
                came.append(self.http.get(came[-1].url, headers=SAME_ORIGIN))
            return not waits

        until(is_there)
        return Page(self, came[-1])

    def post(
        self,
        url: str,
        data: Mapping[str, Any],
        files: Mapping[str, tuple[str, bytes]]
        | Sequence[tuple[str, tuple[str, bytes]]]
        | None = None,
        method: str = "POST",
    ) -> Page:
        if method == "GET":
            return self._arrived(self.http.get(url, params=data, headers=SAME_ORIGIN))
        return self._arrived(self.http.post(url, data=data, files=files, headers=SAME_ORIGIN))


class Server:
    """A server, the address to start at, and the browsers that were opened on it."""

    start = ""

    def __init__(self, home: Path, campaign: Path | None) -> None:
        self.home, self._campaign = home, campaign  # `home` is where its user's files are
        self.clients: list[Client] = []

    @property
    def root(self) -> str:
        """http://127.0.0.1:PORT/RANDOM/"""
        return self.start.partition("start/")[0]

    def client(self, language: str = "en") -> Client:
        """A browser that was not let in yet."""
        self.clients.append(Client(language))
        return self.clients[-1]

    def token(self, campaign: Path | None = None) -> str:
        """Another address to start at, as a second start gives it: each lets in once."""
        return f"{self.root}start/{Instance(self.home).token(campaign or self._campaign)}"

    def enter(self, start: str = "", language: str = "en") -> Page:
        """Go in by the start page: the first page, and by its `client` all others."""
        return self.client(language).get(start or self.start).press("")

    def close(self) -> None:
        for client in self.clients:
            client.http.close()


class ServerProcess(Server):
    """`publipostage web`, as a person starts it."""

    def __init__(self, campaign: Path | None, environ: Mapping[str, str]) -> None:
        super().__init__(Path(environ["PUBLIPOSTAGE_HOME"]), campaign)
        words = [str(campaign)] if campaign else []
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "merge", "web", "--no-open", *words],
            stdout=subprocess.PIPE,
            text=True,
            env=environ,
        )
        assert self.process.stdout is not None
        self.start = self.process.stdout.readline().strip()

    def close(self) -> None:
        super().close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE_S)
        if self.process.stdout:
            self.process.stdout.close()


@contextmanager
def serving(
    home: Path | None = None,
    *,
    campaign: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Iterator[ServerProcess]:
    """A server of its own, whose user's files are in `home`, else the test's; ended by SIGTERM."""
    own = {"PUBLIPOSTAGE_HOME": str(home)} if home else {}
    server = ServerProcess(campaign, {**os.environ, **own, **(environ or {})})
    try:
        yield server
    finally:
        server.close()


_in_a_process = Jobs._answer


async def _in_a_thread(jobs: Jobs, request: Request) -> WorkAnswer:
    """Jobs._answer of what is waited for, whose process would mostly start and import; what goes on
    by itself has one."""
    if request.told:
        return await _in_a_process(jobs, request)
    asked = pickle.loads(pickle.dumps(request))  # noqa: S301 - our own
    said = pickle.dumps(await asyncio.to_thread(_answer, asked, io.BytesIO()))
    answer: WorkAnswer = pickle.loads(said)  # noqa: S301 - the same
    return answer


def in_no_hurry() -> AbstractContextManager[object]:
    """No page of a server here says that something takes a while, on however busy a computer."""
    return patch.object(exchange, "SOON_S", PATIENCE_S)


@contextmanager
def here(campaign: Path | None = None) -> Iterator[Server]:
    """The same server in a thread of this process, whose environment and user it has: it starts at
    once, there is no process to kill, and what it waits for is done here, too."""
    server = Server(home(), campaign)
    instance = Instance(home())
    with closing(tcp_socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()  # before the thread does: who asks at once waits, and is not refused
        address = Address(port=listening.getsockname()[1], root=f"/{secrets.token_urlsafe(24)}/")
        site = Site(address, instance)
        config = uvicorn.Config(site.app(), log_config=None, lifespan="off", http=Connection)
        running = uvicorn.Server(config)

        async def until_it_ends() -> None:
            await running.serve([listening])
            await site.finish()

        thread = threading.Thread(target=asyncio.run, args=(until_it_ends(),))
        server.start = address.start(instance.token(campaign))
        thread.start()
        try:
            with patch.object(Jobs, "_answer", _in_a_thread), in_no_hurry():
                yield server
        finally:
            server.close()
            running.should_exit = True
            thread.join()
