"""What people do with access points, in the words of the API."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from city.message import Message


class ActKind(StrEnum):
    """What can be done with an access point, or with one of its radios, from afar."""

    RESTART = "restart"
    ENABLE = "enable"
    DISABLE = "disable"


class ActRequest(Message):
    """Something to do with an access point."""

    does: ActKind
    radio: str = Field("", max_length=100)
    """One radio alone, by the index under which it is shown; empty: the access point as a whole."""
    reason: str = Field(min_length=1, max_length=200)
    dry_run: bool = False
    """Only say what it would mean; nothing is sent."""
    for_s: float | None = Field(None, gt=0)
    """For how long something is switched off, seconds."""


class ActView(Message):
    """What was done."""

    access_point: str
    radio: str
    does: ActKind
    by: str
    at: datetime
    confirmed: bool
    """Whether the device read back what was written; where it restarts there is nothing to read back."""
    dry_run: bool = False
    clients: int | None = None
    """How many people lose the network by it; None where that is not known."""
    until: datetime | None = None
    """When what is switched off comes back by itself."""
