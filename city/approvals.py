"""What waits for a second person, in the words of the API."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from city.message import Message
from city.messages import OrderView, Role


class ApprovalView(Message):
    """What one person asked for and another has to agree to."""

    id: str
    kind: str
    """order, programme …"""
    summary: str
    points: int
    asked_by: str
    role: Role
    """What another person needs to be at least, to decide it."""
    asked_at: datetime
    until: datetime
    """From then on it can no longer be approved."""
    state: Literal["waiting", "acting", "approved", "rejected", "lapsed", "failed"]
    decided_by: str | None = None
    why: str = ""
    """Why it was rejected, or could not be done."""
    order: OrderView | None = None
    """The order with what it would change, as when it was asked for, while it waits; then what came of it."""


class RejectRequest(Message):
    """Why something is not agreed to."""

    reason: str = Field(min_length=1, max_length=200)
