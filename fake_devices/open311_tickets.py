"""The tickets that the simulated Allô Proximité holds, and what updates make of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from city.places import Position

LONGEST_SPAN = timedelta(days=90)
"""GeoReport v2: a list covers no more than this."""
LONGEST_LIST = 1000
"""GeoReport v2: nor more requests than this."""

Status = Literal["open", "closed"]

STATUS_AFTER: Mapping[str, Status | None] = {
    "open": "open",
    "reopen": "open",
    "investigating": "open",
    "in_progress": "open",
    "planned": "open",
    "action_scheduled": "open",
    "for_triage": "open",
    "fixed": "closed",
    "closed": "closed",
    "duplicate": "closed",
    "not_councils_responsibility": "closed",
    "no_further_action": "closed",
    "internal_referral": "closed",
    "cancelled": "closed",
    "unchanged": None,
}
"""FixMyStreet's words for the status of an update, and what they mean to plain GeoReport; None changes nothing."""


@dataclass(frozen=True, slots=True)
class Update:
    """News of a ticket, as FixMyStreet sends it."""

    id: str
    ticket: str
    status: str
    """One of ``STATUS_AFTER``."""
    at: datetime
    description: str


@dataclass(slots=True)
class Ticket:
    """One service request."""

    id: str
    """Opaque: nobody may read anything from it."""
    service_code: str
    description: str
    position: Position | None
    address: str
    attributes: Mapping[str, str]
    opened_at: datetime
    status: Status = "open"
    closed_at: datetime | None = None
    updates: list[Update] = field(default_factory=list)
    """As they came."""
    repeats: int = 0
    """How many updates came that were known already."""
    reporter: Mapping[str, str] = field(default_factory=dict)
    """What a citizen said of himself: this desk gives it back, as careless ones do, so that clients must be careful."""

    @property
    def external_ref(self) -> str | None:
        """The sender's own name for what it reports."""
        return self.attributes.get("external_ref")

    @property
    def points(self) -> int | None:
        """How many light points are dark, if the sender said so."""
        said = self.attributes.get("points", "")
        return int(said) if said.isascii() and said.isdecimal() else None

    @property
    def updated_at(self) -> datetime:
        """The last news; for a closed request, when it was closed."""
        return self.closed_at or max((update.at for update in self.updates), default=self.opened_at)

    def take(self, update: Update) -> None:
        """Note an update: one that is known is ignored, one older than the newest never changes the status."""
        if any(known.id == update.id for known in self.updates):
            self.repeats += 1
            return
        newest = max((known.at for known in self.updates), default=update.at)
        self.updates.append(update)
        status = STATUS_AFTER[update.status]
        if status is None or update.at < newest or status == self.status:
            return
        self.status = status
        self.closed_at = max(update.at, self.opened_at) if status == "closed" else None


@dataclass(frozen=True, slots=True)
class Query:
    """What a list is asked for; empty means all."""

    ids: frozenset[str]
    """If given, nothing else counts."""
    service_codes: frozenset[str]
    statuses: frozenset[str]
    start: datetime
    end: datetime

    def select(self, tickets: Iterable[Ticket]) -> list[Ticket]:
        """The tickets asked for, newest first, cut where the specification says."""
        wanted: Callable[[Ticket], bool] = self._by_id if self.ids else self._by_filters
        found = sorted(filter(wanted, tickets), key=lambda ticket: ticket.opened_at, reverse=True)
        return found[:LONGEST_LIST]

    def _by_id(self, ticket: Ticket) -> bool:
        return ticket.id in self.ids

    def _by_filters(self, ticket: Ticket) -> bool:
        return (
            self.start <= ticket.opened_at <= self.end
            and (not self.service_codes or ticket.service_code in self.service_codes)
            and (not self.statuses or ticket.status in self.statuses)
        )
