"""The port to a reporting service: what the head-end asks of Allô Proximité, however that is reached."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from city.errors import Refused, Unreachable
from city.places import Position

UpdateStatus = Literal["FIXED", "NO_FURTHER_ACTION", "REOPEN", "OPEN", "INVESTIGATING"]
"""FixMyStreet's names that the head-end uses; FIXED and NO_FURTHER_ACTION close a request."""


class KeyRefused(Refused):
    """The service does not accept who we say we are: nothing of ours will pass until a person changes it."""


class NoUpdates(Refused):
    """The service cannot be told how a request goes on."""


class Duplicate(Unreachable):
    """The service says that it has such a report already; whether that is ours, a look there will tell."""


@dataclass(frozen=True, slots=True)
class Report:
    """One new service request."""

    external_ref: str
    """Our own name for it, by which it is found again."""
    service_code: str
    position: Position
    address: str
    description: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    """What a desk may sort by, by code."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """That the service has a report; with neither number nor token it will never give one for it."""

    number: str | None
    token: str | None = None
    """What the number can be asked for with, a little later."""


class ServiceDesk(Protocol):
    """A service that takes reports.

    Every method raises ``Unreachable`` for what may pass and ``Refused`` for what will not (``KeyRefused`` where
    the key is not accepted). After ``Unreachable`` from ``post`` the service may have the report or not: ``find``
    it before sending it again.
    """

    async def ping(self) -> None:
        """Return if the service is there."""

    async def post(self, report: Report) -> Receipt:
        """Hand over a report. Raises Duplicate when the service says that it has it already."""

    async def resolve(self, token: str) -> str | None:
        """The number behind a token, or None while there is none yet."""

    async def find(self, external_ref: str, since: datetime) -> str | None:
        """The number of a request that carries our reference and was made after ``since``, or None."""

    async def status(self, number: str) -> Literal["open", "closed"] | None:
        """Whether a request is open or closed; None if the service does not say."""

    async def update(
        self, number: str, update_id: str, status: UpdateStatus, at: datetime, description: str
    ) -> None:
        """Tell how a request stands now; the same ``update_id`` counts once. Raises NoUpdates."""
