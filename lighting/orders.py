"""Orders: what a person asks for against the programme, who wins, why and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from city.errors import BadInput
from lighting.power import FULL_LEVEL_PCT

Kind = Literal["order", "lock", "dynamic"]
"""An order of a person; a lock for people at work (*consignation*: dark, whoever asks for light); a rule that
follows something measured. A lock is above an order, an order above a rule."""

Second = Literal["points", "dark_at_night", "mass_change"]
"""Why something needs a second person: how many light points, OFF at night, or too much changed of late."""


@dataclass(frozen=True, slots=True)
class Override:
    """A level that somebody asked for, with a reason and an end."""

    id: str
    selector: str
    points: frozenset[str]
    """Light points by id, as the selector stood for when it was asked."""
    level: float
    """Percent."""
    reason: str
    by: str
    asked_at: datetime
    until: datetime
    """Excluded: at this instant the programme rules again."""
    cancelled_at: datetime | None = None
    kind: Kind = "order"
    approved_by: str | None = None
    """The second person, where there was one."""

    def active(self, now: datetime) -> bool:
        """Whether it holds at an instant."""
        cancelled = self.cancelled_at is not None and self.cancelled_at <= now
        return self.asked_at <= now < self.until and not cancelled


def check_override(level: float, for_: timedelta, reason: str, points: int, *, longest: timedelta) -> None:
    """Whether an override may be asked for at all, whoever asks.

    Args:
        level: percent.
        for_: how long it shall hold.
        reason: why, in a person's words.
        points: how many light points it concerns.
        longest: no override lasts longer.

    Raises:
        BadInput: it may not; the message says what to give instead.
    """
    if not 0 <= level <= FULL_LEVEL_PCT:
        raise BadInput(f"level: got {level:g}, expected 0 to 100 (percent)")
    if for_ <= timedelta():
        raise BadInput("duration: an override needs an end in the future, for instance 2h")
    if for_ > longest:
        raise BadInput(f"duration: got {_hours(for_)}, expected {_hours(longest)} at most")
    if not reason.strip():
        raise BadInput("reason: say why, it is shown to whoever finds the lamps at that level")
    if points < 1:
        raise BadInput("selector: no light point is concerned")


def why_second(
    points: int, *, alone_points: int, dark_at_night: bool, relights: bool, stopped: bool
) -> Second | None:
    """Why an order needs a second person, or None where one is enough.

    Args:
        points: how many light points it concerns.
        alone_points: more than this need two.
        dark_at_night: it is OFF, and reaches into the night.
        relights: it asks for no less light than the programme at any instant: the safe direction, that one person
            may take alone.
        stopped: single persons have changed so much lately that nobody changes more alone.
    """
    if relights:
        return None
    if points > alone_points:
        return "points"
    if dark_at_night:
        return "dark_at_night"
    return "mass_change" if stopped else None


def _hours(span: timedelta) -> str:
    return f"{span / timedelta(hours=1):g} h"


def ordered_dark(overrides: Iterable[Override]) -> list[tuple[datetime, datetime]]:
    """When the overrides of one light point had it dark, in order; what ends an order or a lock ends the span."""
    asked = sorted(overrides, key=lambda each: (each.asked_at, each.id))
    dark = []
    for number, each in enumerate(asked):
        ends = [each.until, each.cancelled_at]
        if each.kind != "lock":
            ends.append(next((later.asked_at for later in asked[number + 1 :] if _ends(later, each)), None))
        end = min(instant for instant in ends if instant is not None)
        if each.level <= 0 and each.asked_at < end:
            dark.append((each.asked_at, end))
    return dark


def _ends(later: Override, earlier: Override) -> bool:
    """Whether an override ends one that was asked before it; a rule ends no order."""
    return later.kind != "dynamic" or earlier.kind == "dynamic"
