"""The pages of a campaign in the browser, as people call them, and which of them does what a
command does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from merge.job import Step
from merge.words.language import N_, _, on_page, translate

PAGES: Mapping[str, str] = {
    "today": N_("Today"),
    "letter": N_("The letter"),
    "recipients": N_("Recipients"),
    "send": N_("Send"),
    "inbox": N_("Replies"),
    "result": N_("Result"),
    "settings": N_("Settings"),
}
"""Route and label of each."""

ROOMS: Sequence[Sequence[str]] = (
    ("today",),
    ("letter",),
    ("recipients",),
    ("send",),
    ("inbox", "result"),
    ("settings",),
)
"""The pages of each room, its door first. The last room is behind the gear."""

PAGE_OF: Mapping[str, str] = {
    "import": "recipients",
    "edit": "recipients",
    "check": "send",
    "preview": "letter",
    "account": "send",
    "send": "send",
    "print": "send",
    "status": "today",
    "log": "recipients",
    "show": "recipients",
    "resolve": "inbox",
    "replies": "inbox",
    "answer": "recipients",
    "report": "result",
    "remind": "result",
    "suppress": "settings",
    "purge": "settings",
    "backup": "settings",
    "adopt": "settings",
    "settings": "settings",
}
"""The page on which one does what a command does."""

_DOING: Mapping[str, str] = {
    "list-upload list-file list-change list-by-hand keeping-list-file": N_(
        "The list is being read."
    ),
    "list-take": N_("The recipients are being put on the list."),
    "list-undo": N_("The import is being undone."),
    "letter letter-save letter-upload begin-upload": N_("The letter is being read."),
    "recipients-file recipient-file result-table result-publish result-published keeping-file": N_(
        "The file is being made."
    ),
    "mailbox-set mailbox-sign-in mailbox-signed-in": N_("The mailbox is being tried."),
    "check-test": N_("The letter to yourself is on its way."),
    "send-plan send-go-on reminder": N_("Whoever gets a letter is being counted."),
    "send-begin": N_("The sending begins."),
    "paper-make paper-sheet lot-print lot-separate": N_("The PDF is being made."),
    "keeping-save keeping-close": N_("The backup is being made."),
    "take-up-now": N_("The backup is being unpacked."),
    "erase delete": N_("What would be erased is being looked up."),
    "erase-now delete-now": N_("It is being erased."),
}
"""What is done meanwhile, by the routes that may take a while."""


def doing(route: str) -> str:
    """What is being done, while there is no answer to that route yet."""
    said = (words for routes, words in _DOING.items() if route in routes.split())
    return translate(next(said, N_("This takes a moment.")))


def page_of(step: Step) -> str:
    """The page's route, "" for a step that is taken on no page of a campaign."""
    is_of_a_lot = step.command == "resolve" and "--lot" in step.options
    return "send" if is_of_a_lot else PAGE_OF.get(step.command, "")


def told(step: Step) -> str:
    """The step as one takes it: typed in a terminal, or on its page."""
    return named(step) if on_page() else str(step)


def named(step: Step) -> str:
    """Where a person without a terminal takes the step: "page “Log”"."""
    if step.command == "environment":
        return _("the settings of this computer")
    label = translate(PAGES[page_of(step)]) if page_of(step) else _("Your campaigns")
    return _("page “{label}”").format(label=label)
