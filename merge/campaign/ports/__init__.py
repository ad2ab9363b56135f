"""What the core needs from the outside world. Every adapter fills one of these.

A file for each room that they stand for: `letters`; `postoffice` and `mailbox` are mail, `paper` is
paper; `books` is the ledger, whose parts are `reading`, `importing`, `sending`, `printing` and
`reminders`, with `archive` and `accounts` beside it; `watch` is time. `merge.app` is the only
place that knows which adapter fills which.
"""

from merge.campaign.ports.accounts import (
    Accounts,
    Approval,
    Destination,
    Limits,
    Pause,
    QuotaLeft,
)
from merge.campaign.ports.archive import Archive
from merge.campaign.ports.books import Books
from merge.campaign.ports.importing import FieldChange, ImportChange, Intake
from merge.campaign.ports.letters import Composer, Template
from merge.campaign.ports.mailbox import (
    Bounce,
    Decision,
    Kept,
    Mailbox,
    Notices,
    Refused,
    Returned,
    Stand,
    Tried,
)
from merge.campaign.ports.paper import LotStore, Press, PrintQueue, Prover
from merge.campaign.ports.postoffice import Answered, Asked, Keeping, PostOffice, Unreachable
from merge.campaign.ports.printing import Taken
from merge.campaign.ports.reading import Candidate, Candidates
from merge.campaign.ports.reminders import ReminderBook
from merge.campaign.ports.sending import Claimed, Commit, Intent, Outlook, Settled
from merge.campaign.ports.watch import Clock, Interruption, Watch

__all__ = [
    "Accounts",
    "Answered",
    "Approval",
    "Archive",
    "Asked",
    "Books",
    "Bounce",
    "Candidate",
    "Candidates",
    "Claimed",
    "Clock",
    "Commit",
    "Composer",
    "Decision",
    "Destination",
    "FieldChange",
    "ImportChange",
    "Intake",
    "Intent",
    "Interruption",
    "Keeping",
    "Kept",
    "Limits",
    "LotStore",
    "Mailbox",
    "Notices",
    "Outlook",
    "Pause",
    "PostOffice",
    "Press",
    "PrintQueue",
    "Prover",
    "QuotaLeft",
    "Refused",
    "ReminderBook",
    "Returned",
    "Settled",
    "Stand",
    "Taken",
    "Template",
    "Tried",
    "Unreachable",
    "Watch",
]
