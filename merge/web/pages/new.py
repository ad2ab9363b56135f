"""A new campaign: the questions of `new` on one page, each answer checked at once and kept."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from starlette.responses import Response

from merge.app import new as app
from merge.errors import Misuse, Trouble
from merge.model import Audience
from merge.settings import QUESTIONS, WITHOUT_PASSWORD, Question, almost, answer, answers, places
from merge.settings import provider_of as provider
from merge.web.exchange import Exchange, ask, get, number_in, post
from merge.words.drafting import AUDIENCES, SOURCES, label
from merge.words.language import _, translate
from merge.words.reasons import reason
from merge.words.statuses import labelled
from merge.words.troubles import reason_of

ORDER = (
    *("audience", "name", "group", "address", "place", "contact", "signature", "residents"),
    *("from_address", "reply_to", "source", "address_source", "folder"),
)
"""The fields, as they stand on the page."""

FIELDS = (*ORDER, "place_of")
"""The fields that are kept, as typed."""

OTHER = "other"
_LARGEST = 10**9 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioChoice:
    """A radio button."""

    value: str
    label: str


def begin(exchange: Exchange) -> Response:
    """A form with an address of its own: loaded again, it has what was answered."""
    return exchange.go("new-begun", number=1 + secrets.randbelow(_LARGEST))


def show(exchange: Exchange) -> Response:
    """The form, with the answers of an unfinished form."""
    number = exchange.request.path_params["number"]
    before = next((each for each in app.unfinished() if each.number == number), None)
    typed = dict(before.answers) if before else {}
    if before and before.folder:
        typed["folder"] = before.folder
    return _see(exchange, number, typed, {})


def check(exchange: Exchange) -> Response:
    """Check one field when it is left, and keep all answers."""
    name = exchange.request.headers.get("hx-trigger-name", "")
    typed = _typed(exchange)
    with suppress(Trouble):  # a full disk is told when the campaign is made
        app.keep(_number(exchange), _folder(exchange), typed)
    return exchange.see(
        "_said.html",
        said=_wrong(exchange, typed).get(name, "") if typed.get(name) else "",
        note=_note(name, typed),
        choices=_places(typed) if name == "place" else (),
        chosen=typed.get("place_of", ""),
    )


def make(exchange: Exchange) -> Response:
    """Make the campaign, or keep the answers for later."""
    number, typed = _number(exchange), _typed(exchange)
    if exchange.text("later"):
        app.keep(number, _folder(exchange), typed)
        return exchange.go("campaigns")
    wrong = _wrong(exchange, typed)
    if typed:
        with suppress(Trouble):
            app.keep(number, _folder(exchange), typed)
    if not wrong:
        try:
            folder = _made(exchange, typed)
        except Misuse as trouble:
            wrong = {"folder": str(reason_of(trouble))}
        else:
            app.forget(number)
            return exchange.go("letter", campaign=exchange.site.open(folder))
    return _see(exchange, number, typed, wrong, status=422)


def forget(exchange: Exchange) -> Response:
    """Remove an unfinished form."""
    app.forget(_number(exchange))
    return exchange.go("campaigns")


def _see(
    exchange: Exchange,
    number: int,
    typed: Mapping[str, str],
    wrong: Mapping[str, str],
    status: int = 200,
) -> Response:
    known = {name: typed.get(name, "") for name in FIELDS}
    known["audience"] = _audience(typed)
    if known["audience"] != "communes":  # where mairies are found is nobody else's address
        known["source"] = OTHER
        if known["address_source"] in SOURCES:
            known["address_source"] = ""
    elif not known["source"]:
        source = known["address_source"]
        known["source"] = source if source in ("", *SOURCES) else OTHER
    return exchange.see(
        "new.html",
        status,
        number=number,
        typed=known,
        wrong=wrong,
        sources=[*(RadioChoice(value=each, label=each) for each in SOURCES)],
        audiences={value: translate(words) for value, words in AUDIENCES.items()},
        places=_places(known),
        notes={name: _note(name, known) for name in ("place", "from_address")},
    )


def _number(exchange: Exchange) -> int:
    return number_in(exchange.text("begun")) or 1


def _typed(exchange: Exchange) -> dict[str, str]:
    typed = {name: exchange.text(name) for name in FIELDS}
    if typed["source"] in SOURCES and _audience(typed) == "communes":
        typed["address_source"] = typed["source"]
    return {name: value for name, value in typed.items() if value}


def _folder(exchange: Exchange) -> Path | None:
    """The folder for the campaign, if the form names a valid one."""
    try:
        return exchange.path("folder")
    except Trouble:
        return None


def _wrong(exchange: Exchange, typed: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with each field, in the order of the page."""
    wrong: dict[str, str] = {}
    for question in QUESTIONS:
        try:
            answer(question, typed.get(question, ""))
        except Trouble as trouble:
            told = str(reason_of(trouble))
            if trouble.code == "answer-empty":  # a summary of these alone would name nothing
                told = labelled(label(question), told)
            wrong[question] = told
    if "place" not in wrong and _places(typed) and not typed.get("place_of"):
        wrong["place"] = _("Several communes are called so. Which is it?")
    if not typed.get("address_source"):
        wrong["source"] = _("Say where the addresses come from: every letter says it.")
    if not typed.get("residents") and _audience(typed) == "communes":
        wrong["residents"] = _("Say whether somebody who signs lives in every town.")
    try:
        if folder := exchange.path("folder"):
            app.refuse_unless_empty(folder)
    except Trouble as trouble:
        wrong["folder"] = str(reason_of(trouble))
    except OSError as error:
        unwritable = Misuse("file-unwritable", words=error.strerror)
        wrong["folder"] = str(reason_of(unwritable))
    return {name: wrong[name] for name in ORDER if name in wrong}


def _places(typed: Mapping[str, str]) -> list[RadioChoice]:
    """The communes to choose from where several have that name."""
    found = places(typed["place"].strip()) if typed.get("place", "").strip() else ()
    if len(found) < 2:
        return []
    return [
        *(
            RadioChoice(value=each.insee, label=f"{each.name} ({each.department})")
            for each in found
        ),
        RadioChoice(value="-", label=_("none of these")),
    ]


def _note(name: str, typed: Mapping[str, str]) -> str:
    """A note on a valid answer."""
    if name == "place":
        return _no_commune(typed.get(name, "").strip())
    found = provider(typed.get(name, "")) if name == "from_address" else ""
    if found in WITHOUT_PASSWORD:
        return str(reason("provider-without-password", {"provider": found}))
    return ""


def _no_commune(place: str) -> str:
    """A hamlet is a place too: who means one is only told."""
    near = almost(place)
    if near is None:
        return ""
    said = _("No commune is called “{place}”. If it is a hamlet, leave it so.").format(place=place)
    if not near:
        return said
    names = ", ".join(f"{each.name} ({each.department})" for each in near)
    return " ".join((said, _("Or did you mean: {names}?").format(names=names)))


def _made(exchange: Exchange, typed: Mapping[str, str]) -> Path:
    given: dict[Question, str] = {each: answer(each, typed.get(each, "")) for each in QUESTIONS}
    if typed.get("place_of", "-") != "-" and _places(typed):
        given["place"] = typed["place_of"]
    audience = _audience(typed)
    made = replace(answers(given), audience=audience)
    draft = app.read_draft(None, audience)
    letter = app.letter(draft, residents=typed.get("residents") == "yes")
    folder = exchange.path("folder") or app.proposed_folder(made.name)
    app.create(folder, made, letter, with_reminder=True)
    return folder


def _audience(typed: Mapping[str, str]) -> Audience:
    return next((each for each in AUDIENCES if each == typed.get("audience")), "communes")


routes = [
    get("/new", "new", begin),
    get("/new/{number:int}", "new-begun", show),
    ask("/new/check", "new-check", check),
    post("/new/{number:int}", "new-make", make),
    post("/new/forget", "new-forget", forget),
]
