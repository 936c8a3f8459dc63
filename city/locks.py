"""Locks for people at work, in the words of the API."""

from datetime import datetime

from pydantic import Field

from city.message import Message


class LockRequest(Message):
    """A lock for people at work: nothing from afar lights these points while it holds."""

    selector: str
    for_s: float = Field(gt=0)
    """How long it holds, seconds."""
    reason: str = Field(min_length=1, max_length=200)


class LiftRequest(Message):
    """Why a lock is lifted before its time; who locked need not say."""

    reason: str = Field("", max_length=200)


class LockView(Message):
    """A lock for people at work."""

    id: str
    selector: str
    reason: str
    by: str
    locked_at: datetime
    until: datetime
    lifted_at: datetime | None
    active: bool
    points: int
    confirmed: int
    """How many controllers say that they follow a lock."""
    refused: dict[str, str]
    """Light points whose controller said no, with its reason."""
    sample: tuple[str, ...] = ()
    """The first points concerned."""
