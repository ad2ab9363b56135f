"""The site: what one server remembers, its routes, and how its pages are made."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from merge.app import opening
from merge.app.account import AccountTest
from merge.app.report_pages import environment
from merge.errors import Misuse, Trouble
from merge.ledger.driver.files import file_id
from merge.ledger.opening import is_older, ledger_file
from merge.web import pages
from merge.web.exchange import Exchange, language_of
from merge.web.guard import Guard
from merge.web.instance import Address, Instance
from merge.web.jobs import Jobs, WorkFailed
from merge.web.memory import Awaited, Checks, Once, Recent, SignInUnderWay, StagedFiles
from merge.web.previews import Previews
from merge.words import language, speaking

if TYPE_CHECKING:
    from merge.letters.drafts.draft import Draft
    from merge.web.pages.inbox import ToldOutcome
    from merge.web.pages.today import ReadingTry
    from merge.web.steps.sending import PlannedSending

UPLOADS = ("upload",)
"""What an address that takes files ends in."""

UPLOAD_AT_MOST = 120_000_000
"""Bytes; what a spreadsheet may have is less (`merge.disks.MOST_BYTES`)."""


class Site:
    """One server's memory. Nothing of it outlives the server."""

    def __init__(self, address: Address, instance: Instance) -> None:
        self.address = address
        self.instance = instance
        self.once = Once()
        self.awaited = Recent[str, Awaited](20)  # by the address that waits for it
        self.previews = Previews()
        self.jobs = Jobs()
        self.checks = Checks(self.jobs)
        self.staged = StagedFiles(self.jobs)
        self.plans: Recent[Path, PlannedSending] = Recent(20)  # that are being agreed to
        self.starting: set[Path] = set()  # to send, with no row in the ledger yet
        self.readings: dict[Path, ReadingTry] = {}  # of the mailbox of each
        self.texts = Recent[str, str](12)  # that a form was made of, by their versions
        self.proposals: Recent[str, Draft] = Recent(4)  # of a letter
        self.lists = Recent[str, bytes](3)  # for the suppression list, shown and not agreed to yet
        self.outcomes: Recent[str, ToldOutcome] = Recent(50)  # of forms
        self.lacking: tuple[float, Misuse | None] | None = None  # to set pages: when looked, what
        self.sessions: set[str] = set()
        self._files: dict[Path, str] = {}  # ledgers that are up to date
        self._erasures: dict[Path, int] = {}  # that were heard of
        # Of the campaigns that were opened, the first is number 1; None was deleted.
        self.places: list[Path | None] = []
        self.left_out: dict[Path, Sequence[str]] = {}  # of a .zip, when it was unpacked
        self.mailboxes: dict[Path, AccountTest] = {}  # what the last test of each said
        self.sign_ins: dict[Path, SignInUnderWay] = {}  # to the mailbox of each
        self.last_seen_s = time.monotonic()
        self.ends = False  # somebody asked for it
        routes = found_routes()
        self.of_a_campaign = {each.name for each in routes if "{campaign" in each.path}
        self._starlette = Starlette(
            routes=[
                Mount(
                    address.root.rstrip("/"),
                    routes=[
                        Mount(
                            "/static",
                            # Nothing secret is in them: their length may tell what it likes.
                            GZipMiddleware(StaticFiles(packages=[("merge.web", "static")])),
                            name="static",
                        ),
                        *routes,
                    ],
                )
            ],
            exception_handlers={HTTPException: self.refusal},
        )
        self._starlette.state.site = self

    def app(self) -> ASGIApp:
        """The whole, behind its guard."""
        root = self.address.root
        return Guard(
            self._starlette,
            host=self.address.host,
            root=root,
            sessions=self.sessions,
            refusal=self.refusal,
            open_paths=(f"{root}start/", f"{root}static/"),
            uploads=UPLOADS,
            upload_at_most=UPLOAD_AT_MOST,
        )

    def open(self, place: Path) -> int:
        """The number of this campaign in this server's addresses."""
        place = place.expanduser().resolve()
        if place not in self.places:
            self.places.append(place)
        return self.places.index(place) + 1

    def place(self, number: int) -> Path:
        """The folder of this campaign. 404 for one that is not open, or was deleted."""
        place = self.places[number - 1] if 0 < number <= len(self.places) else None
        if place is None:
            raise HTTPException(404)
        return place

    def deleted(self, number: int) -> None:
        """Nothing that is remembered of it counts for the next campaign in its folder."""
        place = self.place(number)
        self.places[number - 1] = None
        self._forget_all()
        for each in vars(self).values():
            if isinstance(each, dict):
                each.pop(place, None)

    async def keep_up(self, exchange: Exchange) -> None:
        """Let another process migrate an older ledger, and forget here whom any process erased.

        What stands in the way the page tells.
        """
        place = exchange.place
        with suppress(Trouble, OSError, WorkFailed):
            file = file_id(ledger_file(place))
            if self._files.get(place) != file and is_older(place):
                await self.jobs.call(opening.bring_up_to_date, place)
            self._files[place] = file
            erasures = exchange.campaign.ledger.commands.count_ended("purge")
            if self._erasures.setdefault(place, erasures) != erasures:
                self._erasures[place] = erasures
                self._forget_all()

    def _forget_all(self) -> None:
        """Of all campaigns, for it is seldom: what is remembered only saves time."""
        for each in (self.previews, self.checks, self.staged, self.once):
            each.forget()
        for each in vars(self).values():
            if isinstance(each, Recent):
                each.clear()

    async def finish(self) -> None:
        """End what only looks; wait for what was begun, which would end with the server."""
        self.previews.end()
        await self.jobs.finish()
        await self.once.finish()

    def seen(self) -> None:
        """Somebody is there."""
        self.last_seen_s = time.monotonic()

    def url(self, name: str, parameters: Mapping[str, Any], query: Mapping[str, Any] | None) -> str:
        """The address of a page or, as "static", of a file."""
        path = self._starlette.url_path_for(name, **parameters)
        return f"{path}?{urlencode(query, doseq=True)}" if query else str(path)

    def render(self, template: str, exchange: Exchange, values: Mapping[str, Any]) -> str:
        """A page in the language of the exchange."""
        return (
            environment("merge.web")
            .get_template(template)
            .render(
                exchange=exchange,
                url=exchange.url,
                once=self.once.give,
                language=language.code(),
                **values,
            )
        )

    async def refusal(self, request: Request, refused: Exception) -> Response:
        """A page for what cannot be answered: it says what to do, and nothing of the campaign."""
        code = refused.status_code if isinstance(refused, HTTPException) else 500
        with speaking(language_of(request.headers.get("accept-language", "")), on_page=True):
            page = (
                environment("merge.web")
                .get_template("refused.html")
                .render(code=code, language=language.code(), back=self._back(request.url.path))
            )
            return HTMLResponse(page, status_code=code)

    def _back(self, path: str) -> str:
        """Where whoever knows the secret part of the address gets on from what is not there."""
        root = self.address.root
        if not path.startswith(root):
            return ""
        campaign = re.match(r"c/(\d{1,9})/", path.removeprefix(root))
        if campaign and any(self.places[int(campaign[1]) - 1 : int(campaign[1])]):
            return f"{root}{campaign[0]}today"
        return root


def found_routes() -> Sequence[Route]:
    """Those of all pages."""
    found: list[Route] = []
    for page in iter_modules(pages.__path__):
        found += import_module(f"merge.web.pages.{page.name}").routes
    return found
