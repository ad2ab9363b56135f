"""What the core needs from the outside world; the ledger it calls directly.

Here stay for now the protocols that mirror the ledger, until their callers name it.
"""

from merge.campaign.ports.accounts import Accounts
from merge.campaign.ports.archive import Archive
from merge.campaign.ports.importing import Intake
from merge.campaign.ports.ledger import Ledger
from merge.campaign.ports.letters import Composer, Template
from merge.campaign.ports.mailbox import Mailbox
from merge.campaign.ports.paper import LotStore, Press, PrintQueue, Prover
from merge.campaign.ports.postoffice import Keeping, PostOffice
from merge.campaign.ports.reading import Candidates
from merge.campaign.ports.reminders import ReminderBook
from merge.campaign.ports.watch import Clock, Interruption, Watch

__all__ = [
    "Accounts",
    "Archive",
    "Candidates",
    "Clock",
    "Composer",
    "Intake",
    "Interruption",
    "Keeping",
    "Ledger",
    "LotStore",
    "Mailbox",
    "PostOffice",
    "Press",
    "PrintQueue",
    "Prover",
    "ReminderBook",
    "Template",
    "Watch",
]
