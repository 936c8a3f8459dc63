"""The settings of the city's Wi-Fi: when a place is full, what takes place where, and how counts are told."""

from datetime import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from city.sections import Section


class WifiSection(Section):
    """How the load of places is judged and told (docs/wifi-load.md, docs/wifi-privacy.md)."""

    saturated_pct: float = Field(85.0, gt=0, le=100)
    """A radio, access point or place is full from this load on …"""
    released_pct: float = Field(70.0, ge=0, lt=100)
    """… and no longer full below this one …"""
    saturated_min: float = Field(10.0, ge=1, le=240)
    """… each once it has lasted for so many minutes."""
    small_count: int = Field(5, ge=0, le=100)
    """Counts of clients under this, but for 0, leave the head-end's reports and exports as "< 5"; 0: none is masked."""
    holidays: Literal["france", "alsace"] = "alsace"
    """Whose public holidays are like Sundays."""

    @model_validator(mode="after")
    def _thresholds_lie_apart(self) -> Self:
        if self.released_pct >= self.saturated_pct:
            raise ValueError(
                "released_pct: less than saturated_pct, or a place would be full and not full at once"
            )
        return self


class EventSection(Section):
    """One event under ``[[event]]``: a match, a market, a concert. Its days are compared with days like it."""

    name: str = Field(min_length=1, max_length=60)
    hotspot: str
    """By id."""
    begins: datetime
    """Local time where no offset is given."""
    ends: datetime
    clients: int | None = Field(None, ge=1)
    """How many are expected at its height; None: as many as at events before."""

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if (self.begins.tzinfo is None) != (self.ends.tzinfo is None) or self.ends <= self.begins:
            raise ValueError("ends: later than begins, and with an offset if that has one")
        return self
