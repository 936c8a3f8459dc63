"""What people do with access points, in the words of the API."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from city.message import Message

USUALLY_OFF_S = 2 * 3600.0
LONGEST_OFF_S = 12 * 3600.0
"""For so long something is off where nothing is said, and at most, seconds: nothing is ever off for ever."""


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
    for_s: float | None = Field(None, gt=0, le=LONGEST_OFF_S)
    """Of what is switched off: after so many seconds the head-end switches it on again. None: two hours."""
    dry_run: bool = False
    """Only say what it would do."""


class ActView(Message):
    """What was done, or would be."""

    access_point: str
    radio: str
    does: ActKind
    by: str
    at: datetime
    confirmed: bool
    """Whether the device read back what was written; where it restarts there is nothing to read back."""
    dry_run: bool = False
    """Nothing was done."""
    clients: int | None = None
    """How many clients were connected, who lose the network by it; None: not known."""
    until: datetime | None = None
    """When the head-end switches on again what was switched off."""
    place: str = ""
    """The id of its hotspot."""
    last_up: bool = False
    """Whether no other access point of the place is up: the whole place is without."""


class SwitchedOffView(Message):
    """What was switched off from here, until when."""

    access_point: str
    radio: str
    by: str
    reason: str
    at: datetime
    until: datetime
    overdue: bool
    """It should be on again, and has not done so yet: the head-end goes on trying."""
