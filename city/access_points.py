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


class ActView(Message):
    """What was done."""

    access_point: str
    radio: str
    does: ActKind
    by: str
    at: datetime
    confirmed: bool
    """Whether the device read back what was written; where it restarts there is nothing to read back."""
