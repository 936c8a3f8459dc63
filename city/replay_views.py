"""The city at a past instant, as the head-end tells it: the messages of the present, with where they lie in time."""

from datetime import datetime

from city.message import Message
from city.messages import Live


class ReplayView(Message):
    """A past instant. What was not recorded is absent."""

    at: datetime
    since: datetime
    """The earliest instant that can be asked for now."""
    present: datetime
    """The head-end's present, the latest."""
    city: Live
    """Complete."""
    openings: tuple[datetime, ...]
    """When the incidents opened that can be seen between the two, in no order."""
    plan_known: bool = True
    """Whether the light plan that held then is kept; if not, what was asked is only known of orders."""
