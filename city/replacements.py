"""A new lamp in a light point's place: what is asked of the head-end, and what it keeps of it."""

from datetime import date, datetime

from pydantic import Field

from city.message import Message


class ReplacementRequest(Message):
    """A new lamp in a light point's place."""

    lamp_type: str | None = Field(None, min_length=1, max_length=80)
    """None: of the same type."""
    serial: str | None = Field(None, max_length=80)
    """Serial number of the controller that came with it; None: the controller stayed."""
    new_controller: bool = False
    """Another controller came with it, which counts from the beginning."""
    hours: float | None = Field(None, ge=0)
    """What the counter of burning hours says now, h; None: what the controller said last."""
    reason: str = Field("", max_length=200)


class ReplacementView(Message):
    """One lamp that was put in the place of another."""

    id: str
    light_point: str
    at: datetime
    by: str
    reason: str
    old_type: str
    new_type: str
    old_serial: str
    new_serial: str
    new_controller: bool
    counter_h: float | None
    """What the former controller's counter of burning hours said, h."""
    old_hours_before: float
    """What that counter said when the former lamp was new, h."""
    hours_before: float
    """What the counter says now that the new lamp is new, h."""
    installed: date
