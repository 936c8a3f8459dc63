"""What must outlive the head-end: incidents, tickets, overrides, the journal and tokens, in SQL."""

from headend.records.casework import Case, CaseFiles, Note
from headend.records.citizens import CitizenReports, KeptReport, ReportState
from headend.records.database import Records
from headend.records.ignored_access_points import IgnoredAccessPoint, IgnoredAccessPoints
from headend.records.lent_light import Lent, LentLight
from headend.records.replacements import Replacement, ReplacementLog
from headend.records.switched_off import SwitchedOff, SwitchedOffLog
from headend.records.ticket import Ticket, TicketState, TicketUpdate
from headend.records.tickets import Tickets
from headend.records.tokens import Token, Tokens

__all__ = [
    "Case",
    "CaseFiles",
    "CitizenReports",
    "IgnoredAccessPoint",
    "IgnoredAccessPoints",
    "KeptReport",
    "Lent",
    "LentLight",
    "Note",
    "Records",
    "Replacement",
    "ReplacementLog",
    "ReportState",
    "SwitchedOff",
    "SwitchedOffLog",
    "Ticket",
    "TicketState",
    "TicketUpdate",
    "Tickets",
    "Token",
    "Tokens",
]
